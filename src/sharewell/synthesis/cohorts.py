"""The episodes of the agreements' cohorts in one year, adding exactly to their targets.

Totals, causes, codes, ages, sexes, months and force areas are each dealt out exactly; how they
go together is by chance, except that patients stabbed in some force areas are older, as
published. Drug disorders in any position (M3) include the primary ones (M1) and those found among
poisonings and assaults, so the rest is what remains of the target.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sharewell.catalogue import areas
from sharewell.synthesis import calendar, records, residence, targets
from sharewell.synthesis.numbers import Ints, apportion, deal
from sharewell.synthesis.patterns import DRUG_DISORDERS, POISONINGS, Library
from sharewell.synthesis.records import ADMISSIONS, ETHNICITIES, SEXES, Frame
from sharewell.synthesis.targets import ASSAULT, ELSEWHERE, M1, M2, M3, SHARP

WALES_SCALE = 3_169_586 / 56_550_138
"""Population of Wales over that of England, mid-2020: the level of every Welsh cohort."""
WALES_SHARP = 0.6
"""Invented: no Welsh figure for assault by sharp object was found. Gives about 150 a year."""

_LATER_EPISODES = 0.05  # invented, except for sharp objects
_REGULAR = 0.01  # regular attenders with the cohort's codes, who must not count
_DRUG_BANDS = {
    "0-15": (0, 16),
    "16-24": (16, 25),
    "25-34": (25, 35),
    "35-44": (35, 45),
    "45-54": (45, 55),
    "55-64": (55, 65),
    "65-74": (65, 75),
    "75+": (75, 96),
}
_ASSAULT_BANDS = {  # invented
    (0, 10): 0.012,
    (10, 16): 0.045,
    (16, 18): 0.055,
    (18, 25): 0.25,
    (25, 35): 0.28,
    (35, 45): 0.16,
    (45, 55): 0.12,
    (55, 75): 0.065,
    (75, 96): 0.013,
}
_ETHNIC = {  # invented: shares of A to S, Z and not known, in London and elsewhere
    True: (36, 2, 11, 2, 1, 1, 3, 4, 2, 4, 5, 6, 7, 5, 1, 6, 6, 3),
    False: (78, 0.7, 4, 0.8, 0.3, 0.4, 0.7, 1.3, 1.6, 0.4, 1, 0.8, 0.8, 0.6, 0.2, 1.2, 5, 2.2),
}


@dataclass(frozen=True)
class Setting:
    """The year and nation whose cohorts are made, and the patterns to draw from."""

    year: int
    nation: str
    library: Library

    def scaled(self, number: float, extra: float = 1.0) -> int:
        """An English number at the level of this nation."""
        return round(number if self.nation == "E" else number * WALES_SCALE * extra)

    def forces(self, cohort: str) -> dict[str, float]:
        """Shares by force of residence in this nation, with ELSEWHERE."""
        if self.nation == "E":
            return targets.forces(cohort, self.year)
        people = residence.people(self.year)
        welsh = [force for force in areas.police_forces() if force.startswith("W")]
        shares = {f: float(people[f == residence.FORCE_OF].sum()) for f in welsh}
        return {**shares, ELSEWHERE: 0.02 * sum(shares.values())}


def ages_of(rng: np.random.Generator, low: int, high: int, rows: int) -> Ints:
    """Ages from ``low`` to below ``high`` as STARTAGE: 25 and over younger mostly; babies coded."""
    spread = rng.random(rows)
    if high - low > 20:
        spread = spread**1.8
    ages = low + (spread * (high - low)).astype(np.int64)
    return np.where(ages == 0, 7001 + rng.integers(0, 7, rows), ages)


def deal_ages(
    rng: np.random.Generator,
    bands: Sequence[tuple[int, int]],
    counts: Ints,
    tilt: npt.NDArray[np.float64] | None = None,
) -> Ints:
    """STARTAGE for each row, exact by band; ``counts`` has one more entry, for not known (-1).

    ``tilt`` (a number a row, in standard deviations) makes some rows likelier to be old: ages go
    in ascending order to rows in order of tilt and chance, which keeps every band exact.
    """
    parts = [ages_of(rng, *band, int(n)) for band, n in zip(bands, counts, strict=False)]
    ages = np.concatenate([*parts, np.full(int(counts[-1]), -1)])
    if tilt is None:
        rng.shuffle(ages)
        return ages
    ascending = ages[np.argsort(np.where(ages >= 7001, 0, ages), kind="stable")]
    dealt = np.empty_like(ages)
    dealt[np.argsort(rng.normal(size=len(ages)) + tilt, kind="stable")] = ascending
    return dealt


def _ethnicities(rng: np.random.Generator, year: int, district: Ints) -> Ints:
    unknown = ETHNICITIES.index("X" if year < 2013 else "99")
    codes = np.array([*range(17), unknown])
    london = residence.IN_LONDON[district]
    result = np.empty(len(district), np.int64)
    for here in (True, False):
        rows = london == here
        weights = np.array(_ETHNIC[here])
        result[rows] = codes[rng.choice(18, rows.sum(), p=weights / weights.sum())]
    return result


def sex_codes(year: int) -> Ints:
    """Indices of male, female and not known, as coded in the year (X from 2023-24)."""
    return np.array([0, 1, SEXES.index("0" if year < 2023 else "X")])


def emergency_methods(year: int) -> tuple[Ints, list[float]]:
    """Ways of emergency admission in use in a year, and their shares (invented)."""
    shares = {"21": 0.86, "22": 0.05, "23": 0.01, "24": 0.03}
    if year < 2013:
        shares["28"] = 0.05
    else:
        shares |= {"2A": 0.02, "2B": 0.01, "2D": 0.01, "25": 0.005}
    if 2013 <= year < 2022:
        shares["28"] = 0.01
    return np.array([ADMISSIONS.index(code) for code in shares]), list(shares.values())


def _admissions(
    rng: np.random.Generator,
    setting: Setting,
    season: str,
    patterns: Ints,
    district: Ints,
    age: Ints,
    sexes: Sequence[float],
    mean_stay: float,
) -> Frame:
    """Finished admission episodes, one for each pattern, in random order."""
    rows, year = len(patterns), setting.year
    end = calendar.deal_days(rng, rows, season, year)
    start = end - calendar.stays(rng, rows, mean_stay)
    methods, shares = emergency_methods(year)
    return records.complete(
        {
            "pattern": patterns,
            "sex": sex_codes(year)[deal(rng, apportion(rows, sexes))],
            "ethnos": _ethnicities(rng, year, district),
            "age": age,
            "district": district,
            "end": end,
            "start": start,
            "admitted": start,
            "status": 3,
            "order": 1,
            "type": 1,
            "class": 1 + (rng.random(rows) < 0.03),
            "admission": methods[deal(rng, apportion(rows, shares))],
            "discharge": np.where(rng.random(rows) < 0.004, 4, 1),
            "serial": rng.integers(0, 3, rows),
        },
        rows,
    )


def _draw(rng: np.random.Generator, library: Library, counts: Mapping[str, int]) -> Ints:
    """Pattern numbers: exactly so many of each group, in random order."""
    parts = [rng.choice(library.groups[name], number) for name, number in counts.items()]
    numbers = np.concatenate(parts)
    rng.shuffle(numbers)
    return numbers


def _sharp(rng: np.random.Generator, setting: Setting) -> Frame:
    year, total = setting.year, targets.total(SHARP, "FAE", setting.year).value
    rows = setting.scaled(total, WALES_SHARP)
    by_force = residence.force_counts(rows, setting.forces(SHARP))
    district = residence.deal_residences(rng, year, setting.nation, by_force)
    tilts = targets.age_tilts()
    tilt = np.array([tilts.get(force, 0.0) for force in residence.FORCE_OF[district]])
    bands = apportion(rows, targets.sharp_ages(year))
    return _admissions(
        rng,
        setting,
        "assault",
        _draw(rng, setting.library, {"X99": rows}),
        district,
        deal_ages(rng, targets.SHARP_BANDS, bands, tilt),
        targets.sharp_sexes(year),
        2.0,
    )


def _other_assault(rng: np.random.Generator, setting: Setting) -> Frame:
    counts = {
        cause: setting.scaled(target.value)
        for cause, target in targets.assault_causes(setting.year).items()
        if cause != "X99"
    }
    rows = sum(counts.values())
    by_force = residence.force_counts(rows, setting.forces(ASSAULT))
    ages = apportion(rows, [*_ASSAULT_BANDS.values(), 0.0])
    return _admissions(
        rng,
        setting,
        "assault",
        _draw(rng, setting.library, counts),
        residence.deal_residences(rng, setting.year, setting.nation, by_force),
        deal_ages(rng, tuple(_ASSAULT_BANDS), ages),
        (0.81, 0.1895, 0.0005),
        1.6,
    )


def _drug_counts(cohort: str, setting: Setting) -> tuple[int, Ints, dict[str, int]]:
    """Rows, rows by age band (and not known), and rows by force of a drug measure."""
    rows = setting.scaled(targets.total(cohort, "FAE", setting.year).value)
    shares = targets.shares(cohort, "age", setting.year)
    bands = apportion(rows, [shares.get(band, 0) for band in (*_DRUG_BANDS, "unknown")])
    return rows, bands, residence.force_counts(rows, setting.forces(cohort))


def _drugs(
    rng: np.random.Generator,
    setting: Setting,
    cohort: str,
    groups: Sequence[str],
    sexes: Sequence[float],
    mean_stay: float,
) -> Frame:
    """Admissions for a measure of the primary diagnosis, exact by code, age and force."""
    rows, bands, by_force = _drug_counts(cohort, setting)
    shares = targets.shares(cohort, "diagnosis", setting.year)
    counts = apportion(rows, [shares[code] for code in groups])
    return _admissions(
        rng,
        setting,
        "drugs",
        _draw(rng, setting.library, dict(zip(groups, map(int, counts), strict=True))),
        residence.deal_residences(rng, setting.year, setting.nation, by_force),
        deal_ages(rng, tuple(_DRUG_BANDS.values()), bands),
        sexes,
        mean_stay,
    )


def _band_of(age: npt.NDArray[np.int16]) -> Ints:
    """The drug statistics' age band of STARTAGE, numbered; 8 is not known."""
    years = np.where(age >= 7001, 0, age)
    starts = [low for low, _ in _DRUG_BANDS.values()]
    return np.where(years < 0, len(starts), np.searchsorted(starts, years, side="right") - 1)


