"""Fields of HES APC and PEDW, and the reference page that is written from them."""

from __future__ import annotations

import csv
import os
import re
from pathlib import Path

import pytest

from sharewell.catalogue import datasets
from sharewell.catalogue.episodes import EPISODE_COLUMNS
from sharewell.catalogue.hes_apc import HES_APC
from sharewell.catalogue.pedw import PEDW
from sharewell.catalogue.reference import page
from sharewell.catalogue.row_rules import ROW_RULES
from sharewell.catalogue.rules import FILE_RULES, Extract

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT / "../shared/data/hes"
PAGE = ROOT / "docs/reference/hes-apc.md"


def test_the_reference_page_says_what_the_declarations_say() -> None:
    if os.environ.get("SHAREWELL_UPDATE_DOCS"):
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "docs/reference/hes-apc.md is out of date: run this test with SHAREWELL_UPDATE_DOCS=1."
    )


@pytest.mark.parametrize("dataset", [HES_APC, PEDW], ids=lambda dataset: dataset.id)
def test_a_dataset_declares_exactly_the_columns_of_the_vault(dataset) -> None:
    assert tuple(field.name for field in dataset.fields) == EPISODE_COLUMNS


def test_a_dataset_is_found_by_either_spelling_and_a_stranger_is_named() -> None:
    assert datasets.dataset("hes-apc") is HES_APC is datasets.dataset("hes_apc")
    with pytest.raises(KeyError, match="hes_apc, pedw"):
        datasets.dataset("hes_ae")
    with pytest.raises(KeyError, match="no field 'SPELBGIN'"):
        HES_APC.field("SPELBGIN")


# Source of the years: NHS England, HES data dictionary, Admitted Patient Care.
@pytest.mark.parametrize(
    ("field", "year", "has", "lacks"),
    [
        ("SEX", 1995, "3", "9"),
        ("SEX", 2019, "0", "X"),
        ("SEX", 2022, "0", "3"),
        ("SEX", 2023, "X", "0"),
        ("ETHNOS", 2000, "0", "A"),
        ("ETHNOS", 2001, "A", "0"),
        ("ETHNOS", 2010, "X", "99"),
        ("ETHNOS", 2015, "99", "X"),
        ("ADMIMETH", 2012, "28", "2A"),
        ("ADMIMETH", 2013, "2A", "27"),
        ("ADMIMETH", 2023, "2D", "28"),
        ("DISMETH", 2021, "2", "6"),
        ("DISMETH", 2023, "7", "2"),
        ("EPISTAT", 2017, "3", "1"),
        ("EPITYPE", 2017, "5", "4"),
    ],
)
def test_codes_come_and_go_with_the_years(field, year, has, lacks) -> None:
    values = HES_APC.field(field).values(year)
    assert has in values
    assert lacks not in values


def test_the_length_of_the_key_changes_in_2021() -> None:
    assert [HES_APC.key_length(year) for year in (2001, 2020, 2021, 2024)] == [12, 12, 19, 19]
    assert HES_APC.key_length(1980) is None
    assert PEDW.key_length(2021) is None


def test_place_of_residence_is_no_column_before_2011() -> None:
    field = HES_APC.field("RESLADST_ONS")
    assert [field.exists_in(year) for year in (2010, 2011, None)] == [False, True, True]


@pytest.mark.parametrize(
    ("fyear", "partyear", "year", "reaches"),
    [
        ("1920", "201901", 2019, "2019-04-30"),
        ("1920", "201909", 2019, "2019-12-31"),
        ("1920", "201911", 2019, "2020-02-29"),
        ("1920", "201912", 2019, "2020-03-31"),
        ("1920", "201913", 2019, "2020-03-31"),
        ("9900", "199999", 1999, "2000-03-31"),
        ("8990", "198913", 1989, "1990-03-31"),
    ],
)
def test_an_extract_reaches_to_the_end_of_its_month(fyear, partyear, year, reaches) -> None:
    extract = Extract(HES_APC, fyear, partyear, frozenset())
    assert extract.year == year
    assert str(extract.reaches) == reaches
    assert (str(extract.first_day), str(extract.last_day)) == (f"{year}-04-01", f"{year + 1}-03-31")


def test_a_file_without_a_year_has_no_bounds() -> None:
    extract = Extract(HES_APC, None, None, frozenset())
    assert (extract.year, extract.reaches, extract.first_day, extract.last_day) == (None,) * 4
    assert extract.label == "an unknown year"


def test_every_column_of_the_official_artificial_file_is_known() -> None:
    path = SHARED / "artificial_hes_apc_0102_truncated.csv"
    if not path.exists():
        pytest.skip("the public test data are not beside this checkout (../shared/data/hes)")
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    assert [name for name in header if not HES_APC.knows(name)] == []
    assert not HES_APC.knows("NHS_NUMBER")


def test_rules_are_coded_once_have_a_remedy_and_fit_in_one_number() -> None:
    rules = (*FILE_RULES, *ROW_RULES)
    codes = [rule.code for rule in rules]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"HES\d{3}", code) for code in codes)
    assert all(rule.remedy.endswith(".") and not rule.meaning.endswith(".") for rule in rules)
    assert [rule.code for rule in ROW_RULES] == sorted(rule.code for rule in ROW_RULES)
    assert 25 <= len(ROW_RULES) <= 62


def test_some_rule_reads_every_field() -> None:
    read = {field for rule in ROW_RULES for field in rule.fields}
    assert set(EPISODE_COLUMNS) <= read
