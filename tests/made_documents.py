"""Pages and pictures of the docs that are made from the code."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

GAP, TOP, BOX, MIDDLE = 84, 20, 90, 300  # pixels: between states, above, half a box, the column

Arrows = Mapping[tuple[str, str], Sequence[str]]
"""The steps that lead from one state to another."""


def check_document(path: Path, text: str) -> None:
    """The published document equals ``text``; SHAREWELL_UPDATE_DOCS=1 writes it instead."""
    if os.environ.get("SHAREWELL_UPDATE_DOCS") == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"{path.name} is missing. Run the tests with SHAREWELL_UPDATE_DOCS=1."
    assert path.read_text("utf-8") == text, (
        f"{path.name} is out of date. Run the tests with SHAREWELL_UPDATE_DOCS=1 and commit it."
    )


def check_block(path: Path, name: str, text: str) -> None:
    """What stands in a page between the marks of ``name`` equals ``text``, as `check_document`."""
    begin, end = f"<!-- made by tests: {name} -->\n", f"<!-- end: {name} -->\n"
    before, found, rest = path.read_text("utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    assert found, f"{path.name} has no mark '{begin.strip()}'."
    assert closed, f"{path.name} has no mark '{end.strip()}'."
    check_document(path, f"{before}{begin}{text}{end}{after}")


def state_diagram(title: str, states: Sequence[str], arrows: Arrows) -> str:
    """An SVG: boxes in a column, in the order given; steps to the next one straight down, forward
    on the right, back on the left, further out the further they lead."""
    return "\n".join(_diagram(title, list(states), arrows)) + "\n"


def _diagram(title: str, states: list[str], arrows: Arrows) -> Iterator[str]:
    height = TOP * 2 + GAP * (len(states) - 1) + 40
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 {height}" role="img">'
    yield f"<title>{escape(title)}</title>"
    yield (
        "<style>text{font:14px sans-serif;text-anchor:middle}rect{fill:#fff;stroke:#0b0c0c}"
        "path{fill:none;stroke:#1d70b8}.verb{fill:#1d70b8;font-size:13px;stroke:#fff;"
        "stroke-width:6px;paint-order:stroke}</style>"
    )
    yield (
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" '
        'markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z" style="fill:#1d70b8"/>'
        "</marker></defs>"
    )
    yield f'<rect width="720" height="{height}" style="stroke:none"/>'
    taken: dict[str, int] = {}
    for (before, after), verbs in arrows.items():
        leap = states.index(after) - states.index(before)
        words = escape(" or ".join(verbs))
        start, end = (TOP + GAP * states.index(state) for state in (before, after))
        if leap == 1:
            yield _arrow(f"M{MIDDLE} {start + 36} V{end}")
            yield _label(MIDDLE + 34, start + 64, words)
        elif leap == 0:
            x, y = MIDDLE + BOX, start
            yield _arrow(f"M{x} {y + 10} c34 -8 34 24 0 16")
            yield _label(x + 34 + 3 * len(words), y + 22, words)
        else:
            shift = taken[before] = taken.get(before, 0) + 1
            yield from _arc(leap, start + 8 + 6 * shift, end + 18, words)
    for place, state in enumerate(states):
        y = TOP + GAP * place
        yield f'<rect x="{MIDDLE - BOX}" y="{y}" width="{2 * BOX}" height="36"/>'
        yield f'<text x="{MIDDLE}" y="{y + 23}">{escape(state)}</text>'
    yield "</svg>"


def _arc(leap: int, start: int, end: int, words: str) -> Iterator[str]:
    side = 1 if leap > 0 else -1
    x, reach = MIDDLE + side * BOX, 60 + 50 * abs(leap)
    out = x + side * reach
    yield _arrow(f"M{x} {start} C{out} {start} {out} {end} {x} {end}")
    # Half-way along the curve; on the right before that, clear of the loops.
    along, down = (0.63, 0.22) if side > 0 else (0.75, 0.5)
    yield _label(x + side * round(along * reach), round(start + down * (end - start)) + 4, words)


def _arrow(path: str) -> str:
    return f'<path d="{path}" marker-end="url(#tip)"/>'


def _label(x: int, y: int, words: str) -> str:
    return f'<text class="verb" x="{x}" y="{y}">{words}</text>'
