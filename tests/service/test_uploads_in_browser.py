"""A supplier's bad file and its correction in a browser, from the mapping to undoing it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from browsing import PHONE, check_page, picture
from monitoring_rows import a_service, at
from playwright.sync_api import Page, expect
from upload_rows import EXAMPLES, run

from sharewell.service.accounts.models import Organisation, User
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.models import Service

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
MAPPING = (EXAMPLES / "examplia-mapping.yaml").read_text("utf-8")
BAD, CORRECTED = EXAMPLES / "examplia-exchange.csv", EXAMPLES / "examplia-exchange-corrected.csv"


@pytest.fixture
def harbour(make_person: Callable[..., User]) -> tuple[Service, User]:
    """A service and who manages it."""
    house = Organisation.objects.create(
        name="Harbour (invented)", short="Harbour", kind=Organisation.Kind.PROVIDER
    )
    return a_service(house), make_person(
        "service manager", name="Mo Manager (invented)", organisation=house
    )


def _work(service: Service) -> None:
    """What the worker does meanwhile."""
    with at(service):
        upload = reach.uploads().filter(service=service).first()
    run(upload)


def _send(page: Page, file: Any) -> None:
    page.get_by_label("Files", exact=True).set_input_files(file)
    page.get_by_label("Headings and codes").select_option("Examplia Exchange")
    page.get_by_role("button", name="Test them").click()


def test_a_bad_file_and_its_correction(harbour: Any, visit: Visit) -> None:
    service, manager = harbour
    page = visit(f"/monitoring/{service.code}/", manager)
    page.get_by_role("link", name="Files from other systems").click()
    page.get_by_role("link", name="Headings and codes of other systems").click()
    check_page(page)
    page.get_by_role("button", name="A new mapping").click()
    page.get_by_label("Mapping").fill(MAPPING.replace("ALDE01", service.code))
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("Kept: Examplia Exchange, version 1.")).to_be_visible()
    check_page(page)
    picture(page, "upload-mapping")
    page.goto(f"/monitoring/{service.code}/uploads/send/")
    check_page(page)
    picture(page, "upload-send")
    # The bad file: tested, and nothing changed.
    _send(page, BAD)
    expect(page.get_by_text("Being tested")).to_be_visible()
    check_page(page)
    _work(service)
    expect(page.get_by_text("Nothing was changed.")).to_be_visible()
    expect(page.get_by_role("heading", name="This is not a date")).to_be_visible()
    check_page(page)
    picture(page, "upload-tested")
    page.get_by_role("link", name="Rows with MON801").first.click()
    expect(page.get_by_text("By row: the record id is used twice")).to_be_visible()
    check_page(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="with what was found marked").click()
    assert download.value.suggested_filename == "examplia-exchange.marked.csv"
    with at(service):
        assert not reach.records().exists()
    # The corrected one: tested and applied.
    page.goto(f"/monitoring/{service.code}/uploads/send/")
    _send(page, CORRECTED)
    _work(service)
    expect(page.get_by_text("All 10 rows can be taken.")).to_be_visible()
    check_page(page)
    picture(page, "upload-corrected")
    page.get_by_role("button", name="Apply").click()
    _work(service)
    expect(page.get_by_text("What it did")).to_be_visible()
    check_page(page)
    picture(page, "upload-applied")
    with at(service):
        assert reach.records().count() == 10
    page.get_by_role("link", name="Files", exact=True).click()
    expect(page.get_by_text("10 added")).to_be_visible()
    check_page(page)
    picture(page, "upload-history")
    # And undone.
    page.get_by_role("link", name="Upload 2").click()
    page.get_by_role("link", name="Undo this upload").click()
    check_page(page)
    page.get_by_role("button", name="Undo it").click()
    _work(service)
    expect(page.get_by_text("Undone: 10 records and 6 clients.")).to_be_visible()
    with at(service):
        assert not reach.clients().exists()


def test_it_works_without_script_on_a_phone(harbour: Any, visit: Visit) -> None:
    service, manager = harbour
    page = visit(
        f"/monitoring/{service.code}/uploads/send/",
        manager,
        java_script_enabled=False,
        viewport=PHONE,
    )
    page.get_by_role("button", name="Test them").click()
    expect(page.get_by_role("link", name="Choose at least one file.")).to_be_visible()
    page.get_by_label("Files", exact=True).set_input_files(CORRECTED)
    page.get_by_role("button", name="Test them").click()
    _work(service)
    page.get_by_role("link", name="Look again").click()
    expect(page.get_by_text("The headings are those of no module")).to_be_visible()
    page.get_by_role("button", name="Leave it").click()
    expect(page.get_by_text("Left", exact=True)).to_be_visible()