def _remaining(wanted: Ints, held: Ints, rows: int) -> Ints:
    """What is left of ``wanted`` after ``held``, never negative, summing to ``rows``."""
    return apportion(rows, np.maximum(wanted - held, 0) + 1e-9)


def _secondary(rng: np.random.Generator, setting: Setting, others: Frame) -> Frame:
    """Admissions with a drug disorder beyond the primary diagnosis: what M3 still lacks."""
    held = records.take(others, setting.library.drug_disorder[others["pattern"]])
    total, bands, by_force = _drug_counts(M3, setting)
    rows = total - records.length(held)
    forces = residence.FORCE_OF[held["district"]]
    already = {f: int((forces == f).sum()) for f in by_force if f != ELSEWHERE}
    already[ELSEWHERE] = records.length(held) - sum(already.values())
    wanted, had = (np.array([d[f] for f in by_force]) for d in (by_force, already))
    left = dict(zip(by_force, map(int, _remaining(wanted, had, rows)), strict=True))
    ages = _remaining(bands, np.bincount(_band_of(held["age"]), minlength=9), rows)
    return _admissions(
        rng,
        setting,
        "drugs",
        _draw(rng, setting.library, {"secondary": rows}),
        residence.deal_residences(rng, setting.year, setting.nation, left),
        deal_ages(rng, tuple(_DRUG_BANDS.values()), ages),
        (0.68, 0.3197, 0.0003),
        4.0,
    )


