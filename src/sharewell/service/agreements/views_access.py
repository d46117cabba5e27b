"""The access list of an agreement, and its review."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from sharewell.agreements import Agreement
from sharewell.flows.errors import FlowError
from sharewell.flows.people import VERBS
from sharewell.flows.reviewing import name_person, remove_person, review_access
from sharewell.service.accounts.interface import acting_person, people_who_hold
from sharewell.service.agreements.forms import NameForm
from sharewell.service.agreements.interface import governing, versions_for, visible_to
from sharewell.service.gate import role, seen_by
from sharewell.service.home import home
from sharewell.service.recording import record_access

MANAGER = "agreement manager"
REVIEWERS = (MANAGER, "auditor")
_READS = frozenset({"tabulate", "supply", "extract", "combine", "share", "publish"})
DATA_ROLES = tuple(role_ for role_, verbs in VERBS.items() if verbs & _READS)
"""Roles in which people work with unpublished data."""


@seen_by(role(*REVIEWERS))
def review(request: HttpRequest, reference: str) -> HttpResponse:
    """Who may, who did, who did and should not, who never did, and whose papers lapsed."""
    versions = versions_for(request.user, reference, *REVIEWERS)
    today = timezone.localdate()
    record_access(request, f"Who saw data under {reference}.")  # personal data, not the agreement's
    found = review_access(home(), versions, today)
    agreement = governing(versions, today)
    context = {
        "agreement": agreement,
        "list_kept": any(clause.list_kept for clause in agreement.access),
        "review": found,
        "keeps": any(a.reference == reference for a in visible_to(request.user, MANAGER)),
        "did_head": ("Name", "Organisation", "Times", "First", "Last"),
        "did": [(d.name, d.organisation, d.times, d.first, d.last) for d in found.did],
        "breach_head": ("Name", "When", "What", "Why it should not have been", "Ledger entry"),
        "breaches": [(b.name, b.at, b.what, b.why, b.entry) for b in found.should_not],
        "never_head": ("Name", "Organisation", "Approved"),
        "never": [(n.name, n.organisation, n.approved) for n in found.never],
        "lapsed_head": ("Name", "What lapsed"),
        "lapsed": [(each.name, each.why) for each in found.lapsed],
    }
    return render(request, "agreements/access.html", context)


@seen_by(role(MANAGER), fresh=True)
def name(request: HttpRequest, reference: str) -> HttpResponse:
    """Puts somebody on the list, or changes what it says of them."""
    versions = versions_for(request.user, reference, MANAGER)
    agreement = governing(versions, timezone.localdate())
    people = _candidates(request, agreement)
    form = NameForm(
        request.POST or None,
        people=[(key, f"{p.name}, {p.role}, {p.organisation}") for key, p in people.items()],
        initial={"approved": timezone.localdate(), "approval_ends": agreement.term.last},
    )
    if form.is_valid():
        named = form.named(people[form.cleaned_data["person"]])
        try:
            name_person(home(), _manager(request, reference), agreement, named)
        except FlowError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{named.name} is on the list.")
            return redirect("agreements:access", reference)
    context = {"agreement": agreement, "form": form, "nobody": not people}
    return render(request, "agreements/name.html", context)


@seen_by(role(MANAGER), fresh=True)
def remove(request: HttpRequest, reference: str, person: str) -> HttpResponse:
    """Takes somebody off the list."""
    versions = versions_for(request.user, reference, MANAGER)
    agreement = governing(versions, timezone.localdate())
    if request.method == "POST":
        try:
            remove_person(home(), _manager(request, reference), agreement, person)
        except FlowError as error:
            messages.warning(request, str(error))
        else:
            messages.success(request, "They are off the list.")
        return redirect("agreements:access", reference)
    return render(request, "agreements/remove.html", {"agreement": agreement})


def _manager(request: HttpRequest, reference: str) -> Any:
    return acting_person(request.user, role=MANAGER, agreement=reference)


def _candidates(request: HttpRequest, agreement: Agreement) -> dict[str, Any]:
    """Who works with data for a party, and is not the one who asks, by account."""
    found = {}
    for party in agreement.organisations:
        for data_role in DATA_ROLES:
            for user in people_who_hold(
                data_role, organisation=party.short, agreement=agreement.reference
            ):
                if user != request.user:
                    person = acting_person(user, role=data_role, agreement=agreement.reference)
                    found[f"{user.pk} {data_role}"] = person
    return found
