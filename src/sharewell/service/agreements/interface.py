"""What the other apps may ask about agreements. They import nothing else of this app."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.http import Http404

from sharewell.agreements import Agreement, AgreementError, in_force
from sharewell.flows.asking import agreements_in
from sharewell.flows.signed import recorded
from sharewell.service.accounts.interface import grants_of
from sharewell.service.home import agreement_places, home

READERS = (
    "agreement manager",
    "signatory",
    "data supplier",
    "serious violence analyst",
    "drugs analyst",
    "monitoring analyst",
    "output reviewer",
    "auditor",
)
"""The roles that may read the agreements of their organisation."""


def at_hand() -> tuple[Agreement, ...]:
    """Every agreement in effect or past, by reference and version."""
    places = agreement_places()
    stamps = tuple(
        (str(path), path.stat().st_mtime_ns, path.stat().st_size)
        for place in places
        for path in sorted(place.glob("*.*"))
    )
    return _read(places, stamps)


@lru_cache(maxsize=4)
def _read(
    places: tuple[Path, ...], _stamps: tuple[tuple[str, int, int], ...]
) -> tuple[Agreement, ...]:
    return agreements_in(places)


def visible_to(user: Any, *roles: str) -> tuple[Agreement, ...]:
    """The agreements that the person reaches in one of ``roles`` (`READERS` when none is given):
    where a party is the organisation for which they hold it."""
    held = [grant for grant in grants_of(user) if grant.role in (roles or READERS)]
    every = at_hand()
    reached = {a.reference for a in every if any(reaches(grant, a) for grant in held)}
    return tuple(a for a in every if a.reference in reached)


def versions_for(user: Any, reference: str, *roles: str) -> tuple[Agreement, ...]:
    """The versions of one agreement, the oldest first; Http404 when the person reaches none."""
    found = tuple(a for a in visible_to(user, *roles) if a.reference == reference)
    if not found:
        raise Http404
    return found


def is_known(name: str) -> bool:
    """Whether an agreement or a draft has this reference, or this reference and version."""
    drafted = recorded(home().ledger)
    known = {a.reference for a in at_hand()} | {a.name for a in at_hand()} | set(drafted)
    return name in known or any(each.startswith(f"{name}-v") for each in drafted)


def titles_of(name: str) -> dict[str, str]:
    """What one version of an agreement, such as DARS-NIC-698171-K4M0B-v0.3, calls its tables, by
    their ids; empty when it is not at hand."""
    found = next((a for a in at_hand() if a.name == name), None)
    return {table.id: table.title for table in found.tables} if found else {}


def governing(versions: tuple[Agreement, ...], on: date) -> Agreement:
    """The version in force on a day, or the latest when none is."""
    try:
        return in_force(versions, on)
    except AgreementError:
        return versions[-1]


def reaches(grant: Any, agreement: Agreement) -> bool:
    """Whether a role was given where an agreement is seen: at one of its parties."""
    if grant.agreement not in ("", agreement.reference, agreement.name):
        return False
    house = grant.organisation
    return house is None or bool(
        agreement.organisation(house.short) or agreement.organisation(house.name)
    )
