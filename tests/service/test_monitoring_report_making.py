"""A quarter's report for nine local authorities is made, protected, shared, reviewed, published;
and whoever says No on the way is in nothing that is let out from then on."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from monitoring_rows import a_service, at, client_row, needle_row
from release_rows import review_by
from report_rows import SUMMER, a_commissioner

from sharewell.agreements import Agreement
from sharewell.catalogue.activity_counts import CHESHIRE_AND_MERSEYSIDE
from sharewell.flows.preparing import Declared
from sharewell.ledger import Entry
from sharewell.monitoring import data_set
from sharewell.service.accounts.models import Organisation, User
from sharewell.service.home import home
from sharewell.service.jobs.interface import job_at
from sharewell.service.jobs.queue import run_job
from sharewell.service.monitoring import clients, reach, records
from sharewell.service.monitoring.errors import MonitoringFault
from sharewell.service.monitoring.models import Client, Report
from sharewell.service.monitoring.reach import counting_reach, within
from sharewell.service.monitoring.reports import making, work
from sharewell.service.monitoring.reports.consent import changed
from sharewell.service.monitoring.reports.figures import tables_of
from sharewell.service.monitoring.reports.making import ask_for_report
from sharewell.service.monitoring.reports.shelf import entry_of
from sharewell.service.releases.errors import ReleaseError
from sharewell.service.releases.interface import State, Wanted, ask_for, let_out
from sharewell.service.releases.models import Release

MakePerson = Callable[..., User]
FEW = ("cohorts", "needle")
SAID = Declared("A quarter for nine local authorities, for everybody.", "They go on.", True)


@pytest.fixture
def analyst(make_person: MakePerson) -> User:
    """An analyst of the institute that the agreement names."""
    house = Organisation.objects.create(
        name="Public Health Institute, Liverpool John Moores University", short="PHI"
    )
    return make_person("monitoring analyst", organisation=house, name="Ana Analyst (invented)")


@pytest.fixture(autouse=True)
def _few_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of the tables: of people, and of activity."""
    for name in ("count_records", "publish"):
        monkeypatch.setattr(making, name, partial(getattr(making, name), tables=FEW))


@pytest.fixture
def people(db: None) -> list[Client]:
    """Some forty clients of three services, who came once or twice in the summer."""
    chance = random.Random(7)
    made: list[Client] = []
    needle = data_set().module("needle")
    for area in CHESHIRE_AND_MERSEYSIDE[3:6]:
        service = a_service(area=area)
        with at(service):
            born = [f"19{chance.randrange(50, 99)}-0{chance.randrange(1, 9)}-11" for _ in range(14)]
            new = clients.add_all(
                service,
                [client_row(birth_date=day, sex=chance.choice("MF")) for day in born],
            )
            for number, client in enumerate(new):
                day = f"2026-0{7 + number % 3}-0{1 + number % 9}"
                rows = [needle_row(date=day, transaction_id=f"T{number}")]
                records.add(service, needle, rows, client=client)
        made += new
    return made


def run(report: Report) -> Report:
    """The worker does the report's job; the report as it is then."""
    run_job.func(str(job_at(report.job).pk))
    with within(counting_reach()):
        return reach.reports().get(pk=report.pk)


def say_no(client: Client) -> None:
    """The client does not consent any more."""
    with at(client.service):
        now = reach.clients().get(pk=client.pk)
        clients.change(now, now.version, clients.row_of(now) | {"consent": "N"}, "Asked again")


def publication(analyst: User, report: Report, make_person: MakePerson) -> Release:
    """The release that was asked for to publish a report, prepared and approved by two."""
    agreement = making.the_agreement(analyst)
    release = ask_for(analyst, agreement, Wanted("public", FEW, False, SAID, report.counted))
    run_job.func(str(job_at(release.job).pk))
    release.refresh_from_db()
    if release.state == State.REVIEW:
        for _ in range(2):
            review_by(make_person("output reviewer", organisation=analyst.organisation), release)
        release.refresh_from_db()
    return release


def test_a_quarters_report_is_made_shared_reviewed_and_published(
    analyst: User,
    people: list[Client],
    make_person: MakePerson,
    sign_in: Callable[[User], Browser],
    recorded: Callable[..., list[Entry]],
) -> None:
    first = run(ask_for_report(analyst, SUMMER))
    assert (first.state, first.reasons) == ("shared", "")
    assert (first.records, job_at(first.job).state) == (len(people), "done")
    (counted,), (shared,) = recorded("count"), recorded("share")
    assert (first.counted, first.shared) == (counted.seq, shared.seq)
    assert list((home().path / "staging").iterdir()) == [], "the records are thrown away"
    # A commissioner sees what the release prints of their area, cell by cell.
    area = CHESHIRE_AND_MERSEYSIDE[3]
    browser = sign_in(a_commissioner(make_person, area))
    printed = _printed_of(shared, area)
    assert printed
    assert _shown_of(browser, area) == printed
    # It is asked for publication; two people approve; then somebody says No.
    release = publication(analyst, first, make_person)
    assert release.state == State.APPROVED, release.reasons
    assert ("Consent", True) in [(check["name"], check["ok"]) for check in release.checks]
    say_no(people[0])
    assert changed(first).withdrew == 1
    with pytest.raises(ReleaseError, match="said No"):
        let_out(analyst, release)
    assert not recorded("publish")
    again = publication(analyst, first, make_person)
    assert again.state == State.STOPPED, "nor is it prepared any more"
    assert "Make the report anew" in again.reasons
    # Made anew it takes the other's place, without who said No; and that is published.
    second = run(ask_for_report(analyst, SUMMER))
    assert (second.state, second.records) == ("shared", len(people) - 1)
    assert second.counted not in (None, first.counted)
    with pytest.raises(ReleaseError, match="took the place"):
        let_out(analyst, release)
    release = publication(analyst, second, make_person)
    assert let_out(analyst, release).state == State.RELEASED
    (published,) = recorded("publish")
    assert published.body["inputs"] == [second.counted]
    assert [review["approve"] for review in published.body["reviews"]] == [True, True]


