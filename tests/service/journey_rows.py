"""People who move between services, for tests. Nobody in them exists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import count

from monitoring_rows import LIVERPOOL, a_service, at, client_row

from sharewell.monitoring import data_set
from sharewell.service.accounts.models import Organisation
from sharewell.service.monitoring import clients, records
from sharewell.service.monitoring.models import Client, Record, Service
from sharewell.service.monitoring.reach import reach_of_service, within

Stop = tuple[Service, str]
"""A service, and a day on which somebody was seen there."""

_born = count(1)


def an_authority(name: str = "Liverpool", area: str = LIVERPOOL) -> Organisation:
    """A local authority, for those who commission or analyse."""
    return Organisation.objects.get_or_create(
        short=name,
        defaults={"name": name, "kind": Organisation.Kind.LOCAL_AUTHORITY, "area": area},
    )[0]


def a_referral(service: Service, client: Client, **given: str) -> Record:
    """A referral out."""
    row = {"date": "2025-06-08", "direction": "OUT", "agency": "NSP"} | given
    with at(service):
        (record,) = records.add(service, data_set().module("referral"), [row], client=client)
    return record


def somebody() -> dict[str, str]:
    """What a new person is called: an attributor that nobody else has or is near to."""
    number = next(_born)
    born = date(1950, 1, 1) + timedelta(days=97 * number % 16_425)
    return {
        "first_initial": chr(65 + number % 23),
        "last_initial": chr(65 + number * 7 % 23),
        "birth_date": born.isoformat(),
        "registered_on": "2020-01-01",
    }


def a_journey(*stops: Stop, **given: str) -> list[Client]:
    """A person with a client record at each service, seen there on that day."""
    return journeys([stops], **given)


def journeys(every: Sequence[Sequence[Stop]], **given: str) -> list[Client]:
    """The same for many people, at once."""
    people = [somebody() | given for _ in every]
    made: list[Client] = []
    for service in dict.fromkeys(service for stops in every for service, _ in stops):
        there = [(who, [day for at, day in stops if at == service])
                 for who, stops in zip(people, every, strict=True)
                 if any(at == service for at, _ in stops)]  # fmt: skip
        with within(reach_of_service(service.pk)):
            found = clients.add_all(service, [client_row(**who) for who, _ in there])
            Record.objects.bulk_create(
                Record(
                    service=service, client=client, module="needle", day=day,
                    record_id=records.new_id(),
                )
                for client, (_, days) in zip(found, there, strict=True)
                for day in days
            )  # fmt: skip
        made += found
    return made


def three_services(organisation: Organisation | None = None) -> list[Service]:
    """Services of Liverpool that record needles and referrals."""
    modules = ("needle", "referral", "brief_intervention")
    return [a_service(organisation, modules=modules) for _ in range(3)]


def many_journeys(services: list[Service], times: int = 7) -> None:
    """People who go from the first to the second and third, some who turn back, and one alone."""
    one, two, three = services
    chain = [(one, "2025-05-01"), (two, "2025-05-20"), (three, "2025-08-01")]
    short = [(one, "2025-05-01"), (three, "2025-05-03")]
    back = [(two, "2025-06-01"), (one, "2025-06-20")]
    journeys([*[chain] * times, *[short] * (times - 1), back])
