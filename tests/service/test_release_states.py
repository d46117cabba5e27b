"""The reference page of the states of a release, and its diagram, made from the transitions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from made_documents import check_document, state_diagram
from sharewell.service.releases.states import TOLD, TRANSITIONS, State

DOCS = Path(__file__).parents[2] / "docs"
SHOWN = (
    State.WITHDRAWN,
    State.PREPARING,
    State.REVIEW,
    State.APPROVED,
    State.RELEASED,
    State.RETURNED,
    State.STOPPED,
)


def test_page_is_current() -> None:
    check_document(DOCS / "reference" / "release-states.md", "\n".join(_page()) + "\n")


def test_diagram_is_current() -> None:
    assert set(SHOWN) == set(State)
    arrows = {(old, new): [step.name.lower()] for (old, step), new in TRANSITIONS.items()}
    assert len(arrows) == len(TRANSITIONS), "two steps between the same states need one arrow"
    svg = state_diagram("The states of a release", SHOWN, arrows)
    check_document(DOCS / "images" / "release-states.svg", svg)


def _page() -> Iterator[str]:
    yield from (
        "# States of a release",
        "",
        "This page and its diagram are made from `service/releases/states.py` by the tests.",
        "",
        "![States from top to bottom, with the steps between them; the tables say the same in "
        "words.](../images/release-states.svg)",
        "",
        "| State | What it means | Whose turn |",
        "|---|---|---|",
    )
    for state, told in TOLD.items():
        yield f"| {state} | {told.meaning} | {told.turn} |"
    yield from ("", "| Step | From | When | To |", "|---|---|---|---|")
    for (old, step), new in TRANSITIONS.items():
        yield f"| {step.name.lower()} | {old} | {step} | {new} |"
    yield ""
    yield (
        "What is stopped, returned or withdrawn stays as it is. Whoever asked may ask anew: "
        "that is another release, which says what it follows."
    )
