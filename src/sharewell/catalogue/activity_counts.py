"""Records of monitoring activity (see `activity`): what is counted of them, and by what.

The same records make people of a period, whom `people_counts` counts. Conditions and expressions
are over the row (alias ``e``).

"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sharewell.catalogue import areas, monitoring_codes
from sharewell.catalogue.counting import UNKNOWN, Breakdown, Measure, from_codes

CHESHIRE_AND_MERSEYSIDE = (
    *("E06000049", "E06000050", "E06000006", "E08000011", "E08000012"),
    *("E08000014", "E08000013", "E06000007", "E08000015"),
)
"""The nine local authorities of Cheshire and Merseyside: Cheshire East, Cheshire West and Chester,
Halton, Knowsley, Liverpool, Sefton, St. Helens, Warrington and Wirral."""

ELSEWHERE = "elsewhere"
ATTRIBUTORS = "ATTRIBUTORS"


def nine() -> Mapping[str, str]:
    names = areas.labels("local_authority")
    nine = {code: names[code] for code in CHESHIRE_AND_MERSEYSIDE}
    return {**nine, ELSEWHERE: "Elsewhere", UNKNOWN: "Not known"}


def in_nine(column: str) -> str:
    codes = ", ".join(f"'{code}'" for code in CHESHIRE_AND_MERSEYSIDE)
    return (
        f"CASE WHEN {column} IN ({codes}) THEN {column} WHEN {column} IS NULL THEN '{UNKNOWN}' "
        f"ELSE '{ELSEWHERE}' END"
    )


def coded(name: str) -> Callable[[], Mapping[str, str]]:
    """The labels of a code list, and not known."""
    return lambda: {**monitoring_codes.labels(name), UNKNOWN: "Not recorded"}


def known(labels: Mapping[str, str]) -> Callable[[], Mapping[str, str]]:
    return lambda: labels


_ISSUED = "module = 'naloxone' AND naloxone_action = 'ISSUED' AND kits > 0"
_ADVISED = "module = 'brief_intervention' AND intervention_outcome IN ('COMPLETED', 'REFERRED')"
_IN = "module = 'referral' AND direction = 'IN'"
_OUT = "module = 'referral' AND direction = 'OUT'"

PERSONS: Mapping[str, tuple[str, tuple[str, ...], str, str]] = {
    "PERSONS": (
        "People in contact",
        (),
        "module IS NOT NULL",
        "People with at least one record of activity, of any module, in the period. Each is "
        "counted once, whatever services saw them: as one person, by the linkage of attributors "
        "that was in use.",
    ),
    "PERSONS_NEEDLE": (
        "People who used needle and syringe exchange",
        ("PERSONS",),
        "module = 'needle'",
        "People with at least one needle and syringe transaction, given out or returned.",
    ),
    "PERSONS_KITS": (
        "People issued with naloxone",
        ("PERSONS", "KITS"),
        _ISSUED,
        "People to whom at least one kit was issued, for themselves or another.",
    ),
    "PERSONS_ADVISED": (
        "People given a brief intervention",
        ("PERSONS", "INTERVENTIONS"),
        _ADVISED,
        "People with at least one brief intervention that was completed, referred on or not. "
        "Offered and declined does not count.",
    ),
    "PERSONS_REFERRED_IN": (
        "People referred in",
        ("PERSONS", "REFERRALS_IN"),
        _IN,
        "People with at least one referral to a service that reports here.",
    ),
    "PERSONS_REFERRED_OUT": (
        "People referred out",
        ("PERSONS", "REFERRALS_OUT"),
        _OUT,
        "People with at least one referral by a service that reports here.",
    ),
    "PERSONS_ARRIVED": (
        "People who arrived where they were referred",
        ("PERSONS", "PERSONS_REFERRED_OUT", "REFERRALS_OUT"),
        f"{_OUT} AND arrived = 'Y'",
        "People referred out in the period of whom at least one such referral is recorded as "
        "arrived. Not known counts as not arrived, so this is the least it can be.",
    ),
    "PERSONS_OUTCOMES": (
        "People with a record of wellbeing",
        ("PERSONS", "OUTCOMES"),
        "module = 'wellbeing'",
        "People with at least one record of wellbeing and outcomes: start, review or exit.",
    ),
    "PERSONS_STARTED": (
        "People who started",
        ("PERSONS", "PERSONS_OUTCOMES", "OUTCOMES"),
        "module = 'wellbeing' AND stage = 'START'",
        "People with an outcome record of the stage start in the period.",
    ),
    "PERSONS_REVIEWED": (
        "People who were reviewed",
        ("PERSONS", "PERSONS_OUTCOMES", "OUTCOMES"),
        "module = 'wellbeing' AND stage = 'REVIEW'",
        "People with an outcome record of the stage review in the period.",
    ),
    "PERSONS_EXITED": (
        "People who left",
        ("PERSONS", "PERSONS_OUTCOMES", "OUTCOMES"),
        "module = 'wellbeing' AND stage = 'EXIT'",
        "People with an outcome record of the stage exit in the period.",
    ),
}
"""id: title, what it never exceeds, which records make somebody one of them, and its meaning."""

PERSON_CONDITIONS: Mapping[str, str] = MappingProxyType(
    {name: condition for name, (_, _, condition, _) in PERSONS.items()}
)

ACTIVITY_MEASURES: dict[str, Measure] = {
    measure.id: measure
    for measure in (
        *(
            Measure(
                name,
                title,
                condition,
                distinct="person",
                within=(*within, ATTRIBUTORS, "RECORDS"),
                meaning=meaning,
            )
            for name, (title, within, condition, meaning) in PERSONS.items()
        ),
        Measure(
            "RECORDS",
            "Records of activity",
            "TRUE",
            meaning="Every record, of people and nobody's. A visit for needles and syringes has a "
            "record for each item.",
        ),
        Measure(
            "VISITS",
            "Visits for needles and syringes",
            "module = 'needle'",
            distinct="visit",
            within=("RECORDS",),
            meaning="Transactions of needle and syringe exchange, each counted once, however many "
            "items were given out. A visit of somebody who objects to processing counts.",
        ),
        Measure(
            "ITEMS_OUT",
            "Items given out",
            "module = 'needle' AND items_out > 0",
            amount="items_out",
            things=True,
            meaning="Single items of needle and syringe exchange, not packs. They are things, not "
            "people, so they are printed as they are.",
        ),
        Measure(
            "RETURNED",
            "Needles returned",
            "module = 'needle' AND returned > 0",
            amount="returned",
            things=True,
            meaning="Needles brought back: counted, estimated from the size of the bin, or as the "
            "client said.",
        ),
        Measure(
            "KITS",
            "Naloxone kits issued",
            _ISSUED,
            amount="kits",
            things=True,
            meaning="Kits handed out, first supplies and replacements. They are things, not "
            "people.",
        ),
        Measure(
            "NALOXONE",
            "Records of naloxone",
            "module = 'naloxone'",
            within=("RECORDS",),
            meaning="Kits issued, people trained and uses reported, a record each.",
        ),
        Measure(
            "INTERVENTIONS",
            "Brief interventions",
            "module = 'brief_intervention'",
            within=("RECORDS",),
            meaning="Brief interventions recorded, those offered and declined included.",
        ),
        Measure(
            "REFERRALS_IN",
            "Referrals in",
            _IN,
            within=("RECORDS",),
            meaning="Referrals to a service that reports here, recorded by it.",
        ),
        Measure(
            "REFERRALS_OUT",
            "Referrals out",
            _OUT,
            within=("RECORDS",),
            meaning="Referrals by a service that reports here, recorded by it.",
        ),
        Measure(
            "OUTCOMES",
            "Records of wellbeing and outcomes",
            "module = 'wellbeing'",
            within=("RECORDS",),
            meaning="Outcome records of the stages start, review and exit.",
        ),
    )
}

_MODULES = {
    "needle": "Needle and syringe transactions",
    "naloxone": "Naloxone",
    "brief_intervention": "Brief interventions",
    "outreach": "Outreach",
    "assessment": "Assessment",
    "referral": "Referrals in and out",
    "wellbeing": "Wellbeing and outcomes",
    "steroid": "Steroids and image drugs",
    "alcohol": "Alcohol",
    UNKNOWN: "Not known",
}
_YEAR = "CAST(year(e.day) - CASE WHEN month(e.day) < 4 THEN 1 ELSE 0 END AS VARCHAR)"


def _by_code(id_: str, title: str, list_: str, column: str, meaning: str) -> Breakdown:
    codes = monitoring_codes.labels(list_)
    return Breakdown(
        id_,
        title,
        "activity",
        from_codes(f"e.{column}", codes),
        "All",
        coded(list_),
        dimension="activity",
        apart=True,
        meaning=meaning,
    )


ACTIVITY_BREAKDOWNS: dict[str, Breakdown] = {
    breakdown.id: breakdown
    for breakdown in (
        Breakdown("financial_year", "Financial year", "time", _YEAR, "All years"),
        Breakdown("month", "Month", "time", "strftime(e.day, '%Y-%m')", "All months"),
        Breakdown(
            "service_area",
            "Local authority of the service",
            "geography",
            in_nine("e.service_area"),
            "All areas",
            nine,
            meaning="The local authority that the service is for, wherever its clients live. "
            "Somebody seen in two areas counts in both, and once in the total.",
        ),
        Breakdown(
            "module",
            "Kind of activity",
            "activity",
            from_codes("e.module", _MODULES),
            "All activity",
            known(_MODULES),
            dimension="activity",
            apart=True,
            meaning="The module of the monitoring data set under which it was recorded.",
        ),
        _by_code("item", "Item given out", "item", "item", "The item, as the data set lists them."),
        _by_code(
            "naloxone_action",
            "What happened with naloxone",
            "naloxone_action",
            "naloxone_action",
            "Kits issued, somebody trained without a kit, or naloxone used.",
        ),
        _by_code(
            "intervention",
            "Brief intervention",
            "intervention",
            "intervention",
            "What the intervention was, as the data set lists them.",
        ),
        _by_code(
            "intervention_outcome",
            "Outcome of the intervention",
            "intervention_outcome",
            "intervention_outcome",
            "Completed, completed and referred on, or offered and declined.",
        ),
        _by_code(
            "agency",
            "Referred from or to",
            "agency",
            "agency",
            "The kind of agency that referred the client, or to which the client was referred.",
        ),
        Breakdown(
            "arrived",
            "Arrived",
            "activity",
            "CASE WHEN e.arrived IN ('Y', 'N') THEN e.arrived ELSE 'unknown' END",
            "All",
            known({"Y": "Arrived", "N": "Did not arrive", UNKNOWN: "Not known"}),
            dimension="activity",
            apart=True,
            meaning="Whether the referral is recorded as arrived.",
        ),
        _by_code("stage", "Stage", "stage", "stage", "Start, review or exit."),
    )
}
