"""Finds who is who among all clients who consent, and writes it in one transaction.

What is found is the same however often it is found, and by however many at once. Killed at any
moment, it leaves what stood before, or the whole of what was found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db import IntegrityError, connection
from django.utils import timezone

from sharewell.linkage import Decision, Linked, Policy, Records, link, standing
from sharewell.linkage.records import Ints, pack
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.keys import KeyGone
from sharewell.service.monitoring.models import Linking, Membership, Oddity, Pair
from sharewell.service.monitoring.people import workings
from sharewell.service.monitoring.people.oddities import find_oddities
from sharewell.service.monitoring.people.workings import Material
from sharewell.service.monitoring.reach import counting_reach, within
from sharewell.service.monitoring.sealing import pseudonym

Progress = Callable[[int, str], None]

_AT_ONCE = 5_000
_ATTEMPTS = 3
_ONE_AT_A_TIME = 0x5745_4F57
"""The advisory lock under which who is who is written."""
_MOST = 5
"""Of clients with one attributor, so many are tried for a pair that one area sees whole."""


@dataclass(frozen=True)
class Logged(Decision):
    """A decision with its number in the log."""

    number: int


@dataclass(frozen=True)
class WhoIsWho:
    """What was found. For each client of ``material`` that has a row: ``exact``, ``person`` and
    ``strict``; -1 for the others."""

    material: Material
    exact: Ints
    person: Ints
    strict: Ints
    linked: Linked


def find_who_is_who(progress: Progress = lambda _percent, _words: None) -> Linking:
    """Finds who is who, unless nothing changed since it was found; the linking that holds now."""
    began = timezone.now()
    progress(2, "Looks what changed.")
    with within(counting_reach()):
        clients, data = workings.consented()
        if last := _still_holds(data):
            return last
        progress(5, f"Reads {len(clients):,} client records.")
        material = workings.gather(clients)
        log = logged()
    progress(40, "Finds who is who.")
    found = link_all(material, log)
    progress(70, "Writes it down.")
    made = _written(found, began, data, log)
    with within(counting_reach()):
        workings.retire()
    return made


def logged() -> list[Logged]:
    """Every decision in reach, as the library knows them, in order."""
    return [
        Logged(
            each.verdict,
            str(each.one),
            str(each.other),
            str(each.by_id),
            each.at,
            each.why,
            number=each.pk,
        )
        for each in reach.decisions()
    ]


def link_all(material: Material, log: Sequence[Decision]) -> WhoIsWho:
    """Links by attributors, steps and decisions; and again with districts that must agree."""
    stands = standing(log)
    same, different = stands.coded([str(client) for client in material.clients])
    linked = link(material.records, same=same, different=different)
    policy = Policy(district_must_agree=True)
    strict = link(material.records, same=same, different=different, policy=policy)
    size = len(material.clients)

    def by_client(numbers: Ints) -> Ints:
        spread = np.full(size, -1, np.int64)
        counted = numbers >= 0
        spread[material.records.client[counted]] = numbers[counted]
        return spread

    return WhoIsWho(
        material,
        by_client(linked.exact),
        by_client(linked.person),
        by_client(strict.person),
        linked,
    )


def _still_holds(data: str) -> Linking | None:
    """The last linking, where it was found from the same; what activity says is looked at anew."""
    last = reach.linkings().first()
    if last is None or last.data != data:
        return None
    try:
        material = workings.kept()
    except KeyGone:
        return None
    if material is None:
        return None
    _only_one()
    _write_oddities(material)
    workings.retire()
    return last


def _written(found: WhoIsWho, began: datetime, data: str, log: Sequence[Logged]) -> Linking:
    """Writes who is who in place of what stood; again, where a client was deleted meanwhile."""
    for attempt in range(_ATTEMPTS):
        try:
            with within(counting_reach()):
                _only_one()
                if newer := reach.linkings().filter(began__gt=began).first():
                    return newer  # another found it from what is later
                return _write(found, began, data, log)
        except IntegrityError:
            if attempt + 1 == _ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _write(found: WhoIsWho, began: datetime, data: str, log: Sequence[Logged]) -> Linking:
    reach.forget_who_is_who()
    material = found.material
    made = Linking.objects.create(
        began=began,
        data=data,
        clients=int((found.person >= 0).sum()),
        exact=len(np.unique(found.exact[found.exact >= 0])),
        people=len(np.unique(found.person[found.person >= 0])),
        decisions=log[-1].number if log else 0,
    )
    there = set(reach.clients().values_list("pk", flat=True))
    Membership.objects.bulk_create(
        (
            Membership(
                client_id=client,
                pseudonym=pseudonym(client),
                exact=int(found.exact[number]),
                person=int(found.person[number]),
                strict=int(found.strict[number]),
            )
            for number, client in enumerate(material.clients)
            if client in there and found.person[number] >= 0
        ),
        batch_size=_AT_ONCE,
    )
    Pair.objects.bulk_create(
        (pair for pair in _pairs(found) if {pair.one_id, pair.other_id} <= there),
        batch_size=_AT_ONCE,
    )
    workings.keep(made, material)
    _write_oddities(material)
    return made


def _pairs(found: WhoIsWho) -> Iterator[Pair]:
    """What was linked by a step or left to a clerk, as pairs of clients, each once: the surest of
    the attributors that they had."""
    links, material = found.linked.links, found.material
    holders = _holders(material.records, np.concatenate([links.rarer, links.other]))
    doubtful, evidence = found.linked.doubtful, found.linked.evidence
    written: set[tuple[int, int]] = set()
    for row in np.argsort(-links.probability, kind="stable").tolist():
        pair = _closest(
            holders[int(links.rarer[row])], holders[int(links.other[row])], material.areas
        )
        if pair in written:
            continue
        written.add(pair)
        kind = int(links.step[row]), int(links.relation[row]), int(links.times[row])
        yield Pair(
            one_id=material.clients[pair[0]],
            other_id=material.clients[pair[1]],
            step=kind[0],
            relation=kind[1],
            times=kind[2],
            found=float(evidence.found[kind]),
            expected=float(evidence.expected[kind]),
            probability=float(links.probability[row]),
            linked=bool(links.linked[row]),
            doubtful=bool(doubtful[row]),
        )


def _holders(records: Records, wanted: Ints) -> dict[int, list[int]]:
    """The clients who ever had each of these attributors, in order."""
    packed = pack(records)
    rows = np.flatnonzero(np.isin(packed, wanted))
    held: dict[int, list[int]] = {}
    for attributor, client in sorted(
        set(zip(packed[rows].tolist(), records.client[rows].tolist(), strict=True))
    ):
        held.setdefault(attributor, []).append(client)
    return held


def _closest(left: list[int], right: list[int], areas: Sequence[str]) -> tuple[int, int]:
    """A client of each, the lower first: of one area where there are such, so that whoever works
    for that area alone sees the pair."""
    candidates = [
        (areas[a] != areas[b] or not areas[a], min(a, b), max(a, b))
        for a in left[:_MOST]
        for b in right[:_MOST]
    ]
    return min(candidates)[1:]


def _write_oddities(material: Material) -> None:
    reach.oddities().delete()
    Oddity.objects.bulk_create(
        (
            Oddity(one_id=odd.one, other_id=odd.other, kind=odd.kind, day=odd.day)
            for odd in find_oddities(material)
        ),
        batch_size=_AT_ONCE,
    )


def _only_one() -> None:
    """Waits until nobody else writes who is who, and keeps them waiting until this is committed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
