"""What every page must be, whoever opens it."""

from __future__ import annotations

import os
from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Page

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Only violations come back: all that is well is said of every element, and takes long to send.
_RUN_AXE = """options => axe.run(options).then(({violations, url}) => ({violations, url}))"""
_AXE = {"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]}
PICTURES = Path(__file__).parents[2] / "docs" / "images" / "service"
PHONE = {"width": 320, "height": 640}
DESK = {"width": 1000, "height": 800}


def check_page(page: Page) -> None:
    """No violation of WCAG 2.2 AA, and nothing scrolls sideways on a phone."""
    page.set_viewport_size(PHONE)
    check_phone(page)
    page.set_viewport_size(DESK)


def check_phone(page: Page) -> None:
    """The same, for a page that is on a phone already."""
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, page.url
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE_SCRIPT)
    results = AxeResults(page.evaluate(_RUN_AXE, _AXE))
    assert results.violations_count == 0, f"{page.url}\n{results.generate_report()}"


def picture(page: Page, name: str) -> None:
    """Takes a picture for the docs, when SHAREWELL_UPDATE_DOCS asks for it."""
    if os.environ.get("SHAREWELL_UPDATE_DOCS"):
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.set_viewport_size(DESK)
        page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
