"""Breakdowns: by what a count may be split, of every dataset, with every category it can have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache

from sharewell.catalogue.activity_counts import ACTIVITY_BREAKDOWNS
from sharewell.catalogue.counting import TOTAL, UNKNOWN, Breakdown, Kind
from sharewell.catalogue.episode_counts import EPISODE_BREAKDOWNS, ETHNIC_GROUPS, SEXES
from sharewell.catalogue.people_counts import PEOPLE_BREAKDOWNS

__all__ = [
    "BREAKDOWNS",
    "ETHNIC_GROUPS",
    "SEXES",
    "TOTAL",
    "UNKNOWN",
    "Breakdown",
    "Kind",
    "breakdown",
    "categories",
    "financial_year",
    "financial_year_label",
    "months",
]

_MONITORING = {**PEOPLE_BREAKDOWNS, **ACTIVITY_BREAKDOWNS}
BREAKDOWNS: dict[str, Breakdown] = {**EPISODE_BREAKDOWNS, **(_MONITORING | EPISODE_BREAKDOWNS)}
"""What a form reads in its own way (see `forms`) has one kind and the same categories here."""


def breakdown(name: str) -> Breakdown:
    """The breakdown called ``name``; KeyError names the known ones."""
    try:
        return BREAKDOWNS[name]
    except KeyError:
        raise KeyError(
            f"No breakdown is called '{name}'. Known: {', '.join(sorted(BREAKDOWNS))}."
        ) from None


def financial_year(day: date) -> int:
    """The year in which the financial year of ``day`` starts (1 April)."""
    return day.year - (day.month < 4)


def financial_year_label(start: int) -> str:
    """2019 -> '2019-20'."""
    return f"{start}-{(start + 1) % 100:02d}"


def months(first: date, last: date) -> tuple[str, ...]:
    """Every month from the one of ``first`` to the one of ``last``, as 'YYYY-MM'."""
    start, end = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
    return tuple(f"{m // 12}-{m % 12 + 1:02d}" for m in range(start, end + 1))


@cache
def categories(name: str) -> Mapping[str, str] | None:
    """Code to label for every category of a breakdown, in the order to print them.

    None where the period (time) or the code list (clinical) decides which there are.
    """
    found = BREAKDOWNS.get(name)
    return found.labels() if found is not None and found.labels is not None else None
