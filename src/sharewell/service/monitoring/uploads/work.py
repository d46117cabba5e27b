"""The long work of uploads: tested, applied and undone by the worker, begun again if it is killed.

Who asked must still work at the service when the work is done. What came by the watched folder was
asked by nobody: it is worked on for the service, applied at once where nothing is wrong, and the
service's people hear of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from sharewell.service.jobs.interface import Running, WorkFailed, work
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.errors import MonitoringFault
from sharewell.service.monitoring.models import Upload
from sharewell.service.monitoring.people.work import ask
from sharewell.service.monitoring.reach import MANAGER, WORKER, Reach, staff_reach, within
from sharewell.service.monitoring.uploads import sending
from sharewell.service.monitoring.uploads.applying import apply
from sharewell.service.monitoring.uploads.telling import tell, tell_people
from sharewell.service.monitoring.uploads.testing import test
from sharewell.service.monitoring.uploads.undoing import undo
from sharewell.service.recording import record_work

Do = Callable[[Upload, Reach, Callable[[int, str], None]], Any]


@work(sending.TEST, attempts=3)
def test_upload(job: Running, *, upload: str, service: str) -> str:
    """Tests an upload; the address of its page."""
    acting, found = _begin(job, upload, service)
    if found.state == Upload.State.TESTING:  # else it was done, and only the job did not end
        _do(job, acting, found, test)
    counts = found.counts
    _record(
        job, found, f"tested: {counts['rows']} rows, {counts['errors']} errors. Nothing changed."
    )
    if found.way == Upload.Way.FOLDER and not counts["errors"] and counts["sound"]:
        with within(acting):
            sending.ask_to_apply(None, found, only_good=False)
    else:
        _tell(found, _tested(found))
    return _page(found)


@work(sending.APPLY, attempts=3)
def apply_upload(job: Running, *, upload: str, service: str) -> str:
    """Applies an upload; the address of its page."""
    acting, found = _begin(job, upload, service)
    done = _do(job, acting, found, apply)
    ask()
    _record(job, done, f"applied: {_in_words(done)}.")
    _tell(done, f"It was applied: {_in_words(done)}.")
    return _page(done)


@work(sending.UNDO, attempts=3)
def undo_upload(job: Running, *, upload: str, service: str) -> str:
    """Undoes an upload; the address of its page."""
    acting, found = _begin(job, upload, service)
    done = _do(job, acting, found, undo)
    ask()
    undone, stayed = done.counts["undone"], done.counts["stayed"]
    _record(
        job,
        done,
        f"undone: {undone['records']} records and {undone['clients']} clients; changed since, and "
        f"left: {stayed['records']} and {stayed['clients']}.",
    )
    return _page(done)


def _begin(job: Running, upload: str, service: str) -> tuple[Reach, Upload]:
    who, pk = job.job.who, UUID(service)
    acting = Reach("staff", None, frozenset({pk}), frozenset({pk}))
    if who is not None:
        own = staff_reach(who)
        if pk not in own.services or not who.is_active:
            with within(acting):
                found = reach.uploads().get(pk=upload)
                why = f"{who.name} no longer works at {found.service}. Somebody else must ask."
                sending.fail(found, why)
            raise WorkFailed(why)
        acting = Reach("staff", who.pk, frozenset({pk}), own.managed & {pk})
    with within(acting):
        return acting, reach.uploads().get(pk=upload)


def _do(job: Running, acting: Reach, upload: Upload, do: Do) -> Any:
    try:
        return do(upload, acting, job.progress)
    except MonitoringFault as fault:
        with within(acting):
            sending.fail(reach.uploads().get(pk=upload.pk), str(fault))
        _tell(upload, str(fault))
        raise WorkFailed(str(fault)) from None


def _page(upload: Upload) -> str:
    return reverse("monitoring:upload", args=[upload.service.code, upload.pk])


def _record(job: Running, upload: Upload, what: str) -> None:
    role = ""
    if job.job.who is not None:
        managed = staff_reach(job.job.who).managed
        role = MANAGER if upload.service_id in managed else WORKER
    record_work(job.job.who, f"{upload.service.code}: {upload} {what}", role=role)


def _tell(upload: Upload, what: str) -> None:
    """Writes to who sent it by a program; of what came by the folder, to the service's people."""
    subject, text = f"{upload} of {upload.service}", f"{what}\n\n{_address(upload)}\n"
    if upload.way == Upload.Way.FOLDER:
        tell_people(upload.service, subject, text)
    elif upload.way == Upload.Way.API and upload.by is not None:
        tell(upload.by, subject, text)


def _address(upload: Upload) -> str:
    return f"{settings.CONFIG.address}{_page(upload)}"


def _tested(upload: Upload) -> str:
    counts = upload.counts
    if not counts["errors"]:
        return f"{counts['rows']} rows were tested, and all of them are good. Apply them."
    return (
        f"{counts['rows']} rows were tested, and {counts['errors']} errors found. Nothing was "
        "changed: correct the file and send it again, or apply only the good rows."
    )


def _in_words(upload: Upload) -> str:
    return "; ".join(
        f"{kind}: {some['added']} added, {some['changed']} changed, {some['left']} as they were"
        for kind in ("records", "clients")
        for some in [upload.counts[kind]]
    )
