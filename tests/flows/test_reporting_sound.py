"""What the attacker takes to be true of monitoring tables is true, whoever the people are; and what
changed between two counts of the same data is not told where it is few."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activity_rows import activity
from sharewell.catalogue.breakdowns import BREAKDOWNS
from sharewell.catalogue.codelists import code_list
from sharewell.disclosure import link, propagate, protect, rule
from sharewell.disclosure.coordinates import Shown
from sharewell.disclosure.defend import defend
from sharewell.disclosure.frame import frame_of
from sharewell.disclosure.rules import Rule
from sharewell.engine import DuckDBEngine
from sharewell.flows.known import new_shown
from sharewell.flows.publishing import THINGS
from sharewell.tabulation import TableSpec, tabulate

FRAME = frame_of("monitoring")
OURS = rule("under-5-nearest-5")
KINDS = {name: each.kind for name, each in BREAKDOWNS.items()}
SPRING = (date(2026, 4, 1), date(2026, 6, 30))
SUMMER = (date(2026, 7, 1), date(2026, 9, 30))
HALF = (SPRING[0], SUMMER[1])


def spec(
    name: str, measures: tuple[str, ...], period: tuple[date, date], *crossings: tuple[str, ...]
) -> TableSpec:
    cohort = code_list("monitoring-consented")
    return TableSpec(name, name, "monitoring", cohort, measures, crossings, *period)


def shown(path: Path, specs: list[TableSpec], edition: str = "e1", by: Rule = OURS) -> list[Shown]:
    with DuckDBEngine(threads=1) as duck:
        counted = tabulate(duck, specs, {"monitoring": [path]})
    tables = []
    for each in counted:
        kinds = {k: v for k, v in KINDS.items() if k in each.cells.column_names}
        published = protect(
            each.cells, id=each.spec.id, title=each.spec.title, breakdown_kinds=kinds, rule=by,
            exempt_measures=THINGS,
        )  # fmt: skip
        tables.append(new_shown(published, each, {("monitoring", 2026): edition}))
    return tables


def everything(period: tuple[date, date]) -> list[TableSpec]:
    name = f"{period[0]:%m}-{period[1]:%m}"
    return [
        spec(
            f"people-{name}",
            ("PERSONS", "PERSONS_KITS", "PERSONS_REFERRED_OUT", "PERSONS_ARRIVED"),
            period,
            *(("residence", "sex"), ("age_fine",), ("age_ndtms", "sex"), ("exit_reason",)),
        ),
        spec(
            f"seen-{name}",
            ("PERSONS", "PERSONS_KITS", "VISITS", "KITS", "RECORDS", "REFERRALS_OUT"),
            period,
            *(("month", "service_area"), ("agency",)),
        ),
    ]


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10**6), rows=st.integers(0, 200), people=st.integers(1, 40))
def test_every_relation_that_is_used_holds_of_any_people(
    seed: int, rows: int, people: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Linking raises where a true count breaks a relation; and what is inferred holds the truth."""
    path = tmp_path_factory.mktemp("any") / "a.parquet"
    pq.write_table(activity(rows, seed, people), path)
    tables = shown(path, [s for period in (SPRING, HALF) for s in everything(period)])
    linked = link(tables, FRAME, small=OURS.high, differences=True)
    truth = linked.truth
    assert truth is not None
    known = truth >= 0
    assert known[: len(tables[0].table.cells)].all()
    found = propagate(linked.system)
    assert (found.low[known] <= truth[known]).all()
    assert (truth[known] <= found.high[known]).all()


def test_quarters_of_people_bound_their_half_year_and_do_not_add_to_it(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(activity(4000, 2, 500), path)
    specs = [spec(f"p{n}", ("PERSONS",), p, ("sex",)) for n, p in enumerate((SPRING, SUMMER, HALF))]
    tables = shown(path, specs)
    linked = link(tables, FRAME)
    totals = [
        row for row, sex in enumerate(tables[0].table.cells["sex"].to_pylist()) if sex == "total"
    ]
    spring, summer, half = (int(linked.where[n][totals[0]]) for n in range(3))
    found = propagate(linked.system)
    low, high = found.low, found.high
    assert linked.truth is not None
    assert linked.truth[half] < linked.truth[spring] + linked.truth[summer]
    assert low[half] >= max(low[spring], low[summer])
    assert high[half] <= high[spring] + high[summer]
    time = linked.relations.index("time")
    tied = set(linked.system.total[linked.relation == time].tolist()) & set(range(linked.named))
    # Of men or women nothing is concluded: somebody's recorded sex may be another meanwhile.
    assert tied == {half}


def test_one_who_withdrew_is_not_found_by_subtraction(tmp_path: Path) -> None:
    """Counts of 5 and more are printed as they are by this rule: the difference of two is exact."""
    exact = rule("under-5")
    rows = activity(3000, 9, 300)
    pq.write_table(rows, tmp_path / "before.parquet")
    specs = [spec("people", ("PERSONS",), SPRING, ("residence", "sex"))]
    before = shown(tmp_path / "before.parquet", specs, "e1", exact)
    first = defend(before, [], FRAME, small=4)
    assert not len(first.left)
    out = [replace(s, table=t, released=True) for s, t in zip(before, first.tables, strict=True)]
    gone = pc.fill_null(pc.equal(rows["person"], 0), False)
    pq.write_table(rows.filter(pc.invert(gone)), tmp_path / "after.parquet")
    after = shown(tmp_path / "after.parquet", specs, "e2", exact)
    alone = defend(after, [], FRAME, small=4)
    done = defend(after, out, FRAME, small=4)
    assert len(done.exposed)  # the cells that the person was in
    assert not len(np.setdiff1d(done.left, done.already))
    assert done.withheld[0].sum() > alone.withheld[0].sum()
    (both,) = (
        pa.table({"one": out[0].table.cells["printed"], "two": done.tables[0].cells["printed"]}),
    )
    for row in both.to_pylist():
        if row["one"].isdigit() and row["two"].isdigit():
            assert abs(int(row["one"]) - int(row["two"])) not in (1, 2, 3, 4)


def test_things_are_printed_as_they_are_and_never_withheld_for_their_own_sake(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(activity(1500, 4, 400), path)
    specs = [
        spec("k", ("KITS", "NALOXONE"), SPRING, ("service_area",)),
        spec("i", ("ITEMS_OUT",), SPRING, ("item", "service_area")),
        spec("p", ("PERSONS", "PERSONS_KITS"), SPRING, ("residence",), ("sex",)),
    ]
    done = defend(shown(path, specs), [], FRAME, small=4)
    assert not len(done.left)
    items = done.tables[1].cells
    assert set(items["treatment"].to_pylist()) <= {"exact", "zero"}
    # But kits are at least the people who had one, and so may have to go.
    named = {done.linked.name(int(c)) for c in np.flatnonzero(done.looked)}
    assert not any("KITS" in name and "PERSONS" not in name for name in named)


def test_breakdowns_that_share_room_are_never_crossed(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(activity(50, 4), path)
    crossed = [spec("x", ("REFERRALS_OUT",), SPRING, ("agency", "arrived"))]
    with pytest.raises(ValueError, match="agency and arrived are crossed"):
        link(shown(path, crossed), FRAME)
