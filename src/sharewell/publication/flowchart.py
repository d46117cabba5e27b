"""Flows of people between places as inline SVG: who came from where, went where, and then where.

It is drawn from printed values alone, so it says no more than its table. A printed number is as
wide as it says, and a range as wide as its lower end. Whatever is starred or withheld is a hatched
band, always of one width. Colours stand in a style sheet (``flow-1`` to ``flow-6``, ``flow-rest``),
those of the Government Analysis Function's guidance for categories; every band has a title too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from sharewell.publication.labels import clean

WIDTH = 960
NODE, GAP, TOP, FOOT = 14, 14, 34, 8
LEFT, RIGHT = 212, 216
"""Room for the names on the left and on the right, in px."""

TALL = 440
"""What the tallest column may take for its bands, in px."""

UNKNOWN = 6.0
"""How wide a starred or withheld flow is drawn, in px, whatever it counts."""

THIN = 1.5
"""A printed number is drawn at least so wide, in px."""

COLOURS = 6


@dataclass(frozen=True)
class Flow:
    """People who went from one place to another, as printed: a number, a range, * or [c]."""

    source: str
    target: str
    printed: str

    @property
    def people(self) -> int | None:
        """How many at least, as printed; None where nothing is said."""
        first = self.printed.partition(" to ")[0].replace(",", "")
        return int(first) if first.isdigit() else None


@dataclass(frozen=True)
class Column:
    """A column of places: what stands over it, and the places from the top, each with its total as
    printed ('' for none)."""

    title: str
    places: Mapping[str, str]


@dataclass(frozen=True)
class _Band:
    """How one flow is drawn: where it leaves and arrives, in px."""

    flow: Flow
    start: tuple[float, float]
    end: tuple[float, float]
    width: float


def flow_chart(
    columns: Sequence[Column], flows: Sequence[Sequence[Flow]], *, title: str, words: str
) -> Markup:
    """The chart as an SVG element. ``flows[k]`` go from ``columns[k]`` to ``columns[k + 1]``;
    those printed 0 are not drawn, nor are places without any flow. ``title`` and ``words`` say
    for those who cannot see it what it is, and that a table says the same."""
    drawn = [[flow for flow in each if flow.people != 0] for each in flows]
    places = [_used(column, drawn, at) for at, column in enumerate(columns)]
    scale = _scale(places, drawn)
    heights = [
        {place: _height(place, drawn, at, scale) for place in used}
        for at, used in enumerate(places)
    ]
    tall = max((_tall(each) for each in heights), default=0.0)
    tops = [_tops(each, tall) for each in heights]
    xs = [
        LEFT + at * (WIDTH - LEFT - RIGHT - NODE) / max(len(columns) - 1, 1)
        for at in range(len(columns))
    ]
    colour = {place: at for at, place in enumerate(columns[0].places)}
    parts = [
        Markup('<svg class="flow" role="img" aria-labelledby="flow-title flow-words" ')
        + Markup('viewBox="0 0 {} {}">').format(WIDTH, round(TOP + tall + FOOT)),
        Markup('<title id="flow-title">{}</title><desc id="flow-words">{}</desc>').format(
            title, words
        ),
        _hatches(),
    ]
    for at, each in enumerate(drawn):
        parts += [
            _ribbon(band, _class(colour, band.flow.source))
            for band in _bands(each, places, tops, xs, at, scale)
        ]
    for at, column in enumerate(columns):
        last = at == len(columns) - 1
        middle = at > 0 and not last
        parts.append(_heading(column.title, xs[at], last=last, middle=middle))
        for place in places[at]:
            box = (xs[at], tops[at][place], heights[at][place])
            parts.append(_node(place, column.places[place], box, right=at > 0))
    return Markup("").join([*parts, Markup("</svg>")])


def band_width(flow: Flow, scale: float) -> float:
    """How wide a flow is drawn, in px: from what is printed, and nothing else."""
    if flow.people is None:
        return UNKNOWN
    return max(flow.people * scale, THIN)


def _used(column: Column, drawn: Sequence[Sequence[Flow]], at: int) -> list[str]:
    here = {flow.source for each in drawn[at : at + 1] for flow in each}
    here |= {flow.target for each in drawn[max(at - 1, 0) : at] for flow in each}
    return [place for place in column.places if place in here]


def _scale(places: Sequence[Sequence[str]], drawn: Sequence[Sequence[Flow]]) -> float:
    """Px for one person, so that the tallest column fits."""
    most = 1
    for at, used in enumerate(places):
        total = sum(max(_people(place, drawn, at)) for place in used)
        most = max(most, total)
    return TALL / most


def _people(place: str, drawn: Sequence[Sequence[Flow]], at: int) -> tuple[int, int]:
    """Who arrive at a place and who leave it, as printed."""
    arrive = sum(f.people or 0 for f in (drawn[at - 1] if at else ()) if f.target == place)
    leave = sum(f.people or 0 for f in (drawn[at] if at < len(drawn) else ()) if f.source == place)
    return arrive, leave


def _height(place: str, drawn: Sequence[Sequence[Flow]], at: int, scale: float) -> float:
    arrive = sum(band_width(f, scale) for f in (drawn[at - 1] if at else ()) if f.target == place)
    leave = sum(
        band_width(f, scale) for f in (drawn[at] if at < len(drawn) else ()) if f.source == place
    )
    return max(arrive, leave, 12.0)


def _tall(heights: Mapping[str, float]) -> float:
    return sum(heights.values()) + GAP * max(len(heights) - 1, 0)


def _tops(heights: Mapping[str, float], tall: float) -> dict[str, float]:
    """Where each place begins, in the middle of the height."""
    y = TOP + (tall - _tall(heights)) / 2
    found = {}
    for place, height in heights.items():
        found[place] = y
        y += height + GAP
    return found


def _bands(
    flows: Sequence[Flow],
    places: Sequence[Sequence[str]],
    tops: Sequence[Mapping[str, float]],
    xs: Sequence[float],
    at: int,
    scale: float,
) -> list[_Band]:
    """The bands between two columns, which leave and arrive in the order of the places."""
    source = {place: number for number, place in enumerate(places[at])}
    target = {place: number for number, place in enumerate(places[at + 1])}
    leaves, arrives = dict(tops[at]), dict(tops[at + 1])
    starts, ends = {}, {}
    for flow in sorted(flows, key=lambda f: (source[f.source], target[f.target])):
        starts[flow] = leaves[flow.source]
        leaves[flow.source] += band_width(flow, scale)
    for flow in sorted(flows, key=lambda f: (target[f.target], source[f.source])):
        ends[flow] = arrives[flow.target]
        arrives[flow.target] += band_width(flow, scale)
    return [
        _Band(
            flow,
            (xs[at] + NODE, starts[flow]),
            (xs[at + 1], ends[flow]),
            band_width(flow, scale),
        )
        for flow in sorted(flows, key=lambda f: (source[f.source], target[f.target]))
    ]


def _ribbon(band: _Band, colour: str) -> Markup:
    (x, y), (to_x, to_y), width = band.start, band.end, band.width
    middle = (x + to_x) / 2
    path = (
        f"M{x:.1f},{y:.1f}C{middle:.1f},{y:.1f} {middle:.1f},{to_y:.1f} {to_x:.1f},{to_y:.1f}"
        f"V{to_y + width:.1f}C{middle:.1f},{to_y + width:.1f} {middle:.1f},{y + width:.1f} "
        f"{x:.1f},{y + width:.1f}Z"
    )
    known = band.flow.people is not None and " to " not in band.flow.printed
    fill = Markup("") if known else Markup(' fill="url(#hatch-{})"').format(colour)
    return Markup('<path class="{} {}" d="{}"{}><title>{}</title></path>').format(
        "flow-band" if known else "flow-unknown", f"flow-{colour}", path, fill, said(band.flow)
    )


def said(flow: Flow) -> str:
    """A flow in words, as printed."""
    match flow.printed:
        case "*":
            how_many = "1 to 4 people"
        case "[c]":
            how_many = "a number that is withheld"
        case printed:
            how_many = f"{printed} people"
    return f"{flow.source} to {flow.target}: {how_many}"


def _hatches() -> Markup:
    patterns = [
        Markup(
            '<pattern id="hatch-{0}" class="flow-{0}" width="5" height="5" '
            'patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
            '<rect class="flow-paper" width="5" height="5"/>'
            '<rect class="flow-line" width="2" height="5"/></pattern>'
        ).format(name)
        for name in [*map(str, range(1, COLOURS + 1)), "rest"]
    ]
    return Markup("<defs>{}</defs>").format(Markup("").join(patterns))


def _class(colour: Mapping[str, int], place: str) -> str:
    return str(colour[place] % COLOURS + 1) if place in colour else "rest"


def _heading(title: str, x: float, *, last: bool, middle: bool) -> Markup:
    anchor = "middle" if middle else "start" if last else "end"
    at = x + NODE / 2 if middle else x if last else x + NODE
    return Markup('<text class="flow-heading" x="{:.1f}" y="16" text-anchor="{}">{}</text>').format(
        at, anchor, title
    )


def _node(place: str, printed: str, box: tuple[float, float, float], *, right: bool) -> Markup:
    """A place: its bar, its name and its total, beside the bar and within the chart."""
    x, y, height = box
    at, anchor = (x + NODE + 6, "start") if right else (x - 6, "end")
    two_lines = bool(printed) and height >= 26
    name = _short(place, 25 if two_lines else 24 - len(printed))
    first = y + height / 2 + (-3 if two_lines else 5)
    total_at = (
        Markup('x="{:.1f}" y="{:.1f}"').format(at, first + 16) if two_lines else Markup('dx="6"')
    )
    spans = Markup(
        '<tspan class="flow-name" x="{:.1f}" y="{:.1f}">{}</tspan>'
        '<tspan class="flow-total" {}>{}</tspan>'
    ).format(at, first, name, total_at, printed)
    return Markup(
        '<rect class="flow-node" x="{:.1f}" y="{:.1f}" width="{}" height="{:.1f}">'
        "<title>{}</title></rect>"
        '<text class="flow-text" text-anchor="{}">{}</text>'
    ).format(x, y, NODE, height, f"{place}: {printed}" if printed else place, anchor, spans)


def _short(text: str, most: int) -> str:
    text = clean(text)
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
