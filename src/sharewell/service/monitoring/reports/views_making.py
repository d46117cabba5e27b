"""The pages of an analyst who makes reports, and who studies records without names."""

from __future__ import annotations

from itertools import islice
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Min
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from sharewell.catalogue.breakdowns import financial_year
from sharewell.service.gate import role, seen_by
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.errors import MonitoringFault
from sharewell.service.monitoring.models import Report
from sharewell.service.monitoring.reach import ANALYST, analyst_reach, counting_reach, within
from sharewell.service.monitoring.reports import extract, making, shelf, words
from sharewell.service.monitoring.reports.consent import Changed, changed
from sharewell.service.monitoring.reports.forms import ExtractForm, PeriodForm
from sharewell.service.monitoring.reports.periods import Period, ended, period_of
from sharewell.service.monitoring.reports.reading import Reading, areas_for, reading, reads_all
from sharewell.service.recording import record_access

MOST = 50
"""Records on the page."""


@seen_by(role(ANALYST))
def made_reports(request: HttpRequest) -> HttpResponse:
    """Every report, the latest first; and a new one."""
    _only_for_all_areas(request)
    form = PeriodForm(request.POST or None, periods=_periods())
    if form.is_valid():
        if asked := _asked(request, form.cleaned_data["period"]):
            return redirect(asked.job)
        return redirect("monitoring:made_reports")
    with within(analyst_reach(request.user)):
        page = Paginator(reach.reports(), 25).get_page(request.GET.get("page"))
        told = [_told(making.caught_up(each)) for each in page]
    context = {"form": form, "page": page, "reports": told}
    return render(request, "monitoring/reports/made.html", context)


@seen_by(role(ANALYST))
def made_report(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """One report: how far it is, whose answers changed since, and making it anew."""
    _only_for_all_areas(request)
    with within(analyst_reach(request.user)):
        found = making.caught_up(get_object_or_404(reach.reports(), pk=report_id))
        period = period_of(found.first, found.last)
        shared = found.state == Report.State.SHARED
        current = shared and shelf.shared(period) == found
    if request.method == "POST":
        asked = _asked(request, period)
        return redirect(asked.job if asked else request.path)
    entry = shelf.entry_of(found) if shared else None
    context = {
        **_told(found),
        "facts": words.facts(found, entry),
        "current": current,
        "changed": changed(found) if current else Changed(0, 0),
        "ask": making.where_to_ask(request.user, found) if current else "",
    }
    return render(request, "monitoring/reports/made_one.html", context)


@seen_by(role(ANALYST))
def records(request: HttpRequest) -> HttpResponseBase:
    """Records of clients who consent, under pseudonyms: a few on the page, or all as CSV."""
    areas = [area for area in areas_for(request.user) if _analyses(request, area.code)]
    form = ExtractForm(request.POST or None, periods=_periods(), areas=areas)
    context: dict[str, Any] = {"form": form, "columns": extract.COLUMNS, "most": MOST}
    if form.is_valid():
        given = form.cleaned_data
        who = reading(request.user, given["area"])
        period: Period = given["period"]
        take = request.POST.get("act") == "take"
        with within(who.reach):
            count = extract.count(period)
            _tell(request, who, period, count if take else min(count, MOST), given["purpose"])
            if take:
                lines = extract.as_csv(who.reach, period)
                response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
                name = f"records-{given['area']}-{period.slug}.csv"
                response["Content-Disposition"] = f'attachment; filename="{name}"'
                return response
            context |= {"count": count, "rows": list(islice(extract.rows(period, MOST), MOST))}
    return render(request, "monitoring/reports/extract.html", context)


def _only_for_all_areas(request: HttpRequest) -> None:
    """A report is made of all areas at once, by who analyses all of them; Http404."""
    if not reads_all(request.user):
        raise Http404


def _analyses(request: HttpRequest, area: str) -> bool:
    return reading(request.user, area).role == ANALYST


def _asked(request: HttpRequest, period: Period) -> Report | None:
    try:
        return making.ask_for_report(request.user, period)
    except MonitoringFault as fault:
        messages.warning(request, str(fault))
        return None


def _periods() -> list[Period]:
    """The periods that ended since the first client came of those who may be counted."""
    with within(counting_reach()):
        first = reach.clients().aggregate(first=Min("registered_on"))["first"]
    if first is None:
        return []
    return list(ended(Period(financial_year(first)).first, timezone.localdate()))


def _told(report: Report) -> dict[str, Any]:
    state = Report.State(report.state)
    colours = {
        Report.State.MAKING: "blue",
        Report.State.SHARED: "green",
        Report.State.FAILED: "red",
    }
    return {
        "report": report,
        "period": period_of(report.first, report.last),
        "state": state.value.capitalize(),
        "colour": colours[state],
    }


def _tell(request: HttpRequest, who: Reading, period: Period, count: int, purpose: str) -> None:
    """Records are about people, whatever they lack: each look is in the ledger."""
    what = f"{count:,} records without names of {who.area.code}, {period.slug}, for: {purpose}"
    record_access(request, what, role=who.role)
