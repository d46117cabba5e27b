"""Rows that no one person can have: signs that two people were taken for one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sharewell.journeys.contacts import DIED, Bools, Contacts, Ints, Leavings

AT_ONCE, AFTER_DEATH = 0, 1
IMPOSSIBLE = ("at two services at once", "after death")
"""Why, by number."""


@dataclass(frozen=True)
class Impossible:
    """People who are not followed: ``person`` (n,) in order, each once, and ``why`` (n,) as a place
    in `IMPOSSIBLE`: the first that holds."""

    person: Ints
    why: Ints

    def __len__(self) -> int:
        return len(self.person)

    def among(self, person: Ints) -> Bools:
        """Which of these rows are theirs."""
        return np.isin(person, self.person)


def find_impossible(contacts: Contacts, leavings: Leavings) -> Impossible:
    """Who was at two services in the same minute, or seen after the first day on which a service
    says that they died."""
    once, dead = at_once(contacts), after_death(contacts, leavings)
    person = np.union1d(once, dead)
    why = np.where(np.isin(person, once), AT_ONCE, AFTER_DEATH)
    return Impossible(person, why)


def at_once(contacts: Contacts) -> Ints:
    """People with two rows in one minute at two services."""
    timed = np.flatnonzero((contacts.minute >= 0) & (contacts.person >= 0))
    person, service, day, minute = (
        column[timed]
        for column in (contacts.person, contacts.service, contacts.day, contacts.minute)
    )
    order = np.lexsort((service, minute, day, person))
    person, service, day, minute = (c[order] for c in (person, service, day, minute))
    clash = (
        (person[1:] == person[:-1])
        & (day[1:] == day[:-1])
        & (minute[1:] == minute[:-1])
        & (service[1:] != service[:-1])
    )
    return np.unique(person[1:][clash])


def after_death(contacts: Contacts, leavings: Leavings) -> Ints:
    """People with a row after the first day of death that is recorded of them."""
    who, day = deaths(leavings)
    if not len(who):
        return who
    died = died_on(contacts.person, who, day)
    return np.unique(contacts.person[contacts.day > died])


def deaths(leavings: Leavings) -> tuple[Ints, Ints]:
    """Who died, in order and each once, and the first day recorded."""
    dead = (leavings.kind == DIED) & (leavings.person >= 0)
    person, day = leavings.person[dead], leavings.day[dead]
    order = np.lexsort((day, person))
    who, first = np.unique(person[order], return_index=True)
    return who, day[order][first]


NEVER = np.iinfo(np.int64).max


def died_on(person: Ints, who: Ints, day: Ints) -> Ints:
    """(n,) the day of death of each row's person; NEVER where none is recorded."""
    found = np.full(len(person), NEVER)
    if len(who):
        at = np.minimum(np.searchsorted(who, person), len(who) - 1)
        dead = who[at] == person
        found[dead] = day[at[dead]]
    return found
