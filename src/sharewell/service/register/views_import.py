"""Taking in editions, by those who keep the register; and comparing a reformatted page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from sharewell import register as room
from sharewell.service.gate import seen_by, signed_in
from sharewell.service.jobs.interface import enqueue
from sharewell.service.recording import record_access
from sharewell.service.register import reading
from sharewell.service.register.forms import PageForm, TakeInForm
from sharewell.service.register.keeping import key_of
from sharewell.service.register.models import Applicant, Series
from sharewell.service.register.views import KEEPERS
from sharewell.service.register.work import TAKE_IN, TAKE_IN_OWN, put_aside


@seen_by(KEEPERS)
def take_in(request: HttpRequest) -> HttpResponse:
    """Takes in a workbook: looked at here, read by the worker."""
    form = TakeInForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        file = form.cleaned_data["workbook"]
        file.seek(0)
        published = form.cleaned_data["published"]
        upload = put_aside(file.read())
        record_access(request, f"The register: asked to take in {file.name}.", act="decide")
        job = enqueue(
            TAKE_IN,
            request.user,
            title=f"Take in {file.name}"[:200],
            upload=upload,
            name=file.name,
            published=published.isoformat() if published else "",
            by=request.user.name,
        )
        return redirect(job)
    latest = [found for series in Series.values if (found := reading.latest(series))]
    return render(request, "register/import.html", {"form": form, "latest": latest})


@seen_by(KEEPERS)
@require_POST
def take_in_own(request: HttpRequest) -> HttpResponse:
    """Makes an edition of Sharewell's own register, of today."""
    record_access(request, "The register: asked for an edition of its own.", act="decide")
    title = "Make an edition of Sharewell's own register"
    return redirect(enqueue(TAKE_IN_OWN, request.user, title=title, by=request.user.name))


@seen_by(signed_in)
def compare_page(request: HttpRequest) -> HttpResponse:
    """A reformatted page against the latest edition, or against a later snapshot."""
    form = PageForm(request.POST or None)
    context = {"form": form, "edition": reading.latest()}
    if form.is_valid():
        page, later = form.cleaned_data["page"], form.cleaned_data["later"]
        if later:
            context["changes"] = room.compare_pages(page, later)
        elif edition := context["edition"]:
            references = [project.agreement.reference for project in page.projects]
            part = reading.of_references(edition, references)
            found = room.confirm(page, part)
            applicant = Applicant.objects.filter(key=key_of(page.organisation)).first()
            if applicant:
                whole = reading.of_applicant(edition, applicant)
                found = room.confirm(page, whole) if not found.unknown else found
            context["confirmation"] = found
    return render(request, "register/page.html", context)
