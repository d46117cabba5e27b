"""All that is held about one client: on screen, as a PDF, and as files to take elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from sharewell.service.monitoring import opening, reach
from sharewell.service.monitoring.models import Client
from sharewell.service.monitoring.own.extract import zipped
from sharewell.service.monitoring.own.paper import as_pdf
from sharewell.service.monitoring.own.period import Period
from sharewell.service.monitoring.own.subject import Everything
from sharewell.service.monitoring.own.subject import everything as held
from sharewell.service.monitoring.pages import find_client, for_staff, tell
from sharewell.service.monitoring.reach import staff_reach

_EVER = Period(date(1900, 1, 1), date(2999, 12, 31))


def _of_an_opened_client(how: str) -> Callable[[Callable[..., HttpResponseBase]], Any]:
    """A page of a client whom the person opened, with a reason, a moment ago (a decorator). The
    ledger hears of it."""

    def decorate(view: Callable[..., HttpResponseBase]) -> Any:
        @for_staff
        @wraps(view)
        def opened(request: HttpRequest, code: str, client_id: UUID) -> HttpResponseBase:
            found = find_client(code, client_id)
            if opening.holding(found) is None:
                return redirect("monitoring:why", code, client_id)
            tell(request, found.service, f"everything held about client {found.reference}{how}.")
            return view(request, found)

        return opened

    return decorate


@_of_an_opened_client("")
def everything(request: HttpRequest, found: Client) -> HttpResponse:
    """The whole record of a client on one page."""
    context = {"service": found.service, "client": found, "record": _held(found)}
    return render(request, "monitoring/own/everything.html", context)


@_of_an_opened_client(", as a PDF")
def pdf(_request: HttpRequest, found: Client) -> HttpResponse:
    """The same as a PDF, to give to the client."""
    return HttpResponse(
        as_pdf(_held(found)), content_type="application/pdf", headers=_saved_as("pdf")
    )


@_of_an_opened_client(", as files")
def files(request: HttpRequest, found: Client) -> HttpResponseBase:
    """The same as files of the data set, to take to another service."""
    pieces = zipped(found.service, _EVER, lambda: staff_reach(request.user), only=found)
    return StreamingHttpResponse(pieces, content_type="application/zip", headers=_saved_as("zip"))


def _held(client: Client) -> Everything:
    """All that is held; a manager sees when it was opened, too."""
    manages = reach.managed().filter(pk=client.service_id).exists()
    return held(client, with_openings=manages)


def _saved_as(ending: str) -> dict[str, str]:
    """A name of a file that says nothing about whom it is of."""
    file = f"client-record-{timezone.localdate()}.{ending}"
    return {"Content-Disposition": f'attachment; filename="{file}"'}
