"""Converting a file of episodes to the form in which the vault keeps it.

What becomes of a row:

- A row with an error is dropped; of rows with the same EPIKEY the first stays. Rows stay in the
  order of the file.
- Text loses surrounding blanks; text that is then empty is null.
- Dates 1800-01-01 and 1801-01-01 are null, and so is a date or a number that cannot be read or
  does not fit its column.
- CAUSE_4, DIAG_4_01 and each code in DIAG_4_CONCAT lose every '-' at their end; a code that was
  only '-' is null, or left out of DIAG_4_CONCAT. An X that pads a code stays.
- DIAG_4_CONCAT is built from DIAG_4_01 to DIAG_4_20 where the file does not give it.
- TOKEN_PERSON_ID holds PSEUDO_HESID, or else ENCRYPTED_HESID, where the file has no such column.
- Any other value stays as it is, codes that no year knows included.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sharewell.catalogue import datasets
from sharewell.catalogue.episodes import EPISODE_COLUMNS, EPISODE_SCHEMA
from sharewell.catalogue.fields import Dataset
from sharewell.catalogue.reading import Progress, Source, connection, typed_rows
from sharewell.catalogue.report import Report
from sharewell.catalogue.row_rules import ROW_RULES
from sharewell.catalogue.validation import ERROR_BITS, examine

ROWS_PER_GROUP = 122_880
ROWS_PER_FILE = 16 * ROWS_PER_GROUP
"""A file of the vault holds at most this many rows (1,966,080)."""

# Nearly every value of these differs, so a dictionary of them would only cost time.
_DIRECT = frozenset({"EPIKEY", "TOKEN_PERSON_ID"})


class NotImportableError(ValueError):
    """The file as a whole cannot be imported; ``report`` says why."""

    def __init__(self, report: Report) -> None:
        reasons = "; ".join(f"{f.code} {f.message}" for f in report.errors if f.code < "HES100")
        super().__init__(f"{report.path} cannot be imported. {reasons or 'No row has a year.'}.")
        self.report = report


@dataclass(frozen=True)
class Converted:
    """What a conversion kept and dropped.

    ``rows_dropped`` gives the rows by the code of the finding that dropped them (the lowest code
    where there are several), so that ``rows_in`` is ``rows_kept`` and their sum. ``files`` are
    names relative to the directory, in the order of the rows. ``report`` is the validation.
    """

    rows_in: int
    rows_kept: int
    rows_dropped: Mapping[str, int]
    files: tuple[str, ...]
    financial_year: str
    partyear: str
    report: Report


def convert(
    path: Path | str, dataset: str, target_dir: Path, *, progress: Progress | None = None
) -> Converted:
    """Validate the file at ``path`` and write its sound rows to ``target_dir`` as Parquet.

    Writes part-0000.parquet and so on with exactly `episodes.EPISODE_SCHEMA`, zstd. The caller
    has made ``target_dir`` and moves or discards it: after a failure it may hold some files, and
    nothing is written anywhere else. Raises NotImportableError (a ValueError) where the file as
    a whole cannot be used, FileNotFoundError without ``target_dir``.
    """
    target = Path(target_dir)
    if not target.is_dir():
        raise FileNotFoundError(f"{target} is not there: make the directory before converting.")
    definition = datasets.dataset(dataset)
    work = target / ".work"
    work.mkdir()
    try:
        with connection(work) as con:
            report, opened = examine(con, Path(path), definition, _share(progress, 0.0, 0.5))
            if opened is None or not report.usable or report.fyear is None:
                raise NotImportableError(report)
            dropped = con.execute(
                f"SELECT row FROM scan WHERE flaws & {ERROR_BITS} <> 0 ORDER BY row"
            ).fetchnumpy()["row"]
            batches = _batches(con, opened, definition, report, _share(progress, 0.5, 1.0))
            files = _write(_without(batches, dropped), target)
            return _converted(con, report, files)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _share(progress: Progress | None, low: float, high: float) -> Progress | None:
    if progress is None:
        return None
    return lambda done: progress(low + (high - low) * done)


def _batches(
    con: duckdb.DuckDBPyConnection,
    opened: Source,
    dataset: Dataset,
    report: Report,
    progress: Progress | None,
) -> Iterator[pa.RecordBatch]:
    """The rows of the file, in its order, in the form of the vault. ValueError if they changed."""
    types = {pa.int8(): "TINYINT", pa.int16(): "SMALLINT"}
    columns = ", ".join(
        f"TRY_CAST({field.name} AS {types[field.type]}) AS {field.name}"
        if field.type in types
        else field.name
        for field in EPISODE_SCHEMA
    )
    query = f"SELECT ROW_NUMBER, {columns} FROM ({typed_rows(opened, dataset)})"
    read = 0
    for batch in con.sql(query).to_arrow_reader(ROWS_PER_GROUP):
        if batch.num_rows and (batch["ROW_NUMBER"][0].as_py(), batch["ROW_NUMBER"][-1].as_py()) != (
            read,
            read + batch.num_rows - 1,
        ):
            raise ValueError(f"{report.path} was not read in its order. Please report this fault.")
        read += batch.num_rows
        if progress is not None:
            progress(min(read / report.rows, 1.0))
        yield batch
    if read != report.rows:
        raise ValueError(
            f"{report.path} had {report.rows:,} rows when it was validated and {read:,} when it "
            "was converted: it changed meanwhile. Import a file that nothing writes to."
        )


def _without(
    batches: Iterator[pa.RecordBatch], dropped: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> Iterator[pa.RecordBatch]:
    """The batches without ROW_NUMBER and the rows whose numbers are in ``dropped``."""
    for batch in batches:
        rows = batch["ROW_NUMBER"].to_numpy()
        batch = batch.drop_columns(["ROW_NUMBER"])
        # Both ascend, so only the numbers within the batch need comparing.
        low, high = np.searchsorted(dropped, [rows[0], rows[-1] + 1]) if len(rows) else (0, 0)
        faulty = np.isin(rows, dropped[low:high], assume_unique=True)
        yield batch.filter(pa.array(~faulty)) if faulty.any() else batch


def _groups(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The rows of ``batches`` in tables of `ROWS_PER_GROUP` rows, the last one what is left."""
    pending: list[pa.RecordBatch] = []
    waiting = 0
    for batch in batches:
        pending.append(pa.RecordBatch.from_arrays(batch.columns, schema=EPISODE_SCHEMA))
        waiting += batch.num_rows
        while waiting >= ROWS_PER_GROUP:
            table = pa.Table.from_batches(pending, EPISODE_SCHEMA)
            yield table.slice(0, ROWS_PER_GROUP)
            pending = table.slice(ROWS_PER_GROUP).to_batches()
            waiting -= ROWS_PER_GROUP
    yield pa.Table.from_batches(pending, EPISODE_SCHEMA)


