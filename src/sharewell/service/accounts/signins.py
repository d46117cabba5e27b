"""Notes each sign-in, failed sign-in and sign-out. Passwords and unknown addresses are not kept."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.core.exceptions import PermissionDenied
from django.dispatch import receiver
from django.http import HttpRequest

from sharewell.service.accounts.models import SignIn, User


@receiver(user_logged_in)
def note_sign_in(request: HttpRequest, user: Any, **_: object) -> None:
    """Signed in."""
    _note(request, user, "signed in")


@receiver(user_logged_out)
def note_sign_out(request: HttpRequest, user: Any, **_: object) -> None:
    """Signed out."""
    if user is not None:
        _note(request, user, "signed out")


@receiver(user_login_failed)
def note_failure(
    credentials: dict[str, Any], request: HttpRequest | None = None, **_: object
) -> None:
    """A wrong password, for an account that exists."""
    user = User.objects.filter(email__iexact=str(credentials.get("email") or "")).first()
    if user is not None and request is not None:
        _note(request, user, "wrong password")


def _note(request: HttpRequest, user: Any, outcome: str) -> None:
    try:
        ip = get_adapter().get_client_ip(request)
    except PermissionDenied:  # the server did not say
        ip = None
    SignIn.objects.create(
        person=user,
        outcome=outcome,
        ip=ip,
        browser=request.headers.get("User-Agent", "")[:200],
    )
