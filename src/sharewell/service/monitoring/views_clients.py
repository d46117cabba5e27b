"""A client: entered, opened with a reason, changed and deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from sharewell.service.monitoring import clients, finding, opening, reach, versions
from sharewell.service.monitoring.checks import data_set_of
from sharewell.service.monitoring.errors import Conflict, MonitoringFault
from sharewell.service.monitoring.formpages import (
    clashes,
    keep,
    keeps,
    once_in,
    resume,
    saved,
    seen_in,
)
from sharewell.service.monitoring.forms import (
    ClientForm,
    ReasonForm,
    WhyForm,
    in_words,
    labels,
)
from sharewell.service.monitoring.models import Opening, Record, Service
from sharewell.service.monitoring.pages import (
    find_client,
    find_service,
    for_staff,
    modules_of,
    tell,
)
from sharewell.service.monitoring.records import row_of as record_row
from sharewell.service.monitoring.sealing import mark, plain
from sharewell.service.monitoring.views_hatch import sought_at

_PERSONAL = ("first_initial", "last_initial", "birth_date", "sex")
ALIKE = "ALIKE"
"""The warning that somebody like this is a client already."""


@for_staff
def new(request: HttpRequest, code: str) -> HttpResponse:
    """A new client, beginning from what was typed at the hatch. Warns of those who are alike."""
    service = find_service(code)
    if keeps(request):
        return keep(request, service)
    form = ClientForm(request.POST or None, declared=data_set_of(), row=_begin(request, service))
    resumed = resume(request, service, form)
    once = once_in(request, resumed)
    matches: Sequence[finding.Match] = ()
    if form.is_valid():
        row = form.row() | {"consent_date": timezone.localdate().isoformat()}
        matches = finding.likely(service, clients.attributor_in(row))
        unlike = not matches or form.warn(ALIKE, _alike(matches))
        if form.check(form.declared.module("client"), code, [row]) and unlike:
            client = clients.add(service, row, once=once)
            opening.note(client, "here", "")
            saved(request, service, f"The client is entered. Their code is {client.reference}.")
            return redirect("monitoring:client", code, client.pk)
    context = {
        "service": service,
        "form": form,
        "matches": matches,
        "title": "A new client",
        "resumed": resumed,
        "once": once,
    }
    return render(request, "monitoring/form.html", context)


@for_staff
def why(request: HttpRequest, code: str, client_id: UUID) -> HttpResponse:
    """Opens a client's record for a reason; from the hatch, because they are there."""
    client = find_client(code, client_id)
    form = WhyForm(request.POST or None)
    if form.is_valid():
        given = form.cleaned_data
        opening.note(client, given["reason"], given["words"])
        return redirect("monitoring:client", code, client_id)
    context = {"service": client.service, "client": client, "form": form}
    return render(request, "monitoring/why.html", context)


@for_staff
def client(request: HttpRequest, code: str, client_id: UUID) -> HttpResponse:
    """A client: who they are, what was done, what to do next, and who changed what."""
    found = find_client(code, client_id)
    opened = opening.holding(found)
    if opened is None:
        return redirect("monitoring:why", code, client_id)
    tell(request, found.service, f"client {found.reference}: {reason_of(opened)}")
    module = data_set_of().module("client")
    row, fields = clients.row_of(found), labels(module)
    activity = Paginator(reach.records().filter(client=found), 25).get_page(request.GET.get("page"))
    context = {
        "service": found.service,
        "client": found,
        "attributor": clients.attributor_in(row),
        "former": clients.former_attributors(found),
        "details": [
            (field.label, in_words(field, row[name]))
            for name, field in fields.items()
            if name not in _PERSONAL and row.get(name)
        ],
        "modules": modules_of(found.service),
        "again": reach.records().filter(client=found, module="needle").exists(),
        "activity": activity,
        "rows": [told(record) for record in activity],
        "answers": [
            (str(answer), answer.on, answer.by.name if answer.by else "a file")
            for answer in reach.answers().filter(client=found).select_related("by")
        ],
        "answers_head": ("Consent", "On", "Asked by"),
    }
    return render(request, "monitoring/client.html", context)


