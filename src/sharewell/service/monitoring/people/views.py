"""The count: exact, stepwise and corrected, side by side."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from sharewell.service.gate import role, seen_by
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.people import counting, work
from sharewell.service.monitoring.people.errors import NotFoundYet
from sharewell.service.monitoring.people.forms import CountForm, area_choices
from sharewell.service.monitoring.people.picture import picture
from sharewell.service.monitoring.reach import ANALYST, analyst_reach, areas_of, within
from sharewell.service.recording import record_access

View = Callable[..., Any]


def for_analysts(view: View) -> View:
    """A page for analysts, within the area that ``?area=`` names of those that are theirs (a
    decorator). The page finds the area in ``request.area``, and all of theirs in
    ``request.areas``. Http404 for another area."""

    @wraps(view)
    def reached(request: Any, *args: Any, **kwargs: Any) -> Any:
        allowed = areas_of(request.user, ANALYST)
        area = request.GET.get("area", "")
        if allowed is not None:
            area = area or min(allowed, default="-")
        with within(reach.administrator_reach(request.user)):
            request.areas = area_choices(allowed)
        if area not in dict(request.areas):
            raise Http404
        request.area = area
        with within(analyst_reach(request.user, area)):
            return view(request, *args, **kwargs)

    return seen_by(role(ANALYST))(reached)


def tell(request: HttpRequest, what: str, *, act: str = "read") -> None:
    """Appends to the ledger what an analyst saw or did. It names client records by pseudonym."""
    record_access(request, what, act=act, role=ANALYST)


@for_analysts
def count(request: HttpRequest) -> HttpResponse:
    """Whom to count, and how many they are."""
    asked = "first_0" in request.GET
    form = CountForm(
        request.GET if asked else None, areas=request.areas, initial={"area": request.area}
    )
    context: dict[str, Any] = {"form": form, "linking": reach.linkings().first()}
    if form.is_valid():
        try:
            answer = counting.count(form.question(request.area))
        except NotFoundYet as fault:
            form.add_error(None, str(fault))
        else:
            context |= _shown(answer, form)
            tell(request, f"count of people: {context['words']}")
    if context["linking"]:
        context["outdated"] = counting.outdated(context["linking"])
    return render(request, "monitoring/people/count.html", context)


@for_analysts
@require_POST
def find(request: HttpRequest) -> HttpResponse:
    """Has who is who found now; leads to how far it has come."""
    tell(request, "who is who was asked to be found.", act="decide")
    return redirect(work.ask_for(request.user))


def _shown(answer: counting.Answer, form: CountForm) -> dict[str, Any]:
    question, people = answer.question, answer.people
    area, module, cohort = (
        dict(form.fields[name].choices)[getattr(question, name)]
        for name in ("area", "module", "cohort")
    )
    by = dict(form.fields["by"].choices)[question.by] if question.area else "at any service"
    period = f"{question.first:%-d %B %Y} to {question.last:%-d %B %Y}"
    words = f"{area} ({by}), {period}, activity: {module.lower()}, cohort: {cohort.lower()}"
    sure = f"{people.low:,.0f} to {people.high:,.0f} with {people.level:.0%} confidence"
    figures = [
        ("Exact", f"{people.exact:,}", "Different attributors, client records counted once."),
        (
            "Stepwise",
            f"{people.stepwise:,}",
            "After linking attributors of which one part differs, and what clerks decided.",
        ),
        (
            "Corrected",
            f"{people.corrected:,.0f}",
            f"{sure}. Less attributors that are errors, plus people who share one.",
        ),
    ]
    details = [
        ("Client records", f"{answer.clients:,}"),
        ("Their activity", f"{answer.records:,} records"),
        ("Attributors taken to be recording errors", f"{people.spurious:,.1f}"),
        ("People taken to share another's attributor", f"{people.sharing:,.1f}"),
        ("Days of birth recorded far too often", f"{people.heaped:,}"),
        ("Stepwise, if the district must agree", f"{answer.strict:,}"),
        ("Activity of who objects (the dummy attributor)", f"{answer.objected:,}, of nobody"),
        ("Activity that nobody was named for", f"{answer.unnamed:,}, of nobody"),
    ]
    return {
        "answer": answer,
        "words": words,
        "figures": figures,
        "details": details,
        "picture": picture(answer),
    }
