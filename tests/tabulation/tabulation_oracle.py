"""Counts by plain loops, from the published definitions and from nothing in the code.

FCE, FAE and their month: HES data dictionary and NHS Digital's counting rules (a finished
consultant episode has EPISTAT 3 and CLASSPAT other than 3 and 4; a finished admission episode
also EPIORDER 1; both are dated by the end of the episode). A cohort counts where a code stands
in its position: the first external cause, the primary diagnosis or any diagnosis.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise, product

from sharewell.catalogue import areas
from sharewell.tabulation import TableSpec

Row = dict[str, object]


def in_cohort(row: Row, codes: tuple[str, ...], position: str) -> bool:
    if position == "cause":
        held = [row["CAUSE_4"]]
    elif position == "primary":
        held = [row["DIAG_4_01"]]
    else:
        held = (row["DIAG_4_CONCAT"] or "").split(",")
    return any(
        code is not None and code[: len(prefix)] == prefix for code in held for prefix in codes
    )


def counts_in(row: Row, measure: str) -> bool:
    if row["EPISTAT"] != 3 or row["CLASSPAT"] in (3, 4, None):
        return False
    if measure == "FCE":
        return True
    if row["EPIORDER"] != 1:
        return False
    return measure != "FAE_EMERGENCY" or (row["ADMIMETH"] or "").startswith("2")


def age_in(row: Row, edges: list[int]) -> str:
    age = row["STARTAGE"]
    if age is None:
        return "unknown"
    if 7001 <= age <= 7007:
        age = 0
    if not 0 <= age <= 130:
        return "unknown"
    for low, high in pairwise(edges):
        if low <= age < high:
            return f"{low}-{high - 1}"
    return f"{edges[-1]}+"


_LOOKUP = {row["code"]: row for row in areas.lookup_table().to_pylist()}


def value(row: Row, name: str) -> str:
    end = row["EPIEND"]
    if name == "month":
        return f"{end.year}-{end.month:02d}"
    if name == "financial_year":
        return str(end.year if end.month >= 4 else end.year - 1)
    if name in ("region", "police_force", "local_authority"):
        return _LOOKUP.get(row["RESLADST_ONS"], {name: "unknown"})[name]
    if name == "age_band":
        return age_in(row, [0, 10, 20, 30, 40, 50, 60, 70, 80, 90])
    if name == "age_drug_bands":
        return age_in(row, [0, 16, 25, 35, 45, 55, 65, 75])
    if name == "age_under_25":
        return age_in(row, [0, 25])
    if name == "sex":
        return row["SEX"] if row["SEX"] in ("1", "2") else "unknown"
    if name == "ethnicity":
        return row["ETHNOS"] if row["ETHNOS"] in list("ABCDEFGHJKLMNPRSZ") else "unknown"
    column, length = {"diagnosis": ("DIAG_4_01", 4), "cause": ("CAUSE_4", 3)}[name]
    return "unknown" if row[column] is None else row[column][:length]


def count(
    rows: list[Row], spec: TableSpec, crossing: tuple[str, ...], measure: str
) -> dict[tuple[tuple[str, str], ...], int]:
    """(breakdown, category) pairs, sorted, to the count: every cell that is not 0."""
    people: dict[tuple[tuple[str, str], ...], set[object]] = defaultdict(set)
    others = [name for name in crossing if name not in ("month", "financial_year")]
    for number, row in enumerate(rows):
        if row["EPIEND"] is None or not spec.first <= row["EPIEND"] <= spec.last:
            continue
        if not in_cohort(row, spec.cohort.codes, spec.cohort.position):
            continue
        if not counts_in(row, measure):
            continue
        what = row["TOKEN_PERSON_ID"] if measure == "PEOPLE" else number
        if what is None:
            continue
        year = ("financial_year", value(row, "financial_year"))
        times: list[tuple[tuple[str, str], ...]] = [()]
        if "month" in crossing:
            times = [(year, ("month", value(row, "month"))), (year, ("month", "total"))]
        elif "financial_year" in crossing:
            times = [(year,)]
        choices = [((name, value(row, name)), (name, "total")) for name in others]
        for time, rest in product(times, product(*choices)):
            people[tuple(sorted((*time, *rest)))].add(what)
    return {key: len(counted) for key, counted in people.items()}
