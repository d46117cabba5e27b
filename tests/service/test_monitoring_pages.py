"""What the pages of direct entry do, without a browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from monitoring_rows import LIVERPOOL, a_client, a_record, a_service, at, client_row, needle_row

from sharewell.monitoring import data_set
from sharewell.service.accounts.leaving import still_held
from sharewell.service.accounts.models import Organisation, User
from sharewell.service.monitoring import clients, opening, reach, records, running
from sharewell.service.monitoring.errors import MonitoringFault
from sharewell.service.monitoring.models import Client, Service
from sharewell.service.monitoring.reach import Reach, staff_reach, within

NEW = {
    "first_initial": "J", "last_initial": "S", "birth_date_0": "1", "birth_date_1": "2",
    "birth_date_2": "1980", "sex": "M", "consent": "Y", "registered_on_0": "4",
    "registered_on_1": "5", "registered_on_2": "2026",
}  # fmt: skip
NEEDLE = {
    "date_0": "8", "date_1": "6", "date_2": "2026", "place": "SERVICE", "item_SET1ML": "20",
    "injections_per_week": "14", "main_substance": "HEROIN",
}  # fmt: skip


@pytest.fixture
def house() -> Organisation:
    return Organisation.objects.create(
        name="Harbour", short="Harbour", kind=Organisation.Kind.PROVIDER
    )


@pytest.fixture
def worker(make_person: Callable[..., User], house: Organisation) -> User:
    return make_person("service worker", name="Wren (invented)", organisation=house)


@pytest.fixture
def manager(make_person: Callable[..., User], house: Organisation) -> User:
    return make_person("service manager", name="Mo (invented)", organisation=house)


@pytest.fixture
def service(worker: User, house: Organisation) -> Service:
    return a_service(house, worker)


@pytest.fixture
def hatch(worker: User, sign_in: Any) -> Browser:
    return sign_in(worker)


def _at(service: Service, name: str, **more: Any) -> str:
    return reverse(f"monitoring:{name}", kwargs={"code": service.code} | more)


def _opened(service: Service, person: User, **row: str) -> Client:
    """A client whose record the person opened, because they are here."""
    client = a_client(service, **row)
    with within(staff_reach(person)):
        opening.note(client, "here", "")
    return client


def _text(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_what_is_typed_to_find_somebody_is_in_no_address(
    service: Service, hatch: Browser, recorded: Callable[..., list[Any]]
) -> None:
    known = a_client(service)
    response = hatch.post(_at(service, "hatch"), {"sought": "js 1 feb 1980 m"}, follow=True)
    assert "exactly the same" in _text(response)
    assert all("1980" not in address for address, _ in response.redirect_chain)
    (entry,) = recorded("read")
    assert known.reference in entry.body["what"]
    assert "JS" not in str(entry.body)
    assert "1980" not in str(entry.body)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "Enter initials, date of birth and sex."),
        ("Jane Smith", "Write it as JS 01/02/1980 M."),
        ("JS 31/2/80 M", "a day that does not exist"),
    ],
)
def test_what_cannot_be_read_says_how_to_type_it(
    typed: str, told: str, service: Service, hatch: Browser
) -> None:
    assert told in _text(hatch.post(_at(service, "hatch"), {"sought": typed}))


def test_a_code_finds_its_client_and_asks_why(service: Service, hatch: Browser) -> None:
    known = a_client(service)
    response = hatch.post(_at(service, "hatch"), {"sought": known.reference}, follow=True)
    assert "Why do you open this record?" in _text(response)


def test_somebody_alike_is_shown_before_a_new_client_is_saved(
    service: Service, hatch: Browser
) -> None:
    known = a_client(service)
    response = hatch.post(_at(service, "new"), NEW | {"sex": "F"})
    assert "1 client is alike" in _text(response)
    assert f"sex differs: {known.reference}" in _text(response)
    with at(service):
        assert reach.clients().count() == 1
    accepted = re.search(r'name="right"[^>]*value="([^"]+)"', response.content.decode())
    assert accepted
    response = hatch.post(_at(service, "new"), NEW | {"sex": "F", "right": accepted[1]})
    assert response.status_code == 302
    with at(service):
        assert reach.clients().count() == 2


def test_a_warning_that_was_not_seen_is_not_accepted(service: Service, hatch: Browser) -> None:
    a_client(service)
    assert hatch.post(_at(service, "new"), NEW | {"right": "MON999"}).status_code == 200
    with at(service):
        assert reach.clients().count() == 1


def test_the_dummy_attributor_leads_to_nobodys_record(service: Service, hatch: Browser) -> None:
    for typed in ("XX 05/05/1955 M", "x x 5 may 1955", "XX 1955-05-05 F"):
        response = hatch.post(_at(service, "hatch"), {"sought": typed})
        assert response.status_code in (200, 302)
        if response.status_code == 302:
            assert response["Location"] == _at(service, "objects")
    dummy = {"first_initial": "X", "last_initial": "X", "birth_date_0": "5", "birth_date_1": "5",
             "birth_date_2": "1955"}  # fmt: skip
    assert "is no client" in _text(hatch.post(_at(service, "new"), NEW | dummy))
    where = _at(service, "record_of_who_objects", module="needle")
    assert hatch.post(where, NEEDLE).status_code == 302
    with at(service):
        (record,) = reach.records()
        assert (record.objected, record.client, record.fields["items_out"]) == (True, None, 20)


def test_a_visit_is_one_transaction_of_several_rows(
    service: Service, worker: User, hatch: Browser
) -> None:
    client = _opened(service, worker)
    where = _at(service, "record", client_id=client.pk, module="needle")
    visit = NEEDLE | {"item_BIN": "1", "returned": "12", "returned_how": "COUNTED"}
    assert hatch.post(where, visit).status_code == 302
    with at(service):
        rows = [records.row_of(each) for each in reach.records()]
        assert {row["transaction_id"] for row in rows} == {rows[0]["transaction_id"]}
        assert sorted((row.get("item", ""), row.get("items_out", "")) for row in rows) == [
            ("", ""), ("BIN", "1"), ("SET1ML", "20"),
        ]  # fmt: skip
        assert [row["returned"] for row in rows if "returned" in row] == ["12"]
    again = hatch.get(where + "?again").content.decode()
    assert re.search(r'name="item_SET1ML" value="20"', again)
    assert not re.search(r'name="returned" value', again), "what came back is not repeated"


def test_a_form_that_is_sent_twice_is_one_act(
    service: Service, worker: User, hatch: Browser
) -> None:
    page = hatch.get(_at(service, "new")).content.decode()
    once = re.search(r'name="once" value="([0-9a-f]{16})"', page)
    assert once
    sent = [hatch.post(_at(service, "new"), NEW | {"once": once[1], "right": "ALIKE"})
            for _ in range(2)]  # fmt: skip
    assert sent[0]["Location"] == sent[1]["Location"]
    with at(service):
        client = reach.clients().get()
    where = _at(service, "record", client_id=client.pk, module="needle")
    for _ in range(2):
        hatch.post(where, NEEDLE | {"once": once[1], "item_BIN": "1"})
    with at(service):
        assert reach.records().count() == 2
        with pytest.raises(IntegrityError), transaction.atomic():
            records.add(service, data_set().module("needle"), [
                needle_row(record_id=f"W-{once[1]}-0")
            ])  # fmt: skip


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"item_SET1ML": ""}, "Enter how many of an item were given out, or came back."),
        ({"item_SET1ML": "9999"}, "less than or equal to 5000"),
        ({"place": ""}, "Place: this must be answered."),
        ({"date_2": "2099"}, "future"),
        ({"place": "POST", "returned": "3", "returned_how": "COUNTED"}, "returned by post"),
        ({"item_SET1ML": "1001"}, "It is right as it stands"),
    ],
)
def test_the_declared_checks_hold_for_what_is_typed(
    change: dict[str, str], told: str, service: Service, worker: User, hatch: Browser
) -> None:
    client = _opened(service, worker)
    where = _at(service, "record", client_id=client.pk, module="needle")
    response = hatch.post(where, NEEDLE | change)
    assert response.status_code == 200
    assert told in _text(response)
    with at(service):
        assert not reach.records().exists()


def test_activity_is_checked_by_the_data_set_of_its_own_year(
    service: Service, worker: User, hatch: Browser
) -> None:
    client = _opened(service, worker, registered_on="2026-03-01", consent_date="2026-03-01")
    where = _at(service, "record", client_id=client.pk, module="needle")
    assert hatch.post(where, NEEDLE | {"date_1": "3"}).status_code == 302, "8 March, of 2025-26"


def test_every_module_that_is_switched_on_has_a_form(
    house: Organisation, worker: User, hatch: Browser
) -> None:
    every = [module.id for module in data_set().modules if module.id != "client"]
    service = a_service(house, worker, modules=tuple(every))
    client = _opened(service, worker)
    for name in every:
        where = _at(service, "record", client_id=client.pk, module=name)
        page = hatch.get(where).content.decode()
        for field in records.fields_of(data_set().module(name)):
            if field.name not in ("item", "items_out"):
                assert f'name="{field.name}' in page, f"{name}: {field.name}"


def test_a_module_that_is_off_is_not_there(service: Service, worker: User, hatch: Browser) -> None:
    client = _opened(service, worker)
    for module in ("alcohol", "client", "nothing"):
        where = _at(service, "record", client_id=client.pk, module=module)
        assert hatch.get(where).status_code == 404
    assert hatch.get(_at(service, "record_of_session", module="needle")).status_code == 404


def test_a_session_is_recorded_without_a_client(service: Service, hatch: Browser) -> None:
    session = {"date_0": "8", "date_1": "6", "date_2": "2026", "place": "STREET", "contacts": "9"}
    where = _at(service, "record_of_session", module="outreach")
    response = hatch.post(where, session)
    assert response.status_code == 302, _text(response)
    with at(service):
        (record,) = reach.records()
        assert (record.client, record.objected, record.fields["contacts"]) == (None, False, 9)


def test_two_edits_at_once_lose_nothing(service: Service, worker: User, hatch: Browser) -> None:
    client = _opened(service, worker)
    with at(service):
        clients.change(client, 1, client_row(ethnicity="A"), "By somebody else")
    where = _at(service, "edit", client_id=client.pk)
    mine = NEW | {"seen": "1", "ethnicity": "B", "employment": "SICK", "reason": "Asked"}
    response = hatch.post(where, mine)
    text = _text(response)
    assert "Somebody else changed this while you did." in text
    assert "Ethnic group: English, Welsh, Scottish, Northern Irish or British" in text
    assert 'name="seen" value="2"' in response.content.decode()
    assert hatch.post(where, mine | {"seen": "2"}).status_code == 302
    with at(service):
        now = reach.clients().get()
        assert (now.ethnicity, now.employment, now.version) == ("B", "SICK", 3)


def test_a_record_is_corrected_and_deleted_with_a_reason(
    service: Service, worker: User, hatch: Browser
) -> None:
    record = a_record(service, _opened(service, worker))
    where = _at(service, "edit_record", record_id=record.pk)
    corrected = NEEDLE | {"item": "SET1ML", "items_out": "5", "seen": "1"}
    assert "Why do you change it?" in _text(hatch.post(where, corrected))
    assert hatch.post(where, corrected | {"reason": "Miscounted"}).status_code == 302
    where = _at(service, "delete_record", record_id=record.pk)
    assert "since you looked" in _text(hatch.post(where, {"seen": "1", "reason": "Wrong one"}))
    assert hatch.post(where, {"seen": "2", "reason": "Wrong one"}).status_code == 302
    with at(service):
        assert not reach.records().exists()


def test_a_client_is_deleted_with_a_reason(service: Service, worker: User, hatch: Browser) -> None:
    client = _opened(service, worker)
    a_record(service, client)
    where = _at(service, "delete", client_id=client.pk)
    assert "1 record." in _text(hatch.get(where))
    assert "Say why you delete it." in _text(hatch.post(where, {"seen": "1"}))
    assert hatch.post(where, {"seen": "1", "reason": "Entered twice"}).status_code == 302
    with at(service):
        assert not reach.clients().exists()


# --- drafts ---------------------------------------------------------------------------------------


def test_a_draft_is_the_persons_own(
    service: Service, hatch: Browser, make_person: Any, house: Organisation, sign_in: Any
) -> None:
    where = _at(service, "new")
    kept = hatch.post(_at(service, "keep_draft"), NEW | {"form": where, "postcode": "ZX7 1AA"})
    assert kept.status_code == 204
    assert "ZX7 1AA" in hatch.get(where).content.decode()
    other = make_person("service manager", organisation=house)
    assert "ZX7 1AA" not in sign_in(other).get(where).content.decode()
    hatch.post(_at(service, "drop_draft"), {"form": where})
    assert "ZX7 1AA" not in hatch.get(where).content.decode()


def test_a_draft_is_dropped_when_saved_and_forgotten_after_a_week(
    service: Service, worker: User, hatch: Browser
) -> None:
    where = _at(service, "new")
    hatch.post(where, NEW | {"keep": "later", "title": "A new client"})
    assert "A new client" in _text(hatch.get(_at(service, "hatch")))
    with within(staff_reach(worker)):
        reach.drafts().update(at=timezone.now() - timedelta(days=8))
    assert "A new client" not in _text(hatch.get(_at(service, "hatch")))
    hatch.post(where, NEW | {"keep": "later", "title": "A new client"})
    assert hatch.post(where, NEW).status_code == 302
    assert "A new client" not in _text(hatch.get(_at(service, "hatch")))


@pytest.mark.parametrize("form", ["", "//evil.example.org/", "/people/"])
def test_a_draft_belongs_to_a_form_of_the_service(
    form: str, service: Service, hatch: Browser
) -> None:
    assert hatch.post(_at(service, "keep_draft"), {"form": form}).status_code == 400


# --- opening --------------------------------------------------------------------------------------


def test_every_view_is_in_the_ledger_with_its_reason(
    service: Service, hatch: Browser, recorded: Callable[..., list[Any]]
) -> None:
    client = a_client(service)
    page = _at(service, "client", client_id=client.pk)
    assert hatch.get(page).status_code == 302, "nothing is seen without a reason"
    assert not recorded("read")
    why = _at(service, "why", client_id=client.pk)
    assert "Say in a few words" in _text(hatch.post(why, {"reason": "other"}))
    hatch.post(why, {"reason": "other", "words": "A complaint"})
    for _ in range(2):
        assert hatch.get(page).status_code == 200
    told = [entry.body["what"] for entry in recorded("read")]
    assert told == [f"{service.code}: client {client.reference}: A complaint"] * 2


def test_an_opening_ends_and_is_only_ones_own(
    service: Service, worker: User, manager: User, hatch: Browser, sign_in: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    client = _opened(service, worker)
    page = _at(service, "client", client_id=client.pk)
    assert hatch.get(page).status_code == 200
    assert sign_in(manager).get(page).status_code == 302
    monkeypatch.setattr(opening, "HOLDS", timedelta(0))
    assert hatch.get(page).status_code == 302


def test_a_client_opened_without_need_stands_out(
    service: Service, worker: User, manager: User
) -> None:
    idle = _opened(service, worker)
    served = _opened(service, worker, last_initial="T")
    corrected = _opened(service, worker, last_initial="U")
    a_record(service, served, date=timezone.localdate().isoformat())
    with within(staff_reach(worker)):
        clients.change(corrected, 1, client_row(last_initial="V"), "Typed wrongly")
    with within(staff_reach(manager)):
        reviewed = opening.reviewed(reach.openings())
    out = {each.opening.reference: each.stands_out for each in reviewed}
    assert out == {
        idle.reference: "Said to be here, and nothing was recorded.",
        served.reference: "",
        corrected.reference: "",
    }


# --- setting up -----------------------------------------------------------------------------------


def test_an_administrator_opens_a_service_of_a_provider(
    make_person: Any, house: Organisation, sign_in: Any, organisation: Organisation
) -> None:
    administrator = make_person("administrator")
    given = {"name": "Pier", "code": "PIER01", "organisation": house.pk, "area": LIVERPOOL,
             "modules": ["needle"]}  # fmt: skip
    browser = sign_in(administrator)
    where = reverse("monitoring:new_service")
    assert browser.post(where, given | {"organisation": organisation.pk}).status_code == 200
    assert browser.post(where, given).status_code == 302
    assert "Another service has the code" in _text(browser.post(where, given))
    assert "Pier" in _text(browser.get(reverse("monitoring:services")))
    with within(Reach("administrator")), pytest.raises(MonitoringFault, match="no provider"):
        running.open_service(administrator, organisation, "X01", "X", LIVERPOOL, [])


def test_a_manager_says_what_is_recorded_and_who_works_there(
    service: Service, worker: User, manager: User, make_person: Any, house: Organisation,
    sign_in: Any, recorded: Callable[..., list[Any]],
) -> None:  # fmt: skip
    second = make_person("service worker", organisation=house)
    browser, where = sign_in(manager), _at(service, "manage")
    browser.post(where, {"form": "modules", "modules": ["alcohol"]})
    browser.post(where, {"form": "staff", "people": [str(second.pk)]})
    assert staff_reach(second).services == {service.pk}
    assert staff_reach(worker).services == frozenset()
    assert [entry.body["what"] for entry in recorded("account")] == [
        f"{service.code} records: alcohol.",
        f"The staff of {service.code}: {second.name} ({second.pk}).",
    ]
    assert f"A place on the staff of {service}." in still_held(second)


def test_reading_a_row_of_a_record_again_gives_the_same(service: Service) -> None:
    record = a_record(service, a_client(service))
    with at(service):
        module = data_set().module("needle")
        same = records.change(record, module, 1, needle_row(), "Nothing")
        assert same.version == 1
