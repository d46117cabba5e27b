"""Totals divided and dealt: nothing lost, nothing far from its share."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharewell.synthesis import calendar
from sharewell.synthesis.numbers import apportion, deal, table_of

WEIGHTS = st.lists(st.floats(0, 1000), min_size=1, max_size=40).filter(lambda w: sum(w) > 0.001)


@given(st.integers(0, 200_000), WEIGHTS)
def test_a_total_is_divided_without_loss_and_within_one_of_each_share(
    total: int, weights: list[float]
) -> None:
    parts = apportion(total, weights)
    assert parts.sum() == total
    assert (parts >= 0).all()
    exact = np.array(weights) * total / sum(weights)
    assert (np.abs(parts - exact) < 1 + 1e-6).all()


@given(st.lists(st.integers(0, 50), min_size=1, max_size=20), st.integers(0, 10))
def test_dealing_keeps_every_count(counts: list[int], seed: int) -> None:
    dealt = deal(np.random.default_rng(seed), counts)
    assert np.bincount(dealt, minlength=len(counts)).tolist() == counts


@given(WEIGHTS)
def test_a_look_up_table_has_the_right_shares(weights: list[float]) -> None:
    table = table_of(weights)
    assert len(table) == 65_536
    shares = np.bincount(table, minlength=len(weights)) / 65_536
    assert np.abs(shares - np.array(weights) / sum(weights)).max() < 2 / 65_536


def test_weights_that_sum_to_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="more than zero"):
        apportion(3, [0, 0])


@given(st.integers(2009, 2027))
def test_days_dealt_lie_in_the_year_and_keep_the_months(year: int) -> None:
    days = calendar.deal_days(np.random.default_rng(1), 5_000, "assault", year)
    first, last = calendar.year_bounds(year)
    assert first <= days.min()
    assert days.max() <= last
    months = np.searchsorted(calendar.month_starts(year), days, side="right") - 1
    wanted = apportion(5_000, calendar.month_weights("assault", year))
    assert np.bincount(months, minlength=12).tolist() == wanted.tolist()
    assert calendar.day_weights(year).sum() == pytest.approx(1)
    assert len(calendar.day_weights(year)) == last - first + 1
