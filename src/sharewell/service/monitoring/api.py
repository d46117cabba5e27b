"""Files for programs: sent to a service, followed, applied and undone, as on the pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from sharewell.monitoring import years
from sharewell.service.api.interface import Needs, Refusal, add_scopes
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.errors import MonitoringFault
from sharewell.service.monitoring.models import Service, Upload
from sharewell.service.monitoring.pages import find_service, tell
from sharewell.service.monitoring.reach import MANAGER, WORKER, staff_reach, within
from sharewell.service.monitoring.uploads import mappings, sending
from sharewell.service.monitoring.uploads.against import check_of
from sharewell.service.monitoring.uploads.sending import Sent

READ, SEND = "uploads:read", "uploads:send"
add_scopes(
    {
        READ: "Follow files that were sent to services: their state, and what was found.",
        SEND: "Send files to services, apply them and undo them.",
    }
)
router = Router(tags=["Monitoring"])
_STAFF = (WORKER, MANAGER)

Code = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{2,11}$")]
Slug = Annotated[str, Field(max_length=60, pattern=r"^[a-z0-9-]*$")]


class Counts(Schema):
    """What is, or before it is applied would be, added, changed and left as it was."""

    added: int = 0
    changed: int = 0
    left: int = 0


class UploadOut(Schema):
    """An upload: how far it has come, and what was found and done, in numbers."""

    id: UUID
    number: int
    service: str
    sent: datetime
    way: str
    files: list[str]
    state: str
    message: str
    rows: int
    sound: int
    errors: int
    warnings: int
    clients: Counts
    records: Counts


class FindingOut(Schema):
    """What a check found in a column of a file, how often, and the first rows where."""

    code: str
    level: str
    table: str
    column: str
    field: str
    wrong: str
    do: str
    detail: str
    count: int
    rows: list[int]


class Whose(Schema):
    """Whose mapping reads the files ('' for the headings of the template), and the data set's
    year (the latest)."""

    supplier: Slug = ""
    year: int | None = None


class HowApplied(Schema):
    """All of it, or only the good rows."""

    only_good: bool = False


@router.get("/{code}/uploads", response=list[UploadOut], auth=Needs(READ, *_STAFF))
def uploads(
    request: HttpRequest, code: Code, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> Any:
    """Files that were sent to a service, the newest first."""
    with within(staff_reach(request.user)):
        found = reach.uploads().filter(service=_service(code))[:limit]
        return [_out(sending.settled(each)) for each in found]


@router.post("/{code}/uploads", response={202: UploadOut}, auth=Needs(SEND, *_STAFF))
def send(
    request: HttpRequest,
    code: Code,
    files: File[list[UploadedFile]],
    whose: Form[Whose],
) -> Any:
    """Sends files to be tested together. Nothing is changed before they are applied. ``supplier``
    is whose mapping reads them, '' for the headings of the template."""
    with within(staff_reach(request.user)):
        service = _service(code)
        known = {each.supplier.slug: each for each in mappings.newest(service)}
        supplier = whose.supplier
        if supplier and supplier not in known:
            there = ", ".join(sorted(known)) or "none"
            raise Refusal(
                409,
                f"No mapping of '{supplier}' is kept here.",
                f"Keep one on the service's page. There are: {there}.",
            )
        wanted = years()[-1] if whose.year is None else whose.year
        if wanted not in years():
            raise Refusal(409, f"There is no data set of {wanted}.", f"Use one of {years()}.")
        sent = [Sent(file.name or "file", file.chunks()) for file in files]
        with _faults():
            made = sending.receive(
                request.user,
                service,
                sent,
                year=wanted,
                mapping=known.get(supplier),
                way=Upload.Way.API,
            )
        tell(request, service, f"{made}: sent files to be tested.")
        return Status(202, _out(made))


@router.get("/{code}/uploads/{uuid:upload_id}", response=UploadOut, auth=Needs(READ, *_STAFF))
def upload(request: HttpRequest, code: Code, upload_id: UUID) -> Any:
    """One upload."""
    with within(staff_reach(request.user)):
        return _out(_upload(code, upload_id))


@router.get(
    "/{code}/uploads/{uuid:upload_id}/findings",
    response=list[FindingOut],
    auth=Needs(READ, *_STAFF),
)
def findings(request: HttpRequest, code: Code, upload_id: UUID) -> Any:
    """What was found, by check and column, with the first rows. It holds no value of the files."""
    with within(staff_reach(request.user)):
        found = _upload(code, upload_id)
        rows: dict[int, list[int]] = {}
        for each in reach.findings().filter(upload=found, row__isnull=False):
            rows.setdefault(each.tally_id, []).append(each.row)
        tell(request, found.service, f"{found}: read what was found.")
        return [
            {
                "code": tally.code,
                "level": "error" if tally.is_error else "warning",
                "table": tally.table,
                "column": tally.column,
                "field": tally.field,
                "wrong": check.wrong,
                "do": check.do,
                "detail": tally.detail,
                "count": tally.rows,
                "rows": rows.get(tally.pk, []),
            }
            for tally in reach.tallies().filter(upload=found)
            for check in [check_of(found.year, tally.code)]
        ]


@router.post(
    "/{code}/uploads/{uuid:upload_id}/apply",
    response={202: UploadOut},
    auth=Needs(SEND, *_STAFF),
)
def apply(request: HttpRequest, code: Code, upload_id: UUID, how: HowApplied) -> Any:
    """Applies what was tested: all of it or, with ``only_good``, the rows without an error."""
    with within(staff_reach(request.user)):
        found = _upload(code, upload_id)
        with _faults():
            sending.ask_to_apply(request.user, found, only_good=how.only_good)
        what = "its good rows" if how.only_good else "all of it"
        tell(request, found.service, f"{found}: asked to apply {what}.")
        return Status(202, _out(_upload(code, upload_id)))


@router.post(
    "/{code}/uploads/{uuid:upload_id}/undo", response={202: UploadOut}, auth=Needs(SEND, *_STAFF)
)
def undo(request: HttpRequest, code: Code, upload_id: UUID) -> Any:
    """Undoes what was applied, as far as nobody changed it since."""
    with within(staff_reach(request.user)):
        found = _upload(code, upload_id)
        with _faults():
            sending.ask_to_undo(request.user, found)
        tell(request, found.service, f"{found}: asked to undo it.")
        return Status(202, _out(_upload(code, upload_id)))


@contextmanager
def _faults() -> Iterator[None]:
    """What cannot be done now, as the API says it."""
    try:
        yield
    except MonitoringFault as fault:
        raise Refusal(409, str(fault), "Look at its state and at what was found.") from None


def _service(code: str) -> Service:
    return find_service(code)


def _upload(code: str, upload_id: UUID) -> Upload:
    return sending.settled(get_object_or_404(reach.uploads(), service=_service(code), pk=upload_id))


def _out(found: Upload) -> dict[str, Any]:
    counts = found.counts
    return {
        "id": found.pk,
        "number": found.number,
        "service": found.service.code,
        "sent": found.at,
        "way": found.way,
        "files": [file.name for file in found.files.all()],
        "state": found.state,
        "message": found.message,
        **{name: counts.get(name, 0) for name in ("rows", "sound", "errors", "warnings")},
        **{name: counts.get(name, {}) for name in ("clients", "records")},
    }
