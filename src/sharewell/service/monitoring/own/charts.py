"""Pictures of tables, as SVG that reflows: widths are shares of the page, text is in pixels.

Colours come from the classes (``own.css``); nothing is styled inline, which the content security
policy would stop. Each picture stands beside its table, which says the same in numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from sharewell.publication.chart import scale
from sharewell.service.monitoring.own.figures import Table

_TOP, _PLOT, _FOOT, _LEFT = 22, 160, 38, 11.0  # px, and per cent for the scale
_NAME, _BAR, _GAP = 20, 14, 12  # px: a bar's words, the bar, what is between
_LONGEST = 40  # characters of words that fit beside a number on a phone
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


def bars(table: Table) -> SafeString:
    """A bar for each row of a table, under each other: for kinds."""
    body = table.body[:MOST_BARS]
    most = max((row.numbers[table.drawn] for row in body), default=0)
    if not most:
        return SafeString("")
    step = _NAME + _BAR + _GAP
    pieces = (
        (
            place * step + 14,
            _short(row.label),
            place * step + 14,
            f"{row.numbers[table.drawn]:,}",
            place * step + _NAME,
            _BAR,
            f"{100 * row.numbers[table.drawn] / most:.2f}",
            place * step + _NAME,
            _BAR,
        )
        for place, row in enumerate(body)
    )
    drawn = format_html_join(
        "",
        '<text class="name" x="0" y="{}">{}</text>'
        '<text class="value" x="100%" y="{}" text-anchor="end">{}</text>'
        '<rect class="base" x="0" width="100%" y="{}" height="{}"/>'
        '<rect class="bar" x="0" width="{}%" y="{}" height="{}"/>',
        pieces,
    )
    return _svg(table, step * len(body), drawn)


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
    heading = table.head[1 + table.drawn]
    words = ". ".join(f"{row.label}: {row.numbers[table.drawn]:,}" for row in table.body)
    return format_html(
        '<svg class="own-chart" role="img" aria-labelledby="{0}-name {0}-words" width="100%" '
        'height="{1}"><title id="{0}-name">{2}: {3}</title>'
        '<desc id="{0}-words">{4}</desc>{5}</svg>',
        f"{table.name}-{table.drawn}",
        height,
        table.title,
        heading,
        words,
        drawn,
    )


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


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
