"""Undoing an upload: what it added goes, what it changed comes back, and what somebody changed
since stays as they left it.

What it added and changed is in its bundles. A client or record that it made what it is names it;
who changes one by hand, or by a later file, takes that name away.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils import timezone

from sharewell.service.monitoring import bulk, bundling, clients, reach
from sharewell.service.monitoring.errors import MonitoringFault
from sharewell.service.monitoring.keys import key_store
from sharewell.service.monitoring.models import Bundle, Upload
from sharewell.service.monitoring.reach import Reach, within
from sharewell.service.monitoring.sealing import unseal_all
from sharewell.service.monitoring.uploads.turns import take_turn

Progress = Callable[[int, str], None]

_BUNDLES = 500


@dataclass(frozen=True)
class Undoable:
    """What can be undone of an upload, and what stays because it was changed since."""

    records: int
    records_stay: int
    clients: int
    clients_stay: int

    @property
    def anything(self) -> bool:
        """Whether there is something to undo."""
        return bool(self.records or self.clients)


def undoable(upload: Upload) -> Undoable:
    """What can be undone now, within the reach that holds."""
    made = {kind: _made(upload, kind) for kind in ("records", "clients")}
    records = reach.records().filter(upload=upload).count()
    kept = reach.clients().filter(upload=upload).count()
    return Undoable(records, made["records"] - records, kept, made["clients"] - kept)


def undo(upload: Upload, acting: Reach, progress: Progress) -> Upload:
    """Undoes the upload in one transaction; the same upload as it is then."""
    with within(acting):
        progress(1, "Waiting until no other file of this service is being applied.")
        take_turn(upload.service, "applying")
        now = reach.uploads().select_for_update(of=("self",)).get(pk=upload.pk)
        if now.state == Upload.State.UNDONE:
            return now
        if now.state != Upload.State.UNDOING:
            raise MonitoringFault(f"{now} is {now.get_state_display().lower()}.")
        stays = undoable(now)
        kept = reach.bundles().filter(upload=now, undoing=False)
        total, done = max(kept.count(), 1), 0
        undone = {"records": 0, "clients": 0}
        changed: list[dict[str, Any]] = []
        added: list[UUID] = []
        for some in _pieces(kept.order_by("pk")):
            undone["records"] += _undo_records(now, some, changed, added)
            done += len(some)
            progress(round(5 + 60 * done / total), "Taking records back.")
        undone["clients"] += _restore_clients(now, changed)
        progress(75, "Taking clients back.")
        undone["clients"] += _remove_clients(now, added)
        now.counts = now.counts | {
            "undone": undone,
            "stayed": {
                "records": stays.records + stays.records_stay - undone["records"],
                "clients": stays.clients + stays.clients_stay - undone["clients"],
            },
        }
        now.state = Upload.State.UNDONE
        now.undone = timezone.now()
        now.save(update_fields=["counts", "state", "undone"])
        return now


def _made(upload: Upload, kind: str) -> int:
    counts = upload.counts.get(kind, {})
    return int(counts.get("added", 0)) + int(counts.get("changed", 0))


def _pieces(kept: Any) -> Iterator[list[Bundle]]:
    ids = iter(list(kept.values_list("pk", flat=True)))
    while some := list(islice(ids, _BUNDLES)):
        yield list(reach.bundles().filter(pk__in=some))


def _undo_records(
    upload: Upload, some: Sequence[Bundle], changed: list[dict[str, Any]], added: list[UUID]
) -> int:
    """Undoes the records of some bundles; how many. Clients' entries are put aside for later."""
    records: dict[str, tuple[UUID, dict[str, Any]]] = {}
    for each, entries in bundling.entries_of(some):
        for entry in entries:
            if entry["k"] == "record":
                records[entry["t"]] = (each.key, entry)
            elif entry["w"] == "added":
                added.append(UUID(entry["t"]))
            else:
                changed.append(entry)
    gone = [t for t, (_, entry) in records.items() if entry["w"] == "added"]
    back = [t for t, (_, entry) in records.items() if entry["w"] == "changed"]
    undone: list[tuple[str, int, str]] = []
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM monitoring_record WHERE id = ANY(%s::uuid[]) AND upload_id = %s "
            "RETURNING id::text, version",
            [gone, upload.pk],
        )
        undone += [(t, version, "deleted") for t, version in cursor.fetchall()]
        if back:
            undone += [
                (t, version, "restored")
                for t, version in _restore_records(
                    cursor, upload, [(t, records[t][1]["b"]) for t in back]
                )
            ]
    _bundle_undone(upload, records, undone)
    return len(undone)


