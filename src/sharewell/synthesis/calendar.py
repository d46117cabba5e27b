"""When invented episodes end: the days of a financial year, with seasons and the pandemic.

The pattern over months is invented; no monthly figure is published. A day is a number of days
since 1970-01-01. HES APC has no time of day, so neither have these records.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from sharewell.synthesis.numbers import Floats, Ints, apportion, deal

_EPOCH = date(1970, 1, 1)
SEASONS: dict[str, tuple[float, ...]] = {
    # April to March.
    "assault": (0.98, 1.02, 1.05, 1.08, 1.07, 1.02, 1.0, 0.97, 1.0, 0.93, 0.9, 0.98),
    "drugs": (0.98, 1.01, 1.0, 1.03, 1.02, 1.0, 1.02, 1.0, 0.96, 1.0, 0.97, 1.01),
    "background": (0.97, 1.0, 1.0, 1.02, 0.97, 1.0, 1.03, 1.02, 0.96, 1.01, 1.0, 1.02),
}
_PANDEMIC = {
    (2019, 11): 0.85,
    **dict(zip([(2020, m) for m in range(4)], (0.55, 0.75, 0.9, 1.0), strict=True)),
    (2020, 9): 0.8,
    (2020, 10): 0.8,
}
_WEEKDAYS = (1.08, 1.1, 1.08, 1.07, 1.12, 0.83, 0.72)  # more patients leave before a weekend


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - _EPOCH).days


def year_bounds(year: int) -> tuple[int, int]:
    """The first and last day of the financial year that starts in ``year``."""
    return day_number(date(year, 4, 1)), day_number(date(year + 1, 3, 31))


def month_starts(year: int) -> list[int]:
    """The first days of April to March and of the April after: 13 day numbers."""
    return [day_number(date(year + m // 12, m % 12 + 1, 1)) for m in range(3, 16)]


def month_end(year: int, month: int) -> date:
    """The last day that extract ``month`` of a year reaches: 1 is April, 12 and 13 March."""
    start = month_starts(year)[min(month, 12)]
    return _EPOCH + timedelta(days=start - 1)


def month_weights(season: str, year: int) -> Floats:
    """Expected share of each month, April to March."""
    days = np.diff(month_starts(year)).astype(float)
    pandemic = np.array([_PANDEMIC.get((year, m), 1.0) for m in range(12)])
    weights = days * np.array(SEASONS[season]) * pandemic
    return np.asarray(weights / weights.sum())


def deal_days(rng: np.random.Generator, rows: int, season: str, year: int) -> Ints:
    """Days on which ``rows`` episodes end: exact by month, even within it."""
    months = deal(rng, apportion(rows, month_weights(season, year)))
    starts = np.array(month_starts(year), np.int64)
    return starts[months] + (rng.random(rows) * np.diff(starts)[months]).astype(np.int64)


def day_weights(year: int) -> Floats:
    """Share of background episodes that end on each day of the year, by month and weekday."""
    first, last = year_bounds(year)
    days = np.arange(first, last + 1)
    months = np.searchsorted(month_starts(year), days, side="right") - 1
    weekdays = np.array(_WEEKDAYS)[(days + 3) % 7]  # 1970-01-01 was a Thursday
    monthly = month_weights("background", year)
    share = np.bincount(months, weights=weekdays, minlength=12)
    return np.asarray(monthly[months] * weekdays / share[months])


def stays(rng: np.random.Generator, rows: int, mean: float) -> npt.NDArray[np.int64]:
    """Whole days in hospital, mostly short: geometric with the given mean, at most 60."""
    return np.minimum(rng.geometric(1 / (1 + mean), rows) - 1, 60)
