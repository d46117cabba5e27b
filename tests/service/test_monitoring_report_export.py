"""What is counted: every record of who consents, and what is nobody's, in one form for all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from monitoring_rows import SEFTON, a_client, a_record, a_service, at, needle_row

from sharewell.catalogue.activity import ACTIVITY_SCHEMA
from sharewell.monitoring import data_set
from sharewell.service.monitoring import records
from sharewell.service.monitoring.models import Client, Record, Service
from sharewell.service.monitoring.people.linking import find_who_is_who
from sharewell.service.monitoring.reach import OutOfReach, counting_reach, within
from sharewell.service.monitoring.reports.export import Exported, export

FIRST, LAST = date(2026, 4, 1), date(2027, 3, 31)
EVERY = tuple(module.id for module in data_set().modules if module.id != "client")


def exported(tmp_path: Path, first: date = FIRST, last: date = LAST) -> tuple[Exported, list[Any]]:
    """What the machine writes of a period, and its rows in order."""
    with within(counting_reach()):
        made = export(tmp_path / "activity.parquet", first, last)
    table = pq.read_table(made.path)
    assert table.schema.equals(ACTIVITY_SCHEMA)
    return made, sorted(table.to_pylist(), key=lambda row: row["record"])


def a_row_of_each_module(service: Service, client: Client) -> dict[str, Record]:
    """The example of every module, recorded for the client in June."""
    made = {}
    with at(service):
        for module in data_set().modules:
            if module.id != "client":
                row = dict(module.example) | {"record_id": f"E-{module.id}", "date": "2026-06-30"}
                (made[module.id],) = records.add(service, module, [row], client=client)
    return made


# What a column holds of which field, written out apart from the export: by hand, from the
# description in `catalogue.activity`.
FIELDS: Mapping[str, Mapping[str, str]] = {
    "needle": {
        "main_substance": "main_substance", "item": "item", "items_out": "items_out",
        "returned": "returned", "on_behalf_of": "on_behalf_of",
        "injections_per_week": "injections_per_week",
    },
    "naloxone": {"naloxone_action": "action", "kits": "kits", "recipient": "recipient"},
    "brief_intervention": {
        "main_substance": "substance", "intervention": "intervention",
        "intervention_outcome": "outcome",
    },
    "outreach": {"contacts": "contacts"},
    "assessment": {
        "main_substance": "main_substance", "second_substance": "second_substance",
        "third_substance": "third_substance", "route": "main_route", "injecting": "injecting",
    },
    "referral": {"direction": "direction", "agency": "agency", "arrived": "arrived"},
    "wellbeing": {
        "stage": "stage", "exit_reason": "exit_reason", "psychological": "psychological",
        "physical": "physical", "quality_of_life": "quality_of_life",
    },
    "steroid": {"main_substance": "substance", "route": "route"},
    "alcohol": {"intervention": "intervention"},
}  # fmt: skip


def test_each_module_fills_its_own_columns_and_no_other(tmp_path: Path) -> None:
    service = a_service(modules=EVERY)
    client = a_client(
        service, birth_date="1980-08-01", ethnicity="A", main_substance="HEROIN", injecting="C"
    )
    made = a_row_of_each_module(service, client)
    find_who_is_who()
    _, rows = exported(tmp_path)
    assert {row["module"] for row in rows} == set(EVERY) == set(FIELDS)
    of_records = {name for fields in FIELDS.values() for name in fields}
    for row in rows:
        given = made[row["module"]].fields
        for column in of_records:
            field = FIELDS[row["module"]].get(column)
            assert row[column] == (given.get(field) if field else None), (row["module"], column)
        needle = row["module"] == "needle"
        assert row["visit"] == (f"{service.code}/{made['needle'].transaction}" if needle else None)
        assert (row["service"], row["service_area"]) == (service.code, service.area)
        assert (row["day"], row["age"], row["sex"]) == (date(2026, 6, 30), 45, "M")
        assert (row["ethnicity"], row["client_main"], row["client_injecting"]) == (
            "A", "HEROIN", "C",
        )  # fmt: skip
        assert row["client_second"] is None, "nothing is never an empty text"
        assert row["local_authority"] is None
        assert row["person"] is not None
    assert len({row["person"] for row in rows}) == 1


def test_who_says_no_is_not_in_it_and_what_is_nobodys_is(tmp_path: Path) -> None:
    here, there = a_service(), a_service(area=SEFTON)
    yes, no = a_client(here, consent="Y"), a_client(here, consent="N")
    for client in (yes, no):
        a_record(here, client)
    a_record(there, None)
    a_record(there, None, objected=True)
    a_record(here, yes, date="2025-06-08")
    find_who_is_who()
    made, rows = exported(tmp_path)
    assert (made.records, made.clients) == (3, frozenset({yes.pk}))
    nobodys = [row for row in rows if row["person"] is None]
    assert [row["service"] for row in nobodys] == [there.code] * 2
    assert all(row[name] is None for row in nobodys for name in ("age", "sex", "client_main"))


def test_one_person_has_one_number_also_before_they_are_linked(tmp_path: Path) -> None:
    services = a_service(), a_service()
    clients = [a_client(service) for service in services]
    for service, client in zip(services, clients, strict=True):
        a_record(service, client)
    _, apart = exported(tmp_path)
    assert len({row["person"] for row in apart}) == 2, "nobody found who is who yet"
    assert all(row["person"] < 0 for row in apart)
    find_who_is_who()
    (tmp_path / "activity.parquet").unlink()
    _, linked = exported(tmp_path)
    assert len({row["person"] for row in linked}) == 1


def test_what_was_changed_later_has_the_higher_number(tmp_path: Path) -> None:
    service = a_service()
    client = a_client(service)
    made = [a_record(service, client, transaction_id=f"T{n}", items_out=str(n)) for n in range(3)]
    with at(service):
        now = made[0]
        now = records.change(
            now, data_set().module("needle"), 1, needle_row(transaction_id="T0", items_out="9"), "x"
        )
        Record.objects.filter(pk=now.pk).update(changed=now.changed.replace(year=2030))
    _, rows = exported(tmp_path)
    assert [row["items_out"] for row in rows] == [1, 2, 9]
    assert len({row["record"] for row in rows}) == 3


def test_only_this_user_may_read_the_file_and_an_empty_period_has_no_rows(tmp_path: Path) -> None:
    made, rows = exported(tmp_path)
    assert (made.records, rows) == (0, [])
    assert made.path.stat().st_mode & 0o777 == 0o600


def test_nothing_is_exported_outside_of_the_counting_reach(tmp_path: Path) -> None:
    with pytest.raises(OutOfReach):
        export(tmp_path / "activity.parquet", FIRST, LAST)
