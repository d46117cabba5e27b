"""Pages that belong to no app: where one starts, and what errors look like."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sharewell.service.gate import public, seen_by


@seen_by(public)
def home(request: HttpRequest) -> HttpResponse:
    """Where everybody starts."""
    return render(request, "pages/home.html")


@seen_by(public)
def health(_request: HttpRequest) -> HttpResponse:
    """Whether the web server answers, for whoever keeps it running."""
    return HttpResponse("ok", content_type="text/plain")
