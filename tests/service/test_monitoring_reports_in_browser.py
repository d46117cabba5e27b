"""A commissioner's quarter in a browser, and an analyst's: pictures beside tables, and phones."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from browsing import PHONE, check_page, picture
from monitoring_rows import LIVERPOOL, SEFTON, a_client, a_record, a_service, at, client_row
from playwright.sync_api import Page, expect
from report_rows import SPRING, SUMMER, a_commissioner, a_shared_report

from sharewell.service.accounts.models import User
from sharewell.service.monitoring import clients

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]


@pytest.fixture
def analyst(make_person: Callable[..., User]) -> User:
    """An analyst who made the reports of two quarters, for two areas; somebody in the first of them
    says No since."""
    person = make_person("monitoring analyst", name="Ana Analyst (invented)")
    a_service(area=LIVERPOOL)
    service = a_service(area=SEFTON)
    stays, goes = a_client(service, ethnicity="A"), a_client(service)
    a_record(service, stays, date="2026-07-08")
    a_record(service, None, date="2026-07-09")
    a_shared_report(person, SPRING, clients=[goes])
    a_shared_report(person, SUMMER, clients=[stays])
    with at(service):
        clients.change(goes, 1, client_row(consent="N"), "Asked again")
    return person


def test_a_commissioners_quarter(
    analyst: User, make_person: Callable[..., User], visit: Visit
) -> None:
    page = visit("/monitoring/reports/", a_commissioner(make_person, SEFTON))
    expect(page.get_by_text("Liverpool")).to_have_count(0)
    check_page(page)
    page.get_by_role("link", name=f"Sefton: {SUMMER.title}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(SUMMER.heading)
    expect(page.get_by_role("img").first).to_be_visible()
    check_page(page)
    picture(page, "report-quarter")
    page.get_by_role("link", name="Beside the period before").click()
    expect(page.get_by_role("columnheader", name="Period before").first).to_be_visible()
    check_page(page)
    picture(page, "report-beside")
    with page.expect_download() as download:
        page.get_by_role("link", name="Take it as a workbook").click()
    assert download.value.suggested_filename.endswith("workbook.xlsx")


def test_a_quarter_without_script_on_a_phone(
    analyst: User, make_person: Callable[..., User], visit: Visit
) -> None:
    person = a_commissioner(make_person, SEFTON)
    page = visit("/monitoring/reports/", person, java_script_enabled=False, viewport=PHONE)
    page.get_by_role("link", name=f"Sefton: {SUMMER.title}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(SUMMER.heading)
    page.get_by_role("link", name="Beside the period before").click()
    page.get_by_role("link", name="How to read it").click()
    expect(page.get_by_text("How small numbers are protected")).to_be_visible()


def test_an_analyst_makes_reports_and_studies_records(analyst: User, visit: Visit) -> None:
    page = visit("/monitoring/reports/", analyst)
    check_page(page)
    page.get_by_role("link", name="Make a report").click()
    expect(page.get_by_role("heading", name="Made before")).to_be_visible()
    check_page(page)
    page.get_by_role("link", name=SPRING.title).click()
    expect(page.get_by_text("1 answer changed")).to_be_visible()
    expect(page.get_by_role("button", name="Make it anew")).to_be_visible()
    check_page(page)
    picture(page, "report-made")
    page.goto("/monitoring/reports/records/")
    page.get_by_label("Which area?").select_option("Sefton")
    page.get_by_label("Which period?").select_option(SUMMER.title)
    page.get_by_label("What do you study?").fill("Who comes back after a year")
    page.get_by_role("button", name="Look at them").click()
    expect(page.get_by_text("2 records.")).to_be_visible()
    check_page(page)
    picture(page, "report-records")
    page.goto(f"/monitoring/reports/all/{SUMMER.slug}/")
    check_page(page)
