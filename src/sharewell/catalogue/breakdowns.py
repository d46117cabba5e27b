"""Breakdowns: by what a count may be split, with every category it can have.

An expression is SQL in DuckDB's dialect over the episode (alias ``e``, see `episodes`) and the
area of residence (alias ``a``, see `areas.lookup_table`). It never yields null: what is not
known is a category of its own, so that the categories of a breakdown always add to its total.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

from sharewell.catalogue import areas

TOTAL = "total"
"""The value of a breakdown in a margin: summed, or counted afresh, over all its categories."""

UNKNOWN = "unknown"

Kind = Literal["time", "geography", "person", "clinical"]


@dataclass(frozen=True)
class Breakdown:
    """One way to split a count; ``kind`` tells disclosure rules what it reveals."""

    id: str
    title: str
    kind: Kind
    expression: str
    total_label: str


def _bands(edges: tuple[int, ...], expression: str) -> tuple[str, tuple[str, ...]]:
    """SQL and labels for age bands that start at ``edges``; the last one is open."""
    labels = [f"{low}-{high - 1}" for low, high in itertools.pairwise(edges)]
    labels.append(f"{edges[-1]}+")
    whens = " ".join(
        f"WHEN {expression} < {high} THEN '{label}'"
        for high, label in zip(edges[1:], labels, strict=False)
    )
    known = f"{expression} BETWEEN 0 AND 130"
    sql = f"CASE WHEN {known} THEN CASE {whens} ELSE '{labels[-1]}' END ELSE '{UNKNOWN}' END"
    return sql, (*labels, UNKNOWN)


# Babies are coded 7001 (under a day) to 7007 (under a year): all of them are aged 0.
_AGE = "CASE WHEN e.STARTAGE BETWEEN 7001 AND 7007 THEN 0 ELSE coalesce(e.STARTAGE, -1) END"
_TEN_YEAR_SQL, _TEN_YEAR = _bands((0, 10, 20, 30, 40, 50, 60, 70, 80, 90), _AGE)
_DRUG_SQL, _DRUG_AGES = _bands((0, 16, 25, 35, 45, 55, 65, 75), _AGE)
_UNDER_25_SQL, _UNDER_25 = _bands((0, 25), _AGE)

ETHNIC_GROUPS: dict[str, str] = {
    "A": "British (White)",
    "B": "Irish (White)",
    "C": "Any other White background",
    "D": "White and Black Caribbean (Mixed)",
    "E": "White and Black African (Mixed)",
    "F": "White and Asian (Mixed)",
    "G": "Any other Mixed background",
    "H": "Indian (Asian or Asian British)",
    "J": "Pakistani (Asian or Asian British)",
    "K": "Bangladeshi (Asian or Asian British)",
    "L": "Any other Asian background",
    "M": "Caribbean (Black or Black British)",
    "N": "African (Black or Black British)",
    "P": "Any other Black background",
    "R": "Chinese (other ethnic group)",
    "S": "Any other ethnic group",
    "Z": "Not stated",
    UNKNOWN: "Not known",
}
_ETHNIC_CODES = ", ".join(f"'{code}'" for code in ETHNIC_GROUPS if code != UNKNOWN)

SEXES: dict[str, str] = {"1": "Male", "2": "Female", UNKNOWN: "Not known or not specified"}

_YEAR = "CAST(year(e.EPIEND) - CASE WHEN month(e.EPIEND) < 4 THEN 1 ELSE 0 END AS VARCHAR)"

BREAKDOWNS: dict[str, Breakdown] = {
    breakdown.id: breakdown
    for breakdown in (
        Breakdown("financial_year", "Financial year", "time", _YEAR, "All years"),
        Breakdown("month", "Month", "time", "strftime(e.EPIEND, '%Y-%m')", "All months"),
        Breakdown("region", "Region of residence", "geography", "a.region", "England"),
        Breakdown(
            "police_force",
            "Police force area of residence",
            "geography",
            "a.police_force",
            "England",
        ),
        Breakdown(
            "local_authority",
            "Local authority of residence",
            "geography",
            "a.local_authority",
            "England",
        ),
        Breakdown("age_band", "Age (ten-year bands)", "person", _TEN_YEAR_SQL, "All ages"),
        Breakdown(
            "age_under_25", "Age (under 25, 25 and over)", "person", _UNDER_25_SQL, "All ages"
        ),
        Breakdown("age_drug_bands", "Age (drug statistics bands)", "person", _DRUG_SQL, "All ages"),
        Breakdown(
            "sex",
            "Sex",
            "person",
            f"CASE WHEN e.SEX IN ('1', '2') THEN e.SEX ELSE '{UNKNOWN}' END",
            "All",
        ),
        Breakdown(
            "ethnicity",
            "Ethnic group",
            "person",
            f"CASE WHEN e.ETHNOS IN ({_ETHNIC_CODES}) THEN e.ETHNOS ELSE '{UNKNOWN}' END",
            "All",
        ),
        Breakdown(
            "diagnosis",
            "Primary diagnosis (ICD-10)",
            "clinical",
            f"coalesce(substr(e.DIAG_4_01, 1, 4), '{UNKNOWN}')",
            "All",
        ),
        Breakdown(
            "cause",
            "External cause (ICD-10 category)",
            "clinical",
            f"coalesce(substr(e.CAUSE_4, 1, 3), '{UNKNOWN}')",
            "All",
        ),
    )
}


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
    match name:
        case "region":
            return areas.labels("region")
        case "police_force":
            return areas.labels("police_force")
        case "local_authority":
            return areas.labels("local_authority")
        case "age_band":
            return {band: band for band in _TEN_YEAR}
        case "age_under_25":
            return {"0-24": "Under 25", "25+": "25 and over", UNKNOWN: "Not known"}
        case "age_drug_bands":
            return {band: band for band in _DRUG_AGES}
        case "sex":
            return SEXES
        case "ethnicity":
            return ETHNIC_GROUPS
    return None
