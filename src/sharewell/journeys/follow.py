"""Spells at services, what each came from, and what followed it.

A spell is a person's contacts at one service with no gap between them that is too long. Whoever
begins a spell comes from the service where they were last seen before, if that is not too long
ago; two spells that begin on the same day come from neither.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sharewell.journeys.contacts import (
    DAY_BITS,
    LEFT,
    ORIGIN,
    SERVICE_BITS,
    Bools,
    Contacts,
    Ints,
    Leavings,
    Terms,
    nobody,
    pack,
    unpack,
)
from sharewell.journeys.impossible import NEVER, Impossible, deaths, died_on, find_impossible

OPEN, BACK, ELSEWHERE, GONE, DEAD, LOST = range(6)
AFTER = (
    "too early to say",
    "back at the same service",
    "seen at another service",
    "left, with a reason recorded",
    "died",
    "lost to follow-up",
)
"""What followed a spell, by number."""


@dataclass(frozen=True)
class Spells:
    """One row for each spell, by person, service and first day; arrays of one length.

    ``first``, ``last``: days since 1970 of its first and last contact. ``days``: on how many days
    they were seen. ``origin``: the spell (a row) that they came from, -1 for none; ``wait``: how
    many days after they were last seen there (0: the same day), -1 for none; ``beside``: whether
    they were seen there again after this spell began. ``onward``: the first spell to come from
    this one, -1 for none. ``after``: what followed, as a place in `AFTER`; ``where``: the service
    where they were seen next within the time, -1 for none.
    """

    person: Ints
    service: Ints
    first: Ints
    last: Ints
    days: Ints
    origin: Ints
    wait: Ints
    beside: Bools
    onward: Ints
    after: Ints
    where: Ints

    def __len__(self) -> int:
        return len(self.person)


@dataclass(frozen=True)
class Journeys:
    """The spells of everybody who can be followed, and who cannot. ``until`` is the last day that
    is known; ``seen`` the distinct contacts, packed and in order, and ``apart`` those of people
    who are not followed."""

    spells: Spells
    impossible: Impossible
    terms: Terms
    until: int
    seen: Ints
    apart: Ints


def follow(
    contacts: Contacts,
    until: int,
    terms: Terms | None = None,
    leavings: Leavings | None = None,
) -> Journeys:
    """The journeys of the people in ``contacts``, as far as ``until`` (a day since 1970; contacts
    after it are left out). The order of the rows does not matter, nor do rows that stand twice."""
    terms, leavings = terms or Terms(), leavings or nobody()
    known = (contacts.person >= 0) & (contacts.day <= until)
    contacts = contacts if known.all() else contacts.take(known)
    strange = find_impossible(contacts, leavings)
    seen = _distinct(pack(contacts.person, contacts.service, contacts.day))
    not_followed = strange.among(seen >> (DAY_BITS + SERVICE_BITS))
    apart, seen = seen[not_followed], seen[~not_followed]
    return Journeys(_spells(seen, until, terms, leavings), strange, terms, until, seen, apart)


def _distinct(packed: Ints) -> Ints:
    """In order, each once."""
    ordered = np.sort(packed)
    new = np.ones(len(ordered), dtype=bool)
    new[1:] = ordered[1:] != ordered[:-1]
    return ordered[new]


def _spells(seen: Ints, until: int, terms: Terms, leavings: Leavings) -> Spells:
    if not len(seen):
        no = seen
        return Spells(no, no, no, no, no, no, no, no.astype(bool), no, no, no)
    person, service, day = unpack(seen)
    place = seen >> DAY_BITS
    begins = np.ones(len(seen), dtype=bool)
    begins[1:] = (place[1:] != place[:-1]) | (day[1:] - day[:-1] > terms.gap)
    starts = np.flatnonzero(begins)
    ends = np.append(starts[1:], len(seen))
    spell_of = np.cumsum(begins) - 1
    origin_row, next_day, next_row = _around(person, service, day, begins)
    first, last = day[starts], day[ends - 1]
    came = origin_row[starts]
    wait = np.where(came >= 0, first - day[came], -1)
    came = np.where(wait <= terms.gap, came, -1)
    wait = np.where(came >= 0, wait, -1)
    origin = np.where(came >= 0, spell_of[came], -1)
    beside = (origin >= 0) & (last[origin] > first)
    final = ends - 1
    after, where = _after(
        who=person[starts],
        service=service[starts],
        first=first,
        last=last,
        next_day=next_day[final],
        next_same=_next_same(place, day, final),
        next_service=service[next_row[final]],
        until=until,
        terms=terms,
        leavings=leavings,
    )
    return Spells(
        person=person[starts],
        service=service[starts],
        first=first,
        last=last,
        days=ends - starts,
        origin=origin,
        wait=wait,
        beside=beside,
        onward=_onward(origin, first, service[starts]),
        after=after,
        where=where,
    )


def _around(person: Ints, service: Ints, day: Ints, begins: Bools) -> tuple[Ints, Ints, Ints]:
    """For each contact (n,): the row of the contact before it that its spell may have come from
    (-1: none), the next day on which its person was seen anywhere (NEVER: none), and a row of
    that day.

    In order of person, day, whether a spell begins, and service, the contact before a row's block
    of spells that begin together is the latest that counts. It is never at the row's own service
    within the gap, for then the spell would not begin.
    """
    n = len(person)
    when = (person << (DAY_BITS + 1)) | ((day - ORIGIN) << 1) | begins
    order = np.argsort((when << SERVICE_BITS) | service, kind="stable")
    when, who = when[order], person[order]
    block = _first_of_each(when)
    before = block - 1
    usable = (before >= 0) & (who[np.maximum(before, 0)] == who)
    origin = np.full(n, -1, np.int64)
    origin[order] = np.where(usable, order[np.maximum(before, 0)], -1)
    today = _first_of_each(when >> 1)
    new = today == np.arange(n)
    after = np.append(np.flatnonzero(new)[1:], n)[np.cumsum(new) - 1]
    inside = (after < n) & (who[np.minimum(after, n - 1)] == who)
    row = order[np.minimum(after, n - 1)]
    next_row, next_day = np.zeros(n, np.int64), np.full(n, NEVER)
    next_row[order] = np.where(inside, row, 0)
    next_day[order] = np.where(inside, day[row], NEVER)
    return origin, next_day, next_row


def _first_of_each(ordered: Ints) -> Ints:
    """(n,) where the run of equal values that each stands in begins."""
    new = np.zeros(len(ordered), np.int64)
    changed = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    new[changed] = changed
    return np.maximum.accumulate(new)


def _next_same(place: Ints, day: Ints, final: Ints) -> Ints:
    """The next day at the same service after each spell's last row; NEVER where there is none."""
    following = np.minimum(final + 1, len(place) - 1)
    same = (following > final) & (place[following] == place[final])
    return np.where(same, day[following], NEVER)


