"""Episodes of admitted patients (HES APC and PEDW): what is counted of them, and by what.

FCE, FAE and emergency FAE follow the HES derivations: a finished consultant episode has
EPISTAT 3 and is not a regular day or night attendance (CLASSPAT 3 or 4); a finished admission
episode is an FCE that comes first in its spell (EPIORDER 1); an emergency one has an ADMIMETH
that starts with 2. They count episodes and admissions, not people. Each is dated by the day the
episode ends (EPIEND).

Expressions are over the episode (alias ``e``, see `episodes`) and the area of residence (alias
``a``, see `areas.lookup_table`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sharewell.catalogue import areas
from sharewell.catalogue.counting import UNKNOWN, Breakdown, Measure, bands

_FCE = "EPISTAT = 3 AND CLASSPAT NOT IN (3, 4)"
_FAE = f"{_FCE} AND EPIORDER = 1"


EPISODE_MEASURES: dict[str, Measure] = {
    measure.id: measure
    for measure in (
        Measure("FCE", "Finished consultant episodes", _FCE),
        Measure("FAE", "Finished admission episodes", _FAE, within=("FCE",)),
        Measure(
            "FAE_EMERGENCY",
            "Emergency finished admission episodes",
            f"{_FAE} AND starts_with(ADMIMETH, '2')",
            within=("FAE", "FCE"),
        ),
        Measure(
            "PEOPLE",
            "People with a finished admission episode",
            _FAE,
            "TOKEN_PERSON_ID",
            within=("FAE", "FCE"),
        ),
    )
}


def _same(bands: tuple[str, ...]) -> Callable[[], Mapping[str, str]]:
    return lambda: {band: band for band in bands}


def _areas(level: str) -> Callable[[], Mapping[str, str]]:
    return lambda: areas.labels(level)


# Babies are coded 7001 (under a day) to 7007 (under a year): all of them are aged 0.
_AGE = "CASE WHEN e.STARTAGE BETWEEN 7001 AND 7007 THEN 0 ELSE coalesce(e.STARTAGE, -1) END"
_TEN_YEAR_SQL, _TEN_YEAR = bands((0, 10, 20, 30, 40, 50, 60, 70, 80, 90), _AGE)
_DRUG_SQL, _DRUG_AGES = bands((0, 16, 25, 35, 45, 55, 65, 75), _AGE)
_UNDER_25_SQL, _UNDER_25 = bands((0, 25), _AGE)

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

EPISODE_BREAKDOWNS: dict[str, Breakdown] = {
    breakdown.id: breakdown
    for breakdown in (
        Breakdown("financial_year", "Financial year", "time", _YEAR, "All years"),
        Breakdown("month", "Month", "time", "strftime(e.EPIEND, '%Y-%m')", "All months"),
        Breakdown(
            "region", "Region of residence", "geography", "a.region", "England", _areas("region")
        ),
        Breakdown(
            "police_force",
            "Police force area of residence",
            "geography",
            "a.police_force",
            "England",
            _areas("police_force"),
        ),
        Breakdown(
            "local_authority",
            "Local authority of residence",
            "geography",
            "a.local_authority",
            "England",
            _areas("local_authority"),
        ),
        Breakdown(
            "age_band",
            "Age (ten-year bands)",
            "person",
            _TEN_YEAR_SQL,
            "All ages",
            _same(_TEN_YEAR),
        ),
        Breakdown(
            "age_under_25",
            "Age (under 25, 25 and over)",
            "person",
            _UNDER_25_SQL,
            "All ages",
            lambda: {"0-24": "Under 25", "25+": "25 and over", UNKNOWN: "Not known"},
        ),
        Breakdown(
            "age_drug_bands",
            "Age (drug statistics bands)",
            "person",
            _DRUG_SQL,
            "All ages",
            _same(_DRUG_AGES),
        ),
        Breakdown(
            "sex",
            "Sex",
            "person",
            f"CASE WHEN e.SEX IN ('1', '2') THEN e.SEX ELSE '{UNKNOWN}' END",
            "All",
            lambda: SEXES,
        ),
        Breakdown(
            "ethnicity",
            "Ethnic group",
            "person",
            f"CASE WHEN e.ETHNOS IN ({_ETHNIC_CODES}) THEN e.ETHNOS ELSE '{UNKNOWN}' END",
            "All",
            lambda: ETHNIC_GROUPS,
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
