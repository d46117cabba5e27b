"""The hatch: who is here, who may they be, and the next one.

What is typed to find somebody is sent and kept, never part of an address.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from sharewell.linkage import Attributor, AttributorError, parse_whole
from sharewell.service.monitoring import clients, drafts, finding, reach
from sharewell.service.monitoring.forms import SearchForm
from sharewell.service.monitoring.models import Service
from sharewell.service.monitoring.pages import (
    find_service,
    for_staff,
    modules_of,
    tell,
)
from sharewell.service.monitoring.sealing import mark

HATCH = "hatch"
"""The draft that keeps what was last typed to find somebody."""


@for_staff
def start(request: HttpRequest) -> HttpResponse:
    """Which service? Who works at one alone is there already."""
    found = list(reach.services())
    if len(found) == 1:
        return redirect("monitoring:hatch", found[0].code)
    return render(request, "monitoring/start.html", {"services": found})


@for_staff
def hatch(request: HttpRequest, code: str) -> HttpResponse:
    """Who is here? Finds them, or says what could not be read."""
    service = find_service(code)
    form = SearchForm(request.POST or None)
    if form.is_valid():
        sought = form.cleaned_data["sought"]
        if client := clients.find_by_reference(service, sought):
            return redirect("monitoring:client", code, client.pk)
        try:
            typed = parse_whole(sought)
        except AttributorError as error:
            form.add_error("sought", str(error))
        else:
            if typed.is_dummy:
                return redirect("monitoring:objects", code)
            drafts.keep(service, HATCH, {"sought": sought})
            return redirect("monitoring:found", code)
    context = {
        "service": service,
        "form": form,
        "waiting": drafts.waiting(service),
        "sessions": [m for m in modules_of(service) if not m.field("first_initial").required],
        "manages": reach.managed().filter(pk=service.pk).exists(),
    }
    return render(request, "monitoring/hatch.html", context)


@for_staff
def found(request: HttpRequest, code: str) -> HttpResponse:
    """Who may they be, the most alike first, each with why."""
    service = find_service(code)
    typed = sought_at(service)
    if typed is None:
        return redirect("monitoring:hatch", code)
    matches = finding.likely(service, typed)
    if matches:
        shown = ", ".join(match.client.reference for match in matches)
        tell(request, service, f"likely matches of an attributor: {shown}.")
    context: dict[str, Any] = {
        "service": service,
        "form": SearchForm(initial={"sought": str(typed)}),
        "typed": typed,
        "mark": mark(service.pk, typed),
        "matches": matches,
        "most": finding.MOST,
    }
    return render(request, "monitoring/found.html", context)


@for_staff
def objects(request: HttpRequest, code: str) -> HttpResponse:
    """Somebody who objects: what is recorded for them is nobody's."""
    service = find_service(code)
    context = {"service": service, "modules": modules_of(service)}
    return render(request, "monitoring/objects.html", context)


@for_staff
@require_POST
def keep_draft(request: HttpRequest, code: str) -> HttpResponse:
    """Keeps what is typed into a form, each time the typing pauses."""
    service = find_service(code)
    name = request.POST.get("form", "")
    if not name.startswith(reverse("monitoring:hatch", args=[code])) or len(name) > 120:
        return HttpResponse("This is no form of the service.", status=400)
    drafts.keep(service, name, request.POST)
    return HttpResponse(status=204)


@for_staff
@require_POST
def drop_draft(request: HttpRequest, code: str) -> HttpResponse:
    """Forgets what was typed into a form."""
    drafts.drop(find_service(code), request.POST.get("form", ""))
    messages.success(request, "What you had typed is forgotten.")
    return redirect("monitoring:hatch", code)


def sought_at(service: Service) -> Attributor | None:
    """The attributor that the person last typed at the hatch."""
    typed = drafts.kept(service, HATCH)
    try:
        return parse_whole(str(typed["sought"])) if typed else None
    except AttributorError:
        return None
