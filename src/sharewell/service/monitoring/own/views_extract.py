"""The service's own data as files, for who manages it."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone

from sharewell.service.gate import role, seen_by
from sharewell.service.monitoring.own import rows
from sharewell.service.monitoring.own.extract import zipped
from sharewell.service.monitoring.own.pages import asked
from sharewell.service.monitoring.pages import find_managed, tell
from sharewell.service.monitoring.reach import MANAGER, in_reach, staff_reach


class TakeForm(forms.Form):
    """That the person knows what they take."""

    mine = forms.BooleanField(
        label="I take these files for this service, keep them where nobody else reads them, and "
        "delete them when I have done with them",
        error_messages={"required": "Say that you will keep the files safe."},
    )


@seen_by(role(MANAGER), fresh=True)
@in_reach(staff_reach)
def extract(request: HttpRequest, code: str) -> HttpResponseBase:
    """Takes the service's clients and activity of a period out, as files."""
    service = find_managed(code)
    period, context = asked(request, service, "monitoring:own_extract")
    form = TakeForm(request.POST if request.method == "POST" else None)
    clients, records = rows.clients(service).count(), rows.records(service, period).count()
    if form.is_valid():
        told = f"an extract of its data, {period.label}: {clients} clients, {records} records."
        tell(request, service, told)
        name = f"{service.code.lower()}-extract-{timezone.localdate()}.zip"
        return StreamingHttpResponse(
            zipped(service, period, lambda: staff_reach(request.user)),
            content_type="application/zip",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )
    context |= {"take": form, "clients": clients, "records": records}
    if request.method == "POST":
        context["form"] = form
    return render(request, "monitoring/own/extract.html", context)
