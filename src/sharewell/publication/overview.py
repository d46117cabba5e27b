"""A picture of each table, for a release that has no series over years to draw."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from markupsafe import Markup

from sharewell.catalogue.breakdowns import BREAKDOWNS, TOTAL
from sharewell.publication.bars import Bar, bar_chart
from sharewell.publication.labels import MEASURE, column_title
from sharewell.publication.tidy import TidyTable

MOST_BARS = 25
_DRAWN = ("exact", "zero", "rounded")


@dataclass(frozen=True)
class Overview:
    """One measure of a table by one breakdown, all others at their total."""

    title: str
    measure: str
    by: str
    bars: tuple[Bar, ...]
    chart: Markup


def overview(table: TidyTable) -> Overview | None:
    """The first measure of a table by where, or else by the first breakdown that can be drawn;
    None where there is none. Nothing is drawn that is not printed as a number."""
    for crossing in table.crossings:
        cells = table.of_crossing(crossing)
        used = [name for name in cells.column_names if name in table.breakdowns]
        codes = {name: pc.unique(cells[name].cast(pa.string())).to_pylist() for name in used}
        choices = [
            name
            for name in used
            if BREAKDOWNS[name].kind != "time" and 2 < len(codes[name]) <= MOST_BARS + 1
        ]
        others_whole = all(TOTAL in codes[name] or len(codes[name]) == 1 for name in used)
        if choices and others_whole:
            by = min(choices, key=lambda name: BREAKDOWNS[name].kind != "geography")
            found = _drawn(table, cells, by, codes)
            if found is not None:
                return found
    return None


def _drawn(
    table: TidyTable, cells: pa.Table, by: str, codes: dict[str, list[str]]
) -> Overview | None:
    measure = cells[MEASURE][0].as_py()
    chosen = pc.equal(cells[MEASURE].cast(pa.string()), measure)
    for name, mine in codes.items():
        column = cells[name].cast(pa.string())
        if name == by:
            chosen = pc.and_(chosen, pc.not_equal(column, TOTAL))
        else:
            chosen = pc.and_(chosen, pc.equal(column, TOTAL if TOTAL in mine else mine[0]))
    bars = tuple(
        Bar(
            table.labels[by][cell[by]],
            int(cell["printed"]) if cell["treatment"] in _DRAWN else None,
            f"{int(cell['printed']):,}" if cell["printed"].isdecimal() else cell["printed"],
        )
        for cell in cells.filter(chosen).to_pylist()
    )
    counted = table.labels[MEASURE][measure]
    title = f"{table.title}: {counted}"
    chart = bar_chart(title, bars, f"overview-{table.id}")
    return Overview(title, counted, column_title(by), bars, chart) if chart else None
