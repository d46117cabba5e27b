"""One client's whole record, and an extract: who may take them, and what is in them."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from monitoring_rows import a_client, a_record, a_service, at, client_row
from own_rows import a_year, plainly

from sharewell.monitoring import checking, data_set
from sharewell.service.accounts.models import User
from sharewell.service.monitoring import clients, opening, records
from sharewell.service.monitoring.models import Client, Service, Staff
from sharewell.service.monitoring.own import extract
from sharewell.service.monitoring.own.paper import as_pdf
from sharewell.service.monitoring.own.period import Period
from sharewell.service.monitoring.own.subject import everything
from sharewell.service.monitoring.reach import reach_of_service, staff_reach, within

PERIOD = Period(date(2026, 1, 1), date(2026, 8, 31))
Table = list[dict[str, str]]


def _unzipped(content: bytes) -> dict[str, Table]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {
            name: list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig"))))
            for name in archive.namelist()
            if name.endswith(".csv")
        }


def _taken(service: Service, only: Client | None = None) -> bytes:
    give = lambda: reach_of_service(service.pk)  # noqa: E731
    return b"".join(extract.zipped(service, PERIOD, give, only))


def test_an_extract_holds_every_row_once_and_can_be_uploaded_again(tmp_path: Path) -> None:
    service = a_year(seed=21)
    people, everything_ = plainly(service)
    recorded = [r for r in everything_ if PERIOD.first <= r.day <= PERIOD.last]
    tables = _unzipped(_taken(service))
    with at(service):
        who = clients.attributors(client.pk for client in people)
        mine = {client.pk: clients.row_of(client) for client in people}
    (client_file,) = [name for name in tables if name.startswith("client-")]
    by_reference = {row["record_id"]: row for row in tables[client_file]}
    assert set(by_reference) == {client.reference for client in people}
    for client in people:
        row = by_reference[client.reference]
        assert {n: row[n] for n in mine[client.pk] if n != "client_id"} == {
            n: v for n, v in mine[client.pk].items() if n != "client_id"
        }
    rows = {
        row["record_id"]: (name, row)
        for name, table in tables.items() if name != client_file for row in table
    }  # fmt: skip
    assert set(rows) == {record.record_id for record in recorded}
    for record in recorded:
        name, row = rows[record.record_id]
        year = "2025-26" if record.day < date(2026, 4, 1) else "2026-27"
        assert name == f"{record.module}-{year}.csv"
        assert {n: v for n, v in records.row_of(record).items() if v and n in row} == {
            n: row[n] for n in records.row_of(record) if row.get(n)
        }
        if record.client_id:
            theirs = who[record.client_id]
            assert (row["first_initial"], row["birth_date"]) == (
                theirs.first,
                theirs.born.isoformat(),
            )
        else:
            assert row["first_initial"] == ("X" if record.objected else "")
    # The checks of files find no error in them.
    paths = []
    for name, table in tables.items():
        if "2026-27" in name:
            paths.append(tmp_path / name)
            with paths[-1].open("w", newline="", encoding="utf-8-sig") as file:
                writer = csv.DictWriter(file, table[0])
                writer.writeheader()
                writer.writerows(table)
    with checking(paths, data_set(2026), as_of=timezone.localdate()) as checked:
        wrong = [f"{f.table} {f.field} {f.check.code}" for f in checked.findings()
                 if f.check.is_error]  # fmt: skip
    assert wrong == []


def test_who_says_no_while_it_is_taken_is_in_none_of_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(extract, "_AT_ONCE", 1)
    service = a_service()
    with at(service):
        made = clients.add_all(service, [client_row(first_initial=i) for i in "ABC"])
    for client in made:
        a_record(service, client)
    first, _, last = sorted(made, key=lambda client: client.pk)
    pieces = extract.zipped(service, PERIOD, lambda: reach_of_service(service.pk))
    begun = next(pieces) + next(pieces)
    with at(service):
        clients.change(last, 1, {"consent": "N"}, "Asked")
    tables = _unzipped(begun + b"".join(pieces))
    said = str(tables)
    assert first.reference in said
    assert last.reference not in said
    assert {len(table) for table in tables.values()} == {2}


def test_whoever_is_no_longer_on_the_staff_gets_no_more(
    make_person: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extract, "_AT_ONCE", 1)
    worker = make_person("service worker")
    service = a_service(worker.organisation, worker)
    kept = [a_client(service, first_initial=i) for i in "ABC"]
    pieces = extract.zipped(service, PERIOD, lambda: staff_reach(worker))
    begun = next(pieces) + next(pieces)
    manager = make_person("service manager", organisation=worker.organisation)
    with within(staff_reach(manager)):
        Staff.objects.filter(service=service).delete()
    tables = _unzipped(begun + b"".join(pieces))
    assert sum(len(table) for table in tables.values()) == 1 < len(kept)


def test_nothing_that_a_spreadsheet_would_run_leaves_as_it_is() -> None:
    service = a_service()
    client = a_client(service, client_id="=HYPERLINK(1)")
    a_record(service, client)
    with at(service):
        record = client.records.get()
        record.fields = {"item": "@SUM(A1)", "items_out": -5}
        record.save()
    tables = _unzipped(_taken(service))
    for table in tables.values():
        assert [row["client_id"] for row in table] == ["'=HYPERLINK(1)"]
    (row,) = tables["needle-2026-27.csv"]
    assert (row["item"], row["items_out"]) == ("'@SUM(A1)", "'-5")


def test_an_extract_is_for_managers_who_signed_in_a_moment_ago(
    make_person: Callable[..., User], sign_in: Any, recorded: Callable[..., list[Any]]
) -> None:
    manager = make_person("service manager")
    service = a_service(manager.organisation)
    client = a_client(service)
    where = reverse("monitoring:own_extract", args=[service.code])
    browser = sign_in(manager)
    assert "Say that you will keep" in browser.post(where, {}).content.decode()
    assert recorded("read") == []
    response = browser.post(where, {"mine": "on"})
    assert response["Content-Type"] == "application/zip"
    assert client.reference not in response["Content-Disposition"]
    tables = _unzipped(b"".join(response.streaming_content))
    assert [row["record_id"] for table in tables.values() for row in table] == [client.reference]
    (entry,) = recorded("read")
    assert "an extract of its data" in entry.body["what"]
    assert "1 clients, 0 records" in entry.body["what"]
    stale = Browser()
    stale.force_login(manager, "allauth.account.auth_backends.AuthenticationBackend")
    answer = stale.post(where, {"mine": "on"})
    assert answer.status_code == 302
    assert "reauthenticate" in answer["Location"]


@pytest.fixture
def opened(make_person: Callable[..., User]) -> tuple[Service, User, Client]:
    """A client with a past, whom a worker opened; they say No."""
    worker = make_person("service worker", name="Wren Worker (invented)")
    service = a_service(worker.organisation, worker)
    client = a_client(service, postcode="ZX1 1AA", client_id="P-1")
    a_record(service, client)
    gone = a_record(service, client, items_out="77", transaction_id="T9")
    with within(staff_reach(worker)):
        clients.change(client, 1, client_row(last_initial="T", consent="N"), "*Typed* #wrongly")
        records.delete(gone, 1, "Entered twice")
        client.refresh_from_db()
        opening.note(client, "asked", "")
    return service, worker, Client(pk=client.pk, reference=client.reference)


def test_everything_is_told_in_plain_words_also_of_who_says_no(
    opened: Any, make_person: Callable[..., User]
) -> None:
    _, worker, client = opened
    with within(staff_reach(worker)):
        found = Client.objects.select_related("service__organisation").get(pk=client.pk)
        told = everything(found, with_openings=False)
    words = str(told)
    for held in ("ZX1 1AA", "P-1", "JS 1980-02-01 M", "1 February 1980", "Yes", "No", "Male",
                 "1 ml set with fixed needle", "77", "Entered twice", "*Typed* #wrongly",
                 "Substance injected: Heroin", "The manager of the service can tell"):  # fmt: skip
        assert held in words, held
    assert "Wren" not in words  # who recorded it is not about the client
    manager = make_person("service manager", organisation=worker.organisation)
    with within(staff_reach(manager)):
        told = everything(found, with_openings=True)
    assert "The client, or somebody for them, asked about the record" in str(told)


def test_the_pdf_is_tagged_and_prints_what_was_typed_whatever_it_is(opened: Any) -> None:
    _, worker, client = opened
    with within(staff_reach(worker)):
        found = Client.objects.select_related("service__organisation").get(pk=client.pk)
        told = everything(found, with_openings=False)
    hostile = '#panic("x") $ \\ <a> \u202e \x07 中文 \U0001f600 {{x}}'
    for record in (told, type(told)(hostile, hostile, hostile, told.made, told.sections)):
        pdf = as_pdf(record)
        assert pdf.startswith(b"%PDF-")
        assert b"/MarkInfo" in pdf
        assert b"/StructTreeRoot" in pdf
        assert b"pdfuaid" in pdf


def test_one_clients_record_needs_a_reason_is_in_the_ledger_and_named_after_nobody(
    opened: Any, sign_in: Any, recorded: Callable[..., list[Any]]
) -> None:
    service, worker, client = opened
    other = a_client(service, first_initial="Z")
    browser = sign_in(worker)
    for name in ("own_everything", "own_pdf", "own_files"):
        shut = browser.get(reverse(f"monitoring:{name}", args=[service.code, other.pk]))
        assert shut["Location"].endswith("/why/")
    assert recorded("read") == []
    where = [service.code, client.pk]
    assert browser.get(reverse("monitoring:own_everything", args=where)).status_code == 200
    pdf = browser.get(reverse("monitoring:own_pdf", args=where))
    files = browser.get(reverse("monitoring:own_files", args=where))
    tables = _unzipped(b"".join(files.streaming_content))
    assert {row["client_id"] for table in tables.values() for row in table} == {"P-1"}
    assert {len(table) for table in tables.values()} == {1}
    for response, ending in ((pdf, "pdf"), (files, "zip")):
        said = response["Content-Disposition"]
        assert said == f'attachment; filename="client-record-{timezone.localdate()}.{ending}"'
        assert response["Cache-Control"] == "no-store"
    told = [entry.body["what"] for entry in recorded("read")]
    assert told == [
        f"{service.code}: everything held about client {client.reference}{how}"
        for how in (".", ", as a PDF.", ", as files.")
    ]
