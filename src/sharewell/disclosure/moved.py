"""Who came in or went between two editions of the same data, as a reader may know it.

Where clients may withdraw their consent and records are added late, a period counted again is not
the count that is out, and the difference is somebody. The cautious assumption is a reader who
knows of everybody but a few whether their records stayed: one count of two editions is then the
other, or the other and those who came or went. How many these are must not be learnt where they
are few, as of any count.

This is not the claim that later editions never hold less (`Frame.growing`): it follows the true
counts, either way.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np

from sharewell.disclosure.coordinates import EDITION, MEASURE, Edition
from sharewell.disclosure.system import UNBOUNDED, Bools, Ints, System

if TYPE_CHECKING:
    from sharewell.disclosure.relations import Linked


def with_moved(linked: Linked) -> Linked:
    """``linked`` with an equation for every count that stands in two editions next to each other.

    What came or went is the rest of the larger count. Counts of things, and those of which the
    true count is not known, are left as they are.
    """
    truth = linked.truth
    if truth is None or not linked.frame.followed:
        return linked
    one, other = _pairs(linked, truth)
    if not len(one):
        return linked
    larger = np.where(truth[one] >= truth[other], one, other)
    smaller = np.where(truth[one] >= truth[other], other, one)
    moved = truth[larger] - truth[smaller]
    apart = moved > 0
    rests = len(linked) + np.arange(int(apart.sum()), dtype=np.int64)
    system = _extended(linked.system, len(rests))
    sizes = 1 + apart.astype(np.int64)
    parts = np.full(int(sizes.sum()), -1, dtype=np.int64)
    at = np.cumsum(sizes) - sizes
    parts[at] = smaller
    parts[at[apart] + 1] = rests
    grown = replace(
        system,
        total=np.concatenate([system.total, larger]),
        parts=np.concatenate([system.parts, parts]),
        start=np.concatenate([system.start, system.start[-1] + np.cumsum(sizes)]),
    )
    more = np.zeros(len(rests), dtype=bool)
    kind = linked.space.place(EDITION)
    return replace(
        linked,
        system=grown,
        released=np.concatenate([linked.released, more]),
        printed=np.concatenate([linked.printed, more]),
        truth=np.concatenate([truth, moved[apart]]),
        relation=np.concatenate([linked.relation, np.full(len(larger), kind, dtype=np.int64)]),
        rest_of=np.concatenate([linked.rest_of, larger[apart]]),
    )


def of_things(linked: Linked) -> Bools:
    """(n,) whether a count is of things, or the rest of such a count."""
    values = linked.space.axes[linked.space.place(MEASURE)].values
    things = np.array([value in linked.frame.things for value in values] or [False])
    found = np.zeros(len(linked), dtype=bool)
    found[: linked.named] = things[linked.space.codes[:, linked.space.place(MEASURE)]]
    for rest in range(linked.named, len(linked) if linked.frame.things else 0):
        found[rest] = found[linked.rest_of[rest - linked.named]]
    return found


def _pairs(linked: Linked, truth: Ints) -> tuple[Ints, Ints]:
    """Counts that differ in nothing but the edition, each with that of the next edition."""
    space = linked.space
    place = space.place(EDITION)
    kinds: dict[object, int] = {}
    editions = cast("list[Edition]", space.axes[place].values)
    covers = np.array(
        [kinds.setdefault(tuple(p[:2] for p in each), len(kinds)) for each in editions] or [0]
    )
    named = np.flatnonzero((truth[: linked.named] >= 0) & ~of_things(linked)[: linked.named])
    edition = space.codes[named, place]
    plain = space.keys[named] - edition * space.strides[place]
    order = np.lexsort([edition, covers[edition], plain])
    before, after = order[:-1], order[1:]
    same = (plain[before] == plain[after]) & (covers[edition[before]] == covers[edition[after]])
    return named[before[same]], named[after[same]]


def _extended(system: System, more: int) -> System:
    """The system with ``more`` counts of which nothing is known."""
    return replace(
        system,
        low=np.concatenate([system.low, np.zeros(more, dtype=np.int64)]),
        high=np.concatenate([system.high, np.full(more, UNBOUNDED, dtype=np.int64)]),
        protected=np.concatenate([system.protected, np.zeros(more, dtype=bool)]),
    )