def _write(batches: Iterator[pa.RecordBatch], target: Path) -> tuple[str, ...]:
    """Write part-0000.parquet and so on; their names. At least one, even with no row."""
    names: list[str] = []
    writer: pq.ParquetWriter | None = None
    written = 0
    try:
        for table in _groups(batches):
            if names and table.num_rows == 0:
                continue
            if writer is None or written >= ROWS_PER_FILE:
                if writer is not None:
                    writer.close()
                names.append(f"part-{len(names):04d}.parquet")
                writer, written = _writer(target / names[-1]), 0
            writer.write_table(table, row_group_size=ROWS_PER_GROUP)
            written += table.num_rows
    finally:
        if writer is not None:
            writer.close()
    return tuple(names)


def _writer(path: Path) -> pq.ParquetWriter:
    dictionaries = [name for name in EPISODE_COLUMNS if name not in _DIRECT]
    return pq.ParquetWriter(path, EPISODE_SCHEMA, compression="zstd", use_dictionary=dictionaries)


def _converted(con: duckdb.DuckDBPyConnection, report: Report, files: tuple[str, ...]) -> Converted:
    groups = con.execute(
        f"SELECT flaws & {ERROR_BITS} AS errors, count(*) FROM scan GROUP BY errors"
    ).fetchall()
    by_code: dict[str, int] = {}
    for errors, count in groups:
        if errors:
            # The bits stand in the order of the codes, so the lowest bit is the lowest code.
            code = ROW_RULES[(errors & -errors).bit_length() - 1].code
            by_code[code] = by_code.get(code, 0) + count
    return Converted(
        rows_in=report.rows,
        rows_kept=report.rows - sum(by_code.values()),
        rows_dropped=MappingProxyType(dict(sorted(by_code.items()))),
        files=files,
        financial_year=str(report.fyear),
        partyear=str(report.partyear),
        report=report,
    )
