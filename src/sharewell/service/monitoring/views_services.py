"""Services: which there are, what each records, who works there, and who opened which client."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from sharewell.service.gate import role, seen_by
from sharewell.service.monitoring import opening, reach, running
from sharewell.service.monitoring.checks import data_set_of
from sharewell.service.monitoring.pages import find_managed, for_managers, tell
from sharewell.service.monitoring.reach import ADMINISTRATOR, administrator_reach, in_reach
from sharewell.service.monitoring.service_forms import ModulesForm, ServiceForm, StaffForm


@seen_by(role(ADMINISTRATOR))
@in_reach(administrator_reach)
def services(request: HttpRequest) -> HttpResponse:
    """Every service, and no client."""
    titles = {module.id: module.title for module in data_set_of().modules}
    rows = [
        (s.name, s.code, s.organisation, s.area, ", ".join(titles.get(m, m) for m in s.modules))
        for s in reach.services()
    ]
    head = ("Service", "Code", "Organisation", "Local authority", "Records")
    return render(request, "monitoring/services.html", {"rows": rows, "head": head})


@seen_by(role(ADMINISTRATOR))
@in_reach(administrator_reach)
def new_service(request: HttpRequest) -> HttpResponse:
    """A new service of a provider."""
    form = ServiceForm(request.POST or None)
    if form.is_valid():
        made = running.open_service(request.user, **form.cleaned_data)
        messages.success(request, f"{made} is there. Its managers say who works there.")
        return redirect("monitoring:services")
    return render(request, "monitoring/service.html", {"form": form})


@for_managers
def manage(request: HttpRequest, code: str) -> HttpResponse:
    """What a service records, and who works there."""
    service = find_managed(code)
    kind = request.POST.get("form")
    modules = ModulesForm(
        request.POST if kind == "modules" else None, initial={"modules": service.modules}
    )
    staff = StaffForm(request.POST if kind == "staff" else None, service=service)
    if modules.is_valid():
        running.switch(request.user, service, modules.cleaned_data["modules"])
        messages.success(request, "The service records what you ticked from now on.")
        return redirect("monitoring:manage", code)
    if staff.is_valid():
        running.set_staff(request.user, service, staff.cleaned_data["people"])
        messages.success(request, "The staff of the service is who you ticked.")
        return redirect("monitoring:manage", code)
    context = {"service": service, "modules": modules, "staff": staff, "form": [modules, staff]}
    return render(request, "monitoring/manage.html", context)


@for_managers
def openings(request: HttpRequest, code: str) -> HttpResponse:
    """Who opened which client and why; first what shows no need."""
    service = find_managed(code)
    found = Paginator(reach.openings().filter(service=service), 200).get_page(
        request.GET.get("page")
    )
    reviewed = opening.reviewed(found)
    tell(request, service, "who opened which client.")
    context = {
        "service": service,
        "page": found,
        "outstanding": [each for each in reviewed if each.stands_out],
        "others": [each for each in reviewed if not each.stands_out],
        "reasons": opening.REASONS,
    }
    return render(request, "monitoring/openings.html", context)
