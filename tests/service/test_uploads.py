"""Files that suppliers send: tested, applied, corrected by later ones, and undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from monitoring_rows import a_client, a_record, a_service, at, client_row, needle_row
from upload_rows import (
    EXAMPLES,
    apply,
    client,
    csv_of,
    everything,
    found,
    needle,
    send,
    undo,
)

from sharewell.monitoring import data_set
from sharewell.service.accounts.models import Organisation, User
from sharewell.service.monitoring import clients, reach, records, versions
from sharewell.service.monitoring.models import Service

MAPPING = (EXAMPLES / "examplia-mapping.yaml").read_text("utf-8")


@pytest.fixture
def place(make_person: Callable[..., User]) -> tuple[Service, User]:
    """A service and who works there."""
    house = Organisation.objects.create(
        name="Harbour (invented)", short="Harbour", kind=Organisation.Kind.PROVIDER
    )
    worker = make_person("service worker", name="Wren Worker (invented)", organisation=house)
    return a_service(house, worker), worker


def test_a_test_changes_nothing_and_says_what_would_change(place: Any) -> None:
    service, worker = place
    upload = send(
        service,
        worker,
        ("client.csv", csv_of("client", service, [client(1), client(2)])),
        ("needle.csv", csv_of("needle", service, [needle(1), needle(2, 2), needle(3, 2)])),
    )
    assert upload.state == "tested", upload.message
    assert upload.counts["clients"] == {"added": 2, "changed": 0, "left": 0}
    assert upload.counts["records"] == {"added": 3, "changed": 0, "left": 0}
    assert upload.counts["rows"] == upload.counts["sound"] == 5
    assert everything(service) == {"clients": {}, "records": {}}


def test_applying_twice_changes_nothing(place: Any) -> None:
    service, worker = place
    files = (
        ("client.csv", csv_of("client", service, [client(1, ethnicity="A"), client(2)])),
        ("needle.csv", csv_of("needle", service, [needle(1), needle(2, 2)])),
    )
    first = apply(send(service, worker, *files), worker)
    assert first.state == "applied", first.message
    kept = everything(service)
    assert set(kept["clients"]) == {"P1", "P2"}
    assert kept["records"]["needle", "N2"][1] == "P2"
    second = apply(send(service, worker, *files), worker)
    assert second.counts["records"] == {"added": 0, "changed": 0, "left": 2}
    assert second.counts["clients"] == {"added": 0, "changed": 0, "left": 2}
    assert everything(service) == kept


def test_a_later_file_corrects_and_undoing_it_brings_back_what_was(place: Any) -> None:
    service, worker = place
    one = (
        ("client.csv", csv_of("client", service, [client(1, ethnicity="A")])),
        ("needle.csv", csv_of("needle", service, [needle(1), needle(2)])),
    )
    apply(send(service, worker, *one), worker)
    before = everything(service)
    two = (
        (
            "client.csv",
            csv_of("client", service, [client(1, ethnicity="B", last_initial="T"), client(2)]),
        ),
        (
            "needle.csv",
            csv_of(
                "needle",
                service,
                [needle(1, last_initial="T", items_out="40"), needle(3, 2)],
            ),
        ),
    )
    second = apply(send(service, worker, *two), worker)
    assert second.counts["clients"] == {"added": 1, "changed": 1, "left": 0}
    assert second.counts["records"] == {"added": 1, "changed": 1, "left": 0}
    after = everything(service)
    assert after["clients"]["P1"]["ethnicity"] == "B"
    assert after["records"]["needle", "N1"][0]["items_out"] == "40"
    with at(service):
        (known,) = [c for c in reach.clients() if clients.row_of(c)["client_id"] == "P1"]
        told = versions.history(known.pk)
        assert {c.version.reason for c in told} == {"Upload 1", "Upload 2"}
        assert [c.fields["items_out"] for c in told if "items_out" in c.fields] == [("20", "40")]
    undone = undo(second, worker)
    assert undone.state == "undone", undone.message
    assert undone.counts["undone"] == {"records": 2, "clients": 2}
    assert everything(service) == before


def test_what_somebody_changed_since_stays(place: Any) -> None:
    service, worker = place
    upload = apply(
        send(
            service,
            worker,
            ("client.csv", csv_of("client", service, [client(1), client(2)])),
            ("needle.csv", csv_of("needle", service, [needle(1), needle(2, 2)])),
        ),
        worker,
    )
    with at(service):
        record = reach.records().get(record_id="N1")
        row = records.row_of(record)
        records.change(
            record, data_set().module("needle"), 1, row | {"items_out": "7"}, "Miscounted"
        )
    undone = undo(upload, worker)
    assert undone.counts["undone"] == {"records": 1, "clients": 1}
    assert undone.counts["stayed"] == {"records": 1, "clients": 1}
    kept = everything(service)
    assert set(kept["clients"]) == {"P1"}
    assert kept["records"]["needle", "N1"][0]["items_out"] == "7"


def test_a_correction_made_here_survives_the_same_file_sent_again(place: Any) -> None:
    service, worker = place
    files = (
        ("client.csv", csv_of("client", service, [client(1, ethnicity="A")])),
        ("needle.csv", csv_of("needle", service, [needle(1)])),
    )
    apply(send(service, worker, *files), worker)
    with at(service):
        record = reach.records().get()
        row = records.row_of(record) | {"items_out": "7"}
        records.change(record, data_set().module("needle"), 1, row, "Miscounted")
        known = reach.clients().get()
        clients.change(known, 1, clients.row_of(known) | {"ethnicity": "B"}, "Asked")
    kept = everything(service)
    apply(send(service, worker, *files), worker)
    assert everything(service) == kept
    changed = send(
        service, worker, ("needle.csv", csv_of("needle", service, [needle(1, items_out="30")]))
    )
    assert found(changed)["SVC107"] == 1


def test_activity_finds_the_client_or_makes_one_whom_nobody_asked(place: Any) -> None:
    service, worker = place
    a_client(service, birth_date="1961-03-14")  # typed at the hatch, without a reference
    rows = [needle(1, 1), needle(2, 2), needle(3, 2, client_id="")]
    upload = send(service, worker, ("needle.csv", csv_of("needle", service, rows)))
    assert found(upload)["SVC105"] == 1, "the one who is new"
    apply(upload, worker)
    with at(service):
        kept = {clients.row_of(c)["client_id"]: c for c in reach.clients()}
        assert set(kept) == {"P1", "P2"}, "the one of the hatch took the reference"
        assert kept["P1"].consent
        assert not kept["P2"].consent, "until somebody asks"
        assert not reach.answers().filter(client=kept["P2"]).exists()
        assert reach.records().filter(client=kept["P2"]).count() == 2
    answered = ("client.csv", csv_of("client", service, [client(2)]))
    apply(send(service, worker, answered), worker)
    with at(service):
        assert reach.clients().get(pk=kept["P2"].pk).consent, "the file's answer governs"


def test_a_later_no_is_not_undone_by_an_older_yes(place: Any) -> None:
    service, worker = place
    known = a_client(service, client_id="P1", birth_date="1961-03-14")
    with at(service):
        row = clients.row_of(known) | {"consent": "N", "consent_date": "2026-07-01"}
        clients.change(known, 1, row, "Asked again")
    upload = send(
        service, worker, ("client.csv", csv_of("client", service, [client(1, employment="SICK")]))
    )
    assert found(upload)["SVC106"] == 1
    apply(upload, worker)
    with at(service):
        now = reach.clients().get()
        assert not now.consent
        assert now.employment == "SICK"


def test_who_objects_is_activity_of_nobody(place: Any) -> None:
    service, worker = place
    dummy = {
        "client_id": "",
        "first_initial": "X",
        "last_initial": "X",
        "birth_date": "05/05/1955",
        "sex": "U",
    }
    upload = send(
        service, worker, ("needle.csv", csv_of("needle", service, [needle(1) | dummy, needle(2)]))
    )
    apply(upload, worker)
    with at(service):
        assert reach.clients().count() == 1
        record = reach.records().get(record_id="N1")
        assert record.objected
        assert record.client is None
        seen = versions.row_at(record.pk, 1, service.pk)
        assert seen["items_out"] == "20", "what was there is kept, under the service's key"


def test_rows_of_other_services_and_modules_are_refused(place: Any) -> None:
    service, worker = place
    alcohol = dict(data_set().module("alcohol").example) | {
        "service": service.code,
        "client_id": "P9",
    }
    upload = send(
        service,
        worker,
        ("needle.csv", csv_of("needle", service, [needle(1), needle(2, service="OTHER99")])),
        ("alcohol.csv", csv_of("alcohol", service, [alcohol])),
    )
    codes = found(upload)
    assert codes["SVC101"] == codes["SVC102"] == 1
    assert upload.counts["sound"] == 1
    done = apply(upload, worker, only_good=True)
    assert done.counts["records"]["added"] == 1
    assert set(everything(service)["records"]) == {("needle", "N1")}


def test_the_bad_file_of_examplia_and_its_correction(place: Any) -> None:
    _, worker = place
    service = a_service(worker.organisation, worker)
    mapping = MAPPING.replace("ALDE01", service.code)
    bad = (EXAMPLES / "examplia-exchange.csv").read_bytes()
    upload = send(service, worker, ("examplia.csv", bad), mapping=mapping)
    assert upload.state == "tested", upload.message
    assert upload.counts["errors"]
    good = (EXAMPLES / "examplia-exchange-corrected.csv").read_bytes()
    mended = send(service, worker, ("examplia.csv", good), mapping=mapping)
    assert not mended.counts["errors"], found(mended)
    apply(mended, worker)
    kept = everything(service)
    assert len(kept["records"]) == 10
    assert len(kept["clients"]) == 6


def test_a_record_may_be_given_to_another_client(place: Any) -> None:
    service, worker = place
    files = [("needle.csv", csv_of("needle", service, [needle(1), needle(2, 2)]))]
    apply(send(service, worker, *files), worker)
    before = everything(service)
    moved = ("needle.csv", csv_of("needle", service, [needle(1, 2)]))
    upload = apply(send(service, worker, moved), worker)
    assert everything(service)["records"]["needle", "N1"][1] == "P2"
    undo(upload, worker)
    assert everything(service) == before


_ = (a_record, client_row, needle_row)
