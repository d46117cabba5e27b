"""Linking tables: against brute force over every table of atoms, and what must never change."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linked_examples import (
    ASSAULT,
    EXACT,
    FORCE,
    MARCH,
    X99,
    cell,
    number,
    shown,
)

from sharewell.catalogue import areas
from sharewell.disclosure import PublishedTable
from sharewell.disclosure.attacker import bounds
from sharewell.disclosure.conditions import Condition, Population
from sharewell.disclosure.coordinates import Shown
from sharewell.disclosure.frame import Frame, catalogue_frame, declared_frame
from sharewell.disclosure.relations import ContradictoryTablesError, Linked, link
from sharewell.disclosure.system import UNBOUNDED, Ints, propagate

AREAS, SEXES = ("A", "B", "C"), ("f", "m")
MADE_OF = {"North": ("A", "B"), "total": AREAS, "A": ("A",), "B": ("B",), "C": ("C",)}
FRAME = declared_frame({"area": ("North", *AREAS), "sex": SEXES}, {"area": {"North": ["A", "B"]}})
ATOMS = list(itertools.product(AREAS, SEXES))


def members(area: str | None, sex: str | None) -> list[int]:
    """The atoms that a cell counts: written apart from the frame that is tested."""
    places = MADE_OF[area or "total"]
    return [n for n, (a, s) in enumerate(ATOMS) if a in places and sex in (None, "total", s)]


def star(count: int) -> tuple[str, str, int, int]:
    """A rule for tiny tables: 1 and 2 are starred, the rest goes to the nearest 3."""
    if count == 0:
        return "0", "zero", 0, 0
    if count <= 2:
        return "*", "starred", 1, 2
    near = 3 * ((count + 1) // 3)
    return str(near), "rounded", max(near - 1, 3), near + 1


def nearest(count: int) -> tuple[str, str, int, int]:
    """Another rule: to the nearest 2, nothing starred."""
    near = 2 * ((count + 1) // 2)
    return str(near), "rounded", max(near - 1, 0), near


RULES = {"star": star, "nearest": nearest}


def printed(truth: Ints, rows: list[tuple[str | None, str | None]], by: str, name: str) -> Shown:
    """A table of the named cells under a rule; None: the crossing does not use the column."""
    counts = [int(truth[members(*row)].sum()) for row in rows]
    shown_as = [RULES[by](count) for count in counts]
    crossing = [
        " x ".join(c for c, v in zip(("area", "sex"), row, strict=True) if v) for row in rows
    ]
    cells = pa.table(
        {
            "crossing": pa.array(crossing, pa.string()),
            "area": pa.array([row[0] for row in rows], pa.string()),
            "sex": pa.array([row[1] for row in rows], pa.string()),
            "measure": pa.array(["N"] * len(rows), pa.string()),
            "printed": pa.array([each[0] for each in shown_as], pa.string()),
            "treatment": pa.array([each[1] for each in shown_as], pa.string()),
            "low": pa.array([each[2] for each in shown_as], pa.int64()),
            "high": pa.array([each[3] for each in shown_as], pa.int64()),
        }
    )
    table = PublishedTable(name, name, (by,), cells)
    return Shown(table, counts=np.array(counts, dtype=np.int64), name=name)


def brute_force(tables: list[Shown]) -> dict[tuple[int, int], tuple[int, int]]:
    """For each (table, row), the least and greatest count over all tables of atoms that print the
    same: every one is tried."""
    most = max(int(high) for t in tables for high in t.table.cells["high"].to_pylist())
    grids = np.meshgrid(*[np.arange(most + 1)] * len(ATOMS), indexing="ij")
    atoms = np.stack([grid.ravel() for grid in grids])
    fits = np.ones(atoms.shape[1], dtype=bool)
    sums = {}
    for t, table in enumerate(tables):
        for r, row in enumerate(table.table.cells.to_pylist()):
            value = atoms[members(row["area"], row["sex"])].sum(axis=0)
            fits &= (value >= row["low"]) & (value <= row["high"])
            sums[t, r] = value
    return {at: (int(v[fits].min()), int(v[fits].max())) for at, v in sums.items()}


FULL = [(a, s) for a in (*AREAS, "North", "total") for s in (*SEXES, "total")]
BY_AREA = [(a, None) for a in (*AREAS, "total")]
BY_SEX = [(None, s) for s in (*SEXES, "total")]
DISTRICTS = [(a, s) for a in AREAS for s in SEXES]
NORTH = [("North", s) for s in SEXES]
TABLES = {"full": FULL, "area": BY_AREA, "sex": BY_SEX, "districts": DISTRICTS, "north": NORTH}

truths = st.lists(st.integers(0, 2), min_size=6, max_size=6).filter(lambda x: sum(x) <= 4)
others = st.lists(
    st.tuples(st.sampled_from(sorted(TABLES)), st.sampled_from(sorted(RULES))),
    max_size=3,
    unique=True,
)


def made(truth: list[int], choices: list[tuple[str, str]]) -> list[Shown]:
    values = np.array(truth, dtype=np.int64)
    return [printed(values, TABLES[name], by, f"{name}-{by}") for name, by in choices]


def protect_all(linked: Linked) -> Linked:
    """Every count protected, so that the attacker is exact for all of them."""
    protected = np.ones(len(linked), dtype=bool)
    return replace(linked, system=replace(linked.system, protected=protected))


@given(truth=truths, more=others)
@settings(max_examples=60)
def test_bounds_are_those_of_every_possible_table(
    truth: list[int], more: list[tuple[str, str]]
) -> None:
    # With the full crossing in one table every other cell decomposes into its cells.
    tables = made(truth, list(dict.fromkeys([("full", "star"), *more])))
    linked = protect_all(link(tables, FRAME))
    known = bounds(linked.system)
    for (t, r), expected in brute_force(tables).items():
        at = linked.where[t][r]
        assert (known.low[at], known.high[at]) == expected, linked.name(at)


@given(truth=truths, choices=others.filter(bool))
@settings(max_examples=60)
def test_bounds_without_the_full_table_exclude_nothing_possible(
    truth: list[int], choices: list[tuple[str, str]]
) -> None:
    tables = made(truth, choices)
    linked = protect_all(link(tables, FRAME))
    known = bounds(linked.system)
    for (t, r), (low, high) in brute_force(tables).items():
        at = linked.where[t][r]
        assert known.low[at] <= low <= high <= known.high[at]


@given(truth=truths, choices=others.filter(bool), more=others)
@settings(max_examples=60)
def test_more_tables_never_widen_and_never_exclude_the_truth(
    truth: list[int], choices: list[tuple[str, str]], more: list[tuple[str, str]]
) -> None:
    tables = made(truth, choices)
    all_tables = made(truth, list(dict.fromkeys([*choices, *more])))
    few, many = link(tables, FRAME), link(all_tables, FRAME)
    less, further = propagate(few.system), propagate(many.system)
    assert many.truth is not None
    assert ((further.low <= many.truth) & (many.truth <= further.high))[many.truth >= 0].all()
    for mine, same in zip(few.where, many.where, strict=False):
        assert (further.low[same] >= less.low[mine]).all()
        assert (further.high[same] <= less.high[mine]).all()


@given(truth=truths, more=others, data=st.data())
@settings(max_examples=40)
def test_the_order_of_rows_tables_and_names_does_not_matter(
    truth: list[int], more: list[tuple[str, str]], data: st.DataObject
) -> None:
    tables = made(truth, list(dict.fromkeys([("full", "star"), *more])))
    known = bounds(link(tables, FRAME).system)
    plain = {
        (table.name, row["area"], row["sex"]): (int(known.low[at]), int(known.high[at]))
        for table, where in zip(tables, link(tables, FRAME).where, strict=True)
        for row, at in zip(table.table.cells.to_pylist(), where, strict=True)
    }
    new = dict(zip(("A", "B", "C", "North"), data.draw(st.permutations("wxyz")), strict=True))
    shuffled = []
    for table in data.draw(st.permutations(tables)):
        order = data.draw(st.permutations(range(table.table.cells.num_rows)))
        cells = table.table.cells.take(pa.array(order))
        areas = [new.get(a, a) for a in cells["area"].to_pylist()]
        cells = cells.set_column(
            cells.column_names.index("area"), "area", pa.array(areas, pa.string())
        )
        shuffled.append(replace(table, table=replace(table.table, cells=cells), counts=None))
    frame = declared_frame(
        {"area": [new[a] for a in ("North", *AREAS)], "sex": SEXES},
        {"area": {new["North"]: [new["A"], new["B"]]}},
    )
    linked = link(shuffled, frame)
    again = bounds(linked.system)
    back = {value: key for key, value in new.items()}
    protected = linked.system.protected
    for table, where in zip(shuffled, linked.where, strict=True):
        for row, at in zip(table.table.cells.to_pylist(), where, strict=True):
            if protected[at]:
                expected = plain[table.name, back.get(row["area"], row["area"]), row["sex"]]
                assert (again.low[at], again.high[at]) == expected


# What a system holds


def test_an_empty_link_is_an_empty_system() -> None:
    assert len(link([], catalogue_frame())) == 0


def test_truth_is_worked_out_where_it_follows() -> None:
    period = (date(2024, 2, 1), date(2024, 3, 31))
    months = shown([cell(3, month="2024-03", police_force=FORCE)], period=period, name="months")
    whole = shown([cell(11, police_force=FORCE)], period=period, name="whole")
    tables = [replace(months, counts=np.array([3])), replace(whole, counts=np.array([11]))]
    linked = link(tables, catalogue_frame())
    assert linked.truth is not None
    assert linked.truth[number(linked, "Northumbria, February 2024")] == 8
    assert not linked.printed[number(linked, "Northumbria, February 2024")]


def withheld(count: int, **options: object) -> Linked:
    made_ = shown([cell(count, month="2024-03", police_force=FORCE)])
    names = made_.table.cells.column_names
    columns = {
        **{name: made_.table.cells[name] for name in names},
        "printed": pa.array(["[c]"]),
        "treatment": pa.array(["withheld"]),
        "low": pa.array([0]),
        "high": pa.array([None], pa.int64()),
    }
    table = replace(made_.table, cells=pa.table(columns))
    return link([replace(made_, table=table, **options)], catalogue_frame())


def test_a_withheld_cell_is_protected_unless_it_is_known_to_be_no_small_number() -> None:
    assert withheld(3).system.protected.all()
    assert withheld(30).system.protected.all()
    assert withheld(3, counts=np.array([3])).system.protected.all()
    assert not withheld(30, counts=np.array([30])).system.protected.any()
    assert withheld(3).system.high[0] == UNBOUNDED


@pytest.mark.parametrize(
    ("part", "whole", "inside"),
    [
        (X99, ASSAULT, True),
        (ASSAULT, X99, False),
        (Population("primary", frozenset({"T401"})), Population("any", frozenset({"T40"})), True),
        (Population("any", frozenset({"T401"})), Population("primary", frozenset({"T40"})), False),
        (X99, Population("any", frozenset({"X99"})), False),
    ],
)
def test_which_population_lies_in_which(part: Population, whole: Population, inside: bool) -> None:
    def condition(p: Population) -> Condition:
        return Condition("", ((p.position, tuple(sorted(p.codes))),))

    assert condition(part).inside(condition(whole)) is inside


# What cannot be linked, and says so


def bad(match: str, *tables: Shown, frame: Frame | None = None) -> None:
    with pytest.raises(ValueError, match=match):
        link(tables, frame or catalogue_frame())


def one(**places: str) -> dict:
    return cell(30, **{"month": "2024-03", "police_force": FORCE, **places})


def test_what_cannot_be_read_is_named() -> None:
    bad(
        r"column 'police_force': 'E23999999' is no category", shown([one(police_force="E23999999")])
    )
    bad(r"'2024-13' is neither a month", shown([one(month="2024-13")], period=None))
    bad(r"2024-04 lies outside 2024-03-01", shown([one(month="2024-04")], period=MARCH))
    bad(r"nothing is said of hes_apc 2023", shown([one()], edition={("hes_apc", 2022): "a"}))
    scotland = shown([one(police_force="S99999999")], source="hes_apc+pedw")
    bad(r"neither England nor Wales", scotland)
    bad(r"no dimension of the frame holds the column 'month'", shown([one()]), frame=FRAME)


def test_a_cell_that_stands_twice_is_named() -> None:
    made_ = shown([one()])
    twice = pa.concat_tables([made_.table.cells, made_.table.cells])
    table = replace(made_, table=replace(made_.table, cells=twice))
    bad(r"month 2024-03, police_force E23000007, FAE\) stands twice", table)


def test_releases_that_contradict_each_other_are_named() -> None:
    first = shown([one()], by=EXACT, name="January")
    second = shown([cell(40, month="2024-03", police_force=FORCE)], by=EXACT, name="February")
    bad(r"Northumbria, March 2024: 'February' prints 40 .* but 'January' prints 30", first, second)


def test_true_counts_that_differ_or_do_not_add_are_named() -> None:
    first = replace(shown([one()]), counts=np.array([30]))
    second = replace(shown([one()], name="again"), counts=np.array([31]))
    bad(r"true count in 'again' differs", first, second)
    bad(r"1 rows and 2 true counts", replace(first, counts=np.array([30, 1])))
    bad(r"does not allow the true count", replace(first, counts=np.array([40])))
    ages = [one(age_under_25=age) for age in ("total", "0-24", "25+", "unknown")]
    wrong = replace(shown(ages, by=EXACT), counts=np.array([30, 10, 10, 5]))
    with pytest.raises(ContradictoryTablesError, match=r"is not the sum of its parts"):
        link([wrong], catalogue_frame())


@pytest.mark.parametrize(
    ("columns", "hierarchies", "match"),
    [
        ({"area": ["A", "B"]}, {"area": {"North": ["A", "B"]}}, "no cell has the category 'North'"),
        ({"area": ["N", "A"]}, {"area": {"N": ["A", "B"]}}, "no cell has the category 'B'"),
        ({"area": ["N", "A"]}, {"region": {"N": ["A"]}}, "no column is called so"),
        ({"area": ["N", "S", "A"]}, {"area": {"N": ["A"], "S": ["A"]}}, "Give it one parent"),
        ({"area": ["N", "A"]}, {"area": {"N": ["A"], "A": ["N"]}}, "a part of itself"),
    ],
)
def test_a_hierarchy_that_cannot_be_is_named(columns, hierarchies, match) -> None:
    with pytest.raises(ValueError, match=match):
        declared_frame(columns, hierarchies)


def test_the_catalogue_frame_adds_up() -> None:
    """Both sides of a sum of areas hold the same districts, of ages the same years."""
    leaves = {}
    for code in (*areas.valid_in(areas.TODAY), *areas.PSEUDO_CODES, "unknown"):
        for level in (code, areas.police_force_of(code), areas.region_of(code), "total"):
            leaves.setdefault(level, set()).add(code)
        leaves.setdefault(
            {"E": "E92000001", "W": "W92000004"}.get(areas.nation_of(code), "-"), set()
        ).add(code)
    for each in catalogue_frame().dimensions[0].sums:
        parts = [leaves[part] for part in each.parts]
        assert sum(map(len, parts)) == len(leaves[each.whole]), each.whole
        assert set().union(*parts) == leaves[each.whole]
    for each in catalogue_frame().dimensions[1].sums:
        years = [_years(part) for part in each.parts]
        assert sorted(itertools.chain.from_iterable(years)) == sorted(_years(each.whole))


def _years(label: str) -> list[int]:
    if label == "total":
        return list(range(-1, 131))
    if label == "unknown":
        return [-1]
    low, _, high = label.removesuffix("+").partition("-")
    return list(range(int(low), int(high or 130) + 1))
