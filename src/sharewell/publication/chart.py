"""A column chart of the national series by financial year, as inline SVG that reflows.

Widths are percentages and text is in pixels, so the same picture is legible on a phone, on a
desk and on paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import ceil, floor, log10

import pyarrow as pa
import pyarrow.compute as pc
from markupsafe import Markup, escape

from sharewell.catalogue.breakdowns import BREAKDOWNS, TOTAL
from sharewell.publication.labels import MEASURE, WHOLES
from sharewell.publication.tidy import TidyTable

YEAR, MONTH = "financial_year", "month"
TOP, PLOT, FOOT = 28, 220, 40  # px: room for the highest value, the columns, the years
LEFT = 12.5  # per cent: room for the scale
FULL_LABELS = 9  # with more columns than this, a year's label breaks in two


@dataclass(frozen=True)
class Point:
    """One year: ``value`` is None where nothing may be said; ``months`` below 12 is a part year."""

    label: str
    value: int | None
    printed: str
    months: int | None


@dataclass(frozen=True)
class Series:
    """A measure for the whole area of a table, year by year; ``area`` names it where known."""

    title: str
    table_title: str
    area: str
    points: tuple[Point, ...]

    @property
    def known(self) -> tuple[Point, ...]:
        """The points that can be drawn."""
        return tuple(point for point in self.points if point.value is not None)

    @property
    def has_part_years(self) -> bool:
        """Whether any year is short of its twelve months."""
        return any(part_year(point) for point in self.points)

    def in_words(self) -> str:
        """What the chart shows, for those who cannot see it."""
        first, last = self.known[0], self.known[-1]
        whole = [point for point in self.known if not part_year(point)] or list(self.known)
        most = max(whole, key=lambda point: point.value or 0)
        least = min(whole, key=lambda point: point.value or 0)
        part = f", a part year of {last.months} months" if part_year(last) else ""
        return (
            f"{first.printed} in {first.label}; {last.printed} in {last.label}{part}. "
            f"The highest year is {most.label} with {most.printed}, "
            f"the lowest {least.label} with {least.printed}."
        )


def part_year(point: Point) -> bool:
    """Whether fewer than twelve months make up the year."""
    return point.months is not None and point.months < 12


def national_series(
    tables: Sequence[TidyTable], first: date | None = None, last: date | None = None
) -> Series | None:
    """The first series over years of any table, with every other breakdown at its total.

    Where a table has no months, the days ``first`` and ``last`` of the data tell a part year.
    None where no table has two years that can be drawn.
    """
    for table in tables:
        for crossing in table.crossings:
            if not {YEAR, MONTH} & set(crossing.split(" x ")) or YEAR not in table.breakdowns:
                continue
            series = _series(table, table.of_crossing(crossing), first, last)
            if len(series.known) > 1:
                return series
    return None


def _series(table: TidyTable, cells: pa.Table, first: date | None, last: date | None) -> Series:
    months: dict[str, set[str]] = {}
    if MONTH in cells.column_names:
        for year, month in zip(cells[YEAR].to_pylist(), cells[MONTH].to_pylist(), strict=True):
            months.setdefault(year, set()).add(month)
    measure = min(cells[MEASURE].to_pylist(), default="")
    chosen = pc.equal(cells[MEASURE].cast("string"), measure)
    area = ""
    for name in (name for name in cells.column_names if name in table.breakdowns):
        codes = cells[name].cast("string")
        if name == YEAR:
            chosen = pc.and_(chosen, pc.not_equal(codes, TOTAL))
            continue
        whole = next((code for code in WHOLES if code in table.labels[name]), TOTAL)
        chosen = pc.and_(chosen, pc.equal(codes, whole))
        if name in BREAKDOWNS and BREAKDOWNS[name].kind == "geography":
            area = table.labels[name].get(whole, "")
    points = []
    for cell in cells.filter(pc.fill_null(chosen, False)).to_pylist():
        drawn = cell["treatment"] in ("exact", "zero", "rounded")
        value = int(cell["printed"]) if drawn else None
        year = cell[YEAR]
        points.append(
            Point(
                label=table.labels[YEAR][year],
                value=value,
                printed=f"{value:,}" if value is not None else cell["printed"],
                months=len(months[year] - {TOTAL}) if months else months_in(year, first, last),
            )
        )
    return Series(table.labels[MEASURE].get(measure, measure), table.title, area, tuple(points))


def months_in(year: str, first: date | None, last: date | None) -> int | None:
    """How many months of the financial year '2019' lie in the period; None: not known."""
    if first is None or last is None or not year.isdigit():
        return None
    start = int(year) * 12 + 3  # April, months counted from year 0
    begin, end = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
    return max(0, min(end, start + 11) - max(begin, start) + 1)


def svg(series: Series) -> Markup:
    """The chart as an SVG element; its words stand in <title> and <desc>."""
    ticks = scale(max(point.value or 0 for point in series.known))
    band = (100 - LEFT) / len(series.points)
    parts = [
        Markup('<svg class="chart" role="img" aria-labelledby="chart-title chart-desc" ')
        + Markup('width="100%" height="{}">').format(TOP + PLOT + FOOT),
        Markup('<title id="chart-title">{}</title>').format(series.title),
        Markup('<desc id="chart-desc">{}</desc>').format(series.in_words()),
    ]
    for tick in ticks:
        y = _y(tick, ticks[-1])
        name = "axis" if tick == 0 else "grid"
        parts.append(
            Markup('<line class="{}" x1="0" x2="100%" y1="{}" y2="{}"/>').format(name, y, y)
        )
        if tick:
            parts.append(Markup('<text class="tick" x="0" y="{}">{:,}</text>').format(y - 5, tick))
    # On a phone only some columns keep their labels: those a whole number of steps from the last.
    step = ceil(len(series.points) / 6)
    # Labels wider than their columns, at 7 px to a character on a page of 720 px, are left out.
    crowded = any(7 * len(point.printed) > 7.2 * band for point in series.points)
    highest = max(series.known, key=lambda point: point.value or 0)
    for place, point in enumerate(series.points):
        minor = " minor" if (len(series.points) - 1 - place) % step else ""
        usual = "" if point is highest else (" usual crowded" if crowded else " usual")
        usual = " last" if point is series.points[-1] else usual
        broken = len(series.points) > FULL_LABELS
        parts.append(
            _column(point, LEFT + place * band, band, ticks[-1], usual, minor, broken=broken)
        )
    return Markup("").join([*parts, Markup("</svg>")])


def scale(greatest: int) -> list[int]:
    """Round numbers from 0 to at least ``greatest``, three to six of them."""
    rough = max(greatest, 1) / 4
    power = 10 ** floor(log10(rough)) if rough >= 1 else 1
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough)
    return [int(step * n) for n in range(ceil(max(greatest, 1) / step) + 1)]


def _column(
    point: Point, left: float, band: float, top: int, usual: str, minor: str, *, broken: bool
) -> Markup:
    """One year's column, value and label; ``usual`` and ``minor`` are classes of the last two."""
    middle, edge = f"{left + band / 2:.2f}%", f"{left + band * 0.98:.2f}%"
    pieces = []
    if point.value is not None:
        y = _y(point.value, top)
        pieces.append(
            Markup('<rect class="{}" x="{:.2f}%" width="{:.2f}%" y="{}" height="{}"/>').format(
                "part" if part_year(point) else "whole",
                left + band * 0.14,
                band * 0.72,
                y,
                round(TOP + PLOT - y, 1),
            )
        )
    y = _y(point.value or 0, top) - 6
    pieces.append(
        Markup('<text class="value{}" x="{}" y="{}">{}</text>').format(
            usual, edge if usual == " last" else middle, y, point.printed
        )
    )
    head, _, tail = point.label.partition("-")
    under = TOP + PLOT + 17
    text = escape(point.label)
    if broken and tail:
        text = Markup('{}<tspan x="{}" dy="14">–{}</tspan>').format(head, middle, tail)
    pieces.append(
        Markup('<text class="year{}" x="{}" y="{}">{}</text>').format(minor, middle, under, text)
    )
    return Markup("").join(pieces)


def _y(value: int, top: int) -> float:
    return round(TOP + PLOT * (1 - value / top), 1)


def shares(counts: Sequence[tuple[str, int]]) -> Markup:
    """A bar split by share, one segment for each (name, count); decoration beside its table."""
    total = sum(count for _, count in counts) or 1
    edges = [0.0]
    for _, count in counts:
        edges.append(edges[-1] + 100 * count / total)
    pieces = [
        Markup('<rect class="{}" x="{:.3f}%" width="{:.3f}%" y="0" height="18"/>').format(
            name, start, end - start
        )
        for (name, _), (start, end) in zip(counts, pairwise(edges), strict=True)
    ]
    return Markup(
        '<svg class="shares" width="100%" height="18" aria-hidden="true">{}</svg>'
    ).format(Markup("").join(pieces))
