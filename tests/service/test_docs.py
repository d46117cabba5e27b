"""What docs/security.md says is so."""

from __future__ import annotations

import re
from pathlib import Path

from sharewell.service.accounts.roles import ROLES

DOCS = Path(__file__).parents[2] / "docs"
SECURITY = (DOCS / "security.md").read_text("utf-8")


def test_the_roles_are_those_of_the_service() -> None:
    rows = re.findall(r"^\| ([a-z ]+) \| ([A-Z][^|]+\.) \|$", SECURITY, re.MULTILINE)
    assert dict(rows) == dict(ROLES)


def test_every_test_that_is_named_is_there() -> None:
    named = set(re.findall(r"`(test_\w+\.py)`", SECURITY))
    assert named
    assert {name for name in named if not (Path(__file__).parent / name).exists()} == set()


def test_no_picture_is_unused_and_none_is_missing() -> None:
    pages = "".join(page.read_text("utf-8") for page in DOCS.rglob("*.md"))
    shown = set(re.findall(r"images/service/([\w-]+\.png)", pages))
    kept = {picture.name for picture in (DOCS / "images" / "service").glob("*.png")}
    assert shown == kept
