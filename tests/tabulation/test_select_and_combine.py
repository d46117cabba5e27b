"""Narrower extracts and the join with Wales, against the oracle."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import tabulation_oracle as oracle
from tabulation_episodes import made_up

from sharewell.catalogue.codelists import code_list
from sharewell.engine import DuckDBEngine
from sharewell.tabulation import CountedTable, TableSpec, combine, select, tabulate

SPEC = TableSpec(
    "assault",
    "Assault",
    "hes_apc",
    code_list("assault-all"),
    ("FAE",),
    (
        *(("month", "police_force"), ("financial_year", "sex"), ("month", "sex")),
        *(("financial_year", "region"), ("ethnicity",)),
    ),
    date(2018, 2, 1),
    date(2020, 5, 31),
)


@pytest.fixture(scope="module")
def table(files: list[Path]) -> CountedTable:
    with DuckDBEngine() as duck:
        return tabulate(duck, [SPEC], {"hes_apc": files})[0]


def test_a_withheld_breakdown_goes_with_its_crossings_and_its_column(table: CountedTable) -> None:
    left = select(table, without={"sex", "ethnicity"})
    assert left.spec.crossings == (("month", "police_force"), ("financial_year", "region"))
    assert not {"sex", "ethnicity"} & set(left.cells.column_names)
    expected = table.cells.filter(
        pc.is_in(
            table.cells["crossing"],
            value_set=pa.array(["month x police_force", "financial_year x region"]),
        )
    )
    assert left.cells.equals(expected.select(left.cells.column_names))


def test_withholding_years_withholds_months_too(table: CountedTable) -> None:
    assert select(table, without={"financial_year"}).spec.crossings == (("ethnicity",),)


def test_a_year_that_straddles_the_start_is_never_shown(table: CountedTable) -> None:
    left = select(table, first=date(2018, 10, 1), last=date(2020, 3, 31))
    rows = left.cells.to_pylist()
    assert left.spec.crossings == SPEC.crossings[:4]  # the timeless one would stand for more
    by_month = [r for r in rows if r["crossing"] == "month x sex"]
    assert {(r["financial_year"], r["month"]) for r in by_month if r["month"] == "total"} == {
        ("2019", "total")
    }
    assert min(r["month"] for r in by_month) == "2018-10"
    assert max(r["month"] for r in by_month if r["month"] != "total") == "2020-03"
    assert {r["financial_year"] for r in rows if r["crossing"] == "financial_year x sex"} == {
        "2019"
    }
    assert (left.spec.first, left.spec.last) == (date(2018, 10, 1), date(2020, 3, 31))


def test_the_table_s_own_part_years_stay_when_nothing_is_cut(table: CountedTable) -> None:
    assert select(table).cells.equals(table.cells)
    assert select(table, first=date(2010, 1, 1), last=date(2030, 1, 1)).spec == SPEC
    # From April 2018: the part year 2017 goes, the part year 2020 stays as the table counts it.
    years = set(select(table, first=date(2018, 4, 1)).cells["financial_year"].to_pylist())
    assert years == {"2018", "2019", "2020"}


def test_an_extract_equals_a_table_counted_for_its_period(
    table: CountedTable, files: list[Path]
) -> None:
    left = select(table, first=date(2018, 4, 1), last=date(2020, 3, 31))
    with DuckDBEngine() as duck:
        (counted,) = tabulate(duck, [left.spec], {"hes_apc": files})
    assert left.cells.equals(counted.cells)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"first": date(2018, 4, 2)}, ValueError, "2018-04-02 would cut a month in two"),
        ({"last": date(2020, 3, 30)}, ValueError, "2020-03-30 would cut a month in two"),
        ({"without": ["ethnicty"]}, KeyError, "'ethnicty'"),
        ({"crossings": [("sex",)]}, ValueError, "no crossing 'sex'. It has: month x police"),
        ({"crossings": [("ethnicity",)], "without": ["ethnicity"]}, ValueError, "nothing is left"),
        (
            {
                "crossings": [("financial_year", "sex")],
                "first": date(2018, 5, 1),
                "last": date(2019, 3, 31),
            },
            ValueError,
            "no whole month or financial year",
        ),
    ],
)
def test_what_cannot_be_selected_is_refused(
    table: CountedTable, options: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        select(table, **options)


# England with Wales

JOINED = replace(
    SPEC,
    crossings=(("month", "police_force"), ("month", "police_force", "age_under_25")),
    first=date(2018, 4, 1),
    last=date(2020, 3, 31),
)


@pytest.fixture(scope="module")
def countries(tmp_path_factory: pytest.TempPathFactory) -> tuple[pa.Table, pa.Table]:
    return made_up(4000, seed=11), made_up(2500, seed=12)


@pytest.fixture(scope="module")
def both(
    countries: tuple[pa.Table, pa.Table], tmp_path_factory: pytest.TempPathFactory
) -> tuple[CountedTable, CountedTable]:
    directory = tmp_path_factory.mktemp("countries")
    sources = {}
    for name, episodes in zip(("hes_apc", "pedw"), countries, strict=True):
        sources[name] = [directory / f"{name}.parquet"]
        pq.write_table(episodes, sources[name][0])
    with DuckDBEngine() as duck:
        england, wales = tabulate(duck, [JOINED, replace(JOINED, dataset="pedw")], sources)
    return england, wales


ENGLISH, WELSH = ("E23", "E99"), ("W15", "W99")


def test_residents_are_counted_once(
    both: tuple[CountedTable, CountedTable], countries: tuple[pa.Table, pa.Table]
) -> None:
    combined = combine(*both)
    expected: Counter[tuple[object, ...]] = Counter()
    for episodes, own, nation in zip(
        countries, (ENGLISH, WELSH), ("E92000001", "W92000004"), strict=True
    ):
        for row in episodes.to_pylist():
            if row["EPIEND"] is None or not JOINED.first <= row["EPIEND"] <= JOINED.last:
                continue
            if not oracle.in_cohort(row, JOINED.cohort.codes, "cause"):
                continue
            force = oracle.value(row, "police_force")
            if not oracle.counts_in(row, "FAE") or not force.startswith(own):
                continue
            month, year = oracle.value(row, "month"), oracle.value(row, "financial_year")
            for when in (month, "total"):
                for where in (force, nation, "K04000001"):
                    for age in (None, "total", oracle.value(row, "age_under_25")):
                        expected[year, when, where, age] += 1
    cells = combined.table.cells.to_pylist()
    got = {
        (r["financial_year"], r["month"], r["police_force"], r["age_under_25"]): r["count"]
        for r in cells
    }
    assert len(got) == len(cells)  # no cell stands there twice
    assert {key: n for key, n in got.items() if n} == dict(expected)


def test_the_join_is_complete_and_in_order(both: tuple[CountedTable, CountedTable]) -> None:
    table = combine(*both).table
    forces = list(dict.fromkeys(table.cells["police_force"].to_pylist()))
    assert len(forces) == 43 + 2 + 3
    assert forces[-3:] == ["E92000001", "W92000004", "K04000001"]
    times = 2 * 13
    assert table.cells.num_rows == times * len(forces) * (1 + 4)
    assert table.cells.schema.equals(both[0].cells.schema)
    months = [r["month"] for r in table.cells.slice(0, times * len(forces)).to_pylist()]
    assert list(dict.fromkeys(months))[:13] == [
        *(f"2018-{m:02d}" for m in range(4, 13)),
        *("2019-01", "2019-02", "2019-03", "total"),
    ]
    assert table.spec.dataset == "hes_apc+pedw"


def test_what_was_left_out_is_shown_and_accounts_for_everything(
    both: tuple[CountedTable, CountedTable],
) -> None:
    combined = combine(*both)
    dropped = combined.dropped.to_pylist()
    assert {r["source"] for r in dropped} == {"hes_apc", "pedw"}
    english = {r["police_force"] for r in dropped if r["source"] == "hes_apc"}
    assert {"W15000003", "S99999999", "unknown", "X"} <= english
    assert not any(code.startswith(ENGLISH) for code in english)
    for before, source, nation in (
        (both[0], "hes_apc", "E92000001"),
        (both[1], "pedw", "W92000004"),
    ):
        kept = _whole(combined.table, nation)
        left_out = sum(r["count"] for r in dropped if r["source"] == source)
        assert kept + left_out == _whole(before, "total")
        assert left_out > 0


def _whole(table: CountedTable, force: str) -> int:
    return sum(
        r["count"]
        for r in table.cells.to_pylist()
        if (r["crossing"], r["month"], r["police_force"])
        == ("month x police_force", "total", force)
    )


@pytest.mark.parametrize(
    ("ours", "theirs", "words"),
    [
        ({}, {"first": date(2019, 4, 1)}, "their first differ"),
        ({}, {"crossings": (("month", "police_force"),)}, "their crossings differ"),
        ({}, {"cohort": code_list("assault-firearm")}, "'assault-all' and 'assault-firearm'"),
        ({"measures": ("PEOPLE",)}, {"measures": ("PEOPLE",)}, "PEOPLE cannot be combined"),
        ({"crossings": (("month", "sex"),)},) * 2 + ("month x sex lacks time or police_force",),
        ({"crossings": (("police_force",),)},) * 2 + ("lacks time or police_force",),
        ({"crossings": (("month", "police_force", "region"),)},) * 2 + ("has 'region'",),
    ],
)
def test_tables_that_do_not_fit_are_refused(
    both: tuple[CountedTable, CountedTable],
    ours: dict[str, object],
    theirs: dict[str, object],
    words: str,
) -> None:
    england = CountedTable(replace(both[0].spec, **ours), both[0].cells)
    wales = CountedTable(replace(both[1].spec, **theirs), both[1].cells)
    with pytest.raises(ValueError, match=words):
        combine(england, wales)
