"""Pictures of tables, as SVG that reflows: widths are shares of the page, text is in pixels.

Colours come from the classes (``own.css``); nothing is styled inline, which the content security
policy would stop. Each picture stands beside its table, which says the same in numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from markupsafe import Markup

from sharewell.publication.bars import Bar, bar_chart
from sharewell.publication.chart import scale
from sharewell.service.monitoring.own.figures import Table

_TOP, _PLOT, _FOOT, _LEFT = 22, 160, 38, 11.0  # px, and per cent for the scale
_NARROW = 6  # labels under columns on a phone
_SPARK = 28  # px
MOST_BARS = 12
"""More bars than these are no picture; the table has them all."""


def columns(table: Table) -> SafeString:
    """A column for each row of a table, in order: for months."""
    values = [row.numbers[table.drawn] for row in table.body]
    if not any(values):
        return SafeString("")
    ticks = scale(max(values))
    band = (100 - _LEFT) / len(values)
    lines = format_html_join(
        "",
        '<line class="{}" x1="0" x2="100%" y1="{}" y2="{}"/>{}',
        (
            ("axis" if not tick else "grid", y, y, _tick(tick, y))
            for tick in ticks
            for y in (_y(tick, ticks[-1]),)
        ),
    )
    step, steps = ceil(len(values) / 12), ceil(len(values) / _NARROW)
    pieces = []
    for place, (row, value) in enumerate(zip(table.body, values, strict=True)):
        left, y = _LEFT + place * band, _y(value, ticks[-1])
        back = len(values) - 1 - place
        shown = "" if not back % steps else " minor" if not back % step else None
        pieces.append(
            format_html(
                '<rect class="bar" x="{}%" width="{}%" y="{}" height="{}"/>{}',
                f"{left + band * 0.12:.2f}",
                f"{band * 0.76:.2f}",
                y,
                round(_TOP + _PLOT - y, 1),
                "" if shown is None else _under(row.label, left + band / 2, shown),
            )
        )
    drawn = format_html_join("", "{}", ((piece,) for piece in pieces))
    return _svg(table, _TOP + _PLOT + _FOOT, format_html("{}{}", lines, drawn))


def bars(table: Table) -> Markup:
    """A bar for each row of a table, under each other: for kinds."""
    numbers = [(row.label, row.numbers[table.drawn]) for row in table.body[:MOST_BARS]]
    drawn = [Bar(label, number, f"{number:,}") for label, number in numbers]
    return bar_chart(_heading(table), drawn, _name(table))


def spark(title: str, name: str, values: Sequence[float | None]) -> SafeString:
    """How a share (0 to 1) went, month by month: a column each, none where there is no value.

    ``name`` is unique on the page.
    """
    if not values:
        return SafeString("")
    band = 100 / len(values)
    drawn = format_html_join(
        "",
        '<rect class="{}" x="{}%" width="{}%" y="{}" height="{}"/>',
        (
            (
                "bar" if value is not None else "none",
                f"{place * band + band * 0.1:.2f}",
                f"{band * 0.8:.2f}",
                f"{_SPARK - _height(value):.1f}",
                f"{_height(value):.1f}",
            )
            for place, value in enumerate(values)
        ),
    )
    known = [value for value in values if value is not None]
    words = f"from {known[0]:.0%} to {known[-1]:.0%}" if known else "nothing yet"
    return format_html(
        '<svg class="own-spark" role="img" aria-labelledby="{}" width="100%" height="{}">'
        '<title id="{}">{}: {}</title>{}'
        '<line class="axis" x1="0" x2="100%" y1="{}" y2="{}"/></svg>',
        name, _SPARK + 1, name, title, words, drawn, _SPARK + 0.5, _SPARK + 0.5,
    )  # fmt: skip


def _svg(table: Table, height: int, drawn: SafeString) -> SafeString:
    words = ". ".join(f"{row.label}: {row.numbers[table.drawn]:,}" for row in table.body)
    return format_html(
        '<svg class="own-chart" role="img" aria-labelledby="{0}-title {0}-words" width="100%" '
        'height="{1}"><title id="{0}-title">{2}</title><desc id="{0}-words">{3}</desc>{4}</svg>',
        _name(table),
        height,
        _heading(table),
        words,
        drawn,
    )


def _name(table: Table) -> str:
    return f"{table.name}-{table.drawn}"


def _heading(table: Table) -> str:
    return f"{table.title}: {table.head[1 + table.drawn]}"


def _tick(tick: int, y: float) -> SafeString:
    if not tick:
        return SafeString("")
    return format_html('<text class="tick" x="0" y="{}">{}</text>', y - 4, f"{tick:,}")


def _under(label: str, middle: float, name: str) -> SafeString:
    head, _, tail = label.partition(" ")
    return format_html(
        '<text class="month{0}" x="{1}%" y="{2}">{3}<tspan x="{1}%" dy="15">{4}</tspan></text>',
        name,
        f"{middle:.2f}",
        _TOP + _PLOT + 16,
        head,
        tail,
    )


def _y(value: int, top: int) -> float:
    return round(_TOP + _PLOT * (1 - value / top), 1)


def _height(value: float | None) -> float:
    return max(1.0, _SPARK * value) if value is not None else 1.0
