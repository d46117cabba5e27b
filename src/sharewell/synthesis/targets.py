"""What each year of invented data adds up to: published figures, and between them a line.

A year without a figure lies on the straight line between its neighbours; before the first and
after the last figure the nearest one is held. `Target.status` says which it is. Shares for which
nothing is published (most ages of assault, force areas without a figure) are invented, and say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np

from sharewell.catalogue import areas
from sharewell.synthesis.published import (
    NINE_YEARS,
    PERCENT_UNDER_25,
    drug_admissions_by_force,
    figures,
)

SHARP = "assault-sharp-object"
FIREARM = "assault-firearm"
ASSAULT = "assault-all"
M1 = "drug-disorders-primary"
M2 = "drug-poisoning"
M3 = "drug-disorders-any"

FCE_PER_FAE = 4757 / 4674
"""Assault by sharp object, 2019-20: the one year in which both are published."""

ELSEWHERE = "elsewhere"
"""Not resident in an English police force area, or residence not known."""

METROPOLITAN, CITY = "E23000001", "E23000034"


@dataclass(frozen=True)
class Target:
    """A total for a year, and whether it is published or came from its neighbours."""

    value: int
    status: str


def _line(points: Mapping[int, float], year: int) -> float:
    years = sorted(points)
    return float(np.interp(year, years, [points[y] for y in years]))


@cache
def _totals(cohort: str, measure: str) -> dict[int, int]:
    return {
        f.year: f.value
        for f in figures()
        if (f.cohort, f.measure, f.breakdown) == (cohort, measure, "")
    }


def _status(points: Mapping[int, float], year: int) -> str:
    if year in points:
        return "published"
    return "interpolated" if min(points) < year < max(points) else "held"


def _sharp(year: int) -> tuple[Target, Target]:
    """FAE and FCE of assault by sharp object: either follows from the other where it must."""
    fae, fce = _totals(SHARP, "FAE"), _totals(SHARP, "FCE")
    points = {**{y: round(v / FCE_PER_FAE) for y, v in fce.items()}, **fae}
    admissions = round(_line(points, year))
    status = "published" if year in fae else _status(points, year).replace("published", "from FCE")
    episodes = fce.get(year) or round(admissions * FCE_PER_FAE)
    return Target(admissions, status), Target(episodes, "published" if year in fce else "from FAE")


def _assault(year: int) -> Target:
    points = _totals(ASSAULT, "FAE")
    last = max(points)
    if year > last:  # nothing later is published: moves as assault by sharp object does
        ratio = _sharp(year)[0].value / _sharp(last)[0].value
        return Target(round(points[last] * ratio), "held to assault by sharp object")
    return Target(round(_line(points, year)), _status(points, year))


@cache
def total(cohort: str, measure: str, year: int) -> Target:
    """The total for England of a cohort in a year; measure 'FAE', or 'FCE' for sharp objects."""
    if cohort == SHARP:
        return _sharp(year)[measure == "FCE"]
    if cohort == ASSAULT:
        return _assault(year)
    if cohort == FIREARM:
        return assault_causes(year)["firearm"]
    points = _totals(cohort, measure)
    return Target(round(_line(points, year)), _status(points, year))


@cache
def assault_causes(year: int) -> dict[str, Target]:
    """Admissions for assault by cause: 'X99', 'firearm', 'X86', 'Y04', 'Y00' and 'other'.

    Between figures the share of all assault lies on a line.
    """
    everything = _assault(year).value
    causes = {"X99": _sharp(year)[0]}
    known = {
        cause: {
            f.year: f.value
            for f in figures()
            if (f.cohort, f.category) == (ASSAULT, cause)
            or (f.cohort == FIREARM and cause == "firearm")
        }
        for cause in ("firearm", "X86", "Y04", "Y00")
    }
    for cause, points in known.items():
        shares = {y: v / _assault(y).value for y, v in points.items()}
        value = points.get(year, round(_line(shares, year) * everything))
        causes[cause] = Target(value, _status(points, year))
    other = everything - sum(target.value for target in causes.values())
    causes["other"] = Target(other, "what remains of all assault")
    return causes


def shares(cohort: str, breakdown: str, year: int) -> dict[str, int]:
    """Published counts by category of the nearest year that has them."""
    found: dict[int, dict[str, int]] = {}
    for f in figures():
        if (f.cohort, f.breakdown) == (cohort, breakdown):
            found.setdefault(f.year, {})[f.category] = f.value
    return found[min(found, key=lambda known: (abs(known - year), known))]


SHARP_AGES: dict[int, tuple[float, ...]] = {
    # 0-9, 10-15, 16-17, 18, 19 and 20-24 (the rest are 25 or over), set so that each published
    # figure is met; the division of what is not published is invented.
    2010: (0.0030, 0.0312, 0.0752, 0.0470, 0.0440, 0.1900),
    2012: (0.0040, 0.0290, 0.0540, 0.0440, 0.0434, 0.1850),
    2013: (0.0040, 0.0290, 0.0536, 0.0440, 0.0440, 0.1850),
    2017: (0.0040, 0.0360, 0.0760, 0.0470, 0.0440, 0.1900),
    2019: (0.0040, 0.0400, 0.0740, 0.0465, 0.0455, 0.1900),
    2020: (0.0040, 0.0400, 0.0740, 0.0465, 0.0455, 0.1900),
    2022: (0.0040, 0.0460, 0.0737, 0.0450, 0.0440, 0.1850),
    2023: (0.0040, 0.0500, 0.0765, 0.0450, 0.0440, 0.1850),
}
SHARP_BANDS = ((0, 10), (10, 16), (16, 18), (18, 19), (19, 20), (20, 25), (25, 75))
SHARP_UNKNOWN_AGE = 17 / 4647  # 2010-11


def sharp_ages(year: int) -> tuple[float, ...]:
    """Shares of `SHARP_BANDS`, then of age not known."""
    young = [_line({y: v[i] for y, v in SHARP_AGES.items()}, year) for i in range(6)]
    return (*young, 1 - sum(young) - SHARP_UNKNOWN_AGE, SHARP_UNKNOWN_AGE)


def sharp_sexes(year: int) -> tuple[float, float, float]:
    """Shares of male, female and not known: 4,164, 482 and 1 in 2010-11; 92 per cent male later."""
    male = _line({2010: 4164 / 4647, 2019: 0.92}, year)
    return male, 1 - male - 1 / 4647, 1 / 4647


def _populations() -> dict[str, int]:
    people = dict.fromkeys(areas.police_forces(), 0)
    for district, persons in areas.populations().items():
        people[areas.police_force_of(district)] += persons
    return people


_URBAN = {
    # Invented: how much likelier assault is than in an average force area.
    METROPOLITAN: 1.75,
    "E23000014": 1.7,
    "E23000004": 1.5,
    "E23000005": 1.35,
    "E23000011": 1.15,
    "E23000019": 1.1,
}
_URBAN_ELSE = 0.65
_OUTSIDE = 0.03


def _figures_by_force(breakdown: str) -> dict[str, int]:
    return {
        f.category: f.value for f in figures() if f.cohort == SHARP and f.breakdown == breakdown
    }


@cache
def _weights_without_figures() -> dict[str, float]:
    people = _populations()
    return {
        force: people[force] * _URBAN.get(force, _URBAN_ELSE)
        for force in people
        if force.startswith("E")
    }


@cache
def sharp_forces(year: int) -> dict[str, float]:
    """Shares by force: seven published over nine years and in 2020-21, the others invented."""
    latest = _figures_by_force("police_force")
    decade = _figures_by_force(NINE_YEARS)
    if year == 2020:
        known = {force: n / _sharp(2020)[0].value for force, n in latest.items()}
    else:
        before = sum(_sharp(y)[0].value for y in range(2012, 2020))
        known = {force: (n - latest[force]) / before for force, n in decade.items()}
    rest = {f: w for f, w in _weights_without_figures().items() if f not in known}
    scale = (1 - _OUTSIDE - sum(known.values())) / sum(rest.values())
    return {**{f: w * scale for f, w in rest.items()}, **known, ELSEWHERE: _OUTSIDE}


@cache
def age_tilts() -> dict[str, float]:
    """How far each force's patients are older than England's, in standard deviations.

    Published: the percentage under 25 in seven forces, against about 39 in England.
    """
    probit = NormalDist().inv_cdf
    return {
        force: probit(0.39) - probit(percent / 100)
        for force, percent in _figures_by_force(PERCENT_UNDER_25).items()
    }


@cache
def forces(cohort: str, year: int) -> dict[str, float]:
    """Shares by police force area of residence, with `ELSEWHERE`, of a cohort in England."""
    if cohort == SHARP:
        return sharp_forces(year)
    if cohort == ASSAULT:
        weights = _weights_without_figures()
        scale = (1 - _OUTSIDE) / sum(weights.values())
        return {**{f: w * scale for f, w in weights.items()}, ELSEWHERE: _OUTSIDE}
    known = drug_admissions_by_force()[cohort, min(year, 2018)]
    counts: dict[str, float] = dict(known)
    if cohort == M2 and year < 2017:  # the old definition: shares only
        counts[ELSEWHERE] = sum(known.values()) * _OUTSIDE
    else:
        counts[ELSEWHERE] = total(cohort, "FAE", min(year, 2018)).value - sum(known.values())
    people = _populations()
    both = counts[METROPOLITAN]
    counts[CITY] = both * people[CITY] / (people[CITY] + people[METROPOLITAN])
    counts[METROPOLITAN] = both - counts[CITY]
    return counts
