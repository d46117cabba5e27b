"""What pages with a form share: drafts that come back, and what clashes with somebody else."""

from __future__ import annotations

import re
import secrets
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from sharewell.service.monitoring import drafts
from sharewell.service.monitoring.errors import Conflict
from sharewell.service.monitoring.forms import DeclaredForm, in_words
from sharewell.service.monitoring.models import Service

_ONCE = re.compile(r"[0-9a-f]{16}")

KEEP = "keep"
"""The button that keeps a form for later, without script and without saving."""


def keeps(request: HttpRequest) -> bool:
    """Whether the form is sent to be kept for later."""
    return request.method == "POST" and KEEP in request.POST


def keep(request: HttpRequest, service: Service) -> HttpResponse:
    """Keeps the form for later, and goes back to the hatch."""
    drafts.keep(service, request.get_full_path(), request.POST)
    messages.success(request, "What you typed is kept for a week, for you alone.")
    return redirect("monitoring:hatch", service.code)


def resume(request: HttpRequest, service: Service, form: DeclaredForm) -> Any:
    """Begins a form that was not sent yet from what the person typed into it before.

    What was typed, or None.
    """
    typed = None if request.method == "POST" else drafts.kept(service, request.get_full_path())
    for name, field in form.fields.items() if typed else ():
        given = field.widget.value_from_datadict(typed, {}, name)
        if given is not None:
            form.initial[name] = given
    return typed


def saved(request: HttpRequest, service: Service, words: str) -> None:
    """Drops the draft of a form that was saved, and says so."""
    drafts.drop(service, request.get_full_path())
    messages.success(request, words)


def seen_in(request: HttpRequest, typed: Any, version: int) -> int:
    """The version that the form was begun from."""
    given = (request.POST or typed or {}).get("seen", "")
    return int(given) if str(given).isdigit() else version


def once_in(request: HttpRequest, typed: Any) -> str:
    """What makes a form one act, however often it is sent: made when the form is first shown."""
    given = str((request.POST or typed or {}).get("once", ""))
    return given if _ONCE.fullmatch(given) else secrets.token_hex(8)


def clashes(form: DeclaredForm, conflict: Conflict) -> list[tuple[str, str]]:
    """What somebody else put where one put something else, in words."""
    fields = {field.name: field for field in form.asked}
    return [
        (fields[name].label, in_words(fields[name], value) or "nothing")
        for name, value in conflict.theirs.items()
        if name in fields
    ]