def _later(rng: np.random.Generator, frame: Frame, rows: int, last: int) -> Frame:
    """Second episodes of some stays: finished, but no admission. Spread evenly by sex and age."""
    order = np.lexsort((frame["age"], frame["sex"]))
    every = records.length(frame) / rows if rows else 1
    chosen = order[(np.arange(rows) * every + rng.random() * every).astype(np.int64)]
    later = records.take(frame, chosen)
    later["start"] = later["end"].copy()
    later["end"] = np.minimum(later["end"] + calendar.stays(rng, rows, 4.0), last).astype(np.int32)
    later["order"] = np.full(rows, 2, np.int16)
    return later


def _regular(rng: np.random.Generator, frame: Frame) -> Frame:
    """Regular day and night attenders with the same codes: no finished consultant episodes."""
    rows = round(_REGULAR * records.length(frame))
    regular = records.take(frame, rng.integers(0, records.length(frame), rows))
    regular["class"] = rng.integers(3, 5, rows).astype(np.int8)
    regular["admission"] = np.full(rows, ADMISSIONS.index("13"), np.uint8)
    regular["start"] = regular["admitted"] = regular["end"]
    return regular


def cohort_rows(rng: np.random.Generator, setting: Setting) -> Frame:
    """Every episode of the cohorts in one year and nation, in random order.

    England: about 150,000 rows a year. The totals of `targets` are met exactly.
    """
    sharp = _sharp(rng, setting)
    assault = _other_assault(rng, setting)
    primary = _drugs(rng, setting, M1, DRUG_DISORDERS, (0.7, 0.2997, 0.0003), 8.0)
    poisoned = _drugs(rng, setting, M2, POISONINGS, (0.47, 0.5297, 0.0003), 1.5)
    others = records.join([assault, primary, poisoned])
    secondary = _secondary(rng, setting, records.join([sharp, others]))
    _, last = calendar.year_bounds(setting.year)
    episodes = targets.total(SHARP, "FCE", setting.year).value
    more_sharp = setting.scaled(episodes, WALES_SHARP) - records.length(sharp)
    rest = records.join([others, secondary])
    more_rest = round(_LATER_EPISODES * records.length(rest))
    everything = records.join(
        [
            *(sharp, _later(rng, sharp, more_sharp, last)),
            *(rest, _later(rng, rest, more_rest, last)),
            *(_regular(rng, sharp), _regular(rng, rest)),
        ]
    )
    return records.take(everything, rng.permutation(records.length(everything)))
