"""Combinations that no one person can have: signs of a false link, or of a wrong date."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sharewell.linkage.records import Ints

Days = npt.NDArray[np.datetime64]

KINDS = {
    "after-death": "recorded after the day of death; look whether two people were linked",
    "before-birth": "recorded before the date of birth; one of the dates is wrong",
    "two-deaths": "deaths on different days; two people were linked, or one date is wrong",
    "two-services-at-once": "at two services in the same minute; two people were linked",
}


@dataclass(frozen=True)
class Impossible:
    """A person, the two rows (or one, twice) that do not go together, and why."""

    kind: str
    person: int
    row: int
    other: int

    @property
    def words(self) -> str:
        """What is wrong and what to do."""
        return KINDS[self.kind]


def impossible(
    person: Ints,
    born: Ints,
    at: Days,
    service: Ints | None = None,
    died: Days | None = None,
) -> tuple[Impossible, ...]:
    """Everything impossible, by person and row.

    One row for each record: ``born`` in days since 1970; ``at`` when it took place, to the
    minute, or midnight where only the day is known (NaT: not known); ``died``: the day of death
    that the record reports (NaT: none). Rows of nobody (person -1) are left out.
    """
    minutes = at.astype("datetime64[m]")
    found = list(_before_birth(person, born, minutes))
    if died is not None:
        found += _after_death(person, minutes, died.astype("datetime64[D]"))
    if service is not None:
        found += _at_once(person, minutes, service)
    return tuple(sorted(found, key=lambda f: (f.person, f.row, f.other, f.kind)))


def _before_birth(person: Ints, born: Ints, at: Days) -> Iterator[Impossible]:
    early = at.astype("datetime64[D]") < born.astype("datetime64[D]")
    for row in np.flatnonzero(early & (person >= 0)).tolist():
        yield Impossible("before-birth", int(person[row]), row, row)


def _after_death(person: Ints, at: Days, died: Days) -> Iterator[Impossible]:
    deaths: dict[int, int] = {}
    known = np.flatnonzero(~np.isnat(died) & (person >= 0))
    for row in known[np.argsort(died[known], kind="stable")].tolist():
        first = deaths.setdefault(int(person[row]), row)
        if died[first] != died[row]:
            yield Impossible("two-deaths", int(person[row]), first, row)
    day = at.astype("datetime64[D]")
    dead = np.array(sorted(deaths), np.int64)
    for row in np.flatnonzero(np.isin(person, dead)).tolist():
        death = deaths[int(person[row])]
        if day[row] > died[death]:
            yield Impossible("after-death", int(person[row]), death, row)


def _at_once(person: Ints, at: Days, service: Ints) -> Iterator[Impossible]:
    timed = ~np.isnat(at) & (at != at.astype("datetime64[D]")) & (person >= 0)
    rows = np.flatnonzero(timed)
    rows = rows[np.lexsort((rows, service[rows], at[rows], person[rows]))]
    left, right = rows[:-1], rows[1:]
    clash = (
        (person[left] == person[right])
        & (at[left] == at[right])
        & (service[left] != service[right])
    )
    for one, two in zip(left[clash].tolist(), right[clash].tolist(), strict=True):
        yield Impossible("two-services-at-once", int(person[one]), one, two)
