"""Protecting a table: against an oracle of one cell at a time, written from the rule's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sharewell.disclosure import (
    WELSH_AREAS,
    ExtraRule,
    PublishedTable,
    Rule,
    protect,
    rule,
    rule_by_parameters,
)

HES = rule("hes-2018")
Make = Callable[..., pa.Table]

NOT_ALL_AGES = ExtraRule(
    id="national-not-all-ages",
    words="Additional risks of identification are mitigated by also suppressing the national "
    "figures where 'all ages' are not used, as this would risk revealing the Wales low volume "
    "figures.",  # DARS-NIC-612092-Q0Y6F
    geography=("K04000001", "total"),
    split_by=("age_band",),
)

FORCES = ("total", "E23000001", "E23000034", "W15000003", "K04000001", "E92000001", "W92000004")
AGES = ("total", "0-17", "18+")
KINDS = {
    "financial_year": "time",
    "month": "time",
    "police_force": "geography",
    "age_band": "person",
}


def run(cells: pa.Table, **changes: Any) -> PublishedTable:
    options: dict[str, Any] = {
        "id": "t",
        "title": "A table",
        "breakdown_kinds": KINDS,
        "rule": HES,
    }
    return protect(cells, **(options | changes))


def one(count: int, force: str = "E23000001", **changes: Any) -> dict[str, Any]:
    """The published cell of a table with one cell."""
    cells = pa.table(
        {
            "crossing": ["month x police_force"],
            "month": ["2019-04"],
            "police_force": [force],
            "measure": ["FAE"],
            "count": [count],
        }
    )
    return dict(run(cells, **changes).cells.to_pylist()[0])


@pytest.mark.parametrize(
    ("count", "printed", "treatment", "low", "high"),
    [
        (0, "0", "zero", 0, 0),
        (1, "*", "starred", 1, 7),
        (7, "*", "starred", 1, 7),
        (8, "10", "rounded", 8, 12),
        (12, "10", "rounded", 8, 12),
        (13, "15", "rounded", 13, 17),
        (17, "15", "rounded", 13, 17),
        (18, "20", "rounded", 18, 22),
        (3_997, "3995", "rounded", 3_993, 3_997),
        (3_998, "4000", "rounded", 3_998, 4_002),
        (4_000, "4000", "rounded", 3_998, 4_002),
    ],
)
def test_the_hes_rule_below_national_level(
    count: int, printed: str, treatment: str, low: int, high: int
) -> None:
    cell = one(count)
    assert (cell["printed"], cell["treatment"]) == (printed, treatment)
    assert (cell["low"], cell["high"]) == (low, high)


@pytest.mark.parametrize("area", ["total", "E92000001", "K04000001"])
@pytest.mark.parametrize("count", [0, 3, 4_647])
def test_national_figures_are_printed_as_they_are(area: str, count: int) -> None:
    cell = one(count, area)
    assert cell["printed"] == str(count)
    assert (cell["low"], cell["high"]) == (count, count)
    assert cell["treatment"] == ("exact" if count else "zero")


def test_wales_is_treated_even_as_a_nation_unless_a_rule_says_otherwise() -> None:
    assert one(4, "W92000004")["printed"] == "*"
    assert one(4, "W92000004", overrides={})["printed"] == "*", "England's exemption is not Wales'"
    welsh_nation = Rule("w", "W", 1, 7, 5, True, "test", national_areas=("W92000004",))
    assert one(4, "W92000004", overrides={"W*": welsh_nation})["printed"] == "4"
    assert one(4, "W15000003", overrides={"W*": welsh_nation})["printed"] == "*"


def test_the_longest_key_of_the_overrides_counts() -> None:
    under_5 = rule_by_parameters(high=4)
    overrides = {"W15000003": under_5, **WELSH_AREAS}
    assert one(6, "W15000003", overrides=overrides)["printed"] == "6"
    assert one(6, "W15000002", overrides=overrides)["printed"] == "*"
    assert one(6, "E23000001", overrides=overrides)["printed"] == "*"


def test_counts_of_things_that_are_not_people_are_exempt() -> None:
    assert one(3, exempt_measures={"FAE"})["printed"] == "3"
    assert one(3, exempt_measures={"PROVIDERS"})["printed"] == "*"


def test_a_rule_may_hide_zeros_or_only_round() -> None:
    hides = rule_by_parameters(high=7, base=5, zero_shown=False)
    assert one(0, rule=hides) | {} == one(5, rule=hides)
    assert one(0, rule=hides)["low"] == 0
    rounds = rule_by_parameters(high=0, base=5)  # as NDTMS ViewIt does
    assert one(2, rule=rounds) == one(0, rule=rounds)
    assert (one(2, rule=rounds)["printed"], one(2, rule=rounds)["high"]) == ("0", 2)
    tens = rule_by_parameters(high=9, base=10)
    assert [one(n, rule=tens)["printed"] for n in (9, 10, 14, 15)] == ["*", "10", "10", "20"]


def test_england_and_wales_by_age_is_withheld_and_for_all_ages_is_not(table: Make) -> None:
    cells = table(
        [
            {"crossing": "police_force x age_band", "measure": "FAE", "count": 50 + place} | cell
            for place, cell in enumerate(
                [
                    {"police_force": "K04000001", "age_band": "0-17"},
                    {"police_force": "K04000001", "age_band": "total"},
                    {"police_force": "total", "age_band": "0-17"},
                    {"police_force": "total", "age_band": "total"},
                    {"police_force": "E23000001", "age_band": "0-17"},
                    {"crossing": "age_band", "age_band": "0-17"},
                    {"crossing": "month", "month": "2019-04"},
                ]
            )
        ]
    ).drop_columns(["region", "sex", "cause"])
    published = run(cells, extra=[NOT_ALL_AGES])
    printed = {
        (cell["police_force"], cell["age_band"]): cell["printed"]
        for cell in published.cells.to_pylist()
    }
    assert printed == {
        ("K04000001", "0-17"): "[c]",
        ("K04000001", "total"): "51",
        ("total", "0-17"): "[c]",
        ("total", "total"): "53",
        ("E23000001", "0-17"): "55",
        (None, "0-17"): "[c]",
        (None, None): "56",
    }
    withheld = [c for c in published.cells.to_pylist() if c["treatment"] == "withheld"]
    assert {(cell["low"], cell["high"]) for cell in withheld} == {(0, None)}
    assert published.rules == ("hes-2018", "national-not-all-ages")


def test_an_extra_rule_may_speak_of_a_kind_of_breakdown() -> None:
    by_person = ExtraRule("x", "words", ("E23000001",), ("person",))
    cells = pa.table(
        {
            "crossing": ["police_force x age_band"] * 2,
            "police_force": ["E23000001"] * 2,
            "age_band": ["total", "0-17"],
            "measure": ["FAE"] * 2,
            "count": [20, 20],
        }
    )
    assert run(cells, extra=[by_person]).cells["printed"].to_pylist() == ["20", "[c]"]


# --- against the oracle ---------------------------------------------------------------------


@st.composite
def counted(draw: st.DrawFn) -> pa.Table:
    """A table of unique cells over four breakdowns, in any order, with small and large counts."""
    places = st.tuples(
        st.sampled_from(["month x police_force", "month x police_force x age_band", "age_band"]),
        st.sampled_from(["total", "2019-04", "2019-05"]),
        st.sampled_from(FORCES),
        st.sampled_from(AGES),
        st.sampled_from(["FAE", "FCE"]),
    )
    chosen = draw(st.lists(places, unique=True, max_size=40))
    rows: dict[tuple[object, ...], dict[str, object]] = {}
    for crossing, month, force, age, measure in chosen:
        row: dict[str, object] = {
            "crossing": crossing,
            "financial_year": "2019" if "month" in crossing else None,
            "month": month if "month" in crossing else None,
            "police_force": force if "police_force" in crossing else None,
            "age_band": age if "age_band" in crossing else None,
            "measure": measure,
        }
        rows[tuple(row.values())] = row
    names = ["crossing", *KINDS, "measure"]
    columns: dict[str, pa.Array] = {
        name: pa.array([row[name] for row in rows.values()], pa.string()) for name in names
    }
    counts = st.one_of(st.integers(0, 25), st.integers(0, 10**7))
    columns["count"] = pa.array([draw(counts) for _ in rows], pa.int64())
    return pa.table(columns)


def oracle(cell: dict[str, Any]) -> tuple[str, str, int, int | None]:
    """The rule's words, one cell at a time.

    HES rule since September 2018 (../shared/facts/hes.md 1.5): national figures as they are;
    below national 0 stays 0, 1 to 7 becomes *, 8 and over goes to the nearest 5. Welsh areas the
    same but never national. The agreement's extra rule withholds the nation by age.
    """
    force, age, count = cell["police_force"], cell["age_band"], cell["count"]
    if age in ("0-17", "18+") and force in (None, "total", "K04000001"):
        return "[c]", "withheld", 0, None
    if count == 0:
        return "0", "zero", 0, 0
    if force in (None, "total", "E92000001", "K04000001"):
        return str(count), "exact", count, count
    if count <= 7:
        return "*", "starred", 1, 7
    nearest = min(
        (p for p in range(count - 5, count + 6) if p % 5 == 0), key=lambda p: abs(p - count)
    )
    fitting = [n for n in range(nearest - 4, nearest + 5) if n >= 8 and abs(n - nearest) <= 2]
    return str(nearest), "rounded", fitting[0], fitting[-1]


def key(cell: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(cell[name] for name in ("crossing", *KINDS, "measure"))


@given(counted())
def test_every_cell_is_as_the_oracle_says(cells: pa.Table) -> None:
    published = run(cells, extra=[NOT_ALL_AGES])
    got = {
        key(c): (c["printed"], c["treatment"], c["low"], c["high"])
        for c in published.cells.to_pylist()
    }
    assert got == {key(cell): oracle(cell) for cell in cells.to_pylist()}


@given(counted(), st.integers(2, 12), st.integers(1, 12), st.booleans(), st.booleans())
def test_the_truth_is_always_within_what_a_reader_knows(
    cells: pa.Table, high: int, base: int, zero_shown: bool, exempt: bool
) -> None:
    high = max(high, base)
    mine = rule_by_parameters(high=high, base=base, zero_shown=zero_shown, national_exempt=exempt)
    truth = {key(cell): cell["count"] for cell in cells.to_pylist()}
    for cell in run(cells, rule=mine, extra=[NOT_ALL_AGES]).cells.to_pylist():
        assert cell["low"] <= truth[key(cell)]
        assert cell["high"] is None or truth[key(cell)] <= cell["high"]


@given(counted(), st.randoms(use_true_random=False))
def test_the_order_of_the_cells_does_not_matter(cells: pa.Table, random: Any) -> None:
    order = list(range(len(cells)))
    random.shuffle(order)
    assert run(cells).cells.equals(run(cells.take(pa.array(order, pa.int64()))).cells)


def as_bytes(published: PublishedTable) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, published.cells.schema) as writer:
        writer.write_table(published.cells)
    return bytes(sink.getvalue().to_pybytes()) + repr(published.rules).encode()


@settings(max_examples=60)
@given(counted(), st.data())
def test_tables_that_print_the_same_are_the_same_to_the_byte(
    cells: pa.Table, data: st.DataObject
) -> None:
    """Nothing but the printed value remains of a count: not the order, nor a buffer."""
    options = {"extra": [NOT_ALL_AGES], "overrides": WELSH_AREAS}
    first = run(cells, **options)
    known = {key(c): (c["low"], c["high"]) for c in first.cells.to_pylist()}
    other = []
    for cell in cells.to_pylist():
        low, high = known[key(cell)]
        other.append(data.draw(st.integers(low, 10**6 if high is None else high)))
    order = data.draw(st.permutations(range(len(cells))))
    others = cells.set_column(
        cells.column_names.index("count"), "count", pa.array(other, pa.int64())
    )
    second = run(others.take(pa.array(order, pa.int64())), **options)
    assert as_bytes(first) == as_bytes(second)


def test_no_column_holds_the_count(table: Make, kinds: dict[str, str]) -> None:
    cells = table([{"crossing": "cause", "cause": "X99", "measure": "FAE", "count": 3}])
    published = run(cells, breakdown_kinds=kinds)
    assert published.cells.column_names == [
        *(name for name in cells.column_names if name != "count"),
        "printed",
        "treatment",
        "low",
        "high",
    ]
    assert published.cells["low"].type == published.cells["high"].type == pa.int64()
    assert published.cells.schema.metadata is None


def test_an_empty_table_stays_empty(table: Make, kinds: dict[str, str]) -> None:
    assert len(run(table([]), breakdown_kinds=kinds).cells) == 0


# --- what is refused ------------------------------------------------------------------------

GOOD: dict[str, object] = {
    "crossing": "month x police_force",
    "month": "2019-04",
    "police_force": "E23000001",
    "measure": "FAE",
    "count": 4,
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"count": -1}, r"Table 't': .*month 2019-04, police_force E23000001, FAE\) .* negative"),
        ({"count": None}, "has no count"),
        ({"count": 2**60}, "too large"),
        ({"crossing": None}, "has no crossing"),
        ({"measure": None}, "has no measure"),
        ({"police_force": None}, "leaves 'police_force' empty"),
        ({"age_band": "0-17"}, "is split by 'age_band', which its crossing does not use"),
        ({"crossing": "month x police_force x ward"}, "uses 'ward', but no column"),
    ],
)
def test_a_cell_that_is_wrong_is_named(
    table: Make, kinds: dict[str, str], change: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message) as error:
        run(table([GOOD | change]), breakdown_kinds=kinds)
    assert " 4" not in str(error.value), "an error must not tell the count"


def test_a_cell_given_twice_is_named(table: Make, kinds: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="stands twice"):
        run(table([GOOD, GOOD | {"month": "2019-05"}, GOOD | {"count": 9}]), breakdown_kinds=kinds)


def test_fractions_are_refused_and_whole_floats_are_not() -> None:
    cells = pa.table({"crossing": [""], "measure": ["FAE"], "count": [2.5]})
    with pytest.raises(ValueError, match="fractional count"):
        run(cells)
    with pytest.raises(ValueError, match="has no count"):
        run(cells.set_column(2, "count", pa.array([float("nan")])))
    with pytest.raises(ValueError, match="Give whole numbers"):
        run(cells.set_column(2, "count", pa.array(["3"])))
    whole = run(cells.set_column(2, "count", pa.array([3.0])))
    assert whole.cells["printed"].to_pylist() == ["3"]


def test_columns_missing_and_unknown_are_named(table: Make, kinds: dict[str, str]) -> None:
    cells = table([GOOD])
    with pytest.raises(ValueError, match="column 'count' is missing"):
        run(cells.drop_columns("count"), breakdown_kinds=kinds)
    with pytest.raises(ValueError, match="'sex' is no breakdown that I know the kind of"):
        run(cells, breakdown_kinds={n: k for n, k in kinds.items() if n != "sex"})
    with pytest.raises(ValueError, match="has kind 'age'"):
        run(cells, breakdown_kinds=kinds | {"age_band": "age"})
    with pytest.raises(ValueError, match="column 'sex' holds int64"):
        run(cells.set_column(6, "sex", pa.array([1])), breakdown_kinds=kinds)
