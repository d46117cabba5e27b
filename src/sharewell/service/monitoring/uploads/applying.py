"""Applying an upload that was tested: all of it in one transaction, or nothing.

Killed at any moment, PostgreSQL rolls back, and the job begins again. What was counted by the test
may have changed since: what is written down is what was done.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import IntegrityError
from django.utils import timezone

from sharewell.service.monitoring import reach
from sharewell.service.monitoring.errors import MonitoringFault
from sharewell.service.monitoring.keys import key_store
from sharewell.service.monitoring.models import Upload
from sharewell.service.monitoring.reach import Reach, within
from sharewell.service.monitoring.uploads import activity, clientele, rows, vault, who
from sharewell.service.monitoring.uploads.testing import counted, nowhere
from sharewell.service.monitoring.uploads.turns import take_turn

Progress = Callable[[int, str], None]

_AGAIN = 3
_FOUND, _CLIENTS = 10, 40


def apply(upload: Upload, acting: Reach, progress: Progress) -> Upload:
    """Applies the upload; the same upload as it is then. Applied before, it changes nothing."""
    with vault.workshop(upload.pk) as folder, rows.kept_rows(upload.pk, folder) as opened:
        for attempt in range(_AGAIN):
            try:
                with within(acting):
                    done = _apply(upload, opened, progress)
                break
            except IntegrityError:
                # Somebody recorded the same thing at the same moment; now it is there.
                if attempt + 1 == _AGAIN:
                    raise
    rows.forget(upload.pk)
    return done


def _apply(upload: Upload, opened: rows.Rows, progress: Progress) -> Upload:
    progress(1, "Waiting until no other file of this service is being applied.")
    take_turn(upload.service, "applying")
    now = reach.uploads().select_for_update(of=("self",)).get(pk=upload.pk)
    if now.state == Upload.State.APPLIED:
        return now
    if now.state != Upload.State.APPLYING:
        raise MonitoringFault(f"{now} is {now.get_state_display().lower()}. Look at its page.")
    key_store().make([now.service_id])  # what is nobody's is sealed under it
    progress(3, "Finding the clients.")
    found = who.find(now.service, opened, now.pk)
    if left := nowhere(opened, found):
        if not now.only_good:
            raise MonitoringFault(
                f"{len(left)} rows are of clients who were known when the file was tested, and are "
                "no longer. Test it again."
            )
        opened.refuse(left)
        found = who.find(now.service, opened, now.pk)
    told = clientele.Clientele()
    with ThreadPoolExecutor(1) as beside:
        prepared = beside.submit(activity.prepare, opened, found)
        for done in clientele.settle(now.service, opened, found, now, told, write=True):
            progress(round(_FOUND + (_CLIENTS - _FOUND) * done), "Entering and changing clients.")
        prepared.result()
    counts = activity.stage(now.service, opened)
    for done in activity.write(now.service, opened, now, told.entries):
        progress(round(_CLIENTS + (99 - _CLIENTS) * done), "Entering and correcting records.")
    kept: dict[str, Any] = now.counts
    now.counts = kept | counted(told, counts)
    now.state = Upload.State.APPLIED
    now.applied = timezone.now()
    now.save(update_fields=["counts", "state", "applied"])
    return now
