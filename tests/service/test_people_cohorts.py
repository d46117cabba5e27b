"""Who is in which cohort: counting people and the report's tables say the same of everybody."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from random import Random

import duckdb
from monitoring_rows import a_client, a_service, at

from sharewell.catalogue.activity_counts import PERSON_CONDITIONS
from sharewell.catalogue.people_of_period import people_sql
from sharewell.monitoring import data_set
from sharewell.service.monitoring import reach, records
from sharewell.service.monitoring.models import Client, Service
from sharewell.service.monitoring.people.cohorts import COHORTS, cohort_of
from sharewell.service.monitoring.people.linking import find_who_is_who
from sharewell.service.monitoring.reach import counting_reach, within
from sharewell.service.monitoring.reports.export import export

FIRST, LAST = date(2026, 4, 1), date(2027, 3, 31)
SUBSTANCES = ("", "HEROIN", "CRACK", "STEROID", "ALCOHOL")
SAYS = {
    "needle": {"main_substance": SUBSTANCES},
    "brief_intervention": {"substance": SUBSTANCES},
    "assessment": {
        "main_substance": SUBSTANCES,
        "second_substance": SUBSTANCES,
        "main_route": ("", "INJECT", "SMOKE"),
        "injecting": ("", "C", "N"),
    },
    "steroid": {"substance": SUBSTANCES, "route": ("", "INJECT")},
    "alcohol": {},
    "wellbeing": {},
}


def _keep(service: Service, client: Client, module: str, **said: str) -> None:
    declared = data_set().module(module)
    row = dict(declared.example) | dict.fromkeys(SAYS[module], "") | said
    row |= {"record_id": f"R{client.pk}{reach.records().count()}", "date": "2026-06-30"}
    records.add(service, declared, [row], client=client)


def _counted() -> dict[int, str]:
    """The cohort of each person with a record, '' for none, as counting people has it."""
    with within(counting_reach()):
        person = dict(reach.memberships().values_list("client", "person"))
        found = cohort_of(reach.records().filter(client__isnull=False), person)
        seen = set(reach.records().values_list("client", flat=True))
        return {number: found.get(number, "") for each, number in person.items() if each in seen}


def _reported(folder: Path) -> dict[int, str]:
    """The same, as the tables of a report have it."""
    with within(counting_reach()):
        made = export(folder / "activity.parquet", FIRST, LAST)
    sql = people_sql(f"'{made.path}'", FIRST, LAST, PERSON_CONDITIONS)
    with duckdb.connect() as con:
        found = con.execute(f"SELECT person, cohort FROM ({sql})").fetchall()
    return {person: cohort if cohort in COHORTS else "" for person, cohort in found}


def test_an_assessment_says_that_somebody_injects() -> None:
    service = a_service(modules=tuple(SAYS))
    by_route = a_client(service)
    by_status = a_client(service, birth_date="1971-12-30")
    stopped = a_client(service, birth_date="1982-01-09", injecting="C", main_substance="HEROIN")
    with at(service):
        _keep(service, by_route, "assessment", main_substance="HEROIN", main_route="INJECT")
        _keep(service, by_status, "assessment", second_substance="CRACK", injecting="C")
        _keep(service, stopped, "assessment", main_substance="HEROIN", injecting="N")
    find_who_is_who()
    with within(counting_reach()):
        number = dict(reach.memberships().values_list("client", "person"))
    found = _counted()
    assert [found[number[each.pk]] for each in (by_route, by_status, stopped)] == [
        "psychoactive", "psychoactive", "other",
    ]  # fmt: skip


def test_generated_people_are_in_the_cohort_that_the_report_has_them_in(tmp_path: Path) -> None:
    service = a_service(modules=tuple(SAYS))
    chance = Random(2026)
    for number in range(60):
        client = a_client(
            service,
            birth_date=f"19{60 + number % 30}-{1 + number % 12:02}-17",
            first_initial="ABCDE"[number % 5],
            main_substance=chance.choice(("", *SUBSTANCES)),
            second_substance=chance.choice(("", *SUBSTANCES)),
            injecting=chance.choice(("", "C", "P", "N")),
        )
        with at(service):
            for _ in range(chance.randint(1, 2)):
                module = chance.choice(tuple(SAYS))
                said = {name: chance.choice(codes) for name, codes in SAYS[module].items()}
                _keep(service, client, module, **said)
    find_who_is_who()
    counted, reported = _counted(), _reported(tmp_path)
    assert counted == reported
    assert set(counted.values()) == {*COHORTS, ""}
