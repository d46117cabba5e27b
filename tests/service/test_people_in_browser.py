"""An analyst's count and a clerk's queue in a browser: keyboard first, also without script."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from browsing import PHONE, check_page, picture
from people_rows import Town, a_town, called
from playwright.sync_api import Page, expect

from sharewell.service.accounts.models import User
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.people.linking import find_who_is_who
from sharewell.service.monitoring.reach import analyst_reach, within

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]


@pytest.fixture
def town(make_person: Callable[..., User]) -> Town:
    return a_town(make_person)


def test_a_count_has_its_three_figures_side_by_side(town: Town, visit: Visit) -> None:
    page = visit("/monitoring/people/", town.analyst)
    expect(page.get_by_role("heading", level=1)).to_have_text("How many people?")
    check_page(page)
    for name, day in (("From", ("1", "4", "2026")), ("To", ("30", "6", "2026"))):
        for box, part in zip(("Day", "Month", "Year"), day, strict=True):
            page.get_by_role("group", name=name).get_by_label(box).fill(part)
    page.keyboard.press("Enter")
    expect(page.get_by_role("img", name="The figures on one line")).to_be_visible()
    expect(page.get_by_text("leave only by a release")).to_be_visible()
    expect(page.get_by_text("with 95% confidence")).to_be_visible()
    page.get_by_text("How they were counted").click()
    expect(page.get_by_text("by the occupancy estimator")).to_be_visible()
    check_page(page)
    picture(page, "people-count")
    page.get_by_role("link", name="Potential matches").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 potential match")


def test_a_clerk_decides_by_keyboard_and_takes_it_back(town: Town, visit: Visit) -> None:
    one, other = town.doubtful
    page = visit("/monitoring/people/matches/", town.analyst)
    check_page(page)
    picture(page, "people-matches")
    page.get_by_role("button", name="Begin with the first").press("Enter")
    expect(page.get_by_role("cell", name="differs", exact=True).first).to_be_visible()
    check_page(page)
    picture(page, "people-pair")
    page.get_by_label("One person", exact=True).press("ArrowDown")
    expect(page.get_by_label("Two people")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.type("Both were there on one day")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No potential match waits for you")).to_be_visible()
    expect(page.get_by_text("1 decision will take effect")).to_be_visible()
    find_who_is_who()
    page.goto(f"/monitoring/people/records/{called(one)}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("One person, 1 client record")
    check_page(page)
    page.get_by_label("Compare with another record").fill(called(other))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Two people, decided by Ada Analyst")).to_be_visible()
    page.get_by_label("Leave it open").check()
    page.get_by_label("Why?").fill("It was a mistake")
    page.get_by_role("button", name="Decide").press("Enter")
    with within(analyst_reach(town.analyst)):
        assert [each.verdict for each in reach.decisions()] == ["different", "open"]


def test_one_person_and_why_without_script_on_a_phone(town: Town, visit: Visit) -> None:
    one, _ = town.twins
    page = visit(
        f"/monitoring/people/records/{called(one)}/",
        town.analyst,
        java_script_enabled=False,
        viewport=PHONE,
    )
    expect(page.get_by_text("They had the same attributor")).to_be_visible()
    page.get_by_role("link", name="Compare, or split").click()
    page.get_by_label("Two people").check()
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("Give the reason").first).to_be_visible()
    page.get_by_label("Why?").fill("Seen together")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("Two people: kept, with your reason")).to_be_visible()


def test_the_page_of_one_person_and_of_what_cannot_be(town: Town, visit: Visit) -> None:
    one, _ = town.twins
    page = visit(f"/monitoring/people/records/{called(one)}/", town.analyst)
    check_page(page)
    picture(page, "people-person")
    page.goto("/monitoring/people/impossible/")
    expect(page.get_by_text("None.")).to_be_visible()
    check_page(page)
