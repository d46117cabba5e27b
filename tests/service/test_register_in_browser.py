"""The public register and tokens in a real browser: search, counts, changes, and a token made."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from browsing import check_page, picture
from django.test import Client
from playwright.sync_api import Page, expect

from sharewell.register import UseRow, read_workbook
from sharewell.service.accounts.models import User
from sharewell.service.register.models import Series
from sharewell.service.register.taking import Intake

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

INVENTED = Path(__file__).parents[2] / "examples" / "register"
FALLS = "DARS-NIC-900001-F4LLS"


@pytest.fixture(autouse=True)
def _registers() -> None:
    intake = Intake(Series.OFFICIAL, "a test")
    for path in sorted(INVENTED.glob("*.xlsx")):
        read = read_workbook(path)
        intake.take_in(read)
    use = UseRow("R-1", f"{FALLS}-v1.2", "Emergency Care Data Set (ECDS)", date(2026, 8, 1), "All")
    own = replace(read, source="ledger", digest="0" * 64, uses=(use,))
    Intake(Series.OWN, "a test").take_in(own)


@pytest.mark.parametrize("javascript", [True, False])
def test_anybody_searches_reads_an_agreement_and_sees_what_changed(
    javascript: bool, visit: Callable[..., Page]
) -> None:
    page = visit("/register/", java_script_enabled=javascript)
    page.get_by_label("Search").fill("pavements")
    page.get_by_text("Filters", exact=True).click()
    page.get_by_label("Term").select_option("Active")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name="1 agreement version")).to_be_visible()
    expect(page.get_by_text("Term: Active.")).to_be_visible()
    if javascript:
        check_page(page)
        picture(page, "register-search")
    page.get_by_role("link", name="Falls in Winter (invented)").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{FALLS}-v1.2")
    expect(page.get_by_text("not known", exact=True)).to_be_visible()
    page.get_by_role("link", name="Sharewell's own", exact=False).first.click()
    expect(page.get_by_text("Every analysis in the safe setting is in the ledger.")).to_be_visible()
    if javascript:
        check_page(page)
        picture(page, "register-agreement")
    page.get_by_role("link", name="See the rows of files that left").click()
    expect(page.get_by_text("FILE9000201")).to_be_visible()
    page.goto("/register/editions/2026-09/")
    page.get_by_role("link", name="Changed: 1", exact=True).click()
    expect(page.locator("ins").first).to_contain_text("two")
    page.goto("/register/editions/2026-09/changes/?organisation=medstat-analytics-ltd-invented")
    if javascript:
        check_page(page)
        picture(page, "register-changes")


def test_the_search_works_with_the_keyboard_alone(visit: Callable[..., Page]) -> None:
    page = visit("/register/")
    page.get_by_label("Search").focus()
    page.keyboard.type("cycling")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="1 agreement version")).to_be_visible()
    page.get_by_role("link", name="Cycling and Head Injuries (invented)").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Cycling and Head Injuries")


def test_a_token_is_made_shown_once_and_works(
    make_person: Callable[..., User], visit: Callable[..., Page]
) -> None:
    page = visit("/account/me/tokens/", make_person("auditor"))
    page.get_by_role("button", name="Make a token").click()
    page.get_by_label("What it is for").fill("Nightly copy of the head")
    page.get_by_label("Read the head of the ledger.").check()
    page.get_by_role("button", name="Make it").click()
    secret = page.locator("#secret").inner_text()
    check_page(page)
    assert re.fullmatch(r"sharewell_[\w-]{43}", secret)
    headers = {"authorization": f"Bearer {secret}"}
    assert Client(headers=headers).get("/api/v1/ledger/head").status_code == 200
    page.goto("/account/me/tokens/")
    expect(page.get_by_text(secret)).to_have_count(0)
    check_page(page)
