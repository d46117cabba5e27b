"""Invented people and their records, with the truth kept: to measure how well they are found.

Nobody here exists. Shapes follow the project's facts about treatment monitoring: 72 % men, ages
around 40 with a deviation of 11, initials as uneven as 203 equally common pairs, some 60 postcode
districts. Each person's first record is right; every later one may be wrong in the ways and at
the rates of `Errors`, each by itself. Equal arguments give equal records.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sharewell.linkage.calendar import day_of, days_in, parts_of
from sharewell.linkage.records import EPOCH, Ints, Records

MEN, MEAN_AGE, AGE_DEVIATION = 0.72, 40.0, 11.0
AGES = (14.0, 90.0)
DISTRICTS, SECTORS = 75, 5
INITIAL_FLATNESS = 2.18
"""In weights 1 / (rank + this): gives 203 effective pairs of initials (1 / sum of squares)."""

_FORENAMES = {0: "SJCALKEMRNDHTVPBGFIWZOYUQX", 1: "JDMASPRCLGKBTNIWHEFOVYZUQX"}
_SURNAMES = "SBMHCWRDPGTLJKAEFONVIYUZQX"


@dataclass(frozen=True)
class Errors:
    """The share of later records with each error.

    A slip of the date changes the day, the month or the year (by up to nine); a swap of day and
    month is tried at ``day_month_swap`` and comes off where both are at most 12 and differ.
    """

    date_slip: float = 0.03
    day_month_swap: float = 0.021
    initial: float = 0.02
    new_surname_of_women: float = 0.04
    swapped_initials: float = 0.01
    sex: float = 0.015
    moved: float = 0.25
    no_postcode: float = 0.08


NO_ERRORS = Errors(0, 0, 0, 0, 0, 0, 0, 0)


@dataclass(frozen=True)
class Truth:
    """Records, and for each the person (0 to ``people`` - 1) that it is truly of."""

    records: Records
    person: Ints
    people: int


def invent(records: int, people: int, *, errors: Errors | None = None, seed: int = 2026) -> Truth:
    """That many records of that many people: one each, and the rest dealt out by chance.

    Raises ValueError for fewer records than people.
    """
    if not 1 <= people <= records:
        raise ValueError(f"{records} records cannot be of {people} people.")
    wrong = errors or Errors()
    chance = np.random.default_rng(seed)
    truth = _people(people, chance)
    later = chance.integers(0, people, records - people)
    person = np.concatenate([np.arange(people), later])
    clean = truth.take(person)
    repeat = np.arange(records) >= people
    made = _with_errors(clean, repeat, wrong, chance)
    order = chance.permutation(records)
    mixed = replace(made.take(order), client=np.arange(records))
    return Truth(mixed, person[order], people)


def _people(people: int, chance: np.random.Generator) -> Records:
    sex = (chance.random(people) < MEN).astype(np.int64)
    first = np.where(
        sex == 0, _letters(_FORENAMES[0], people, chance), _letters(_FORENAMES[1], people, chance)
    )
    last = _letters(_SURNAMES, people, chance)
    age = chance.normal(MEAN_AGE, AGE_DEVIATION, 2 * people + 100)
    age = np.resize(age[(age > AGES[0]) & (age < AGES[1])], people)
    born = np.int64((np.datetime64("2026-01-01") - np.datetime64(EPOCH)).astype(int)) - (
        age * 365.25
    ).astype(np.int64)
    sector = _places(people, chance)
    return Records(first, last, born, sex, sector // SECTORS, sector)


def _places(size: int, chance: np.random.Generator) -> Ints:
    """Sectors; districts are unevenly large, as some 60 equal ones."""
    weights = 1 / (np.arange(DISTRICTS) + 25.0)
    district = chance.choice(DISTRICTS, size, p=weights / weights.sum())
    return district * SECTORS + chance.integers(0, SECTORS, size)


def _letters(order: str, size: int, chance: np.random.Generator) -> Ints:
    weights = 1 / (np.arange(26) + INITIAL_FLATNESS)
    letters = np.frombuffer(order.encode(), np.uint8).astype(np.int64) - 65
    return letters[chance.choice(26, size, p=weights / weights.sum())]


def _with_errors(
    clean: Records, repeat: np.ndarray, wrong: Errors, chance: np.random.Generator
) -> Records:
    size = len(clean)

    def hit(share: float) -> np.ndarray:
        return repeat & (chance.random(size) < share)

    first, last, sex = clean.first.copy(), clean.last.copy(), clean.sex.copy()
    strayed, which = hit(wrong.initial), chance.integers(0, 2, size)
    other = (chance.integers(1, 26, size)).astype(np.int64)
    first = np.where(strayed & (which == 0), (first + other) % 26, first)
    last = np.where(strayed & (which == 1), (last + other) % 26, last)
    married = hit(wrong.new_surname_of_women) & (clean.sex == 0)
    last = np.where(married, _letters(_SURNAMES, size, chance), last)
    swapped = hit(wrong.swapped_initials)
    first, last = np.where(swapped, last, first), np.where(swapped, first, last)
    sex = np.where(hit(wrong.sex), 1 - sex, sex)
    born = _slipped(clean.born, hit(wrong.date_slip), hit(wrong.day_month_swap), chance)
    sector = np.where(hit(wrong.moved), _places(size, chance), clean.sector)
    district = sector // SECTORS
    # A first record, too, may have no postcode.
    lost = chance.random(size) < wrong.no_postcode
    return Records(first, last, born, sex, np.where(lost, -1, district), np.where(lost, -1, sector))


def _slipped(born: Ints, slip: np.ndarray, swap: np.ndarray, chance: np.random.Generator) -> Ints:
    size = len(born)
    year, month, day = parts_of(born)
    part = chance.integers(0, 3, size)
    years = chance.integers(1, 10, size) * chance.choice([-1, 1], size)
    new_year = np.where(part == 2, year + years, year)
    new_month = np.where(part == 1, (month - 1 + chance.integers(1, 12, size)) % 12 + 1, month)
    new_day = np.where(part == 0, (day - 1 + chance.integers(1, 28, size)) % 28 + 1, day)
    slipped = slip & (new_day <= days_in(new_year, new_month))
    born = np.where(slipped, day_of(new_year, new_month, np.where(slipped, new_day, 1)), born)
    year, month, day = parts_of(born)
    possible = swap & (day <= 12)
    return np.where(possible, day_of(year, day, month), born)
