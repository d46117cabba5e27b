"""Reads what journeys are followed from, for the machine that counts: who consents, and no more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from sharewell.journeys import Contacts, Leavings, Referrals
from sharewell.journeys.contacts import DIED, LEFT, Ints
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.models import Service
from sharewell.service.monitoring.planning import plan_for_many
from sharewell.service.monitoring.reach import counting_reach, within

REASONS = frozenset({"COMPLETED", "TRANSFERRED", "MOVED", "PRISON", "DECLINED"})
"""Why a client left, so that they are not lost. 'LOST' and 'OTHER' are no such reasons."""

_PERSON = "client__membership__person"
_EPOCH = date(1970, 1, 1).toordinal()

Progress = Callable[[int, str], None]


@dataclass(frozen=True)
class Material:
    """Everything that journeys are followed from. ``services`` are numbered by place, ``agencies``
    by the place of the code; ``withdrawn`` is how many had withdrawn before it was read."""

    contacts: Contacts
    leavings: Leavings
    referrals: Referrals
    services: tuple[Service, ...]
    withdrawn: int


def read_material(agencies: Iterable[str], progress: Progress) -> Material:
    """Reads it within the reach of the machine. How many withdrew is read first: who withdraws
    while the rest is read makes what was counted out of date, and never the other way round."""
    codes = {code: number for number, code in enumerate(agencies)}
    with within(counting_reach()):
        withdrawn = reach.withdrawals().count()
        plan_for_many()
        services = tuple(reach.services().order_by("code"))
        number = {service.pk: place for place, service in enumerate(services)}
        by_code = {service.code: place for place, service in enumerate(services)}
        contacts = []
        for place, service in enumerate(services):
            progress(20 + 40 * place // len(services), f"Reads contacts at {service}.")
            contacts.append(_contacts_at(service, place))
        return Material(
            contacts=Contacts(*(np.concatenate([*c, _NONE]) for c in zip(*contacts, strict=True)))
            if contacts
            else Contacts(_NONE, _NONE, _NONE),
            leavings=_leavings(number),
            referrals=_referrals(number, by_code, codes),
            services=services,
            withdrawn=withdrawn,
        )


_NONE: Ints = np.empty(0, np.int64)


def _contacts_at(service: Service, place: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Person, service, day and minute of the contacts of who consents: of several records on one
    day without a time, one."""
    mine = reach.records().filter(service=service, client__membership__isnull=False)
    person, day = _pairs(mine.order_by().values_list(_PERSON, "day").distinct())
    minute = np.full(len(person), -1, np.int64)
    timed = [
        (who, when, _minute(began))
        for who, when, began in mine.filter(module="outreach", fields__started_at__isnull=False)
        .order_by()
        .values_list(_PERSON, "day", "fields__started_at")
    ]
    if timed:
        who, when = _pairs((who, when) for who, when, _ in timed)
        person, day = np.append(person, who), np.append(day, when)
        minute = np.append(minute, np.array([at for *_, at in timed], np.int64))
    return person, np.full(len(person), place, np.int64), day, minute


def _leavings(number: Mapping[object, int]) -> Leavings:
    rows = [
        (person, number[service], _day(day), DIED if reason == "DIED" else LEFT)
        for person, service, day, reason in reach.clients()
        .filter(closed_on__isnull=False, membership__isnull=False)
        .order_by()
        .values_list("membership__person", "service", "closed_on", "closed_reason")
        if reason == "DIED" or reason in REASONS
    ]
    return Leavings(*_columns(rows, 4))


def _referrals(
    number: Mapping[object, int], by_code: Mapping[str, int], agencies: Mapping[str, int]
) -> Referrals:
    """Referrals out, in order of day, so that of two on one day the first entered counts."""
    out = reach.records().filter(
        module="referral", fields__direction="OUT", client__membership__isnull=False
    )
    names = ("fields__other_service", "fields__agency", "fields__arrived")
    rows = [
        (
            person,
            number[service],
            _day(day),
            by_code.get(other or "", -1),
            agencies.get(agency or "", len(agencies)),
            {"Y": 1, "N": 0}.get(arrived or "", -1),
        )
        for person, service, day, other, agency, arrived in out.order_by(
            "day", "changed", "pk"
        ).values_list(_PERSON, "service", "day", *names)
    ]
    return Referrals(*_columns(rows, 6))


def _pairs(rows: Iterable[tuple[int, date]]) -> tuple[Ints, Ints]:
    flat = np.fromiter(
        (value for who, day in rows for value in (who, day.toordinal() - _EPOCH)), np.int64
    )
    return flat[::2], flat[1::2]


def _columns(rows: list[tuple[int, ...]], width: int) -> list[Ints]:
    return list(np.array(rows, np.int64).reshape(-1, width).T)


def _day(day: date) -> int:
    return day.toordinal() - _EPOCH


def _minute(text: str) -> int:
    """'10:20' as a minute of the day; -1 for what is no time."""
    hours, _, minutes = str(text).partition(":")
    if not (hours.isdigit() and minutes[:2].isdigit()):
        return -1
    return int(hours) * 60 + int(minutes[:2])
