"""What no one person can have done: two services at once, after death, before birth.

It is looked for in the first and the last activity of each client, the deaths that services
report, and activity whose time of day is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np
from django.db.models import Max, Min

from sharewell.linkage import impossible
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.checks import data_set_of
from sharewell.service.monitoring.people.workings import Material

DIED = "DIED"
"""The code of why a client left who died; the day of leaving is then that of death."""

_NEVER = np.datetime64("NaT")
_LONG_AGO = -1_000_000
"""Born on this day is who cannot be born too late, because the day is not known."""


@dataclass(frozen=True)
class Odd:
    """Two clients (or one, twice) taken as one person, what cannot be, and when."""

    kind: str
    one: UUID
    other: UUID
    day: date


@dataclass(frozen=True)
class _Seen:
    """One row of what was seen of a client."""

    client: UUID
    at: np.datetime64
    service: UUID | None = None
    died: np.datetime64 | None = None


def find_oddities(material: Material) -> Iterator[Odd]:
    """Everything impossible in who is who as it is written, each pair once for each kind."""
    person = dict(reach.memberships().values_list("client_id", "person"))
    seen = [each for each in _seen() if each.client in person]
    if not seen:
        return
    born = _born(material)
    services: dict[UUID | None, int] = {}
    found = impossible(
        np.array([person[each.client] for each in seen], np.int64),
        np.array([born.get(each.client, _LONG_AGO) for each in seen], np.int64),
        np.array([each.at for each in seen], "datetime64[m]"),
        np.array([services.setdefault(each.service, len(services)) for each in seen], np.int64),
        np.array([_NEVER if each.died is None else each.died for each in seen], "datetime64[D]"),
    )
    said: set[tuple[str, UUID, UUID]] = set()
    for each in found:
        one, other = seen[each.row], seen[each.other]
        key = (each.kind, one.client, other.client)
        if key not in said:
            said.add(key)
            at = other.at if other.died is None else other.died
            yield Odd(*key, at.astype("datetime64[D]").astype(date))


def _seen() -> Iterator[_Seen]:
    of_clients = reach.records().filter(client__isnull=False).order_by()
    ends = of_clients.values("client").annotate(Min("day"), Max("day"))
    for client, first, last in ends.values_list("client", "day__min", "day__max").iterator():
        for day in {first, last}:
            yield _Seen(client, np.datetime64(day, "m"))
    deaths = reach.clients().filter(closed_reason=DIED, closed_on__isnull=False)
    for client, day in deaths.values_list("pk", "closed_on"):
        yield _Seen(client, _NEVER, died=np.datetime64(day, "D"))
    for module in data_set_of().modules:
        began = next((field.name for field in module.fields if field.kind == "time"), None)
        if began is None:
            continue
        timed = of_clients.filter(module=module.id, **{f"fields__{began}__gt": ""})
        rows = timed.values_list("client", "service", "day", f"fields__{began}")
        for client, service, day, time in rows.iterator():
            yield _Seen(client, np.datetime64(f"{day}T{time}", "m"), service)


def _born(material: Material) -> dict[UUID, int]:
    """The day of birth of each client as it is recorded now, in days since 1970."""
    now = material.records.take(material.now)
    return {
        material.clients[client]: born
        for client, born in zip(now.client.tolist(), now.born.tolist(), strict=True)
    }
