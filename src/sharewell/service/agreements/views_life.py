"""What becomes of a signed agreement: it is amended, renewed or ended."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from sharewell.agreements import Agreement
from sharewell.agreements.lifecycle import MANAGER
from sharewell.agreements.writing import with_values
from sharewell.flows.agreeing import duties_at_the_end, end, text_of
from sharewell.service.accounts.interface import acting_person
from sharewell.service.agreements.draft_forms import EndForm, RenewForm, TextForm
from sharewell.service.agreements.interface import governing, versions_for
from sharewell.service.agreements.views import readers
from sharewell.service.agreements.views_new import attempt, download, keep
from sharewell.service.gate import role, seen_by
from sharewell.service.home import agreement_places, home


@seen_by(readers)
def file(request: HttpRequest, reference: str, version: str) -> HttpResponse:
    """The text of a signed version, as a file."""
    name = f"{reference}-v{version}"
    for found in versions_for(request.user, reference):
        if found.name == name:
            return download(text_of(agreement_places(), name), f"{name}.yaml")
    raise Http404


@seen_by(role(MANAGER))
def amend(request: HttpRequest, reference: str) -> HttpResponse:
    """The latest text, to change into the next version."""
    latest = versions_for(request.user, reference, MANAGER)[-1]
    major, minor = latest.number
    raw = text_of(agreement_places(), latest.name)
    text = with_values(raw, latest.name, {("version",): f"{major}.{minor + 1}"})
    form = TextForm(request.POST or None, initial={"text": text.decode("utf-8")})
    if form.is_valid():
        yielded = form.cleaned_data["yielded"]
        if done := keep(request, form, form.raw(), "The text", yielded, reference):
            return done
    context = {
        "form": form,
        "agreement": latest,
        "title": f"Amend {latest.name}",
        "action": "Keep as a draft",
    }
    return render(request, "agreements/text.html", context)


@seen_by(role(MANAGER))
def renew(request: HttpRequest, reference: str) -> HttpResponse:
    """The latest text with another term, and what the agreement has yielded."""
    latest = versions_for(request.user, reference, MANAGER)[-1]
    form = RenewForm(
        request.POST or None, before=latest, initial={"version": f"{latest.number[0] + 1}.0"}
    )
    if form.is_valid():
        given = form.cleaned_data
        raw = attempt(form, lambda: _renewed(latest, given))
        done = raw and keep(request, form, raw, "The text", given["yielded"], reference)
        if done:
            return done
    return render(request, "agreements/renew.html", {"form": form, "agreement": latest})


@seen_by(role(MANAGER), fresh=True)
def end_early(request: HttpRequest, reference: str) -> HttpResponse:
    """Ends every version with a day, for a reason."""
    now = governing(versions_for(request.user, reference, MANAGER), timezone.localdate())
    today = timezone.localdate()
    form = EndForm(request.POST or None, initial={"until": today})
    if form.is_valid():
        person = acting_person(request.user, role=MANAGER, agreement=reference)
        given = form.cleaned_data

        def ended() -> Any:
            return end(
                home(),
                person,
                agreement_places(),
                reference,
                until=given["until"],
                reason=given["reason"],
                on=today,
            )

        if attempt(form, ended):
            messages.success(request, f"{reference} ends with {given['until']:%-d %B %Y}.")
            return redirect("agreements:agreement", reference)
    begin = set(duties_at_the_end(now))
    context = {
        "form": form,
        "agreement": now,
        "duties": [duty for duty in now.duties if duty.id in begin],
    }
    return render(request, "agreements/end.html", context)


def _renewed(latest: Agreement, given: dict[str, Any]) -> bytes:
    return with_values(
        text_of(agreement_places(), latest.name),
        latest.name,
        {
            ("version",): given["version"],
            ("term", "first"): given["first"],
            ("term", "last"): given["last"],
            ("term", "words"): given["words"],
        },
    )
