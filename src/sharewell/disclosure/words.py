"""A count's coordinates in words that a reader of the tables would use."""

from __future__ import annotations

import calendar
from collections.abc import Collection, Mapping
from datetime import date
from itertools import groupby

from sharewell.catalogue.breakdowns import TOTAL, financial_year, financial_year_label
from sharewell.disclosure.conditions import Condition
from sharewell.disclosure.coordinates import EDITION, MEASURE, POPULATION, TIME
from sharewell.disclosure.frame import Frame
from sharewell.disclosure.spans import pieces
from sharewell.disclosure.system import UNBOUNDED

DATASET = "dataset"
_ALL = "all"


def cell_name(
    coordinates: Mapping[str, object],
    frame: Frame,
    many: Collection[str],
    labels: Mapping[str, Mapping[str, str]],
) -> str:
    """'Cleveland, March 2024, 18-24, women': area, time, then whatever is not a total.

    Measure, population, dataset and edition are said where they are in ``many``: where the
    tables at hand have more than one.
    """
    words = []
    for dimension in frame.dimensions:
        value = str(coordinates[dimension.id])
        if frame.datasets and dimension.id == "area":
            value = value.partition(":")[2]
        if value != TOTAL or dimension.id == "area":
            own = labels.get(dimension.id, {})
            words.append(own.get(value, dimension.labels.get(value, value)))
        if dimension.id == "area":
            words.append(time_words(coordinates[TIME]))
    if not frame.datasets and frame.time:
        words.append(time_words(coordinates[TIME]))
    if POPULATION in many:
        words.append(condition_words(coordinates[POPULATION]))
    if MEASURE in many:
        words.append(str(coordinates[MEASURE]))
    if DATASET in many:
        words.append(str(coordinates.get("area", "")).partition(":")[0])
    if EDITION in many:
        words.append(edition_words(coordinates[EDITION]))
    return ", ".join(word for word in words if word) or _ALL


def time_words(days: object) -> str:
    """'March 2024', '2023-24', 'April 2019 to December 2023'; '' where time is not known."""
    if not isinstance(days, tuple):
        return ""
    first, last = days
    whole_months = first.day == 1 and last.day == calendar.monthrange(last.year, last.month)[1]
    if not whole_months:
        return f"{first} to {last}"
    if len(pieces((first, last), "month")) == 1:
        return _month(first)
    if (first.month, last.month) == (4, 3):
        years = [financial_year_label(financial_year(day)) for day in (first, last)]
        return " to ".join(dict.fromkeys(years))
    return f"{_month(first)} to {_month(last)}"


def _month(day: date) -> str:
    return f"{calendar.month_name[day.month]} {day.year}"


def condition_words(condition: object) -> str:
    """'cause X92 to Y09', 'primary T400 to T409, T436', or the population's name."""
    if not isinstance(condition, Condition):
        return str(condition)
    limits = [f"{position} {', '.join(_ranges(codes))}" for position, codes in condition.limits]
    return ", ".join(each for each in (condition.name, *limits) if each)


def _ranges(codes: tuple[str, ...]) -> list[str]:
    """Neighbouring codes as ranges."""

    def place(pair: tuple[int, str]) -> tuple[str, int, int]:
        letter, digits = pair[1][:1], pair[1][1:]
        # Two digits run on from X99 to Y00.
        number = int(digits) + (100 * ord(letter) if len(digits) == 2 else 0)
        return ("" if len(digits) == 2 else letter, len(digits), number - pair[0])

    if not all(code[1:].isdigit() for code in codes):
        return list(codes)
    runs = [[c for _, c in run] for _, run in groupby(enumerate(sorted(codes)), place)]
    return [run[0] if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs]


def edition_words(edition: object) -> str:
    """'data of 2024M05': each edition once."""
    names = dict.fromkeys(str(part[2]) for part in edition if part[2])  # type: ignore[attr-defined]
    return f"data of {' and '.join(names)}" if names else ""


def span(low: int, high: int) -> str:
    """Bounds in words: '3', '1 to 7', '8 or more'."""
    if high >= UNBOUNDED:
        return f"{low:,} or more"
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
