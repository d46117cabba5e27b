"""Monitoring counts by plain loops, from the definitions in docs/reference/monitoring-tables.md.

Written apart from the SQL: fractions instead of whole-number tricks, sets of people instead of
group-bys, and code lists typed out.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from fractions import Fraction
from itertools import product

from sharewell.tabulation import TableSpec

Row = dict[str, object]
OPIATES = {*("HEROIN", "METHADONE", "BUPRENORPHINE", "FENTANYL", "NITAZENE"), "OPIOIDMED", "OPIATE"}
IMAGE = {"STEROID", "GROWTH", "MELANOTAN", "INSULIN", "IPEDOTHER"}
OTHERS = {
    *("CRACK", "COCAINE", "AMPHETAMINE", "METHAMPHETAMINE", "MEPHEDRONE", "MDMA", "KETAMINE"),
    *("GHB", "CANNABIS", "SPICE", "BENZO", "GABAPENTINOID", "HALLUCINOGEN", "SOLVENT"),
    *("LEGALHIGH", "OTHERDRUG"),
}
NINE = {
    *("E06000049", "E06000050", "E06000006", "E08000011", "E08000012", "E08000014"),
    *("E08000013", "E06000007", "E08000015"),
}
DETAIL = set("ABTQCDEFGHJKRLMNPWSZ")
BROAD = {**dict.fromkeys("ABTQC", "white"), **dict.fromkeys("DEFG", "mixed")}
BROAD |= {**dict.fromkeys("HJKRL", "asian"), **dict.fromkeys("MNP", "black")}
BROAD |= {**dict.fromkeys("WS", "other"), "Z": "z"}
CODES = {
    "item": {
        *("SET1ML", "SET1MLDS", "SYR1ML", "SYR2ML", "SYR5ML", "SYR10ML", "NEEDLESHORT"),
        *("NEEDLEBLUE", "NEEDLEGREEN", "BIN", "CITRIC", "VITAMINC", "WATER", "SPOON", "FILTER"),
        *("SWAB", "FOIL", "CONDOM"),
    },
    "naloxone_action": {"ISSUED", "TRAINED", "USED"},
    "intervention": {
        *("SAFERINJ", "OVERDOSE", "WOUND", "BBV", "SEXUAL", "DRUGS", "ALCOHOL"),
        *("EXTENDED", "STEROID", "GENERAL"),
    },
    "intervention_outcome": {"COMPLETED", "DECLINED", "REFERRED"},
    "agency": {"GP", "TREATMENT", "SELF"},
    "stage": {"START", "REVIEW", "EXIT"},
    "arrived": {"Y", "N"},
}


def is_one(measure: str, row: Row) -> bool:
    """Whether a record makes its person one of those that the measure counts."""
    module = row["module"]
    out = module == "referral" and row["direction"] == "OUT"
    return {
        "PERSONS": True,
        "PERSONS_NEEDLE": module == "needle",
        "PERSONS_KITS": module == "naloxone"
        and row["naloxone_action"] == "ISSUED"
        and (row["kits"] or 0) > 0,
        "PERSONS_ADVISED": module == "brief_intervention"
        and row["intervention_outcome"] != "DECLINED",
        "PERSONS_REFERRED_IN": module == "referral" and not out,
        "PERSONS_REFERRED_OUT": out,
        "PERSONS_ARRIVED": out and row["arrived"] == "Y",
        "PERSONS_OUTCOMES": module == "wellbeing",
        "PERSONS_STARTED": row["stage"] == "START",
        "PERSONS_REVIEWED": row["stage"] == "REVIEW",
        "PERSONS_EXITED": row["stage"] == "EXIT",
    }[measure]


def counted(measure: str, row: Row) -> tuple[object, int] | None:
    """What a record adds to a measure: a thing that counts once, and how much it counts."""
    module = row["module"]
    if measure.startswith("PERSONS"):
        here = row["person"] is not None and is_one(measure, row)
        return (("person", row["person"]), 1) if here else None
    if measure == "VISITS":
        here = module == "needle" and row["visit"] is not None
        return (("visit", row["visit"]), 1) if here else None
    amounts = {"ITEMS_OUT": ("needle", "items_out"), "RETURNED": ("needle", "returned")}
    if measure in amounts:
        wanted, column = amounts[measure]
        return (row["record"], row[column] or 0) if module == wanted else None
    if measure == "KITS":
        return (row["record"], row["kits"]) if is_one("PERSONS_KITS", row) else None
    here = {
        "RECORDS": True,
        "NALOXONE": module == "naloxone",
        "INTERVENTIONS": module == "brief_intervention",
        "REFERRALS_IN": module == "referral" and row["direction"] == "IN",
        "REFERRALS_OUT": module == "referral" and row["direction"] == "OUT",
        "OUTCOMES": module == "wellbeing",
    }[measure]
    return (row["record"], 1) if here else None


# People of a period


def people(rows: list[Row], first: date, last: date) -> list[Row]:
    """One row for each person, with every attribute."""
    theirs: dict[object, list[Row]] = defaultdict(list)
    for row in rows:
        if row["person"] is not None and first <= row["day"] <= last:
            theirs[row["person"]].append(row)
    return [
        person_of(sorted(mine, key=lambda r: (r["day"], r["record"])), (last - first).days + 1)
        for mine in theirs.values()
    ]


def latest(mine: list[Row], column: str, among: set[object] | None = None) -> object:
    known = [r[column] for r in mine if r[column] is not None and (not among or r[column] in among)]
    return known[-1] if known else None


def person_of(mine: list[Row], days: int) -> Row:
    stated = {r[c] for r in mine for c in ("client_main", "client_second")}
    for r in mine:
        if r["module"] != "brief_intervention":
            stated |= {r["main_substance"], r["second_substance"], r["third_substance"]}
    others = [r for r in mine if r["module"] != "brief_intervention"]
    main = latest(mine, "client_main") or latest(others, "main_substance")
    residence = latest(mine, "local_authority")
    ethnicity = latest(mine, "ethnicity")
    exits = [r for r in mine if r["stage"] == "EXIT"]
    found: Row = {
        "rows": mine,
        "residence": "unknown" if residence is None else residence,
        "age_ndtms": band(latest(mine, "age"), [0, 18, 30, 50]),
        "age_fine": band(latest(mine, "age"), [0, 18, *range(25, 66, 5)]),
        "sex": {"M": "1", "F": "2"}.get(latest(mine, "sex", {"M", "F"}), "unknown"),
        "ethnic_detail": ethnicity if ethnicity in DETAIL else "unknown",
        "ethnic_group": BROAD.get(ethnicity, "unknown"),
        "main_substance": main or "unknown",
        "substance_group": substance_group(stated),
        "cohort": cohort(mine, stated),
        "coverage": coverage(mine, days),
        "exit_reason": latest(exits, "exit_reason") or "unknown",
    }
    if residence is not None and residence not in NINE:
        found["residence"] = "elsewhere"
    for name, column in (
        ("psychological_change", "psychological"),
        ("physical_change", "physical"),
        ("quality_change", "quality_of_life"),
    ):
        scores = [r[column] for r in mine if r[column] is not None]
        found[name] = "unknown"
        if len(scores) > 1:
            found[name] = {1: "better", 0: "same", -1: "worse"}[
                (scores[-1] > scores[0]) - (scores[-1] < scores[0])
            ]
    return found


def band(age: object, edges: list[int]) -> str:
    if age is None or not 0 <= age <= 130:
        return "unknown"
    low = max(edge for edge in edges if edge <= age)
    higher = [edge for edge in edges if edge > age]
    return f"{low}-{min(higher) - 1}" if higher else f"{low}+"


def substance_group(stated: set[object]) -> str:
    if stated & OPIATES:
        return "opiate"
    if stated & OTHERS:
        return "non-opiate-alcohol" if "ALCOHOL" in stated else "non-opiate"
    if "ALCOHOL" in stated:
        return "alcohol"
    return "image" if stated & IMAGE else "unknown"


def cohort(mine: list[Row], stated: set[object]) -> str:
    psychoactive = OPIATES | OTHERS
    image = False
    for r in mine:
        own = set() if r["module"] == "brief_intervention" else {r["main_substance"]}
        named = {r["client_main"], r["client_second"]} | own
        if own:
            named |= {r["second_substance"], r["third_substance"]}
        if r["module"] == "needle":
            if r["main_substance"] in psychoactive:
                return "psychoactive"
            if r["main_substance"] is None and r["client_main"] not in IMAGE:
                return "psychoactive"
        if (r["injecting"] or r["client_injecting"]) == "C" and named & psychoactive:
            return "psychoactive"
        if r["route"] == "INJECT" and r["main_substance"] in psychoactive:
            return "psychoactive"
        if r["module"] == "steroid" or r["client_main"] in IMAGE or own & IMAGE:
            image = True
    if image:
        return "image"
    if stated & (psychoactive | {"ALCOHOL"}) or any(r["module"] == "alcohol" for r in mine):
        return "other"
    return "unknown"


def coverage(mine: list[Row], days: int) -> str:
    a_week = latest(mine, "injections_per_week")
    if a_week is None:
        return "unknown"
    if a_week == 0:
        return "none"
    visits: dict[object, list[Row]] = defaultdict(list)
    for r in mine:
        if r["module"] == "needle":
            visits[r["visit"] or ("one", r["record"])].append(r)
    kept: dict[str, int] = defaultdict(int)
    for rows in visits.values():
        people_ = 1 + max((r["on_behalf_of"] or 0) for r in rows)
        given: dict[str, int] = defaultdict(int)
        for r in rows:
            item = str(r["item"])
            kind = "set" if item.startswith("SET") else item[:3]
            given[kind] += r["items_out"] or 0
        for kind, number in given.items():
            kept[kind] += number // people_
    sets = kept["set"] + min(kept["SYR"], kept["NEE"])
    return "more" if Fraction(sets) / (Fraction(a_week * days, 7)) > 1 else "not-more"


# Cells

PEOPLE_BREAKDOWNS = {
    *("residence", "age_ndtms", "age_fine", "sex", "ethnic_detail", "ethnic_group"),
    *("main_substance", "substance_group", "cohort", "coverage", "exit_reason"),
    *("psychological_change", "physical_change", "quality_change"),
}


def value(row: Row, name: str) -> str:
    """The category of a record of activity."""
    day = row["day"]
    if name == "month":
        return f"{day.year}-{day.month:02d}"
    if name == "financial_year":
        return str(day.year if day.month >= 4 else day.year - 1)
    if name == "service_area":
        return row[name] if row[name] in NINE else "elsewhere"
    if name == "module":
        return row[name]
    return row[name] if row[name] in CODES[name] else "unknown"


def count(
    rows: list[Row], spec: TableSpec, crossing: tuple[str, ...], measure: str
) -> dict[tuple[tuple[str, str], ...], int]:
    """(breakdown, category) pairs, sorted, to the count: every cell that is not 0."""
    found: dict[tuple[tuple[str, str], ...], dict[object, int]] = defaultdict(dict)
    if set(crossing) <= PEOPLE_BREAKDOWNS:
        for number, person in enumerate(people(rows, spec.first, spec.last)):
            if measure == "ATTRIBUTORS" or any(is_one(measure, r) for r in person["rows"]):
                choices = [((name, person[name]), (name, "total")) for name in crossing]
                for key in product(*choices):
                    found[tuple(sorted(key))][number] = (
                        len({r["attributor"] for r in person["rows"]})
                        if measure == "ATTRIBUTORS"
                        else 1
                    )
    else:
        for row in rows:
            adds = counted(measure, row)
            if adds is None or not spec.first <= row["day"] <= spec.last:
                continue
            year = ("financial_year", value(row, "financial_year"))
            times: list[tuple[tuple[str, str], ...]] = [()]
            if "month" in crossing:
                times = [(year, ("month", value(row, "month"))), (year, ("month", "total"))]
            elif "financial_year" in crossing:
                times = [(year,)]
            others = [name for name in crossing if name not in ("month", "financial_year")]
            choices = [((name, value(row, name)), (name, "total")) for name in others]
            for time, rest in product(times, product(*choices)):
                found[tuple(sorted((*time, *rest)))][adds[0]] = adds[1]
    sums = {key: sum(things.values()) for key, things in found.items()}
    return {key: number for key, number in sums.items() if number}
