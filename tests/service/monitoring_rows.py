"""Services, clients and activity for tests. Nobody in them exists."""

from __future__ import annotations

from itertools import count
from typing import Any

from django.db import connection

from sharewell.monitoring import data_set
from sharewell.service.accounts.models import Organisation, User
from sharewell.service.monitoring import clients, records, security
from sharewell.service.monitoring.models import Client, Record, Service, Staff
from sharewell.service.monitoring.reach import Reach, reach_of_service, within

_numbers = count(1)
LIVERPOOL, SEFTON = "E08000012", "E08000014"


def let_tests_empty_tables() -> None:
    """Tests that follow a browser empty all tables after them, which nobody may who connects."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        (login,) = cursor.fetchone()
        security.lend(cursor)
        for table in security.READING:
            cursor.execute(f'GRANT TRUNCATE ON monitoring_{table} TO "{login}"')
        security.take_back(cursor)


def a_service(
    organisation: Organisation | None = None,
    *staff: User,
    area: str = LIVERPOOL,
    modules: tuple[str, ...] = ("needle", "naloxone", "outreach"),
) -> Service:
    """A service of the organisation (one of its own by default), where ``staff`` work."""
    number = next(_numbers)
    organisation = organisation or Organisation.objects.create(
        name=f"Provider {number}", short=f"P{number}", kind=Organisation.Kind.PROVIDER
    )
    with within(Reach("administrator")):
        service = Service.objects.create(
            organisation=organisation,
            code=f"HATCH{number:02}",
            name=f"Hatch {number} (invented)",
            area=area,
            modules=list(modules),
        )
    with within(Reach("staff", None, frozenset(), frozenset({service.pk}))):
        for person in staff:
            Staff.objects.create(service=service, person=person, added_by=person)
    return service


def client_row(**given: str) -> dict[str, str]:
    """A row of the module client."""
    return {
        "first_initial": "J",
        "last_initial": "S",
        "birth_date": "1980-02-01",
        "sex": "M",
        "consent": "Y",
        "consent_date": "2026-05-04",
        "registered_on": "2026-05-04",
    } | given


def needle_row(**given: str) -> dict[str, str]:
    """A row of the module needle."""
    return {
        "date": "2026-06-08",
        "transaction_id": "T1",
        "place": "SERVICE",
        "item": "SET1ML",
        "items_out": "20",
        "main_substance": "HEROIN",
        "injections_per_week": "14",
    } | given


def a_client(service: Service, **given: str) -> Client:
    """A client of the service."""
    with within(reach_of_service(service.pk)):
        return clients.add(service, client_row(**given))


def a_record(
    service: Service, client: Client | None, *, objected: bool = False, **given: str
) -> Record:
    """A needle transaction of the client."""
    with within(reach_of_service(service.pk)):
        (record,) = records.add(
            service,
            data_set().module("needle"),
            [needle_row(**given)],
            client=client,
            objected=objected,
        )
    return record


def at(service: Service) -> Any:
    """Within the reach of the service."""
    return within(reach_of_service(service.pk))
