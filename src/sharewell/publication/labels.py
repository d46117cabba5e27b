"""What readers see instead of codes: titles of columns, labels of categories, clean text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date

from sharewell.catalogue.breakdowns import (
    BREAKDOWNS,
    TOTAL,
    UNKNOWN,
    categories,
    financial_year_label,
)
from sharewell.catalogue.measures import MEASURES

MEASURE = "measure"
WHOLES = (TOTAL, "K04000001")
"""What stands for the whole of a table: the total, or England and Wales in a combined table."""

NATIONS = ("E92000001", "W92000004")

Labeller = Callable[[str, str], str]
"""(breakdown id or 'measure', code) -> label."""

Labels = Labeller | Mapping[str, Mapping[str, str]]
"""A labeller, or labels by breakdown and code over those of the catalogue."""


def labeller(labels: Labels) -> Labeller:
    """The labels as one function; what has no label of its own gets the catalogue's, else its code.

    The result is clean: one line, no control characters, never empty.
    """
    if callable(labels):
        give: Labeller = labels
    else:
        given = labels

        def give(name: str, code: str) -> str:
            return given.get(name, {}).get(code, "") or catalogue_label(name, code)

    return lambda name, code: clean(give(name, code)) or clean(code) or "(no name)"


def catalogue_label(name: str, code: str) -> str:
    """The label of a category in the catalogue, or the code where it has none."""
    if name == MEASURE:
        return MEASURES[code].title if code in MEASURES else code
    if code == TOTAL:
        return BREAKDOWNS[name].total_label if name in BREAKDOWNS else "Total"
    if name == "financial_year" and re.fullmatch(r"\d{4}", code):
        return financial_year_label(int(code))
    if name == "month" and re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", code):
        return f"{date(int(code[:4]), int(code[5:]), 1):%B %Y}"
    known = (categories(name) if name in BREAKDOWNS else None) or {}
    return known.get(code, "Not known" if code == UNKNOWN else code)


def column_title(name: str) -> str:
    """'police_force' -> 'Police force area of residence'."""
    if name == MEASURE:
        return "Measure"
    if name in BREAKDOWNS:
        return BREAKDOWNS[name].title
    return clean(name.replace("_", " ")).capitalize()


def crossing_title(crossing: str) -> str:
    """'month x police_force' -> 'by month and police force area of residence'."""
    parts = [column_title(part) for part in crossing.split(" x ") if part]
    parts = [part[:1].lower() + part[1:] for part in parts]
    if not parts:
        return "in total"
    head, last = ", ".join(parts[:-1]), parts[-1]
    return f"by {head} and {last}" if head else f"by {last}"


def place_of(name: str) -> Callable[[str], tuple[int, str]]:
    """A sort key for the codes of a breakdown: totals, the catalogue's order, then by code."""
    known = (categories(name) if name in BREAKDOWNS else None) or {}
    order = {code: place for place, code in enumerate((*WHOLES, *NATIONS, *known))}
    return lambda code: (order.get(code, len(order)), code)


def clean(text: str) -> str:
    """One line of visible text: control and format characters gone, spaces single."""
    visible = "".join(
        " " if character.isspace() or unicodedata.category(character) in ("Cc", "Cf") else character
        for character in text
    )
    return " ".join(visible.split())


def safe_for_spreadsheet(text: str) -> str:
    """``text`` with an apostrophe before it where a spreadsheet would run it as a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else text
