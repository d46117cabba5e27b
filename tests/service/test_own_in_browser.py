"""A manager's reports in a browser: pictures beside tables, quality, one client's whole record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from browsing import PHONE, check_page, check_phone, picture
from django.utils import timezone
from monitoring_rows import a_service, at
from own_rows import ALL, FIRST, a_year
from playwright.sync_api import Page, expect

from sharewell.service.accounts.models import Organisation, User
from sharewell.service.monitoring.models import Client, Record, Service
from sharewell.service.monitoring.postcodes import INVENTED, load

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]


@pytest.fixture
def harbour(make_person: Callable[..., User]) -> tuple[Service, User]:
    """A service with a year behind it that ends today, and its manager."""
    house = Organisation.objects.create(
        name="Harbour (invented)", short="Harbour", kind=Organisation.Kind.PROVIDER
    )
    manager = make_person("service manager", name="Mo Manager (invented)", organisation=house)
    load(INVENTED)
    service = a_service(house, modules=ALL)
    a_year(service, seed=11, people=26)
    shift = timezone.localdate() - FIRST - timedelta(days=240)
    with at(service):
        for thing in [*Client.objects.filter(service=service), *Record.objects.all()]:
            name = "registered_on" if isinstance(thing, Client) else "day"
            setattr(thing, name, getattr(thing, name) + shift)
            thing.save()
        for number, record in enumerate(Record.objects.all()):
            entered = (
                timezone.now()
                - (timezone.localdate() - record.day)
                + timedelta(days=(0, 3, 12)[number % 3])
            )
            Record.objects.filter(pk=record.pk).update(entered=min(entered, timezone.now()))
    return service, manager


def test_a_manager_reads_the_service(harbour: Any, visit: Visit) -> None:
    service, manager = harbour
    page = visit(f"/monitoring/{service.code}/", manager)
    page.get_by_role("link", name="Reports of this service").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Activity")
    expect(page.get_by_role("img", name="By month: Contacts")).to_be_visible()
    check_page(page)
    picture(page, "own-activity")
    page.get_by_role("link", name="Everything", exact=True).click()
    page.get_by_label("To", exact=True).select_option(index=1)
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="People", exact=True).click()
    expect(page.get_by_role("heading", name="Substances, by the hierarchy")).to_be_visible()
    check_page(page)
    picture(page, "own-people")
    page.get_by_role("link", name="Needles, naloxone and referrals").click()
    expect(page.get_by_role("img", name="Items out by kind: Number")).to_be_visible()
    check_page(page)
    picture(page, "own-given")
    page.goto(f"/monitoring/{service.code}/reports/quality/")
    expect(page.get_by_role("heading", name="What to look at")).to_be_visible()
    check_page(page)
    picture(page, "own-quality")
    page.get_by_role("link", name="Needle and syringe transactions").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("needle and syringe")
    check_page(page)
    page.go_back()
    # From what is doubtful to the client who is to be corrected, who is opened with a reason.
    page.get_by_role("link", name="Clients with the same initials").click()
    expect(page.get_by_role("cell", name="group 1")).to_have_count(2)
    check_page(page)
    picture(page, "own-mend")
    page.get_by_role("link", name="Correct").first.click()
    page.get_by_label("To check the quality of records").check()
    page.get_by_role("button", name="Open the record").click()
    page.get_by_role("link", name="Everything that is held").click()
    expect(page.get_by_role("heading", name="What you answered about consent")).to_be_visible()
    check_page(page)
    picture(page, "own-everything")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as PDF").click()
    assert download.value.suggested_filename == f"client-record-{timezone.localdate()}.pdf"
    page.goto(f"/monitoring/{service.code}/reports/extract/")
    check_page(page)
    picture(page, "own-extract")
    page.get_by_role("button", name="Take the extract").click()
    expect(page.get_by_text("Say that you will keep the files safe.").first).to_be_visible()
    check_page(page)
    page.get_by_label("I take these files for this service").check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Take the extract").click()
    assert download.value.suggested_filename.endswith(f"-extract-{timezone.localdate()}.zip")


def test_it_is_read_without_script_on_a_phone(harbour: Any, visit: Visit) -> None:
    service, manager = harbour
    where = f"/monitoring/{service.code}/reports/"
    page = visit(where, manager, java_script_enabled=False, viewport=PHONE)
    page.get_by_label("From", exact=True).select_option(index=2)
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("img", name="By month: People")).to_be_visible()
    page = visit(where + "quality/", manager, viewport=PHONE)
    check_phone(page)
