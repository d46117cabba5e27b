"""Counts against the oracle, on DuckDB and on a Spark cluster of two workers."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
import tabulation_oracle as oracle

from sharewell.catalogue.breakdowns import categories, months
from sharewell.catalogue.codelists import CODE_LISTS, CodeList, code_list
from sharewell.engine import DuckDBEngine, Engine
from sharewell.tabulation import CountedTable, TableSpec, tabulate

# PySpark leaves its local sockets to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed .socket.socket:ResourceWarning")

FIRST, LAST = date(2018, 4, 1), date(2020, 3, 31)


def spec(
    name: str,
    cohort: CodeList,
    *crossings: tuple[str, ...],
    measures: tuple[str, ...] = ("FAE",),
    first: date = FIRST,
    last: date = LAST,
) -> TableSpec:
    return TableSpec(name, name, "hes-apc", cohort, measures, crossings, first, last)


ANY_ASSAULT = CodeList("any", "Assault, any position", ("X85", "X99", "Y09"), "any", "a test")

# One of every kind: each position of codes, each breakdown, time of each sort or none, people.
SPECS = (
    spec(
        "sharp",
        code_list("assault-sharp-object"),
        ("month", "region"),
        ("financial_year", "local_authority"),
        ("financial_year", "ethnicity"),
        measures=("FCE", "FAE"),
    ),
    spec(
        "assault",
        code_list("assault-x92-y09"),
        ("month", "police_force", "age_under_25"),
        ("police_force", "financial_year", "cause"),
    ),
    spec("m1", code_list("drug-disorders-primary"), ("financial_year", "age_drug_bands")),
    spec("m2", code_list("drug-poisoning"), ("financial_year", "police_force", "diagnosis")),
    spec("m3", code_list("drug-disorders-any"), ("financial_year", "diagnosis"), ("sex",)),
    spec(
        "people",
        ANY_ASSAULT,
        ("month", "sex", "age_band"),
        ("financial_year", "region"),
        ("region", "sex"),
        measures=("FAE", "PEOPLE", "FAE_EMERGENCY"),
    ),
    spec(
        "part-years",
        code_list("assault-all"),
        ("financial_year", "month", "sex"),
        first=date(2018, 2, 10),
        last=date(2019, 4, 20),
    ),
)


@pytest.fixture(scope="module")
def counted(engine: Engine, files: list[Path]) -> dict[str, CountedTable]:
    tables = tabulate(engine, SPECS, {"hes-apc": files})
    return {table.spec.id: table for table in tables}


def nonzero(table: CountedTable, crossing: tuple[str, ...], measure: str) -> dict[object, int]:
    cells = table.cells.filter(
        pc.and_(
            pc.equal(table.cells["crossing"], " x ".join(crossing)),
            pc.and_(pc.equal(table.cells["measure"], measure), pc.greater(table.cells["count"], 0)),
        )
    )
    named = [n for n in cells.column_names if n not in ("crossing", "measure", "count")]
    found: dict[object, int] = {}
    for row in cells.to_pylist():
        key = tuple(sorted((n, row[n]) for n in named if row[n] is not None))
        assert key not in found, "a cell stands there twice"
        found[key] = row["count"]
    return found


@pytest.mark.parametrize(
    ("each", "crossing", "measure"),
    [(s, c, m) for s in SPECS for c in s.crossings for m in s.measures],
    ids=lambda v: v.id if isinstance(v, TableSpec) else "-".join(v) if isinstance(v, tuple) else v,
)
def test_every_cell_is_what_plain_loops_count(
    each: TableSpec,
    crossing: tuple[str, ...],
    measure: str,
    counted: dict[str, CountedTable],
    episodes: list[dict[str, object]],
) -> None:
    expected = oracle.count(episodes, each, crossing, measure)
    assert expected, "the made-up episodes must put this table to the test"
    assert nonzero(counted[each.id], crossing, measure) == expected


def test_a_table_is_complete_and_in_order(counted: dict[str, CountedTable]) -> None:
    cells = counted["assault"].cells
    assert cells.column_names == [
        *("crossing", "financial_year", "month", "police_force", "age_under_25", "cause"),
        *("measure", "count"),
    ]
    first = cells.filter(pc.equal(cells["crossing"], "month x police_force x age_under_25"))
    forces = [*categories("police_force"), "total"]
    ages = [*categories("age_under_25"), "total"]
    times = []
    for year in (2018, 2019):
        in_year = months(date(year, 4, 1), date(year + 1, 3, 31))
        times += [(str(year), month) for month in (*in_year, "total")]
    expected = [(*time, force, age) for time in times for force in forces for age in ages]
    got = [first[name].to_pylist() for name in cells.column_names[1:5]]
    assert list(zip(*got, strict=True)) == expected
    assert first["cause"].null_count == first.num_rows
    assert all(cells[name].type == pa.string() for name in cells.column_names[:-1])
    assert cells["count"].type == pa.int64()
    assert cells["count"].null_count == 0


def test_people_are_counted_at_each_margin_and_not_summed(counted: dict[str, CountedTable]) -> None:
    rows = [
        row
        for row in counted["people"].cells.to_pylist()
        if row["crossing"] == "region x sex" and row["measure"] == "PEOPLE"
    ]
    total = sum(r["count"] for r in rows if (r["region"], r["sex"]) == ("total", "total"))
    parts = sum(r["count"] for r in rows if r["region"] != "total" and r["sex"] == "total")
    assert 0 < total <= 60 < parts  # there are 60 people in all


def test_codes_of_the_list_that_nobody_has_are_zeros(counted: dict[str, CountedTable]) -> None:
    codes = set(counted["m2"].cells["diagnosis"].to_pylist())
    assert {"T401", "T402", "T408"} <= codes  # in the list, not in the data
    assert "T40X" not in codes  # in the data, but not in the list
    # The list of M3 holds three-character codes, which are not of the breakdown's length.
    assert set(counted["m3"].cells["diagnosis"].to_pylist()) >= {"F110", "F11", "unknown"}
    assert "F12" not in set(counted["m3"].cells["diagnosis"].to_pylist())


def test_a_dataset_without_files_counts_as_zeros(engine: Engine) -> None:
    (table, _) = tabulate(engine, SPECS[1:3], {"hes-apc": []})
    assert table.cells.num_rows > 1000
    assert pc.sum(table.cells["count"]).as_py() == 0


def test_each_dataset_is_read_by_itself(engine: Engine, files: list[Path]) -> None:
    other = TableSpec("w", "w", "pedw", SPECS[0].cohort, ("FAE",), (("sex",),), FIRST, LAST)
    sharp = spec("e", SPECS[0].cohort, ("sex",))
    wales, england = tabulate(engine, [other, sharp], {"hes-apc": files, "pedw": files[:1]})
    assert (wales.spec, england.spec) == (other, sharp)
    assert 0 < _total(wales) < _total(england)


def _total(table: CountedTable) -> int:
    return sum(r["count"] for r in table.cells.to_pylist() if r["sex"] == "total")


def test_progress_runs_from_start_to_end_and_never_back(files: list[Path]) -> None:
    seen: list[float] = []
    with DuckDBEngine() as duck:
        tabulate(duck, SPECS, {"hes-apc": files}, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)


def test_the_two_tables_of_one_specification_asked_twice_are_equal(files: list[Path]) -> None:
    with DuckDBEngine() as duck:
        one, two = tabulate(duck, [SPECS[0], SPECS[0]], {"hes-apc": files})
    assert one.cells.equals(two.cells)


def test_a_dataset_without_a_source_is_named() -> None:
    with DuckDBEngine() as duck, pytest.raises(KeyError, match=r"'sharp'.*'hes-apc'.*pedw"):
        tabulate(duck, SPECS[:1], {"pedw": []})


def test_every_code_list_of_the_catalogue_can_be_counted(files: list[Path]) -> None:
    specs = [
        spec(name, each, ("financial_year",)) for name, each in CODE_LISTS.items() if each.codes
    ]
    with DuckDBEngine() as duck:
        assert len(tabulate(duck, specs, {"hes-apc": files})) == len(specs) > 5
