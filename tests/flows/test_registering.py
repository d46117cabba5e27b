"""Sharewell's own register: what the ledger records, in the shape of the official one."""

from __future__ import annotations

from datetime import date

import pytest

from sharewell.agreements import Agreement
from sharewell.flows.extracting import extract
from sharewell.flows.home import Home
from sharewell.flows.people import Person
from sharewell.flows.publishing import publish
from sharewell.flows.registering import ledger_edition, register_agreement
from sharewell.flows.supplying import supply
from sharewell.register import Edition, search, tally_agreement
from sharewell.register.search import Criteria

FIRST = date(2024, 4, 1)
TODAY = date(2026, 11, 22)


@pytest.fixture
def edition(
    nation: Home,
    supplier: Person,
    drugs_analyst: Person,
    drugs: Agreement,
    violence: Agreement,
) -> Edition:
    """The register after a supply and an extract, and a use in the safe setting."""
    supply(nation, supplier, drugs, on=TODAY, tables=["poisonings"], first=FIRST)
    extract(nation, drugs_analyst, drugs, to="LSE", on=TODAY, tables=["poisonings"], first=FIRST)
    with nation.ledger.transaction() as transaction:
        transaction.append(
            kind="use",
            actor=drugs_analyst.as_actor(),
            body={
                "release": "20261122-use",
                "agreement": drugs.name,
                "to": "Home Office",
                "on": TODAY.isoformat(),
                "safe_setting": True,
                "tables": [{"id": "poisonings", "dataset": "hes_apc"}],
            },
            files=[],
        )
    return ledger_edition(nation.ledger, [drugs, violence], TODAY)


def test_files_that_left_and_uses_are_counted(edition: Edition, drugs: Agreement) -> None:
    tally = tally_agreement(edition, drugs.name)
    supplied, extracted = sorted(tally.files_left.rows, key=lambda row: row.file.endswith(".age"))
    assert supplied.file.endswith("/poisonings.csv")
    assert edition.recipient(supplied) == "Home Office"
    assert edition.recipient(extracted) == "London School of Economics and Political Science"
    for row in (supplied, extracted):
        assert row.month == date(2026, 11, 1)
        assert row.opt_outs_applied is False
        assert row.access_method == "ongoing"
        assert row.dataset == drugs.datasets[0].title
    (use,) = tally.safe_uses.rows
    assert use.use == "20261122-use"
    assert (tally.files_left.value, tally.safe_uses.value) == (2, 1)


def test_in_the_ledger_none_means_none(edition: Edition, violence: Agreement) -> None:
    tally = tally_agreement(edition, violence.name)
    assert (tally.files_left.value, tally.safe_uses.value) == (0, 0)


def test_figures_that_were_protected_are_no_files_of_data(
    nation: Home, supplier: Person, violence_analyst: Person, violence: Agreement
) -> None:
    supply(nation, supplier, violence, on=TODAY, tables=["sharp-object-monthly"], first=FIRST)
    before = ledger_edition(nation.ledger, [violence], TODAY)
    publish(nation, violence_analyst, violence, on=TODAY, tables=["sharp-object-monthly"])
    after = ledger_edition(nation.ledger, [violence], TODAY)
    assert before.files == after.files
    assert len(after.files) == 1


def test_a_day_bounds_what_is_told(nation: Home, supplier: Person, drugs: Agreement) -> None:
    supply(nation, supplier, drugs, on=TODAY, tables=["poisonings"], first=FIRST)
    assert not ledger_edition(nation.ledger, [drugs], date(2026, 11, 21)).files


def test_an_agreement_in_the_shape_of_the_register(drugs: Agreement) -> None:
    row = register_agreement(drugs)
    assert row.name == drugs.name
    assert row.controllers == ("Home Office",)
    assert row.permits_sublicensing is False
    assert row.commercial is None
    assert "How much harm is caused by illicit drug use?" in (row.objective or "")


def test_it_is_searched_like_any_edition(edition: Edition, drugs: Agreement) -> None:
    found = search(edition, Criteria(text="illicit drug", active=True))
    assert [each.name for each in found] == [drugs.name]
