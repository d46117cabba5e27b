"""The reference page of the monitoring tables says what is declared."""

from __future__ import annotations

from pathlib import Path

from made_documents import check_document
from sharewell.catalogue import activity
from sharewell.catalogue.activity import ACTIVITY_COLUMNS
from sharewell.catalogue.activity_counts import CHESHIRE_AND_MERSEYSIDE
from sharewell.catalogue.areas import labels
from sharewell.catalogue.forms import ACTIVITY, PEOPLE
from sharewell.catalogue.monitoring_reference import page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "monitoring-tables.md"


def test_the_page_says_what_the_declarations_say() -> None:
    check_document(PAGE, page())


def test_every_measure_and_breakdown_has_a_meaning_of_its_own() -> None:
    for form in (PEOPLE, ACTIVITY):
        for measure in form.measures.values():
            assert measure.meaning.endswith("."), measure.id
        for each in form.breakdowns.values():
            assert each.kind == "time" or each.meaning.endswith("."), each.id


def test_the_contract_describes_every_column() -> None:
    for name in ACTIVITY_COLUMNS:
        assert f"\n{name} " in (activity.__doc__ or ""), name


def test_the_nine_are_those_of_the_two_police_force_areas() -> None:
    names = [labels("local_authority")[code] for code in CHESHIRE_AND_MERSEYSIDE]
    assert names == [
        *("Cheshire East", "Cheshire West and Chester", "Halton", "Knowsley", "Liverpool"),
        *("Sefton", "St. Helens", "Warrington", "Wirral"),
    ]
