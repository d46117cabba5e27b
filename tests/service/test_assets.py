"""The built files that are shipped: ours, and free of what belongs to gov.uk alone."""

from __future__ import annotations

import json
from pathlib import Path

import sharewell.service

HERE = Path(sharewell.service.__file__).parent
BUILT = HERE / "static" / "sharewell"


def test_the_style_sheet_has_no_typeface_crown_or_crest_of_gov_uk() -> None:
    style = (BUILT / "sharewell.css").read_text("utf-8")
    for forbidden in ("GDS Transport", "url(", "crown", "crest"):
        assert forbidden not in style
    assert "govuk-button" in style


def test_what_is_shipped_was_built_from_what_is_here() -> None:
    for own in ("service.js", "icon.svg", "LICENCE-govuk-frontend.txt"):
        assert (BUILT / own).read_bytes() == (HERE / "assets" / own).read_bytes(), own
    assert "Crown Copyright" in (BUILT / "LICENCE-govuk-frontend.txt").read_text("utf-8")


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((HERE / "assets" / "package-lock.json").read_text("utf-8"))
    assert all("resolved" not in package for package in lock["packages"].values())
    assert lock["packages"]["node_modules/govuk-frontend"]["license"] == "MIT"
