"""Quarters and financial years: from first day to last, without a gap, and found by their names."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharewell.service.monitoring.reports.periods import (
    Period,
    ended,
    period_called,
    period_of,
)

PERIODS = st.builds(Period, st.integers(1990, 2150), st.sampled_from([None, 1, 2, 3, 4]))


@given(PERIODS)
def test_a_period_is_found_by_its_name_and_its_days(period: Period) -> None:
    assert period_called(period.slug) == period
    assert period_of(period.first, period.last) == period
    assert period.before.last + timedelta(days=1) == period.first
    assert period.before.quarter is None or period.before.quarter != period.quarter


@given(st.integers(1990, 2150))
def test_four_quarters_are_a_year(year: int) -> None:
    quarters = [Period(year, number) for number in (1, 2, 3, 4)]
    assert (quarters[0].first, quarters[3].last) == (Period(year).first, Period(year).last)
    assert all(a.last + timedelta(days=1) == b.first for a, b in pairwise(quarters))


def test_a_period_says_which_it_is() -> None:
    assert str(Period(2026)) == "Financial year 2026-27"
    assert Period(2026, 2).heading == "July to September 2026"
    assert str(Period(2026, 2)) == "July to September 2026 (quarter 2 of 2026-27)"
    assert str(Period(2026, 4)) == "January to March 2027 (quarter 4 of 2026-27)"
    assert Period(2026, 4).last == date(2027, 3, 31)


@pytest.mark.parametrize("slug", ["", "2026", "2026-28", "2026-27-q0", "2026-27-q5", "0000-01"])
def test_what_is_no_period_has_no_name(slug: str) -> None:
    assert period_called(slug) is None


def test_days_that_are_no_period_are_refused() -> None:
    with pytest.raises(ValueError, match="no financial year"):
        period_of(date(2026, 4, 1), date(2026, 5, 31))


def test_only_what_has_ended_and_begun_is_offered() -> None:
    assert list(ended(date(2025, 7, 1), date(2026, 3, 31))) == [
        Period(2025, 4),
        Period(2025, 3),
        Period(2025, 2),
    ]
    assert next(ended(date(2025, 4, 1), date(2026, 3, 31))) == Period(2025)