def _onward(origin: Ints, first: Ints, service: Ints) -> Ints:
    """The first spell (by day, then service) that came from each."""
    onward = np.full(len(origin), -1, np.int64)
    came = np.flatnonzero(origin >= 0)
    latest_first = came[np.lexsort((service[came], first[came]))][::-1]
    onward[origin[latest_first]] = latest_first
    return onward


def _after(
    *,
    who: Ints,
    service: Ints,
    first: Ints,
    last: Ints,
    next_day: Ints,
    next_same: Ints,
    next_service: Ints,
    until: int,
    terms: Terms,
    leavings: Leavings,
) -> tuple[Ints, Ints]:
    """What followed each spell, and where they were seen next."""
    soon = last + terms.lost
    died = died_on(who, *deaths(leavings)) <= soon
    seen = next_day <= soon
    known = until >= last + terms.gap
    left = _recorded(leavings, who, service, first, soon)
    lost_known = until >= soon
    after = np.select(
        [died, ~known, seen & (next_same == next_day), seen, left, lost_known],
        [DEAD, OPEN, BACK, ELSEWHERE, GONE, LOST],
        OPEN,
    )
    where = np.where(after == BACK, service, np.where(after == ELSEWHERE, next_service, -1))
    return after.astype(np.int64), where.astype(np.int64)


def _recorded(leavings: Leavings, who: Ints, service: Ints, first: Ints, soon: Ints) -> Bools:
    """Which spells end with a reason that the service recorded, from the first day on and before
    it is too late."""
    gone = (leavings.kind == LEFT) & (leavings.person >= 0)
    reasons = np.sort(pack(leavings.person[gone], leavings.service[gone], leavings.day[gone]))
    if not len(reasons):
        return np.zeros(len(who), dtype=bool)
    begin = np.searchsorted(reasons, pack(who, service, first), "left")
    last_day = np.minimum(soon, ORIGIN + 2**DAY_BITS - 1)
    end = np.searchsorted(reasons, pack(who, service, last_day), "right")
    return np.asarray(end > begin)
