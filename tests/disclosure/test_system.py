"""Linked cells as arrays: equations, propagation, components."""

from __future__ import annotations

import numpy as np
import pytest

from sharewell.disclosure.system import (
    UNBOUNDED,
    ContradictionError,
    System,
    components,
    make_system,
    propagate,
)
from sharewell.synthesis.tables import ENGLAND, TOTAL, assault_table


def _system(low: object, high: object, *equations: tuple[list[int], list[list[int]]]) -> System:
    least = np.asarray(low)
    blocks = [(np.array(totals), np.array(parts)) for totals, parts in equations]
    return make_system(least, np.asarray(high), least < 0, blocks)


def test_blocks_of_equations_are_kept_in_order() -> None:
    system = _system([0] * 6, [1] * 6, ([0], [[1, 2, 3]]), ([1, 2], [[4, 5], [5, 4]]))
    assert system.total.tolist() == [0, 1, 2]
    assert [system.members(e).tolist() for e in range(3)] == [[1, 2, 3], [4, 5], [5, 4]]
    assert system.sizes.tolist() == [3, 2, 2]


def test_bounds_travel_along_a_chain_of_sums() -> None:
    """4 is known to be 5 at least, so 2 and 0 above it are, and 1 and 3 beside it are at most 0."""
    low, high = np.array([0, 0, 0, 0, 5]), np.array([5, 9, 9, 9, 9])
    found = propagate(_system(low, high, ([0, 2], [[1, 2], [3, 4]])))
    assert found.low.tolist() == [5, 0, 5, 0, 5]
    assert found.high.tolist() == [5, 0, 5, 0, 5]


def test_no_limit_stays_no_limit() -> None:
    low, high = np.array([2, 0, 0]), np.array([UNBOUNDED, UNBOUNDED, 4])
    found = propagate(_system(low, high, ([0], [[1, 2]])))
    assert found.high.tolist() == [UNBOUNDED, UNBOUNDED, 4]
    assert found.low.tolist() == [2, 0, 0]


def test_a_limit_on_a_total_limits_its_parts() -> None:
    low, high = np.array([0, 3, 0]), np.array([10, UNBOUNDED, UNBOUNDED])
    found = propagate(_system(low, high, ([0], [[1, 2]])))
    assert found.high.tolist() == [10, 10, 7]


def test_a_contradiction_names_its_equation_and_cells() -> None:
    low, high = np.array([9, 0, 0, 1]), np.array([9, 3, 4, 1])
    with pytest.raises(ContradictionError) as caught:
        propagate(_system(low, high, ([0], [[1, 2]])))
    assert caught.value.equation == 0
    assert set(caught.value.cells.tolist()) == {0, 1, 2}


def test_a_cell_without_counts_is_a_contradiction_even_alone() -> None:
    with pytest.raises(ContradictionError):
        propagate(_system([2], [1]))


def test_known_cells_cut_a_system_into_components() -> None:
    """Two sums share cell 2; where it is known they do not touch."""
    equations = ([0, 3], [[1, 2], [2, 4]])
    high = np.full(5, 9)
    tied = components(_system(np.zeros(5), high, equations))
    assert len(set(tied.tolist())) == 1
    low = np.array([0, 0, 9, 0, 0])
    apart = components(_system(low, high, equations))
    assert apart[2] == -1
    assert apart[0] == apart[1] != apart[3] == apart[4]


@pytest.mark.parametrize("year_totals", [False, True])
def test_the_test_tables_are_as_described(year_totals: bool) -> None:
    table = assault_table(year_totals=year_totals)
    assert table.counts.size == (15_288 if year_totals else 14_112)
    assert table.counts.shape[1:] == (49, 8, 3)
    counts = table.counts.ravel()
    for total, parts in table.equations():
        np.testing.assert_array_equal(counts[total], counts[parts].sum(axis=1))
    months = table.at("age_band", TOTAL) & table.at("sex", TOTAL) & table.at("area", ENGLAND)
    assert 4_600 < counts[months].sum() / (2 if year_totals else 1) < 5_400
    np.testing.assert_array_equal(counts, assault_table(year_totals=year_totals).counts.ravel())
    assert (counts != assault_table(seed=2, year_totals=year_totals).counts.ravel()).any()
    assert set(table.names(0)) == {"time", "area", "age_band", "sex"}
