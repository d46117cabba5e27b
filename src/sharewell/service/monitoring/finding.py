"""Finds whom an attributor may be, among the clients of one service, and says why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sharewell.linkage import Attributor
from sharewell.service.monitoring.clients import attributors, last_seen
from sharewell.service.monitoring.models import Client, Service
from sharewell.service.monitoring.reach import clients, traces
from sharewell.service.monitoring.sealing import EXACT, sought

MOST = 20
"""More matches than these are of no help at a hatch."""


@dataclass(frozen=True)
class Match:
    """A client who may be meant: their attributor now, why, and when they were last there."""

    client: Client
    attributor: Attributor
    why: str
    last: date | None

    @property
    def exact(self) -> bool:
        """Whether everything is the same, as it is now or as it was."""
        return self.why.startswith(EXACT)


def likely(service: Service, attributor: Attributor) -> list[Match]:
    """The clients who may have this attributor, the most alike first, then the last seen."""
    wanted = sought(service.pk, attributor)
    rank = {why: place for place, why in enumerate(wanted.values())}
    best: dict[object, tuple[int, str, bool]] = {}
    found = traces().filter(service=service, digest__in=list(wanted)).values_list(
        "identity__client", "identity__current", "digest"
    )  # fmt: skip
    for client, current, digest in found:
        why = wanted[bytes(digest)]
        here = (rank[why], why, current)
        held = best.get(client)
        if held is None or (here[0], not here[2]) < (held[0], not held[2]):
            best[client] = here
    people = {each.pk: each for each in clients().filter(pk__in=list(best))}
    now, seen = attributors(people), last_seen(people)
    matches = [
        Match(
            people[client],
            now[client],
            why if current else f"{why}, by a former attributor",
            seen.get(client),
        )
        for client, (_, why, current) in best.items()
        if client in now
    ]
    matches.sort(key=lambda m: (rank[m.why.split(", by")[0]], -(m.last or date.min).toordinal()))
    return matches[:MOST]
