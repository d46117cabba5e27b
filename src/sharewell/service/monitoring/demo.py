"""What `sharewell demo` has of monitoring: nine invented areas, and what people do there in a day.

Everything is made once: to fill again changes nothing that is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.urls import reverse

from sharewell.monitoring.synthesis import Size
from sharewell.service.jobs.interface import do_now
from sharewell.service.monitoring import clients, reach, records
from sharewell.service.monitoring.checks import data_set_of
from sharewell.service.monitoring.filling import AREAS, Progress, fill
from sharewell.service.monitoring.journeys.work import ask as ask_for_journeys
from sharewell.service.monitoring.models import Service, Upload
from sharewell.service.monitoring.reach import Reach, analyst_reach, reach_of_service, within
from sharewell.service.monitoring.reports.making import ask_for_report
from sharewell.service.monitoring.reports.periods import Period
from sharewell.service.monitoring.running import set_staff
from sharewell.service.monitoring.uploads import mappings
from sharewell.service.monitoring.uploads.sending import Sent, receive

SIZE = Size(services=9, people=900, activities=12_000, first_year=2024, years=2)
MODULES = ("needle", "brief_intervention", "assessment", "referral", "wellbeing")
SERVICE, HALTON = "ALDE01", AREAS[0]
QUARTER = Period(2025, 4)
WHO = "JS 14/3/1985 M"
"""Whom the tour looks for at the hatch."""

_CLIENT = {
    "first_initial": "J",
    "last_initial": "S",
    "birth_date": "1985-03-14",
    "sex": "M",
    "postcode": "ZX3 1AA",
    "ethnicity": "A",
    "nationality": "GBR",
    "consent": "Y",
    "consent_date": "2026-06-01",
    "registered_on": "2026-06-01",
    "main_substance": "HEROIN",
    "injecting": "C",
}
_VISITS = ("2026-10-05", "2026-11-02")
_FILES = "monitoring"
_BAD = "examplia-exchange.csv"


def fill_monitoring(
    people: Callable[[str], Any],
    provider_of: Callable[[int], Any],
    examples: Path,
    progress: Progress,
) -> None:
    """Services with clients and activity, somebody at the hatch, a file with mistakes, and a
    report of a quarter and the journeys of an area, which the worker makes.

    ``people`` gives an invented person by role, ``provider_of`` who runs the services of an area.
    """
    worker, manager = people("service worker"), people("service manager")
    fill(SIZE, provider_of, modules=MODULES, progress=progress)
    with within(Reach("administrator")):
        service = reach.services().get(code=SERVICE)
    staff = frozenset({service.pk})
    with within(Reach("staff", manager.pk, staff, staff)):
        set_staff(manager, service, [worker])
    _client_at_the_hatch(service)
    _bad_file(manager, service, examples / _FILES)
    _report(people("monitoring analyst"))
    _journeys(people("monitoring analyst"))


def steps() -> Iterator[tuple[str, str, str, str]]:
    """What to look at, in order: title, words, address and the role of who looks."""
    with within(Reach("administrator")):
        service = reach.services().filter(code=SERVICE).first()
    if service is None:
        return
    yield (
        "Spend a morning at the hatch",
        f"Type {WHO} and press Enter: the most alike come first, with why. Open the record, record "
        "the same as last time, and go to the next client. It works by keyboard and on a phone.",
        reverse("monitoring:hatch", args=[SERVICE]),
        "service worker",
    )
    with within(reach_of_service(service.pk)):
        bad = reach.uploads().filter(service=service, files__name=_BAD).first()
    if bad is not None:
        yield (
            "See what is wrong with a supplier's file",
            "It was tested and changed nothing. Each finding has its row, its column and what to "
            "do. Then send examples/monitoring/examplia-exchange-corrected.csv in its place, with "
            "the same supplier, and apply it.",
            reverse("monitoring:upload", args=[SERVICE, bad.pk]),
            "service manager",
        )
    yield (
        "Look after the quality of records",
        "What is missing, late or doubled, month by month, and where to mend it.",
        reverse("monitoring:own_quality", args=[SERVICE]),
        "service manager",
    )
    yield (
        "Read a quarter as its commissioner",
        "The tables of the annual report for one area: protected, and attacked together with "
        "everything released before. The worker makes it in the first minutes.",
        reverse("monitoring:report", args=[HALTON, QUARTER.slug]),
        "commissioner",
    )
    yield (
        "Count people in three ways",
        "By attributor alone, with steps that find mistakes, and corrected for what both miss, "
        "with an interval. Nobody is named.",
        reverse("monitoring:count"),
        "monitoring analyst",
    )
    yield (
        "Follow journeys between services",
        "Who moves from where to where, how long it takes, and who is lost on the way. The worker "
        "counts them in the first minutes.",
        f"{reverse('monitoring:journeys_area', args=[HALTON])}?year={QUARTER.year}",
        "monitoring analyst",
    )


def _client_at_the_hatch(service: Service) -> None:
    with within(reach_of_service(service.pk)):
        client = clients.add(service, _CLIENT, once="demo")
        module = data_set_of().module("needle")
        for number, day in enumerate(_VISITS):
            row = {
                "date": day,
                "transaction_id": f"DEMO{number}",
                "place": "SERVICE",
                "item": "SET1ML",
                "items_out": "20",
                "on_behalf_of": "0",
                "main_substance": "HEROIN",
                "injections_per_week": "14",
            }
            records.add(service, module, [row], client=client, once=f"demo{number}")


def _bad_file(manager: Any, service: Service, examples: Path) -> None:
    one = frozenset({service.pk})
    with within(Reach("staff", manager.pk, one, one)):
        if reach.uploads().filter(service=service, files__name=_BAD).exists():
            return
        mapping = mappings.keep(service, (examples / "examplia-mapping.yaml").read_text("utf-8"))
        sent = Sent(_BAD, [(examples / _BAD).read_bytes()])
        upload: Upload = receive(manager, service, [sent], year=2026, mapping=mapping)
    do_now(upload.job)


def _report(analyst: Any) -> None:
    """Asks for the report of a quarter, unless there is one. The worker makes it."""
    with within(analyst_reach(analyst)):
        there = reach.reports().filter(first=QUARTER.first, last=QUARTER.last).exists()
    if not there:
        ask_for_report(analyst, QUARTER)


def _journeys(analyst: Any) -> None:
    """Asks for the journeys of an area, unless they are counted. The worker counts them."""
    with within(analyst_reach(analyst)):
        there = reach.journey_tables().filter(area=HALTON, year=QUARTER.year).exists()
    if not there:
        ask_for_journeys(analyst, HALTON, QUARTER.year)
