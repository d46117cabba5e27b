"""Supply: what the agreement names, counted right, and recorded without a figure."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import duckdb
import pyarrow.compute as pc
import pytest

from sharewell.agreements import Agreement
from sharewell.flows.errors import FlowError, NotPermitted, Refused
from sharewell.flows.home import Home
from sharewell.flows.people import Person
from sharewell.flows.supplying import read_counted, supply
from sharewell.flows.vault import holding, last_day

TODAY, FIRST = date(2026, 11, 22), date(2024, 4, 1)


def test_file_b_equals_a_query_written_by_hand(
    nation: Home, supplier: Person, violence: Agreement
) -> None:
    release = supply(
        nation, supplier, violence, on=TODAY, tables=["sharp-object-monthly"], first=FIRST
    )
    table = read_counted(nation, release.entry, violence, "sharp-object-monthly")
    paths = [str(path) for path in holding(nation, "hes_apc").paths]
    # The definition of an admission for assault by sharp object, from the HES derivations.
    by_hand = duckdb.sql(
        "SELECT strftime(EPIEND, '%Y-%m') AS month, count(*) AS n "
        f"FROM read_parquet({paths}) WHERE EPISTAT = 3 AND CLASSPAT NOT IN (3, 4) "
        "AND EPIORDER = 1 AND CAUSE_4 LIKE 'X99%' AND EPIEND >= DATE '2024-04-01' "
        "GROUP BY 1 ORDER BY 1"
    ).fetchall()
    cells = table.cells.filter(
        pc.and_(
            pc.equal(table.cells["crossing"], "month x police_force"),
            pc.and_(
                pc.equal(table.cells["police_force"], "total"),
                pc.not_equal(table.cells["month"], "total"),
            ),
        )
    )
    counted = sorted(zip(cells["month"].to_pylist(), cells["count"].to_pylist(), strict=True))
    assert counted == by_hand
    assert len(by_hand) == 18


def test_the_three_files_and_what_goes_with_them(
    nation: Home, supplier: Person, violence: Agreement
) -> None:
    release = supply(nation, supplier, violence, on=TODAY, first=FIRST)
    names = {path.name for path in release.directory.iterdir()}
    for table in ("sharp-object-biannual", "sharp-object-monthly", "assault-monthly"):
        assert {f"{table}.csv", f"{table}.csv-metadata.json"} <= names
    readme = (release.directory / "README.txt").read_text("utf-8")
    assert "SYNTHETIC" in readme.upper()
    assert nation.ledger.verify(nation.files).ok


def test_the_ledger_holds_no_figure(nation: Home, supplier: Person, violence: Agreement) -> None:
    release = supply(
        nation, supplier, violence, on=TODAY, tables=["sharp-object-monthly"], first=FIRST
    )
    facts = release.entry.body["tables"][0]
    assert set(facts) == {
        "id", "title", "dataset", "code_list", "codes", "position", "measures", "crossings",
        "first", "last", "cells",
    }  # fmt: skip
    assert "count" not in json.dumps(_plain(release.entry.body["tables"]))


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return {k: _plain(v) for k, v in value.items()} if hasattr(value, "items") else value


def test_years_that_are_not_there_are_not_zero(
    nation: Home, supplier: Person, violence: Agreement
) -> None:
    with pytest.raises(FlowError, match=r"2012-13.*--from"):
        supply(nation, supplier, violence, on=TODAY)


def test_after_the_term_it_is_refused_and_recorded(
    nation: Home, supplier: Person, violence: Agreement
) -> None:
    before = nation.ledger.head().seq
    with pytest.raises(Refused, match="term"):
        supply(nation, supplier, violence, on=date(2028, 2, 1), first=FIRST)
    (refused,) = nation.ledger.entries(kind="refused")
    assert refused.seq == before + 1
    assert refused.body["decision"]["clauses"][0]["id"] == "term"
    assert not nation.releases.exists()


def test_who_may_not_supply(nation: Home, violence_analyst: Person, violence: Agreement) -> None:
    with pytest.raises(NotPermitted):
        supply(nation, violence_analyst, violence, on=TODAY, first=FIRST)


def test_an_unknown_table_is_named_with_those_there_are(
    nation: Home, supplier: Person, violence: Agreement
) -> None:
    with pytest.raises(FlowError, match=r"nonsense.*sharp-object-monthly"):
        supply(nation, supplier, violence, on=TODAY, tables=["nonsense"], first=FIRST)


@pytest.mark.parametrize(
    ("year", "month", "expected"),
    [
        (2026, 1, date(2026, 4, 30)),
        (2026, 6, date(2026, 9, 30)),
        (2025, 9, date(2025, 12, 31)),
        (2025, 10, date(2026, 1, 31)),
        (2023, 11, date(2024, 2, 29)),
        (2025, 12, date(2026, 3, 31)),
        (2025, 13, date(2026, 3, 31)),
    ],
)
def test_the_last_day_of_an_extract(year: int, month: int, expected: date) -> None:
    assert last_day(year, month) == expected
