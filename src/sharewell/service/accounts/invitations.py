"""Joiners come by invitation: a link sent by email, for one use, that expires."""

from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from sharewell.service.accounts.errors import AccountError
from sharewell.service.accounts.granting import Wanted, check_may_give, give, give_everything
from sharewell.service.accounts.leaving import let_go_of_address
from sharewell.service.accounts.letters import send
from sharewell.service.accounts.models import Invitation, Organisation, Team, User
from sharewell.service.recording import record_account

LIFETIME = timedelta(days=7)


def invite(
    by: User,
    *,
    email: str,
    name: str,
    organisation: Organisation,
    team: Team | None = None,
    wanted: Wanted | None = None,
) -> Invitation:
    """Sends the link; with ``wanted``, the person has that role as soon as they join.

    Raises AccountError where the address has an account, ``by`` may not give the role, or the
    email cannot be sent.
    """
    if User.objects.filter(email__iexact=email, is_active=True).exists():
        raise AccountError(f"{email} has an account already. Give that person a role instead.")
    if wanted is not None:
        check_may_give(by, wanted)
    with transaction.atomic():
        invitation, link = _make(by, email, name, organisation, team, wanted)
        role = f" as {wanted.role}" if wanted else ""
        record_account(by, f"Invited {name} to {organisation.name}{role}.", role="administrator")
    letter = render_to_string(
        "accounts/letters/invitation.txt",
        {"invitation": invitation, "link": link, "by": by, "days": LIFETIME.days},
    )
    if not send(f"{by.name} invites you", letter, email):
        withdraw(by, invitation)
        raise AccountError(
            f"The email to {email} could not be sent, so the invitation is withdrawn. Try again "
            "later, or tell whoever runs the service that its mail server does not answer."
        )
    return invitation


def invite_first(email: str, name: str, organisation: str) -> str:
    """The link with which the first administrator joins; who asks has the machine itself.

    Raises AccountError once somebody has joined who can invite.
    """
    _check_first()
    house, _made = Organisation.objects.get_or_create(
        name=organisation,
        defaults={"short": organisation[:40], "kind": Organisation.Kind.CONTROLLER},
    )
    _invitation, link = _make(None, email, name, house, None, None)
    return link


def find(token: str) -> Invitation | None:
    """The invitation that a link's secret opens, while it can be used."""
    return Invitation.objects.filter(
        digest=_digest(token),
        used__isnull=True,
        withdrawn__isnull=True,
        expires__gt=timezone.now(),
    ).first()


def accept(token: str, *, name: str, password: str) -> User:
    """Makes the account; the link can never be used again. Raises AccountError."""
    with transaction.atomic():
        invitation = find(token)
        used = invitation and Invitation.objects.filter(pk=invitation.pk, used__isnull=True).update(
            used=timezone.now()
        )
        if not invitation or not used:
            raise AccountError("This link was used, withdrawn or is too old. Ask for a new one.")
        if User.objects.filter(email__iexact=invitation.email, is_active=True).exists():
            raise AccountError("You have an account already. Sign in.")
        let_go_of_address(invitation.email)
        person = User.objects.create_user(
            invitation.email,
            password,
            name=name,
            organisation=invitation.organisation,
            team=invitation.team,
        )
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
        record_account(person, f"Joined {invitation.organisation.name} by invitation.")
        if invitation.invited_by is None:
            _check_first()
            give_everything(person)
        elif invitation.role:
            _give_role(invitation, person)
    return person


def withdraw(by: User, invitation: Invitation) -> None:
    """Makes the link useless."""
    with transaction.atomic():
        open_still = Invitation.objects.filter(
            pk=invitation.pk, used__isnull=True, withdrawn__isnull=True
        )
        if open_still.update(withdrawn=timezone.now()):
            record_account(
                by, f"Withdrew the invitation of {invitation.name}.", role="administrator"
            )


def _check_first() -> None:
    if User.objects.filter(is_active=True, grants__role="administrator").exists():
        raise AccountError("There is an administrator already, who can invite others.")


def _give_role(invitation: Invitation, person: User) -> None:
    """Gives the role that was promised, if whoever promised it still may."""
    wanted = Wanted(
        invitation.role,
        invitation.organisation,
        invitation.agreement,
        invitation.area,
        ends=invitation.role_ends,
    )
    assert invitation.invited_by is not None  # noqa: S101 - asked by the caller
    try:
        give(invitation.invited_by, person, wanted)
    except AccountError as error:
        record_account(invitation.invited_by, f"{person.name} did not get a role: {error}")


def _make(
    by: User | None,
    email: str,
    name: str,
    organisation: Organisation,
    team: Team | None,
    wanted: Wanted | None,
) -> tuple[Invitation, str]:
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        email=email.strip().lower(),
        name=name,
        organisation=organisation,
        team=team,
        role=wanted.role if wanted else "",
        agreement=wanted.agreement if wanted else "",
        area=wanted.area if wanted else "",
        role_ends=wanted.ends if wanted else None,
        invited_by=by,
        digest=_digest(token),
        expires=timezone.now() + LIFETIME,
    )
    return invitation, settings.CONFIG.address + reverse("join", args=[token])


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
