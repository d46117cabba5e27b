"""A synthetic release at a readable size, with margins that add and a Welsh force."""

from __future__ import annotations

import itertools
from datetime import date

import numpy as np
import pyarrow as pa

from sharewell.disclosure import ExtraRule, PublishedTable, protect, rule
from sharewell.publication import ClauseNote, Definition, ReleaseNotes, RuleNote

KINDS = {
    "financial_year": "time",
    "month": "time",
    "police_force": "geography",
    "age_under_25": "person",
    "sex": "person",
}
FORCES = {
    "E23000001": "Metropolitan Police",
    "E23000013": "Cleveland",
    "E23000034": "London, City of",
    "E23000036": "Devon & Cornwall",
    "W15000003": "South Wales",
}
LABELS = {
    "police_force": {"total": "England and Wales", **FORCES},
    "measure": {"FAE": "Finished admission episodes", "FCE": "Finished consultant episodes"},
}
SHARES = (0.62, 0.16, 0.001, 0.13, 0.089)
WORDS = (
    "Additional risks of identification are mitigated by also suppressing the national figures "
    "where 'all ages' are not used, as this would risk revealing the Wales low volume figures."
)


def counted(years: int = 12, seed: int = 7, last_months: int = 9) -> pa.Table:
    """Counts by month x force and month x force x age, for two measures, with all margins.

    The last year has ``last_months`` months. Poisson counts of about 4,000 a year.
    """
    rng = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    for number in range(years):
        year = 2012 + number
        months = [f"{year + (m > 9)}-{(m + 2) % 12 + 1:02d}" for m in range(1, 13)]
        months = months[: last_months if number == years - 1 else 12]
        level = 330 + 12 * number + 30 * np.sin(number)
        expected = np.multiply.outer(np.multiply.outer(SHARES, (0.38, 0.615, 0.005)), [1, 1.15])
        atoms = rng.poisson(level * expected, (len(months), 5, 3, 2))
        margins = atoms
        for axis in range(3):
            margins = np.concatenate([margins.sum(axis=axis, keepdims=True), margins], axis=axis)
        places = itertools.product(
            enumerate(["total", *months]),
            enumerate(["total", *FORCES]),
            enumerate(["total", "0-24", "25+", "unknown"]),
            enumerate(["FAE", "FCE"]),
        )
        for (m, month), (f, force), (a, age), (k, measure) in places:
            shared = {
                "financial_year": str(year),
                "month": month,
                "police_force": force,
                "measure": measure,
                "count": int(margins[m, f, a, k]),
            }
            crossing = "month x police_force x age_under_25"
            rows.append(shared | {"crossing": crossing, "age_under_25": age})
            if age == "total":
                rows.append(shared | {"crossing": "month x police_force", "age_under_25": None})
    names = ("crossing", "financial_year", "month", "police_force", "age_under_25", "measure")
    columns: dict[str, pa.Array] = {
        name: pa.array([row[name] for row in rows], pa.string()) for name in names
    }
    return pa.table(columns | {"count": pa.array([row["count"] for row in rows], pa.int64())})


def published(cells: pa.Table, name: str = "sharp-object-by-force") -> PublishedTable:
    return protect(
        cells,
        id=name,
        title="Hospital admissions for assault by sharp object",
        breakdown_kinds=KINDS,
        rule=rule("hes-2018"),
        extra=[
            ExtraRule("national-not-all-ages", WORDS, ("total", "K04000001"), ("age_under_25",))
        ],
    )


def release_notes(**changes: object) -> ReleaseNotes:
    """Notes with everything filled in."""
    rules = tuple(
        RuleNote(each.id, each.title, each.words(), each.source)
        for each in (rule("hes-2018"), rule("wales-strict"))
    )
    extra = RuleNote("national-not-all-ages", "National figures not for all ages", (WORDS,))
    notes: dict[str, object] = {
        "release_id": "2025-07-sharp-object",
        "title": "Assault by sharp object: hospital admissions by police force area",
        "agreement": "DARS-NIC-612092-Q0Y6F",
        "agreement_version": "1.3",
        "agreement_title": "Serious violence: tabulations for policy and evaluation",
        "agreement_link": "https://example.org/agreements/612092",
        "released_by": "Home Office",
        "released_to": "The public",
        "source": "Hospital Episode Statistics, Admitted Patient Care, with PEDW for Wales",
        "period": "April 2012 to December 2023",
        "made": date(2025, 7, 5),
        "contact": "statistics@example.org",
        "summary": "Monthly admissions to hospital in England and Wales after an assault with a "
        "sharp object, by the police force area in which the patient lives, and by age.",
        "definitions": (
            Definition(
                "Finished admission episodes",
                "The first finished episode of a spell of care, dated by the day it ends. "
                "Admissions are counted, not people.",
            ),
            Definition(
                "Assault by sharp object",
                "ICD-10 X99 as the first external cause of the episode.",
            ),
        ),
        "notes": (
            "Place is where the patient lives, not where the assault happened.",
            "A transfer between hospitals can be counted twice.",
            "Welsh figures come from another system and can lag by two to six months.",
        ),
        "rules": (*rules, extra),
        "clauses": (ClauseNote("national-not-all-ages", WORDS),),
        "provisional": "Figures from April 2023 may change as hospitals complete their records.",
        "synthetic": "Every figure here is invented. No real person's record was used.",
        "ledger_entry": "9f2c61d0b7a4e85530c1a7be6f0d92418c7735aa02d9e1b4f6c8a3d5e7091b2c",
    }
    return ReleaseNotes(**(notes | changes))  # type: ignore[arg-type]
