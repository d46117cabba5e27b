"""A chart of bars that lie under each other, as inline SVG that reflows: it stands beside a table.

Widths are percentages and text is in pixels, so the same picture is legible on a phone, on a desk
and on paper. Colours come from the classes ``bar``, ``before``, ``name``, ``value`` and ``base``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

_NAME, _BAR, _BEFORE, _GAP = 20, 16, 7, 12  # px: the text's height, the bars', and what is between
_LONGEST = 34  # characters of a name that fit beside a number on a phone


@dataclass(frozen=True)
class Bar:
    """A category: ``value`` is what can be drawn (None where nothing may be said) and ``printed``
    what is printed of it; ``before`` and ``printed_before`` the same of the period before."""

    name: str
    value: int | None
    printed: str
    before: int | None = None
    printed_before: str = ""


def in_words(bars: Sequence[Bar]) -> str:
    """What the chart shows, for those who cannot see it."""
    return ". ".join(
        f"{bar.name}: {bar.printed}"
        + (f" (before: {bar.printed_before})" if bar.printed_before else "")
        for bar in bars
    )


def bar_chart(title: str, bars: Sequence[Bar], name: str) -> Markup:
    """The chart as an SVG element; ``name`` is unique on its page. Empty where nothing can be
    drawn."""
    most = max((max(bar.value or 0, bar.before or 0) for bar in bars), default=0)
    if not most:
        return Markup("")
    compares = any(bar.printed_before for bar in bars)
    step = _NAME + _BAR + _GAP + (_BEFORE if compares else 0)
    parts = [
        Markup(
            '<svg class="bar-chart" role="img" aria-labelledby="{0}-title {0}-words" width="100%" '
            'height="{1}"><title id="{0}-title">{2}</title><desc id="{0}-words">{3}</desc>'
        ).format(name, step * len(bars), title, in_words(bars))
    ]
    for place, bar in enumerate(bars):
        top = place * step
        parts.append(
            Markup('<text class="name" x="0" y="{0}">{1}</text>').format(top + 14, _short(bar.name))
        )
        parts.append(
            Markup('<text class="value" x="100%" y="{}" text-anchor="end">{}</text>').format(
                top + 14, bar.printed
            )
        )
        parts.append(_rect("base", 1, top + _NAME, _BAR + (_BEFORE if compares else 0), 1))
        if bar.value:
            parts.append(_rect("bar", bar.value, top + _NAME, _BAR, most))
        if bar.before:
            parts.append(_rect("before", bar.before, top + _NAME + _BAR, _BEFORE, most))
    return Markup("").join([*parts, Markup("</svg>")])


def _rect(name: str, value: int, y: int, height: int, most: int) -> Markup:
    return Markup('<rect class="{}" x="0" y="{}" width="{:.2f}%" height="{}"/>').format(
        name, y, 100 * value / most, height
    )


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
