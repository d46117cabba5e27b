"""Where invented patients live: districts of the year, in force areas, by population."""

from __future__ import annotations

from functools import cache

import numpy as np

from sharewell.catalogue import areas
from sharewell.synthesis.numbers import Floats, Ints, apportion, deal
from sharewell.synthesis.records import RESIDENCES
from sharewell.synthesis.targets import ELSEWHERE

_INDEX = {code: n for n, code in enumerate(RESIDENCES)}
_OTHERS = {
    # Invented: shares of those who live in no force area of the nation that treats them.
    "Y": 0.3,
    "U": 0.22,
    "X": 0.07,
    "S99999999": 0.05,
    "N99999999": 0.01,
    "L99999999": 0.005,
    "M99999999": 0.005,
}
_NEIGHBOURS = 0.3  # residents of Wales treated in England, or of England treated in Wales
_NOT_STATED = 0.04  # the nation is known and the district is not

FORCE_OF = np.array([areas.police_force_of(code) for code in RESIDENCES])
IN_LONDON = np.array([areas.region_of(code) == "E12000007" for code in RESIDENCES])


@cache
def people(year: int) -> Floats:
    """Persons of mid-2020 in each of RESIDENCES that is a district in the year, else 0.

    A district that merged later gets an equal part of what it became. HES has district codes
    from 2011-12; earlier years get those of 2011.
    """
    codes = areas.valid_in(min(max(year, 2011), areas.TODAY))
    today = [areas.rebase(code) for code in codes]
    persons = np.zeros(len(RESIDENCES))
    for code, now in zip(codes, today, strict=True):
        persons[_INDEX[code]] = areas.populations()[now] / today.count(now)
    return persons


@cache
def elsewhere(year: int, nation: str) -> Floats:
    """Shares over RESIDENCES of patients who live in no force area of ``nation`` ('E' or 'W')."""
    shares = np.zeros(len(RESIDENCES))
    for code, share in _OTHERS.items():
        shares[_INDEX[code]] = share
    shares[_INDEX["E99999999" if nation == "E" else "W99999999"]] = _NOT_STATED
    other = "W" if nation == "E" else "E"
    near = np.array([areas.nation_of(code) == other for code in RESIDENCES]) * people(year)
    shares += near * (_NEIGHBOURS / near.sum())
    return np.asarray(shares / shares.sum())


def weights(year: int, nation: str, outside: float) -> Floats:
    """Shares over RESIDENCES by population, with a share ``outside`` living elsewhere."""
    home = np.array([areas.nation_of(code) == nation for code in RESIDENCES]) * people(year)
    outsiders = elsewhere(year, nation) * outside
    return np.asarray(home * ((1 - outside) / home.sum()) + outsiders)


def force_counts(total: int, shares: dict[str, float]) -> dict[str, int]:
    """Divide a total over force areas (and ELSEWHERE) exactly."""
    counts = apportion(total, list(shares.values()))
    return dict(zip(shares, (int(n) for n in counts), strict=True))


def deal_residences(
    rng: np.random.Generator, year: int, nation: str, by_force: dict[str, int]
) -> Ints:
    """Indices into RESIDENCES in random order: exact by force, by chance in its districts."""
    counts = np.zeros(len(RESIDENCES), np.int64)
    for force, number in by_force.items():
        if force == ELSEWHERE:
            counts += rng.multinomial(number, elsewhere(year, nation))
        else:
            inside = people(year) * (force == FORCE_OF)
            counts += rng.multinomial(number, inside / inside.sum())
    return deal(rng, counts)
