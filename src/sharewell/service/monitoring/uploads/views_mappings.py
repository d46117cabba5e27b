"""Mappings of suppliers: which there are, and their text in every version."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from sharewell.service.monitoring import reach
from sharewell.service.monitoring.pages import find_service, for_staff, tell
from sharewell.service.monitoring.uploads import mappings
from sharewell.service.monitoring.uploads.forms import MappingForm


@for_staff
def suppliers(request: HttpRequest, code: str) -> HttpResponse:
    """Which suppliers' mappings are kept here."""
    service = find_service(code)
    context = {"service": service, "mappings": mappings.newest(service)}
    return render(request, "monitoring/uploads/suppliers.html", context)


@for_staff
def new(request: HttpRequest, code: str) -> HttpResponse:
    """A mapping of a new supplier."""
    service = find_service(code)
    form = MappingForm(request.POST or None)
    if form.is_valid():
        kept = mappings.keep(service, form.cleaned_data["text"])
        return _kept(request, code, str(kept), kept.supplier.slug)
    context = {"service": service, "form": form, "title": "A new mapping"}
    return render(request, "monitoring/uploads/mapping.html", context)


@for_staff
def mapping(request: HttpRequest, code: str, slug: str) -> HttpResponse:
    """A supplier's mapping, to read or to change; with ``?version``, an earlier one."""
    service = find_service(code)
    kept = list(reach.mappings().filter(service=service, supplier__slug=slug))
    if not kept:
        raise Http404
    asked = request.GET.get("version", "")
    shown = next((each for each in kept if str(each.number) == asked), kept[0])
    form = MappingForm(request.POST or None, initial={"text": shown.text})
    if form.is_valid():
        made = mappings.keep(service, form.cleaned_data["text"])
        return _kept(request, code, str(made), made.supplier.slug)
    context = {
        "service": service,
        "form": form,
        "title": shown.supplier.name,
        "shown": shown,
        "versions": kept,
    }
    return render(request, "monitoring/uploads/mapping.html", context)


def _kept(request: HttpRequest, code: str, what: str, slug: str) -> HttpResponse:
    tell(request, find_service(code), f"the mapping {what}, kept.")
    messages.success(request, f"Kept: {what}.")
    return redirect("monitoring:mapping", code, slug)
