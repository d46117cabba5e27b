"""The periods of reports: financial years, from April to March, and their quarters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sharewell.catalogue.breakdowns import financial_year, financial_year_label

_SLUG = re.compile(r"(\d{4})-(\d{2})(?:-q([1-4]))?")
_MONTHS = ("April to June", "July to September", "October to December", "January to March")


@dataclass(frozen=True)
class Period:
    """A financial year, by the calendar year in which it starts; or one quarter of it, 1 to 4."""

    year: int
    quarter: int | None = None

    @property
    def first(self) -> date:
        """The first day."""
        if self.quarter == 4:
            return date(self.year + 1, 1, 1)
        return date(self.year, 3 * (self.quarter or 1) + 1, 1)

    @property
    def last(self) -> date:
        """The last day."""
        after = _quarter_at(self.first, 1) if self.quarter else Period(self.year + 1)
        return after.first - timedelta(days=1)

    @property
    def slug(self) -> str:
        """As in addresses: '2026-27', '2026-27-q1'."""
        label = financial_year_label(self.year)
        return f"{label}-q{self.quarter}" if self.quarter else label

    @property
    def heading(self) -> str:
        """As at the top of a page."""
        if not self.quarter:
            return f"Financial year {financial_year_label(self.year)}"
        return f"{_MONTHS[self.quarter - 1]} {self.first.year}"

    @property
    def title(self) -> str:
        """As in lists."""
        if not self.quarter:
            return self.heading
        return f"{self.heading} (quarter {self.quarter} of {financial_year_label(self.year)})"

    @property
    def before(self) -> Period:
        """The period of the same length before it."""
        return _quarter_at(self.first, -1) if self.quarter else Period(self.year - 1)

    def __str__(self) -> str:
        return self.title


def period_called(slug: str) -> Period | None:
    """The period with this slug; None where there is none."""
    found = _SLUG.fullmatch(slug)
    if found is None:
        return None
    year, end, quarter = int(found[1]), int(found[2]), found[3]
    if not 1990 <= year < 2200 or (year + 1) % 100 != end:
        return None
    return Period(year, int(quarter) if quarter else None)


def period_of(first: date, last: date) -> Period:
    """The period from ``first`` to ``last``; ValueError where that is neither."""
    year = financial_year(first)
    for period in (Period(year), *(Period(year, quarter) for quarter in (1, 2, 3, 4))):
        if (period.first, period.last) == (first, last):
            return period
    raise ValueError(f"{first} to {last} is no financial year, and no quarter of one.")


def ended(since: date, today: date) -> Iterator[Period]:
    """The periods that ended by ``today`` and began on ``since`` or later, the latest first: of
    each year its fourth quarter, its others, and then the year."""
    for year in range(financial_year(today), financial_year(since) - 1, -1):
        for period in (Period(year), *(Period(year, quarter) for quarter in (4, 3, 2, 1))):
            if period.last <= today and period.first >= since:
                yield period


def _quarter_at(first: date, steps: int) -> Period:
    month = first.year * 12 + first.month - 1 + 3 * steps
    day = date(month // 12, month % 12 + 1, 1)
    year = financial_year(day)
    return Period(year, (day.month - 4) // 3 + 1 if day.month >= 4 else 4)
