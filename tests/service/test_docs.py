"""What docs/security.md says is so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sharewell.service.accounts.roles import ROLES
from sharewell.service.api.tokens import SCOPES
from sharewell.service.api.v1 import api

DOCS = Path(__file__).parents[2] / "docs"
SECURITY = (DOCS / "security.md").read_text("utf-8")


def test_the_roles_are_those_of_the_service() -> None:
    rows = re.findall(r"^\| ([a-z ]+) \| ([A-Z][^|]+\.) \|$", SECURITY, re.MULTILINE)
    assert dict(rows) == dict(ROLES)


def test_the_api_page_has_every_operation_and_every_scope() -> None:
    page = (DOCS / "reference" / "api.md").read_text("utf-8")
    made = {
        f"| `{method} /api/v1{prefix}{path.replace('uuidstr:', '')}` | {_scope(operation)} | "
        f"{' '.join(operation.description.split())} |"
        for prefix, router in api._routers
        for path, view in router.path_operations.items()
        for operation in view.operations
        for method in operation.methods
    }
    assert set(re.findall(r"^\| `(?:GET|POST) .*\|$", page, re.MULTILINE)) == made
    assert dict(re.findall(r"^\| `(\w+:\w+)` \| ([^|]+) \|$", page, re.MULTILINE)) == SCOPES


def _scope(operation: Any) -> str:
    scopes = [f"`{each.scope}`" for each in operation.auth_callbacks or () if each]
    return scopes[0] if scopes else "open"


def test_every_test_that_is_named_is_there() -> None:
    named = set(re.findall(r"`(test_\w+\.py)`", SECURITY))
    assert named
    assert {name for name in named if not (Path(__file__).parent / name).exists()} == set()


def test_no_picture_is_unused_and_none_is_missing() -> None:
    pages = "".join(page.read_text("utf-8") for page in DOCS.rglob("*.md"))
    shown = set(re.findall(r"images/service/([\w-]+\.png)", pages))
    kept = {picture.name for picture in (DOCS / "images" / "service").glob("*.png")}
    assert shown == kept
