"""People of a period (see `people_of_period`): what is counted of them, and by what.

Each person has one row, with one age, one residence and one cohort, so the categories of a
breakdown add to its total. Definitions follow what is published where a source is named; the rest
is Sharewell's own reading and says so. Conditions and expressions are over the row (alias ``e``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sharewell.catalogue import monitoring_codes
from sharewell.catalogue.activity_counts import ATTRIBUTORS, PERSONS, coded, in_nine, known, nine
from sharewell.catalogue.counting import UNKNOWN, Breakdown, Measure, bands, from_codes
from sharewell.catalogue.people_of_period import COHORTS, COVERAGE, SUBSTANCE_GROUPS


def _ages(labels: tuple[str, ...]) -> Callable[[], Mapping[str, str]]:
    words = {"0-17": "Under 18", UNKNOWN: "Not known"}
    return lambda: {
        band: words.get(band, band.replace("+", " and over").replace("-", " to "))
        for band in labels
    }


_AGE = "coalesce(e.age, -1)"
_NDTMS_SQL, _NDTMS = bands((0, 18, 30, 50), _AGE)
_FINE_SQL, _FINE = bands((0, 18, 25, 30, 35, 40, 45, 50, 55, 60, 65), _AGE)
_SEX = "CASE e.sex WHEN 'M' THEN '1' WHEN 'F' THEN '2' ELSE 'unknown' END"
_SEXES = {"1": "Male", "2": "Female", UNKNOWN: "Not known or not specified"}

_ETHNIC = {
    "White": "White",
    "Mixed or multiple": "Mixed or multiple ethnic groups",
    "Asian or Asian British": "Asian or Asian British",
    "Black, Black British, Caribbean or African": "Black, Black British, Caribbean or African",
    "Other": "Other ethnic group",
    "Not stated": "Not stated",
}
"""The data set's group of ethnic codes to its label."""

_ETHNIC_IDS = dict(zip(_ETHNIC, ("white", "mixed", "asian", "black", "other", "z"), strict=True))
_ETHNIC_GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **{
            _ETHNIC_IDS[group]: codes
            for group, codes in monitoring_codes.groups("ethnicity").items()
        },
        UNKNOWN: (UNKNOWN,),
    }
)


def _grouped_ethnicity() -> str:
    whens = " ".join(
        f"WHEN e.ethnicity IN ({', '.join(repr(code) for code in codes)}) THEN '{group}'"
        for group, codes in _ETHNIC_GROUPS.items()
        if group != UNKNOWN
    )
    return f"CASE {whens} ELSE '{UNKNOWN}' END"


CHANGES = {
    "better": "Better",
    "same": "The same",
    "worse": "Worse",
    UNKNOWN: "Fewer than two scores",
}
_EXITS = {**monitoring_codes.labels("exit_reason"), UNKNOWN: "Not recorded"}


def _change(id_: str, title: str, score: str) -> Breakdown:
    first, last = f"e.{score}_first", f"e.{score}_last"
    return Breakdown(
        id_,
        title,
        "person",
        f"CASE WHEN e.{score}_scores < 2 THEN '{UNKNOWN}' WHEN {last} > {first} THEN 'better' "
        f"WHEN {last} < {first} THEN 'worse' ELSE 'same' END",
        "All",
        known(CHANGES),
        dimension="answer",
        apart=True,
        meaning="The last score of the period against the first, from 0 (poor) to 20 (good). "
        "Any higher score is better: no least difference is asked.",
    )


PEOPLE_MEASURES: dict[str, Measure] = {
    **{
        name: Measure(
            name,
            title,
            f"is_{name.lower()}",
            within=(*within, ATTRIBUTORS, "RECORDS"),
            meaning=meaning,
        )
        for name, (title, within, _, meaning) in PERSONS.items()
    },
    ATTRIBUTORS: Measure(
        ATTRIBUTORS,
        "People in contact, by exact attributor",
        "TRUE",
        amount="attributors",
        within=("RECORDS",),
        meaning="Different attributors (initials, date of birth and sex) with at least one record "
        "of activity in the period, for each person added up. Somebody whose attributor was once "
        "mistyped counts twice, and two people who share one count once.",
    ),
}

