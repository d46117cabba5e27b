"""Repair: the attack finds nothing afterwards, the truth still fits, and it costs little more than
the proved optimum."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import HES, Case, axis, best_repair, fits, published

from sharewell.disclosure.attacker import bounds
from sharewell.disclosure.repair import Repair, repair

SHAPES = [(4, 3), (5, 3), (3, 2, 2), (6, 2), (8, 3), (5, 3, 2)]


def leaky_case(seed: int, shapes: list[tuple[int, ...]] = SHAPES, most: int = 25) -> Case:
    """A table that gives between one and ``most`` of its cells away, by the HES rule."""
    chance = np.random.default_rng([seed, 4])
    while True:
        shape = shapes[int(chance.integers(len(shapes)))]
        rates = chance.choice([1.0, 2.0, 4.0]) * chance.gamma(1.5, 1.0, shape)
        case = published(chance.poisson(rates), [axis(n, 2 if n > 4 else 1) for n in shape], HES)
        if 1 <= narrow_of(case).sum() <= most:
            return case


def narrow_of(case: Case, width: int = 3) -> np.ndarray:
    return case.protected & (bounds(case.system()).width < width)


def cost_of(case: Case) -> np.ndarray:
    """A starred cell says little, and a total is what readers come for."""
    return np.where(case.protected, 0.6, 1.0) * np.where(case.member.sum(axis=1) > 1, 1.6, 1.0)


def repaired(case: Case, fixed: np.ndarray | None = None, width: int = 3) -> Repair:
    return repair(
        case.system(), case.truth, narrow_of(case, width), cost_of(case), fixed=fixed, width=width
    )


cases = st.builds(leaky_case, st.integers(0, 10**9))
few = settings(max_examples=15, deadline=None)


@few
@given(cases)
def test_after_repair_the_attack_finds_nothing_and_the_truth_still_fits(case: Case) -> None:
    found = repaired(case)
    after = case.hiding(found.withheld)
    assert not found.left.size
    assert not narrow_of(after).any()
    assert fits(after, case.truth)
    assert found.cost == pytest.approx(cost_of(case)[found.withheld].sum())


@few
@given(cases)
def test_the_second_tables_fit_what_stays_and_tell_the_narrow_cells_apart(case: Case) -> None:
    found = repaired(case)
    after = case.hiding(found.withheld)
    assert all(fits(after, table) for table in found.seconds)
    every = np.vstack([case.truth[None, :], found.seconds])
    assert (np.ptp(every, axis=0)[narrow_of(case)] >= 2).all()


@settings(max_examples=8, deadline=None)
@given(cases, st.sampled_from([2, 4, 5]))
def test_another_width_is_reached_as_well(case: Case, width: int) -> None:
    found = repaired(case, width=width)
    after = case.hiding(found.withheld)
    left = np.isin(np.arange(len(case.truth)), found.left)
    assert not (narrow_of(after, width) & ~left).any()


@few
@given(cases, st.integers(0, 10**6), st.floats(0.2, 0.9))
def test_what_is_released_is_never_withheld_and_what_it_gives_away_is_named(
    case: Case, seed: int, share: float
) -> None:
    fixed = np.random.default_rng(seed).random(len(case.truth)) < share
    found = repaired(case, fixed)
    assert not (found.withheld & fixed).any()
    still = narrow_of(case.hiding(found.withheld))
    assert set(np.flatnonzero(still)) <= set(found.left.tolist())


def test_where_everything_is_released_all_narrow_cells_are_left() -> None:
    case = leaky_case(1)
    found = repaired(case, np.ones(len(case.truth), dtype=bool))
    assert not found.withheld.any()
    assert found.left.tolist() == np.flatnonzero(narrow_of(case)).tolist()


def test_a_safe_table_is_left_alone() -> None:
    case = published(np.full((3, 3), 40), [axis(3, 1), axis(3, 1)], HES)
    found = repaired(case)
    assert not found.withheld.any()
    assert found.cost == 0


@pytest.mark.parametrize("seed", range(3))
def test_the_same_input_gives_the_same_repair(seed: int) -> None:
    case = leaky_case(seed)
    first, second = repaired(case), repaired(case)
    np.testing.assert_array_equal(first.withheld, second.withheld)
    np.testing.assert_array_equal(first.seconds, second.seconds)


def test_dear_cells_are_spared() -> None:
    """Where the cells that a repair chose are made a hundred times dearer, others are chosen."""
    case = leaky_case(2)
    cost = cost_of(case)
    usual = repaired(case).withheld
    dear = np.where(usual, 100 * cost, cost)
    spared = repair(case.system(), case.truth, narrow_of(case), dear).withheld
    assert dear[spared].sum() <= dear[usual].sum()


def optimum_ratio(case: Case, seconds: float = 20.0) -> float:
    """The cost of repair over the proved optimum (or a bound from below of it)."""
    best = best_repair(case, narrow_of(case), cost_of(case), seconds=seconds)
    return float(repaired(case).cost / best.bound)


def test_the_oracle_s_optimum_is_safe_and_proved() -> None:
    case = leaky_case(3, [(4, 3), (3, 2, 2)], most=5)
    best = best_repair(case, narrow_of(case), cost_of(case))
    assert best.cost == pytest.approx(best.bound)
    assert not narrow_of(case.hiding(best.withheld)).any()


def test_small_tables_are_repaired_within_a_tenth_of_the_optimum() -> None:
    """Eight of them here; `python -m bench disclosure` does thirty, of up to 300 cells."""
    ratios = [optimum_ratio(leaky_case(seed, most=8)) for seed in range(8)]
    assert max(ratios) <= 1.1
