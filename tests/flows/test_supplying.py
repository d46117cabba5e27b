"""Supply: what the agreement names, counted right, and recorded without a figure."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.compute as pc
import pytest

from sharewell.agreements import Agreement, load_agreement
from sharewell.flows.asking import check_governs
from sharewell.flows.errors import FlowError, NotPermitted, Refused
from sharewell.flows.home import Home
from sharewell.flows.importing import import_file
from sharewell.flows.people import Person
from sharewell.flows.supplying import read_counted, supply
from sharewell.flows.vault import check_covers, holding, last_day

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
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
    with duckdb.connect() as con:
        by_hand = con.sql(
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


def test_months_that_are_not_there_are_not_zero(
    empty: Home, invented: Path, violence: Agreement
) -> None:
    person = empty.directory.person("s.supplier")
    for which in ("earlier", "now"):  # 2025-26 reaches to August, or to September
        (file,) = (invented / which).glob("*2025-26*")
        import_file(empty, person, file)
    (before,) = (invented / "now").glob("*2024-25*")
    import_file(empty, person, before)
    held = holding(empty, "hes_apc")
    check_covers(held, FIRST, date(2025, 9, 30))
    with pytest.raises(FlowError, match="2025-26 after 2025-09-30"):
        check_covers(held, FIRST, date(2026, 3, 31))


def test_only_the_governing_version_is_acted_under(violence: Agreement) -> None:
    directory = EXAMPLES / "agreements"
    older = load_agreement(directory / "DARS-NIC-612092-Q0Y6F-v0.2.yaml")
    check_governs(directory, violence, TODAY)
    check_governs(directory, older, date(2024, 6, 1))
    for day in (TODAY, date(2024, 12, 1)):  # after its term, and on a day that both run
        with pytest.raises(FlowError, match="governs"):
            check_governs(directory, older, day)
