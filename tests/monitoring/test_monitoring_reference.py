"""The declared data set: years and what changed, forms, and the pages that are made from it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sharewell.monitoring import DataSet, MonitoringError, data_set, read_year, years
from sharewell.monitoring.opening import fold
from sharewell.monitoring.reference import checks_page, data_set_page

DOCS = Path(__file__).resolve().parents[2] / "docs" / "reference"


@pytest.mark.parametrize(
    ("name", "page"), [("monitoring-data-set.md", data_set_page), ("checks.md", checks_page)]
)
def test_the_pages_say_what_is_declared(name: str, page: Callable[[DataSet], str]) -> None:
    made = page(data_set())
    if os.environ.get("SHAREWELL_UPDATE_DOCS"):
        (DOCS / name).write_text(made, encoding="utf-8")
    assert (DOCS / name).read_text("utf-8") == made, "Run SHAREWELL_UPDATE_DOCS=1 make test."


@pytest.mark.parametrize("year", years())
def test_a_form_can_be_made_from_every_module(year: int) -> None:
    for module in data_set(year).modules:
        assert module.day in module.names
        labels = [fold(text) for f in module.fields for text in {fold(f.name), fold(f.label)}]
        assert len(labels) == len(set(labels)), f"two fields of {module.id} have one heading"
        for field in module.fields:
            assert field.label
            assert field.form
            assert field.widget in ("input", "radios", "select", "date")
            assert (field.kind == "list") == (field.code_list is not None)
            if field.kind in ("integer", "decimal"):
                assert field.least is not None
                assert field.most is not None


def test_every_code_list_is_used_says_its_source_and_has_each_code_once() -> None:
    used = {f.code_list.id for m in data_set().modules for f in m.fields if f.code_list}
    for codes in data_set().code_lists:
        assert codes.id in used
        assert codes.source
        assert len({code.code for code in codes.codes}) == len(codes.codes)


def test_what_changed_is_found_by_comparing_years() -> None:
    before, after = data_set(2025), data_set(2026)
    assert before.changes == ()
    assert any("`new_contacts`" in change and "new" in change for change in after.changes)
    assert any("`LEGALHIGH`" in change and "no longer" in change for change in after.changes)
    assert "new_contacts" not in before.module("outreach").names
    assert "new_contacts" in after.module("outreach").names
    substances = after.module("needle").field("main_substance").code_list
    assert substances is not None
    assert "LEGALHIGH" not in {code.code for code in substances.of_year(2026)}
    assert "LEGALHIGH" in {code.code for code in substances.of_year(2025)}


def test_countries_are_those_of_the_standard() -> None:
    nationality = data_set().module("client").field("nationality").code_list
    assert nationality is not None
    codes = {code.code for code in nationality.codes}
    assert len(codes) == 249 + 1
    assert {"GBR", "IRL", "POL", "ZZZ"} <= codes


def test_ethnic_groups_are_eighteen_and_one_then_nineteen_and_one() -> None:
    groups = data_set().module("client").field("ethnicity").code_list
    assert groups is not None
    assert (len(groups.of_year(2025)), len(groups.of_year(2026))) == (18 + 1, 19 + 1)


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(MonitoringError, match=r"There are: 2025-26, 2026-27"):
        data_set(2019)
    with pytest.raises(MonitoringError, match="Known: client, needle"):
        data_set().module("shoes")
    with pytest.raises(MonitoringError, match="no field 'shoe'"):
        data_set().module("client").field("shoe")


@pytest.mark.parametrize("text", ["2026", "2026-27", "2026/27", "2026-2027", " 2026 "])
def test_a_year_is_read_in_any_usual_form(text: str) -> None:
    assert read_year(text) == 2026


@pytest.mark.parametrize("text", ["26", "2026-28", "", "2026-2", "next"])
def test_what_is_no_year_is_refused(text: str) -> None:
    with pytest.raises(MonitoringError, match="not a year"):
        read_year(text)
