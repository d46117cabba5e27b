"""What can be downloaded: templates, the files as they came, the same marked, and the findings."""

from __future__ import annotations

import tempfile
from pathlib import Path, PurePath
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

from sharewell.monitoring import MonitoringError, data_set, write_template
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.models import Upload
from sharewell.service.monitoring.pages import find_service, for_staff, modules_of, tell
from sharewell.service.monitoring.uploads import vault
from sharewell.service.monitoring.uploads.against import OTHER_SERVICE
from sharewell.service.monitoring.uploads.answering import attachment
from sharewell.service.monitoring.uploads.views import find_upload


@for_staff
def template(request: HttpRequest, code: str) -> HttpResponse:
    """The template of what the service records: a workbook, or with ``?module`` a CSV of one."""
    service = find_service(code)
    declared = data_set()
    modules = [declared.module("client"), *modules_of(service)]
    name = "sharewell-template.xlsx"
    if asked := request.GET.get("module"):
        try:
            modules = [declared.module(asked)]
        except MonitoringError:
            raise Http404 from None
        name = f"{modules[0].id}.csv"
    with tempfile.TemporaryDirectory(prefix="sharewell-") as folder:
        path = Path(folder) / name
        write_template(declared, modules, path)
        response = HttpResponse(path.read_bytes(), content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


@for_staff
def original(request: HttpRequest, code: str, upload_id: UUID, position: int) -> HttpResponse:
    """A file as it came."""
    found = _own(request, code, upload_id)
    return _file(request, found, position, vault.ORIGINAL, "{0}", "an original file")


@for_staff
def marked(request: HttpRequest, code: str, upload_id: UUID, position: int) -> HttpResponse:
    """A file with what was found marked in it."""
    found = _own(request, code, upload_id)
    return _file(request, found, position, vault.MARKED, "{1}.marked{2}", "a marked file")


@for_staff
def findings(request: HttpRequest, code: str, upload_id: UUID) -> HttpResponse:
    """Every finding, as CSV. It holds no value of the files."""
    found = find_upload(code, upload_id)
    if vault.FINDINGS not in vault.kept(found.pk):
        raise Http404
    tell(request, found.service, f"{found}: downloaded what was found.")
    return attachment(f"upload-{found.number}-findings.csv", found.pk, vault.FINDINGS)


def _own(request: HttpRequest, code: str, upload_id: UUID) -> Upload:
    """An upload whose files the person may see: with rows of another service, only who sent it."""
    found = find_upload(code, upload_id)
    strange = reach.tallies().filter(upload=found, code=OTHER_SERVICE.code).exists()
    untested = found.tested is None
    if (strange or untested) and found.by_id != request.user.pk:
        raise Http404
    return found


def _file(
    request: HttpRequest, found: Upload, position: int, kept: str, name: str, what: str
) -> HttpResponse:
    file = found.files.filter(position=position).first()
    if file is None or kept.format(position) not in vault.kept(found.pk):
        raise Http404
    tell(request, found.service, f"{found}: downloaded {what}.")
    path = PurePath(file.name)
    suffix = ".csv" if path.suffix.lower() != ".xlsx" else ".xlsx"
    called = name.format(file.name, path.stem, suffix)
    return attachment(called, found.pk, kept.format(position))
