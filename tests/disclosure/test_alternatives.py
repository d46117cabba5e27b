"""The methods to compare with: what each promises, tried on random tables with all margins."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sharewell.disclosure import rule, rule_by_parameters
from sharewell.disclosure.alternatives import (
    NoRoundingError,
    by_cell_key,
    by_controlled_rounding,
    by_rule,
    by_secondary,
    cell_keys,
    compare,
    controlled,
    perturb,
    ptable_reading,
    record_keys,
    rounding_reading,
    suppress,
    system_keys,
    unbiased_ptable,
    withhold,
)
from sharewell.disclosure.protect import SILENT, STAR
from sharewell.disclosure.system import UNBOUNDED, Ints, System, make_system

HES = rule("hes-2018")


def margins(inner: Sequence[Sequence[int]] | Ints) -> tuple[System, Ints]:
    """A table of any dimensions with all its margins: the last place of each axis is the total."""
    counts = np.asarray(inner, dtype=np.int64)
    for axis in range(counts.ndim):
        counts = np.concatenate([counts, counts.sum(axis=axis, keepdims=True)], axis=axis)
    place = np.arange(counts.size).reshape(counts.shape)
    equations = []
    for axis in range(counts.ndim):
        lines = np.moveaxis(place, axis, -1).reshape(-1, counts.shape[axis])
        equations.append((lines[:, -1], lines[:, :-1]))
    truth = counts.ravel()
    protected = (truth >= 1) & (truth <= 7)
    return make_system(np.zeros_like(truth), truth, protected, equations), truth


def lines(system: System) -> list[list[int]]:
    return [[int(system.total[e]), *system.members(e).tolist()] for e in range(len(system.total))]


tables = st.tuples(st.integers(1, 4), st.integers(1, 4)).flatmap(
    lambda shape: st.lists(
        st.lists(st.integers(0, 20), min_size=shape[1], max_size=shape[1]),
        min_size=shape[0],
        max_size=shape[0],
    )
)


# --- cell keys --------------------------------------------------------------------------------


def test_the_same_records_have_the_same_cell_key_in_every_table() -> None:
    keys = record_keys(["ann", "bob", "cat"], seed=7)
    assert cell_keys(keys, np.array([0, 1, 1]), 2)[1] == cell_keys(keys, np.array([3, 2, 2]), 4)[2]
    assert cell_keys(keys, np.array([0, 0, 0]), 2).tolist()[1] == 0
    assert record_keys(["ann"], seed=7)[0] == keys[0]
    assert record_keys(["ann"], seed=8)[0] != keys[0]


@given(tables, st.integers(0, 2**60))
def test_a_total_has_the_key_of_its_people_by_whichever_way_it_is_summed(
    inner: list[list[int]], seed: int
) -> None:
    system, truth = margins(inner)
    keys = [int(key) for key in system_keys(system, truth, seed)]
    for total, *parts in lines(system):
        assert keys[total] == sum(keys[part] for part in parts) % 2**64
    assert all(key == 0 for key, count in zip(keys, truth, strict=True) if count == 0)


def test_names_give_a_cell_the_same_noise_in_another_table() -> None:
    wide, truth_wide = margins([[3, 4, 5]])
    narrow, truth_narrow = margins([[4]])
    names = [f"x{n}" for n in range(len(truth_wide))]
    one = system_keys(wide, truth_wide, 1, names)
    other = system_keys(narrow, truth_narrow, 1, ["x1", "a", "b", "c"])
    assert one[1] == other[0]


@pytest.mark.parametrize("bound", [1, 2, 3, 5])
def test_the_ptable_is_unbiased_bounded_and_never_negative(bound: int) -> None:
    table = unbiased_ptable(bound)
    noise = np.arange(-bound, bound + 1)
    assert table.shape == (bound + 1, 2 * bound + 1)
    np.testing.assert_allclose(table.sum(axis=1), 1, atol=1e-12)
    np.testing.assert_allclose(table @ noise, 0, atol=1e-12)
    np.testing.assert_allclose(table[-1], 1 / (2 * bound + 1), atol=1e-12)
    for count in range(bound + 1):
        assert (table[count][noise < -count] == 0).all()
    assert table[0, bound] == 1, "a true 0 stays 0"


def test_the_ptable_for_a_count_of_one_is_the_most_uncertain() -> None:
    """By trying: of all distributions on -1, 0, 1, 2 with mean 0, none has more entropy."""
    row = unbiased_ptable(2)[1][1:]
    entropy = -(row * np.log(row)).sum()
    grid = np.linspace(0.001, 0.999, 200)
    for one, two in itertools.product(grid, grid):
        minus = one + 2 * two
        other = np.array([minus, 1 - minus - one - two, one, two])
        if (other > 0).all():
            assert -(other * np.log(other)).sum() <= entropy + 1e-9


@given(tables, st.integers(0, 2**30), st.integers(1, 4))
def test_noise_is_the_same_each_time_and_its_reading_holds_the_truth(
    inner: list[list[int]], seed: int, bound: int
) -> None:
    system, truth = margins(inner)
    table = unbiased_ptable(bound)
    outcome = by_cell_key(system, truth, seed=seed, ptable=table)
    again = by_cell_key(system, truth, seed=seed, ptable=table)
    assert (outcome.printed == again.printed).all()
    assert (outcome.printed >= 0).all()
    assert (np.abs(outcome.printed - truth) <= bound).all()
    assert (outcome.low <= truth).all()
    assert (truth <= outcome.high).all()
    assert (outcome.low[outcome.printed > 0] > 0).all(), "a positive number is no true 0"


def test_noise_has_the_probabilities_of_its_ptable() -> None:
    table = unbiased_ptable(2)
    keys = record_keys([str(n) for n in range(40_000)], seed=3)
    for count in (1, 2, 50):
        noise = perturb(np.full(len(keys), count), keys, table) - count
        share = np.bincount(noise + 2, minlength=5) / len(keys)
        # Five standard errors of a share are at most 5 * sqrt(1/4 / 40,000) = 0.0125.
        np.testing.assert_allclose(share, table[min(count, 2)], atol=0.0125)


def test_the_reading_of_a_ptable_is_that_of_enumeration() -> None:
    table = unbiased_ptable(3)
    possible: dict[int, list[int]] = {}
    for count in range(30):
        for column, chance in enumerate(table[min(count, 3)]):
            if chance > 0:
                possible.setdefault(count + column - 3, []).append(count)
    printed = np.arange(20)
    low, high = ptable_reading(printed, table)
    assert low.tolist() == [min(possible[n]) for n in printed]
    assert high.tolist() == [max(possible[n]) for n in printed]


@pytest.mark.parametrize(
    ("ptable", "message"),
    [
        (np.ones((1, 2)) / 2, "odd number of columns"),
        (np.array([[0.0, 0.5, 0.0]]), "add up to 1"),
        (np.array([[0.5, 0.0, 0.5]]), "small count negative"),
    ],
)
def test_a_wrong_ptable_is_refused(ptable: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        perturb(np.array([1]), np.array([5], dtype=np.uint64), ptable)


# --- secondary suppression --------------------------------------------------------------------


def company(system: System, hidden: Ints) -> bool:
    return all(sum(hidden[cell] for cell in line) != 1 for line in lines(system))


@settings(deadline=None, max_examples=60)
@given(tables)
def test_no_line_hides_a_single_cell_but_where_nothing_helps(inner: list[list[int]]) -> None:
    system, truth = margins(inner)
    pattern = suppress(system, truth, system.protected)
    assert not (pattern.primary & pattern.secondary).any()
    assert (truth[pattern.hidden] > 0).all(), "a 0 is always printed"
    for line in lines(system):
        if sum(pattern.hidden[line]) == 1:
            (cell,) = [c for c in line if pattern.hidden[c]]
            assert cell in pattern.left


@settings(deadline=None, max_examples=40)
@given(st.lists(st.lists(st.integers(0, 12), min_size=2, max_size=2), min_size=2, max_size=3))
def test_as_few_cells_are_hidden_as_any_pattern_hides(inner: list[list[int]]) -> None:
    """Against every pattern there is, tried in order of size."""
    system, truth = margins(inner)
    primary = (truth >= 1) & (truth <= 5)
    pattern = suppress(system, truth, primary, gap=0.0)
    may = [cell for cell in range(len(truth)) if truth[cell] > 0 and not primary[cell]]
    best = None
    for size in range(len(may) + 1):
        for extra in itertools.combinations(may, size):
            hidden = primary.copy()
            hidden[list(extra)] = True
            if company(system, hidden):
                best = size
                break
        if best is not None:
            break
    if best is None:
        assert len(pattern.left)
    else:
        assert len(pattern.left) == 0
        assert pattern.proved
        assert pattern.secondary.sum() == best


def test_a_pattern_by_hand() -> None:
    """Of a 2 x 2 table with one small cell, three more must go; totals are dearer, and stay."""
    system, truth = margins([[3, 20], [30, 40]])
    cost = np.array([[1, 1, 9], [1, 1, 9], [9, 9, 9]], dtype=float).ravel()
    pattern = suppress(system, truth, system.protected, cost=cost)
    assert pattern.hidden.reshape(3, 3).tolist() == [
        [True, True, False],
        [True, True, False],
        [False, False, False],
    ]


def test_costs_and_fixed_cells_are_heeded() -> None:
    system, truth = margins([[3, 20, 21], [30, 40, 41]])
    cost = np.ones(len(truth))
    cost[1] = 100
    assert not suppress(system, truth, system.protected, cost=cost).hidden[1]
    fixed = np.zeros(len(truth), dtype=bool)
    fixed[[2, 3]] = True
    assert suppress(system, truth, system.protected, fixed=fixed).hidden[1]


def test_a_cell_that_nothing_helps_is_named() -> None:
    system, truth = margins([[3, 0], [0, 40]])
    fixed = np.zeros((3, 3), dtype=bool)
    fixed[:, 2] = fixed[2, :] = True
    fixed[0, 2] = fixed[2, 0] = False  # totals of 3: small themselves
    pattern = suppress(system, truth, system.protected, fixed=fixed.ravel())
    assert set(pattern.left.tolist()) == {2, 6}
    outcome = by_secondary(system, truth, system.protected, fixed=fixed.ravel())
    assert outcome.note == "2 cells cannot be given company"


def test_cells_without_sums_need_no_company() -> None:
    truth = np.array([3, 20])
    system = make_system(np.zeros(2), truth, truth < 8, [])
    assert suppress(system, truth, system.protected).hidden.tolist() == [True, False]
    assert controlled(system, truth, 5).tolist() == [5, 20]
    empty = make_system(np.zeros(0), np.zeros(0), np.zeros(0), [])
    none = np.zeros(0, dtype=np.int64)
    outcomes = [
        by_rule(none, HES),
        by_cell_key(empty, none, seed=1),
        by_secondary(empty, none, empty.protected),
        by_controlled_rounding(empty, none, 5),
    ]
    assert [found.cells for found in compare(empty, none, outcomes)] == [0, 0, 0, 0]


def test_a_primary_cell_that_must_be_shown_is_refused() -> None:
    system, truth = margins([[3, 20]])
    with pytest.raises(ValueError, match="Cell 0 is to be hidden, but it is 0 or must be shown"):
        suppress(system, truth, system.protected, fixed=np.arange(len(truth)) == 0)


# --- controlled rounding ----------------------------------------------------------------------


@settings(deadline=None, max_examples=60)
@given(tables, st.sampled_from([3, 5, 10]))
def test_two_way_tables_round_so_that_they_add_up(inner: list[list[int]], base: int) -> None:
    """For two breakdowns it can always be done (Cox, 1987)."""
    system, truth = margins(inner)
    printed = controlled(system, truth, base)
    assert (printed % base == 0).all()
    assert (np.abs(printed - truth) < base).all()
    for total, *parts in lines(system):
        assert printed[total] == printed[parts].sum()
    low, high = rounding_reading(printed, base)
    assert ((low <= truth) & (truth <= high)).all()


@settings(deadline=None, max_examples=25)
@given(st.lists(st.lists(st.integers(0, 9), min_size=2, max_size=2), min_size=2, max_size=2))
def test_no_rounding_is_nearer_the_truth(inner: list[list[int]]) -> None:
    """Against every choice of the two multiples around each inner cell."""
    system, truth = margins(inner)
    base = 3
    inside = [0, 1, 3, 4]
    best = None
    for ups in itertools.product([0, 1], repeat=4):
        chosen = [
            base * (int(truth[cell]) // base + (up if truth[cell] % base else 0))
            for cell, up in zip(inside, ups, strict=True)
        ]
        _, whole = margins(np.array(chosen).reshape(2, 2))
        if (np.abs(whole - truth) < base).all() and (
            whole[truth % base == 0] == truth[truth % base == 0]
        ).all():
            far = int(np.abs(whole - truth).sum())
            best = far if best is None else min(best, far)
    assert best is not None
    assert np.abs(controlled(system, truth, base, gap=0.0) - truth).sum() == best


def test_a_table_that_cannot_be_rounded_says_so_and_the_way_out() -> None:
    """Three cells of 2, each pair adding up to 4. Base 4 leaves the sums, and 0 or 4 for each cell;
    but of three cells two are alike, and their sum is 0 or 8."""
    truth = np.array([2, 2, 2, 4, 4, 4])
    pairs = [(np.array([3 + n]), np.array([[n, (n + 1) % 3]])) for n in range(3)]
    system = make_system(np.zeros(6), truth, truth < 8, pairs)
    with pytest.raises(NoRoundingError, match=r"There is no table .* Allow a reach of 2"):
        controlled(system, truth, 4)
    printed = controlled(system, truth, 4, reach=2)
    assert (np.abs(printed - truth) < 8).all()
    low, high = rounding_reading(printed, 4, 2)
    assert ((low <= truth) & (truth <= high)).all()


def test_bad_sums_and_bad_parameters_are_refused() -> None:
    system, truth = margins([[3, 20]])
    wrong = truth + np.eye(len(truth), dtype=np.int64)[0]
    with pytest.raises(ValueError, match="do not add up"):
        controlled(system, wrong, 5)
    with pytest.raises(ValueError, match="do not add up"):
        suppress(system, wrong, system.protected)
    with pytest.raises(ValueError, match="Give a base of 2 or more"):
        controlled(system, truth, 1)


# --- side by side -----------------------------------------------------------------------------


def test_the_worked_leak_of_the_rule_is_found() -> None:
    """docs/explanation/disclosure.md: 10 printed for all ages, 10 and four stars for each age."""
    system, truth = margins([[8, 1, 1, 1, 1]])
    ages = make_system(
        np.zeros(6), truth[:6], system.protected[:6], [(np.array([5]), np.array([[0, 1, 2, 3, 4]]))]
    )
    (found,) = compare(ages, truth[:6], [by_rule(truth[:6], HES)])
    assert (found.method, found.protected, found.suppressed) == ("hes-2018", 4, 4)
    assert (found.exact, found.narrow, found.min_width) == (4, 4, 1)


def test_two_hidden_cells_of_a_line_can_still_be_known() -> None:
    """1 and 1 with their total of 2 shown: the pattern is in order, and both cells are known."""
    truth = np.array([1, 1, 20, 22])
    system = make_system(np.zeros(4), truth, truth <= 1, [(np.array([3]), np.array([[0, 1, 2]]))])
    (found,) = compare(system, truth, [by_secondary(system, truth, system.protected)])
    assert (found.suppressed, found.exact) == (2, 2)
    assert found.share_hidden == 2 / 44


def test_what_is_measured_is_what_stands_in_the_tables() -> None:
    system, truth = margins([[3, 20, 0], [13, 40, 6]])
    kept = by_rule(truth, HES)
    silent = np.zeros(len(truth), dtype=bool)
    silent[[1, 5]] = True
    withheld = withhold(kept, silent, "repaired")
    assert withheld.printed[[0, 1, 5]].tolist() == [STAR, SILENT, SILENT]
    assert (withheld.low[1], withheld.high[1]) == (0, UNBOUNDED)
    by_hand = {n: int(truth[n]) for n in range(len(truth))}
    for found, outcome in zip(
        compare(system, truth, [kept, withheld]), (kept, withheld), strict=True
    ):
        numbers = {n: int(v) for n, v in enumerate(outcome.printed) if v >= 0}
        errors = [abs(value - by_hand[n]) for n, value in numbers.items()]
        hidden = sum(count for n, count in by_hand.items() if n not in numbers)
        assert found.cells == len(truth)
        assert found.suppressed == len(truth) - len(numbers)
        assert found.changed == sum(error > 0 for error in errors)
        assert found.mean_error == pytest.approx(sum(errors) / len(errors))
        assert found.share_hidden == pytest.approx(hidden / sum(by_hand.values()))


@settings(deadline=None, max_examples=25)
@given(tables)
def test_all_methods_can_be_compared_and_none_leaves_out_the_truth(inner: list[list[int]]) -> None:
    system, truth = margins(inner)
    outcomes = [
        by_rule(truth, HES),
        by_rule(truth, rule_by_parameters(high=4)),
        by_cell_key(system, truth, seed=1),
        by_secondary(system, truth, system.protected),
        by_controlled_rounding(system, truth, 5),
    ]
    found = compare(system, truth, outcomes)
    for each in found:
        assert each.exact <= each.narrow <= each.protected == system.protected.sum()
    assert found[3].changed == 0
    assert found[4].suppressed == 0


def test_exempt_cells_are_printed_as_they_are() -> None:
    truth = np.array([3, 3])
    outcome = by_rule(truth, HES, exact=np.array([True, False]))
    assert outcome.printed.tolist() == [3, STAR]
    assert outcome.high.tolist() == [3, 7]


def test_a_reading_that_leaves_out_the_truth_is_refused() -> None:
    system, truth = margins([[3, 20]])
    lie = withhold(by_rule(truth, HES), truth < 0, "lie")
    lie.high[0] = 2
    with pytest.raises(ValueError, match="Method 'lie' says of cell 0 what is not so"):
        compare(system, truth, [lie])
