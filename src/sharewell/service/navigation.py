"""The links at the top of every page. One is shown to whom the gate would let through."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import resolve, reverse

from sharewell.service.gate import declaration

SECTIONS: tuple[tuple[str, str, str], ...] = (
    ("Register", "register:search", "who may use patients' data, for what, and what left."),
    ("Agreements", "agreements:list", "what may be done with data, and by whom."),
    ("Releases", "releases:list", "what was asked to leave, and its reviews."),
    ("Published", "releases:published", "the figures that everybody may read."),
    ("Monitoring", "monitoring:start", "clients and activity of services."),
    ("Journeys", "monitoring:journeys", "who moves from service to service, and who is lost."),
    ("Counting people", "monitoring:count", "how many people, and which records are one's."),
    ("Reports", "monitoring:reports", "quarters and years of your area, in protected figures."),
    ("Services", "monitoring:services", "the services that record, and their staff."),
    ("Jobs", "jobs:list", "long work that you asked for, and how far it is."),
    ("People", "people:list", "invite people, give them roles, close accounts."),
)
"""Label, address name and what is there, in the order shown."""


def page(request: HttpRequest) -> dict[str, Any]:
    """What the base template needs."""
    links = []
    for label, name, words in SECTIONS:
        address = reverse(name)
        declared = declaration(resolve(address).func, name)
        if declared and _shown(declared.audience, request):
            links.append({"label": label, "address": address, "words": words, "here": False})
    above = [link for link in links if request.path.startswith(link["address"])]
    for link in sorted(above, key=lambda link: len(link["address"]))[-1:]:
        link["here"] = True
    return {
        "sections": links,
        "idle_seconds": int(settings.SESSION_IDLE.total_seconds()),
        "warning_seconds": int(settings.SESSION_WARNING.total_seconds()),
        "idle_minutes": int(settings.SESSION_IDLE.total_seconds() // 60),
    }


def _shown(audience: Any, request: HttpRequest) -> bool:
    return hasattr(request, "user") and audience.admits(request)
