"""Agreements that wait for a person: to be signed, to be issued, or to be renewed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from sharewell.agreements import Agreement
from sharewell.agreements.lifecycle import MANAGER, SIGNATORY, State
from sharewell.service.accounts.interface import acting_person, roles_of
from sharewell.service.agreements.drafts import Draft, drafts_visible_to
from sharewell.service.agreements.interface import visible_to
from sharewell.service.waiting import Waiting, also_waits

_SOON = timedelta(days=90)


@also_waits
def drafts(user: Any) -> Iterator[Waiting]:
    """What lacks the signature of my organisation, and drafts that nobody has issued."""
    mine = roles_of(user)
    if SIGNATORY in mine:
        for draft in drafts_visible_to(user, SIGNATORY):
            person = acting_person(user, role=SIGNATORY, agreement=draft.agreement.reference)
            party = draft.agreement.organisation(person.organisation)
            lacking = {name for name, done in draft.signatures if done == "Not yet"}
            if draft.can("sign") and party and party.short in lacking:
                yield Waiting(
                    draft.agreement.title,
                    f"{draft.name} lacks the signature of {party.name}.",
                    reverse("agreements:draft", args=[draft.name]),
                    "To sign",
                )
    if MANAGER in mine:
        for draft in drafts_visible_to(user, MANAGER):
            if draft.life.state == State.DRAFT:
                yield Waiting(
                    draft.agreement.title,
                    f"{draft.name} is a draft. Issue it when its text is ready to sign.",
                    reverse("agreements:draft", args=[draft.name]),
                    "Draft",
                )


@also_waits
def endings(user: Any) -> Iterator[Waiting]:
    """Agreements that I manage and that end soon, with nothing after them."""
    if MANAGER not in roles_of(user):
        return
    today = timezone.localdate()
    last = {agreement.reference: agreement for agreement in visible_to(user, MANAGER)}
    drafts = drafts_visible_to(user, MANAGER)
    for agreement in last.values():
        ends = agreement.term.last
        soon = today <= ends <= today + _SOON
        if soon and not any(_settles(draft, agreement) for draft in drafts):
            yield Waiting(
                agreement.title,
                f"{agreement.name} ends on {ends:%-d %B %Y}. Renew it, or see to what is to be "
                "destroyed.",
                reverse("agreements:agreement", args=[agreement.reference]),
                "Ends soon",
            )


def _settles(draft: Draft, agreement: Agreement) -> bool:
    """Whether it is what comes after the agreement, or says that this one was ended early."""
    if draft.agreement.reference != agreement.reference:
        return False
    if draft.agreement.number > agreement.number:
        return draft.life.state != State.WITHDRAWN
    return draft.name == agreement.name and draft.life.state == State.ENDED
