"""The figures of a count as a picture: places along one line, for the page to draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sharewell.service.monitoring.people.counting import Answer

_ROW = 46
"""The height of a row in pixels."""
_LEFT, _RIGHT = 2.0, 98.0
"""Where the line begins and ends, in per cent of the width."""


@dataclass(frozen=True)
class Row:
    """One figure: its words, where its dot is and, with an interval, where that begins and ends;
    ``y`` in pixels, the rest in per cent."""

    words: str
    y: int
    dot: float
    low: float | None = None
    wide: float | None = None

    @property
    def line(self) -> int:
        """Where its line is, in pixels."""
        return self.y + 14


@dataclass(frozen=True)
class Picture:
    """Rows, one below the other, on a scale from ``least`` to ``most``."""

    rows: Sequence[Row]
    least: int
    most: int

    @property
    def height(self) -> int:
        """In pixels."""
        return _ROW * len(self.rows) + 24

    @property
    def foot(self) -> int:
        """Where the scale is written, in pixels."""
        return self.height - 6


def picture(answer: Answer) -> Picture | None:
    """The picture of an answer; None where there is nobody to draw."""
    people = answer.people
    if not people.exact:
        return None
    figures: list[tuple[str, float, float, float]] = [
        (f"Exact: {people.exact:,}", people.exact, 0, 0),
        (f"Stepwise: {people.stepwise:,}", people.stepwise, 0, 0),
        (f"Stepwise, district must agree: {answer.strict:,}", answer.strict, 0, 0),
        (
            f"Corrected: {people.corrected:,.0f} ({people.low:,.0f} to {people.high:,.0f})",
            people.corrected, people.low, people.high,
        ),
    ]  # fmt: skip
    ends = [value for _, *values in figures for value in values if value]
    least, most = _scale(min(ends), max(ends))

    def at(value: float) -> float:
        share = (value - least) / (most - least)
        return round(_LEFT + (_RIGHT - _LEFT) * share, 2)

    rows = [
        Row(
            words, 16 + number * _ROW, at(value),
            at(low) if high else None, round(at(high) - at(low), 2) if high else None,
        )
        for number, (words, value, low, high) in enumerate(figures)
    ]  # fmt: skip
    return Picture(rows, least, most)


def _scale(low: float, high: float) -> tuple[int, int]:
    """Round ends a little outside of the figures."""
    room = max((high - low) * 0.1, 1.0)
    step = 10 ** max(len(str(int(high - low + 2 * room))) - 1, 0)
    least = max(int((low - room) // step * step), 0)
    most = int(-(-(high + room) // step) * step)
    return least, max(most, least + 1)
