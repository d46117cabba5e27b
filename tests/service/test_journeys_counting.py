"""Journeys counted, protected and stored: what is shown, consent, killing, and who sees what."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from journey_rows import (
    a_journey,
    a_referral,
    an_authority,
    journeys,
    many_journeys,
    somebody,
    three_services,
)
from monitoring_rows import LIVERPOOL, SEFTON, a_client, a_record, a_service, at
from test_monitoring_reach import _without_row_security

from sharewell.disclosure import attack, make_table
from sharewell.service.accounts.models import User
from sharewell.service.jobs.models import Job
from sharewell.service.jobs.queue import rescue, run_job
from sharewell.service.monitoring import clients, reach
from sharewell.service.monitoring.journeys import counting
from sharewell.service.monitoring.journeys.protecting import RULE, TOTAL, Print
from sharewell.service.monitoring.journeys.shown import cells
from sharewell.service.monitoring.journeys.work import ask
from sharewell.service.monitoring.models import JourneyTable, Service, Withdrawal
from sharewell.service.monitoring.people.linking import find_who_is_who
from sharewell.service.monitoring.reach import Reach, counting_reach, within
from sharewell.service.monitoring.sealing import pseudonym

YEAR = 2025


def counted() -> dict[str, Print]:
    return {each.name: each for each in counting.count_area(LIVERPOOL, YEAR)}


def moved(tables: dict[str, Print]) -> dict[tuple[str, ...], str]:
    """People who moved, by from and to, as printed."""
    return {
        key[:2]: printed
        for key, printed in cells(tables["moves"]).items()
        if key[2] == TOTAL and printed != "0" and TOTAL not in key[:2]
    }


def rows_stored() -> int:
    with within(counting_reach()):
        return reach.journey_tables().count()


# --- what is counted ------------------------------------------------------------------------------


def test_a_to_b_to_c_is_counted_protected_and_stored() -> None:
    one, two, three = services = three_services()
    many_journeys(services)
    tables = counted()
    assert moved(tables) == {
        (one.name, two.name): "5",  # 7, to the nearest 5
        (two.name, three.name): "5",
        (one.name, three.name): "5",
        (two.name, one.name): "*",
    }
    assert cells(tables["moves"])[one.name, two.name, "8 to 28 days"] == "5"
    assert cells(tables["onward"])[one.name, two.name, three.name] == "5"
    assert cells(tables["ends"])[three.name, "lost to follow-up"] == "15"
    assert rows_stored() == 6
    with within(counting_reach()):
        assert "7" not in {row[-1] for t in reach.journey_tables() for row in t.printed}


def test_everything_shown_survives_an_attack_with_all_that_was_shown_before() -> None:
    services = three_services()
    many_journeys(services)
    one, two, _ = services
    shown = [counted()]
    journeys(
        [
            [(two, "2025-06-01"), (one, "2025-06-20")],
            *[[(one, "2025-05-01"), (two, "2025-05-02")]] * 4,
        ]
    )
    shown.append(counted())
    assert shown[0]["moves"] != shown[1]["moves"]
    files = []
    for name in ("moves", "onward"):
        now, then = cells(shown[1][name]), cells(shown[0][name])
        # What visibly changed says nothing of the other; whatever did not may be taken as the same.
        still = {key: text if now[key] == text else "[c]" for key, text in then.items()}
        breakdowns = shown[0][name].breakdowns
        for when, printed in (("now", now), ("then", still)):
            columns = {b: [key[at] for key in printed] for at, b in enumerate(breakdowns)}
            table = pa.table(columns | {"count": list(printed.values())})
            totals = dict.fromkeys(breakdowns, TOTAL)
            files.append(make_table(table, name=f"{name} {when}", totals=totals, rule=RULE))
    found = attack(files)
    assert found.protected > 0
    assert not found.narrow.any()


def test_what_still_holds_is_shown_again_as_it_was() -> None:
    services = three_services()
    many_journeys(services)
    first = counted()
    a_journey((services[1], "2025-06-01"), (services[0], "2025-06-20"))
    second = counted()
    assert second["moves"] == first["moves"], "2 are * as well, and 9 are 10 as well"
    assert rows_stored() == 12


def test_referrals_are_followed_by_record_and_by_contact() -> None:
    one, two, _ = three_services()
    for number in range(12):
        called = somebody()
        here = a_client(one, **called)
        arrived = "Y" if number < 6 else ""
        a_referral(one, here, other_service=two.code, arrived=arrived)
        if number >= 6:
            a_record(two, a_client(two, **called), date="2025-06-20")
    tables = counted()
    said, seen = cells(tables["referrals-said"]), cells(tables["referrals-seen"])
    assert said[one.name, two.name, "arrived"] == "5"
    assert said[one.name, two.name, "not known"] == "5"
    assert seen[one.name, two.name, "seen there in time"] == "5"
    assert seen[one.name, two.name, "seen nowhere: lost to follow-up"] == "5"


def test_who_died_or_left_for_a_reason_is_not_lost() -> None:
    one, *_ = three_services()
    for reason in ("DIED", "MOVED", "LOST"):
        for _ in range(10):
            client = a_client(one, **somebody(), closed_on="2025-07-01", closed_reason=reason)
            a_record(one, client, date="2025-06-20")
    ends = cells(counted()["ends"])
    assert ends[one.name, "died"] == "10"
    assert ends[one.name, "left, with a reason recorded"] == "10"
    assert ends[one.name, "lost to follow-up"] == "10"


def test_who_was_seen_after_death_is_told_apart() -> None:
    one, two, _ = three_services()
    for _ in range(6):
        called = somebody()
        gone = a_client(one, **called, closed_on="2025-05-10", closed_reason="DIED")
        a_record(one, gone, date="2025-05-01")
        a_record(two, a_client(two, **called), date="2025-05-20")
    tables = counted()
    assert moved(tables) == {}
    assert cells(tables["apart"])["after death",] == "5"


def test_moves_of_other_areas_and_who_objects_are_in_no_table() -> None:
    one, *_ = three_services()
    away, further = a_service(area=SEFTON), a_service(area=SEFTON)
    outside = [(away, "2025-05-01"), (further, "2025-05-09")]
    leaving = [(one, "2025-05-01"), (away, "2025-05-09")]
    journeys([*[outside] * 9, *[leaving] * 9])
    a_record(one, None, objected=True, date="2025-05-01")
    tables = counted()
    assert moved(tables) == {}
    assert away.name not in {value for row in tables["moves"].rows for value in row}
    assert cells(tables["ends"])[one.name, "seen at a service elsewhere"] == "10"
    assert cells(tables["ends"])[one.name, TOTAL] == "10", "who objects is nobody"


# --- consent --------------------------------------------------------------------------------------


def _shown(browser: Browser) -> str:
    return browser.get(
        reverse("monitoring:journeys_area", args=[LIVERPOOL]) + "?year=2025"
    ).content.decode()


@pytest.fixture
def commissioner(make_person: Callable[..., User]) -> User:
    return make_person("commissioner", organisation=an_authority())


def test_no_hides_everything_at_once_and_takes_all_history_back(
    commissioner: User, sign_in: Callable[[User], Browser]
) -> None:
    services = three_services()
    many_journeys(services)
    back, _ = a_journey((services[1], "2025-06-01"), (services[0], "2025-06-20"))
    tables = counted()
    browser = sign_in(commissioner)
    assert "From A to B" in _shown(browser)
    file = reverse("monitoring:journeys_file", args=[LIVERPOOL, YEAR, "moves"])
    assert browser.get(file).status_code == 200
    with at(services[1]):
        row = clients.row_of(back)
        clients.change(back, 1, row | {"consent": "N"}, "Said so")
    assert "has changed" in _shown(browser)
    assert browser.get(file).status_code == 404
    again = counted()
    assert "From A to B" in _shown(browser)
    assert cells(tables["ends"])[services[1].name, TOTAL] == "10"
    assert cells(again["ends"])[services[1].name, TOTAL] == "10"  # 9 are 10 too
    with at(services[1]):
        clients.change(back, 2, row, "Said so again")
    assert "From A to B" in _shown(browser), "Yes hides nothing"


def test_a_deleted_client_hides_everything_too() -> None:
    service = a_service()
    client = a_client(service)
    no = a_client(service, consent="N")
    with at(service):
        clients.delete(no, 1, "Entered twice")
    with within(counting_reach()):
        assert reach.withdrawals().count() == 0, "who did not consent was in nothing"
    with at(service):
        clients.delete(client, 1, "Entered twice")
    with within(counting_reach()):
        assert reach.withdrawals().count() == 1


def test_whoever_says_no_is_in_no_journey() -> None:
    one, two, _ = three_services()
    journeys([[(one, "2025-05-01"), (two, "2025-05-20")]] * 8, consent="N")
    tables = counted()
    assert {row[-1] for table in tables.values() for row in table.rows} == {"0"}


def test_who_withdraws_while_it_is_counted_leaves_nothing_to_see(
    commissioner: User, sign_in: Callable[[User], Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    services = three_services()
    many_journeys(services)
    (first, *_) = a_journey((services[0], "2025-05-01"), (services[1], "2025-05-09"))
    before = counting.protect_all

    def meanwhile(*given: Any) -> Any:
        with at(services[0]):
            clients.change(first, 1, clients.row_of(first) | {"consent": "N"}, "Said so")
        return before(*given)

    monkeypatch.setattr(counting, "protect_all", meanwhile)
    counted()
    assert "has changed" in _shown(sign_in(commissioner))


# --- killed ---------------------------------------------------------------------------------------


def test_every_area_is_counted_by_a_command() -> None:
    one, two, _ = three_services()
    away = a_service(area=SEFTON)
    journeys([[(one, "2025-05-01"), (two, "2025-05-20")]] * 8)
    a_journey((away, "2025-05-01"))
    said = StringIO()
    call_command("count_journeys", "--year", "2025", stdout=said)
    assert said.getvalue().splitlines() == [
        "Liverpool, 2025-26: counted.",
        "Sefton, 2025-26: counted.",
    ]
    assert rows_stored() == 12
    with pytest.raises(CommandError, match="by their first"):
        call_command("count_journeys", "--year", "1066")


def test_asked_for_twice_it_is_done_once(commissioner: User) -> None:
    one, *_ = three_services()
    a_journey((one, "2025-05-01"))
    assert ask(commissioner, LIVERPOOL, YEAR) == ask(commissioner, LIVERPOOL, YEAR)
    job = Job.objects.get(kind="count journeys")
    run_job.func(str(job.pk))
    job.refresh_from_db()
    assert (job.state, job.result) == ("done", f"/monitoring/journeys/{LIVERPOOL}/?year=2025")
    assert rows_stored() == 6


_WORKER = """
import os, sys, time
sys.path[:0] = [{tests!r}]
os.environ["DJANGO_SETTINGS_MODULE"] = "service_settings"
import django
from django.db import connections
from sharewell.service import database
connections["default"].settings_dict.update(database.settings_of(os.environ["DATABASE_URL"]))
django.setup()
from django.conf import settings
from pathlib import Path
settings.SHAREWELL_KEYS = Path({keys!r})
from sharewell.service.jobs.queue import rescue, run_job
from sharewell.service.monitoring.models import JourneyTable

