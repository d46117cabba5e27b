"""The tables of two agreements, as the benchmark counts them."""

from __future__ import annotations

from datetime import date

from sharewell.catalogue.codelists import code_list
from sharewell.tabulation import TableSpec

FIRST, LAST = date(2009, 4, 1), date(2026, 3, 31)


def _table(
    name: str, cohort: str, measures: tuple[str, ...], *crossings: tuple[str, ...]
) -> TableSpec:
    return TableSpec(name, name, "hes_apc", code_list(cohort), measures, crossings, FIRST, LAST)


def _drug_table(name: str, cohort: str, *by_code: str) -> TableSpec:
    return _table(
        name,
        cohort,
        ("FAE",),
        ("month", "police_force"),
        ("financial_year", *by_code),
        ("financial_year", "age_drug_bands"),
        ("financial_year", "sex"),
        ("financial_year", "ethnicity"),
    )


AGREEMENTS: dict[str, tuple[TableSpec, ...]] = {
    "serious violence": (
        _table(
            "file-a",
            "assault-sharp-object",
            ("FCE", "FAE"),
            ("month", "region"),
            ("financial_year", "local_authority"),
            ("financial_year", "police_force"),
            ("financial_year", "age_band"),
            ("financial_year", "sex"),
            ("financial_year", "ethnicity"),
        ),
        _table(
            "file-b", "assault-sharp-object", ("FAE",), ("month", "police_force", "age_under_25")
        ),
        _table(
            "file-c",
            "assault-x92-y09",
            ("FAE",),
            ("month", "police_force", "age_under_25"),
            ("month", "local_authority", "age_under_25"),
        ),
    ),
    "drugs": (
        _drug_table("m1", "drug-disorders-primary", "police_force", "diagnosis"),
        _drug_table("m2", "drug-poisoning", "police_force", "diagnosis"),
        # In any position the primary diagnosis can be any of thousands of codes: for England only.
        _drug_table("m3", "drug-disorders-any", "diagnosis"),
        _drug_table("firearm", "assault-firearm", "police_force", "cause"),
        _drug_table("sharp", "assault-sharp-object", "police_force", "cause"),
    ),
}
