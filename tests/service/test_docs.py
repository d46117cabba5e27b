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


# Of OWASP ASVS 5.0.0: how many points of levels 1 and 2 each section has. In each section they come
# first, before those of level 3.
POINTS = {
    "1": (2, 9, 11, 3, 2),
    "2": (3, 3, 4, 1),
    "3": (0, 2, 4, 6, 5, 0, 2),
    "4": (3, 1, 2, 4),
    "5": (1, 3, 2, 3),
    "6": (3, 12, 4, 4, 5, 3, 0, 4),
    "7": (3, 4, 2, 5, 2, 2),
    "8": (2, 3, 1, 1),
    "9": (3, 4),
    "10": (2, 2, 4, 11, 5, 2, 3),
    "11": (2, 3, 3, 4, 1, 1),
    "12": (3, 2, 4),
    "13": (1, 5, 2, 5),
    "14": (2, 4, 3),
    "15": (3, 3, 7),
    "16": (1, 5, 4, 3, 3),
    "17": (1, 4, 2),
}
VERDICTS = {"met", "partly", "not met", "n/a", "operator"}


def test_every_point_of_asvs_has_a_verdict_once() -> None:
    wanted = {
        f"{chapter}.{section}.{number}"
        for chapter, counts in POINTS.items()
        for section, count in enumerate(counts, 1)
        for number in range(1, count + 1)
    }
    assert len(wanted) == 253
    told: list[str] = []
    for points, verdict in re.findall(r"^\| (\d+\.[^|]+) \| ([^|]+) \|", SECURITY, re.MULTILINE):
        assert verdict in VERDICTS, points
        if "(level 3)" not in points:
            told += _spelt_out(points)
    assert sorted(told) == sorted(wanted)


def _spelt_out(points: str) -> list[str]:
    """The numbers in '1.2.6 to 1.2.8, 1.3.1'."""
    found = []
    for part in points.split(", "):
        first, _, last = part.partition(" to ")
        section, _, number = first.rpartition(".")
        until = (last or first).rpartition(".")[2]
        found += [f"{section}.{n}" for n in range(int(number), int(until) + 1)]
    return found


def test_every_test_that_is_named_is_there() -> None:
    named = set(re.findall(r"`(test_\w+\.py)`", SECURITY))
    assert named
    assert {name for name in named if not (Path(__file__).parent / name).exists()} == set()


def test_no_picture_is_unused_and_none_is_missing() -> None:
    pages = "".join(page.read_text("utf-8") for page in DOCS.rglob("*.md"))
    shown = set(re.findall(r"images/service/([\w-]+\.png)", pages))
    kept = {picture.name for picture in (DOCS / "images" / "service").glob("*.png")}
    assert shown == kept
