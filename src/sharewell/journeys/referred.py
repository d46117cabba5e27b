"""Referrals made, against who arrived: as the record says, and as contacts show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sharewell.journeys.contacts import (
    DAY_BITS,
    ORIGIN,
    SERVICE_BITS,
    Ints,
    Referrals,
    pack,
)
from sharewell.journeys.follow import Journeys

ARRIVED, DID_NOT, NOT_KNOWN = range(3)
SAID = ("arrived", "did not arrive", "not known")
"""What the referring service's own record says, by number."""

THERE, OTHERWISE, NOWHERE, EARLY = range(4)
SEEN = (
    "seen there in time",
    "seen, but not there in time",
    "seen nowhere: lost to follow-up",
    "too early to say",
)
"""What contacts say, by number. ``OTHERWISE``: a later contact at any service."""


@dataclass(frozen=True)
class Followed:
    """One row for each referral of people who are followed; arrays of one length.

    The first five columns are those of `Referrals`; ``said`` and ``seen`` are places in `SAID` and
    `SEEN`; ``wait``: days until the contact that shows the arrival, -1 for none.
    """

    person: Ints
    service: Ints
    day: Ints
    other: Ints
    agency: Ints
    said: Ints
    seen: Ints
    wait: Ints

    def __len__(self) -> int:
        return len(self.person)


def follow_up(referrals: Referrals, journeys: Journeys) -> Followed:
    """What followed each referral. Those of nobody, of people who are not followed, and after the
    last known day are left out. Nobody arrives by a referral to the service itself."""
    keep = (referrals.person >= 0) & (referrals.day <= journeys.until)
    keep &= ~journeys.impossible.among(referrals.person)
    person, service, day, other, agency, said = (
        column[keep] for column in vars(referrals).values()
    )
    terms, until = journeys.terms, journeys.until
    arrival = _first_contact(journeys.seen, person, np.where(other == service, -1, other), day)
    wait = np.where(arrival >= 0, arrival - day, -1)
    in_time = (wait >= 0) & (wait <= terms.arrive)
    later = _seen_later(journeys.seen, person, day)
    anywhere = (later >= 0) & (later - day <= terms.lost)
    too_late = until >= day + np.where(other >= 0, terms.arrive, 0)
    lost = until >= day + max(terms.arrive, terms.lost)
    seen = np.select(
        [in_time, anywhere & too_late, lost],
        [THERE, OTHERWISE, NOWHERE],
        EARLY,
    )
    return Followed(
        person=person,
        service=service,
        day=day,
        other=other,
        agency=agency,
        said=np.select([said == 1, said == 0], [ARRIVED, DID_NOT], NOT_KNOWN).astype(np.int64),
        seen=seen.astype(np.int64),
        wait=np.where(in_time, wait, -1),
    )


def _first_contact(seen: Ints, person: Ints, service: Ints, day: Ints) -> Ints:
    """(n,) the first day on or after ``day`` with a contact at ``service``; -1 for none."""
    if not len(seen):
        return np.full(len(person), -1, np.int64)
    wanted = pack(person, np.maximum(service, 0), day)
    at = np.searchsorted(seen, wanted)
    found = seen[np.minimum(at, len(seen) - 1)]
    same = (at < len(seen)) & (found >> DAY_BITS == wanted >> DAY_BITS) & (service >= 0)
    return np.where(same, (found & (2**DAY_BITS - 1)) + ORIGIN, -1)


def _seen_later(seen: Ints, person: Ints, day: Ints) -> Ints:
    """(n,) the first day after ``day`` with a contact anywhere; -1 for none."""
    days = ((seen >> (DAY_BITS + SERVICE_BITS)) << DAY_BITS) | (seen & (2**DAY_BITS - 1))
    days = np.sort(days)
    if not len(days):
        return np.full(len(person), -1, np.int64)
    wanted = (person << DAY_BITS) | (day - ORIGIN)
    at = np.searchsorted(days, wanted, "right")
    found = days[np.minimum(at, len(days) - 1)]
    same = (at < len(days)) & (found >> DAY_BITS == person)
    return np.where(same, (found & (2**DAY_BITS - 1)) + ORIGIN, -1)
