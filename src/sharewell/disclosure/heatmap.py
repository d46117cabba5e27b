"""A table as a heat map: what is printed, starred and withheld, and what a reader finds out.

The page shows the table as its rule alone prints it beside the table after repair. **It is for
those inside**: beside each other the two say what was withheld, and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, log10

import numpy as np
from markupsafe import Markup

from sharewell.disclosure.protect import STARRED, WITHHELD
from sharewell.disclosure.safeguard import Safeguarded
from sharewell.disclosure.tableattack import Attack, reasons
from sharewell.disclosure.tablefile import TO, TableFile

CELL, GAP, FONT = 14, 24, 11  # px
MOST_ROWS, MOST_COLUMNS, MOST_PANELS = 60, 30, 12
_LABEL = 16  # characters
_LISTED = 50

SHADES = ("#e3eef6", "#b9d5e8", "#83b3d3", "#4a8ab8", "#1d5a8a")
STATES = {
    "exact": "found out exactly by a reader",
    "narrow": "narrowed to fewer counts than wished, or not shown to keep enough",
    "withheld": f"withheld by repair, printed {WITHHELD}",
    "widened": "printed by repair as a range",
    "starred": f"a small number, printed {STARRED}",
    "zero": "printed 0",
    **{f"shade{n}": "" for n in range(len(SHADES))},
}


@dataclass(frozen=True)
class Layout:
    """Where each row of a table is drawn: (panel, row, column) each, and the names of those."""

    panels: tuple[str, ...]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    place: Mapping[int, tuple[int, int, int]]
    left_out: str

    @property
    def across(self) -> int:
        """How many panels stand side by side."""
        return min(len(self.panels), max(1, 90 // (len(self.columns) + 4)), 4)


def layout(table: TableFile) -> Layout:
    """Panels, rows and columns for a table; the longest dimension runs down, and those without
    sums, such as months, make the panels. What is too much to draw is left out, and it says so."""
    coordinates = table.coordinates()
    wholes = {
        name: list(dict.fromkeys(whole for column in columns for whole in column.parts))
        for name, columns in table.dimensions.items()
    }
    ordered = {
        name: [v for v in wholes[name] if v in set(values)]
        + [v for v in dict.fromkeys(values) if v not in wholes[name]]
        for name, values in coordinates.items()
    }
    rank = {name: {v: at for at, v in enumerate(values)} for name, values in ordered.items()}
    added = [name for name in ordered if wholes[name]]
    panels = [name for name in ordered if not wholes[name] and len(ordered[name]) > 1]
    if not added and panels:
        added, panels = panels[:1], panels[1:]
    down = [max(added, key=lambda name: len(ordered[name]))] if added else []
    across: list[str] = []
    for name in sorted((n for n in added if n not in down), key=lambda n: -len(ordered[n])):
        size = len(ordered[name])
        for each in across:
            size *= len(ordered[each])
        (across if size <= MOST_COLUMNS else panels).append(name)
    keys = [_keys(coordinates, names, len(table)) for names in (panels, down, across)]
    names = [
        sorted(
            dict.fromkeys(each),
            key=lambda key, of=of: [rank[n][v] for n, v in zip(of, key, strict=True)],  # type: ignore[misc]
        )
        for each, of in zip(keys, (panels, down, across), strict=True)
    ]
    said = [
        f"{limit} of {len(found)} {what}"
        for what, limit, found in zip(
            ("panels", "rows", "columns"),
            (MOST_PANELS, MOST_ROWS, MOST_COLUMNS),
            names,
            strict=True,
        )
        if len(found) > limit
    ]
    limits = (MOST_PANELS, MOST_ROWS, MOST_COLUMNS)
    numbers = [
        {key: at for at, key in enumerate(found[:limit])}
        for found, limit in zip(names, limits, strict=True)
    ]
    place = {
        row: (numbers[0][panel], numbers[1][line], numbers[2][column])
        for row, (panel, line, column) in enumerate(zip(*keys, strict=True))
        if panel in numbers[0] and line in numbers[1] and column in numbers[2]
    }
    texts = [tuple(", ".join(key) for key in each) for each in numbers]
    left = f"Shown are {' and '.join(said)}." if said else ""
    return Layout(texts[0], texts[1], texts[2], place, left)


def states(table: TableFile, attack: Attack) -> list[str]:
    """What each row of the first table of an attack is drawn as."""
    rows = attack.linked.rows[0]
    narrow = attack.open_[rows]
    exact = attack.narrow[rows] & (attack.bounds.low == attack.bounds.high)[rows]
    found = []
    for text, known, leaks in zip(table.printed, exact, narrow, strict=True):
        if leaks:
            found.append("exact" if known else "narrow")
        elif text in (STARRED, WITHHELD):
            found.append("starred" if text == STARRED else "withheld")
        else:
            found.append("widened" if TO in text else _shade(int(text)))
    return found


def svg(table: TableFile, attack: Attack, title: str, name: str) -> Markup:
    """The table as an SVG element with its words in <title> and <desc>. ``name`` begins the ids
    in it, so that a page can hold several."""
    plan, drawn = layout(table), states(table, attack)
    left = 7 * max((min(len(t), _LABEL) for t in plan.rows), default=0) + 10
    top = 6 * max((min(len(t), _LABEL) for t in plan.columns), default=0) + 30
    wide, high = CELL * len(plan.columns), CELL * len(plan.rows)
    lines = ceil(len(plan.panels) / plan.across)
    width = max(left + plan.across * (wide + GAP), 330)
    height = top + lines * (high + GAP) + (lines - 1) * 8
    by_state: dict[str, list[tuple[int, int]]] = {}
    for row, (panel, line, column) in plan.place.items():
        x = left + (panel % plan.across) * (wide + GAP) + column * CELL
        y = top + (panel // plan.across) * (high + GAP + 8) + line * CELL
        by_state.setdefault(drawn[row], []).append((x, y))
    parts = [
        Markup(
            '<svg class="heat" role="img" aria-labelledby="{0}-title {0}-desc" width="{1}" '
            'height="{2}" viewBox="0 0 {1} {2}" xmlns="http://www.w3.org/2000/svg">'
        ).format(name, width, height),
        Markup('<title id="{}-title">{}</title>').format(name, title),
        Markup('<desc id="{}-desc">{}</desc>').format(name, in_words(drawn)),
        _style(name),
    ]
    for panel, text in enumerate(plan.panels):
        x = left + (panel % plan.across) * (wide + GAP)
        y = top + (panel // plan.across) * (high + GAP + 8)
        if text:
            lift = top - 12 if panel < plan.across else 6
            parts.append(_text(x, y - lift, text, "panel"))
        if panel < plan.across:
            for column, label in enumerate(plan.columns):
                at = x + column * CELL + CELL / 2 + 4
                parts.append(_text(at, y - 5, label, "column", turned=True))
        if panel % plan.across == 0:
            for line, label in enumerate(plan.rows):
                parts.append(_text(left - 6, y + line * CELL + CELL - 3.5, label, "row"))
    for state in STATES:
        parts += _cells(state, by_state.get(state, ()), name)
    return Markup("").join([*parts, Markup("</svg>")])


def legend() -> Markup:
    """What the colours and patterns mean."""
    items = [
        Markup('<li><svg width="{0}" height="{0}" aria-hidden="true">{1}{2}</svg> {3}</li>').format(
            CELL + 2, _style("key"), Markup("").join(_cells(state, [(1, 1)], "key")), words
        )
        for state, words in STATES.items()
        if words
    ]
    ramp = Markup("").join(_cells(f"shade{n}", [(1 + n * CELL, 1)], "key")[0] for n in range(5))
    items.append(
        Markup(
            '<li><svg width="{}" height="{}" aria-hidden="true">{}{}</svg> '
            "printed, darker for more: below 10, 32, 100, 316, and above</li>"
        ).format(5 * CELL + 2, CELL + 2, _style("key"), ramp)
    )
    return Markup('<ul class="legend">{}</ul>').format(Markup("").join(items))


def page(done: Safeguarded) -> str:
    """The table before and after repair as one HTML page: no script, nothing fetched."""
    narrow = [int(cell) for cell in np.flatnonzero(done.before.narrow)]
    leaks = _list(reasons(done.before, narrow[:_LISTED]), len(narrow))
    rows = [int(row) for row in np.flatnonzero(done.withheld)]
    kept = _list(
        [
            f"{done.after.linked.name(int(done.after.linked.rows[0][r]))}: by the rule "
            f"{done.first.printed[r]}, now {done.table.printed[r]}"
            for r in rows[:_LISTED]
        ],
        len(rows),
    )
    left_out = layout(done.table).left_out
    return str(
        _PAGE.format(
            title=done.table.title,
            before=svg(done.first, done.before, "Before repair", "before"),
            after=svg(done.table, done.after, "After repair", "after"),
            before_words=in_words(states(done.first, done.before)),
            after_words=in_words(states(done.table, done.after)),
            legend=legend(),
            left_out=left_out,
            leaks=leaks,
            kept=kept,
            width=done.after.width,
        )
    )


def in_words(drawn: Sequence[str]) -> str:
    """How many cells are drawn as what."""
    counts = {state: drawn.count(state) for state in STATES}
    said = [
        f"{counts[state]:,} {words}" for state, words in STATES.items() if words and counts[state]
    ]
    shaded = sum(counts[state] for state, words in STATES.items() if not words)
    return f"{len(drawn):,} cells: {'; '.join([*said, f'{shaded:,} printed as numbers'])}."


def _keys(
    coordinates: Mapping[str, list[str]], names: Iterable[str], size: int
) -> list[tuple[str, ...]]:
    columns = [coordinates[name] for name in names]
    return list(zip(*columns, strict=True)) if columns else [()] * size


def _shade(count: int) -> str:
    """Half a power of ten to a shade."""
    if count == 0:
        return "zero"
    return f"shade{min(max(int(2 * log10(count)) - 1, 0), len(SHADES) - 1)}"


def _cells(state: str, places: Sequence[tuple[int, int]], name: str) -> list[Markup]:
    """All cells of one state as few paths: the squares, and the marks on them."""
    if not places:
        return []
    side = CELL - 1
    squares = "".join(f"M{x} {y}h{side}v{side}h-{side}z" for x, y in places)
    drawn = [Markup('<path class="{}-{}" d="{}"/>').format(name, state, squares)]
    c, r = side / 2, side / 2 - 3.5
    mark = {
        "starred": f"m0 -{r}v{2 * r}m-{r * 0.87:.1f} -{r * 1.5:.1f}l{r * 1.74:.1f} {r}"
        f"m0 -{r}l-{r * 1.74:.1f} {r}",
        "exact": f"m-{r} -{r}l{2 * r} {2 * r}m0 -{2 * r}l-{2 * r} {2 * r}",
        "narrow": f"m-{r} {r}l{2 * r} -{2 * r}",
        "widened": f"m-{r} 0h{2 * r}",
        "zero": "m-1 0h2",
    }.get(state)
    if mark:
        marks = "".join(f"M{x + c} {y + c}{mark}" for x, y in places)
        drawn.append(Markup('<path class="{0}-{1} {0}-mark" d="{2}"/>').format(name, state, marks))
    return drawn


def _style(name: str) -> Markup:
    """Colours and patterns; every state differs by its pattern too, not by colour alone."""
    rules = [f".{name}-shade{n}{{fill:{colour}}}" for n, colour in enumerate(SHADES)] + [
        f".{name}-zero{{fill:#fff;stroke:#c9d1d7;stroke-width:.75}}",
        f".{name}-starred{{fill:#fdf3d7;stroke:#d8b863;stroke-width:.75}}",
        f".{name}-withheld{{fill:url(#{name}-hatch);stroke:#54606b;stroke-width:.75}}",
        f".{name}-widened{{fill:#e6e9ec;stroke:#54606b;stroke-width:.75}}",
        f".{name}-narrow{{fill:#f6c3b4;stroke:#a3200d;stroke-width:1.25}}",
        f".{name}-exact{{fill:#c3270f;stroke:#7a1404;stroke-width:1.25}}",
        f".{name}-mark{{fill:none;stroke-width:1.25}}",
        f".{name}-mark.{name}-starred{{stroke:#6d5200;stroke-width:1.1}}",
        f".{name}-mark.{name}-exact{{stroke:#fff;stroke-width:1.75}}",
        f".{name}-mark.{name}-narrow{{stroke:#7a1404;stroke-width:1.75}}",
        f".{name}-mark.{name}-widened{{stroke:#54606b;stroke-width:1.5}}",
        f".{name}-mark.{name}-zero{{stroke:#8a96a0}}",
    ]
    text = f"text{{font:{FONT}px system-ui,sans-serif;fill:#222}}.panel{{font-weight:600}}"
    hatch = (
        f'<pattern id="{name}-hatch" width="4" height="4" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="4" height="4" fill="#fff"/>'
        '<rect width="1.6" height="4" fill="#54606b"/></pattern>'
    )
    return Markup(f"<style>{text}{''.join(rules)}</style><defs>{hatch}</defs>")  # noqa: S704


def _text(x: float, y: float, text: str, kind: str, *, turned: bool = False) -> Markup:
    short = text if len(text) <= _LABEL else text[: _LABEL - 1] + "…"
    anchor = "end" if kind == "row" else "start"
    turn = Markup(' transform="rotate(-90 {} {})"').format(x, y) if turned else ""
    return Markup('<text class="{}" x="{}" y="{}" text-anchor="{}"{}>{}</text>').format(
        kind,
        x,
        y,
        anchor,
        turn,
        short,
    )


def _list(items: Sequence[str], count: int) -> Markup:
    if not items:
        return Markup("<p>None.</p>")
    more = Markup("<p>And {:,} more.</p>").format(count - len(items)) if count > len(items) else ""
    lines = Markup("").join(Markup("<li>{}</li>").format(item) for item in items)
    return Markup("<ul>{}</ul>{}").format(lines, more)


_PAGE = Markup("""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}: before and after repair</title>
<style>
body{{font:16px/1.5 system-ui,sans-serif;color:#222;max-width:90rem;margin:2rem auto;
padding:0 1rem}}
h1{{font-size:1.5rem}}h2{{font-size:1.15rem;margin-bottom:.25rem}}
.inside{{border-left:4px solid #c3270f;padding:.25rem .75rem;background:#fdf0ed;max-width:60rem}}
.pair{{display:flex;flex-wrap:wrap;gap:1.5rem 3rem}}.pair section{{max-width:100%}}
.scroll{{overflow-x:auto}}.pair p,li{{max-width:60rem}}
.legend{{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.25rem 1.5rem}}
.legend svg{{vertical-align:-3px}}
</style></head><body><main>
<h1>{title}</h1>
<p class="inside"><strong>Keep this page inside.</strong> Before and after together say more than
the published table does.</p>
{legend}
<p>{left_out}</p>
<div class="pair">
<section><h2>Before repair</h2><p>{before_words}</p>
<div class="scroll" role="group" aria-label="Before repair" tabindex="0">{before}</div></section>
<section><h2>After repair</h2><p>{after_words}</p>
<div class="scroll" role="group" aria-label="After repair" tabindex="0">{after}</div></section>
</div>
<h2>What a reader of the table before repair finds out</h2>
{leaks}
<h2>What repair withholds or widens, so that every hidden cell keeps at least {width} counts</h2>
{kept}
</main></body></html>
""")
