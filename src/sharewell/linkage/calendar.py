"""Days since 1 January 1970 to years, months and days of the month, and back, in arrays; and
days on which too many people are born."""

from __future__ import annotations

import numpy as np

from sharewell.linkage.records import Ints

_HEAPED = 6.0
"""Days more than this many standard deviations above the others of their year are heaped."""


def parts_of(days: Ints) -> tuple[Ints, Ints, Ints]:
    """Years, months (1 to 12) and days of the month of these days."""
    stamps = days.astype("datetime64[D]")
    months = stamps.astype("datetime64[M]")
    number = months.astype(np.int64)
    day = (stamps - months.astype("datetime64[D]")).astype(np.int64) + 1
    return number // 12 + 1970, number % 12 + 1, day


def day_of(year: Ints, month: Ints, day: Ints) -> Ints:
    """The days of these dates; the day of the month must exist."""
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    return months.astype("datetime64[D]").astype(np.int64) + day - 1


def days_in(year: Ints, month: Ints) -> Ints:
    """How many days these months have."""
    one = np.ones_like(year)
    return day_of(year + month // 12, month % 12 + 1, one) - day_of(year, month, one)


def heaped_days(born: Ints) -> Ints:
    """Days of birth with far more people than the other days of the year, in order."""
    days, many = np.unique(born, return_counts=True)
    year, place = np.unique(parts_of(days)[0], return_inverse=True)
    total = np.bincount(place, weights=many, minlength=len(year))[place]
    usual = (total - many) / 364.0
    return days[(many > usual + _HEAPED * np.sqrt(usual + 1)) & (many >= 10)]
