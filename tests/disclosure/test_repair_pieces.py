"""Repair in pieces that share totals, such as months under a year: what it withholds is enough,
what is fixed stays, and neither pieces nor their order are what makes it so."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import HES, Case, axis, fits, published

from sharewell.disclosure import moving
from sharewell.disclosure.attacker import bounds
from sharewell.disclosure.repair import Repair, repair

FEW = settings(max_examples=5, deadline=None)
SHAPES = [(4, 4, 3), (3, 5, 2), (6, 3, 2)]  # areas (the whole of them exact), months, ages


def leaky_year(seed: int) -> tuple[Case, np.ndarray]:
    """A year of months that gives cells away, and the piece of each cell: -1 for the year."""
    chance = np.random.default_rng([seed, 12])
    while True:
        shape = SHAPES[int(chance.integers(len(SHAPES)))]
        axes = [axis(shape[0], 1), axis(shape[1], 1), axis(shape[2], 1)]
        rates = chance.choice([1.0, 3.0]) * chance.gamma(1.5, 1.0, shape)
        case = published(chance.poisson(rates), axes, HES)
        if narrow_of(case).any():
            months = [min(key[1]) if len(key[1]) == 1 else -1 for key in product(*axes)]
            return case, np.array(months)


def narrow_of(case: Case) -> np.ndarray:
    return case.protected & (bounds(case.system()).width < 3)


def repaired(case: Case, block: np.ndarray, fixed: np.ndarray | None = None) -> Repair:
    cost = np.where(case.protected, 0.6, 1.0)
    return repair(case.system(), case.truth, narrow_of(case), cost, fixed=fixed, block=block)


@pytest.fixture(params=[400, 0], ids=["small", "large"])
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every piece as a small one, moved exactly, and as a large one, moved by linear programmes."""
    monkeypatch.setattr(moving, "WHOLE", request.param)
    monkeypatch.setattr(moving, "AT_ONCE", 0)


def safe(case: Case, found: Repair) -> bool:
    after = case.hiding(found.withheld)
    every = np.vstack([case.truth[None, :], found.seconds])
    told_apart = np.ptp(every, axis=0)[narrow_of(case)] >= 2
    return (
        all(fits(after, table) for table in found.seconds)
        and bool(told_apart.all())
        and not narrow_of(after).any()
    )


@pytest.mark.usefixtures("size")
@pytest.mark.parametrize("seed", range(6))
def test_a_year_repaired_month_by_month_is_safe(seed: int) -> None:
    case, block = leaky_year(seed)
    found = repaired(case, block)
    assert not found.left.size
    assert safe(case, found)


@pytest.mark.usefixtures("size")
@pytest.mark.parametrize("seed", range(4))
def test_a_year_that_is_out_already_stays_and_what_it_gives_away_is_named(seed: int) -> None:
    case, block = leaky_year(seed)
    found = repaired(case, block, fixed=block < 0)
    assert not (found.withheld & (block < 0)).any()
    after = case.hiding(found.withheld)
    assert all(fits(after, table) for table in found.seconds)
    assert set(np.flatnonzero(narrow_of(after))) <= set(found.left.tolist())


@FEW
@given(st.integers(0, 10**9))
def test_cells_in_another_order_are_as_safe(seed: int) -> None:
    case, block = leaky_year(seed)
    order = np.random.default_rng(seed).permutation(len(block))
    place = np.argsort(order)
    moved = Case(
        case.member[order],
        case.truth[order],
        case.low[order],
        case.high[order],
        case.protected[order],
        tuple((int(place[t]), tuple(int(place[p]) for p in parts)) for t, parts in case.sums),
    )
    assert safe(moved, repaired(moved, block[order]))


def test_shared_cells_that_no_piece_feeds_are_repaired_as_well() -> None:
    """All cells shared: then they are a piece of their own."""
    case, block = leaky_year(3)
    assert safe(case, repaired(case, np.full(len(block), -1)))


@pytest.mark.usefixtures("size")
def test_the_same_year_gives_the_same_repair() -> None:
    case, block = leaky_year(5)
    first, second = repaired(case, block), repaired(case, block)
    np.testing.assert_array_equal(first.withheld, second.withheld)
    np.testing.assert_array_equal(first.seconds, second.seconds)