def _printed_of(shared: Entry, area: str) -> dict[tuple[str, ...], str]:
    """The cells of an area in the CSV files of a release."""
    found = {}
    for ref in shared.files:
        if ref.name.endswith(".csv") and not ref.name.startswith("inside/"):
            text = home().files.path(ref.sha256).read_text("utf-8-sig")
            for row in csv.DictReader(io.StringIO(text)):
                places = [row[name] for name in ("residence", "service_area") if row.get(name)]
                if places == [area]:
                    key = (ref.name, row["crossing"], *_codes(row))
                    found[key] = row["count"]
    return found


def _codes(row: dict[str, str]) -> tuple[str, ...]:
    return tuple(
        sorted(
            value
            for name, value in row.items()
            if value and name not in ("crossing", "count", "low", "high", "treatment")
            and not name.endswith("_label")
        )
    )  # fmt: skip


def _shown_of(browser: Browser, area: str) -> dict[tuple[str, ...], str]:
    """The cells in the CSV files that the page of the area leads to."""
    page = browser.get(reverse("monitoring:report", args=[area, SUMMER.slug])).content.decode()
    found = {}
    for table in FEW:
        where = reverse("monitoring:report_file", args=[area, SUMMER.slug, f"{table}.csv"])
        assert where in page
        text = browser.get(where).content.decode("utf-8-sig")
        for row in csv.DictReader(io.StringIO(text)):
            found[f"{table}.csv", row["crossing"], *_codes(row)] = row["count"]
            assert f">{row['count']}<" in page.replace(",", ""), (table, row)
    return found


def test_who_says_no_while_it_is_made_is_not_in_it(
    analyst: User, people: list[Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The share is stopped at the last moment, and everything is counted again."""
    count, left = making.count_records, [people[0]]

    def count_and_hear_no(*given: Any, **named: Any) -> Entry:
        entry = count(*given, **named)
        if left:
            say_no(left.pop())
        return entry

    monkeypatch.setattr(making, "count_records", count_and_hear_no)
    report = run(ask_for_report(analyst, SUMMER))
    assert (report.state, report.records) == ("shared", len(people) - 1)
    assert changed(report).answers == 0


@pytest.mark.parametrize("step", ["_share", "_finish"])
def test_killed_it_goes_on_and_makes_one_report(
    step: str,
    analyst: User,
    people: list[Client],
    monkeypatch: pytest.MonkeyPatch,
    recorded: Callable[..., list[Entry]],
) -> None:
    report = ask_for_report(analyst, SUMMER)

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(making, step, die)
        with pytest.raises(KeyboardInterrupt):
            making.make(report, lambda _percent, _words: None)
    say_no(people[0])  # meanwhile
    with within(counting_reach()):
        report = reach.reports().get(pk=report.pk)
    making.make(report, lambda _percent, _words: None)
    shares = recorded("share")
    assert len(shares) == 1
    assert report.state == "shared"
    if step == "_share":  # what was counted before is not let out
        assert report.records == len(people) - 1
    else:  # it was out already
        assert changed(report).withdrew == 1
    assert [table.id for table in tables_of(entry_of(report), CHESHIRE_AND_MERSEYSIDE[3])]


def test_what_cannot_be_made_says_why(
    analyst: User, make_person: MakePerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(MonitoringFault, match="has not ended"):
        ask_for_report(analyst, type(SUMMER)(2026, 3))
    with pytest.raises(MonitoringFault, match="No agreement of your organisation"):
        ask_for_report(_of_another_house(make_person), SUMMER)
    asked = ask_for_report(analyst, SUMMER)
    with pytest.raises(MonitoringFault, match="being made already"):
        ask_for_report(analyst, SUMMER)
    report = run(asked)
    assert (report.state, report.reasons) == (
        "failed",
        "Nothing was recorded in July to September 2026 (quarter 2 of 2026-27) of who consents.",
    )
    assert ask_for_report(analyst, SUMMER).state == "being made", "it may be asked for again"


def _of_another_house(make_person: MakePerson) -> User:
    house = Organisation.objects.create(name="Somewhere", short="Somewhere")
    return make_person("monitoring analyst", organisation=house)


def test_a_fault_of_the_program_fails_the_report_too(
    analyst: User, people: list[Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: Any, **__: Any) -> Agreement:
        raise ZeroDivisionError

    asked = ask_for_report(analyst, SUMMER)
    monkeypatch.setattr(work, "make", break_down)
    report = run(asked)
    assert (report.state, job_at(report.job).state) == ("failed", "failed")
    assert "error in Sharewell" in report.reasons
