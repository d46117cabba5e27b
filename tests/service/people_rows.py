"""People at several services, for tests. Nobody in them exists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from uuid import UUID

from monitoring_rows import LIVERPOOL, SEFTON, a_client, a_record, a_service

from sharewell.service.accounts.models import User
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.models import Client, Pair, Service
from sharewell.service.monitoring.people.linking import find_who_is_who
from sharewell.service.monitoring.reach import counting_reach, within
from sharewell.service.monitoring.sealing import pseudonym


@dataclass(frozen=True)
class Town:
    """Two services, an analyst, and 19 clients: ``twins`` have one attributor, ``doubtful`` are a
    pair that waits for a clerk, and three have a record elsewhere with another sex."""

    here: Service
    there: Service
    analyst: User
    twins: tuple[Client, Client]
    doubtful: tuple[Client, Client]


def a_town(make_person: Callable[..., User]) -> Town:
    """A town in which who is who was found."""
    analyst = make_person("monitoring analyst", name="Ada Analyst (invented)")
    here, there = a_service(area=LIVERPOOL), a_service(area=SEFTON)
    chance = Random(7)
    for number in range(12):
        service = (here, there)[number % 2]
        born = date(1960, 1, 1) + timedelta(days=chance.randrange(16_000))
        known = {
            "first_initial": chance.choice("ABCDEFG"),
            "last_initial": chance.choice("LMNOPQR"),
            "birth_date": born.isoformat(),
            "postcode": "ZX1 1AA" if service == here else "ZX5 1AA",
        }
        a_record(service, a_client(service, **known), date="2026-06-08")
        if number in (0, 4, 8):
            a_record(there, a_client(there, **known, sex="F"), date="2026-06-08")
    twins = (
        a_client(here, postcode="ZX1 1AA", ethnicity="A", nationality="GBR"),
        a_client(there, postcode="ZX1 1AA", ethnicity="A", nationality="GBR"),
    )
    doubtful = (
        a_client(here, first_initial="V", last_initial="W", postcode="ZX1 1AA"),
        a_client(there, first_initial="V", last_initial="W", birth_date="1983-02-01"),
    )
    for client in (*twins, *doubtful):
        a_record(client.service, client, date="2026-06-08")
    a_record(here, None, objected=True, date="2026-06-08")
    find_who_is_who()
    doubt(*(client.pk for client in doubtful))
    return Town(here, there, analyst, twins, doubtful)


def doubt(one: UUID, other: UUID) -> None:
    """Puts a pair into the clerk's queue, and no other."""
    one, other = sorted((one, other))
    with within(counting_reach()):
        reach.pairs().delete()
        Pair.objects.create(
            one_id=one, other_id=other, step=7, relation=2, times=0, found=3, expected=1.4,
            probability=0.48, linked=False, doubtful=True,
        )  # fmt: skip


def called(client: Client) -> str:
    """What analysts know a client by."""
    return pseudonym(client.pk)
