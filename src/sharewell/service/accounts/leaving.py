"""Movers and leavers: what they held ends, and what is left behind is listed."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from sharewell.service.accounts.errors import AccountError
from sharewell.service.accounts.holdings import HOLDINGS
from sharewell.service.accounts.models import Grant, Invitation, Organisation, SignIn, Team, User
from sharewell.service.recording import record_account


def still_held(person: User) -> list[str]:
    """What somebody must take over when this person leaves, in sentences."""
    held = [
        f"The role '{grant.role}' {grant.get_purpose_display()}: {grant.where}{_from(grant)}."
        for grant in person.grants.unended().select_related("organisation")
    ]
    waiting = Invitation.objects.filter(
        invited_by=person, used__isnull=True, withdrawn__isnull=True, expires__gt=timezone.now()
    )
    held += [f"An invitation of {invitation.name} that waits." for invitation in waiting]
    for holding in HOLDINGS:
        held += holding(person)
    return held


def close(by: User, person: User) -> list[str]:
    """Closes an account: its sessions end at once, its roles end, its invitations are withdrawn.

    Returns what the person still held. Raises AccountError for the last administrator.
    """
    if not person.is_active:
        return []
    _check_not_last_administrator(person)
    with transaction.atomic():
        held = still_held(person)
        now = timezone.now()
        person.grants.unended().update(revoked=now, revoked_by=by)
        Invitation.objects.filter(invited_by=person, used__isnull=True).update(withdrawn=now)
        person.is_active, person.closed = False, now
        person.save(update_fields=["is_active", "closed"])
        end_sessions(person)
        record_account(
            by,
            f"Closed the account of {person.name} ({person.pk}), who still held: "
            f"{' '.join(held) or 'nothing.'}",
            role="administrator" if by != person else "",
        )
    return held


def move(by: User, person: User, organisation: Organisation, team: Team | None) -> list[str]:
    """Moves a person. Into another organisation, every role ends; returns what they held."""
    with transaction.atomic():
        held: list[str] = []
        if organisation != person.organisation:
            _check_not_last_administrator(person)
            held = still_held(person)
            person.grants.unended().update(revoked=timezone.now(), revoked_by=by)
        person.organisation, person.team = organisation, team
        person.save(update_fields=["organisation", "team"])
        record_account(
            by,
            f"Moved {person.name} ({person.pk}) to {organisation.name}"
            f"{f', {team.name}' if team else ''}. Roles that ended: {' '.join(held) or 'none.'}",
            role="administrator",
        )
    return held


def let_go_of_address(email: str) -> None:
    """Frees the address of closed accounts, for somebody who was invited to it.

    Addresses are given to other people in time, so whoever comes back has a new account: the
    ledger never takes one for the other.
    """
    for closed in User.objects.filter(email__iexact=email, is_active=False):
        _forget_address(closed)
        closed.save(update_fields=["email"])


def erase(person: User) -> None:
    """Deletes what the service holds about somebody as a user, and closes the account.

    What they were given, by whom and when stays, and what they did stays in the ledger: both
    answer for the data of others.
    """
    with transaction.atomic():
        close(person, person)
        Authenticator.objects.filter(user=person).delete()
        SignIn.objects.filter(person=person).delete()
        Invitation.objects.filter(email=person.email).delete()
        _forget_address(person)
        person.name = "Closed account"
        person.set_unusable_password()
        person.save()


def end_sessions(person: User) -> None:
    """Ends every session of a person at once."""
    sessions = UserSession.objects.filter(user=person)
    Session.objects.filter(session_key__in=sessions.values("session_key")).delete()
    sessions.delete()


def _forget_address(person: User) -> None:
    EmailAddress.objects.filter(user=person).delete()
    person.email = f"{person.pk}@closed.invalid"


def _from(grant: Grant) -> str:
    begins = grant.starts > timezone.localdate()
    return f", from {grant.starts:%-d %B %Y}" if begins else ""


def _check_not_last_administrator(person: User) -> None:
    givers = Grant.objects.current().filter(
        role="administrator", purpose=Grant.Purpose.GIVE, organisation=None
    )
    if givers.filter(person=person).exists() and not givers.exclude(person=person).exists():
        raise AccountError(
            f"{person.name} is the last who can make administrators everywhere. Give that role to "
            "somebody else first."
        )
