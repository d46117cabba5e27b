"""What must hold of any attack: the truth stays possible, more knowledge never widens, order and
names say nothing, witnesses are real, and contradictions are found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import HES, Case, axis, fits, published, random_case

from sharewell.disclosure.attacker import bounds
from sharewell.disclosure.solver import NoAnswerError
from sharewell.disclosure.system import (
    UNBOUNDED,
    ContradictionError,
    System,
    make_system,
    propagate,
)

SHAPES = [(2, 2), (3, 3), (4, 3), (5, 2), (2, 2, 2), (4, 2, 2), (4, 3, 2), (6, 2, 2)]

cases = st.builds(
    lambda seed, mean: random_case(np.random.default_rng([seed, 3]), SHAPES, mean),
    st.integers(0, 10**9),
    st.sampled_from([0.5, 2.0, 5.0]),
)
quick = settings(max_examples=60, deadline=None)


@quick
@given(cases)
def test_the_truth_is_never_excluded(case: Case) -> None:
    found = bounds(case.system())
    assert (found.low <= case.truth).all()
    assert (case.truth <= found.high).all()


@quick
@given(cases)
def test_witnesses_are_whole_tables_that_reach_what_they_are_said_to_reach(case: Case) -> None:
    found = bounds(case.system())
    assert all(fits(case, table) for table in found.witnesses)
    for cell in np.flatnonzero(case.protected):
        assert found.witnesses[found.at_low[cell], cell] == found.low[cell]
        if found.high[cell] < UNBOUNDED:
            assert found.witnesses[found.at_high[cell], cell] == found.high[cell]


@quick
@given(cases, st.integers(0, 10**6), st.integers(1, 6))
def test_publishing_more_never_widens(case: Case, seed: int, count: int) -> None:
    """Fewer cells are known before: some are hidden, and then published."""
    chance = np.random.default_rng(seed)
    hidden = chance.choice(len(case.truth), min(count, len(case.truth)), replace=False)
    before, after = bounds(case.hiding(hidden).system()), bounds(case.system())
    both = case.protected
    assert (before.low <= after.low)[both].all()
    assert (before.high >= after.high)[both].all()


@quick
@given(cases, st.integers(0, 10**6))
def test_another_equation_never_widens(case: Case, seed: int) -> None:
    chance = np.random.default_rng(seed)
    some = chance.random(len(case.sums)) < 0.5
    fewer = tuple(each for each, keep in zip(case.sums, some, strict=True) if keep)
    before, after = bounds(replace(case, sums=fewer).system()), bounds(case.system())
    assert (before.low <= after.low)[case.protected].all()
    assert (before.high >= after.high)[case.protected].all()


@quick
@given(cases, st.integers(0, 10**6))
def test_the_order_of_cells_and_equations_says_nothing(case: Case, seed: int) -> None:
    chance = np.random.default_rng(seed)
    order = chance.permutation(len(case.truth))  # new cell i is old cell order[i]
    where = np.argsort(order)
    sums = [
        (int(where[total]), tuple(int(n) for n in chance.permutation(where[list(parts)])))
        for total, parts in case.sums
    ]
    chance.shuffle(sums)
    other = Case(
        member=case.member[order],
        truth=case.truth[order],
        low=case.low[order],
        high=case.high[order],
        protected=case.protected[order],
        sums=tuple(sums),
    )
    found, again = bounds(case.system()), bounds(other.system())
    mine = case.protected
    np.testing.assert_array_equal(found.low[mine], again.low[where][mine])
    np.testing.assert_array_equal(found.high[mine], again.high[where][mine])


@quick
@given(cases)
def test_the_same_system_gives_the_same_bounds_and_witnesses(case: Case) -> None:
    first, second = bounds(case.system()), bounds(case.system())
    for name in ("low", "high", "witnesses", "at_low", "at_high"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))


@quick
@given(cases)
def test_single_equations_are_sound_and_never_tighter_than_the_whole(case: Case) -> None:
    outer, exact = propagate(case.system()), bounds(case.system())
    mine = case.protected
    assert (outer.low <= case.truth).all()
    assert (case.truth <= outer.high).all()
    assert (outer.low <= exact.low)[mine].all()
    assert (outer.high >= exact.high)[mine].all()


def test_a_region_that_shows_10_gives_its_four_stars_away() -> None:
    """The worked leak: five ages, one printed 10 and four starred, under a margin printed 10."""
    found = bounds(_system([10, 10, 1, 1, 1, 1], stars=[2, 3, 4, 5]))
    assert found.low[2:].tolist() == [1, 1, 1, 1]
    assert found.high[2:].tolist() == [1, 1, 1, 1]


def test_whole_numbers_are_asked_for_where_fractions_would_hide_a_leak() -> None:
    """Three cells in pairs that each sum to 3: halves would do for each, whole numbers do not.

    With a + b, b + c and c + a all between 3 and 3 no whole table fits at all.
    """
    low, high = np.array([0, 0, 0, 3, 3, 3]), np.array([9, 9, 9, 3, 3, 3])
    pairs = np.array([[0, 1], [1, 2], [2, 0]])
    system = make_system(low, high, np.arange(6) < 3, [(np.array([3, 4, 5]), pairs)])
    with pytest.raises(NoAnswerError):
        bounds(system)


def test_a_fractional_optimum_is_not_taken_for_a_count() -> None:
    """a + b, b + c, c + a are each at most 3: fractions allow a + b + c = 4.5, whole numbers 4."""
    low = np.zeros(7, dtype=np.int64)
    high = np.array([9, 9, 9, 3, 3, 3, 9])
    pairs = (np.array([3, 4, 5]), np.array([[0, 1], [1, 2], [2, 0]]))
    all_three = (np.array([6]), np.array([[0, 1, 2]]))
    found = bounds(make_system(low, high, np.arange(7) == 6, [pairs, all_three]))
    assert (found.low[6], found.high[6]) == (0, 4)


def test_large_counts_stay_exact_and_are_never_cut_off() -> None:
    """Two withheld parts of a total far above what any single cell usually holds."""
    low, high = np.array([700_000, 0, 0]), np.array([700_000, UNBOUNDED, UNBOUNDED])
    found = bounds(make_system(low, high, np.arange(3) > 0, [(np.array([0]), np.array([[1, 2]]))]))
    assert found.low.tolist() == [700_000, 0, 0]
    assert found.high.tolist() == [700_000, 700_000, 700_000]


def test_a_cell_that_nothing_limits_says_so() -> None:
    low, high = np.array([3, 0, 0]), np.array([UNBOUNDED, UNBOUNDED, 7])
    found = bounds(make_system(low, high, np.arange(3) > 0, [(np.array([0]), np.array([[1, 2]]))]))
    assert found.high.tolist() == [UNBOUNDED, UNBOUNDED, 7]
    assert found.witnesses[found.at_high[1], 1] >= 1_000


def test_what_cannot_be_true_is_a_contradiction() -> None:
    with pytest.raises(ContradictionError) as caught:
        bounds(_system([30, 10, 1, 1, 1, 1], stars=[2, 3], spoil={0: (90, 90)}))
    assert 0 in caught.value.cells


def test_progress_ends_at_the_whole() -> None:
    seen: list[float] = []
    bounds(
        published(np.array([[1, 3], [2, 9]]), [axis(2, 1), axis(2, 1)], HES).system(), seen.append
    )
    assert seen == sorted(seen)
    assert seen[-1:] in ([], [1.0])


def test_components_that_do_not_touch_are_settled_apart() -> None:
    """Two copies of a table give each what one gives."""
    one = published(np.array([[1, 3, 2], [2, 9, 1]]), [axis(2, 1), axis(3, 1)], HES)
    n = len(one.truth)
    sums = one.sums + tuple((t + n, tuple(p + n for p in parts)) for t, parts in one.sums)
    two = Case(
        member=np.kron(np.eye(2, dtype=np.int64), one.member),
        truth=np.tile(one.truth, 2),
        low=np.tile(one.low, 2),
        high=np.tile(one.high, 2),
        protected=np.tile(one.protected, 2),
        sums=sums,
    )
    alone, both = bounds(one.system()), bounds(two.system())
    mine = one.protected
    for half in (slice(0, n), slice(n, 2 * n)):
        np.testing.assert_array_equal(both.low[half][mine], alone.low[mine])
        np.testing.assert_array_equal(both.high[half][mine], alone.high[mine])


def _system(
    truth: list[int], stars: list[int], spoil: dict[int, tuple[int, int]] | None = None
) -> System:
    """A total and its parts as HES prints them below national level."""
    low, high = np.array([HES.allows(n) for n in truth]).T
    for cell, (least, most) in (spoil or {}).items():
        low[cell], high[cell] = least, most
    protected = np.isin(np.arange(len(truth)), stars)
    return make_system(
        low, high, protected, [(np.array([0]), np.array([np.arange(1, len(truth))]))]
    )
