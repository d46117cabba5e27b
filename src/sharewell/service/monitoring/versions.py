"""What clients and records were before, and how two changes of one become one.

A row is what a file of the data set would have: text by the name of the field, '' for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sharewell.service.monitoring import bulk, bundling
from sharewell.service.monitoring.errors import Conflict, MonitoringFault
from sharewell.service.monitoring.models import Client, Record, Version
from sharewell.service.monitoring.reach import acting, versions
from sharewell.service.monitoring.sealing import seal, unseal

Row = Mapping[str, str]

_WHAT = "version"


@dataclass(frozen=True)
class Change:
    """One change of a client or a record: which version it made, the fields that differ, and the
    whole row as it was then."""

    version: Version
    fields: Mapping[str, tuple[str, str]]
    row: Row


def keep(thing: Client | Record, what: str, row: Row, reason: str = "") -> Version:
    """Keeps the row as the thing's version of today."""
    return Version.objects.create(**_version(thing, what, row, reason))


def keep_all(
    things: Mapping[UUID, tuple[Client | Record, Row]],
    what: str,
    reason: str = "",
    keys: Mapping[UUID, bytes] | None = None,
) -> None:
    """Keeps many at once; ``keys`` are those of the clients, where they were fetched already."""
    bulk.create_all(
        [Version(**_version(thing, what, row, reason, keys)) for thing, row in things.values()]
    )


def row_at(thing: UUID, number: int, key: UUID) -> Row:
    """The row as it was in that version, under the key that seals it now; MonitoringFault where
    there is none: a file gave the record to another client meanwhile."""
    if version := versions().filter(thing=thing, number=number).first():
        return unseal(version.key, _WHAT, version.sealed)
    for entry in bundling.entries_under(key):
        if entry.thing == thing and entry.number == number:
            return entry.row
    raise MonitoringFault("A file changed whose record this is. Look again, and begin anew.")


def history(key: UUID) -> list[Change]:
    """Every change under a client's key, of the client and of their records, the latest first."""
    made, before = [], {}
    kept = [(each, unseal(key, _WHAT, each.sealed)) for each in versions().filter(key=key)]
    kept += [(entry.version(), entry.row) for entry in bundling.entries_under(key)]
    for version, row in sorted(kept, key=lambda pair: (pair[0].at, pair[0].number)):
        earlier = before.get(version.thing, {})
        names = [name for name in {**earlier, **row} if earlier.get(name, "") != row.get(name, "")]
        differ = {name: (earlier.get(name, ""), row.get(name, "")) for name in names}
        made.append(Change(version, differ if version.number > 1 else {}, row))
        before[version.thing] = row
    return made[::-1]


def merge(base: Row, theirs: Row, mine: Row, version: int) -> dict[str, str]:
    """The row with both changes since ``base``; Conflict where both changed a field differently."""
    merged, clashing = dict(theirs), {}
    for name in {**base, **mine}:
        was, now, wanted = base.get(name, ""), theirs.get(name, ""), mine.get(name, "")
        if wanted == was:
            continue
        if now not in (was, wanted):
            clashing[name] = now
        merged[name] = wanted
    if clashing:
        raise Conflict(clashing, merged, version)
    return merged


def _version(
    thing: Client | Record,
    what: str,
    row: Row,
    reason: str,
    keys: Mapping[UUID, bytes] | None = None,
) -> dict[str, object]:
    if isinstance(thing, Client):
        kind, key = "client", thing.pk
    else:
        kind, key = "record", thing.client_id or thing.service_id
    return {
        "service_id": thing.service_id,
        "thing": thing.pk,
        "kind": kind,
        "number": thing.version,
        "what": what,
        "reason": reason,
        "by_id": acting(),
        "key": key,
        "sealed": seal(key, _WHAT, dict(row), keys),
    }
