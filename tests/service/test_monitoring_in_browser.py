"""A hatch worker's morning in a browser: keyboard first, on a phone, with a lost connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from browsing import PHONE, check_page, picture
from monitoring_rows import a_client, a_record, a_service, at
from playwright.sync_api import Page, expect

from sharewell.service.accounts.models import Organisation, User
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.models import Service

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]


@pytest.fixture
def harbour(make_person: Callable[..., User]) -> tuple[Service, User, User]:
    """A service, who works there and who manages it."""
    house = Organisation.objects.create(
        name="Harbour (invented)", short="Harbour", kind=Organisation.Kind.PROVIDER
    )
    worker = make_person("service worker", name="Wren Worker (invented)", organisation=house)
    manager = make_person("service manager", name="Mo Manager (invented)", organisation=house)
    return a_service(house, worker), worker, manager


def _find(page: Page, whom: str) -> None:
    page.get_by_label("Initials, date of birth and sex").fill(whom)
    page.keyboard.press("Enter")


def test_a_morning_at_the_hatch(harbour: Any, visit: Visit) -> None:
    service, worker, _ = harbour
    known = a_client(service, postcode="ZX1 1AA")
    a_record(service, known)
    page = visit("/monitoring/", worker)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Who is here?")
    check_page(page)
    picture(page, "hatch")
    # One who is known, found although the sex differs; opened and served without a mouse.
    _find(page, "js 1/2/80 f")
    expect(page.get_by_text("sex differs")).to_be_visible()
    check_page(page)
    picture(page, "hatch-found")
    _find(page, "js 1/2/80 m")
    expect(page.get_by_text("exactly the same")).to_be_visible()
    expect(page.get_by_role("button", name="they are here now")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("JS 1980-02-01 M")
    check_page(page)
    picture(page, "hatch-client")
    page.get_by_role("button", name="The same as last time").press("Enter")
    expect(page.get_by_label("1 ml set with fixed needle")).to_have_value("20")
    check_page(page)
    picture(page, "hatch-record")
    page.get_by_label("1 ml set with fixed needle").fill("30")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Recorded: needle")).to_be_visible()
    page.get_by_role("button", name="Next client").click()
    # Somebody new; but somebody like this is there, so it is asked again before it is saved.
    _find(page, "JT 1/2/80 M")
    expect(page.get_by_text("last initial differs")).to_be_visible()
    page.get_by_role("button", name="Enter a new client").click()
    expect(page.get_by_label("Last initial")).to_have_value("T")
    page.get_by_role("radio", name="Yes").check()
    check_page(page)
    page.get_by_role("button", name="Save now").click()
    expect(page.get_by_text("client is alike")).to_be_visible()
    check_page(page)
    picture(page, "hatch-alike")
    page.get_by_label("It is right as it stands").check()
    page.get_by_role("button", name="Save now").click()
    expect(page.get_by_text("The client is entered")).to_be_visible()
    with at(service):
        assert reach.clients().count() == 2
        assert reach.records().count() == 2


def test_a_lost_connection_loses_nothing(harbour: Any, visit: Visit) -> None:
    service, worker, _ = harbour
    page = visit("/monitoring/", worker)
    _find(page, "AB 3/4/75 F")
    page.get_by_role("button", name="Enter a new client").click()
    page.get_by_label("Postcode").fill("ZX2 1AB")
    expect(page.get_by_text("What you typed is kept.")).to_be_visible()
    page.context.set_offline(True)
    page.get_by_label("Postcode").fill("ZX3 1AB")
    page.get_by_role("radio", name="Yes").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("No connection.")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("What you typed is kept.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("did not save")).to_be_visible()
    expect(page.get_by_label("Postcode")).to_have_value("ZX3 1AB")
    check_page(page)
    page.goto(f"/monitoring/{page.url.split('/')[4]}/")
    page.get_by_role("link", name="A new client").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The client is entered")).to_be_visible()
    with at(service):
        assert reach.clients().get().district == "ZX3"
        assert not reach.drafts().exclude(form="hatch").exists()


def test_it_works_without_script_on_a_phone(harbour: Any, visit: Visit) -> None:
    _, worker, _ = harbour
    page = visit("/monitoring/", worker, java_script_enabled=False, viewport=PHONE)
    _find(page, "AB 3/4/75 F")
    page.get_by_role("button", name="Enter a new client").click()
    page.get_by_role("radio", name="No", exact=True).check()
    page.get_by_role("button", name="Keep for later").click()
    page.get_by_role("link", name="A new client").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The client did not consent.")).to_be_visible()
    page.get_by_label("It is right as it stands").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Does not consent")).to_be_visible()
    page.get_by_role("link", name="Change details or consent").click()
    page.get_by_role("radio", name="Yes").check()
    page.get_by_label("Why do you change it?").fill("Asked again")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Consents", exact=True)).to_be_visible()
    page.get_by_role("link", name="Who changed what").click()
    expect(page.get_by_text("Asked again")).to_be_visible()


def test_a_manager_sees_who_opened_a_record_without_need(harbour: Any, visit: Visit) -> None:
    service, worker, manager = harbour
    known = a_client(service)
    page = visit(f"/monitoring/{service.code}/clients/{known.pk}/", worker)
    check_page(page)
    page.get_by_label("For another reason").check()
    page.get_by_label("In a few words").fill("Looking around")
    page.get_by_role("button", name="Open the record").click()
    page.get_by_role("link", name="Who changed what").click()
    check_page(page)
    page.go_back()
    page.get_by_role("link", name="Delete this client").click()
    check_page(page)
    page = visit(f"/monitoring/{service.code}/openings/", manager)
    expect(page.get_by_text("Wren Worker (invented) opened")).to_be_visible()
    expect(page.get_by_text("Looking around")).to_be_visible()
    check_page(page)
    picture(page, "hatch-openings")
    page.goto(f"/monitoring/{service.code}/manage/")
    check_page(page)
