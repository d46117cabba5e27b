"""Published figures that the invented data reproduce, each with its source.

Years are those in which the financial year starts. A ``note`` says where a figure is not plain:
'derived' (from a published percentage or rate), 'rounded' (to 5, or to the nearest hundred),
'type not said' (the source says admissions; counted here as FAE), 'year from May' (May to April,
compared with the financial year), 'old definition' (poisoning before 2012-13: only its shares
are used) and 'estimated' (no published figure for England; never compared).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

SOURCES: dict[str, str] = {
    "commons": "House of Commons Library, SN04304, Knife crime in England and Wales",
    "pa": "Press Association analysis of NHS Digital figures (Inkl)",
    "nhse": "NHS England, February 2019, Teens admitted to hospital",
    "wpq": "Written question 7137, 30 January 2020",
    "radar": "PA Radar, 22 September 2020, from NHS Digital",
    "press": "Local press, November 2021, from Home Office tables rounded to 5",
    "hscic": "Health and Social Care Information Centre, Hospital episode statistics",
    "drugs": "NHS Digital, Statistics on Drug Misuse, by way of BritishDrugDynamics",
    "health": "Statistics on Public Health 2023 (rate of 22.7 per 100,000)",
}

NOT_COMPARED = ("estimated", "old definition")
PERCENT_UNDER_25 = "percent under 25"
"""A breakdown whose figures are percentages, not counts: they guide ages and are not compared."""
NINE_YEARS = "police_force 2012 to 2020"
"""A breakdown whose figures cover nine years, April 2012 to March 2021, together."""


@dataclass(frozen=True)
class Figure:
    """One figure: the count of ``measure`` in ``cohort`` in the year that starts in ``year``.

    ``breakdown`` and ``category`` are empty for a total of England.
    """

    cohort: str
    measure: str
    breakdown: str
    category: str
    year: int
    value: int
    note: str
    source: str


@dataclass(frozen=True)
class Comparison:
    """A published figure beside the same count of invented data."""

    figure: Figure
    synthetic: int

    @property
    def difference(self) -> float:
        """Synthetic less published, in per cent of published."""
        return 100 * (self.synthetic - self.figure.value) / self.figure.value

    @property
    def agrees(self) -> bool:
        """Within 2 per cent, or within one admission where 2 per cent is less than one."""
        return abs(self.synthetic - self.figure.value) <= max(1.0, 0.02 * self.figure.value)


Key = tuple[str, str, str, str, int]
"""Cohort, measure, breakdown, category, year."""


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = resources.files("sharewell.synthesis").joinpath("data", name).read_text("utf-8")
    return csv.DictReader(text.splitlines())


@cache
def figures() -> tuple[Figure, ...]:
    """Every figure held, totals before breakdowns, in order of cohort and year."""
    return tuple(
        Figure(
            cohort=row["cohort"],
            measure=row["measure"],
            breakdown=row["breakdown"],
            category=row["category"],
            year=int(row["year"]),
            value=int(row["value"]),
            note=row["note"],
            source=row["source"],
        )
        for row in _rows("published.csv")
    )


@cache
def drug_admissions_by_force() -> dict[tuple[str, int], dict[str, int]]:
    """Admissions by police force area: (cohort, year) to force code to count, 2009 to 2018.

    Poisoning is by the old definition before 2017, and all counts from 2017 are rounded to 5.
    The source gives the City of London with Hackney; here it is part of the Metropolitan Police.
    """
    counts: dict[tuple[str, int], dict[str, int]] = {}
    for row in _rows("drug_admissions_by_force.csv"):
        for year in range(2009, 2019):
            key = (row["cohort"], year)
            counts.setdefault(key, {})[row["police_force"]] = int(row[str(year)])
    return counts


def compare_with_published(counted: dict[Key, int]) -> tuple[Comparison, ...]:
    """Every comparable figure beside its count in ``counted``; KeyError when one is missing."""
    return tuple(
        Comparison(figure, counted[key])
        for figure in figures()
        if figure.note not in NOT_COMPARED and figure.breakdown != PERCENT_UNDER_25
        for key in [(figure.cohort, figure.measure, figure.breakdown, figure.category, figure.year)]
    )
