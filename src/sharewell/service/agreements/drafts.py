"""Drafts, as the people of their parties see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404

from sharewell.agreements import Agreement
from sharewell.agreements.lifecycle import MANAGER, SIGNATORY, Life, State, may_take
from sharewell.flows.agreeing import predecessor, text_agreement
from sharewell.flows.signed import AGREEMENT, Recorded, recorded
from sharewell.ledger import Entry
from sharewell.service.accounts.interface import grants_of, notify, people_who_hold
from sharewell.service.agreements.interface import at_hand, reaches
from sharewell.service.home import home

DRAFT_READERS = (MANAGER, SIGNATORY, "auditor")
_COLOURS = {
    State.DRAFT: "blue",
    State.ISSUED: "yellow",
    State.PARTLY_SIGNED: "yellow",
    State.SIGNED: "green",
}


@dataclass(frozen=True)
class Draft:
    """A version that was drafted here: its life, its text, and what the text replaces."""

    recorded: Recorded
    agreement: Agreement
    before: Agreement | None

    @property
    def name(self) -> str:
        """Reference and version."""
        return self.agreement.name

    @property
    def life(self) -> Life:
        """What became of it so far."""
        return self.recorded.life

    @property
    def seen(self) -> str:
        """The digest of its text."""
        return self.life.terms.digest if self.life.terms else ""

    @property
    def state(self) -> tuple[str, str]:
        """In words and a colour."""
        return str(self.life.state).capitalize(), _COLOURS.get(self.life.state, "grey")

    @property
    def yielded(self) -> str:
        """The benefits that it says were yielded."""
        return str(self.recorded.text.body["yielded"])

    @property
    def kind(self) -> str:
        """New, amendment or renewal."""
        return str(self.recorded.text.body["kind"])

    @property
    def signatures(self) -> list[tuple[str, str]]:
        """Each party that signs, and who did when."""
        done = {step.party: f"{step.name}, {step.on:%-d %B %Y}" for step in self.life.signatures}
        parties = self.life.terms.parties if self.life.terms else ()
        return [(party, done.get(party, "Not yet")) for party in parties]

    def can(self, verb: Any) -> bool:
        """Whether it stands where a step can be taken."""
        return may_take(self.life, verb)


def drafts_visible_to(user: Any, *roles: str) -> tuple[Draft, ...]:
    """Those that the person reaches in one of ``roles`` (`DRAFT_READERS` when none is given), the
    latest first."""
    held = [grant for grant in grants_of(user) if grant.role in (roles or DRAFT_READERS)]
    kept = (each for each in recorded(home().ledger).values() if each.text.files) if held else ()
    found = [_draft(each) for each in kept]
    mine = [d for d in found if any(reaches(grant, d.agreement) for grant in held)]
    return tuple(sorted(mine, key=lambda draft: -draft.recorded.last.seq))


def draft_for(user: Any, name: str, *roles: str) -> Draft:
    """One of them; Http404 when the person does not reach it."""
    for found in drafts_visible_to(user, *roles):
        if found.name == name:
            return found
    raise Http404


def ending_of(name: str) -> Entry | None:
    """The entry of the end of a version, where it was ended here."""
    return next(
        home().ledger.entries(kind=AGREEMENT, where={"agreement": name, "step": "end"}), None
    )


def tell(draft: Draft, role: str, parties: Sequence[str], subject: str, text: str) -> None:
    """Writes to those who hold a role at some of the parties."""
    people = {
        user
        for party in parties
        for user in people_who_hold(role, organisation=party, agreement=draft.agreement.reference)
    }
    for user in people:
        notify(user, f"{draft.name}: {subject}", text)


def _draft(found: Recorded) -> Draft:
    agreement = text_agreement(home(), found)
    others = [a for a in at_hand() if a.number < agreement.number]
    return Draft(found, agreement, predecessor(others, agreement))