@for_staff
def history(request: HttpRequest, code: str, client_id: UUID) -> HttpResponse:
    """Who changed what of a client and of their records, when and why."""
    found = find_client(code, client_id)
    if opening.holding(found) is None:
        return redirect("monitoring:why", code, client_id)
    tell(request, found.service, f"the history of client {found.reference}.")
    declared = data_set_of()
    fields = {name: f for m in reversed(declared.modules) for name, f in labels(m).items()}
    changes = [
        {
            "version": change.version,
            "fields": [
                (fields[name].label, in_words(fields[name], was), in_words(fields[name], now))
                for name, (was, now) in change.fields.items()
                if name in fields
            ],
        }
        for change in versions.history(found.pk)
    ]
    context = {"service": found.service, "client": found, "changes": changes}
    return render(request, "monitoring/history.html", context)


@for_staff
def edit(request: HttpRequest, code: str, client_id: UUID) -> HttpResponse:
    """Changes a client's details. What somebody else changed meanwhile is kept, or shown."""
    found = find_client(code, client_id)
    if opening.holding(found) is None:
        return redirect("monitoring:why", code, client_id)
    if keeps(request):
        return keep(request, found.service)
    tell(request, found.service, f"client {found.reference}, to change.")
    row = clients.row_of(found)
    form = ClientForm(request.POST or None, declared=data_set_of(), row=row, reason=True)
    resumed = resume(request, found.service, form)
    seen = seen_in(request, resumed, found.version)
    clashing: list[tuple[str, str]] = []
    if form.is_valid():
        given = form.row()
        dated = given | {"consent_date": row["consent_date"]}
        if form.check(form.declared.module("client"), code, [dated]):
            try:
                clients.change(found, seen, given, form.cleaned_data["reason"])
            except Conflict as conflict:
                clashing, seen = clashes(form, conflict), conflict.version
            except MonitoringFault as fault:
                form.add_error(None, str(fault))
            else:
                saved(request, found.service, "The client's details are changed.")
                return redirect("monitoring:client", code, client_id)
    context = {
        "service": found.service,
        "client": found,
        "form": form,
        "title": f"Change {found.reference}",
        "resumed": resumed,
        "seen": seen,
        "clashes": clashing,
    }
    return render(request, "monitoring/form.html", context)


@for_staff
def delete(request: HttpRequest, code: str, client_id: UUID) -> HttpResponse:
    """Deletes a client and what was recorded of them."""
    found = find_client(code, client_id)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        try:
            clients.delete(found, int(request.POST.get("seen") or 0), form.cleaned_data["reason"])
        except MonitoringFault as fault:
            form.add_error(None, str(fault))
        else:
            tell(request, found.service, f"client {found.reference} deleted.")
            messages.success(request, "The client is deleted.")
            return redirect("monitoring:hatch", code)
    context = {
        "service": found.service,
        "client": found,
        "form": form,
        "what": f"client {found.reference}",
        "also": reach.records().filter(client=found).count(),
        "seen": found.version,
    }
    return render(request, "monitoring/delete.html", context)


def reason_of(opened: Opening) -> str:
    """Why a record was opened, in words."""
    return opened.words or opening.REASONS[opened.reason]


def told(record: Record) -> dict[str, Any]:
    """A record as a list shows it."""
    module = data_set_of(record.day).module(record.module)
    fields, row = labels(module), record_row(record)
    skipped = {"date", "record_id", "transaction_id"}
    words = [
        f"{fields[name].label}: {in_words(fields[name], value)}"
        for name, value in row.items()
        if value and name in fields and name not in skipped
    ]
    return {"record": record, "module": module, "words": words}


def _begin(request: HttpRequest, service: Service) -> dict[str, str]:
    """Today, and what was typed at the hatch, if that is still whom this page is for."""
    typed = sought_at(service)
    row = {"registered_on": timezone.localdate().isoformat()}
    if typed is None or mark(service.pk, typed) != request.GET.get("of"):
        return row
    return row | dict(zip(_PERSONAL, plain(typed), strict=True))


def _alike(matches: Sequence[finding.Match]) -> str:
    many = "client is" if len(matches) == 1 else "clients are"
    return f"{len(matches)} {many} alike: see below. Enter a new one only if this is somebody else."
