"""The pages of reports for commissioners and analysts. They show what was prepared."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from sharewell.ledger import Entry
from sharewell.service.gate import role, seen_by
from sharewell.service.monitoring.models import Report
from sharewell.service.monitoring.reach import ANALYST, within
from sharewell.service.monitoring.reports import files, shelf, words
from sharewell.service.monitoring.reports.consent import changed
from sharewell.service.monitoring.reports.figures import shown
from sharewell.service.monitoring.reports.periods import Period, period_called
from sharewell.service.monitoring.reports.reading import (
    READERS,
    Reading,
    areas_for,
    reading,
    reads_all,
)
from sharewell.service.monitoring.reports.three import three_figures
from sharewell.service.recording import record_access

BESIDE = "before"


@seen_by(role(*READERS))
def reports(request: HttpRequest) -> HttpResponse:
    """Which area, and which quarter or year?"""
    areas = areas_for(request.user)
    periods: list[Period] = []
    if areas:
        with within(reading(request.user, areas[0].code).reach):
            periods = shelf.periods()
    context = {
        "areas": areas,
        "periods": periods,
        "makes": reads_all(request.user),
        "extracts": ANALYST in {each.role for each in _readings(request, areas)},
    }
    return render(request, "monitoring/reports/choose.html", context)


@seen_by(role(*READERS))
def report(request: HttpRequest, area: str, period: str) -> HttpResponse:
    """The report of an area for a period: its tables, each with a picture."""
    who = reading(request.user, area)
    with within(who.reach):
        found, entry = _shared(period)
        before = shelf.shared(period_of_slug(period).before)
    beside = request.GET.get("beside") == BESIDE and before is not None
    earlier = shelf.entry_of(before) if before is not None and beside else None
    tables = shown(entry, area, earlier)
    _tell(request, who, found, entry, "read")
    if earlier is not None and before is not None:
        _tell(request, who, before, earlier, "read, beside the later one")
    context = {
        "area": who.area,
        "period": period_of_slug(period),
        "facts": words.facts(found, entry),
        "stale": bool(changed(found).answers),
        "before": before,
        "compares": beside,
        "figures": three_figures(entry, area),
        "tables": tables,
        "symbols": words.symbols(tables),
        "methods": (*words.METHODS, *words.corrected(entry)),
        "rules": words.rules(entry),
        "definitions": words.definitions(entry),
    }
    return render(request, "monitoring/reports/report.html", context)


@seen_by(role(*READERS))
def report_file(request: HttpRequest, area: str, period: str, name: str) -> HttpResponse:
    """The same figures as a workbook, or one table of them as CSV."""
    who = reading(request.user, area)
    with within(who.reach):
        found, entry = _shared(period)
    made = files.made(entry, who.area, name)
    if made is None:
        raise Http404
    _tell(request, who, found, entry, name, act="download")
    return made


def period_of_slug(slug: str) -> Period:
    """The period of an address; Http404."""
    found = period_called(slug)
    if found is None:
        raise Http404
    return found


def _shared(slug: str) -> tuple[Report, Entry]:
    found = shelf.shared(period_of_slug(slug))
    if found is None:
        raise Http404
    return found, shelf.entry_of(found)


def _readings(request: HttpRequest, areas: list[Any]) -> list[Reading]:
    return [reading(request.user, area.code) for area in areas]


def _tell(
    request: HttpRequest,
    who: Reading,
    found: Report,
    entry: Entry,
    what: str,
    *,
    act: str = "preview",
) -> None:
    """Appends that somebody saw figures that not everybody may see yet."""
    if shelf.is_published(found, entry):
        return
    record_access(
        request,
        f"{entry.body['release']} of {who.area.code}: {what}",
        act=act,
        agreement=entry.body["reference"],
        clause=entry.body["clause"],
        role=who.role,
    )
