"""Reading agreements and asking them. Who reaches none of its parties does not find one."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from sharewell.agreements import Agreement, RequestError, overlaps
from sharewell.flows.asking import inquire
from sharewell.flows.reviewing import access_list
from sharewell.service.accounts.interface import acting_person, roles_of
from sharewell.service.agreements import facts
from sharewell.service.agreements.drafts import drafts_visible_to, ending_of
from sharewell.service.agreements.forms import AskForm
from sharewell.service.agreements.interface import READERS, governing, versions_for, visible_to
from sharewell.service.agreements.views_access import MANAGER, REVIEWERS
from sharewell.service.gate import role, seen_by
from sharewell.service.home import home
from sharewell.service.recording import record_access

readers = role(*READERS)


@seen_by(readers)
def agreements(request: HttpRequest) -> HttpResponse:
    """The agreements of the organisations for which I hold a role."""
    today = timezone.localdate()
    found = visible_to(request.user)
    rows = []
    for reference in dict.fromkeys(agreement.reference for agreement in found):
        versions = tuple(a for a in found if a.reference == reference)
        now = governing(versions, today)
        rows.append({"agreement": now, "state": state_on(now, today), "versions": len(versions)})
    context = {
        "rows": rows,
        "drafts": [d for d in drafts_visible_to(request.user) if d.life.undecided],
        "manages": MANAGER in roles_of(request.user),
    }
    return render(request, "agreements/list.html", context)


@seen_by(readers)
def agreement(request: HttpRequest, reference: str) -> HttpResponse:
    """One agreement, in the version that governs today."""
    versions = versions_for(request.user, reference)
    return _page(request, versions, governing(versions, timezone.localdate()))


@seen_by(readers)
def version(request: HttpRequest, reference: str, version: str) -> HttpResponse:
    """One version of an agreement."""
    versions = versions_for(request.user, reference)
    return _page(request, versions, _one(versions, version))


def _page(request: HttpRequest, versions: tuple[Agreement, ...], shown: Agreement) -> HttpResponse:
    today = timezone.localdate()
    entries = facts.released(home(), shown)
    named = access_list(home(), shown.reference)
    if named:  # who they are is personal data, and not the agreement's
        record_access(request, f"Who is on the access list of {shown.reference}.")
    pairs = pairwise(versions)
    reference = shown.reference
    context = {
        "agreement": shown,
        "state": state_on(shown, today),
        "governs": governing(versions, today).name == shown.name,
        "summary": facts.summary(shown),
        "clauses": facts.clauses(shown),
        "versions": [(v, state_on(v, today)) for v in reversed(versions)],
        "pairs": [(old.version, new.version) for old, new in pairs],
        "overlaps": overlaps(versions),
        "access": shown.access,
        "named": named,
        "manages": any(a.reference == reference for a in visible_to(request.user, MANAGER)),
        "ending": _ending(shown),
        "drafts": [
            draft
            for draft in drafts_visible_to(request.user)
            if draft.life.undecided and draft.agreement.reference == reference
        ],
        "reviews": bool(roles_of(request.user) & set(REVIEWERS)),
        "recipients": facts.recipients(shown),
        "released_head": ("Release", "What", "To", "Tables", "Files", "On", "Ledger entry"),
        "released": facts.release_rows(entries),
        "held_head": ("Where", "What", "Files"),
        "held": facts.held_rows(home(), shown, entries),
        "duties_head": ("Duty", "Of", "When", "Words"),
        "duties": facts.duty_rows(shown, today),
    }
    return render(request, "agreements/agreement.html", context)


@seen_by(readers)
def changes(request: HttpRequest, reference: str, old: str, new: str) -> HttpResponse:
    """What became allowed, what stopped being allowed, and which words changed."""
    versions = versions_for(request.user, reference)
    before, after = _one(versions, old), _one(versions, new)
    context = {"old": before, "new": after} | facts.differences(before, after)
    return render(request, "agreements/changes.html", context)


@seen_by(readers)
def ask(request: HttpRequest, reference: str) -> HttpResponse:
    """May this be done? The answer quotes its clause, and is in the ledger."""
    versions = versions_for(request.user, reference)
    today = timezone.localdate()
    now = governing(versions, today)
    form = AskForm(request.POST or None, agreement=now, initial={"on": today})
    decision = None
    if form.is_valid():
        try:
            asked = form.asked()
        except RequestError as error:
            for problem in error.problems:
                form.add_error(None, str(problem))
        else:
            person = acting_person(request.user, agreement=reference)
            on = governing(versions, asked.on)
            decision = inquire(home(), person, on, asked, request.id)
    context: dict[str, Any] = {"agreement": now, "form": form, "decision": decision}
    return render(request, "agreements/ask.html", context)


def state_on(agreement: Agreement, day: Any) -> tuple[str, str]:
    """In a word and a colour, where the agreement's term stands on a day."""
    term = agreement.term
    if term.last < term.first:
        return "Ended", "grey"
    if day < term.first:
        return "Not yet", "yellow"
    return ("In force", "green") if day <= term.last else ("Ended", "grey")


def _ending(agreement: Agreement) -> dict[str, Any] | None:
    """When, by whom and why it was ended here, and which duties run since."""
    entry = ending_of(agreement.name)
    return entry and {
        "until": entry.body["until"],
        "by": entry.actor["name"],
        "reason": entry.body["reason"],
        "duties": entry.body["duties"],
    }


def _one(versions: tuple[Agreement, ...], version: str) -> Agreement:
    for found in versions:
        if found.version == version:
            return found
    raise Http404
