"""Pages that belong to no app: where one starts, and what errors look like."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from sharewell.service import demo
from sharewell.service.accounts.interface import must_change_password, needs_second_factor
from sharewell.service.gate import public, seen_by
from sharewell.service.waiting import Waiting, waiting_for


@seen_by(public)
def home(request: HttpRequest) -> HttpResponse:
    """Where everybody starts; who is signed in sees what waits for them."""
    context: dict[str, Any] = {"demo": demo.there()}
    if request.user.is_authenticated:
        context["waiting"] = list(_first_of_all(request.user)) or waiting_for(request.user)
    return render(request, "pages/home.html", context)


def _first_of_all(user: Any) -> Iterator[Waiting]:
    """What the gate wants before it opens anything, and so before this page tells anything."""
    if needs_second_factor(user) and not is_mfa_enabled(user):
        words = "Your role needs one before anything else: an authenticator app or a security key."
        yield Waiting("Set up a second factor", words, reverse("mfa_index"))
    elif must_change_password(user):
        words = "Yours is older than 60 days."
        yield Waiting("Choose a new password", words, reverse("account_change_password"))


@seen_by(public)
def start(request: HttpRequest) -> HttpResponse:
    """Where to start in the demo: not found elsewhere."""
    if not demo.there():
        raise Http404
    context = {
        "steps": demo.steps(),
        "people": [
            (called, demo.house_of(called), demo.email_of(called)) for called in demo.PEOPLE
        ],
        "password": demo.PASSWORD,
        "command": demo.code_command(),
    }
    return render(request, "pages/start.html", context)


@seen_by(public)
def health(_request: HttpRequest) -> HttpResponse:
    """Whether the web server answers, for whoever keeps it running."""
    return HttpResponse("ok", content_type="text/plain")
