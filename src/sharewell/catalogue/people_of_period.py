"""From records of activity to people of a period: one row for each person, with one value of each
attribute, so that the categories of an attribute add to its total.

`people_sql` is the one place that says how each attribute is derived; what it means for readers
stands with the breakdowns in `activity_counts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sharewell.catalogue import monitoring_codes
from sharewell.catalogue.counting import UNKNOWN

SUBSTANCE_GROUPS = {
    "opiate": "Opiate",
    "non-opiate": "Non-opiate only",
    "non-opiate-alcohol": "Non-opiate and alcohol",
    "alcohol": "Alcohol only",
    "image": "Image and performance drugs only",
    UNKNOWN: "Not known",
}
COHORTS = {
    "psychoactive": "Psychoactive injectors",
    "image": "Users of steroids and other image and performance drugs",
    "other": "Alcohol and drugs without injecting",
    UNKNOWN: "No substance stated",
}
COVERAGE = {
    "more": "More than one set for each injection",
    "not-more": "One set for each injection, or fewer",
    "none": "States no injections",
    UNKNOWN: "Injections not stated",
}

_STATED = ("client_main", "client_second")
_OWN = ("main_substance", "second_substance", "third_substance")
# What a brief intervention was about says nothing of what somebody uses.
_USE = "module <> 'brief_intervention'"
_SCREENED = "module = 'alcohol'"


def _in(column: str, codes: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(code) for code in codes)})"


def _any(columns: tuple[str, ...], codes: tuple[str, ...]) -> str:
    return "(" + " OR ".join(f"coalesce({_in(c, codes)}, FALSE)" for c in columns) + ")"


def _flag(condition: str) -> str:
    """SQL: 1 where some record of the person fulfils the condition, else 0."""
    return f"max(CASE WHEN {condition} THEN 1 ELSE 0 END)"


def _latest(column: str, among: str = "") -> str:
    """SQL: the column's latest value that is known."""
    return f"arg_max({column}, later) FILTER (WHERE {among or f'{column} IS NOT NULL'})"


def cohort_conditions() -> Mapping[str, str]:
    """SQL (of any dialect), for each cohort but who is in none: which records of the form
    `activity.ACTIVITY_SCHEMA` make somebody one of it, where no earlier one fits."""
    uses, drinks = _uses(_psychoactive()), _uses(monitoring_codes.groups("substance")["alcohol"])
    return {
        "psychoactive": _injects(),
        "image": _takes_image(),
        "other": f"{uses} OR {drinks} OR {_SCREENED}",
    }


def _psychoactive() -> tuple[str, ...]:
    groups = monitoring_codes.groups("substance")
    return (*groups["opiate"], *groups["non-opiate"])


def _uses(codes: tuple[str, ...]) -> str:
    """SQL: whether a record says that somebody uses one of these substances."""
    return f"({_any(_STATED, codes)} OR ({_USE} AND {_any(_OWN, codes)}))"


def _injects() -> str:
    image, psychoactive = _image(), _psychoactive()
    return " OR ".join(
        (
            f"(module = 'needle' AND {_any(_OWN[:1], psychoactive)})",
            f"(module = 'needle' AND main_substance IS NULL AND NOT {_any(_STATED[:1], image)})",
            f"(coalesce(injecting, client_injecting) = 'C' AND {_uses(psychoactive)})",
            f"(route = 'INJECT' AND {_any(_OWN[:1], psychoactive)})",
        )
    )


def _takes_image() -> str:
    return (
        f"module = 'steroid' OR {_any(_STATED[:1], _image())} "
        f"OR ({_USE} AND {_any(_OWN[:1], _image())})"
    )


def _image() -> tuple[str, ...]:
    return monitoring_codes.groups("substance")["image and performance"]


