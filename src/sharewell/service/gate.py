"""The one gate: each view declares who may see it, and a view that declares nothing is closed.

    @seen_by(public)                      anyone
    @seen_by(signed_in)                   anyone with an account
    @seen_by(role("auditor"))             who holds that role, anywhere, today
    @seen_by(role("administrator"), fresh=True)   ... and gave their password a moment ago
    @seen_by(token)                       programs: the view asks for a token itself

Which records of its kind a person may see, the view asks in its query, so that somebody else's
record is not found (404), as if it did not exist. The gate answers 403 only about kinds of page.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import (
    is_reauthentication_required,
    suspend_request,
)
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.checks import Error, register
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from sharewell.service.accounts.interface import must_change_password, needs_second_factor, roles_of
from sharewell.service.recording import record_refused_page

_log = logging.getLogger(__name__)

View = Callable[..., Any]


@dataclass(frozen=True)
class Audience:
    """Who may see a view: anyone, those signed in, or those who hold one of ``roles``."""

    name: str
    anonymous: bool = False
    roles: frozenset[str] = frozenset()

    def admits(self, request: HttpRequest) -> bool:
        """Whether this request comes from the audience."""
        if self.anonymous:
            return True
        if not request.user.is_authenticated:
            return False
        return not self.roles or bool(self.roles & roles_of(request.user))


@dataclass(frozen=True)
class Declaration:
    """What a view declares. ``fresh``: only after the password was given moments ago.
    ``before_second_factor``: also while a second factor or a new password is wanted first."""

    audience: Audience
    fresh: bool = False
    before_second_factor: bool = False


public = Audience("public", anonymous=True)
token = Audience("token", anonymous=True)
signed_in = Audience("signed in")


def role(*names: str) -> Audience:
    """Those who hold one of these roles today."""
    return Audience(" or ".join(names), roles=frozenset(names))


def seen_by(
    audience: Audience, *, fresh: bool = False, before_second_factor: bool = False
) -> Callable[[View], View]:
    """Declares who may see a view (a function, or a class-based view)."""

    def declare_view(view: View) -> View:
        view.seen_by = Declaration(audience, fresh, before_second_factor)
        return view

    return declare_view


_BY_NAME: dict[str, Declaration] = {}


def declare(
    audience: Audience, *names: str, fresh: bool = False, before_second_factor: bool = False
) -> None:
    """Declares who may see views of libraries, by the names of their addresses."""
    for name in names:
        _BY_NAME[name] = Declaration(audience, fresh, before_second_factor)


def declaration(view: View, name: str) -> Declaration | None:
    """What the view at the address ``name`` declares; None when it declares nothing."""
    for declared in (view, getattr(view, "view_class", None)):
        if (found := getattr(declared, "seen_by", None)) is not None:
            return found
    return _BY_NAME.get(name)


def addresses(
    patterns: Any = None, namespace: str = "", route: str = ""
) -> Iterator[tuple[str, str, View]]:
    """Every address of the service: its name, its route and its view."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from addresses(pattern.url_patterns, inner, here)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name or ''}", here, pattern.callback


class Gate:
    """Lets a request through to its view, or says why not."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Passes on: the gate stands between the address and its view."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, _args: tuple[Any, ...], _kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """None to go on; a redirect to what is missing; or 403 or 404 by exception."""
        match = request.resolver_match
        declared = declaration(view, match.view_name if match else "")
        if declared is None:
            _log.error("%s declares nobody who may see it, so nobody does.", request.path)
            raise Http404
        if declared.audience.anonymous:
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if (
            not declared.before_second_factor
            and needs_second_factor(request.user)
            and not is_mfa_enabled(request.user)
        ):
            messages.warning(request, "Set up a second factor first: your role needs one.")
            return redirect("mfa_index")
        if not declared.before_second_factor and must_change_password(request.user):
            messages.warning(request, "Your password is older than 60 days. Choose a new one.")
            return redirect("account_change_password")
        if not declared.audience.admits(request):
            record_refused_page(request, declared.audience.name)
            raise PermissionDenied(declared.audience.name)
        if declared.fresh and is_reauthentication_required(request, app="sharewell"):
            ways = get_adapter().get_reauthentication_methods(request.user)
            return suspend_request(request, ways[0]["url"] if ways else reverse("account_login"))
        return None


@register
def every_view_declares(**_: object) -> list[Error]:
    """The service does not start while a view declares nothing."""
    return [
        Error(
            f"The view at '{route}' declares nobody who may see it.",
            hint="Put @seen_by(...) on it, or declare(...) its name (service/gate.py).",
            id="sharewell.E001",
        )
        for name, route, view in addresses()
        if declaration(view, name) is None
    ]
