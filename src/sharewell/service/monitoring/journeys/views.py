"""Pages of journeys: tables of an area, and timelines of a client and of a person.

Tables come from what is protected and stored. No page counts anything.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from sharewell.service.gate import role, seen_by
from sharewell.service.monitoring import opening, reach
from sharewell.service.monitoring.journeys import shown as protected
from sharewell.service.monitoring.journeys.areas import (
    area_name,
    areas_seen,
    reach_here,
    year_name,
)
from sharewell.service.monitoring.journeys.forms import LookForm, YearForm
from sharewell.service.monitoring.journeys.timelines import (
    derived_of,
    of_client,
    of_person,
    people_who_move,
)
from sharewell.service.monitoring.journeys.work import ask
from sharewell.service.monitoring.pages import find_client, for_staff, tell
from sharewell.service.monitoring.reach import ANALYST, COMMISSIONER, areas_of, within
from sharewell.service.recording import record_access

View = Callable[..., Any]


def of_area(*roles: str) -> Callable[[View], View]:
    """A page of an area for who holds one of the roles there (a decorator); Http404 elsewhere.
    The view is given the role in which they look."""

    def decorate(view: View) -> View:
        @seen_by(role(*roles))
        @wraps(view)
        def reached(request: HttpRequest, area: str, *args: Any, **given: Any) -> Any:
            here, as_role = reach_here(request.user, area, roles)
            with within(here):
                if not reach.services().exists():
                    raise Http404
                return view(request, area, as_role, *args, **given)

        return reached

    return decorate


@seen_by(role(COMMISSIONER, ANALYST))
def areas(request: HttpRequest) -> HttpResponse:
    """Which area? Who sees one is there already."""
    found = areas_seen(request.user)
    if len(found) == 1:
        return redirect("monitoring:journeys_area", found[0][0])
    return render(request, "monitoring/journeys/areas.html", {"areas": found})


@of_area(COMMISSIONER, ANALYST)
def area(request: HttpRequest, area: str, as_role: str) -> HttpResponse:
    """Who moves from where to where in an area and a year, protected."""
    form = YearForm(request.GET if "year" in request.GET else None)
    year = form.chosen
    found = protected.last_shown(area, year)
    where = f"journeys in {area_name(area)}, {year_name(year)}"
    context: dict[str, Any] = {
        "area": area,
        "name": area_name(area),
        "year": year,
        "year_name": year_name(year),
        "form": form if form.is_bound else YearForm(initial={"year": year}),
        "shown": found,
        "was_counted": reach.journey_tables().filter(area=area, year=year).exists(),
        "analyst": _analyses(request.user, area),
    }
    if found is not None:
        record_access(request, f"The protected {where}.", act="preview", role=as_role)
        context["chart"] = protected.chart(found, f"{where[0].upper()}{where[1:]}")
        context["tables"] = protected.tables(found)
    return render(request, "monitoring/journeys/area.html", context)


@of_area(COMMISSIONER, ANALYST)
@require_POST
def count(request: HttpRequest, area: str, _as_role: str) -> HttpResponse:
    """Has the journeys of an area and year counted anew."""
    form = YearForm(request.POST if "year" in request.POST else None)
    if form.is_bound and not form.is_valid():
        raise Http404
    return redirect(ask(request.user, area, form.chosen))


@of_area(COMMISSIONER, ANALYST)
def file(request: HttpRequest, area: str, as_role: str, year: int, name: str) -> HttpResponse:
    """A protected table as CSV: what the page shows, and no more."""
    found = protected.last_shown(area, year)
    if found is None or name not in found.tables:
        raise Http404
    where = f"{area_name(area)}, {year_name(year)}"
    record_access(
        request, f"The protected table '{name}' of journeys in {where}.", act="download",
        role=as_role,
    )  # fmt: skip
    text = protected.as_csv(found.tables[name], area_name(area), year_name(year))
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    file_name = f"journeys-{area}-{year_name(year)}-{name}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return answer


@of_area(ANALYST)
def people(request: HttpRequest, area: str, as_role: str) -> HttpResponse:
    """People seen at several services, under pseudonyms."""
    page = Paginator(people_who_move(), 25).get_page(request.GET.get("page"))
    record_access(
        request, f"People in {area_name(area)} by number of services, page {page.number}.",
        role=as_role,
    )  # fmt: skip
    context = {"area": area, "name": area_name(area), "page": page}
    return render(request, "monitoring/journeys/people.html", context)


@of_area(ANALYST)
def person(request: HttpRequest, area: str, as_role: str, pseudonym: str) -> HttpResponse:
    """A person's timeline across services, for a reason that the ledger keeps."""
    told = of_person(pseudonym)
    called = pseudonym[:12]
    context: dict[str, Any] = {"area": area, "name": area_name(area), "called": called}
    if not _looks(request, area, pseudonym):
        form = LookForm(request.POST or None)
        if not form.is_valid():
            context["form"] = form
            return render(request, "monitoring/journeys/look.html", context)
        request.session[_key(area, pseudonym)] = timezone.now().isoformat()
        record_access(
            request, f"Opened person {called}: {form.cleaned_data['words']}", role=as_role
        )
        return redirect("monitoring:journeys_person", area, pseudonym)
    record_access(request, f"The timeline of person {called}.", role=as_role)
    context |= {"timeline": told, "derived": derived_of(pseudonym)}
    return render(request, "monitoring/journeys/person.html", context)


@for_staff
def timeline(request: HttpRequest, code: str, client_id: UUID) -> HttpResponse:
    """A client's timeline, from the service's own records alone."""
    found = find_client(code, client_id)
    if opening.holding(found) is None:
        return redirect("monitoring:why", code, client_id)
    tell(request, found.service, f"the timeline of client {found.reference}.")
    context = {"service": found.service, "client": found, "timeline": of_client(found)}
    return render(request, "monitoring/journeys/timeline.html", context)


def _analyses(user: Any, area: str) -> bool:
    """Whether the person may look at people of the area under pseudonyms."""
    mine = areas_of(user, ANALYST)
    return mine is None or area in mine


def _key(area: str, pseudonym: str) -> str:
    return f"looks at {area} {pseudonym}"


def _looks(request: HttpRequest, area: str, pseudonym: str) -> bool:
    """Whether the reason that they gave for this person still holds."""
    given = request.session.get(_key(area, pseudonym))
    return bool(given) and datetime.fromisoformat(given) > timezone.now() - opening.HOLDS
