"""What happened to somebody over the months, as inline SVG: a lane for each kind, a mark for each
month, and referrals with whether they arrived.

Marks differ by shape as well as by colour; colours stand in a style sheet. A long time is drawn in
quarters or years.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import sqrt
from typing import Literal

from markupsafe import Markup

from sharewell.publication.labels import clean

WIDTH, LEFT, RIGHT = 960, 212, 16
TOP, LANE, FOOT = 12, 40, 34
MOST_BINS = 40
"""How many marks a lane may have side by side."""

LARGEST, SMALLEST = 13.0, 5.0
"""Radius of a mark, in px: of ten records or more, and of one."""

Arrived = Literal["yes", "no", "not known"]


@dataclass(frozen=True)
class Lane:
    """A kind of activity, or a service, with the days of its records."""

    label: str
    days: Sequence[date]


@dataclass(frozen=True)
class Referred:
    """A referral out: its day, where to, and whether they arrived."""

    day: date
    to: str
    arrived: Arrived


@dataclass(frozen=True)
class Bins:
    """Spans of ``months`` (1, 3 or 12) each, ``count`` of them, from the month ``first`` (counted
    from year 0). Years are calendar years."""

    first: int
    months: int
    count: int

    def place(self, day: date) -> int:
        """Which span a day is in."""
        return (day.year * 12 + day.month - 1 - self.first) // self.months

    def label(self, place: int) -> str:
        """A span in words: 'May 2026', 'April to June 2026', '2026'."""
        first = self.first + place * self.months
        year, month = divmod(first, 12)
        if self.months == 12:
            return str(year)
        begin = date(year, month + 1, 1)
        if self.months == 1:
            return f"{begin:%B %Y}"
        return f"{begin:%B} to {date(year, month + 3, 1):%B %Y}"


def bins_of(days: Sequence[date]) -> Bins:
    """The spans over these days: months if they fit, else quarters, else years."""
    first = min(days).year * 12 + min(days).month - 1
    last = max(days).year * 12 + max(days).month - 1
    for months in (1, 3, 12):
        begin = first - first % months
        count = (last - begin) // months + 1
        if count <= MOST_BINS:
            break
    return Bins(begin, months, count)


def counts(lane: Lane, bins: Bins) -> Mapping[int, int]:
    """How many records of a lane are in each span that has any."""
    return Counter(bins.place(day) for day in lane.days)


def timeline(
    lanes: Sequence[Lane], referred: Sequence[Referred], *, title: str, words: str
) -> Markup:
    """The timeline as an SVG element; '' where there is nothing. ``title`` and ``words`` say for
    those who cannot see it what it is, and that a table says the same."""
    days = [day for lane in lanes for day in lane.days] + [each.day for each in referred]
    if not days:
        return Markup("")
    bins = bins_of(days)
    rows = len(lanes) + bool(referred)
    tall = TOP + rows * LANE
    step = (WIDTH - LEFT - RIGHT) / bins.count
    parts = [
        Markup('<svg class="timeline" role="img" aria-labelledby="timeline-title timeline-words" ')
        + Markup('viewBox="0 0 {} {}">').format(WIDTH, tall + FOOT),
        Markup('<title id="timeline-title">{}</title>').format(title),
        Markup('<desc id="timeline-words">{}</desc>').format(words),
        _years(bins, step, tall),
    ]
    for row, lane in enumerate(lanes):
        parts.append(_lane(lane.label, row))
        for place, many in sorted(counts(lane, bins).items()):
            parts.append(_mark(lane, bins, place, many, step, row))
    if referred:
        parts.append(_lane("Referred", len(lanes)))
        parts += _referrals(referred, bins, step, len(lanes))
    return Markup("").join([*parts, Markup("</svg>")])


def _years(bins: Bins, step: float, tall: float) -> Markup:
    """Lines where years begin, and labels under what they stand for."""
    parts = []
    each = 1
    while bins.count / each > 10 and bins.months == 12:
        each += 1
    for place in range(bins.count):
        year, month = divmod(bins.first + place * bins.months, 12)
        if place and month:
            continue
        x = LEFT + place * step
        parts.append(
            Markup(
                '<line class="timeline-year" x1="{0:.1f}" x2="{0:.1f}" y1="{1}" y2="{2}"/>'
            ).format(x, TOP, tall)
        )
        months_left = 12 - month
        crowded = place == 0 and months_left / bins.months * step < 40 and bins.count > months_left
        if not crowded and place % each == 0:
            parts.append(
                Markup('<text class="timeline-label" x="{:.1f}" y="{}">{}</text>').format(
                    x + 3, tall + 20, year
                )
            )
    parts.append(
        Markup('<line class="timeline-axis" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(
            LEFT, WIDTH - RIGHT, tall, tall
        )
    )
    return Markup("").join(parts)


def _lane(label: str, row: int) -> Markup:
    y = TOP + row * LANE + LANE / 2
    name = clean(label)
    name = name if len(name) <= 26 else f"{name[:25].rstrip()}…"
    return Markup(
        '<line class="timeline-lane" x1="{0}" x2="{1}" y1="{2}" y2="{2}"/>'
        '<text class="timeline-name" x="0" y="{3}">{4}</text>'
    ).format(LEFT, WIDTH - RIGHT, y, y + 5, name)


def _mark(lane: Lane, bins: Bins, place: int, many: int, step: float, row: int) -> Markup:
    x, y = LEFT + (place + 0.5) * step, TOP + row * LANE + LANE / 2
    size = SMALLEST + (LARGEST - SMALLEST) * min(1.0, sqrt(many - 1) / 3)
    radius = min(size, max(step * 0.48, 3.0))
    records = "record" if many == 1 else "records"
    told = f"{lane.label}, {bins.label(place)}: {many} {records}"
    mark = Markup(
        '<circle class="timeline-mark timeline-{}" cx="{:.1f}" cy="{:.1f}" r="{:.1f}">'
        "<title>{}</title></circle>"
    ).format(row % 6 + 1, x, y, radius, told)
    if many > 1 and radius >= 9:
        mark += Markup('<text class="timeline-count" x="{:.1f}" y="{:.1f}">{}</text>').format(
            x, y + 4, many
        )
    return mark


_SHAPES: Mapping[Arrived, str] = {
    "yes": "M-7,-8L8,0L-7,8Z",
    "no": "M-7,-7L7,7M-7,7L7,-7",
    "not known": "M-6,-7L7,0L-6,7Z",
}


def _referrals(referred: Sequence[Referred], bins: Bins, step: float, row: int) -> list[Markup]:
    """One shape for each referral, side by side where a span has several."""
    y = TOP + row * LANE + LANE / 2
    together = Counter(bins.place(each.day) for each in referred)
    drawn: Counter[int] = Counter()
    parts = []
    for each in sorted(referred, key=lambda r: r.day):
        place = bins.place(each.day)
        room = min(step / together[place], 18.0)
        shift = (drawn[place] - (together[place] - 1) / 2) * room
        drawn[place] += 1
        told = f"Referred to {each.to}, {each.day:%-d %B %Y}: {said(each.arrived)}"
        parts.append(
            Markup(
                '<path class="timeline-referred timeline-{}" transform="translate({:.1f},{:.1f})" '
                'd="{}"><title>{}</title></path>'
            ).format(
                each.arrived.replace(" ", "-"),
                LEFT + (place + 0.5) * step + shift,
                y,
                _SHAPES[each.arrived],
                told,
            )
        )
    return parts


def said(arrived: Arrived) -> str:
    """Whether they arrived, in words."""
    return {"yes": "arrived", "no": "did not arrive", "not known": "not known whether arrived"}[
        arrived
    ]
