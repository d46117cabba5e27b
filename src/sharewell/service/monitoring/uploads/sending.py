"""Sending files, applying what was tested, undoing it, leaving it: one function per act, for pages,
the API and the watched folder alike."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.db.models import Max

from sharewell.service.jobs.interface import enqueue, job_at
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.errors import MonitoringFault
from sharewell.service.monitoring.models import Mapping, Service, Upload, UploadedFile
from sharewell.service.monitoring.sealing import file_mark
from sharewell.service.monitoring.uploads import rows, vault
from sharewell.service.monitoring.uploads.turns import take_turn
from sharewell.service.uploads import GREATEST_RECORDS

TEST, APPLY, UNDO = "test an upload", "apply an upload", "undo an upload"
"""The kinds of long work."""

MOST_FILES = 20
GREATEST = GREATEST_RECORDS
"""Bytes of the files of one upload together."""

_NOT_IN_NAMES = re.compile(r"[^\w .()+-]", re.ASCII)
_LONGEST_NAME = 100
_WORKING = (Upload.State.TESTING, Upload.State.APPLYING, Upload.State.UNDOING)


@dataclass(frozen=True)
class Sent:
    """A file as it came: what its sender calls it, and its content in pieces."""

    name: str
    content: Iterable[bytes]


def receive(
    by: Any,
    service: Service,
    files: Sequence[Sent],
    *,
    year: int,
    mapping: Mapping | None = None,
    way: str = Upload.Way.PAGE,
    id_: UUID | None = None,
) -> Upload:
    """Takes files in, sealed, and has them tested. MonitoringFault for none, or too much."""
    if not files:
        raise MonitoringFault("Choose at least one file.")
    if len(files) > MOST_FILES:
        raise MonitoringFault(f"An upload has at most {MOST_FILES} files. Send the others apart.")
    id_ = id_ or uuid.uuid4()
    names = _names([file.name for file in files])
    sizes: list[int] = []
    marked = file_mark(service.pk, _seal_all(id_, files, sizes))
    if not sum(sizes):
        vault.drop(id_, *vault.kept(id_))
        raise MonitoringFault("The files are empty: they were not written or not sent.")
    take_turn(service, "numbering")
    last = reach.uploads().filter(service=service).aggregate(last=Max("number"))["last"]
    upload = Upload.objects.create(
        pk=id_,
        service=service,
        number=(last or 0) + 1,
        way=way,
        by=by,
        year=year,
        mapping=mapping,
        mark=marked,
    )
    UploadedFile.objects.bulk_create(
        UploadedFile(upload=upload, service=service, position=n, name=name, size=size)
        for n, (name, size) in enumerate(zip(names, sizes, strict=True))
    )
    _begin(upload, TEST, by, "Test")
    return upload


def test_again(by: Any, upload: Upload) -> None:
    """Tests what was sent once more: after a module was switched on, or records changed."""
    now = _locked(upload, Upload.State.TESTED, Upload.State.FAILED)
    now.state, now.message = Upload.State.TESTING, ""
    _begin(now, TEST, by, "Test")


def ask_to_apply(by: Any, upload: Upload, *, only_good: bool) -> None:
    """Has the upload applied: all of it, or only its good rows. MonitoringFault says why not."""
    now = _locked(upload, Upload.State.TESTED)
    if not now.counts.get("sound"):
        raise MonitoringFault("No row of it is good. Correct the files and send them again.")
    if now.counts.get("errors") and not only_good:
        raise MonitoringFault(
            "It has errors, so not all of it can be applied. Apply only the good rows, or correct "
            "the files and send them again."
        )
    now.state, now.message, now.only_good, now.applied_by = (
        Upload.State.APPLYING,
        "",
        only_good,
        by,
    )
    _begin(now, APPLY, by, "Apply")


def ask_to_undo(by: Any, upload: Upload) -> None:
    """Has the upload undone, as far as nobody changed since what it did."""
    now = _locked(upload, Upload.State.APPLIED)
    now.state, now.message, now.undone_by = Upload.State.UNDOING, "", by
    _begin(now, UNDO, by, "Undo")


def leave(upload: Upload) -> None:
    """Leaves an upload unapplied, for good. Its files stay in the history."""
    now = _locked(upload, Upload.State.TESTED, Upload.State.FAILED)
    now.state = Upload.State.DROPPED
    now.save(update_fields=["state"])
    rows.forget(now.pk)


def settled(upload: Upload) -> Upload:
    """The upload as it stands: where its job failed, it goes back to where it was before."""
    if upload.state not in _WORKING or not upload.job:
        return upload
    job = job_at(upload.job)
    if job.state != job.State.FAILED:
        return upload
    fail(upload, job.message)
    vault.tidy(upload.pk)  # what a killed worker had open
    return upload


def job_of(upload: Upload) -> Any:
    """The job that works on the upload now; None where none does."""
    return job_at(upload.job) if upload.state in _WORKING and upload.job else None


def fail(upload: Upload, why: str) -> None:
    """Notes that the work on an upload failed, and why: nothing of it was done."""
    before = {
        Upload.State.TESTING: Upload.State.FAILED,
        Upload.State.APPLYING: Upload.State.TESTED,
        Upload.State.UNDOING: Upload.State.APPLIED,
    }
    if upload.state in before:
        upload.state, upload.message = before[Upload.State(upload.state)], why
        upload.save(update_fields=["state", "message"])


def twins(upload: Upload) -> list[Upload]:
    """Earlier uploads of the same files."""
    found = reach.uploads().filter(service_id=upload.service_id, mark=upload.mark)
    return list(found.filter(number__lt=upload.number))


def _begin(upload: Upload, kind: str, by: Any, verb: str) -> None:
    title = f"{verb} {upload} of {upload.service.code}"
    upload.job = enqueue(
        kind, by, title=title, upload=str(upload.pk), service=str(upload.service_id)
    )
    upload.save()


def _locked(upload: Upload, *states: str) -> Upload:
    now = reach.uploads().select_for_update(of=("self",)).get(pk=upload.pk)
    if now.state not in states:
        raise MonitoringFault(
            f"{now} is {now.get_state_display().lower()} by now: somebody was quicker. "
            "Look at it again."
        )
    return now


def _seal_all(id_: UUID, files: Sequence[Sent], sizes: list[int]) -> Iterator[bytes]:
    """Seals the files one after the other; a digest of each, for the mark of all."""
    for number, file in enumerate(files):
        digest = sha256()
        room = GREATEST - sum(sizes)
        content = _within(room, file.content, digest.update)
        sizes.append(vault.seal_file(id_, vault.ORIGINAL.format(number), content))
        yield digest.digest()


def _within(room: int, content: Iterable[bytes], told: Callable[[bytes], None]) -> Iterator[bytes]:
    """The content as it passes; MonitoringFault where it is more than there is room for."""
    for piece in content:
        room -= len(piece)
        if room < 0:
            raise MonitoringFault(
                f"The files have more than {GREATEST // 2**20} MB together. Send them in parts: a "
                "month at a time, say."
            )
        told(piece)
        yield piece


def _names(given: Sequence[str]) -> list[str]:
    """What files are called here: harmless, and each differently before its ending."""
    made: list[str] = []
    stems: set[str] = set()
    for name in given:
        path = PurePath(_NOT_IN_NAMES.sub("_", name.replace("\\", "/").rsplit("/", 1)[-1]))
        stem = path.stem.lstrip(".")[:_LONGEST_NAME] or "file"
        suffix = path.suffix[:10]
        number, again = 1, stem
        while again.lower() in stems:
            number += 1
            again = f"{stem} ({number})"
        stems.add(again.lower())
        made.append(again + suffix)
    return made