PEOPLE_BREAKDOWNS: dict[str, Breakdown] = {
    breakdown.id: breakdown
    for breakdown in (
        Breakdown(
            "residence",
            "Local authority of residence",
            "geography",
            in_nine("e.local_authority"),
            "All areas",
            nine,
            dimension="area",
            meaning="The local authority of the postcode where the person lives, the latest known "
            "in the period. Elsewhere is outside Cheshire and Merseyside; not known includes "
            "people who gave no postcode or have no fixed abode.",
        ),
        Breakdown(
            "age_ndtms",
            "Age (18 to 29, 30 to 49, 50 and over)",
            "person",
            _NDTMS_SQL,
            "All ages",
            _ages(_NDTMS),
            dimension="age",
            meaning="The age on the last day of contact in the period, in the bands of the "
            "National Drug Treatment Monitoring System's public tables, and under 18.",
        ),
        Breakdown(
            "age_fine",
            "Age (five-year bands)",
            "person",
            _FINE_SQL,
            "All ages",
            _ages(_FINE),
            dimension="age",
            meaning="The age on the last day of contact in the period.",
        ),
        Breakdown(
            "sex",
            "Sex",
            "person",
            _SEX,
            "All",
            known(_SEXES),
            meaning="Sex as in the attributor, the latest known; gender identity is not counted.",
        ),
        Breakdown(
            "ethnic_group",
            "Ethnic group (broad)",
            "person",
            _grouped_ethnicity(),
            "All",
            known(
                {**{_ETHNIC_IDS[g]: label for g, label in _ETHNIC.items()}, UNKNOWN: "Not known"}
            ),
            dimension="ethnicity",
            groups=_ETHNIC_GROUPS,
            meaning="The groups of the Census of England and Wales, as the person described it "
            "last.",
        ),
        Breakdown(
            "ethnic_detail",
            "Ethnic group (detailed)",
            "person",
            from_codes("e.ethnicity", monitoring_codes.labels("ethnicity")),
            "All",
            lambda: {**monitoring_codes.labels("ethnicity"), UNKNOWN: "Not known"},
            dimension="ethnicity",
            meaning="The detailed groups of the Census, as the person described it last.",
        ),
        Breakdown(
            "substance_group",
            "Substance group",
            "person",
            "e.substance_group",
            "All",
            known(SUBSTANCE_GROUPS),
            meaning="By the hierarchy of the National Drug Treatment Monitoring System, over all "
            "substances stated for the person: any opiate is opiate; otherwise non-opiate and "
            "alcohol, non-opiate only, or alcohol only. People for whom only image and performance "
            "drugs are stated stand apart, which is Sharewell's own reading. What a brief "
            "intervention was about says nothing of what somebody uses.",
        ),
        Breakdown(
            "main_substance",
            "Main substance",
            "person",
            from_codes("e.substance", monitoring_codes.labels("substance")),
            "All",
            coded("substance"),
            dimension="answer",
            apart=True,
            meaning="The client's main substance as it stands last, or else that of the latest "
            "record.",
        ),
        Breakdown(
            "cohort",
            "Cohort",
            "person",
            "e.cohort",
            "Everybody",
            known(COHORTS),
            meaning="Each person is in one cohort, the first that fits. Psychoactive injectors: a "
            "needle and syringe transaction for an opiate or another psychoactive drug, or for a "
            "substance not stated unless the client's main substance is an image or performance "
            "drug; or currently injecting, with a psychoactive drug stated; or a psychoactive drug "
            "recorded as injected. Users of steroids and other image and performance drugs: a "
            "record about them, a transaction for them, or one of them as the main substance. "
            "Alcohol and drugs without injecting: any other psychoactive drug or alcohol stated, "
            "or a record of alcohol. The three cohorts are those of the area's annual reports; "
            "their exact rules were not at hand, so the order and the rules are Sharewell's own.",
        ),
        Breakdown(
            "coverage",
            "Coverage (sterile sets for each injection)",
            "person",
            "e.coverage",
            "All",
            known(COVERAGE),
            meaning="NICE guideline PH52 asks how many people have more than 100 % coverage: more "
            "than one sterile needle and syringe for each injection. Sets of the period are "
            "compared with injections a week, as last stated, over the weeks of the period. A set "
            "is a syringe with its needle, or a separate syringe and a separate needle. Somebody "
            "who collected for others keeps an equal share of each kind of item, in whole items. "
            "People who state no number of injections are not known, and stand apart from those "
            "who state none. Sets from elsewhere and sets kept are not seen, and somebody who came "
            "only for part of the period seems to have fewer than they had. What counts as a set, "
            "the share and the whole period are Sharewell's own reading.",
        ),
        Breakdown(
            "exit_reason",
            "How it ended",
            "person",
            from_codes("e.exit_reason", _EXITS),
            "All",
            known(_EXITS),
            dimension="answer",
            apart=True,
            meaning="As the last exit record of the period has it: planned, unplanned, or "
            "withdrawn by the service.",
        ),
        _change("psychological_change", "Psychological health", "psychological"),
        _change("physical_change", "Physical health", "physical"),
        _change("quality_change", "Quality of life", "quality"),
    )
}
