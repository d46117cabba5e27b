"""Activity: recorded for a client or for nobody, repeated, corrected and deleted."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from sharewell.monitoring import Module
from sharewell.service.monitoring import opening, records
from sharewell.service.monitoring.checks import DUMMY, data_set_of
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
from sharewell.service.monitoring.forms import ITEM, ReasonForm, RecordForm, record_form
from sharewell.service.monitoring.models import Client, Record, Service
from sharewell.service.monitoring.pages import (
    find_client,
    find_module,
    find_record,
    find_service,
    for_staff,
    tell,
)

_OF_A_VISIT = ("returned", "returned_how", "date", "record_id", "transaction_id")


@for_staff
def of_client(request: HttpRequest, code: str, client_id: UUID, module: str) -> HttpResponse:
    """Records what was done for a client; with ``?again`` beginning from their last visit."""
    client = find_client(code, client_id)
    if opening.holding(client) is None:
        return redirect("monitoring:why", code, client_id)
    found = _module(client.service, module)
    row = _again(client, found) if "again" in request.GET else {}
    return _record(request, client.service, found, client=client, row=row)


@for_staff
def of_who_objects(request: HttpRequest, code: str, module: str) -> HttpResponse:
    """Records what was done for somebody who objects: activity, and nobody's."""
    service = find_service(code)
    return _record(request, service, _module(service, module), objected=True)


@for_staff
def of_session(request: HttpRequest, code: str, module: str) -> HttpResponse:
    """Records a session of contacts that nobody named."""
    service = find_service(code)
    found = _module(service, module)
    if found.field("first_initial").required:
        raise Http404
    return _record(request, service, found)


@for_staff
def edit(request: HttpRequest, code: str, record_id: UUID) -> HttpResponse:
    """Corrects a record. What somebody else changed meanwhile is kept, or shown."""
    record = find_record(code, record_id)
    if _asks_why(record):
        return redirect("monitoring:why", code, record.client_id)
    if keeps(request):
        return keep(request, record.service)
    declared = data_set_of(record.day)
    module = declared.module(record.module)
    tell(request, record.service, f"a record of {_whose(record)}, to change.")
    row = records.row_of(record)
    form = RecordForm(request.POST or None, declared=declared, module=module, row=row, reason=True)
    resumed = resume(request, record.service, form)
    seen = seen_in(request, resumed, record.version)
    clashing: list[tuple[str, str]] = []
    if form.is_valid():
        given = form.row()
        if form.check(module, code, [_of(given, record.client, objected=record.objected)]):
            try:
                records.change(record, module, seen, given, form.cleaned_data["reason"])
            except Conflict as conflict:
                clashing, seen = clashes(form, conflict), conflict.version
            except MonitoringFault as fault:
                form.add_error(None, str(fault))
            else:
                saved(request, record.service, "The record is corrected.")
                return _back(record.service, record.client)
    context = {
        "service": record.service,
        "client": record.client,
        "record": record,
        "form": form,
        "title": f"Correct: {module.title.lower()}",
        "resumed": resumed,
        "seen": seen,
        "clashes": clashing,
    }
    return render(request, "monitoring/form.html", context)


@for_staff
def delete(request: HttpRequest, code: str, record_id: UUID) -> HttpResponse:
    """Deletes a record."""
    record = find_record(code, record_id)
    if _asks_why(record):
        return redirect("monitoring:why", code, record.client_id)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        try:
            records.delete(record, int(request.POST.get("seen") or 0), form.cleaned_data["reason"])
        except MonitoringFault as fault:
            form.add_error(None, str(fault))
        else:
            saved(request, record.service, "The record is deleted.")
            return _back(record.service, record.client)
    context = {
        "service": record.service,
        "client": record.client,
        "form": form,
        "what": "this record",
        "seen": record.version,
    }
    return render(request, "monitoring/delete.html", context)


def _record(
    request: HttpRequest,
    service: Service,
    module: Module,
    *,
    client: Client | None = None,
    objected: bool = False,
    row: dict[str, str] | None = None,
) -> HttpResponse:
    """The page that records; every record of a session or of who objects is nobody's."""
    if keeps(request):
        return keep(request, service)
    declared = data_set_of()
    form = record_form(module)(request.POST or None, declared=declared, module=module, row=row)
    resumed = resume(request, service, form)
    once = once_in(request, resumed)
    if form.is_valid():
        rows = form.rows()
        checked = [_of(each, client, objected=objected) for each in rows]
        if form.check(module, service.code, checked):
            records.add(service, module, rows, client=client, objected=objected, once=once)
            saved(request, service, f"Recorded: {module.title.lower()}.")
            return _back(service, client)
    context: dict[str, Any] = {
        "service": service,
        "client": client,
        "objected": objected,
        "form": form,
        "title": module.title,
        "resumed": resumed,
        "once": once,
    }
    return render(request, "monitoring/form.html", context)


def _module(service: Service, name: str) -> Module:
    found = find_module(service, name)
    if found is None:
        raise Http404
    return found


def _again(client: Client, module: Module) -> dict[str, str]:
    """What the client had at their last visit, and not what came back."""
    row: dict[str, str] = {}
    for record in records.last_transaction(client, module.id):
        given = records.row_of(record)
        if item := given.pop("item", ""):
            row[ITEM + item] = given.pop("items_out", "")
        row = {name: value for name, value in given.items() if name not in _OF_A_VISIT} | row
    return row


def _of(row: dict[str, str], client: Client | None, *, objected: bool) -> dict[str, str]:
    """The row with whose it is, as far as checks ask: the year of birth, and the sex."""
    if client is not None:
        return row | {"birth_date": f"{client.birth_year}-07-02", "sex": client.sex}
    return row | DUMMY if objected else row


def _asks_why(record: Record) -> bool:
    return record.client is not None and opening.holding(record.client) is None


def _whose(record: Record) -> str:
    return f"client {record.client.reference}" if record.client else "nobody"


def _back(service: Service, client: Client | None) -> HttpResponse:
    if client is None:
        return redirect("monitoring:hatch", service.code)
    return redirect("monitoring:client", service.code, client.pk)
