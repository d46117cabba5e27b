"""Giving roles and taking them back. Nobody gives what they do not hold, nor more of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone

from sharewell.service.accounts.errors import AccountError
from sharewell.service.accounts.models import Grant, Organisation, User
from sharewell.service.recording import record_account


@dataclass(frozen=True)
class Wanted:
    """A role to be given: where it holds ('' and None mean: not limited by that), until when."""

    role: str
    organisation: Organisation | None = None
    agreement: str = ""
    area: str = ""
    starts: date | None = None
    ends: date | None = None
    purpose: str = Grant.Purpose.ACT


def may_give(giver: User, wanted: Wanted) -> bool:
    """Whether the giver holds the role to give, at least as widely and as long as wanted."""
    held = giver.grants.current().filter(role=wanted.role, purpose=Grant.Purpose.GIVE)
    return any(_within(wanted, grant) for grant in held)


def check_may_give(giver: User, wanted: Wanted) -> None:
    """Raises AccountError unless `may_give`."""
    if may_give(giver, wanted):
        return
    held = giver.grants.current().filter(role=wanted.role, purpose=Grant.Purpose.GIVE)
    if not held:
        raise AccountError(
            f"You do not hold the role '{wanted.role}' to give it to others. Ask whoever does."
        )
    limits = "; ".join(
        f"{grant.where}, {f'until {grant.ends}' if grant.ends else 'without an end'}"
        for grant in held
    )
    raise AccountError(
        f"You may give the role '{wanted.role}' only within what you hold yourself: {limits}."
    )


def give(giver: User, person: User, wanted: Wanted) -> Grant:
    """Gives the role, and records it. Raises AccountError."""
    if giver == person:
        raise AccountError("Nobody gives a role to themselves. Ask another administrator.")
    if not person.is_active:
        raise AccountError(f"The account of {person.name} is closed. Invite them again.")
    check_may_give(giver, wanted)
    starts = wanted.starts or timezone.localdate()
    if wanted.ends and wanted.ends < starts:
        raise AccountError(f"The role would end on {wanted.ends}, before it starts on {starts}.")
    with transaction.atomic():
        grant = _make(giver, person, wanted, starts)
        end = f" until {grant.ends}" if grant.ends else ""
        record_account(
            giver,
            f"Gave {person.name} ({person.pk}) the role '{grant.role}' "
            f"{grant.get_purpose_display()}: {grant.where}, from {grant.starts}{end}.",
            role="administrator",
        )
    return grant


def give_everything(person: User) -> None:
    """Makes the first administrator: every role to give, everywhere, and the first to act in."""
    from sharewell.service.accounts.roles import ROLES

    today = timezone.localdate()
    for role in ROLES:
        _make(None, person, Wanted(role, purpose=Grant.Purpose.GIVE), today)
    _make(None, person, Wanted("administrator"), today)
    record_account(None, f"Made {person.name} ({person.pk}) the first administrator.")


def may_revoke(by: User, grant: Grant) -> bool:
    """Whoever holds it, gave it, or may give it, may end it."""
    wanted = Wanted(
        grant.role, grant.organisation, grant.agreement, grant.area, grant.starts, grant.ends
    )
    return by in (grant.person, grant.given_by) or may_give(by, wanted)


def revoke(by: User, grant: Grant) -> None:
    """Ends a grant at once, and records it. Raises AccountError.

    What the person gave to others by it stays, under the name of who gave it.
    """
    if not may_revoke(by, grant):
        raise AccountError(
            f"You may not end this role of {grant.person.name}: you neither gave it nor may give "
            "it. Ask whoever did."
        )
    with transaction.atomic():
        ended = Grant.objects.filter(pk=grant.pk, revoked__isnull=True).update(
            revoked=timezone.now(), revoked_by=by
        )
        if ended:
            record_account(
                by,
                f"Ended the role '{grant.role}' ({grant.where}) of {grant.person.name} "
                f"({grant.person.pk}).",
                role="administrator",
            )


def _make(giver: User | None, person: User, wanted: Wanted, starts: date) -> Grant:
    return Grant.objects.create(
        person=person,
        role=wanted.role,
        purpose=wanted.purpose,
        organisation=wanted.organisation,
        agreement=wanted.agreement,
        area=wanted.area,
        starts=starts,
        ends=wanted.ends,
        given_by=giver,
    )


def _within(wanted: Wanted, grant: Grant) -> bool:
    return (
        (grant.organisation is None or grant.organisation == wanted.organisation)
        and grant.agreement in ("", wanted.agreement)
        and grant.area in ("", wanted.area)
        and (grant.ends is None or (wanted.ends is not None and wanted.ends <= grant.ends))
    )
