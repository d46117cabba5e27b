"""Counts the journeys of an area and a year, protects them, and keeps the protected form alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from sharewell.flows.access import Access, record_access
from sharewell.journeys import Area, Counted, count_tables, follow, follow_up
from sharewell.service.accounts.interface import acting_person
from sharewell.service.home import home
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.checks import data_set_of
from sharewell.service.monitoring.journeys.areas import area_name, year_name
from sharewell.service.monitoring.journeys.protecting import GivenAway, Print, protect_all
from sharewell.service.monitoring.journeys.reading import read_material
from sharewell.service.monitoring.models import JourneyTable, Service
from sharewell.service.monitoring.people.linking import find_who_is_who
from sharewell.service.monitoring.reach import counting_reach, within
from sharewell.service.recording import INSTALLATION

Progress = Callable[[int, str], None]

_ONE_AT_A_TIME = 0x4A4F_5552
"""The advisory lock under which tables are attacked and written."""
_EPOCH = date(1970, 1, 1).toordinal()


def count_area(
    area: str, year: int, by: Any = None, progress: Progress = lambda _percent, _words: None
) -> list[Print]:
    """Counts, protects and stores the tables of an area in a financial year, given by its first.

    All or nothing: killed at any moment, it leaves what was shown before. The ledger hears of it
    first. Raises `GivenAway` where what was shown before already says too much.
    """
    (found,) = count_areas([(area, year)], by, progress)
    if isinstance(found, GivenAway):
        raise found
    return found


def count_areas(
    wanted: Sequence[tuple[str, int]],
    by: Any = None,
    progress: Progress = lambda _percent, _words: None,
) -> Iterator[list[Print] | GivenAway]:
    """The same for several areas and years: read once, and stored one after another."""
    progress(1, "Finds who is who.")
    find_who_is_who(lambda part, words: progress(part // 5, words))
    declared = data_set_of().module("referral").field("agency").code_list
    codes = declared.codes if declared else ()
    agencies = {code.code: code.label for code in codes}
    material = read_material(agencies, progress)
    until = timezone.localdate()
    progress(60, "Follows people from service to service.")
    journeys = follow(material.contacts, _day(until), settings.JOURNEYS, material.leavings)
    followed = follow_up(material.referrals, journeys)
    person = acting_person(by) if by is not None else INSTALLATION
    for number, (area, year) in enumerate(wanted):
        here = [(n, service) for n, service in enumerate(material.services) if service.area == area]
        names = names_of([service for _, service in here])
        services = {place: name for (place, _), name in zip(here, names, strict=True)}
        counted = count_tables(
            journeys,
            followed,
            Area(services, dict(enumerate(agencies.values()))),
            _day(date(year, 4, 1)),
            _day(date(year + 1, 3, 31)),
        )
        what = f"Counted journeys in {area_name(area)}, {year_name(year)}."
        record_access(home(), person, "read", Access(what))

        def tell(stage: str, part: float, at: int = number) -> None:
            progress(65 + int(30 * (at + part) / len(wanted)), f"{stage}.")

        try:
            yield _shown((area, year), counted, (until, material.withdrawn), tell)
        except GivenAway as error:
            yield error


def _shown(
    where: tuple[str, int],
    counted: Sequence[Counted],
    known: tuple[date, int],
    tell: Callable[[str, float], None],
) -> list[Print]:
    """Protects counted tables together with all that were shown before, and stores them."""
    (area, year), (until, withdrawn), terms = where, known, str(settings.JOURNEYS)
    with _one_at_a_time():
        with within(counting_reach()):
            before = reach.journey_tables().filter(area=area, year=year, terms=terms)
            shown_before = [as_print(each) for each in before]
        prints = protect_all(counted, shown_before, tell)
        with within(counting_reach()):
            JourneyTable.objects.bulk_create(
                JourneyTable(
                    area=area,
                    year=year,
                    name=each.name,
                    title=each.title,
                    terms=terms,
                    breakdowns=list(each.breakdowns),
                    printed=[list(row) for row in each.rows],
                    until=until,
                    withdrawn=withdrawn,
                )
                for each in prints
            )
    return prints


def as_print(stored: JourneyTable) -> Print:
    """A stored table as a value."""
    rows = tuple(tuple(row) for row in stored.printed)
    return Print(stored.name, stored.title, tuple(stored.breakdowns), rows)


def names_of(services: list[Service]) -> list[str]:
    """What services are called in tables: by name, with the code where two have one name."""
    names = [service.name for service in services]
    return [
        service.name if names.count(service.name) == 1 else f"{service.name} ({service.code})"
        for service in services
    ]


def _day(day: date) -> int:
    return day.toordinal() - _EPOCH


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Waits until nobody else shows tables: each is attacked with all that were shown before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_ONE_AT_A_TIME])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_ONE_AT_A_TIME])
