"""The register entry: one plain page that says what was released, to whom, and how protected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from sharewell.publication import chart
from sharewell.publication.labels import crossing_title
from sharewell.publication.notes import SYMBOLS, ReleaseNotes, WrittenFile
from sharewell.publication.overview import Overview, overview
from sharewell.publication.tidy import TidyTable


@dataclass(frozen=True)
class TableSummary:
    """What the page says of a table."""

    title: str
    crossings: tuple[str, ...]
    cells: int
    rules: tuple[str, ...]
    overview: Overview | None = None


def render(
    notes: ReleaseNotes,
    tables: Sequence[TidyTable],
    rules: Mapping[str, tuple[str, ...]],
    files: Sequence[WrittenFile],
    too_long: Sequence[str],
    record: Mapping[str, Any] | None = None,
) -> str:
    """The page as HTML: no script, nothing fetched from elsewhere.

    ``rules`` gives, by table id, the ids of the rules that were applied; ``record`` is the
    disclosure record, where the tables were attacked.
    """
    environment = Environment(
        loader=PackageLoader("sharewell.publication"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = lambda value: f"{value:,}"
    environment.filters["size"] = size
    counts = treatment_counts(tables)
    series = chart.national_series(tables, notes.first, notes.last)
    return environment.get_template("register.html.j2").render(
        notes=notes,
        files=files,
        record=record,
        has_workbook=any(file.name == "workbook.xlsx" for file in files),
        too_long=too_long,
        tables=[
            TableSummary(
                table.title,
                tuple(crossing_title(crossing) for crossing in table.crossings),
                len(table.cells),
                rules[table.id],
                None if series else overview(table),
            )
            for table in tables
        ],
        series=series,
        part_year=chart.part_year,
        picture=chart.svg(series) if series else "",
        cells=sum(counts.values()),
        treatments=[(symbol, counts[symbol.treatment]) for symbol in SYMBOLS],
        shares=chart.shares([(s.treatment, counts[s.treatment]) for s in SYMBOLS]),
    )


def treatment_counts(tables: Sequence[TidyTable]) -> dict[str, int]:
    """How many cells of all the tables had each treatment."""
    counts = {symbol.treatment: 0 for symbol in SYMBOLS}
    for table in tables:
        for each in table.cells["treatment"].value_counts().to_pylist():
            counts[each["values"]] += each["counts"]
    return counts


def size(count: int) -> str:
    """Bytes as people read them: 1.2 MB."""
    value = float(count)
    for unit in ("bytes", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"