def people_sql(rows: str, first: date, last: date, conditions: Mapping[str, str]) -> str:
    """SQL (DuckDB dialect) that makes the people of a period from the relation ``rows``.

    ``conditions`` gives, for each measure of people, which records make somebody one of them;
    each becomes a column such as ``is_persons_needle``. A period is named by its first and last
    day, both included.
    """
    groups = monitoring_codes.groups("substance")
    cohorts = cohort_conditions()
    flags = ", ".join(
        f"{_flag(condition)} = 1 AS is_{name.lower()}" for name, condition in conditions.items()
    )
    scores = ", ".join(
        f"count({column}) AS {name}_scores, "
        f"arg_min({column}, later) FILTER (WHERE {column} IS NOT NULL) AS {name}_first, "
        f"{_latest(column)} AS {name}_last"
        for name, column in (
            ("psychological", "psychological"),
            ("physical", "physical"),
            ("quality", "quality_of_life"),
        )
    )
    items = monitoring_codes.groups("item")

    def share(group: str) -> str:
        """A person's whole items of one visit, shared with those they collected for."""
        there = f"{_in('item', items[group])} AND items_out > 0"
        given = f"coalesce(sum(CASE WHEN {there} THEN items_out END), 0)"
        people = "(1 + greatest(coalesce(max(on_behalf_of), 0), 0))"
        return f"CAST({given} AS BIGINT) // {people}"

    made = ", ".join(f"{_flag(rule)} AS cohort_{name}" for name, rule in cohorts.items())
    in_cohort = " ".join(f"WHEN cohort_{name} = 1 THEN '{name}'" for name in cohorts)
    days = (last - first).days + 1
    in_period = f"day BETWEEN CAST('{first}' AS DATE) AND CAST('{last}' AS DATE)"
    in_order = "date_diff('day', CAST('2000-01-01' AS DATE), day)"
    return f"""
SELECT
  p.*,
  CASE WHEN opiate = 1 THEN 'opiate'
    WHEN other_drug = 1 AND alcohol = 1 THEN 'non-opiate-alcohol'
    WHEN other_drug = 1 THEN 'non-opiate'
    WHEN alcohol = 1 THEN 'alcohol'
    WHEN image = 1 THEN 'image'
    ELSE '{UNKNOWN}' END AS substance_group,
  CASE {in_cohort} ELSE '{UNKNOWN}' END AS cohort,
  CASE WHEN injections_per_week IS NULL OR injections_per_week < 0 THEN '{UNKNOWN}'
    WHEN injections_per_week = 0 THEN 'none'
    WHEN 7 * coalesce(n.sets, 0) > injections_per_week * {days} THEN 'more'
    ELSE 'not-more' END AS coverage
FROM (
  SELECT
    person,
    {_latest("age")} AS age,
    {_latest("sex", "sex IN ('M', 'F')")} AS sex,
    {_latest("ethnicity")} AS ethnicity,
    {_latest("local_authority")} AS local_authority,
    coalesce({_latest("client_main")},
      {_latest("main_substance", f"main_substance IS NOT NULL AND {_USE}")}) AS substance,
    {_flag(_uses(groups["opiate"]))} AS opiate,
    {_flag(_uses(groups["non-opiate"]))} AS other_drug,
    {_flag(_uses(groups["alcohol"]))} AS alcohol,
    {_flag(_uses(_image()))} AS image,
    {made},
    CAST({_latest("injections_per_week")} AS BIGINT) AS injections_per_week,
    {_latest("exit_reason", "stage = 'EXIT' AND exit_reason IS NOT NULL")} AS exit_reason,
    count(DISTINCT attributor) AS attributors,
    {flags},
    {scores}
  FROM (
    SELECT *, CAST({in_order} AS BIGINT) * 4294967296 + record AS later
    FROM {rows}
    WHERE NOT person IS NULL AND {in_period}
  ) AS r
  GROUP BY person
) AS p
LEFT JOIN (
  SELECT person, sum(fixed) + least(sum(syringes), sum(needles)) AS sets
  FROM (
    SELECT
      person,
      coalesce(visit, concat('record ', CAST(record AS VARCHAR))) AS visit,
      {share("syringe with needle")} AS fixed,
      {share("syringe")} AS syringes,
      {share("needle")} AS needles
    FROM {rows}
    WHERE module = 'needle' AND NOT person IS NULL AND {in_period}
    GROUP BY 1, 2
  ) AS v
  GROUP BY person
) AS n ON n.person = p.person
"""
