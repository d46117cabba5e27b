"""Questions put to the agreements, and what must be answered: outcome and deciding clauses.

The reference page docs/reference/decisions-table.md is made of these, with the clauses' words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from agreement_examples import DRUGS, PRODUCTS, VIOLENCE, VIOLENCE_NOW


@dataclass(frozen=True)
class Case:
    """One question in plain words, as a request, with the expected answer."""

    agreement: str
    question: str
    request: Mapping[str, Any]
    allowed: bool
    clauses: tuple[str, ...]


DAYS = {
    DRUGS: date(2026, 1, 15),
    VIOLENCE: date(2023, 6, 1),
    VIOLENCE_NOW: date(2026, 1, 15),
    PRODUCTS: date(2026, 1, 15),
}
REMOTE = (
    "secure-location-in-territory",
    "minimum-access",
    "secure-connection",
    "multifactor-authentication",
    "device-security",
    "within-dspt-and-policy",
)
YES, NO = True, False


def ask(agreement: str, question: str, allowed: bool, clauses: str, act: str, **said: Any) -> Case:
    request = {"act": act, "on": DAYS[agreement], **said}
    return Case(agreement, question, request, allowed, tuple(clauses.split()))


SECTIONS: Mapping[str, tuple[Case, ...]] = {
    "Term": (
        ask(DRUGS, "May NHS England supply on the first day of the term?", YES, "supply",
            "supply", by="NHS England", to="Home Office", on=date(2024, 3, 28)),
        ask(DRUGS, "And on the last?", YES, "supply",
            "supply", by="NHS England", to="Home Office", on=date(2027, 3, 27)),
        ask(DRUGS, "And the day after?", NO, "term",
            "supply", by="NHS England", to="Home Office", on=date(2027, 3, 28)),
        ask(VIOLENCE, "May NHS Digital still supply under version 0.2 in June 2025?", NO, "term",
            "supply", by="NHS Digital", to="Home Office", on=date(2025, 6, 1)),
        ask(VIOLENCE_NOW, "May NHS England supply under version 1.3 before it starts?", NO, "term",
            "supply", by="NHS England", to="Home Office", on=date(2024, 11, 3)),
        ask(PRODUCTS, "May DBT compare with fire services data before the term?", NO, "term",
            "compare", by="DBT", with_data="Fire services data", on=date(2024, 6, 27)),
    ),
    "Period of the data": (
        ask(DRUGS, "May the Home Office have poisonings from April 2009?", YES, "supply",
            "supply", to="Home Office", table="poisonings", first=date(2009, 4, 1)),
        ask(DRUGS, "And from March 2009?", NO, "hes-apc poisonings",
            "supply", to="Home Office", table="poisonings", first=date(2009, 3, 1)),
        ask(DRUGS, "May LSE have firearm figures of 2016?", NO, "extract-lse",
            "extract", to="LSE", table="firearm", first=date(2016, 1, 1),
            last=date(2016, 12, 31)),
        ask(DRUGS, "And from January 2017?", YES, "extract-lse",
            "extract", to="LSE", table="firearm", first=date(2017, 1, 1)),
        ask(VIOLENCE, "May the Home Office have file b for March 2012?", NO,
            "hes-apc sharp-object-monthly",
            "supply", to="Home Office", table="sharp-object-monthly", first=date(2012, 3, 1)),
        ask(PRODUCTS, "May DBT have emergency records of 2021?", NO, "ecds",
            "supply", to="DBT", dataset="ecds", first=date(2021, 1, 1)),
    ),
    "Recipient": (
        ask(DRUGS, "May the Home Office pass poisonings to RAND?", YES, "extract-rand",
            "extract", by="Home Office", to="RAND", table="poisonings"),
        ask(DRUGS, "May it pass them to Ipsos?", NO, "ipsos",
            "extract", by="Home Office", to="Ipsos Mori UK Limited", table="poisonings"),
        ask(DRUGS, "May it pass them to the University of Cambridge?", NO,
            "access-home-office access-lse access-rand",
            "extract", by="Home Office", to="University of Cambridge", table="poisonings"),
        ask(DRUGS, "May LSE pass its extract on to RAND?", NO, "scope",
            "extract", by="LSE", to="RAND", table="poisonings"),
        ask(VIOLENCE, "May the Home Office pass all three files to Hull, small numbers included?",
            YES, "extract-hull", "extract", by="Home Office", to="Hull", unsuppressed=True),
        ask(VIOLENCE_NOW, "May it pass them to AIMES?", NO, "aimes",
            "extract", by="Home Office", to="AIMES", unsuppressed=True),
        ask(VIOLENCE, "May NHS England supply under version 0.2?", NO, "scope",
            "supply", by="NHS England", to="Home Office"),
        ask(VIOLENCE_NOW, "May NHS England supply under version 1.3?", YES, "supply",
            "supply", by="NHS England", to="Home Office"),
    ),
    "Table": (
        ask(DRUGS, "May LSE have disorders by primary diagnosis?", NO, "extract-lse",
            "extract", to="LSE", table="drug-disorders-primary"),
        ask(DRUGS, "May the Home Office have a table of burns?", NO, "supply",
            "supply", to="Home Office", table="burns"),
        ask(VIOLENCE_NOW, "May Hull have file c?", YES, "extract-hull",
            "extract", to="Hull", table="assault-monthly"),
        ask(PRODUCTS, "May DBT have a ready-made table of injuries?", NO, "supply",
            "supply", to="DBT", table="injuries"),
        ask(VIOLENCE, "May file b count consultant episodes?", NO, "sharp-object-monthly",
            "supply", to="Home Office", table="sharp-object-monthly", measures=("FCE",)),
    ),
    "Breakdown": (
        ask(DRUGS, "May LSE have ethnicity?", NO, "extract-lse-withheld",
            "extract", to="LSE", table="poisonings", breakdowns=("ethnicity",)),
        ask(DRUGS, "May RAND have sex, by year?", NO, "extract-rand-withheld",
            "extract", to="RAND", table="sharp-object", breakdowns=("financial_year", "sex")),
        ask(DRUGS, "May the Home Office have ethnicity by year?", YES, "supply",
            "supply", to="Home Office", table="poisonings",
            breakdowns=("financial_year", "ethnicity")),
        ask(DRUGS, "May it have ethnicity by police force?", NO, "poisonings",
            "supply", to="Home Office", table="poisonings",
            breakdowns=("police_force", "ethnicity")),
        ask(VIOLENCE, "May file a be split by region and month?", YES, "supply",
            "supply", to="Home Office", table="sharp-object-biannual",
            breakdowns=("month", "region")),
        ask(VIOLENCE, "By local authority and month?", NO, "sharp-object-biannual",
            "supply", to="Home Office", table="sharp-object-biannual",
            breakdowns=("month", "local_authority")),
        ask(VIOLENCE_NOW, "May file b be split by force, month and two age bands?", YES, "supply",
            "supply", to="Home Office", table="sharp-object-monthly",
            breakdowns=("month", "police_force", "age_under_25")),
        ask(VIOLENCE_NOW, "By ten-year age bands?", NO, "sharp-object-monthly",
            "supply", to="Home Office", table="sharp-object-monthly",
            breakdowns=("month", "police_force", "age_band")),
    ),
    "Column": (
        ask(PRODUCTS, "May DBT have the mechanism of injury and the second diagnosis?", YES,
            "supply", "supply", to="DBT", dataset="ecds",
            columns=("INJURY_MECHANISM", "DIAGNOSIS_CODE_2")),
        ask(PRODUCTS, "May DBT have NHS numbers?", NO, "no-direct-identifiers",
            "supply", to="DBT", dataset="ecds", columns=("NHS_NUMBER",)),
        ask(PRODUCTS, "May DBT have the small area of residence?", NO, "ecds",
            "supply", to="DBT", dataset="ecds", columns=("LSOA_2011",)),
        ask(VIOLENCE, "May Hull have the dates of birth behind the counts?", NO, "hes-apc",
            "extract", to="Hull", columns=("MYDOB",)),
        ask(PRODUCTS, "May DBT have inpatient episodes?", NO, "scope",
            "supply", to="DBT", dataset="hes_apc"),
    ),
    "Purpose": (
        ask(DRUGS, "May LSE have poisonings to evaluate the County Lines Programme?", YES,
            "extract-lse", "extract", to="LSE", table="poisonings", purpose="county-lines"),
        ask(DRUGS, "To evaluate Operation Yamata?", NO, "county-lines",
            "extract", to="LSE", table="poisonings", purpose="yamata"),
        ask(VIOLENCE_NOW, "May Hull have the files to allocate funding?", NO, "vru-evaluation",
            "extract", to="Hull", purpose="funding"),
        ask(PRODUCTS, "May OPSS open the records for marketing?", NO, "scope",
            "access", by="DBT", role="OPSS employee", purpose="marketing"),
    ),
    "Combine, compare, link": (
        ask(VIOLENCE, "May file b be combined with Wales on force and month?", YES, "wales",
            "combine", by="Home Office", with_data="pedw", table="sharp-object-monthly",
            keys=("police_force", "month")),
        ask(VIOLENCE, "And keep the split at age 25?", YES, "wales",
            "combine", by="Home Office", with_data="pedw", table="assault-monthly",
            keys=("police_force", "month"),
            breakdowns=("month", "police_force", "age_under_25")),
        ask(VIOLENCE, "On force, month and age?", NO, "wales",
            "combine", by="Home Office", with_data="pedw", table="assault-monthly",
            keys=("police_force", "month", "age_under_25")),
        ask(VIOLENCE_NOW, "May file a be combined with Wales?", NO, "wales",
            "combine", by="Home Office", with_data="pedw", table="sharp-object-biannual",
            keys=("police_force", "month")),
        ask(VIOLENCE_NOW, "May file b be combined with police records?", NO, "wales",
            "combine", by="Home Office", with_data="police_recorded_crime",
            table="sharp-object-monthly"),
        ask(DRUGS, "May the drug tables be combined with Wales?", NO, "no-linkage",
            "combine", by="Home Office", with_data="pedw", table="poisonings"),
        ask(PRODUCTS, "May OPSS compare with the magnet study?", YES, "compare",
            "compare", by="DBT", with_data="BPSU magnet study"),
        ask(PRODUCTS, "With another set of complaints (the list says \"such as\")?", YES, "compare",
            "compare", by="DBT", with_data="Trading standards complaints"),
        ask(PRODUCTS, "On a key, person by person?", NO, "compare",
            "compare", by="DBT", with_data="BPSU magnet study", keys=("TOKEN_PERSON_ID",)),
        ask(PRODUCTS, "May OPSS link to fire services data?", NO, "no-linkage",
            "link", by="DBT", with_data="Fire services data"),
        ask(DRUGS, "May the drug tables be compared with other data?", NO, "scope",
            "compare", by="Home Office", with_data="Fire services data"),
    ),
    "Access and role": (
        ask(DRUGS, "May a drugs analyst of the Home Office see the data?", YES,
            "access-home-office", "access", by="Home Office", role="drugs analyst"),
        ask(DRUGS, "May a press officer?", NO, "access-home-office",
            "access", by="Home Office", role="press officer"),
        ask(VIOLENCE, "May a drugs analyst see the serious violence files?", NO,
            "access-home-office", "access", by="Home Office", role="drugs analyst"),
        ask(DRUGS, "May Microsoft look at what it hosts?", NO, "microsoft",
            "access", by="Microsoft"),
        ask(PRODUCTS, "May a contractor of OPSS see the records?", YES, "access-opss",
            "access", by="DBT", role="OPSS contractor"),
        ask(VIOLENCE_NOW, "May the Cabinet Office see unsuppressed data?", NO,
            "access-home-office access-hull", "access", by="Cabinet Office"),
    ),
    "Remote access": (
        ask(DRUGS, "May a drugs analyst work remotely when all six conditions are met?", YES,
            "access-home-office", "access", by="Home Office", role="drugs analyst", met=REMOTE),
        ask(DRUGS, "Without multifactor authentication?", NO, "remote-access",
            "access", by="Home Office", role="drugs analyst",
            met=tuple(c for c in REMOTE if c != "multifactor-authentication")),
        ask(VIOLENCE, "May a researcher of Hull, by VPN with a second factor?", YES, "access-hull",
            "access", by="Hull", role="researcher",
            met=("secure-connection", "multifactor-authentication")),
        ask(VIOLENCE, "May a serious violence analyst of the Home Office?", NO, "remote-access",
            "access", by="Home Office", role="serious violence analyst", met=REMOTE),
    ),
    "Territory, storage and cloud": (
        ask(DRUGS, "May the Home Office keep the data with Microsoft, in England?", YES,
            "storage-home-office", "store", by="Home Office", cloud="Microsoft",
            territory="England"),
        ask(DRUGS, "In Ireland?", NO, "territory",
            "store", by="Home Office", cloud="Microsoft", territory="Ireland"),
        ask(DRUGS, "May RAND keep its extract in a cloud?", NO, "storage-rand",
            "store", by="RAND", cloud="AWS"),
        ask(DRUGS, "May LSE keep its extract with Microsoft?", NO, "storage-lse",
            "store", by="LSE", cloud="Microsoft"),
        ask(VIOLENCE, "May the Home Office keep the files in a cloud?", NO, "storage-home-office",
            "store", by="Home Office", cloud="Microsoft"),
        ask(VIOLENCE_NOW, "May Hull keep them in its Data Safe Haven?", YES, "storage-hull",
            "store", by="Hull", storage="Hull Data Safe Haven"),
        ask(VIOLENCE_NOW, "On a laptop in the office?", NO, "storage-hull",
            "store", by="Hull", storage="laptop"),
        ask(PRODUCTS, "May DBT keep the records with AWS, in Scotland?", YES, "storage-dbt",
            "store", by="DBT", cloud="AWS", territory="Scotland"),
        ask(PRODUCTS, "May OPSS open them from France?", NO, "territory",
            "access", by="DBT", role="OPSS employee", territory="France"),
    ),
    "Audience and disclosure rule": (
        ask(DRUGS, "May the Home Office publish poisonings under the HES rule of 2018?", YES,
            "publish", "publish", by="Home Office", audience="public", table="poisonings",
            rule="hes-2018"),
        ask(DRUGS, "With small numbers shown?", NO, "outputs publish",
            "publish", by="Home Office", audience="public", table="poisonings", unsuppressed=True),
        ask(DRUGS, "May it share protected figures with the police?", YES, "share-government",
            "share", by="Home Office", audience="police", table="sharp-object"),
        ask(VIOLENCE, "With the public, as a share?", NO, "share-combined share-reports",
            "share", by="Home Office", audience="public", table="sharp-object-monthly"),
        ask(VIOLENCE_NOW, "With ministers, combined with Wales?", YES, "share-reports",
            "share", by="Home Office", audience="ministers", table="sharp-object-monthly",
            with_data="pedw", rule="hes-2018"),
        ask(VIOLENCE_NOW, "With commercial clients?", NO, "outputs share-combined share-reports",
            "share", by="Home Office", audience="commercial-clients"),
        ask(PRODUCTS, "May DBT publish under a rule of its own?", NO, "outputs",
            "publish", by="DBT", audience="public", rule="star-1-to-4"),
        ask(PRODUCTS, "May it share findings with product working groups?", YES,
            "share-working-groups", "share", by="DBT", audience="product-working-groups"),
    ),
    "What nobody may do": (
        ask(DRUGS, "May anyone try to identify a person?", NO, "no-reidentification",
            "reidentify", by="Home Office"),
        ask(VIOLENCE, "May a researcher of Hull download the files?", NO, "no-local-copies",
            "download", by="Hull"),
        ask(VIOLENCE, "May the Home Office?", NO, "scope", "download", by="Home Office"),
        ask(PRODUCTS, "May OPSS download records?", NO, "no-download", "download", by="DBT"),
        ask(VIOLENCE_NOW, "May the Home Office sub-license the data?", NO, "sublicensing",
            "sublicense", by="Home Office"),
        ask(VIOLENCE_NOW, "May Hull link the counts to people?", NO, "scope", "link", by="Hull"),
    ),
}  # fmt: skip
