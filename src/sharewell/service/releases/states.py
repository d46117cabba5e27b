"""The states of a release and how it goes from one to the next. The docs' page and its diagram are
made from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sharewell.service.releases.errors import ReleaseError


class State(StrEnum):
    """Where a release stands."""

    PREPARING = "preparing"
    STOPPED = "stopped"
    REVIEW = "in review"
    APPROVED = "approved"
    RETURNED = "returned"
    RELEASED = "released"
    WITHDRAWN = "withdrawn"


class Step(StrEnum):
    """What may happen to a release."""

    PREPARE = "files are prepared and every check holds"
    STOP = "the agreement refuses, the work fails, or a check fails"
    APPROVE = "both reviewers approve"
    RETURN = "both reviews are in, and one of them returns it"
    RELEASE = "the requester releases it, and every check still holds"
    WITHDRAW = "the requester withdraws it, or an agreement manager where they have left"


TRANSITIONS: Mapping[tuple[State, Step], State] = {
    (State.PREPARING, Step.PREPARE): State.REVIEW,
    (State.PREPARING, Step.STOP): State.STOPPED,
    (State.REVIEW, Step.APPROVE): State.APPROVED,
    (State.REVIEW, Step.RETURN): State.RETURNED,
    (State.REVIEW, Step.WITHDRAW): State.WITHDRAWN,
    (State.APPROVED, Step.RELEASE): State.RELEASED,
    (State.APPROVED, Step.WITHDRAW): State.WITHDRAWN,
}


@dataclass(frozen=True)
class Told:
    """What a state means, its colour on the pages, and whose turn it is."""

    meaning: str
    colour: str
    turn: str


TOLD: Mapping[State, Told] = {
    State.PREPARING: Told("Its files are being made and checked.", "light-blue", "the service"),
    State.STOPPED: Told("It was refused, or a check failed. Nothing left.", "red", "the requester"),
    State.REVIEW: Told("Two reviewers look at it, each alone.", "blue", "the reviewers"),
    State.APPROVED: Told("Both approve it. The requester may release it.", "turquoise",
                         "the requester"),
    State.RETURNED: Told("A reviewer returned it, with reasons.", "orange", "the requester"),
    State.RELEASED: Told("It is out.", "green", "nobody"),
    State.WITHDRAWN: Told("It was taken back.", "grey", "nobody"),
}  # fmt: skip


def after(state: str, step: Step) -> State:
    """The state that a step leads to. ReleaseError where the step cannot be taken."""
    try:
        return TRANSITIONS[State(state), step]
    except KeyError:
        raise ReleaseError(f"This release is {state}, so that cannot be done now.") from None


def can(state: str, step: Step) -> bool:
    """Whether the step can be taken."""
    return (State(state), step) in TRANSITIONS
