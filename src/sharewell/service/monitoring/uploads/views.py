"""Uploads: sent, tested, applied, undone or left, and the history of them all."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from sharewell.service.monitoring import reach
from sharewell.service.monitoring.errors import MonitoringFault
from sharewell.service.monitoring.models import Upload, UploadFinding
from sharewell.service.monitoring.pages import find_service, for_staff, modules_of, tell
from sharewell.service.monitoring.uploads import mappings, sending, vault
from sharewell.service.monitoring.uploads.against import check_of
from sharewell.service.monitoring.uploads.forms import ApplyForm, SendForm
from sharewell.service.monitoring.uploads.sending import Sent
from sharewell.service.monitoring.uploads.undoing import undoable

_WOULD, _DONE = ("", "Add", "Change", "Leave"), ("", "Added", "Changed", "Left as it was")
_STATES = {
    Upload.State.TESTING: ("Being tested", "blue"),
    Upload.State.TESTED: ("Tested", "yellow"),
    Upload.State.APPLYING: ("Being applied", "blue"),
    Upload.State.APPLIED: ("Applied", "green"),
    Upload.State.UNDOING: ("Being undone", "blue"),
    Upload.State.UNDONE: ("Undone", "grey"),
    Upload.State.DROPPED: ("Left", "grey"),
    Upload.State.FAILED: ("Failed", "red"),
}


@for_staff
def history(request: HttpRequest, code: str) -> HttpResponse:
    """Every upload of the service, the latest first."""
    service = find_service(code)
    found = reach.uploads().filter(service=service).prefetch_related("files")
    page = Paginator(found, 20).get_page(request.GET.get("page"))
    told = [_told(sending.settled(each)) for each in page]
    return render(
        request,
        "monitoring/uploads/history.html",
        {"service": service, "page": page, "uploads": told},
    )


@for_staff
def send(request: HttpRequest, code: str) -> HttpResponse:
    """Takes files in and has them tested."""
    service = find_service(code)
    form = SendForm(request.POST or None, request.FILES or None, mappings=mappings.newest(service))
    if form.is_valid():
        files = [Sent(file.name, file.chunks()) for file in form.cleaned_data["files"]]
        try:
            made = sending.receive(
                request.user,
                service,
                files,
                year=form.cleaned_data["year"],
                mapping=form.mapping,
            )
        except MonitoringFault as fault:
            form.add_error("files", str(fault))
        else:
            tell(request, service, f"{made}: sent files to be tested.")
            return redirect("monitoring:upload", code, made.pk)
    context = {"service": service, "form": form, "modules": modules_of(service)}
    return render(request, "monitoring/uploads/send.html", context)


@for_staff
def upload(request: HttpRequest, code: str, upload_id: UUID) -> HttpResponse:
    """One upload: how far it is, what was found, and what can be done next."""
    return _page(request, find_upload(code, upload_id))


@for_staff
@require_POST
def apply(request: HttpRequest, code: str, upload_id: UUID) -> HttpResponse:
    """Has an upload applied."""
    found = find_upload(code, upload_id)
    form = ApplyForm(request.POST)
    if form.is_valid():
        only_good = form.cleaned_data["how"] == "good"
        try:
            sending.ask_to_apply(request.user, found, only_good=only_good)
        except MonitoringFault as fault:
            form.add_error("how", str(fault))
        else:
            what = "its good rows" if only_good else "all of it"
            tell(request, found.service, f"{found}: asked to apply {what}.")
            return redirect("monitoring:upload", code, upload_id)
    return _page(request, find_upload(code, upload_id), form)


@for_staff
@require_POST
def again(request: HttpRequest, code: str, upload_id: UUID) -> HttpResponse:
    """Has an upload tested again."""
    return _act(request, code, upload_id, "test it again", sending.test_again)


@for_staff
def undo(request: HttpRequest, code: str, upload_id: UUID) -> HttpResponse:
    """Says what can be undone, and has it undone."""
    found = find_upload(code, upload_id)
    if request.method == "POST":
        return _act(request, code, upload_id, "undo it", sending.ask_to_undo)
    context = _told(found) | {"service": found.service, "can": undoable(found)}
    return render(request, "monitoring/uploads/undo.html", context)


@for_staff
@require_POST
def leave(request: HttpRequest, code: str, upload_id: UUID) -> HttpResponse:
    """Leaves an upload unapplied."""
    return _act(request, code, upload_id, "leave it", lambda _by, found: sending.leave(found))


def find_upload(code: str, upload_id: UUID) -> Upload:
    """An upload of the service; Http404."""
    found = get_object_or_404(reach.uploads(), service=find_service(code), pk=upload_id)
    return sending.settled(found)


def _act(request: HttpRequest, code: str, upload_id: UUID, what: str, do: Any) -> HttpResponse:
    found = find_upload(code, upload_id)
    try:
        do(request.user, found)
    except MonitoringFault as fault:
        form = ApplyForm({"how": "all"})
        form.full_clean()
        form.add_error(None, str(fault))
        return _page(request, find_upload(code, upload_id), form)
    tell(request, found.service, f"{found}: asked to {what}.")
    return redirect("monitoring:upload", code, upload_id)


def _page(request: HttpRequest, found: Upload, form: ApplyForm | None = None) -> HttpResponse:
    tallies = list(reach.tallies().filter(upload=found))
    asked = request.GET.get("code", "")
    chosen = [tally for tally in tallies if tally.code == asked]
    rows = reach.findings().filter(upload=found)
    if chosen:
        rows = rows.filter(tally__in=chosen)
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    counts = found.counts
    if form is None:
        how = "good" if counts.get("errors") else "all"
        form = ApplyForm(initial={"how": how})
    if counts.get("errors"):
        form.fields["how"].choices = form.fields["how"].choices[1:]
    elif counts:
        form.fields["how"].choices = form.fields["how"].choices[:1]
    context = _told(found) | {
        "service": found.service,
        "form": form,
        "tallies": [(tally, check_of(found.year, tally.code)) for tally in tallies],
        "chosen": check_of(found.year, asked) if chosen else None,
        "asked": asked if chosen else "",
        "page": page,
        "figures": _figures(found),
        "figures_caption": "What it did" if found.applied else "What it would do",
        "figures_head": _DONE if found.applied else _WOULD,
        "rows": [_by_row(found, each) for each in page],
        "rows_caption": _caption(found, asked if chosen else ""),
        "rows_head": ("File", "Row", "Column", "What is wrong, and what to do"),
        "twins": sending.twins(found),
        "kept": set(vault.kept(found.pk)),
        "job": sending.job_of(found),
    }
    return render(request, "monitoring/uploads/upload.html", context)


def _figures(found: Upload) -> list[tuple[str, ...]]:
    kinds = (("Clients", "clients"), ("Records", "records"))
    named = [(name, found.counts.get(kind, {})) for name, kind in kinds]
    return [
        (name, *(f"{some.get(what, 0):,}" for what in ("added", "changed", "left")))
        for name, some in named
    ]


def _by_row(found: Upload, each: UploadFinding) -> tuple[Any, ...]:
    check = check_of(found.year, each.tally.code)
    words = f"{check.code}: {check.wrong}. {check.do}"
    return each.tally.table, each.row, each.tally.column, words


def _caption(found: Upload, code: str) -> str:
    if not code:
        return "By row"
    wrong = check_of(found.year, code).wrong
    return f"By row: {wrong[0].lower()}{wrong[1:]}"


def _told(found: Upload) -> dict[str, Any]:
    """An upload, as pages show it."""
    name, colour = _STATES[Upload.State(found.state)]
    counts = found.counts
    kept = set(vault.kept(found.pk))
    files = [(file, vault.MARKED.format(file.position) in kept) for file in found.files.all()]
    return {
        "upload": found,
        "state": name,
        "colour": colour,
        "files": files,
        "counts": counts,
        "refused": counts.get("rows", 0) - counts.get("sound", 0),
    }
