"""The example agreements say what the documents say, in names that the catalogue knows."""

from __future__ import annotations

from datetime import date

import pytest
from agreement_examples import (
    DRUGS,
    EXAMPLES,
    NAMES,
    PRODUCTS,
    VIOLENCE,
    VIOLENCE_NOW,
    example,
    example_path,
)

from sharewell.agreements import load_agreement, load_agreements
from sharewell.catalogue.breakdowns import BREAKDOWNS
from sharewell.catalogue.codelists import CODE_LISTS
from sharewell.catalogue.measures import MEASURES

BOTH = pytest.mark.parametrize("name", [VIOLENCE, VIOLENCE_NOW])
EVERY = pytest.mark.parametrize("name", NAMES)
READINGS = [
    (name, question, reading)
    for name in NAMES
    for question, choice in example(name).choices.items()
    for reading in choice.readings
]


def test_the_directory_holds_these_agreements() -> None:
    assert {agreement.name for agreement in load_agreements(EXAMPLES)} == set(NAMES)


@EVERY
def test_names_are_those_of_the_catalogue(name: str) -> None:
    agreement = example(name)
    for cohort in agreement.cohorts:
        assert set(cohort.code_lists) <= CODE_LISTS.keys()
    for table in agreement.tables:
        assert set(table.measures) <= MEASURES.keys()
        assert {b for crossing in table.crossings for b in crossing} <= BREAKDOWNS.keys()
    for output in agreement.outputs:
        for extra in output.extra:
            assert set(extra.split_by) <= BREAKDOWNS.keys()


@pytest.mark.parametrize(("name", "question", "reading"), READINGS)
def test_every_reading_of_every_question_can_be_used(
    name: str, question: str, reading: str
) -> None:
    agreement = load_agreement(example_path(name), {question: reading})
    assert agreement.choices[question].chosen == reading


@EVERY
def test_every_choice_gives_its_reasons(name: str) -> None:
    for choice in example(name).choices.values():
        assert len(choice.because) > 40
        assert choice.question.rstrip(".").endswith(("?", 'suffice"'))


@BOTH
def test_files_a_b_and_c_of_serious_violence(name: str) -> None:
    tables = {table.id: table for table in example(name).tables}
    assert list(tables) == ["sharp-object-biannual", "sharp-object-monthly", "assault-monthly"]
    file_a, file_b, file_c = tables.values()
    assert file_a.measures == ("FAE", "FCE")
    assert file_b.measures == file_c.measures == ("FAE",)
    assert file_a.crossings == (
        ("month", "region"),
        ("financial_year", "local_authority"),
        ("financial_year", "police_force"),
        ("financial_year", "sex"),
        ("financial_year", "age_band"),
        ("financial_year", "ethnicity"),
    )
    assert file_b.crossings == (
        ("month", "police_force"),
        ("month", "police_force", "age_under_25"),
    )
    assert file_c.crossings == (
        ("month", "police_force", "age_under_25"),
        ("month", "local_authority", "age_under_25"),
    )
    assert [table.code_list for table in tables.values()] == [
        "assault-sharp-object",
        "assault-sharp-object",
        "assault-x92-y09",
    ]
    assert {table.first for table in tables.values()} == {date(2012, 4, 1)}


@BOTH
def test_the_open_codes_of_file_c_are_a_parameter(name: str) -> None:
    whole = load_agreement(example_path(name), {"file-c-codes": "whole-block"})
    assert whole.table("assault-monthly").code_list == "assault-all"
    assert "X85" in CODE_LISTS["assault-all"].codes


@BOTH
def test_national_figures_that_are_not_for_all_ages_are_withheld(name: str) -> None:
    (output,) = example(name).outputs
    (extra,) = output.extra
    assert extra.geography == ("K04000001",)
    assert extra.split_by == ("age_band", "age_under_25", "age_drug_bands")
    both = load_agreement(example_path(name), {"national-figures": "england-too"})
    assert both.outputs[0].extra[0].geography == ("K04000001", "E92000001")


def test_what_stays_unsaid_is_listed() -> None:
    for name in (VIOLENCE, VIOLENCE_NOW):
        assert any("territory" in unknown for unknown in example(name).unknowns)
    for name in NAMES:
        assert any("How long the data may be kept" in unknown for unknown in example(name).unknowns)


def test_hull_gets_all_of_it_and_the_drug_processors_do_not() -> None:
    hull = next(f for f in example(VIOLENCE).flows if f.act == "extract")
    assert hull.withheld is None
    assert len(hull.tables) == 3
    for flow in example(DRUGS).flows:
        if flow.act == "extract":
            assert flow.since == date(2017, 1, 1)
            assert set(flow.withheld.breakdowns) == {"ethnicity", "sex"}


def test_product_injuries_are_records_without_identifiers() -> None:
    agreement = example(PRODUCTS)
    (dataset,) = agreement.datasets
    assert (dataset.level, dataset.first) == ("record", date(2022, 4, 1))
    assert not set(dataset.columns) & set(dataset.withheld.columns)
    assert agreement.sensitivity.sensitive
    assert not agreement.comparisons[0].only_these
