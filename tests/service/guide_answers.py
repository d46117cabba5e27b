"""Answers to the guided form, as a browser sends them: the drugs agreement in small."""

from __future__ import annotations

from datetime import date
from typing import Any


def _day(name: str, day: date) -> dict[str, str]:
    return {f"{name}_{n}": str(v) for n, v in enumerate((day.day, day.month, day.year))}


def _rows(prefix: str, *rows: dict[str, Any]) -> dict[str, Any]:
    sent: dict[str, Any] = {
        f"{prefix}-TOTAL_FORMS": str(len(rows)),
        f"{prefix}-INITIAL_FORMS": "0",
    }
    for number, row in enumerate(rows):
        sent |= {f"{prefix}-{number}-{name}": value for name, value in row.items()}
    return sent


def _one(prefix: str, values: dict[str, Any]) -> dict[str, Any]:
    return {f"{prefix}-{name}": value for name, value in values.items()}


def answers(reference: str, first: date, last: date) -> list[dict[str, Any]]:
    """What is sent at each step."""
    return [
        _one(
            "about",
            {
                "reference": reference,
                "version": "1.0",
                "title": "Illicit drugs",
                "document": "Data sharing agreement",
                "published": "NHS England, November 2026",
                **_day("first", first),
                **_day("last", last),
                "term_words": 'The term: from "now" on,\r\nuntil #it ends.',
                "scope_words": "Only the data listed.",
            },
        ),
        _rows(
            "organisations",
            {
                "name": "NHS England",
                "short": "NHS England",
                "role": "supplier",
                "sees": "on",
                "words": "no",
            },
            {
                "name": "Home Office",
                "short": "Home Office",
                "role": "controller",
                "sees": "on",
                "words": "Home Office - controller",
            },
            {
                "name": "London School of Economics",
                "short": "LSE",
                "role": "processor",
                "engaged_by": "Home Office",
                "sees": "on",
                "words": "LSE – evaluates",
            },
        ),
        _rows(
            "purposes",
            {"title": "Extent of drug use", "words": "What is the extent?"},
            {"title": "Evaluation", "limited_to": "LSE", "words": "LSE evaluates."},
        )
        | _one(
            "law",
            {
                "dissemination": "Section 261",
                "dissemination_words": "261(5)(d)",
                "article_6": "Public task",
                "opt_outs_words": "Anonymised.",
                "sensitive": "on",
                "sensitive_words": "Sensitive",
                "sublicensing_words": "None.",
            },
        ),
        _rows(
            "datasets",
            {
                "dataset": "hes_apc",
                "classification": "Aggregated",
                "level": "aggregated",
                **_day("first", date(2010, 4, 1)),
                "words": "Data from 2010.",
            },
        ),
        _one("cohort", {"cohort_words": "All people poisoned."})
        | _rows(
            "tables",
            {
                "title": "Poisonings",
                "dataset": "hes_apc",
                "code_list": "drug-poisoning",
                "measures": ["FAE", "FCE"],
                "crossings": "month, police_force\r\nfinancial_year, sex",
                **_day("first", date(2010, 4, 1)),
                "cadence": "quarterly",
                "words": "Counts are necessary.",
            },
        ),
        _rows(
            "flows",
            {
                "act": "supply",
                "by": "NHS England",
                "to": "Home Office",
                "tables": ["table-poisonings"],
                "purposes": ["purpose-extent-of-drug-use"],
                "unsuppressed": "on",
                "words": "Unsuppressed.",
            },
            {
                "act": "extract",
                "by": "Home Office",
                "to": "LSE",
                "tables": ["table-poisonings"],
                "purposes": ["purpose-evaluation"],
                **_day("since", date(2017, 1, 1)),
                "unsuppressed": "on",
                "encrypted": "on",
                "withheld": ["sex"],
                "withheld_words": "No gender data.",
                "words": "A subset to LSE.",
            },
        ),
        _one(
            "place",
            {
                "places": "England, Wales",
                "places_words": "Not outside.",
                "audiences": "public, ministers",
                "rule": "hes-2018",
                "outputs_words": "Suppressed.",
            },
        )
        | _rows(
            "access",
            {
                "organisation": "Home Office",
                "roles": "drugs analyst",
                "authorised_by": "the lead analyst",
                "list_kept": "on",
                "words": "Restricted.",
            },
        )
        | _rows(
            "storage",
            {"organisation": "LSE", "places": "LSE servers", "words": "On servers."},
        ),
        _rows("prohibitions", {"act": "link", "words": "Not linked."})
        | _rows(
            "duties",
            {
                "kind": "destruction",
                "party": "Home Office",
                "due": "At the end",
                "words": "Destroy the data.",
            },
        ),
    ]
