"""Invented people, and how services registered them, with known mistakes.

Each service registers a person anew, and after the first makes its own mistakes in the attributor.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

Numbers = np.ndarray[tuple[int], np.dtype[Any]]
Columns = dict[str, Any]

AUTHORITIES = (
    "Alderwick",
    "Brackenshire",
    "Coldmere",
    "Dunholm",
    "Eastmarsh",
    "Fellgate",
    "Greyhaven",
    "Harrowdale",
    "Ironbridge Vale",
)

MISTAKES: Mapping[str, float] = {
    "birth_slip": 0.03,
    "day_month_swap": 0.008,
    "initial": 0.02,
    "surname_change": 0.04,
    "initials_swapped": 0.01,
    "sex": 0.015,
    "moved": 0.25,
    "no_postcode": 0.08,
}
"""How often a later registration gets a part of the attributor wrong (surnames: women only)."""

_MALE, _MEAN_AGE, _AGE_SPREAD = 0.72, 40.0, 11.0
_OBJECT, _NO_CONSENT, _DIED_A_YEAR = 0.01, 0.03, 0.01
_ASKED_ANEW = 0.03
_PLACES, _IN_DISTRICT = 400, 40
"""Places where people live, of each authority and of each postcode district. The first ten
districts are the first authority's, and so on, as in the service's lookup of invented postcodes."""
_MOVED_AWAY = 0.2
_LETTERS = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWYZ"))
_FIRST = np.array(
    [9, 5, 7, 7, 4, 1, 4, 3, 2, 12, 7, 5, 9, 3, 1, 5, 0.3, 6, 9, 6, 0.2, 2, 3, 0.3, 1.0]
)
_LAST = np.array(
    [4, 11, 9, 6, 3, 4, 6, 9, 1, 5, 3, 4, 8, 2, 2, 6, 0.2, 6, 9, 5, 0.3, 1, 8, 0.3, 0.5]
)


@dataclass(frozen=True)
class Size:
    """How much to invent. ``first_year`` is that of the data set: 2016 is 2016-17."""

    services: int = 60
    people: int = 50_000
    activities: int = 3_000_000
    first_year: int = 2016
    years: int = 10


@dataclass(frozen=True)
class World:
    """People, and their registrations at services. Arrays, by person and by registration; days are
    numbers since 1970."""

    size: Size
    services: tuple[str, ...]
    cohort: Numbers
    person: Numbers
    service: Numbers
    start: Numbers
    end: Numbers
    columns: Columns
    details: Columns


def service_codes(size: Size) -> dict[str, str]:
    """The services by code, each with the authority that it works for."""
    return {
        f"{AUTHORITIES[n % len(AUTHORITIES)][:4].upper()}{n + 1:02d}": AUTHORITIES[
            n % len(AUTHORITIES)
        ]
        for n in range(size.services)
    }


def invent_world(size: Size, chance: np.random.Generator) -> World:
    """The people and their registrations."""
    people = size.people
    first, last = _letters(chance, _FIRST, people), _letters(chance, _LAST, people)
    woman = chance.random(people) >= _MALE
    opening, closing = (
        _day(date(size.first_year, 4, 1)),
        _day(date(size.first_year + size.years, 3, 31)),
    )
    age = np.clip(chance.normal(_MEAN_AGE, _AGE_SPREAD, people), 18, 80)
    birth = ((opening + closing) / 2 - age * 365.25).astype(int) - 365 * size.years
    birth = np.minimum(birth, opening - 18 * 366)
    cohort = chance.choice(3, people, p=[0.62, 0.2, 0.18])
    home = chance.integers(0, len(AUTHORITIES), people)
    began = chance.integers(opening, max(closing - 30, opening + 1), people)
    died = np.where(
        chance.random(people) < _DIED_A_YEAR * size.years,
        began + 10 + (chance.random(people) * (closing - began)).astype(int),
        closing + 1,
    )
    many = np.minimum(1 + chance.geometric(0.6, people) - 1 + (chance.random(people) < 0.3), 6)
    person = np.repeat(np.arange(people), np.maximum(many, 1))
    n = len(person)
    near = len(AUTHORITIES) * chance.integers(0, max(size.services // len(AUTHORITIES), 1), n)
    service = np.where(
        chance.random(n) < 0.85, near + home[person], chance.integers(0, size.services, n)
    )
    service %= size.services
    keep = np.unique(person * size.services + service, return_index=True)[1]
    person, service = person[keep], service[keep]
    n = len(person)
    start = began[person] + (chance.random(n) * 0.3 * (closing - began[person])).astype(int)
    start = np.minimum(start, died[person])
    end = np.minimum(
        np.minimum(start + 30 + chance.exponential(700, n).astype(int), closing), died[person]
    )
    again = np.append(False, person[1:] == person[:-1])
    columns = _mistaken(chance, first[person], last[person], birth[person], woman[person], again)
    objects = chance.random(n) < _OBJECT
    columns["first_initial"] = np.where(objects, "X", columns["first_initial"])
    columns["last_initial"] = np.where(objects, "X", columns["last_initial"])
    columns["birth_date"] = np.where(objects, _day(date(1955, 5, 5)), columns["birth_date"])
    moved = chance.random(n) < MISTAKES["moved"]
    place = _PLACES * home[person] + np.where(
        moved, chance.integers(0, _PLACES, n), person % _PLACES
    )
    away = moved & (chance.random(n) < _MOVED_AWAY)
    place = np.where(away, chance.integers(0, _PLACES * len(AUTHORITIES), n), place)
    details = {
        "place": np.where(chance.random(n) < MISTAKES["no_postcode"], -1, place),
        "died": died[person] == end,
        "woman": woman[person],
        "no_consent": (chance.random(people) < _NO_CONSENT)[person] ^ (chance.random(n) < 0.002),
    }
    codes = tuple(service_codes(size))
    return World(size, codes, cohort[person], person, service, start, end, columns, details)


def _mistaken(
    chance: np.random.Generator,
    first: Numbers,
    last: Numbers,
    birth: Numbers,
    woman: Numbers,
    again: Numbers,
) -> Columns:
    """The attributors as registered; those registered ``again`` have each part mistaken at the
    rates of `MISTAKES`."""
    n = len(first)

    def struck(name: str) -> Numbers:
        return again & (chance.random(n) < MISTAKES[name])

    slip = chance.choice([-3653, -365, -31, -10, -1, 1, 10, 31, 365, 3653], n)
    birth = np.where(struck("birth_slip"), birth + slip, birth)
    swapped = _swap_day_and_month(birth)
    birth = np.where(struck("day_month_swap"), swapped, birth)
    other = _letters(chance, _LAST, n)
    last = np.where(woman & struck("surname_change"), other, last)
    wrong = struck("initial")
    left = chance.random(n) < 0.5
    first, last = (
        np.where(wrong & left, _letters(chance, _FIRST, n), first),
        np.where(wrong & ~left, other[::-1], last),
    )
    turned = struck("initials_swapped")
    return {
        "first_initial": np.where(turned, last, first),
        "last_initial": np.where(turned, first, last),
        "birth_date": birth,
        "sex": np.where(woman ^ struck("sex"), "F", "M"),
    }


def _swap_day_and_month(days: Numbers) -> Numbers:
    """14 March becomes 3 of month 14, that is: unchanged; 3 April becomes 4 March."""
    when = days.astype("datetime64[D]")
    month = when.astype("datetime64[M]")
    year = when.astype("datetime64[Y]")
    day = (when - month).astype(int) + 1
    number = (month - year).astype(int) + 1
    turned = (year.astype("datetime64[M]") + (day - 1)).astype("datetime64[D]") + (number - 1)
    return np.where(day <= 12, turned.astype(int), days)


def clients(world: World, seed: int) -> Iterator[tuple[Columns, Numbers]]:
    """The rows of the module client, and the persons behind them."""
    chance = np.random.default_rng([seed, 100])
    n, size = len(world.person), world.size
    died = world.details["died"]
    left = died | ((chance.random(n) < 0.3) & (world.end < world.end.max()))
    reason = np.where(died, "DIED", chance.choice(["LOST", "COMPLETED", "MOVED", "TRANSFERRED"], n))
    place = world.details["place"]
    postcode = joined(
        "ZX", place // _IN_DISTRICT + 1, " ", place % 9 + 1, "A", _LETTERS[place % 20]
    )
    substance = np.choose(
        world.cohort,
        [
            one_of(chance, n, HEROIN=7, CRACK=2, AMPHETAMINE=1),
            one_of(chance, n, STEROID=8, GROWTH=1, MELANOTAN=1),
            one_of(chance, n, ALCOHOL=6, CANNABIS=2, COCAINE=2),
        ],
    )
    columns: Columns = {
        **who(world, np.arange(n)),
        "record_id": joined("C", np.arange(n)),
        "gender_identity": np.where(world.details["woman"], "WOMAN", "MAN"),
        "postcode": np.where(place < 0, "", postcode),
        "ethnicity": np.where(
            chance.random(n) < _ASKED_ANEW,
            _ethnicity(chance, n),
            _ethnicity(chance, size.people)[world.person],
        ),
        "nationality": one_of(chance, size.people, GBR=90, IRL=3, POL=3, ROU=2, ZZZ=2)[
            world.person
        ],
        "accommodation": one_of(
            chance, n, ROUGH=6, NFA=8, HOSTEL=12, SUPPORTED=9, RENTED=45, OWNED=8, FAMILY=12
        ),
        "employment": one_of(
            chance, n, REGULAR=18, SEEKING=25, NOTSEEKING=15, SICK=30, STUDENT=4, OTHER=8
        ),
        "consent": np.where(world.details["no_consent"], "N", "Y"),
        "consent_date": days(world.start),
        "registered_on": days(world.start),
        "main_substance": substance,
        "injecting": np.choose(world.cohort, [np.full(n, "C"), np.full(n, "C"), np.full(n, "N")]),
        "closed_on": np.where(left, days(world.end), ""),
        "closed_reason": np.where(left, reason, ""),
    }
    columns["postcode"] = np.where(
        columns["accommodation"] == "ROUGH", "", columns["postcode"].astype(object)
    )
    yield columns, world.person


def who(world: World, at: Numbers) -> Columns:
    """Service, client id and attributor of the registrations ``at``."""
    return {
        "service": np.array(world.services)[world.service[at]],
        "client_id": joined("P", at),
        "first_initial": world.columns["first_initial"][at],
        "last_initial": world.columns["last_initial"][at],
        "birth_date": days(world.columns["birth_date"][at]),
        "sex": world.columns["sex"][at],
    }


def _ethnicity(chance: np.random.Generator, n: int) -> Numbers:
    return one_of(chance, n, A=80, C=5, T=1, D=2, H=1, J=2, K=1, M=2, N=3, S=1, Z=2)


def _letters(chance: np.random.Generator, weights: Numbers, n: int) -> Numbers:
    return chance.choice(_LETTERS, n, p=weights / weights.sum())


def one_of(chance: np.random.Generator, n: int, **weights: float) -> Numbers:
    """``n`` of the named codes, by weight."""
    shares = np.array(list(weights.values()), float)
    return chance.choice(np.array(list(weights)), n, p=shares / shares.sum())


def joined(*parts: Any) -> Numbers:
    """Texts made of the parts, arrays or the same for all."""
    text: Any = ""
    for part in parts:
        text = np.char.add(text, part.astype(str) if isinstance(part, np.ndarray) else part)
    return np.asarray(text)


def _day(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def days(numbers: Numbers) -> Numbers:
    """Days as 2026-06-30, from their numbers since 1970."""
    return numbers.astype("datetime64[D]").astype(str)
