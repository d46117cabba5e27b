"""Large components, attacked in pieces: here small ones are taken for large."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from oracles import Case, by_milp, fits, random_case
from scipy.sparse import csr_array

from sharewell.disclosure import component
from sharewell.disclosure.attacker import bounds
from sharewell.disclosure.component import Care
from sharewell.disclosure.solver import NoAnswerError, nearest
from sharewell.disclosure.system import UNBOUNDED

SHAPES = [(4, 3, 2), (5, 4), (6, 3, 2), (4, 4, 3), (5, 3, 2)]


@pytest.fixture(autouse=True)
def _everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(component, "LARGE", 6)
    monkeypatch.setattr(component, "PIECE", 5)


def drawn(seed: int) -> tuple[Case, np.ndarray]:
    """A table, and where each of its cells stands along made-up dimensions of its atoms."""
    chance = np.random.default_rng([seed, 5])
    case = random_case(chance, SHAPES, mean=float(chance.choice([1.0, 3.0])))
    atoms = case.member.argmax(axis=1)  # the first atom of each cell places it
    return case, np.stack([atoms // 6, atoms % 4], axis=1)


@cache
def exact(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The protected cells that anything limits, and their bounds by the oracle, which is slow."""
    case, _ = drawn(seed)
    cells = np.flatnonzero(case.protected & (case.high < UNBOUNDED))
    return (cells, *by_milp(case, cells))


@pytest.mark.parametrize("seed", range(12))
def test_pieces_change_no_bound(seed: int) -> None:
    case, axes = drawn(seed)
    cells, low, high = exact(seed)
    for options in ({}, {"axes": axes}, {"axes": axes, "known": case.truth}):
        found = bounds(case.system(), **options)
        np.testing.assert_array_equal(found.low[cells], low)
        np.testing.assert_array_equal(found.high[cells], high)
        assert all(fits(case, table) for table in found.witnesses)


@pytest.mark.parametrize("seed", range(12))
def test_enough_is_exact_where_it_matters(seed: int) -> None:
    case, axes = drawn(seed)
    cells, low, high = exact(seed)
    found = bounds(case.system(), axes=axes, enough=3)
    narrow = high - low < 2
    np.testing.assert_array_equal(found.low[cells][narrow], low[narrow])
    np.testing.assert_array_equal(found.high[cells][narrow], high[narrow])
    assert (found.shown[cells][~narrow] >= 3).all()
    assert (found.low[cells] <= low).all()
    assert (found.high[cells] >= high).all()


@pytest.mark.parametrize("care", ["quick", "fair"])
@pytest.mark.parametrize("seed", range(12))
def test_in_haste_bounds_stay_sound_and_what_is_shown_is_possible(seed: int, care: Care) -> None:
    case, axes = drawn(seed)
    cells, low, high = exact(seed)
    found = bounds(case.system(), axes=axes, enough=3, care=care)
    assert (found.low[cells] <= low).all()
    assert (found.high[cells] >= high).all()
    assert (found.shown[cells] <= high - low + 1).all()
    assert all(fits(case, table) for table in found.witnesses)


@pytest.mark.parametrize("seed", range(12))
def test_the_nearest_table_is_whole_and_keeps_what_must_hold(seed: int) -> None:
    case, _ = drawn(seed)
    chance = np.random.default_rng([seed, 7])
    soft = chance.random(len(case.member)) < 0.3
    # What is soft is moved to where it cannot hold.
    low, high = case.low + 40 * soft, np.minimum(case.high, 10**6) + 40 * soft
    found = nearest(csr_array(case.member), low, high, soft)
    counts = case.member @ found
    assert (found >= 0).all()
    assert (low <= counts)[~soft].all()
    assert (counts <= high)[~soft].all()


def test_a_known_table_must_fit() -> None:
    case, _ = drawn(3)
    with pytest.raises(NoAnswerError):
        bounds(case.system(), known=case.truth + 1)
