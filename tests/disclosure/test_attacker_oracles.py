"""The attacker against oracles that share nothing with it: every table listed, and a plain MILP."""

from __future__ import annotations

import numpy as np
import pytest
from oracles import Case, TooManyError, by_milp, every_table, fits, random_case

from sharewell.disclosure.attacker import Bounds, bounds
from sharewell.disclosure.system import UNBOUNDED

SMALL = [(2, 2), (3, 2), (3, 3), (4, 2), (2, 2, 2), (4, 3), (5, 2), (3, 2, 2), (4,), (6,)]
MIDDLE = [(4, 3, 2), (5, 4), (6, 3, 2), (4, 4, 3), (8, 3), (5, 3, 2)]


def check_witnesses(case: Case, found: Bounds, cells: np.ndarray) -> None:
    for table in found.witnesses:
        assert fits(case, table)
    for at, bound in ((found.at_low, found.low), (found.at_high, found.high)):
        assert (at[cells] >= 0).all()
        reached = found.witnesses[at[cells], cells]
        limited = bound[cells] < UNBOUNDED
        np.testing.assert_array_equal(reached[limited], bound[cells][limited])
        assert (reached[~limited] >= 1_000).all()


def _limited(case: Case) -> np.ndarray:
    """(n,) whether anything limits a cell: each of its atoms is in some cell with a limit."""
    limited = case.high < UNBOUNDED
    atoms = case.member[limited].any(axis=0)
    return (case.member[:, ~atoms] == 0).all(axis=1)


@pytest.mark.parametrize("seed", range(10))
def test_intervals_are_those_of_every_table_listed(seed: int) -> None:
    """A thousand random small tables in all; those with too many tables to list are drawn anew."""
    chance = np.random.default_rng([seed, 1])
    done = 0
    while done < 100:
        case = random_case(chance, SMALL, mean=float(chance.choice([1.0, 3.0, 6.0])))
        try:
            tables = every_table(case)
        except TooManyError:
            continue
        done += 1
        assert (tables == case.truth).all(axis=1).any()
        found = bounds(case.system())
        cells = np.flatnonzero(case.protected)
        np.testing.assert_array_equal(found.low[cells], tables.min(axis=0)[cells])
        most = np.where(_limited(case), tables.max(axis=0), UNBOUNDED)
        np.testing.assert_array_equal(found.high[cells], most[cells])
        assert (found.low <= tables.min(axis=0)).all()
        assert (found.high >= tables.max(axis=0)).all()
        check_witnesses(case, found, cells)


@pytest.mark.parametrize("seed", range(5))
def test_intervals_are_those_of_a_plain_integer_programme(seed: int) -> None:
    """Middle tables; `python -m bench disclosure` does two hundred."""
    chance = np.random.default_rng([seed, 2])
    for _ in range(4):
        case = random_case(chance, MIDDLE, mean=float(chance.choice([1.0, 3.0])))
        cells = np.flatnonzero(case.protected)
        found = bounds(case.system())
        low, high = by_milp(case, cells)
        np.testing.assert_array_equal(found.low[cells], low)
        np.testing.assert_array_equal(found.high[cells], high)
        check_witnesses(case, found, cells)
