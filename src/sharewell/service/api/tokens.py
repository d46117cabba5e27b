"""Making tokens, and asking for them: scope, role, expiry, second factor."""

from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from sharewell.service.accounts.interface import must_change_password, needs_second_factor, roles_of
from sharewell.service.api.models import Token, TokenUse
from sharewell.service.api.problems import Refusal

PREFIX = "sharewell_"
LONGEST_DAYS = 365

SCOPES: dict[str, str] = {"ledger:read": "Read the head of the ledger."}
"""What a token may be for; apps add their own, with what it lets a program do."""


def make(person: Any, name: str, scopes: list[str], days: int) -> tuple[Token, str]:
    """A new token, and its secret, which is not kept."""
    secret = PREFIX + secrets.token_urlsafe(32)
    token = Token.objects.create(
        person=person,
        name=name,
        scopes=sorted(scopes),
        digest=_digest(secret),
        expires=timezone.now() + timedelta(days=days),
    )
    return token, secret


class Needs(HttpBearer):
    """For ``auth=`` of an operation: a token with this scope, of a person who holds one of
    ``roles`` today (any person, where none is named)."""

    openapi_name = "token"

    def __init__(self, scope: str, *roles: str) -> None:
        super().__init__()
        if scope not in SCOPES:
            raise KeyError(f"No scope is called '{scope}'. Add it to SCOPES, with what it is for.")
        self.scope = scope
        self.roles = frozenset(roles)

    def __call__(self, request: HttpRequest) -> Any:
        """The token; a `Refusal` (401 or 403) says what is missing."""
        token = super().__call__(request)
        if token is None:
            raise Refusal(
                401,
                "This needs a token that works.",
                "Send 'Authorization: Bearer ...' with a token from My account, API tokens.",
            )
        if refused := self._refused(token):
            _note(token, request, refused)
            raise Refusal(403, refused, self._remedy(token))
        _note(token, request)
        request.user = token.person
        return token

    def authenticate(self, _request: HttpRequest, token: str) -> Token | None:
        """The token whose secret this is, if it works."""
        found = Token.objects.select_related("person").filter(digest=_digest(token)).first()
        return found if found and found.works else None

    def _refused(self, token: Token) -> str:
        person = token.person
        if self.scope not in token.scopes:
            return f"The token is not for '{self.scope}'."
        if self.roles and not self.roles & roles_of(person):
            return f"{person.name} holds none of these roles: {', '.join(sorted(self.roles))}."
        if needs_second_factor(person) and not is_mfa_enabled(person):
            return f"{person.name} has no second factor."
        if must_change_password(person):
            return f"The password of {person.name} is too old."
        return ""

    def _remedy(self, token: Token) -> str:
        if self.scope not in token.scopes:
            return f"Make a token with the scope '{self.scope}'."
        return "Sign in and look at My account, or ask an administrator for the role."


def add_scopes(scopes: dict[str, str]) -> None:
    """Adds what tokens may be for; at the top of an app's ``api.py``."""
    SCOPES.update(scopes)


def _note(token: Token, request: HttpRequest, refused: str = "") -> None:
    TokenUse.objects.create(
        token=token, method=request.method, path=request.path[:300], refused=refused[:200]
    )


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
