"""All that is held about one client: on screen, as a PDF, and as files to take elsewhere."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from sharewell.service.monitoring import opening, reach
from sharewell.service.monitoring.models import Client
from sharewell.service.monitoring.own.extract import zipped
from sharewell.service.monitoring.own.paper import as_pdf
from sharewell.service.monitoring.own.period import Period
from sharewell.service.monitoring.own.subject import everything as held
from sharewell.service.monitoring.pages import find_client, for_staff, tell
from sharewell.service.monitoring.reach import staff_reach

_EVER = Period(date(1900, 1, 1), date(2999, 12, 31))


@for_staff
def everything(request: HttpRequest, code: str, client_id: UUID) -> HttpResponse:
    """The whole record of a client on one page."""
    found = find_client(code, client_id)
    if opening.holding(found) is None:
        return redirect("monitoring:why", code, client_id)
    tell(request, found.service, f"everything held about client {found.reference}.")
    context = {
        "service": found.service,
        "client": found,
        "record": held(found, with_openings=_manages(found)),
    }
    return render(request, "monitoring/own/everything.html", context)


@for_staff
def pdf(request: HttpRequest, code: str, client_id: UUID) -> HttpResponse:
    """The same as a PDF, to give to the client."""
    found = find_client(code, client_id)
    if opening.holding(found) is None:
        return redirect("monitoring:why", code, client_id)
    tell(request, found.service, f"everything held about client {found.reference}, as a PDF.")
    content = as_pdf(held(found, with_openings=_manages(found)))
    return HttpResponse(
        content, content_type="application/pdf", headers=_saved_as("client-record", "pdf")
    )


@for_staff
def files(request: HttpRequest, code: str, client_id: UUID) -> HttpResponseBase:
    """The same as files of the data set, to take to another service."""
    found = find_client(code, client_id)
    if opening.holding(found) is None:
        return redirect("monitoring:why", code, client_id)
    tell(request, found.service, f"everything held about client {found.reference}, as files.")
    pieces = zipped(found.service, _EVER, lambda: staff_reach(request.user), only=found)
    return StreamingHttpResponse(
        pieces, content_type="application/zip", headers=_saved_as("client-record", "zip")
    )


def _manages(client: Client) -> bool:
    return reach.managed().filter(pk=client.service_id).exists()


def _saved_as(name: str, ending: str) -> dict[str, str]:
    """A name of a file that says nothing about whom it is of."""
    file = f"{name}-{timezone.localdate()}.{ending}"
    return {"Content-Disposition": f'attachment; filename="{file}"'}
