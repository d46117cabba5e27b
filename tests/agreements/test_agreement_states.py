"""The reference page of the life of an agreement, and its diagram, made from the transitions."""

from __future__ import annotations

from collections.abc import Iterator

from agreement_examples import ROOT

from made_documents import check_document, state_diagram
from sharewell.agreements.lifecycle import TRANSITIONS, State

PAGE = ROOT / "docs" / "reference" / "agreement-states.md"
DIAGRAM = ROOT / "docs" / "images" / "agreement-states.svg"
SHOWN = sorted(State, key=lambda state: (state is not State.ABSENT, state is not State.WITHDRAWN))
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
    title = "The life of a version of an agreement"
    check_document(DIAGRAM, state_diagram(title, SHOWN, _arrows()))


def _tables() -> Iterator[str]:
    yield "| Step | From | To | By | |"
    yield "|---|---|---|---|---|"
    for each in TRANSITIONS:
        before, after = (", ".join(states) for states in (each.before, each.after))
        yield f"| {each.verb} | {before} | {after} | {each.role} | {each.words} |"


def _arrows() -> dict[tuple[str, str], list[str]]:
    """Which steps lead from one state to another."""
    found: dict[tuple[str, str], list[str]] = {}
    for each in TRANSITIONS:
        for before in each.before:
            for after in each.after:
                found.setdefault((before, after), []).append(each.verb)
    return found
