"""Monitoring data: every measure by every breakdown, on both engines, against plain loops."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import monitoring_oracle as oracle
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activity_rows import FIRST, LAST, activity
from sharewell.catalogue.activity import ACTIVITY_SCHEMA
from sharewell.catalogue.breakdowns import BREAKDOWNS, categories
from sharewell.catalogue.codelists import code_list
from sharewell.catalogue.counting import TOTAL
from sharewell.catalogue.forms import ACTIVITY, EPISODES, PEOPLE, form_for
from sharewell.catalogue.measures import MEASURES
from sharewell.engine import DuckDBEngine, Engine
from sharewell.tabulation import CountedTable, TableSpec, tabulate

# PySpark leaves its local sockets to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed .socket.socket:ResourceWarning")

CONSENTED = code_list("monitoring-consented")
QUARTER = (date(2026, 1, 1), date(2026, 3, 31))


def spec(
    name: str,
    measures: tuple[str, ...],
    *crossings: tuple[str, ...],
    period: tuple[date, date] = (FIRST, LAST),
) -> TableSpec:
    return TableSpec(name, name, "monitoring", CONSENTED, measures, crossings, *period)


_ADD = tuple(name for name, each in ACTIVITY.measures.items() if each.adds)
SPECS = (
    spec(
        "people",
        tuple(PEOPLE.measures),
        *(("residence", "sex", "age_ndtms"), ("age_fine", "ethnic_group"), ("cohort",)),
        *(("ethnic_detail", "exit_reason"), ("main_substance",), ("substance_group", "coverage")),
        ("psychological_change", "physical_change", "quality_change"),
    ),
    spec("quarter", ("PERSONS", "PERSONS_NEEDLE"), ("coverage", "sex"), period=QUARTER),
    spec(
        "activity",
        _ADD,
        *(("financial_year", "module"), ("month", "service_area"), ("item", "naloxone_action")),
        *(("intervention", "intervention_outcome"), ("agency", "arrived", "stage")),
    ),
    spec(
        "seen",
        ("PERSONS", "PERSONS_KITS", "VISITS", "ITEMS_OUT"),
        *(("service_area",), ("month", "module")),
    ),
)


@pytest.fixture(scope="module")
def rows() -> pa.Table:
    return activity(2500, seed=5, people=400)


@pytest.fixture(scope="module")
def source(rows: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    path = tmp_path_factory.mktemp("activity") / "rows.parquet"
    pq.write_table(rows, path)
    return [path]


@pytest.fixture(scope="module")
def counted(engine: Engine, source: list[Path]) -> dict[str, CountedTable]:
    return {t.spec.id: t for t in tabulate(engine, SPECS, {"monitoring": source})}


def nonzero(table: CountedTable, crossing: tuple[str, ...], measure: str) -> dict[object, int]:
    named = [n for n in table.cells.column_names if n not in ("crossing", "measure", "count")]
    return {
        tuple(sorted((n, row[n]) for n in named if row[n] is not None)): row["count"]
        for row in table.cells.to_pylist()
        if (row["crossing"], row["measure"]) == (" x ".join(crossing), measure) and row["count"]
    }


@pytest.mark.parametrize("name", [each.id for each in SPECS])
def test_every_cell_is_what_plain_loops_count(
    counted: dict[str, CountedTable], rows: pa.Table, name: str
) -> None:
    table, records = counted[name], rows.to_pylist()
    for crossing in table.spec.crossings:
        for measure in table.spec.measures:
            expected = oracle.count(records, table.spec, crossing, measure)
            assert nonzero(table, crossing, measure) == expected, (crossing, measure)


def test_each_category_of_people_and_of_coverage_occurs(counted: dict[str, CountedTable]) -> None:
    for name in ("cohort", "coverage", "substance_group", "age_ndtms", "psychological_change"):
        measure = "PERSONS_NEEDLE" if name == "coverage" else "PERSONS"
        crossing = next(c for c in counted["people"].spec.crossings if name in c)
        found = nonzero(counted["people"], crossing, measure)
        assert {dict(key)[name] for key in found} >= {*(categories(name) or ())}, name


def test_nobodys_activity_counts_and_is_no_person(engine: Engine, tmp_path: Path) -> None:
    row = dict.fromkeys(ACTIVITY_SCHEMA.names) | {
        "record": 1, "service": "S", "service_area": "E06000006", "module": "needle",
        "day": FIRST, "visit": "S/1", "item": "SET1ML", "items_out": 10,
    }  # fmt: skip
    path = tmp_path / "a.parquet"
    pq.write_table(pa.Table.from_pylist([row], ACTIVITY_SCHEMA), path)
    tables = tabulate(engine, (SPECS[0], SPECS[3]), {"monitoring": [path]})
    assert pc.sum(tables[0].cells["count"]).as_py() == 0
    total = (("service_area", TOTAL),)
    assert nonzero(tables[1], ("service_area",), "PERSONS") == {}
    assert nonzero(tables[1], ("service_area",), "VISITS")[total] == 1
    assert nonzero(tables[1], ("service_area",), "ITEMS_OUT")[total] == 10


def test_the_tables_above_use_every_breakdown() -> None:
    used = {name for each in SPECS for crossing in each.crossings for name in crossing}
    assert used == {*PEOPLE.breakdowns, *ACTIVITY.breakdowns}


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), number=st.integers(0, 60), people=st.integers(1, 12))
def test_categories_of_people_add_to_the_total_whoever_they_are(
    seed: int, number: int, people: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("any") / "a.parquet"
    pq.write_table(activity(number, seed, people), path)
    crossed = replace(SPECS[0], crossings=(("cohort", "sex"), ("residence", "coverage")))
    with DuckDBEngine(threads=1) as duck:
        (table,) = tabulate(duck, [crossed], {"monitoring": [path]})
    for measure in crossed.measures:
        totals = {
            sum(n for key, n in cells.items() if TOTAL not in dict(key).values())
            for crossing in crossed.crossings
            if (cells := nonzero(table, crossing, measure)) or True
        }
        assert len(totals) == 1, (measure, totals)


def test_a_measure_that_does_not_go_with_a_breakdown_is_refused() -> None:
    wrong = spec("w", ("PERSONS", "ITEMS_OUT"), ("sex",))
    with (
        DuckDBEngine() as duck,
        pytest.raises(ValueError, match=r"'w'.*ITEMS_OUT does not go with"),
    ):
        tabulate(duck, [wrong], {"monitoring": []})
    hes = replace(wrong, cohort=code_list("drug-poisoning"), measures=("PERSONS",))
    with DuckDBEngine() as duck, pytest.raises(ValueError, match="it is no cohort of monitoring"):
        tabulate(duck, [hes], {"monitoring": []})


def test_one_name_means_one_thing_in_every_form() -> None:
    for form in (EPISODES, PEOPLE, ACTIVITY):
        for name, each in form.breakdowns.items():
            assert (each.id, each.kind) == (name, BREAKDOWNS[name].kind)
            mine = each.labels and list(each.labels())
            assert mine == (categories(name) and list(categories(name) or ())), name
        for name, measure in form.measures.items():
            assert (measure.title, measure.within) == (MEASURES[name].title, MEASURES[name].within)
            assert set(measure.within) <= MEASURES.keys()
    assert form_for("monitoring", ["PERSONS"], ["sex"]) is PEOPLE
    assert form_for("monitoring", ["PERSONS"], ["service_area"]) is ACTIVITY
    assert form_for("hes_apc", ["PERSONS"], ["sex"]) is None


def test_what_never_exceeds_another_says_all_that_it_never_exceeds() -> None:
    for measure in MEASURES.values():
        for whole in measure.within:
            assert set(MEASURES[whole].within) <= {*measure.within, measure.id}, measure.id
