"""Checking a printed table against its rule, whoever printed it."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharewell.disclosure import ExtraRule, PublishedTable, check, protect, rule, rule_by_parameters

HES = rule("hes-2018")
KINDS = {"police_force": "geography", "age_band": "person"}
AREAS = ["total", "E23000001", "E23000002", "W15000001"]


def printed(values: list[str | None], areas: list[str] | None = None) -> PublishedTable:
    """A table from elsewhere: printed values only, one for each area."""
    names = areas or [f"E{n:08d}" for n in range(len(values))]
    cells = pa.table(
        {
            "crossing": ["police_force"] * len(values),
            "police_force": names,
            "measure": ["FAE"] * len(values),
            "printed": pa.array(values, pa.string()),
        }
    )
    return PublishedTable("t", "A table", ("hes-2018",), cells)


def problems(table: PublishedTable, **changes: Any) -> list[str]:
    options: dict[str, Any] = {"breakdown_kinds": KINDS, "rule": HES}
    return [str(problem) for problem in check(table, **(options | changes))]


@given(
    st.lists(st.integers(0, 60), min_size=4, max_size=4),
    st.integers(2, 12),
    st.integers(1, 12),
    st.booleans(),
)
def test_whatever_protect_makes_passes(
    counts: list[int], high: int, base: int, zero_shown: bool
) -> None:
    cells = pa.table(
        {
            "crossing": ["police_force"] * 4,
            "police_force": AREAS,
            "measure": ["FAE"] * 4,
            "count": counts,
        }
    )
    mine = rule_by_parameters(high=max(high, base), base=base, zero_shown=zero_shown)
    for each in (HES, mine):
        made = protect(cells, id="t", title="T", breakdown_kinds=KINDS, rule=each)
        assert problems(made, rule=each) == []


def test_a_good_table_from_elsewhere_passes() -> None:
    assert problems(printed(["0", "*", "10", "15", "4000", "[c]"])) == []
    assert problems(printed(["4647"], ["total"])) == []


@pytest.mark.parametrize("value", ["1", "3", "5", "7", "8"])
def test_a_small_number_that_is_printed_is_found(value: str) -> None:
    (problem,) = problems(printed(["0", value, "20"]))
    assert "hides: from 1 to 9" in problem
    assert "E00000001" in problem


def test_a_number_that_is_not_rounded_is_found() -> None:
    (problem,) = problems(printed(["23", "25"]))
    assert "not a multiple of 5" in problem


@pytest.mark.parametrize("value", ["", None, "<5", "1,000", "010", "-5", "12.0", "c"])
def test_what_cannot_be_read_is_found(value: str | None) -> None:
    (problem,) = problems(printed([value]))
    assert "neither a whole number, * nor [c]" in problem


def test_welsh_figures_are_held_to_their_own_rule() -> None:
    assert problems(printed(["4"], ["W92000004"]))
    assert problems(printed(["123"], ["W92000004"]))
    assert problems(printed(["125"], ["W92000004"])) == []


def test_a_zero_where_zeros_are_hidden_is_found() -> None:
    hides = rule_by_parameters(high=7, base=5, zero_shown=False)
    (problem,) = problems(printed(["0"]), rule=hides)
    assert "hides: from 0 to 9" in problem


def test_a_figure_that_the_agreement_withholds_is_found() -> None:
    cells = pa.table(
        {
            "crossing": ["age_band"],
            "age_band": ["0-17"],
            "measure": ["FAE"],
            "printed": ["120"],
        }
    )
    extra = [ExtraRule("x", "words", ("total",), ("age_band",))]
    table = PublishedTable("t", "A table", ("hes-2018",), cells)
    assert problems(table) == []
    (problem,) = problems(table, extra=extra)
    assert "extra rule" in problem


def test_a_reading_that_says_more_than_the_print_is_found() -> None:
    table = printed(["*", "10"])
    cells = table.cells.append_column("low", pa.array([3, 8])).append_column(
        "high", pa.array([3, 12])
    )
    found = problems(PublishedTable("t", "T", table.rules, cells))
    assert len(found) == 2
    assert "Column 'low' does not say" in found[0]


def test_a_forgotten_count_is_refused() -> None:
    table = printed(["*"])
    cells = table.cells.append_column("count", pa.array([3]))
    with pytest.raises(ValueError, match="'count' is no breakdown"):
        problems(PublishedTable("t", "T", table.rules, cells))
