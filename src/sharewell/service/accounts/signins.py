"""Notes each sign-in, failed sign-in and sign-out, each wrong second factor, and each time that
somebody signs in again before a sensitive act; and writes to the person when somebody else may be
at it. Passwords and unknown addresses are not kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.signals import authentication_step_completed
from allauth.mfa.signals import authentication_failed
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.dispatch import receiver
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from sharewell.service.accounts.letters import send
from sharewell.service.accounts.models import SignIn, User

_IN, _OUT, _WRONG = "signed in", "signed out", "wrong password"
_AGAIN, _WRONG_FACTOR = "signed in again", "wrong second factor"
_MANY, _SOON = 5, timedelta(hours=1)


@receiver(user_logged_in)
def note_sign_in(request: HttpRequest, user: Any, **_: object) -> None:
    """Signed in; the person gets an email where neither network nor browser was seen before."""
    before = SignIn.objects.filter(person=user, outcome=_IN)
    known = before.exists()
    noted = _note(request, user, _IN)
    seen = before.exclude(pk=noted.pk).filter(Q(ip=noted.ip) | Q(browser=noted.browser))
    if known and not seen.exists():
        _warn(noted, "A sign-in from a new place", "Somebody signed in to your account")


@receiver(user_logged_out)
def note_sign_out(request: HttpRequest, user: Any, **_: object) -> None:
    """Signed out."""
    if user is not None:
        _note(request, user, _OUT)


@receiver(user_login_failed)
def note_failure(
    credentials: dict[str, Any], request: HttpRequest | None = None, **_: object
) -> None:
    """A wrong password, for an account that exists; the fifth within an hour sends an email."""
    user = User.objects.filter(email__iexact=str(credentials.get("email") or "")).first()
    if user is not None and request is not None:
        noted = _note(request, user, _WRONG)
        lately = SignIn.objects.filter(
            person=user, outcome=_WRONG, at__gt=timezone.now() - _SOON
        ).count()
        if lately == _MANY:
            what = f"Somebody gave a wrong password for your account {_MANY} times within an hour"
            _warn(noted, "Wrong passwords for your account", what)


@receiver(authentication_failed)
def note_wrong_factor(request: HttpRequest, user: Any, **_: object) -> None:
    """A wrong code or key, at signing in or before a sensitive act."""
    if user is not None:
        _note(request, user, _WRONG_FACTOR)


@receiver(authentication_step_completed)
def renew_session(
    request: HttpRequest, user: Any, *, reauthenticated: bool = False, **_: object
) -> None:
    """Whoever signs in again goes on under another key, and the old one is worth nothing."""
    if not reauthenticated:
        return
    old = request.session.session_key
    request.session.cycle_key()
    UserSession.objects.filter(session_key=old).update(session_key=request.session.session_key)
    _note(request, user, _AGAIN)


def _warn(noted: SignIn, subject: str, what: str) -> None:
    """Writes to the person, also where they stopped emails about their work."""
    where = settings.CONFIG.address.rstrip("/") + reverse("me:account")
    text = (
        f"{what}, last on {noted.at:%-d %B %Y at %H:%M} UTC, from {noted.ip or 'an unknown place'} "
        f"with {noted.browser or 'an unknown browser'}.\n\nIf it was you, there is nothing to do. "
        f"If not, change your password and end other sessions: {where}\n"
    )
    send(subject, text, noted.person.email)


def _note(request: HttpRequest, user: Any, outcome: str) -> SignIn:
    try:
        ip = get_adapter().get_client_ip(request)
    except PermissionDenied:  # the server did not say
        ip = None
    return SignIn.objects.create(
        person=user,
        outcome=outcome,
        ip=ip,
        browser=request.headers.get("User-Agent", "")[:200],
    )
