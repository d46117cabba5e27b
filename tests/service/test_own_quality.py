"""What of a service's data is incomplete, late or doubtful: each against a look at every row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from math import sqrt
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from monitoring_rows import a_client, a_record, a_service, at, client_row
from own_rows import a_year, plainly

from sharewell.monitoring import data_set
from sharewell.service.accounts.models import User
from sharewell.service.monitoring import clients, reach
from sharewell.service.monitoring.models import Client, Record, Service, Tally, Upload
from sharewell.service.monitoring.own import asking, doubts, quality
from sharewell.service.monitoring.own.files import found_in_files
from sharewell.service.monitoring.own.period import Period
from sharewell.service.monitoring.own.quality import Share
from sharewell.service.monitoring.records import row_of

PERIOD = Period(date(2026, 1, 1), date(2026, 8, 31))
OPEN = {"accommodation": "UNKNOWN", "ethnicity": "Z", "arrived": "U"}
ASKED: dict[str, Callable[[dict[str, str]], bool]] = {
    "needle.item": lambda r: "item" in r,
    "needle.items_out": lambda r: "item" in r,
    "needle.main_substance": lambda r: "item" in r,
    "needle.injections_per_week": lambda r: "item" in r,
    "needle.returned_how": lambda r: int(r.get("returned", 0)) > 0,
    **{f"naloxone.{n}": lambda r: r["action"] == "ISSUED"
       for n in ("form", "kits", "reason", "recipient", "trained")},
    **{f"naloxone.{n}": lambda r: r["action"] == "USED"
       for n in ("used_on", "doses", "ambulance", "outcome")},
    **{f"outreach.{n}": lambda r: r["whose"] == "session" for n in ("contacts", "new_contacts")},
    "referral.arrived_on": lambda r: r.get("arrived") == "Y",
    "wellbeing.exit_reason": lambda r: r["stage"] == "EXIT",
    "steroid.injecting_site": lambda r: r.get("route") == "INJECT",
    "client.closed_reason": lambda r: r["closed_on"] != "",
}  # fmt: skip


def test_what_was_found_in_files_adds_to_what_each_upload_tells() -> None:
    service, other = a_service(), a_service()
    told = {
        (2026, 1, "MON112", True): 3, (2026, 1, "MON207", False): 9, (2026, 3, "MON112", True): 2,
        (2026, 9, "MON112", True): 100,
    }  # fmt: skip
    for place in (service, other):
        with at(place):
            for number, ((year, month, code, is_error), rows) in enumerate(told.items(), start=1):
                sent = datetime(year, month, 5, 12, tzinfo=UTC)
                upload = Upload.objects.create(
                    service=place, number=number, way=Upload.Way.PAGE, at=sent, year=2026, mark=b""
                )
                for part in (1, rows - 1):
                    Tally.objects.create(
                        upload=upload,
                        service=place,
                        code=code,
                        is_error=is_error,
                        table="a",
                        rows=part,
                    )
    with at(service):
        found = found_in_files(service, PERIOD)
    assert [(each.check.code, each.rows) for each in found] == [("MON112", 5), ("MON207", 9)]
    by_month = {
        month.month: rows for month, rows in zip(PERIOD.months, found[0].months, strict=True)
    }
    assert by_month == dict.fromkeys(range(1, 9), 0) | {1: 3, 3: 2}
    assert max(found[0].shares) == 1.0


def test_completeness_is_what_a_look_at_every_row_says() -> None:
    service = a_year(seed=12)
    people, everything = plainly(service)
    for module in data_set().modules:
        if module.id == "client":
            with at(service):
                rows = [
                    (c.registered_on, clients.row_of(c) | {"key": str(c.pk)}) for c in people
                ]  # fmt: skip
        else:
            rows = [(r.day, _plain(r)) for r in everything if r.module == module.id]
        rows = [(day, row) for day, row in rows if PERIOD.first <= day <= PERIOD.last]
        with at(service):
            trends = doubts.completeness(service, PERIOD, module)
            lacking = {t.name: doubts.doubt_called(t.mend) for t in trends}
            found = {
                name: {str(key) for key in doubt.of(service, PERIOD).values_list("pk", flat=True)}
                for name, doubt in lacking.items()
                if doubt
            }
        assert trends or not rows
        for trend in trends:
            asked = ASKED.get(trend.mend, lambda _row: True)
            for month, share in zip(PERIOD.months, trend.months, strict=True):
                mine = [row for day, row in rows if day.replace(day=1) == month and asked(row)]
                known = sum(_answered(row, trend.name) for row in mine)
                assert (share.part, share.whole) == (known, len(mine)), trend.mend
            assert found[trend.name] == {
                row["key"] for _, row in rows if asked(row) and not _answered(row, trend.name)
            }


def _plain(record: Record) -> dict[str, str]:
    whose = "client" if record.client_id else "objected" if record.objected else "session"
    return row_of(record) | {"key": str(record.pk), "whose": whose}


def _answered(row: dict[str, str], name: str) -> bool:
    return row.get(name, "") not in ("", OPEN.get(name))


def test_lateness_is_the_days_from_a_record_to_its_entry() -> None:
    service, day = a_service(), date(2026, 5, 10)
    lags = [0, 1, 2, 7, 8, 30, 31, 400, -3]
    for lag in lags:
        record = a_record(service, None, date=day.isoformat())
        at_noon = timezone.make_aware(timezone.datetime(day.year, day.month, day.day, 12))
        with at(service):
            Record.objects.filter(pk=record.pk).update(entered=at_noon + timedelta(days=lag))
    with at(service):
        found = asking.entered(service, PERIOD)
    told = {month: (each.all, *each.spans) for month, each in found.items()}
    (month,) = quality.lateness([day.replace(day=1)], told)
    assert (month.records, month.next_day, month.week, month.days_30, month.later) == (
        9,
        sum(lag <= 1 for lag in lags),
        sum(1 < lag <= 7 for lag in lags),
        sum(7 < lag <= 30 for lag in lags),
        sum(lag > 30 for lag in lags),
    )
    assert (month.late.part, month.late.whole) == (4, 9)


def test_who_objects_is_counted_by_month() -> None:
    service = a_year(seed=13)
    _, everything = plainly(service)
    with at(service):
        entered = asking.entered(service, PERIOD)
    found = {month: (each.objected, each.all) for month, each in entered.items()}
    for month in PERIOD.months:
        mine = [r for r in everything if r.day.replace(day=1) == month]
        wanted = (sum(r.objected for r in mine), len(mine))
        assert found.get(month, (0, 0)) == wanted


shares = st.integers(0, 400).flatmap(
    lambda whole: st.integers(0, whole).map(lambda part: Share(part, whole))
)


@given(st.lists(shares, max_size=12))
def test_a_jump_is_what_the_page_says_it_is(months: list[Share]) -> None:
    wanted = []
    for place, month in enumerate(months):
        earlier = months[:place][-6:]
        part, whole = sum(s.part for s in earlier), sum(s.whole for s in earlier)
        if whole == 0 or month.part < 5:
            continue
        before = part / whole
        chance = sqrt(month.whole * before * (1 - before))
        if month.part > 2 * before * month.whole and month.part - before * month.whole > 3 * chance:
            wanted.append(place)
    assert quality.jumps(months) == wanted


def test_a_steady_share_never_jumps_and_a_new_habit_does() -> None:
    assert quality.jumps([Share(10, 100)] * 12) == []
    assert quality.jumps([Share(1, 100)] * 6 + [Share(12, 100)]) == [6]
    assert quality.jumps([Share(0, 100), Share(4, 100)]) == []  # fewer than five


def test_each_doubt_finds_what_it_says_and_nothing_else() -> None:
    service = a_service()
    sound = a_client(service, postcode="ZX1 1AA", first_initial="S")
    old = a_client(service, birth_date="1900-01-01", first_initial="O")
    young = a_client(service, birth_date="2020-01-01", first_initial="Y")
    nowhere = a_client(service, postcode="ZX9 9ZZ", first_initial="N")
    twins = [a_client(service, first_initial="T"), a_client(service, first_initial="T")]
    gone = a_client(service, first_initial="G", closed_on="2026-06-01", closed_reason="DIED")
    left = a_client(service, first_initial="L", closed_on="2026-06-01", closed_reason="LOST")
    early = a_record(service, sound, date="2026-05-01")
    dead = a_record(service, gone, date="2026-06-02")
    back = a_record(service, left, date="2026-06-02")
    a_record(service, left, date="2026-06-01")
    a_record(service, sound, date="2026-06-01")
    a_record(service, None, objected=True, date="2026-06-01")
    no = a_client(service, birth_date="1900-01-01", consent="N")
    a_record(service, no, date="2026-05-01")
    with at(service):
        Client.objects.filter(pk=sound.pk).update(local_authority="E06000006")
        Client.objects.filter(pk=old.pk).update(closed_on=date(2026, 5, 1))
        found = {
            name: {each.pk for each in doubt.of(service, PERIOD)}
            for name, doubt in doubts.DOUBTS.items()
        }
    assert found == {
        "alike": {each.pk for each in twins},
        "no-postcode": {each.pk for each in (old, young, gone, left, *twins)},
        "unknown-postcode": {nowhere.pk},
        "age": {old.pk, young.pk},
        "left-first": {old.pk},
        "before-first": {early.pk},
        "after-death": {dead.pk},
        "after-leaving": {back.pk},
    }


@pytest.mark.parametrize("what", ["", "nothing", "client.sex", "client.", "x.y", "needle.item'--"])
def test_what_is_no_doubt_has_no_list(what: str) -> None:
    assert doubts.doubt_called(what) is None


@pytest.fixture
def managed(make_person: Callable[..., User]) -> tuple[Service, User]:
    manager = make_person("service manager")
    return a_service(manager.organisation), manager


def test_the_page_warns_of_a_jump_and_leads_to_what_is_to_be_mended(
    managed: Any, sign_in: Any, recorded: Callable[..., list[Any]]
) -> None:
    service, manager = managed
    today = timezone.localdate()
    with at(service):
        (first, other) = clients.add_all(
            service,
            [client_row(registered_on=today.isoformat()),
             client_row(registered_on=today.isoformat(), first_initial="N", consent="N")],
        )  # fmt: skip
    for number in range(12):
        month = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
        a_record(service, first, date=month.isoformat())
        a_record(service, None, objected=number < 8, date=today.replace(day=1).isoformat())
    browser = sign_in(manager)
    page = browser.get(reverse("monitoring:own_quality", args=[service.code])).content.decode()
    assert "It jumped in" in page
    assert "8 of 12, 66.7%" in page
    where = reverse("monitoring:own_mend", args=[service.code, "no-postcode"])
    mended = browser.get(where).content.decode()
    assert first.reference in mended
    assert other.reference not in mended
    assert "1980-02-01" not in mended
    assert "1 February 1980" not in mended
    assert browser.get(where.replace("no-postcode", "nothing")).status_code == 404
    told = [entry.body["what"] for entry in recorded("read")]
    assert told[0].startswith(f"{service.code}: the quality of its data")
    assert told[1] == f"{service.code}: which records to mend: clients without a postcode."
    with at(service):
        assert reach.clients().count() == 2
