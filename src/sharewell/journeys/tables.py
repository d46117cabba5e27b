"""Counts of people by move, by what followed a spell, and by referral, for the services of an area.

True counts: they go to disclosure control, and nowhere else. In each table a person counts once in
a period for each place to place (or service), by the first such move or referral, or the last such
spell; so what the cells say adds up to the margins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa

from sharewell.journeys.contacts import SERVICE_BITS, Bools, Ints, unpack
from sharewell.journeys.follow import AFTER, ELSEWHERE, OPEN, Journeys
from sharewell.journeys.impossible import IMPOSSIBLE
from sharewell.journeys.referred import SAID, SEEN, Followed

STAYS = "still seen at the first"
NOWHERE_YET = "no further service"
OUTSIDE = "a service elsewhere"
NOT_SAID = "not said where"

_EDGES = (0, 7, 28, 91)

_OUT, _FOLLOWED = "seen at a service elsewhere", "seen at another service here"
ENDS = (AFTER[OPEN], AFTER[1], _FOLLOWED, _OUT, *AFTER[ELSEWHERE + 1 :])
"""What followed a spell, with other services told apart by whether they are in the area."""


@dataclass(frozen=True)
class Area:
    """The services of an area, by number, and the kinds of places that they refer to, by code.
    Names must differ."""

    services: Mapping[int, str]
    agencies: Mapping[int, str]

    def __post_init__(self) -> None:
        for what, names in (("services", self.services), ("agencies", self.agencies)):
            if len(set(names.values())) < len(names):
                raise ValueError(f"Two {what} have one name: {sorted(names.values())}.")


@dataclass(frozen=True)
class Counted:
    """A table of true counts of people. ``cells`` has a string column for each breakdown and
    ``count``, with every crossing of the categories, zeros too, and no totals."""

    name: str
    title: str
    breakdowns: tuple[str, ...]
    cells: pa.Table


def count_tables(
    journeys: Journeys, followed: Followed, area: Area, first: int, last: int
) -> tuple[Counted, ...]:
    """The tables of an area for the days from ``first`` to ``last``, both included."""
    moves, onward = _moves(journeys, area, first, last)
    said, seen = _referrals(followed, area, first, last)
    return (
        moves,
        onward,
        _ends(journeys, area, first, last),
        said,
        seen,
        _apart(journeys, area, first, last),
    )


def bands(gap: int) -> tuple[str, ...]:
    """How the days between two services are told, up to the longest gap."""
    edges = [edge for edge in _EDGES if edge < gap] + [gap]
    names = ["the same day"]
    names += [
        f"{low + 1} to {high} days" if high > low + 1 else f"{high} days"
        for low, high in pairwise(edges)
    ]
    return (STAYS, *names)


def _moves(journeys: Journeys, area: Area, first: int, last: int) -> tuple[Counted, Counted]:
    spells, names = journeys.spells, list(area.services.values())
    place = _places(area)
    to = place[spells.service]
    came = np.where(spells.origin >= 0, place[spells.service[spells.origin]], -1)
    inside = (to >= 0) & (came >= 0) & (spells.first >= first) & (spells.first <= last)
    rows = _once(inside, spells.first, spells.person, came, to)
    edges = [edge for edge in _EDGES if edge < journeys.terms.gap]
    told = bands(journeys.terms.gap)
    between = np.where(spells.beside, 0, 1 + np.searchsorted(edges, spells.wait))
    then = np.where(spells.onward >= 0, place[spells.service[spells.onward]], len(names) + 1)
    then = np.where(then == -1, len(names), then)
    moves = _table(
        "moves",
        "People who moved from one service to another, by days between",
        {"from": names, "to": names, "between": told},
        (came[rows], to[rows], between[rows]),
    )
    onward = _table(
        "onward",
        "People who moved from one service to another, by where they went then",
        {"from": names, "to": names, "then": [*names, OUTSIDE, NOWHERE_YET]},
        (came[rows], to[rows], then[rows]),
    )
    return moves, onward


def _ends(journeys: Journeys, area: Area, first: int, last: int) -> Counted:
    spells, names = journeys.spells, list(area.services.values())
    place = _places(area)
    at = place[spells.service]
    inside = (at >= 0) & (spells.last >= first) & (spells.last <= last)
    rows = _once(inside, -spells.last, spells.person, at)
    away = (spells.after == ELSEWHERE) & (place[np.maximum(spells.where, 0)] < 0)
    after = spells.after + ((spells.after > ELSEWHERE) | away)
    return _table(
        "ends",
        "People last seen at a service, by what followed",
        {"service": names, "after": ENDS},
        (at[rows], after[rows]),
    )


def _referrals(followed: Followed, area: Area, first: int, last: int) -> tuple[Counted, Counted]:
    names = list(area.services.values())
    place = _places(area)
    at = place[followed.service]
    codes = np.array(sorted(area.agencies), np.int64)
    kinds = [area.agencies[int(code)] for code in codes]
    to_place = np.where(followed.other >= 0, place[np.maximum(followed.other, 0)], -1)
    known = np.isin(followed.agency, codes)
    kind = np.searchsorted(codes, np.where(known, followed.agency, codes[0] if len(codes) else 0))
    rest = np.where(known, len(names) + 1 + kind, len(names) + 1 + len(kinds))
    outside = np.where(followed.other >= 0, len(names), rest)
    to = np.where(to_place >= 0, to_place, outside)
    inside = (at >= 0) & (followed.day >= first) & (followed.day <= last)
    rows = _once(inside, followed.day, followed.person, at, to)
    places = {"from": names, "to": [*names, OUTSIDE, *kinds, NOT_SAID]}
    said = _table(
        "referrals-said",
        "People referred, by whether the service that referred them says that they arrived",
        places | {"arrived": SAID},
        (at[rows], to[rows], followed.said[rows]),
    )
    seen = _table(
        "referrals-seen",
        "People referred, by where they were seen afterwards",
        places | {"seen": SEEN},
        (at[rows], to[rows], followed.seen[rows]),
    )
    return said, seen


def _apart(journeys: Journeys, area: Area, first: int, last: int) -> Counted:
    person, service, day = unpack(journeys.apart)
    inside = (_places(area)[service] >= 0) & (day >= first) & (day <= last)
    there = np.isin(journeys.impossible.person, person[inside])
    return _table(
        "apart",
        "People left out, because their records cannot be one person's",
        {"why": IMPOSSIBLE},
        (journeys.impossible.why[there],),
    )


def _places(area: Area) -> Ints:
    """(2**14,) the place of each service among those of the area; -1 for others."""
    place = np.full(2**SERVICE_BITS, -1, np.int64)
    place[list(area.services)] = np.arange(len(area.services))
    return place


def _once(inside: Bools, order: Ints, person: Ints, *places: Ints) -> Ints:
    """Of the rows ``inside``, the first in ``order`` of each person at the same places."""
    rows = np.flatnonzero(inside)
    key = person[rows]
    for place in places:
        key = (key << SERVICE_BITS) | place[rows]
    by = np.lexsort((rows, order[rows], key))
    ordered = key[by]
    new = np.ones(len(by), dtype=bool)
    new[1:] = ordered[1:] != ordered[:-1]
    return rows[by[new]]


def _table(
    name: str, title: str, categories: Mapping[str, Sequence[str]], codes: Sequence[Ints]
) -> Counted:
    sizes = [len(values) for values in categories.values()]
    flat = np.zeros(len(codes[0]), np.int64)
    for size, code in zip(sizes, codes, strict=True):
        flat = flat * size + code
    count = np.bincount(flat, minlength=int(np.prod(sizes)))
    grid = np.indices(sizes).reshape(len(sizes), -1)
    columns = {
        label: pa.array(values, pa.string()).take(pa.array(at))
        for (label, values), at in zip(categories.items(), grid, strict=True)
    }
    cells = pa.table(columns | {"count": pa.array(count, pa.int64())})
    return Counted(name, title, tuple(categories), cells)
