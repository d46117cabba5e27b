"""What an upload makes of clients: who is added, who is changed, and what is only noted.

A file that says what the last one said changes nothing, so that what somebody corrected here since
stays corrected. An answer about consent that is older than the one kept changes nothing either.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection

from sharewell.service.monitoring import bulk, clients, reach
from sharewell.service.monitoring.models import Client, Service, Upload
from sharewell.service.monitoring.sealing import number_of, plain, record_trace
from sharewell.service.monitoring.uploads.rows import Rows, texts
from sharewell.service.monitoring.uploads.who import Found, Person
from sharewell.service.monitoring.versions import Row

_AT_ONCE = 1_000
_META = ("sent", "sent_as", "sent_record")
_NOT_KEPT = frozenset({"record_id", "service"})

Meta = Mapping[str, Any]


@dataclass
class Clientele:
    """Clients, in numbers; ``entries`` are their parts of the bundles, by client, and ``said`` what
    the file says of those whom it does not change: to be noted.

    ``unanswered`` were added without an answer about consent, ``older`` had a later answer than
    the file's, ``renamed`` have another attributor, ``corrected_here`` are changed although
    somebody corrected them here since: each is where findings stand (see `who.place`).
    """

    added: int = 0
    changed: int = 0
    left: int = 0
    entries: dict[UUID, str] = field(default_factory=dict)
    said: list[tuple[Any, ...]] = field(default_factory=list)
    unanswered: list[int] = field(default_factory=list)
    older: list[int] = field(default_factory=list)
    renamed: list[int] = field(default_factory=list)
    corrected_here: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class _Change:
    client: Client
    before: Row
    row: Row
    meta: Meta


def settle(
    service: Service, rows: Rows, found: Found, upload: Upload, told: Clientele, *, write: bool
) -> Iterator[float]:
    """Plans, or makes (``write``), what the upload does to clients, and counts it in ``told``; the
    fraction that is done."""
    total = max(len(found.people), 1)
    done = 0
    for some in _people(rows, found):
        _settle_some(service, upload, some, told, rows, write=write)
        done += len(some)
        yield done / total
    if write:
        _note(told.said)


def _people(rows: Rows, found: Found) -> Iterator[list[tuple[Person, Row | None]]]:
    """Everybody with their row of clients, if they have one, in pieces."""
    if rows.has_clients:
        module = rows.declared.module("client")
        cursor = rows.con.cursor()
        cursor.execute("SELECT * FROM clients ORDER BY place")
        names = [each[0] for each in cursor.description]
        while some := cursor.fetchmany(_AT_ONCE):
            piece: dict[UUID, tuple[Person, Row | None]] = {}
            for values in some:
                row = dict(zip(names, values, strict=True))
                person = found.people[found.of_row[row["place"]]]
                if person.row == row["place"]:  # of two rows of one client, the last
                    piece[person.id] = (person, texts(module, row))
            yield list(piece.values())
        cursor.close()
    others = [person for person in found.people.values() if person.row is None]
    for start in range(0, len(others), _AT_ONCE):
        yield [(person, None) for person in others[start : start + _AT_ONCE]]


def _settle_some(
    service: Service,
    upload: Upload,
    some: Sequence[tuple[Person, Row | None]],
    told: Clientele,
    rows: Rows,
    *,
    write: bool,
) -> None:
    present = sorted(rows.present("client") - _NOT_KEPT)
    new = [(person, row) for person, row in some if person.new]
    told.added += len(new)
    told.unanswered += [person.at for person, row in new if not (row and row["consent"])]
    if write and new:
        _add(service, upload, new, present)
    if write:
        added = '{{"k":"client","t":"{0}","n":1,"w":"added"}}'
        told.entries |= {person.id: added.format(person.id) for person, _ in new}
    ids = [person.id for person, _ in some if not person.new]
    known = reach.clients().select_related(None).filter(pk__any_of=ids)
    if write:
        known = known.select_for_update()
    kept = {each.pk: each for each in known.values_list("pk", *_META, named=True)}
    changes = []
    more = [
        person.id
        for person, row in some
        if person.id in kept and _says_more(kept[person.id], person, row, present)
    ]
    whole = {client.pk: client for client in reach.clients().filter(pk__any_of=more)}
    answered = set(reach.answers().filter(client__in=more).values_list("client_id", flat=True))
    opened = clients.rows_of(list(whole.values()))
    for person, row in some:
        if person.new or person.id not in kept:
            continue
        meta = _meta(kept[person.id], person, row, present, service)
        if person.id in opened:
            client, before = whole[person.id], opened[person.id]
            after = _after(before, person, row, present, told, answered=person.id in answered)
            if after != before:
                changes.append(_Change(client, before, after, meta))
                told.changed += 1
                if client.upload_id is None:
                    told.corrected_here.append(person.at)
                continue
        told.left += 1
        if meta != _meta_of(kept[person.id]):
            told.said.append((person.id, *meta.values()))
    if write:
        _change(upload, changes, told)


def _says_more(client: Any, person: Person, row: Row | None, present: Sequence[str]) -> bool:
    """Whether the file says something that the last one did not."""
    if row is not None:
        return client.sent != _sent(row, present)
    return person.said_as is not None and client.sent_as != person.said_as and not person.as_kept


def _after(
    before: Row,
    person: Person,
    row: Row | None,
    present: Sequence[str],
    told: Clientele,
    *,
    answered: bool,
) -> dict[str, str]:
    after = dict(before)
    if row is not None:
        after |= {name: row[name] for name in present}
        given = row["consent_date"] or row["registered_on"]
        later = answered and given < before["consent_date"]
        if later and row["consent"] != before["consent"]:
            told.older.append(person.at)
            after |= {name: before[name] for name in ("consent", "consent_date")}
        elif "consent_date" not in present or not row["consent_date"]:
            same = row["consent"] == before["consent"]
            after["consent_date"] = before["consent_date"] if same else given
    elif person.attributor is not None:
        named = dict(zip(clients.ATTRIBUTOR, plain(person.attributor), strict=True))
        if any(after[name] != value for name, value in named.items()):
            told.renamed.append(person.at)
        after |= named
    if person.reference:
        after["client_id"] = person.reference
    return after


def _sent(row: Row, present: Sequence[str]) -> int:
    return number_of("client", *(f"{name}={row[name]}" for name in present))


def _meta_of(client: Any) -> dict[str, Any]:
    record = client.sent_record
    return {
        "sent": client.sent,
        "sent_as": client.sent_as,
        "sent_record": None if record is None else bytes(record),
    }


def _meta(
    client: Any, person: Person, row: Row | None, present: Sequence[str], service: Service
) -> dict[str, Any]:
    """What is noted of what the file said, from what was noted of a client before."""
    meta = _meta_of(client)
    if row is not None:
        meta |= {
            "sent": _sent(row, present),
            "sent_record": record_trace(service.pk, person.record_id),
        }
    if person.said_as is not None:
        meta["sent_as"] = person.said_as
    return meta


def _add(
    service: Service,
    upload: Upload,
    new: Sequence[tuple[Person, Row | None]],
    present: Sequence[str],
) -> None:
    made, also = [], []
    for person, row in new:
        given = row if row is not None else _row_of_activity(person)
        made.append(given)
        meta = _meta(Client(), person, row, present, service)
        also.append(meta | {"upload_id": upload.pk})
    ids = [person.id for person, _ in new]
    clients.add_all(service, made, ids=ids, also=also, reason=str(upload))


def _row_of_activity(person: Person) -> dict[str, str]:
    """The row of a client whom only activity names: nobody said whether they consent."""
    assert person.attributor is not None  # noqa: S101 - without one, nobody is made
    assert person.since is not None  # noqa: S101 - activity has a day
    named = dict(zip(clients.ATTRIBUTOR, plain(person.attributor), strict=True))
    day = person.since.isoformat()
    return named | {"client_id": person.reference, "consent": "", "registered_on": day}


def _change(upload: Upload, changes: Sequence[_Change], told: Clientele) -> None:
    if not changes:
        return
    for each in changes:
        before = _meta_of(each.client)
        record = before["sent_record"]
        entry = {
            "k": "client",
            "t": str(each.client.pk),
            "n": each.client.version + 1,
            "w": "changed",
            "b": {
                "u": str(each.client.upload_id) if each.client.upload_id else None,
                "s": before["sent"],
                "a": before["sent_as"],
                "r": record.hex() if record else None,
            },
        }
        told.entries[each.client.pk] = json.dumps(entry)
        for name, value in each.meta.items():
            setattr(each.client, name, value)
    clients.change_all([(c.client, c.before, c.row) for c in changes], str(upload), upload.pk)


def _note(said: Sequence[tuple[Any, ...]]) -> None:
    """Notes what the file said of clients that it did not change: of all at once, for each time
    PostgreSQL may look through all clients."""
    if not said:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE said (id uuid, sent bigint, sent_as bigint, sent_record bytea) "
            "ON COMMIT DROP"
        )
        bulk.copy(cursor, "said", said)
        cursor.execute("ANALYZE said")
        cursor.execute(
            "UPDATE monitoring_client c SET sent = s.sent, sent_as = s.sent_as, "
            "sent_record = s.sent_record FROM said s WHERE c.id = s.id"
        )
        cursor.execute("DROP TABLE said")
