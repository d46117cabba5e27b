"""Finding and counting: every criterion, and no number where nothing is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from bench.register import enlarge
from register_samples import AGREEMENT, DATASET, EDITION_B, FILE, edition, needs_samples

from sharewell.register import (
    Criteria,
    UseRow,
    compare,
    read_workbook,
    search,
    tally_agreement,
    tally_organisation,
    tally_organisations,
)
from sharewell.register.model import access_method, sensitive, yes_or_no

COMPANY = replace(
    AGREEMENT,
    reference="DARS-NIC-200002-Z9Y8X",
    version="1.0",
    title="Market study",
    organisation="EXAMPLE LTD",
    controllers=("EXAMPLE LTD", "THE INSTITUTE OF CANCER RESEARCH"),
    commercial="Yes",
    sublicensing="Yes",
    start=date(2020, 5, 1),
    end=date(2021, 4, 30),
)
SYSTEM = replace(
    DATASET,
    agreement=COMPANY.name,
    dataset="NDRS Cancer Consolidated Data Set",
    type_of_data="Identifiable",
    sensitivity="Sensitive",
    frequency="System Access",
    legal_basis="Informed patient consent",
)
BOTH = edition([AGREEMENT, COMPANY], [DATASET, SYSTEM])


@pytest.mark.parametrize(
    ("criteria", "found"),
    [
        (Criteria(), [AGREEMENT, COMPANY]),
        (Criteria(organisation="example ltd"), [COMPANY]),
        (Criteria(organisation="Institute of Cancer Research"), [COMPANY]),
        (Criteria(organisation="example"), [AGREEMENT, COMPANY]),
        (Criteria(dataset="ecds"), [AGREEMENT]),
        (Criteria(legal_basis="s261(2)(a)"), [AGREEMENT]),
        (Criteria(legal_basis="2012 - s261"), [AGREEMENT]),
        (Criteria(type_of_data="identifiable"), [COMPANY]),
        (Criteria(sensitive=True), [COMPANY]),
        (Criteria(sensitive=False), [AGREEMENT]),
        (Criteria(commercial=True), [COMPANY]),
        (Criteria(sublicensing=True), [COMPANY]),
        (Criteria(sublicensing=False), [AGREEMENT]),
        (Criteria(access_method="system access"), [COMPANY]),
        (Criteria(active=True), [AGREEMENT]),
        (Criteria(active=False), [COMPANY]),
        (Criteria(year=2020), [COMPANY]),
        (Criteria(year=2023), [AGREEMENT]),
        (Criteria(text="falls WINTER"), [AGREEMENT]),
        (Criteria(text="200002"), [COMPANY]),
        (Criteria(text="winter", commercial=True), []),
    ],
)
def test_each_criterion(criteria: Criteria, found: list[object]) -> None:
    assert list(search(BOTH, criteria)) == found


def test_active_is_asked_of_a_day() -> None:
    assert search(BOTH, Criteria(active=True), date(2020, 6, 1)) == (COMPANY,)


def test_what_is_not_known_matches_neither() -> None:
    silent = edition([replace(AGREEMENT, commercial=None, start=None)])
    for flag in (True, False):
        assert not search(silent, Criteria(commercial=flag))
        assert not search(silent, Criteria(active=flag))


def test_counts_have_their_rows_and_reasons() -> None:
    tally = tally_agreement(BOTH, AGREEMENT.reference)
    assert (tally.files_left.value, tally.files_left.rows) == (1, (FILE,))
    assert tally.safe_uses.value is None
    assert tally.safe_uses.words == "not known"
    nothing = tally_agreement(BOTH, COMPANY.name)
    assert nothing.files_left.value is None
    assert "system access" in nothing.files_left.explanation
    assert tally_agreement(BOTH, "DARS-NIC-0-NEVER").files_left.value is None


def test_only_the_ledger_knows_that_there_was_nothing() -> None:
    use = UseRow("20240101-use", COMPANY.name, SYSTEM.dataset, date(2024, 1, 1))
    ledger = replace(BOTH, source="ledger", files=(), uses=(use,))
    tally = tally_organisation(ledger, "Example Ltd")
    assert (tally.files_left.value, tally.safe_uses.value) == (0, 1)
    assert tally.safe_uses.rows == (use,)
    assert tally_organisation(ledger, "Example Ltd", date(2023, 1, 1)).safe_uses.value == 0


def test_organisations_are_counted_under_all_their_names() -> None:
    old = replace(AGREEMENT, organisation="INSTITUTE OF CANCER RESEARCH")
    new = replace(AGREEMENT, version="1.0", organisation="The Institute of Cancer Research")
    files = [FILE, replace(FILE, file="F2", agreement=new.name)]
    (one,) = tally_organisations(edition([old, new], files=files))
    assert (one.organisation, one.tally.files_left.value) == (new.organisation, 2)


@pytest.mark.parametrize(
    ("words", "meaning"),
    [("Yes", True), ("no", False), ("No (Ministerial Department)", False), ("", None),
     (None, None), ("Unknown", None), ("Nothing", None)],
)  # fmt: skip
def test_yes_and_no(words: str | None, meaning: bool | None) -> None:
    assert yes_or_no(words) is meaning


def test_other_words_are_not_guessed() -> None:
    assert sensitive("Non-Sensitive, and Sensitive") is None
    assert access_method("Ongoing, One-Off") is None


@needs_samples
def test_enlarging_is_repeatable_and_of_the_size_asked_for(tmp_path: Path) -> None:
    sample = read_workbook(EDITION_B)
    one, other = (list(enlarge(sample, 200, 3000, 3, seed=7)) for _ in range(2))
    assert one == other
    assert one != list(enlarge(sample, 200, 3000, 3, seed=8))
    last = one[-1]
    assert (len(last.agreements), len(last.files), len(one)) == (200, 3000, 3)
    assert len(last.by_name) == 200
    assert len({row.file for row in last.files}) == 3000
    assert {row.agreement for row in last.files} <= set(last.by_name)
    changes = compare(one[0], one[1])
    assert {change.kind for change in changes.fields} == {"cosmetic", "real"}
    assert changes.new or changes.new_versions
    assert changes.gone == changes.files_gone == ()
