"""Days that cells count: months, financial years, and longer spans cut into either."""

from __future__ import annotations

import calendar
from collections.abc import Hashable
from datetime import date, timedelta

from sharewell.catalogue.breakdowns import financial_year


def span_of(value: str | None, what: str) -> tuple[date, date]:
    """The days of a month 'YYYY-MM' or of a financial year 'YYYY'."""
    try:
        year, dash, month = str(value).partition("-")
        if not dash:
            return date(int(year), 4, 1), date(int(year) + 1, 3, 31)
        length = calendar.monthrange(int(year), int(month))[1]
        return date(int(year), int(month), 1), date(int(year), int(month), length)
    except (ValueError, IndexError):
        raise ValueError(
            f"{what}: '{value}' is neither a month (2024-03) nor the year in which a financial "
            "year starts (2023). Correct it."
        ) from None


def years_of(days: Hashable) -> tuple[int, ...]:
    """The financial years that a span of days touches; (0,) where time is not known."""
    if not isinstance(days, tuple):
        return (0,)
    return tuple(range(financial_year(days[0]), financial_year(days[1]) + 1))


def pieces(days: tuple[date, date], by: str) -> tuple[tuple[date, date], ...]:
    """A span of days cut by 'month' or financial 'year'."""
    found, begin = [], days[0]
    while begin <= days[1]:
        if by == "year":
            end = date(financial_year(begin) + 1, 3, 31)
        else:
            end = begin.replace(day=calendar.monthrange(begin.year, begin.month)[1])
        found.append((begin, min(end, days[1])))
        begin = end + timedelta(days=1)
    return tuple(found)