def _restore_records(
    cursor: Any, upload: Upload, back: Sequence[tuple[str, dict[str, Any]]]
) -> list[tuple[str, int]]:
    cursor.execute(
        "CREATE TEMP TABLE back (id uuid, client_id uuid, objected boolean, day date, "
        "transaction text, place text, fields jsonb, upload_id uuid, sent bigint) ON COMMIT DROP"
    )
    bulk.copy(
        cursor,
        "back",
        (
            (t, b["c"], b["o"], b["d"], b["x"], b["p"], json.dumps(b["f"]), b["u"], b["s"])
            for t, b in back
        ),
    )
    cursor.execute(
        "UPDATE monitoring_record r SET client_id = b.client_id, objected = b.objected, "
        "day = b.day, transaction = b.transaction, place = b.place, fields = b.fields, "
        "version = r.version + 1, changed = now(), upload_id = b.upload_id, sent = b.sent "
        "FROM back b WHERE r.id = b.id AND r.upload_id = %s AND (b.client_id IS NULL OR EXISTS "
        "(SELECT FROM monitoring_client c WHERE c.id = b.client_id)) "
        "RETURNING r.id::text, r.version",
        [upload.pk],
    )
    undone = cursor.fetchall()
    cursor.execute("DROP TABLE back")
    return undone


def _bundle_undone(
    upload: Upload,
    records: dict[str, tuple[UUID, dict[str, Any]]],
    undone: Sequence[tuple[str, int, str]],
) -> None:
    """Seals what became of records, beside what they were."""
    by_key: dict[UUID, list[str]] = {}
    for t, version, what in undone:
        key, entry = records[t]
        made = {name: entry[name] for name in ("k", "t", "m", "d", "i", "x", "p", "f")}
        if what == "restored":
            made |= {name: entry["b"][name] for name in ("d", "x", "p", "f")}
        number = version + 1 if what == "deleted" else version
        by_key.setdefault(key, []).append(json.dumps(made | {"n": number, "w": what}))
    keys = key_store().get_all(by_key)
    bulk.create_all(
        [
            bundling.bundle(upload, key, keys, ",".join(many), len(many), undoing=True)
            for key, many in by_key.items()
        ]
    )


def _restore_clients(upload: Upload, changed: Sequence[dict[str, Any]]) -> int:
    """Brings back what clients were before the upload, where nobody changed them since."""
    count = 0
    entries = iter(changed)
    while some := {UUID(e["t"]): e for e in islice(entries, _BUNDLES)}:
        found = reach.clients().select_for_update(of=("self",)).filter(pk__in=some, upload=upload)
        kept = {client.pk: client for client in found}
        now = clients.rows_of(list(kept.values()))
        numbers = {pk: some[pk]["n"] - 1 for pk in now}
        versions = reach.versions().filter(thing__in=now, number__in=set(numbers.values()))
        sealed = {
            each.thing: bytes(each.sealed)
            for each in versions
            if each.number == numbers[each.thing]
        }
        before = unseal_all("version", sealed)
        changes = []
        for pk, was in before.items():
            b, client = some[pk]["b"], kept[pk]
            client.sent, client.sent_as = b["s"], b["a"]
            client.sent_record = bytes.fromhex(b["r"]) if b["r"] else None
            # What the row did not say then was nothing then.
            changes.append((client, now[pk], dict.fromkeys(now[pk], "") | was))
        if changes:
            clients.change_all(changes, f"Undone: {upload}")
            for pk in before:
                kept[pk].upload_id = UUID(some[pk]["b"]["u"]) if some[pk]["b"]["u"] else None
            reach.clients().bulk_update([kept[pk] for pk in before], ["upload"])
        count += len(changes)
    return count


def _remove_clients(upload: Upload, added: Sequence[UUID]) -> int:
    """Removes clients whom the upload added, where nothing else was recorded of them since."""
    count = 0
    ids = iter(added)
    while some := list(islice(ids, _BUNDLES)):
        others = reach.records().filter(client=OuterRef("pk"))
        found = reach.clients().select_for_update(of=("self",)).filter(pk__in=some, upload=upload)
        gone = list(found.filter(~Exists(others)))
        count += len(gone)
        clients.remove_all(gone, f"Undone: {upload}")
    return count
