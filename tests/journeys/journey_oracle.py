"""Journeys worked out person by person and row by row, in plain Python: the oracle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sharewell.journeys import Terms


@dataclass
class Spell:
    """A spell, and what it came from."""

    person: int
    service: int
    days: list[int]
    origin: Spell | None = None
    wait: int = -1

    @property
    def first(self) -> int:
        return self.days[0]

    @property
    def last(self) -> int:
        return self.days[-1]


Row = tuple[int, int, int, int]  # person, service, day, minute


def strange_people(rows: list[Row], leavings: list[Any], until: int) -> dict[int, str]:
    """Who cannot be one person, and why."""
    known = [row for row in rows if row[0] >= 0 and row[2] <= until]
    found: dict[int, str] = {}
    for person, _, _, kind in leavings:
        dead = [d for p, _, d, k in leavings if p == person and k == 0]
        if kind == 0 and any(p == person and day > min(dead) for p, _, day, _ in known):
            found[person] = "after death"
    for person, service, day, minute in known:
        for other in known:
            same = minute >= 0 and other[0] == person and other[2:] == (day, minute)
            if same and other[1] != service:
                found[person] = "at two services at once"
    return found


def spells_of(rows: list[Row], terms: Terms) -> list[Spell]:
    """All spells, each with what it came from."""
    found: list[Spell] = []
    for person, service in sorted({row[:2] for row in rows}):
        for day in sorted({row[2] for row in rows if row[:2] == (person, service)}):
            last = found[-1] if found else None
            same = last is not None and (last.person, last.service) == (person, service)
            if same and day - last.last <= terms.gap:
                last.days.append(day)
            else:
                found.append(Spell(person, service, [day]))
    for spell in found:
        # The latest contact at another service, in a spell that began on an earlier day.
        before = [
            (day, day == other.first, other.service, other)
            for other in found
            for day in other.days
            if other.person == spell.person
            and other.service != spell.service
            and other.first < spell.first
            and day <= spell.first
        ]
        if before:
            day, *_, other = max(before, key=lambda each: each[:3])
            if spell.first - day <= terms.gap:
                spell.origin, spell.wait = other, spell.first - day
    return found


def after(spell: Spell, spells: list[Spell], leavings: list[Any], until: int, terms: Terms) -> str:
    """What followed a spell."""
    soon = spell.last + terms.lost
    deaths = [day for person, _, day, kind in leavings if person == spell.person and kind == 0]
    if deaths and min(deaths) <= soon:
        return "died"
    if until < spell.last + terms.gap:
        return "too early to say"
    later = [
        (day, other.service)
        for other in spells
        for day in other.days
        if other.person == spell.person and spell.last < day <= soon
    ]
    if later:
        next_day = min(day for day, _ in later)
        if (next_day, spell.service) in later:
            return "back at the same service"
        return "seen at another service"
    if any(
        (person, service, kind) == (spell.person, spell.service, 1) and spell.first <= day <= soon
        for person, service, day, kind in leavings
    ):
        return "left, with a reason recorded"
    return "lost to follow-up" if until >= soon else "too early to say"


def seen_after(referral: Any, rows: list[Row], until: int, terms: Terms) -> tuple[str, int]:
    """Where somebody was seen after a referral, and after how many days there."""
    person, service, day, other, *_ = referral
    mine = [row for row in rows if row[0] == person]
    there = [d - day for _, at, d, _ in mine if at == other != service and d >= day]
    if there and min(there) <= terms.arrive:
        return "seen there in time", min(there)
    anywhere = any(day < d <= day + terms.lost for _, _, d, _ in mine)
    if anywhere and (other < 0 or until >= day + terms.arrive):
        return "seen, but not there in time", -1
    if until >= day + max(terms.arrive, terms.lost):
        return "seen nowhere: lost to follow-up", -1
    return "too early to say", -1
