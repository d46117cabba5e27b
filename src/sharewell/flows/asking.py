"""Asking, before the work: who are you, what does the agreement allow. And recording the answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

from sharewell.agreements import (
    Agreement,
    AgreementError,
    Decision,
    Request,
    decide,
    in_force,
    load_agreements,
)
from sharewell.flows.access import Access
from sharewell.flows.errors import FlowError, Refused
from sharewell.flows.home import Home
from sharewell.flows.people import Person, check_may

Places = Path | Sequence[Path]
"""One or more directories of agreement files."""


def agreements_in(places: Places) -> tuple[Agreement, ...]:
    """Every agreement there, by reference and version."""
    return load_agreements(*([places] if isinstance(places, Path) else places))


def find_agreement(places: Places, reference: str, on: date) -> Agreement:
    """The agreement called ``reference``, with its version (``...-v1.3``) or without.

    Without a version: the one that governs on the day, or when none does the latest, whose term
    then refuses. FlowError lists what there is.
    """
    agreements = agreements_in(places)
    versions = [a for a in agreements if reference.upper() in (a.reference, a.name.upper())]
    if not versions:
        known = ", ".join(agreement.name for agreement in agreements) or "none"
        where = places if isinstance(places, Path) else " or ".join(map(str, places))
        raise FlowError(f"There is no agreement '{reference}' in {where}. There are: {known}.")
    try:
        return in_force(versions, on)
    except AgreementError:
        return versions[-1]


def check_governs(places: Places, agreement: Agreement, on: date) -> None:
    """FlowError when another version of the agreement governs on the day of an act."""
    versions = [a for a in agreements_in(places) if a.reference == agreement.reference]
    try:
        governing = in_force(versions, on)
    except AgreementError:
        return  # no version does: the term refuses
    if governing.name != agreement.name:
        raise FlowError(
            f"On {on} {governing.name} governs, not {agreement.name}. Act under {governing.name}, "
            "or name the agreement without a version."
        )


def ask(
    home: Home, person: Person, verb: str, agreement: Agreement, requests: Iterable[Request]
) -> tuple[Decision, ...]:
    """Permission, access and then each request; the decisions when all are allowed.

    Raises NotPermitted, or Refused once the refusal is in the ledger.
    """
    check_may(person, verb)
    asked = list(requests)
    party = agreement.organisation(person.organisation)
    if party is None or party.role != "supplier":
        access = Request(act="access", on=asked[0].on, by=person.organisation, role=person.role)
        asked.insert(0, access)
    decisions = tuple(decide(agreement, request) for request in asked)
    for decision in decisions:
        if not decision.allowed:
            record_refusal(home, person, decision)
    return decisions


def inquire(
    home: Home, person: Person, agreement: Agreement, asked: Request, request: str = ""
) -> Decision:
    """What the agreement says to a question that somebody only asks, which is recorded too.

    ``request`` is the number of the request in the service. Whoever may read the agreement may
    ask it: nothing is done, so no role is needed.
    """
    decision = decide(agreement, asked)
    access = Access(
        what=f"Asked whether to {asked.act}.",
        agreement=agreement.name,
        clause=", ".join(dict.fromkeys(cited.id for cited in decision.clauses)),
        allowed=decision.allowed,
        request=request,
    )
    home.ledger.append(
        kind="decide",
        actor=person.as_actor(),
        body={**asdict(access), "decision": decision.as_dict()},
    )
    return decision


def record_refusal(home: Home, person: Person, decision: Decision) -> None:
    """Writes a refusal to the ledger, then raises Refused."""
    entry = home.ledger.append(
        kind="refused",
        actor=person.as_actor(),
        body={"act": decision.request.act, "decision": decision.as_dict()},
    )
    raise Refused(decision, entry.seq)
