"""The register entry in a real browser: phones, accessibility, silence."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from publication_samples import LABELS, counted, published, release_notes

from sharewell.publication import write_release

pytestmark = pytest.mark.browser

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LONG = "Supercalifragilisticexpialidocious-without-a-single-space-" * 4


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs Debian's Chromium: apt-get install chromium")
    arguments = ["--no-sandbox", "--disable-background-networking", "--disable-gpu"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium, args=[*arguments, "--headless=new"]
        )
        yield started
        started.close()


@pytest.fixture(scope="module", params=["full", "bare", "hostile"])
def page_of(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a release with everything in it, one with the least, and one of long words."""
    here = tmp_path_factory.mktemp("release") / "out"
    empty: dict[str, object] = dict.fromkeys(
        ("provisional", "synthetic", "summary", "ledger_entry", "agreement_link"), ""
    )
    changes: dict[str, dict[str, object]] = {
        "full": {},
        "bare": empty | {"rules": (), "notes": (), "clauses": (), "definitions": ()},
        "hostile": {"title": LONG, "notes": (LONG, "<script>throw 1</script>"), "contact": LONG},
    }
    years = {"full": 14, "bare": 1, "hostile": 3}[request.param]
    table = published(counted(years=years), "sharp-object-by-force")
    write_release(here, release_notes(**changes[request.param]), [table], LABELS)
    return here / "index.html"


@pytest.fixture
def page(browser: Browser, page_of: Path) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    said: list[str] = []
    asked: list[str] = []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(page_of.as_uri())
    yield opened
    assert said == [], "the console is silent"
    assert asked == [page_of.as_uri()], "nothing else is fetched"
    opened.close()


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_nothing_scrolls_sideways(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    for summary in page.locator("summary").all():
        summary.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_no_violation_of_wcag_2_2_aa(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    for summary in page.locator("summary").all():
        summary.click()
    results = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}})
    assert results.violations_count == 0, results.generate_report()


def test_the_chart_is_legible_on_a_phone(page: Page) -> None:
    """Labels that are shown do not overlap, and their size does not shrink with the screen."""
    page.set_viewport_size({"width": 320, "height": 700})
    boxes = [
        box
        for label in page.locator("svg.chart .year").all()
        if label.is_visible() and (box := label.bounding_box())
    ]
    for left, right in pairwise(boxes):
        assert left["x"] + left["width"] <= right["x"]
    sizes = page.locator("svg.chart text").evaluate_all(
        "all => all.map(text => getComputedStyle(text).fontSize)"
    )
    assert set(sizes) <= {"12px"}
    sizes = page.locator("svg.bar-chart text").evaluate_all(
        "all => all.map(text => getComputedStyle(text).fontSize)"
    )
    assert set(sizes) <= {"14px"}


def test_the_table_of_the_chart_says_the_same(page: Page) -> None:
    page.locator("summary").click()
    drawn = page.locator("svg.chart .value, svg.bar-chart .value").all_text_contents()
    assert page.locator("details tbody td").all_text_contents() == drawn


def test_the_synthetic_notice_is_the_first_thing_seen(page: Page) -> None:
    notice = page.locator(".synthetic")
    if notice.count():
        box = notice.bounding_box()
        assert box is not None
        assert box["y"] == 0
        assert box["width"] == 1280


def test_the_keyboard_reaches_the_release_first(page: Page) -> None:
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    assert skip.evaluate("link => link === document.activeElement")
    box = skip.bounding_box()
    assert box is not None
    assert box["x"] >= 0
