"""The figures of a shared report for one area, cell by cell as the release prints them.

Nothing is worked out here: a cell is shown, or it is not. So a page cannot say more than what
disclosure control let out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from markupsafe import Markup

from sharewell.catalogue.breakdowns import BREAKDOWNS, TOTAL
from sharewell.disclosure import PublishedTable
from sharewell.flows.known import PUBLISHED
from sharewell.ledger import Entry
from sharewell.publication.bars import Bar, bar_chart
from sharewell.publication.labels import MEASURE, column_title, crossing_title, labeller
from sharewell.publication.tidy import CROSSING, TidyTable, tidy
from sharewell.service.home import home

ALL = "all"
"""In place of an area: all of them together."""

_DRAWN = ("exact", "zero", "rounded")
_LABEL = labeller({})


@dataclass(frozen=True)
class Cell:
    """What is printed, how it was treated, and what was printed for the period before."""

    printed: str
    treatment: str
    before: str = ""

    @property
    def text(self) -> str:
        """With commas, where it is a number."""
        return in_thousands(self.printed)

    @property
    def text_before(self) -> str:
        """The same of the period before."""
        return in_thousands(self.before)


@dataclass(frozen=True)
class Row:
    """The categories of a row, a label for each, and a cell for each measure."""

    labels: tuple[str, ...]
    cells: tuple[Cell, ...]
    total: bool


@dataclass(frozen=True)
class Grid:
    """One crossing of a table in one area: what its columns are, its rows, and a picture of them
    ('' where there is nothing to draw)."""

    name: str
    title: str
    head: tuple[str, ...]
    measures: tuple[str, ...]
    rows: tuple[Row, ...]
    chart: Markup


@dataclass(frozen=True)
class Shown:
    """One table of a report: its title, and its crossings, each a `Grid`."""

    id: str
    title: str
    grids: tuple[Grid, ...]

    @property
    def file(self) -> str:
        """What its CSV is called."""
        return f"{self.id}.csv"


def tables_of(entry: Entry, area: str) -> list[TidyTable]:
    """What a release prints of one area (`ALL`: of all together), in the words of its readers."""
    return [tidy(each, _LABEL) for each in published(entry, area)]


def published(entry: Entry, area: str) -> Iterator[PublishedTable]:
    """The published form of the tables of a release, with the cells of one area alone, each read
    when it is come to."""
    files = {ref.name: ref.sha256 for ref in entry.files}
    rules = {part["table"]: tuple(part["rules"]) for part in entry.body["protection"]}
    for facts in entry.body["tables"]:
        digest = files[f"{PUBLISHED}/{facts['id']}.parquet"]
        cells = _of_area(_cells(home().files.path(digest)), area)
        if cells.num_rows:
            yield PublishedTable(facts["id"], facts["title"], rules[facts["id"]], cells)


def shown(entry: Entry, area: str, before: Entry | None = None) -> list[Shown]:
    """The tables of a release for one area, beside those of the period ``before``."""
    earlier = {table.id: _printed(table) for table in tables_of(before, area)} if before else {}
    return [
        Shown(
            table.id,
            table.title,
            tuple(
                _grid(table, crossing, f"{table.id}-{place}", earlier.get(table.id))
                for place, crossing in enumerate(table.crossings)
            ),
        )
        for table in tables_of(entry, area)
    ]


def in_thousands(printed: str) -> str:
    """'12345' as '12,345'; what is no number as it is."""
    return f"{int(printed):,}" if printed.isdecimal() else printed


@lru_cache(maxsize=64)
def _cells(path: Path) -> pa.Table:
    """The file's cells. Its name is its digest, so that it never changes."""
    return pq.read_table(path)


def _of_area(cells: pa.Table, area: str) -> pa.Table:
    """The cells that are of this area alone; of all of them, every cell."""
    if area == ALL:
        return cells
    mine = pa.array([False] * cells.num_rows)
    for name in _areas_in(cells):
        codes = cells[name].cast(pa.string())
        mine = pc.if_else(pc.is_null(codes), mine, pc.equal(codes, area))
    return cells.filter(pc.fill_null(mine, False))


def _areas_in(cells: pa.Table) -> list[str]:
    return [
        name
        for name in cells.column_names
        if name in BREAKDOWNS and BREAKDOWNS[name].kind == "geography"
    ]


Place = tuple[str, tuple[str | None, ...], str]
"""A crossing, a code for each breakdown, and a measure."""


def _printed(table: TidyTable) -> Mapping[Place, str]:
    names = table.breakdowns
    columns = [table.cells[name].to_pylist() for name in (CROSSING, *names, MEASURE, "printed")]
    return {
        (crossing, tuple(codes), measure): printed
        for crossing, *codes, measure, printed in zip(*columns, strict=True)
    }


def _grid(table: TidyTable, crossing: str, name: str, earlier: Mapping[Place, str] | None) -> Grid:
    cells = table.of_crossing(crossing)
    used = [each for each in cells.column_names if each in table.breakdowns]
    by = [each for each in used if _splits(each, cells)]
    measures = list(dict.fromkeys(cells[MEASURE].to_pylist()))
    rows: dict[tuple[str, ...], dict[str, Cell]] = {}
    columns = [cells[each].to_pylist() for each in (*used, MEASURE, "printed", "treatment")]
    for *codes, measure, printed, treatment in zip(*columns, strict=True):
        code = dict(zip(used, codes, strict=True))
        place = (crossing, tuple(code.get(each) for each in table.breakdowns), measure)
        before = earlier.get(place, "") if earlier else ""
        rows.setdefault(tuple(code[each] for each in by), {})[measure] = Cell(
            printed, treatment, before
        )
    made = tuple(
        Row(
            tuple(table.labels[each][code] for each, code in zip(by, codes, strict=True)),
            tuple(counted.get(measure, Cell("", "")) for measure in measures),
            TOTAL in codes,
        )
        for codes, counted in rows.items()
    )
    words = tuple(table.labels[MEASURE][measure] for measure in measures)
    head = tuple(column_title(each) for each in by)
    if not by and len(measures) > 1:  # one row of many figures reads better as many rows
        (row,) = made
        made = tuple(
            Row((word,), (cell,), total=False) for word, cell in zip(words, row.cells, strict=True)
        )
        head, words = (column_title(MEASURE),), ("Count",)
    by_words = crossing_title(" x ".join(by)) if by else "in total"
    title = f"{by_words[:1].upper()}{by_words[1:]}"
    chart = _chart(f"{table.title}: {words[0]}, {by_words}", made, name)
    return Grid(name, title, head, words, made, chart if len(head) == 1 else Markup())


def _splits(name: str, cells: pa.Table) -> bool:
    """Whether a breakdown tells rows apart here: an area, or the only year, does not."""
    return pc.count_distinct(cells[name].cast(pa.string())).as_py() > 1


def _chart(title: str, rows: Sequence[Row], name: str) -> Markup:
    """The first measure of the rows, without their total; none where there is nothing beside
    which a bar could stand."""
    bars = [
        Bar(
            row.labels[0] if row.labels else "",
            _drawn(row.cells[0].printed, row.cells[0].treatment),
            row.cells[0].text,
            _drawn(row.cells[0].before),
            row.cells[0].text_before,
        )
        for row in rows
        if not row.total
    ]
    return bar_chart(title, bars, f"chart-{name}") if len(bars) > 1 else Markup()


def _drawn(printed: str, treatment: str = "exact") -> int | None:
    return int(printed) if treatment in _DRAWN and printed.isdecimal() else None
