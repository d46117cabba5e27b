"""Journeys in a browser: an area's flow diagram and tables, a client's and a person's timeline."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from browsing import PHONE, check_page, picture
from journey_rows import a_referral, an_authority, journeys, somebody
from monitoring_rows import a_client, a_record, a_service
from playwright.sync_api import Page, expect

from sharewell.service.accounts.models import Organisation, User
from sharewell.service.jobs.models import Job
from sharewell.service.jobs.queue import run_job
from sharewell.service.monitoring.models import Service
from sharewell.service.monitoring.people.linking import find_who_is_who
from sharewell.service.monitoring.reach import Reach, within

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]

NAMES = ("Harbour", "Quayside", "Mill Lane", "Northgate")
MOVES = ((0, 1, 60, 18), (0, 2, 34, 6), (1, 3, 42, 9), (2, 3, 26, 30), (2, 1, 8, 40), (3, 0, 3, 25))
"""From, to, how many people, and after how many days."""


def _town() -> list[Service]:
    """Four services of one area, and people who move between them."""
    modules = ("needle", "referral", "brief_intervention")
    found = [a_service(modules=modules) for _ in NAMES]
    with within(Reach("administrator")):
        for service, name in zip(found, NAMES, strict=True):
            Service.objects.filter(pk=service.pk).update(name=f"{name} (invented)")
    return found


def _people(services: list[Service]) -> None:
    every = []
    for came, to, people, days in MOVES:
        day = (date(2025, 5, 1) + timedelta(days)).isoformat()
        stops = [(services[came], "2025-05-01"), (services[to], day)]
        for number in range(people):
            goes_on = (came, to) == (0, 1) and number % 2
            every.append([*stops, *([(services[3], "2025-08-01")] if goes_on else [])])
    journeys(every)


def test_a_commissioner_sees_who_moves_from_where_to_where(
    make_person: Callable[..., User], visit: Visit
) -> None:
    services = _town()
    _people(services)
    for number in range(14):
        called = somebody()
        client = a_client(services[0], **called)
        arrived = {0: "Y", 1: "N"}.get(number % 3, "")
        a_referral(services[0], client, other_service=services[3].code, arrived=arrived)
        if number % 2:
            a_record(services[3], a_client(services[3], **called), date="2025-06-20")
    person = make_person("commissioner", organisation=an_authority())
    page = visit("/monitoring/journeys/", person)
    page.get_by_label("Financial year").select_option("2025")
    page.get_by_role("button", name="Show this year").click()
    expect(page.get_by_text("have not been counted yet")).to_be_visible()
    check_page(page)
    page.get_by_role("button", name="Count them").click()
    job = Job.objects.get(kind="count journeys")
    run_job.func(str(job.pk))
    page.reload()
    page.get_by_role("link", name="See the result").or_(
        page.get_by_role("button", name="See the result")
    ).first.click()
    expect(page.get_by_role("img", name="Journeys in Liverpool, 2025-26")).to_be_visible()
    moves = page.get_by_role("table", name="Moves, and the days between")
    expect(moves).to_contain_text("Harbour (invented)Quayside (invented)60")
    expect(page.get_by_role("table", name="Referred, and seen afterwards")).to_be_visible()
    widths = _unknown_widths(page)
    assert len(widths) > 0
    assert len(set(widths)) == 1, "starred and withheld flows are all drawn alike"
    check_page(page)
    picture(page, "journey-area")
    phone = visit(page.url, person, java_script_enabled=False, viewport=PHONE)
    expect(phone.get_by_role("img", name="Journeys in Liverpool, 2025-26")).to_be_visible()


def _unknown_widths(page: Page) -> list[float]:
    """How wide hatched bands are where they leave, in px."""
    found = []
    for band in page.locator("path.flow-unknown").all():
        path = band.get_attribute("d") or ""
        first, last = re.match(r"M[\d.]+,([\d.]+)", path), re.search(r",([\d.]+)Z$", path)
        assert first
        assert last
        found.append(round(float(last[1]) - float(first[1]), 1))
    return found


@pytest.fixture
def harbour(make_person: Callable[..., User]) -> tuple[Service, User]:
    """A service with a client's two years, and who works there."""
    house = Organisation.objects.create(
        name="Harbour (invented)", short="Harbour", kind=Organisation.Kind.PROVIDER
    )
    worker = make_person("service worker", name="Wren Worker (invented)", organisation=house)
    modules = ("needle", "referral", "brief_intervention")
    return a_service(house, worker, modules=modules), worker


def _two_years(service: Service, client: Any) -> None:
    for month in range(24):
        for visit_ in range(month * 7 % 5):
            day = f"{2024 + month // 12}-{month % 12 + 1:02}-{visit_ * 5 + 1:02}"
            a_record(service, client, date=day)
    for day, arrived in (("2024-03-08", "N"), ("2024-11-20", ""), ("2025-06-08", "Y")):
        a_referral(service, client, date=day, agency="TREATMENT", arrived=arrived)


def test_a_worker_sees_the_timeline_of_their_own_client(harbour: Any, visit: Visit) -> None:
    service, worker = harbour
    called = somebody()
    client = a_client(service, **called)
    _two_years(service, client)
    other = a_service(modules=("needle", "referral"))
    a_record(other, a_client(other, **called), date="2025-12-31")
    address = f"/monitoring/{service.code}/clients/{client.pk}/timeline/"
    page = visit(address, worker)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Open")
    page.get_by_label("The client is here now").or_(page.get_by_label("To check")).first.check()
    page.get_by_role("button", name="Open the record").click()
    page.get_by_role("link", name="As a timeline").click()
    expect(page.get_by_role("img", name="What was recorded of this client")).to_be_visible()
    expect(page.get_by_role("table", name="Referrals out")).to_contain_text("did not arrive")
    expect(page.get_by_role("table", name="Records")).to_contain_text(
        "December 2025Needle and syringe transactions1"
    )
    assert other.name not in page.content()
    check_page(page)
    picture(page, "journey-timeline")


def test_an_analyst_sees_a_person_across_services_for_a_reason(
    harbour: Any, make_person: Callable[..., User], visit: Visit
) -> None:
    service, _ = harbour
    called = somebody()
    client = a_client(service, **called)
    _two_years(service, client)
    for number in range(2):
        other = a_service(modules=("needle", "referral"))
        theirs = a_client(other, **called)
        for month in range(3, 12, 2 + number):
            a_record(other, theirs, date=f"2025-{month:02}-09")
    hidden = a_service()
    a_record(hidden, a_client(hidden, **called, consent="N"), date="2025-07-01")
    find_who_is_who()
    analyst = make_person("monitoring analyst", organisation=an_authority())
    page = visit("/monitoring/journeys/", analyst)
    page.get_by_role("link", name="People seen at several services").click()
    check_page(page)
    page.get_by_role("row").nth(1).get_by_role("link").click()
    page.get_by_role("button", name="Look at the timeline").click()
    expect(page.get_by_text("Say why, in a few words.").first).to_be_visible()
    check_page(page)
    page.get_by_label("Why do you look at one person?").fill("The tables cannot explain it")
    page.get_by_role("button", name="Look at the timeline").click()
    expect(page.get_by_role("img", name="Contacts of this person by service")).to_be_visible()
    content = page.content()
    assert hidden.name not in content, "where they said No"
    assert called["birth_date"] not in content
    assert client.reference not in content
    check_page(page)
    picture(page, "journey-person")