write = JourneyTable.objects.bulk_create
def slowly(tables):
    write(list(tables)[:3])
    Path({mark!r}).touch()
    time.sleep(60)
JourneyTable.objects.bulk_create = slowly
run_job.func({job!r})
"""


@pytest.mark.django_db(transaction=True)
def test_killed_while_it_writes_it_leaves_nothing_and_begins_again(
    make_person: Callable[..., User], tmp_path: Path
) -> None:
    """A real worker in a real process, ended by kill -9 between two tables."""
    many_journeys(three_services(), 5)
    ask(make_person("commissioner", organisation=an_authority()), LIVERPOOL, YEAR)
    job = Job.objects.get(kind="count journeys")
    mark, script = tmp_path / "writing", tmp_path / "worker.py"
    given = {"keys": str(settings.SHAREWELL_KEYS), "mark": str(mark), "job": str(job.pk)}
    script.write_text(_WORKER.format(tests=str(Path(__file__).parent), **given))
    worker = subprocess.Popen([sys.executable, str(script)], env=dict(os.environ))
    deadline = time.monotonic() + 100
    while not mark.exists():
        assert worker.poll() is None, "it ended by itself"
        assert time.monotonic() < deadline, "it never came to writing"
        time.sleep(0.05)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    while not rescue():
        assert time.monotonic() < deadline, "nobody found that it was killed"
        time.sleep(0.05)
    assert rows_stored() == 0
    run_job.func(str(job.pk))
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("done", 2)
    assert rows_stored() == 6


# --- who sees what --------------------------------------------------------------------------------


def test_tables_are_seen_by_area_by_the_gate_and_by_postgresql(
    commissioner: User, make_person: Callable[..., User]
) -> None:
    one, *_ = three_services()
    a_service(area=SEFTON)
    a_journey((one, "2025-05-01"))
    counting.count_area(LIVERPOOL, YEAR)
    counting.count_area(SEFTON, YEAR)
    sefton = an_authority("Sefton", SEFTON)
    everything, theirs = 12, 6
    reaches = {
        "commissioner": (reach.commissioner_reach(commissioner, LIVERPOOL), theirs),
        "analyst": (reach.analyst_reach(make_person("monitoring analyst")), everything),
        "analyst of an area": (
            reach.analyst_reach(make_person("monitoring analyst", organisation=sefton), SEFTON),
            theirs,
        ),
        "the machine": (counting_reach(), everything),
        "staff": (Reach("staff", None, frozenset({one.pk}), frozenset({one.pk})), 0),
        "administrator": (Reach("administrator"), 0),
    }
    for who, (each, expected) in reaches.items():
        with within(each):
            assert reach.journey_tables().count() == expected, who
            assert JourneyTable.objects.count() == expected, who
    with within(reaches["commissioner"][0]):
        assert {table.area for table in JourneyTable.objects.all()} == {LIVERPOOL}
        _without_row_security()
        assert {table.area for table in reach.journey_tables()} == {LIVERPOOL}, "the gate alone"


@pytest.mark.parametrize("role", ["commissioner", "monitoring analyst"])
def test_another_area_is_not_found(
    role: str, make_person: Callable[..., User], sign_in: Callable[[User], Browser]
) -> None:
    one, *_ = three_services()
    a_service(area=SEFTON)
    a_journey((one, "2025-05-01"))
    counting.count_area(LIVERPOOL, YEAR)
    browser = sign_in(make_person(role, organisation=an_authority("Sefton", SEFTON)))
    assert browser.get(reverse("monitoring:journeys")).url.endswith(f"/{SEFTON}/")
    for name, more in (("area", []), ("file", [YEAR, "moves"]), ("people", [])):
        seen = browser.get(reverse(f"monitoring:journeys_{name}", args=[LIVERPOOL, *more]))
        missing = name == "people" and role == "commissioner"
        assert seen.status_code == (403 if missing else 404), name
    asked = browser.post(reverse("monitoring:journeys_count", args=[LIVERPOOL]))
    assert asked.status_code == 404
    assert not Job.objects.exists()


def test_a_reason_holds_for_one_person_and_half_an_hour(
    make_person: Callable[..., User],
    sign_in: Callable[[User], Browser],
    recorded: Callable[..., list[Any]],
) -> None:
    one, two, _ = three_services()
    people = [a_journey((one, "2025-05-01"), (two, "2025-05-20"))[0] for _ in range(2)]
    find_who_is_who()
    browser = sign_in(make_person("monitoring analyst", organisation=an_authority()))
    first, second = (
        reverse("monitoring:journeys_person", args=[LIVERPOOL, pseudonym(each.pk)])
        for each in people
    )
    assert "Why do you look" in browser.get(first).content.decode()
    browser.post(first, {"words": "The tables cannot explain it"})
    assert "At each service" in browser.get(first).content.decode()
    assert "Why do you look" in browser.get(second).content.decode()
    session = browser.session
    (key,) = [name for name, _ in session.items() if name.startswith("looks at")]
    session[key] = (timezone.now() - timedelta(minutes=31)).isoformat()
    session.save()
    assert "Why do you look" in browser.get(first).content.decode()
    said = [entry.body["what"] for entry in recorded("read")]
    called = pseudonym(people[0].pk)[:12]
    assert said == [
        f"Opened person {called}: The tables cannot explain it",
        f"The timeline of person {called}.",
    ]
    with at(one):
        clients.change(people[1], 1, clients.row_of(people[1]) | {"consent": "N"}, "Said so")
    assert browser.get(second).status_code == 404, "at once"


def test_what_was_shown_is_only_added_to_and_by_the_machine_alone(commissioner: User) -> None:
    one, *_ = three_services()
    a_journey((one, "2025-05-01"))
    counting.count_area(LIVERPOOL, YEAR)
    statements = (
        "UPDATE monitoring_journeytable SET printed = '[]'",
        "DELETE FROM monitoring_journeytable",
        "DELETE FROM monitoring_withdrawal",
        "DROP TRIGGER says_no ON monitoring_client",
        "ALTER TABLE monitoring_client DISABLE TRIGGER says_no",
    )
    with within(counting_reach()):
        for statement in statements:
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
    theirs = reach.commissioner_reach(commissioner, LIVERPOOL)
    with within(theirs), pytest.raises(DatabaseError), transaction.atomic():
        JourneyTable.objects.create(
                area=LIVERPOOL, year=1, name="moves", title="", terms="", breakdowns=[],
                printed=[], until=date(2026, 1, 1), withdrawn=0,
            )  # fmt: skip
    assert Withdrawal.objects.count() == 0, "outside of a reach there is nothing"


def test_counts_and_views_are_in_the_ledger(
    commissioner: User, sign_in: Callable[[User], Browser], recorded: Callable[..., list[Any]]
) -> None:
    one, *_ = three_services()
    a_journey((one, "2025-05-01"))
    counting.count_area(LIVERPOOL, YEAR, commissioner)
    browser = sign_in(commissioner)
    _shown(browser)
    browser.get(reverse("monitoring:journeys_file", args=[LIVERPOOL, YEAR, "moves"]))
    said = [(e.kind, e.actor["role"], e.body["what"]) for e in recorded()]
    assert said == [
        ("read", "commissioner", "Counted journeys in Liverpool, 2025-26."),
        ("preview", "commissioner", "The protected journeys in Liverpool, 2025-26."),
        ("download", "commissioner",
         "The protected table 'moves' of journeys in Liverpool, 2025-26."),
    ]  # fmt: skip


def test_a_file_is_what_the_page_shows(
    commissioner: User, sign_in: Callable[[User], Browser]
) -> None:
    services = three_services()
    with within(Reach("administrator")):
        Service.objects.filter(pk=services[0].pk).update(name="=1+1 & <b>")
    many_journeys(services)
    tables = counted()
    browser = sign_in(commissioner)
    file = browser.get(reverse("monitoring:journeys_file", args=[LIVERPOOL, YEAR, "moves"]))
    lines = file.content.decode().splitlines()
    assert lines[0] == "area,financial year,from,to,between,people"
    assert len(lines) == 1 + len(tables["moves"].rows)
    assert "'=1+1 & <b>" in file.content.decode()
    assert "attachment" in file["Content-Disposition"]
    page = _shown(browser)
    assert "<b>" not in page
    assert "=1+1 &amp; &lt;b&gt;" in page


@pytest.mark.parametrize("year", ["1066", "x", "99999999999999999999", ""])
def test_years_that_cannot_be_are_told(
    year: str, commissioner: User, sign_in: Callable[[User], Browser]
) -> None:
    three_services()
    browser = sign_in(commissioner)
    address = reverse("monitoring:journeys_area", args=[LIVERPOOL])
    page = browser.get(address, {"year": year})
    assert page.status_code == 200
    assert "There is a problem" in page.content.decode()
    count = reverse("monitoring:journeys_count", args=[LIVERPOOL])
    assert browser.post(count, {"year": year}).status_code == 404, "nothing is counted for it"
    assert browser.get(count).status_code == 405
    assert browser.get(f"{address}{'9' * 30}/moves.csv").status_code == 404
