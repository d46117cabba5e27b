"""A service with a year behind it, invented by chance: for the tests of its own reports."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from monitoring_rows import a_service, at, client_row

from sharewell.monitoring import data_set
from sharewell.service.monitoring import clients, records
from sharewell.service.monitoring.models import Client, Record, Service

ALL = (
    "needle", "naloxone", "brief_intervention", "outreach", "assessment", "referral", "wellbeing",
    "steroid", "alcohol",
)  # fmt: skip
FIRST, DAYS = date(2026, 1, 1), 240


def a_year(service: Service | None = None, seed: int = 7, people: int = 14) -> Service:
    """A service with clients and activity of every module, of nobody too."""
    service = service or a_service(modules=ALL)
    chance = random.Random(seed)
    with at(service):
        made = clients.add_all(service, [_client(chance, n) for n in range(people)])
        for _ in range(people * 3):
            who = chance.choice([*made, *made, *made, None])
            module, rows = _activity(chance)
            if module == "outreach" and who is None:
                rows = [rows[0] | {"contacts": "7"}]
            records.add(
                service,
                data_set().module(module),
                rows,
                client=who,
                objected=who is None and module != "outreach",
            )
    return service


def plainly(service: Service) -> tuple[list[Client], list[Record]]:
    """The consenting clients and the records that may be reported, picked by hand."""
    with at(service):
        everybody = list(Client.objects.filter(service=service))
        everything = list(Record.objects.filter(service=service).select_related("client"))
    return (
        [client for client in everybody if client.consent],
        [record for record in everything if record.client is None or record.client.consent],
    )


def _client(chance: random.Random, number: int) -> dict[str, str]:
    born = date(1955, 3, 1) + timedelta(days=chance.randrange(19_000))
    if number in (1, 2, 3):  # one person twice, and somebody who differs in one part
        return client_row(birth_date="1979-09-09", sex="F" if number == 3 else "M",
                          registered_on="2026-02-03")  # fmt: skip
    return client_row(
        first_initial=chance.choice("ABCDEF"),
        last_initial=chance.choice("ABCDEF"),
        birth_date=born.isoformat(),
        sex=chance.choice("MFU"),
        consent="N" if number in (0, 5) else "Y",
        registered_on=(FIRST + timedelta(days=chance.randrange(DAYS))).isoformat(),
        postcode=chance.choice(["", "ZX1 1AA", "ZX2 1AA", "ZX9 9ZZ"]),
        ethnicity=chance.choice(["", "A", "M", "Z"]),
        accommodation=chance.choice(["", "RENTED", "UNKNOWN"]),
        main_substance=chance.choice(["", "HEROIN", "CRACK", "STEROID", "ALCOHOL"]),
        second_substance=chance.choice(["", "CANNABIS", "ALCOHOL"]),
    )


def _activity(chance: random.Random) -> tuple[str, list[dict[str, str]]]:
    """A module, and the rows of one visit."""
    day = {"date": (FIRST + timedelta(days=chance.randrange(DAYS))).isoformat()}
    module = chance.choice([*ALL, "needle", "needle", "needle"])
    return module, [day | row for row in _rows(module, chance)]


def _rows(module: str, chance: random.Random) -> Iterator[dict[str, str]]:
    some: dict[str, Any] = {
        "naloxone": chance.choice([
            {"action": "ISSUED", "form": "NASAL", "kits": "2", "reason": "FIRST", "trained": "Y",
             "recipient": chance.choice(["CLIENT", "FAMILY", ""])},
            {"action": "USED", "used_on": "OTHER", "outcome": "SURVIVED", "doses": "1"},
        ]),
        "brief_intervention": {"intervention": "SAFERINJ", "outcome": "COMPLETED",
                               "substance": chance.choice(["", "HEROIN", "CRACK"])},
        "outreach": {"place": "STREET", "minutes": "10"},
        "assessment": {"referral_source": "GP", "outcome": "HERE",
                       "main_substance": chance.choice(["CANNABIS", "HEROIN"])},
        "referral": {"direction": chance.choice(["IN", "OUT"]), "agency": "GP",
                     "arrived": chance.choice(["", "Y", "N", "U"])},
        "wellbeing": {"stage": "START", "psychological": "8"},
        "steroid": {"substance": "STEROID", "cycle_stage": "ON"},
        "alcohol": {"tool": "AUDITC", "score": "7"},
    }  # fmt: skip
    if module != "needle":
        yield some[module]
        return
    visit = {"transaction_id": f"T{chance.randrange(10**9)}", "place": "SERVICE"}
    for item in chance.sample(["SET1ML", "SWAB", "BIN"], chance.randrange(1, 4)):
        yield visit | {
            "item": item,
            "items_out": str(chance.randrange(1, 40)),
            "main_substance": chance.choice(["", "HEROIN", "STEROID"]),
        }
    if chance.random() < 0.5:
        yield visit | {
            "returned": str(chance.randrange(0, 30)),
            "returned_how": chance.choice(["", "BINS"]),
        }
