"""Repair of table files: ranges, merged categories, weights, and what would have to go."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from types import FunctionType

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sharewell.disclosure
from sharewell.disclosure import (
    RULES,
    TableFile,
    TableFileError,
    add_margins,
    attack,
    check_proof,
    component,
    make_table,
    protect_file,
    read_table_file,
    rule_by_parameters,
    write_proof,
    write_table_file,
)
from sharewell.disclosure.coarsening import Merge, merge, merges, proposals
from sharewell.disclosure.costs import loss, worth
from sharewell.disclosure.protect import STARRED, WITHHELD
from sharewell.disclosure.tablefile import TO, print_table, shown
from sharewell.disclosure.widening import FACTORS

HES = RULES["hes-2018"]


def counted(counts: list[int], areas: int = 2) -> TableFile:
    """Counts by area and four ages, with margins."""
    ages = ["0-17", "18-24", "25-34", "35+"]
    rows = [(f"A{a}", age) for a in range(areas) for age in ages]
    data = {"area": [a for a, _ in rows], "age": [b for _, b in rows], "count": counts}
    return add_margins(make_table(pa.table(data), name="t.csv"), ["area", "age"])


small_counts = st.lists(st.integers(0, 14), min_size=8, max_size=8)


def test_all_that_is_exported_is_there_and_is_described() -> None:
    for name in sharewell.disclosure.__all__:
        found = getattr(sharewell.disclosure, name)
        assert found.__doc__ or not isinstance(found, type | FunctionType)
    assert sharewell.disclosure.rules.RULES is RULES


def test_tables_of_several_libraries_are_taken() -> None:
    data = {"age": ["x", "y", "all"], "count": [3, 12, 15]}
    pandas = pytest.importorskip("pandas")
    made = [make_table(each, totals={"age": "all"}) for each in
            (pa.table(data), pl.DataFrame(data), pandas.DataFrame(data))]  # fmt: skip
    assert made[0].cells.equals(made[1].cells)
    assert made[0].cells.equals(made[2].cells)


# Ranges


@pytest.mark.parametrize("rule", list(RULES.values()), ids=list(RULES))
@given(count=st.integers(0, 10_000), factor=st.sampled_from(FACTORS))
def test_a_wider_base_holds_all_that_the_rule_s_own_base_allows(
    rule, count: int, factor: int
) -> None:
    """That is why what fits the first print fits the range as well."""
    if count < max(rule.first_rounded, 1):
        return
    table = make_table(pa.table({"age": ["x"], "count": [count]}))
    first = shown(print_table(table, rule, np.array([count])))
    base = np.array([rule.base * factor])
    wide = shown(print_table(table, rule, np.array([count]), np.array([True]), base))
    assert wide.low[0] <= first.low[0] <= count <= first.high[0] <= wide.high[0]
    assert wide.low[0] >= rule.first_rounded
    assert not wide.protected[0]


@settings(max_examples=25)
@given(counts=small_counts)
def test_ranges_say_more_and_are_as_safe(
    tmp_path_factory: pytest.TempPathFactory, counts: list[int]
) -> None:
    table = counted(counts)
    with_ranges, without = protect_file(table, HES), protect_file(table, HES, widen=False)
    assert with_ranges.safe
    assert without.safe
    assert not any(TO in text for text in without.table.printed)
    assert with_ranges.options[0].loss <= without.options[0].loss
    says, truth = shown(with_ranges.table), shown(table).low
    assert (says.low <= truth).all()
    assert (truth <= says.high).all()
    # What is printed is what the rule prints, but for what repair names.
    same = ~with_ranges.withheld
    assert [p for p, s in zip(with_ranges.table.printed, same, strict=True) if s] == [
        p for p, s in zip(with_ranges.first.printed, same, strict=True) if s
    ]
    path, _ = write_table_file(with_ranges.table, tmp_path_factory.mktemp("range") / "t.csv")
    assert read_table_file(path).printed == with_ranges.table.printed
    assert check_proof([path], write_proof(with_ranges.proof)).problems == ()


@pytest.mark.parametrize(
    ("printed", "words"),
    [
        ("3 to 12", "below 8"),
        ("22 to 8", "which is no count"),
        ("8 to", "which is no count"),
        ("-1 to 8", "which is no count"),
    ],
)
def test_a_range_that_cannot_be_is_refused(printed: str, words: str) -> None:
    table = make_table(pa.table({"age": ["x"], "count": [printed]}), rule=HES)
    with pytest.raises(TableFileError, match=words):
        shown(table)
    with pytest.raises(TableFileError, match="no rule is named"):
        shown(make_table(pa.table({"age": ["x"], "count": ["8 to 22"]})))


def test_a_table_published_again_says_no_more_than_before() -> None:
    """The range that is out stays, though the rule alone would print 15."""
    table = add_margins(
        read_table_file(Path(__file__).parents[2] / "examples" / "disclosure" / "counts.csv"),
        ["police_force", "age_band", "sex"],
    )
    first = protect_file(table, HES)
    again = protect_file(table, HES, known=[first.table])
    assert again.safe
    assert attack([first.table, again.table]).exact == 0


# Costs


def test_what_a_cell_says() -> None:
    table = make_table(
        pa.table({"age": list("abcdef"), "count": ["0", "10", "100", "*", "8 to 22", "[c]"]}),
        rule=HES,
    )
    assert worth(table, {}).round(2).tolist() == [1.0, 0.8, 0.98, 0.25, 0.53, 0.0]
    assert worth(table, {("age", "b"): 10.0})[1] == pytest.approx(8.0)


def test_a_merged_cell_makes_up_for_its_parts_as_far_as_it_says_as_much() -> None:
    parts = {"age": {"all": ["a", "b", "c"]}}
    printed = {"age": ["all", "a", "b", "c"], "count": ["25", "*", "*", "10"]}
    fine = make_table(pa.table(printed), totals={"age": "all"}, parts=parts, rule=HES)
    coarse = {"age": ["all", "a or b", "c"], "count": ["25", "10", "10"]}
    other = make_table(
        pa.table(coarse), totals={"age": "all"}, parts={"age": {"all": ["a or b", "c"]}}, rule=HES
    )
    assert loss(fine, other, {}, {"age=a": "a or b", "age=b": "a or b"}) == 0
    # c is gone altogether, and all that it said.
    assert loss(fine, other, {}, {"age=c": "nowhere"}) == pytest.approx(0.25 + 0.25 + 0.8)


def test_a_weight_that_nothing_has_is_refused() -> None:
    table = counted([1] * 8)
    for weights in ({("age", "99"): 2.0}, {("month", "x"): 2.0}, {("age", "35+"): 0.0}):
        with pytest.raises(TableFileError, match="cannot be used"):
            protect_file(table, HES, weights=weights)


# Merged categories


def test_neighbouring_ages_are_proposed_and_named() -> None:
    table = counted([1] * 8)
    assert [each.words for each in merges(table, {"age": []})] == [
        "age: 0-17 and 18-24 as 0-24",
        "age: 18-24 and 25-34 as 18-34",
        "age: 25-34 and 35+ as 25+",
    ]


def test_parts_of_a_hierarchy_become_their_total() -> None:
    parts = {"area": {"All": ["N", "S"], "N": ["a", "b"], "S": ["c", "d"]}}
    rows = {"area": ["All", "N", "S", "a", "b", "c", "d"], "count": [10, 3, 7, 1, 2, 3, 4]}
    table = make_table(pa.table(rows), totals={"area": "All"}, parts=parts, name="t.csv")
    assert proposals(table.columns[0]) == [("a", "b"), ("c", "d")]
    (how,) = merges(table, {"area": [["a", "b"]]})
    assert how == Merge("area", ("a", "b"), "N")
    assert merge(table, how).cells["area"].to_pylist() == ["All", "N", "S", "c", "d"]
    with pytest.raises(TableFileError, match="holds some of them"):
        merges(table, {"area": [["a", "c"]]})


@given(counts=small_counts, which=st.integers(0, 2))
def test_a_merged_table_is_that_of_the_merged_records(counts: list[int], which: int) -> None:
    table = counted(counts)
    how = merges(table, {"age": []})[which]
    merged = merge(table, how)
    cells = dict(zip(zip(*(merged.cells[n].to_pylist() for n in ("area", "age")), strict=True),
                     shown(merged).low.tolist(), strict=True))  # fmt: skip
    ages = [how.into if a in how.values else a for a in ("0-17", "18-24", "25-34", "35+")]
    expected: dict[tuple[str, str], int] = {}
    for (area, age), count in zip(product(("A0", "A1"), ages), counts, strict=True):
        for key in product((area, "total"), (age, "total")):
            expected[key] = expected.get(key, 0) + count
    assert cells == expected


def test_the_merge_that_loses_least_is_chosen() -> None:
    """Two ages of few people print a number together, and no total has to go."""
    table = counted([1, 9, 1, 1, 9, 9, 2, 0])
    plain = protect_file(table, HES)
    assert (plain.options[0].withheld, plain.chosen) == (1, 0)
    found = protect_file(table, HES, coarsen={"age": []})
    assert [o.merge for o in found.options] == [
        "", "age: 0-17 and 18-24 as 0-24", "age: 18-24 and 25-34 as 18-34",
        "age: 25-34 and 35+ as 25+",
    ]  # fmt: skip
    assert all(option.safe for option in found.options)
    assert found.options[found.chosen].loss == min(o.loss for o in found.options)
    assert found.options[found.chosen].merge.endswith("18-34")
    assert found.options[found.chosen].withheld == 0
    assert "18-34" in found.table.cells["age"].to_pylist()


def test_nothing_is_merged_where_nothing_leaks() -> None:
    found = protect_file(counted([9, 4, 5, 9, 11, 5, 4, 14]), HES, coarsen={"age": []})
    assert [(o.merge, o.loss) for o in found.options] == [("", 0.0)]


def test_earlier_releases_speak_of_the_parts_of_a_merged_category() -> None:
    """A merged category is still the sum of the two that are out."""
    table = counted([1, 8, 1, 1, 3, 14, 9, 2])
    earlier = protect_file(table, HES).table
    (how,) = merges(table, {"age": [["18-24", "25-34"]]})
    found = protect_file(merge(table, how), HES, known=[earlier])
    assert found.safe
    assert not attack([found.table, earlier]).narrow.any()


@pytest.mark.parametrize(
    ("coarsen", "words"),
    [
        ({"month": []}, "'month' cannot be coarsened"),
        ({"age": [["0-17", "99"]]}, "'99' cannot be merged"),
        ({"age": [["0-17"]]}, "at least two"),
        ({"age": [["0-17", "total"]]}, "no totals"),
    ],
)
def test_a_merge_that_cannot_be_is_refused(coarsen: dict[str, list[list[str]]], words: str) -> None:
    with pytest.raises(TableFileError, match=words):
        protect_file(counted([1] * 8), HES, coarsen=coarsen)


# Categories that do not add up


def people(printed: list[str], national: bool = False) -> TableFile:
    """People in all areas and in each of two; some were in both."""
    return make_table(
        pa.table({"area": ["all", "a", "b"], "count": printed}),
        name="people.csv",
        totals={"area": "all"},
        overlapping=["area"],
        rule=HES,
        national={"area": ["all"]} if national else False,
    )


def test_people_in_several_areas_do_not_add_up() -> None:
    """5 and 6 people, 8 of them different: no contradiction, and each at most all."""
    assert not attack(people(["10", "*", "*"])).narrow.any()
    found = attack(people(["14", "*", "*"], national=True))
    assert [(f["cell"]["area"], f["low"], f["high"]) for f in found.as_dict()["findings"]] == [
        ("a", 7, 7), ("b", 7, 7),
    ]  # fmt: skip
    with pytest.raises(TableFileError, match="would have to be"):
        attack(people(["15", "*", "*"], national=True))
    with pytest.raises(TableFileError, match="would have to be"):
        attack(people(["10", "15", "*"]))


@settings(max_examples=25)
@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
def test_overlapping_counts_are_bounded_as_by_enumeration(one: int, two: int, both: int) -> None:
    """An oracle: all ways in which people can be in one area, the other or both."""
    rule = rule_by_parameters(high=3, base=4)
    truth = [one + two + both, one + both, two + both]
    data = {"area": ["all", "a", "b"], "count": truth}
    table = print_table(
        make_table(pa.table(data), totals={"area": "all"}, overlapping=["area"]),
        rule,
        np.array(truth),
    )
    says = shown(table)
    found = attack(table)
    possible = [
        (x + y + z, x + z, y + z)
        for x, y, z in product(range(29), repeat=3)
        if all(
            low <= value <= high
            for low, value, high in zip(says.low, (x + y + z, x + z, y + z), says.high, strict=True)
        )
    ]
    rows = found.linked.rows[0]
    for at, row in enumerate(rows):
        if found.counted[row]:
            values = [each[at] for each in possible]
            assert (found.bounds.low[row], found.bounds.high[row]) == (min(values), max(values))


def test_overlapping_counts_are_protected_and_proved(tmp_path: Path) -> None:
    table = make_table(
        pa.table({"area": ["all", "a", "b"], "count": [14, 7, 7]}),
        name="people.csv",
        totals={"area": "all"},
        overlapping=["area"],
        national={"area": ["all"]},
    )
    done = protect_file(table, HES)
    assert done.before.exact == 2
    assert done.safe
    path, beside = write_table_file(done.table, tmp_path / "people.csv")
    assert "adds: 'no'" in beside.read_text("utf-8")
    assert check_proof([path], write_proof(done.proof)).problems == ()
    assert read_table_file(path).columns == done.table.columns
    with pytest.raises(TableFileError, match="do not add up"):
        add_margins(table, ["area"])


# What is out already


def test_the_smallest_set_to_withdraw_is_enough_and_needed() -> None:
    ages = ["total", "a", "b", "c", "d"]
    known = [
        make_table(
            pa.table({"area": [area] * 5, "age": ages, "count": ["10", "10", "*", "*", "*"]}),
            name=f"{area}.csv",
            totals={"age": "total"},
            rule=rule_by_parameters(high=7, base=5),
        )
        for area in ("N", "S")
    ]
    data = {"area": ["N", "S"], "age": ["b", "b"], "count": [1, 1]}
    table = make_table(pa.table(data), name="new.csv")
    found = protect_file(table, HES, known=known)
    assert not found.safe
    withdrawn = found.to_withdraw()
    assert sorted(each.tables for each in withdrawn) == [("N.csv",), ("S.csv",)]
    assert STARRED not in [each.printed for each in withdrawn]
    taken = {(each.tables[0], each.cell["age"]) for each in withdrawn}
    after = []
    for file in known:
        printed = [
            WITHHELD if (file.name, age) in taken else text
            for age, text in zip(ages, file.printed, strict=True)
        ]
        after.append(
            make_table(
                pa.table({"area": [file.name[0]] * 5, "age": ages, "count": printed}),
                name=file.name,
                totals={"age": "total"},
                rule=file.rule,
            )
        )
    assert not attack(after).narrow.any()


# Large tables, here small ones that are taken for large


@pytest.fixture
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(component, "LARGE", 6)
    monkeypatch.setattr(component, "PIECE", 5)
    monkeypatch.setattr(component, "_AROUND", 6)


def drawn(seed: int) -> TableFile:
    """Counts by three areas and four ages, with margins."""
    chance = np.random.default_rng([seed, 11])
    return counted(chance.poisson(chance.choice([2.0, 5.0]), 12).tolist(), areas=3)


@pytest.mark.usefixtures("everything_is_large")
@pytest.mark.parametrize("seed", range(6))
def test_a_large_table_is_safe_after_repair_and_proved(seed: int, tmp_path: Path) -> None:
    done = protect_file(drawn(seed), HES)
    assert done.safe
    assert done.after.min_width is None or done.after.min_width >= 3
    write_table_file(done.table, tmp_path / "t.csv")
    assert check_proof([tmp_path / "t.csv"], write_proof(done.proof)).problems == ()


@pytest.mark.parametrize("seed", range(8))
def test_in_haste_nothing_is_called_safe_that_is_not(
    seed: int, request: pytest.FixtureRequest
) -> None:
    table = drawn(seed)
    printed = print_table(table, HES, shown(table).low)
    exact = attack(printed)
    assert not exact.undecided.any()
    request.getfixturevalue("everything_is_large")
    for care in ("quick", "fair", "full"):
        found = attack(printed, care=care)  # type: ignore[arg-type]
        assert not (exact.narrow & ~found.open_).any()
        assert not (found.narrow & ~exact.narrow).any()
    assert not found.undecided.any()
    np.testing.assert_array_equal(found.narrow, exact.narrow)
    at = exact.narrow
    np.testing.assert_array_equal(found.bounds.low[at], exact.bounds.low[at])
    np.testing.assert_array_equal(found.bounds.high[at], exact.bounds.high[at])
