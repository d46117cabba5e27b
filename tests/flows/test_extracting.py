"""Extract: exactly the permitted part, to the right key, and provably nothing else."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from sharewell.agreements import Agreement
from sharewell.flows.errors import FlowError, NotPermitted, Refused
from sharewell.flows.extracting import check_withheld, extract
from sharewell.flows.home import Home
from sharewell.flows.people import Person
from sharewell.flows.supplying import supply
from sharewell.publication import Identity, decrypt
from sharewell.tabulation import CountedTable

TODAY, FIRST = date(2026, 11, 22), date(2024, 4, 1)


@pytest.fixture(scope="module")
def when_supplied(further: Any, prepared: Any, drugs: Agreement) -> Any:
    def change(home: Home) -> None:
        supply(home, home.directory.person("s.supplier"), drugs, on=TODAY, first=FIRST)

    return further(prepared, change)


@pytest.fixture
def start(request: pytest.FixtureRequest) -> Any:
    supplied = "supplied" in request.fixturenames
    return request.getfixturevalue("when_supplied" if supplied else "prepared")


@pytest.fixture
def supplied(nation: Home) -> Home:
    """The nation, with the drug tables supplied."""
    return nation


def test_lse_gets_its_part_and_nothing_else(
    supplied: Home, drugs_analyst: Person, drugs: Agreement, identity: Identity, tmp_path: Path
) -> None:
    release = extract(supplied, drugs_analyst, drugs, to="LSE", on=TODAY)
    (sealed,) = [path for path in release.directory.iterdir() if path.is_file()]
    assert sealed.name.endswith(".tar.age")
    files = {path.name: path for path in decrypt(sealed, identity.secret, tmp_path / "open")}
    tables = {name.removesuffix(".csv") for name in files if name.endswith(".csv")}
    assert tables == {"poisonings", "sharp-object", "firearm"}
    for name in tables:
        with files[f"{name}.csv"].open(encoding="utf-8", newline="") as file:
            header = next(csv.reader(file))
        assert not [column for column in header if "ethnic" in column or "sex" in column]
    assert release.entry.body["withheld"] == ("ethnicity", "sex") or release.entry.body[
        "withheld"
    ] == ["ethnicity", "sex"]


def test_what_is_withheld_is_refused_and_recorded(
    supplied: Home, drugs_analyst: Person, drugs: Agreement
) -> None:
    with pytest.raises(Refused) as refused:
        extract(
            supplied, drugs_analyst, drugs, to="LSE", on=TODAY,
            tables=["poisonings"], breakdowns=["ethnicity"],
        )  # fmt: skip
    (clause,) = refused.value.decision.clauses
    assert clause.words == "No ethnicity or gender data will be shared."
    (entry,) = supplied.ledger.entries(kind="refused")
    assert entry.seq == refused.value.entry
    assert not list(supplied.ledger.entries(kind="extract"))


@pytest.mark.parametrize("to", ["Ipsos", "Hull", "Oxford"])
def test_others_get_nothing(
    supplied: Home, drugs_analyst: Person, drugs: Agreement, to: str
) -> None:
    with pytest.raises(Refused):
        extract(supplied, drugs_analyst, drugs, to=to, on=TODAY)


def test_data_from_before_the_flow_starts_are_refused(
    supplied: Home, drugs_analyst: Person, drugs: Agreement
) -> None:
    with pytest.raises(Refused, match="2017"):
        extract(supplied, drugs_analyst, drugs, to="RAND", on=TODAY, first=date(2015, 4, 1))


def test_an_analyst_of_another_team_is_refused_by_the_access_clause(
    supplied: Home, violence_analyst: Person, drugs: Agreement
) -> None:
    with pytest.raises(Refused, match="access-home-office"):
        extract(supplied, violence_analyst, drugs, to="LSE", on=TODAY)


def test_the_supplier_may_not_extract(supplied: Home, supplier: Person, drugs: Agreement) -> None:
    with pytest.raises(NotPermitted):
        extract(supplied, supplier, drugs, to="LSE", on=TODAY)


def test_without_a_supply_it_says_what_to_run(
    nation: Home, drugs_analyst: Person, drugs: Agreement
) -> None:
    with pytest.raises(FlowError, match="sharewell supply"):
        extract(nation, drugs_analyst, drugs, to="LSE", on=TODAY)


def cells(**columns: list[str | None]) -> CountedTable:
    """A counted table of one crossing, without a specification that the check would read."""
    from sharewell.catalogue.codelists import code_list
    from sharewell.tabulation import TableSpec

    spec = TableSpec(
        "t", "T", "hes_apc", code_list("drug-poisoning"), ("FAE",), (("month",),), FIRST, TODAY
    )
    return CountedTable(
        spec, pa.table({**columns, "count": [1] * len(next(iter(columns.values())))})
    )


@pytest.mark.parametrize(
    ("table", "leaks"),
    [
        (cells(financial_year=["2017"], month=["2017-04"]), False),
        (cells(financial_year=["2016"], month=["2017-01"]), False),
        (cells(financial_year=["2016"], month=["2016-12"]), True),
        (cells(financial_year=["2016"], month=["total"]), True),
        (cells(financial_year=["2017"], month=["total"], sex=["1"]), True),
        (cells(financial_year=["2017"], month=["total"], sex=[None]), False),
        (cells(police_force=["E23000001"]), True),
    ],
)
def test_the_second_look(table: CountedTable, leaks: bool) -> None:
    since = date(2017, 1, 1)
    if leaks:
        with pytest.raises(FlowError, match="Nothing left"):
            check_withheld(table, ("ethnicity", "sex"), since)
    else:
        check_withheld(table, ("ethnicity", "sex"), since)
