"""Files of invented episodes, one for each financial year, as an extract would arrive.

Each file is streamed in chunks, so memory does not grow with the number of rows, and is renamed
into place when it is whole. Parquet columns have the types of the vault (codes that HES calls
numbers are small whole numbers, all others text), so importing is copying; CSV is all text. The
same arguments give the same bytes (with the same versions of NumPy and Arrow).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from sharewell.catalogue.breakdowns import financial_year, financial_year_label
from sharewell.synthesis import background, calendar, records
from sharewell.synthesis.cohorts import Setting, cohort_rows
from sharewell.synthesis.dirt import TEXT_SCHEMA, Extract, as_table, spoil
from sharewell.synthesis.patterns import Library, library
from sharewell.synthesis.records import CODED_SCHEMA, KEYS, RAW_SCHEMA, Frame, Source

Dataset = Literal["hes_apc", "pedw"]
Format = Literal["parquet", "csv"]
Progress = Callable[[str, int, int], None]
"""Called after each chunk with what is made, rows done and rows expected."""

SYNTHETIC_NOTICE = (
    "SYNTHETIC DATA. Invented by Sharewell; no row describes a real person. Totals follow "
    "published figures, and everything else is made up."
)
FIRST_YEAR = 2009
CHUNK = 262_144
"""Rows in memory at a time, and in a Parquet row group."""

_NATIONS: dict[str, str] = {"hes_apc": "E", "pedw": "W"}
_LATE = (0.060, 0.015)
"""Share of episodes not yet coded in the latest month of an extract, and in the one before."""
_DIRT_KEYS = 90_000_000
_ROWS_TO_SPOIL = 8  # rows drawn for each that is spoiled, so that enough are ordinary episodes


@dataclass(frozen=True)
class SyntheticFile:
    """One file made. ``dirty_rows`` counts the deliberate defects by kind (see `dirt`)."""

    path: Path
    dataset: str
    financial_year: str
    partyear: str
    rows: int
    dirty_rows: Mapping[str, int] = field(default_factory=dict)


def synthesise(
    out: Path,
    *,
    dataset: Dataset = "hes_apc",
    first_year: int = FIRST_YEAR,
    last: date = date(2026, 9, 30),
    background: float = 0.02,
    dirt: float = 0.0005,
    seed: int = 612092,
    format: Format = "parquet",  # noqa: A002
    progress: Progress | None = None,
) -> tuple[SyntheticFile, ...]:
    """Invent a file for every financial year from ``first_year`` to that of ``last``.

    Years that are over are annual refreshes (extract 13); the year of ``last`` is the extract of
    that month unless ``last`` is 31 March. ``background`` is the share of other episodes (1.0 is
    about 19 million a year), ``dirt`` the share of deliberately defective rows. Raises
    ValueError for an unknown dataset or format, a share outside 0 to 1, a year before 2009, or a
    last day before the first year.
    """
    current = financial_year(last)
    if current < first_year:
        first = financial_year_label(first_year)
        raise ValueError(f"{last} is before the first year, {first}; give a later last day.")
    month = 13 if (last.month, last.day) == (3, 31) else (last.month - 4) % 12 + 1
    return tuple(
        synthesise_extract(
            out,
            dataset=dataset,
            year=year,
            month=month if year == current else 13,
            last=last,
            background=background,
            dirt=dirt,
            seed=seed,
            format=format,
            progress=progress,
        )
        for year in range(first_year, current + 1)
    )


def synthesise_extract(
    out: Path,
    *,
    dataset: Dataset = "hes_apc",
    year: int,
    month: int = 13,
    last: date | None = None,
    background: float = 0.02,
    dirt: float = 0.0005,
    seed: int = 612092,
    format: Format = "parquet",  # noqa: A002
    progress: Progress | None = None,
) -> SyntheticFile:
    """Invent one extract of one year.

    ``month`` 1 (April) to 12 (March) is provisional: it reaches the end of that month (or
    ``last``, if earlier), and its latest month lacks about 6 per cent of episodes, the one before
    1.5, which a later extract of the same year has. 13 is the annual refresh, complete. The
    episodes that two extracts of a year share are the same, keys and all.
    """
    _check(dataset, year, month, background, dirt, format)
    out.mkdir(parents=True, exist_ok=True)
    label = financial_year_label(year)
    name = f"SYNTHETIC_{dataset}_{label}_M{month:02d}.{format}"
    making = _Making(dataset, year, month, last, background, dirt, seed, format == "csv")
    rows, expected = 0, making.expected
    with _Writer(out / name, text=format == "csv") as writer:
        for table in making.tables():
            writer.write(table)
            rows += table.num_rows
            if progress:
                progress(f"{dataset} {label}", rows, max(rows, expected))
    if progress:
        progress(f"{dataset} {label}", rows, rows)
    return SyntheticFile(
        out / name, dataset, label, making.source.partyear, rows, dict(making.dirty_rows)
    )


def _check(
    dataset: str, year: int, month: int, background: float, dirt: float, format_: str
) -> None:
    if dataset not in _NATIONS:
        raise ValueError(f"No dataset '{dataset}' can be invented. Known: {', '.join(_NATIONS)}.")
    if format_ not in ("parquet", "csv"):
        raise ValueError(f"No format is called '{format_}'. Known: parquet, csv.")
    if year < FIRST_YEAR:
        raise ValueError(f"The first year is {FIRST_YEAR}; earlier years have no figures to meet.")
    if not 1 <= month <= 13:
        raise ValueError(f"Extract {month} is not 1 (April) to 12 (March) or 13 (annual refresh).")
    for name, share in (("background", background), ("dirt", dirt)):
        if not 0 <= share <= 1:
            raise ValueError(f"{name} is {share}; give a share from 0 to 1.")


@lru_cache(maxsize=2)
def _library(seed: int) -> Library:
    return library(seed)


class _Making:
    """One extract in the making: what it draws from, and its tables in turn."""

    def __init__(
        self,
        dataset: Dataset,
        year: int,
        month: int,
        last: date | None,
        share: float,
        dirt: float,
        seed: int,
        text: bool,
    ) -> None:
        reach = calendar.month_end(year, month)
        self.until = calendar.day_number(min(reach, last) if last else reach)
        self.dirt = dirt
        self.extract = Extract(dataset, year, month, text)
        self.source = Source(dataset, year, month, _library(seed), seed & 0x7FFF_FFFF)
        self.dirty_rows: dict[str, int] = {}
        nation = _NATIONS[dataset]
        # A stream of chance for each part, so that a year with more background has the same
        # cohorts, and an earlier extract is part of the later one.
        streams = np.random.SeedSequence([seed, len(dataset), year]).spawn(5)
        cohort, case, self.drawing, self.mixing, self.late = (
            np.random.Generator(np.random.SFC64(stream)) for stream in streams
        )
        self.cohort = cohort_rows(cohort, Setting(year, nation, self.source.library))
        self.templates = background.templates(case, year, nation, self.source.library, share)
        self.background = background.episodes(dataset, year, share)

    @property
    def expected(self) -> int:
        """Rows of the whole year before any are held back."""
        return self.background + records.length(self.cohort)

    def tables(self) -> Iterator[pa.Table]:
        """The chunks of the file: cohorts and background mixed; dirty rows after the first."""
        chunks = max(1, -(-self.expected // CHUNK))
        cohort_cuts = np.linspace(0, records.length(self.cohort), chunks + 1).astype(int)
        other_cuts = np.linspace(0, self.background, chunks + 1).astype(int)
        number, clean = 0, 0
        for chunk in range(chunks):
            part = slice(cohort_cuts[chunk], cohort_cuts[chunk + 1])
            others = int(other_cuts[chunk + 1] - other_cuts[chunk])
            frame = records.join(
                [
                    {name: values[part] for name, values in self.cohort.items()},
                    background.draw(self.drawing, self.templates, others),
                ]
            )
            rows = records.length(frame)
            frame = records.take(frame, self.mixing.permutation(rows))
            numbers = np.arange(number, number + rows)
            number += rows
            held = self._held(frame)
            if not held.all():
                frame, numbers = records.take(frame, held), numbers[held]
            clean += len(numbers)
            yield self._table(frame, numbers)
            if chunk == 0 and self.dirt:
                yield self._dirty(round(self.dirt * clean * chunks))

    def _held(self, frame: Frame) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Which rows the extract has: those that ended by its last day and are coded by then."""
        chance = self.late.random(records.length(frame), np.float32)
        ended = np.where(frame["end"] == records.NO_DATE, frame["start"], frame["end"])
        held = ended <= self.until
        if self.extract.month < 13:
            starts = calendar.month_starts(self.extract.year)
            latest = int(np.searchsorted(starts, self.until, side="right")) - 1
            held &= (ended < starts[latest]) | (chance >= _LATE[0])
            if latest:
                held &= (ended < starts[latest - 1]) | (chance >= _LATE[1])
        return held

    def _table(self, frame: Frame, numbers: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pa.Table:
        table = records.to_arrow(self.source, frame, records.record_keys(self.source, numbers))
        return table.cast(TEXT_SCHEMA) if self.extract.text else table

    def _dirty(self, rows: int) -> pa.Table:
        chance = np.random.Generator(np.random.SFC64([self.source.salt, self.extract.year]))
        frame = background.draw(chance, self.templates, _ROWS_TO_SPOIL * rows + 200)
        ordinary = (
            (frame["type"] == 1)
            & (frame["status"] == 3)
            & (frame["order"] == 1)
            & (frame["class"] == 1)
            & (frame["end"] <= self.until)
            & (frame["age"] >= 1)
        )
        frame = records.take(frame, np.flatnonzero(ordinary)[:rows])
        numbers = np.arange(_DIRT_KEYS, _DIRT_KEYS + records.length(frame))
        keys = records.record_keys(self.source, numbers)
        clean = records.to_arrow(self.source, frame, keys).cast(RAW_SCHEMA).to_pylist()
        dirty, self.dirty_rows = spoil(clean, self.extract)
        return as_table(dirty, self.extract)


class _Writer:
    """Writes tables to a file that appears under its name only when it is whole."""

    def __init__(self, path: Path, *, text: bool) -> None:
        self.path, self.text = path, text
        self.partial = path.with_name(f".{path.name}.partial")

    def __enter__(self) -> Self:
        if self.text:
            self.writer = pyarrow.csv.CSVWriter(self.partial, TEXT_SCHEMA)
        else:
            self.writer = pyarrow.parquet.ParquetWriter(
                self.partial,
                CODED_SCHEMA,
                compression="zstd",
                compression_level=1,
                use_dictionary=[name for name in CODED_SCHEMA.names if name not in KEYS],
                store_schema=False,  # what is text reads back as plain text
            )
            self.writer.add_key_value_metadata({"SYNTHETIC": SYNTHETIC_NOTICE})
        return self

    def write(self, table: pa.Table) -> None:
        if self.text:
            self.writer.write_table(table)
        elif table.num_rows:
            self.writer.write_table(table, row_group_size=CHUNK)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.writer.close()
        if kind is None:
            os.replace(self.partial, self.path)  # noqa: PTH105
        else:
            self.partial.unlink(missing_ok=True)
