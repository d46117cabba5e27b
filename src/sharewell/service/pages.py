"""Pages that belong to no app: where one starts, and what errors look like."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from sharewell.service import demo
from sharewell.service.gate import public, seen_by
from sharewell.service.waiting import waiting_for


@seen_by(public)
def home(request: HttpRequest) -> HttpResponse:
    """Where everybody starts; who is signed in sees what waits for them."""
    context: dict[str, Any] = {"demo": demo.there()}
    if request.user.is_authenticated:
        context["waiting"] = waiting_for(request.user)
    return render(request, "pages/home.html", context)


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
