"""The reference page of the life of an agreement, and its diagram, made from the transitions."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from agreement_examples import ROOT, check_document

from sharewell.agreements.lifecycle import TRANSITIONS, State

PAGE = ROOT / "docs" / "reference" / "agreement-states.md"
DIAGRAM = ROOT / "docs" / "images" / "agreement-states.svg"
SHOWN = sorted(State, key=lambda state: (state is not State.ABSENT, state is not State.WITHDRAWN))
GAP, TOP, BOX, MIDDLE = 84, 20, 90, 300  # pixels: between states, above, half a box, the column
PICTURE = (
    "States from top to bottom, with the steps between them; the table says the same in words."
)

HEAD = f"""# The life of an agreement

Each version of an agreement has a life of its own. This page and its diagram are made from the
transitions in `sharewell.agreements.lifecycle` by the tests. How to do it in the browser:
[Make and keep an agreement](../how-to/agreements.md).

![{PICTURE}](../images/agreement-states.svg)

"""

TAIL = """
What holds at every step:

- Whoever takes a step names the text that they saw by its SHA-256. When it was changed meanwhile,
  the step is refused, and they are told what happened last. Of two people at once, one wins.
- Each party signs, by somebody with the role signatory for it. A party that another one engaged
  (`engaged_by`) is bound by its contract with that one, and does not sign.
- Nobody signs for two parties.
- The term starts on the day of issue or at most twelve months after it. The agreement has effect
  from its first day or the day of the last signature, whichever is later.
- A version must have a greater number than every signed version of the agreement.
- A version that runs longer than the one before renews it, and must state the benefits yielded.
  This is asked at the draft, at the issue and at each signature, so an amendment of an agreement
  that was ended meanwhile is a renewal.
- An end closes every version of the agreement that runs beyond the day. The duties of retention,
  destruction and certificate are named in its entry, because they begin then.

Every step is an entry of the kind `agreement` in the [ledger](ledger.md); a draft's entry keeps
its file. The files of what all have signed appear in `agreements/` in the home directory, made
from the ledger and made again when they are missing. Where the term is narrower than the words,
because somebody signed late or the agreement was ended, `<name>.effect.json` beside the file says
so. Once in force, which version governs on a day is decided by
[the rule for overlaps](../decisions/2026-11-22-overlapping-versions.md).
"""


def test_page_is_current() -> None:
    check_document(PAGE, HEAD + "\n".join(_tables()) + "\n" + TAIL)


def test_diagram_is_current() -> None:
    check_document(DIAGRAM, "\n".join(_diagram()) + "\n")


def _tables() -> Iterator[str]:
    yield "| Step | From | To | By | |"
    yield "|---|---|---|---|---|"
    for each in TRANSITIONS:
        before, after = (", ".join(states) for states in (each.before, each.after))
        yield f"| {each.verb} | {before} | {after} | {each.role} | {each.words} |"


def _arrows() -> dict[tuple[State, State], list[str]]:
    """Which steps lead from one state to another."""
    found: dict[tuple[State, State], list[str]] = {}
    for each in TRANSITIONS:
        for before in each.before:
            for after in each.after:
                found.setdefault((before, after), []).append(each.verb)
    return found


def _diagram() -> Iterator[str]:
    """Boxes in a column; steps to the next one straight down, forward on the right, back on the
    left, further out the further they lead."""
    height = TOP * 2 + GAP * (len(SHOWN) - 1) + 40
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 {height}" role="img">'
    yield "<title>The life of a version of an agreement</title>"
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
    taken: dict[State, int] = {}
    for (before, after), verbs in _arrows().items():
        leap = SHOWN.index(after) - SHOWN.index(before)
        words = escape(" or ".join(verbs))
        if leap == 1:
            yield _arrow(f"M{MIDDLE} {_y(before) + 36} V{_y(after)}")
            yield _label(MIDDLE + 34, _y(before) + 64, words)
        elif leap == 0:
            x, y = MIDDLE + BOX, _y(before)
            yield _arrow(f"M{x} {y + 10} c34 -8 34 24 0 16")
            yield _label(x + 34 + 3 * len(words), y + 22, words)
        else:
            side = 1 if leap > 0 else -1
            shift = taken[before] = taken.get(before, 0) + 1
            x, start, end = MIDDLE + side * BOX, _y(before) + 8 + 6 * shift, _y(after) + 18
            reach = 60 + 50 * abs(leap)
            out = x + side * reach
            yield _arrow(f"M{x} {start} C{out} {start} {out} {end} {x} {end}")
            # Half-way along the curve; on the right before that, clear of the loops.
            along, down = (0.63, 0.22) if side > 0 else (0.75, 0.5)
            at = x + side * round(along * reach), round(start + down * (end - start)) + 4
            yield _label(*at, words)
    for state in SHOWN:
        yield f'<rect x="{MIDDLE - BOX}" y="{_y(state)}" width="{2 * BOX}" height="36"/>'
        yield f'<text x="{MIDDLE}" y="{_y(state) + 23}">{escape(state)}</text>'
    yield "</svg>"


def _y(state: State) -> int:
    return TOP + GAP * SHOWN.index(state)


def _arrow(path: str) -> str:
    return f'<path d="{path}" marker-end="url(#tip)"/>'


def _label(x: int, y: int, words: str) -> str:
    return f'<text class="verb" x="{x}" y="{y}">{words}</text>'
