"""Published figures: anyone may read and take them, without signing in."""

from __future__ import annotations

from datetime import date
from pathlib import PurePosixPath

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render

from sharewell.ledger import Entry
from sharewell.service.agreements.interface import at_hand
from sharewell.service.gate import public, seen_by
from sharewell.service.home import home
from sharewell.service.releases import facts, looking
from sharewell.service.releases.sending import attachment, stream
from sharewell.service.releases.views_review import shown

_TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@seen_by(public)
def published(request: HttpRequest) -> HttpResponse:
    """Everything that was published, the latest first."""
    entries = sorted(home().ledger.entries(kind="publish"), key=lambda entry: -entry.seq)
    titles = _titles()
    page = Paginator(entries, 25).get_page(request.GET.get("page"))
    rows = [
        {
            "entry": entry,
            "tables": [table["title"] for table in entry.body["tables"]],
            "title": titles.get(entry.body["reference"], ""),
            "on": date.fromisoformat(entry.body["on"]),
        }
        for entry in page
    ]
    return render(request, "releases/published.html", {"rows": rows, "page": page})


@seen_by(public)
def published_release(request: HttpRequest, name: str) -> HttpResponse:
    """One published release and its files."""
    entry = _entry(name)
    context = {
        "entry": entry,
        "on": date.fromisoformat(entry.body["on"]),
        "title": _titles().get(entry.body["reference"], ""),
        "tables": [table["title"] for table in entry.body["tables"]],
        "files": facts.files(entry),
        "reviews": len(entry.body.get("reviews", ())),
        "quoted": facts.quoted(entry),
    }
    return render(request, "releases/published_release.html", context)


@seen_by(public)
def published_see(request: HttpRequest, name: str, file: str) -> HttpResponse:
    """A published file, in the browser."""
    entry = _entry(name)
    ref = looking.file_called(entry, file)
    if ref is None:
        raise Http404
    context = {**shown(request, ref), "entry": entry, "name": file}
    return render(request, "releases/published_see.html", context)


@seen_by(public)
def published_get(_request: HttpRequest, name: str, file: str) -> StreamingHttpResponse:
    """A published file, to keep."""
    ref = looking.file_called(_entry(name), file)
    if ref is None:
        raise Http404
    pure = PurePosixPath(file)
    kind = _TYPES.get(pure.suffix, "application/octet-stream")
    return attachment(pure.name, ref.bytes, stream(home().files.path(ref.sha256)), kind)


def _entry(name: str) -> Entry:
    for entry in home().ledger.entries(kind="publish", where={"release": name}):
        return entry
    raise Http404


def _titles() -> dict[str, str]:
    return {agreement.reference: agreement.title for agreement in at_hand()}
