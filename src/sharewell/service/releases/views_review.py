"""Looking at the files before they leave, and saying what one thinks of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from sharewell.flows.errors import FlowError
from sharewell.flows.home import leaving
from sharewell.flows.preparing import prepared_entry
from sharewell.ledger import FileRef
from sharewell.service.gate import role, seen_by
from sharewell.service.home import home
from sharewell.service.recording import record_access
from sharewell.service.releases import actions, looking
from sharewell.service.releases.errors import ReleaseError
from sharewell.service.releases.forms import NoteForm, VerdictForm
from sharewell.service.releases.models import Release
from sharewell.service.releases.permissions import (
    ASKERS,
    REVIEWER,
    check_may_review,
    looks_inside,
    may_review,
)
from sharewell.service.releases.states import State
from sharewell.service.releases.views import find_release

ROWS = 50


@seen_by(role(*ASKERS, REVIEWER))
def file(request: HttpRequest, release_id: UUID, name: str) -> HttpResponse:
    """One file as a table, as words, or as text; each look is in the ledger."""
    found = find_release(request, release_id)
    if found.prepared is None or found.state == State.STOPPED:
        raise Http404
    entry = prepared_entry(home(), found.prepared)
    ref = looking.file_called(entry, name)
    if name == looking.REVIEWERS_PAGE and request.user != found.requester:
        ref = looking.reviewers_page(entry)
    if ref is None or not looks_inside(request.user, found):
        raise Http404
    reviewing = _reviews_now(request, found)
    form = NoteForm(request.POST or None) if reviewing else None
    if form is not None and form.is_valid():
        try:
            actions.note(request, found, name, form.cleaned_data["text"])
        except ReleaseError as error:
            messages.warning(request, str(error))
        else:
            messages.success(request, "Your note is kept.")
        return redirect("releases:file", found.pk, name)
    _record(request, found, name, entry.body["clause"])
    context = {
        **shown(request, ref),
        "release": found,
        "name": name,
        "form": form,
        "notes": found.notes.filter(file=name, reviewer=request.user),
        "others": [ref.name for ref in leaving(entry)],
    }
    return render(request, "releases/file.html", context)


@seen_by(role(REVIEWER))
def review(request: HttpRequest, release_id: UUID) -> HttpResponse:
    """Gives a verdict, once."""
    found = find_release(request, release_id)
    form = VerdictForm(request.POST or None)
    if form.is_valid():
        given = form.cleaned_data
        try:
            now = actions.give_verdict(
                request, found, approve=given["approve"], comment=given["comment"]
            )
        except FlowError as error:
            messages.warning(request, str(error))
        else:
            messages.success(request, _thanks(now))
        return redirect("releases:release", found.pk)
    stopped = ""
    try:
        check_may_review(request.user, found)
    except ReleaseError as error:
        stopped = str(error)
    context = {
        "release": found,
        "form": form,
        "stopped": stopped,
        "open": _reviews_now(request, found),
        "notes": found.notes.filter(reviewer=request.user),
    }
    return render(request, "releases/review.html", context)


def shown(request: HttpRequest, ref: FileRef) -> dict[str, Any]:
    """A file for a page: the sheet and the rows asked for, or its words, or its text."""
    found = looking.show(ref.name, home().files.path(ref.sha256))
    context: dict[str, Any] = {"shown": found, "q": request.GET.get("q", "")[:100]}
    if found.sheets:
        asked = request.GET.get("sheet", "0")
        number = int(asked) if asked.isdecimal() and int(asked) < len(found.sheets) else 0
        sheet = found.sheets[number]
        rows = looking.containing(sheet.rows, context["q"])
        page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
        context |= {"sheet": sheet, "number": number, "rows": page, "all": len(sheet.rows)}
    return context


def _reviews_now(request: HttpRequest, release: Release) -> bool:
    return (
        release.state == State.REVIEW
        and may_review(request.user, release)
        and not release.reviews.filter(reviewer=request.user).exists()
    )


def _record(request: HttpRequest, release: Release, name: str, clause: str) -> None:
    """Protected figures were seen that not everybody may see yet."""
    if release.public and release.state == State.RELEASED:
        return
    mine = request.user == release.requester
    record_access(
        request,
        f"{release.name}: {name}",
        act="preview",
        agreement=release.reference,
        clause=clause,
        role=release.role if mine else REVIEWER,
    )


def _thanks(release: Release) -> str:
    if release.state == State.REVIEW:
        return "Your review is in. You will see the other one when it is in too."
    return f"Your review is in. Both are, and the release is {release.state}."
