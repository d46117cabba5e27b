"""The quality of a service's data, for who manages it: what to mend, and how it went."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from sharewell.service.monitoring.checks import data_set_of
from sharewell.service.monitoring.models import Service
from sharewell.service.monitoring.own import asking, quality
from sharewell.service.monitoring.own.doubts import DOUBTS, completeness, doubt_called
from sharewell.service.monitoring.own.figures import Row, Table
from sharewell.service.monitoring.own.files import found_in_files
from sharewell.service.monitoring.own.pages import asked
from sharewell.service.monitoring.own.quality import Share, Trend
from sharewell.service.monitoring.pages import find_managed, for_managers, modules_of, tell

_HERE = "monitoring:own_quality"


@for_managers
def overview(request: HttpRequest, code: str) -> HttpResponse:
    """What is doubtful, late, objected to and incomplete."""
    service = find_managed(code)
    period, context = asked(request, service, _HERE)
    found = asking.entered(service, period)
    late = quality.lateness(
        period.months, {month: (each.all, *each.spans) for month, each in found.items()}
    )
    objecting = Trend(
        "objected",
        "Records of people who object",
        tuple(
            Share(found[month].objected, found[month].all) if month in found else Share(0, 0)
            for month in period.months
        ),
    )
    context |= {
        "doubts": [
            (doubt, doubt.of(service, period).count()) for doubt in DOUBTS.values()
        ],
        "late": Trend("late", "Entered more than 7 days after", tuple(m.late for m in late)),
        "lateness": _lateness(late),
        "objecting": objecting,
        "jumps": [
            (f"{period.months[place]:%B %Y}", objecting.months[place])
            for place in quality.jumps(objecting.months)
        ],
        "files": found_in_files(service, period),
        "trends": completeness(service, period, data_set_of().module("client")),
        "module": data_set_of().module("client"),
        "modules": modules_of(service),
    }  # fmt: skip
    tell(request, service, f"the quality of its data, {period.label}.")
    return render(request, "monitoring/own/quality.html", context)


@for_managers
def module(request: HttpRequest, code: str, module: str) -> HttpResponse:
    """How complete the fields of one module are."""
    service = find_managed(code)
    found = next((m for m in modules_of(service) if m.id == module), None)
    if found is None:
        raise Http404
    period, context = asked(request, service, _HERE)
    context |= {
        "title": f"Quality of the data: {found.title.lower()}",
        "module": found,
        "modules": modules_of(service),
        "trends": completeness(service, period, found),
    }
    tell(request, service, f"the quality of its data, {found.id}, {period.label}.")
    return render(request, "monitoring/own/quality_module.html", context)


@for_managers
def mend(request: HttpRequest, code: str, what: str) -> HttpResponse:
    """The clients or records that one doubt is about, by code and day alone."""
    service = find_managed(code)
    doubt = doubt_called(what)
    if doubt is None:
        raise Http404
    period, context = asked(request, service, _HERE)
    found = doubt.of(service, period)
    if doubt.clients:
        found = found.order_by("reference")
    else:
        found = found.select_related("client").order_by("-day", "pk")
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    context |= {
        "title": doubt.title,
        "doubt": doubt,
        "page": page,
        "groups": _groups(service) if doubt.name == "alike" else {},
        "titles": {m.id: m.title for m in data_set_of().modules},
    }
    tell(request, service, f"which records to mend: {doubt.title.lower()}.")
    return render(request, "monitoring/own/mend.html", context)


def _lateness(late: list[quality.Lateness]) -> Table:
    rows = [
        Row(f"{m.month:%b %Y}", (m.records, m.next_day, m.week, m.days_30, m.later)) for m in late
    ]
    head = ("Month", "Records", "Within a day", "2 to 7 days", "8 to 30 days", "More than 30 days")
    return Table("lateness", "From the day to its entry", head, tuple(rows), drawn=3)


def _groups(service: Service) -> dict[object, int]:
    """The number of the group of those alike, by client."""
    groups = asking.duplicates(service)
    return {key: number for number, group in enumerate(groups, start=1) for key in group}
