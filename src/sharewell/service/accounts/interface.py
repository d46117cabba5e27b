"""What the other apps may ask about people. They import nothing else of this app."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from sharewell.flows.people import Person
from sharewell.service.accounts.holdings import HOLDINGS, RECORDS
from sharewell.service.accounts.letters import send
from sharewell.service.accounts.models import Grant, Organisation, User
from sharewell.service.accounts.passwords import expired

__all__ = [
    "acting_person",
    "also_held",
    "also_recorded",
    "grants_of",
    "holds",
    "invented_people",
    "must_change_password",
    "needs_second_factor",
    "notify",
    "organisation_called",
    "organisations_of",
    "organisations_of_kind",
    "people_who_hold",
    "person_with_email",
    "roles_of",
]

NO_ROLE = "no role"

Anyone = User | AnonymousUser | Any


def grants_of(user: Anyone) -> tuple[Grant, ...]:
    """What the person may act in today; asked of the database once for each request."""
    if not isinstance(user, User):
        return ()
    if not hasattr(user, "_grants"):
        current = user.grants.current().filter(purpose=Grant.Purpose.ACT)
        user._grants = tuple(current.select_related("organisation"))
    return user._grants


def roles_of(user: Anyone) -> frozenset[str]:
    """The roles that the person may act in today, anywhere."""
    return frozenset(grant.role for grant in grants_of(user))


def holds(
    user: Anyone, *roles: str, organisation: str = "", agreement: str = "", area: str = ""
) -> bool:
    """Whether the person holds one of ``roles`` there: every limit that a grant has must be met.

    ``organisation`` is a short name. What is not said cannot meet a limit: who was given a role
    for one agreement does not hold it where no agreement is named.
    """
    return any(
        grant.role in roles and _covers(grant, organisation, agreement, area)
        for grant in grants_of(user)
    )


def acting_person(user: Anyone, *, role: str = "", agreement: str = "") -> Person:
    """The person as flows and the ledger know them, in one role.

    In ``role`` if they hold it, else in one given for ``agreement``, else in the first that they
    hold; 'no role' when they hold none.
    """
    suitable = [
        grant
        for grant in grants_of(user)
        if role in ("", grant.role) and grant.agreement in ("", agreement)
    ]
    suitable.sort(key=lambda grant: grant.agreement != agreement)
    grant = suitable[0] if suitable else None
    organisation = (grant and grant.organisation) or user.organisation
    return Person(
        id=str(user.pk),
        name=user.name,
        organisation=organisation.name if organisation else "",
        role=grant.role if grant else NO_ROLE,
    )


def organisations_of(user: Anyone, *roles: str) -> frozenset[str] | None:
    """Short names of the organisations where the person holds one of ``roles``; None for all."""
    found = [grant.organisation for grant in grants_of(user) if grant.role in roles]
    if None in found:
        return None
    return frozenset(organisation.short for organisation in found)


def people_who_hold(role: str, *, organisation: str = "", agreement: str = "") -> tuple[User, ...]:
    """Everybody who may act in the role there today."""
    grants = Grant.objects.current().filter(role=role, purpose=Grant.Purpose.ACT)
    people = {
        grant.person
        for grant in grants.select_related("person", "organisation")
        if _covers(grant, organisation, agreement, "")
    }
    return tuple(sorted(people, key=lambda person: person.name))


def needs_second_factor(user: Anyone) -> bool:
    """Every role sees something unpublished, so everybody who was given one needs it."""
    if not isinstance(user, User):
        return False
    if not hasattr(user, "_holds_any"):
        user._holds_any = user.grants.current().exists()
    return user._holds_any


def must_change_password(user: Anyone) -> bool:
    """Whether the password profile wants a new password before anything else."""
    return isinstance(user, User) and expired(user)


def notify(user: User, subject: str, text: str) -> None:
    """Sends an email about somebody's work, unless they stopped those or left."""
    if user.wants_email and user.is_active:
        send(subject, text, user.email)


def also_held(holding: Callable[[User], Iterable[str]]) -> Callable[[User], Iterable[str]]:
    """Adds what else a person may hold when they leave, in sentences (a decorator)."""
    HOLDINGS.append(holding)
    return holding


def also_recorded(heading: str) -> Callable[[Callable[[User], object]], Callable[[User], object]]:
    """Adds to what people download about themselves (a decorator); see `RECORDS`."""

    def add(records: Callable[[User], object]) -> Callable[[User], object]:
        RECORDS[heading] = records
        return records

    return add


def invented_people() -> bool:
    """Whether the people of the demo are here, so that what is recorded here is invented too."""
    from sharewell.service.accounts.demo import there

    return not settings.CONFIG.production and there()


def organisation_called(short: str) -> Organisation | None:
    """The organisation with this short name."""
    return Organisation.objects.filter(short__iexact=short).first()


def organisations_of_kind(kind: str) -> QuerySet[Organisation]:
    """The organisations of one kind."""
    return Organisation.objects.filter(kind=kind)


def person_with_email(email: str) -> User | None:
    """Whoever has an open account with this address."""
    return User.objects.filter(email__iexact=email, is_active=True).first()


def _covers(grant: Grant, organisation: str, agreement: str, area: str) -> bool:
    return (
        (grant.organisation is None or grant.organisation.short.lower() == organisation.lower())
        and grant.agreement in ("", agreement)
        and grant.area in ("", area)
    )
