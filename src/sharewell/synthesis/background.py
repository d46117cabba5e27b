"""Background: ordinary episodes with none of the cohorts' codes, by the million.

A year has 65,536 case templates, each a plausible patient in one kind of care. A row draws a
template, a district, a day, an ethnic group and a person: five look-ups, whatever the number of
columns. All shares are invented but for the level in 2014-15 (18,731,987 episodes, PMC5837677).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sharewell.synthesis import calendar, records, residence
from sharewell.synthesis.cohorts import emergency_methods, sex_codes
from sharewell.synthesis.numbers import table_of
from sharewell.synthesis.patterns import Library
from sharewell.synthesis.records import ADMISSIONS, ETHNICITIES, Frame

EPISODES = {
    2009: 17_200_000,
    2014: 18_731_987,
    2019: 20_900_000,
    2020: 16_200_000,
    2021: 19_600_000,
    2023: 20_800_000,
    2026: 21_500_000,
}
WELSH_EPISODES = 1_000_000
TEMPLATES = 65_536
_OUTSIDE = 0.012  # share of patients who live in no force area of the nation


@dataclass(frozen=True)
class _Care:
    """One kind of care: its share of episodes and who gets it. Ages are (low, high, peak)."""

    share: float
    ages: tuple[int, int, int]
    male: float
    stay: float
    type: int = 1
    classes: tuple[int, ...] = (1,)
    methods: tuple[str, ...] = ()  # empty: the emergency methods of the year


_CARE = {
    "day case": _Care(0.31, (16, 96, 62), 0.47, 0.0, classes=(2,), methods=("11", "12", "13")),
    "planned": _Care(0.09, (16, 96, 62), 0.47, 3.0, methods=("11", "12")),
    "emergency": _Care(0.31, (16, 100, 74), 0.48, 5.0),
    "injury": _Care(0.06, (1, 100, 70), 0.52, 4.5),
    "child": _Care(0.06, (0, 16, 2), 0.54, 1.0),
    "delivery": _Care(0.033, (15, 48, 30), 0.0, 1.8, 2, (1, 1, 1, 5), ("31", "32")),
    "antenatal": _Care(0.04, (15, 48, 29), 0.0, 0.6, methods=("31",)),
    "birth": _Care(0.033, (0, 1, 0), 0.51, 1.8, 3, (1, 1, 1, 5), ("82", "82", "82", "83")),
    "regular": _Care(0.05, (16, 92, 63), 0.55, 0.0, classes=(3, 3, 3, 4), methods=("13",)),
    "psychiatric": _Care(0.009, (16, 92, 42), 0.5, 30.0, 4),
    "other maternity event": _Care(0.005, (15, 48, 30), 0.0, 0.0, 5, (8,), ("98",)),
}


def episodes(dataset: str, year: int, share: float) -> int:
    """How many background episodes a file of ``year`` has, at ``share`` of the national level."""
    national = np.interp(year, list(EPISODES), list(EPISODES.values()))
    if dataset == "pedw":
        national *= WELSH_EPISODES / EPISODES[2019]
    return round(float(national) * share)


@dataclass(frozen=True)
class Templates:
    """What background rows of one year are drawn from; see `draw`."""

    year: int
    cases: Frame
    districts: npt.NDArray[np.uint16]
    days: npt.NDArray[np.uint16]
    ethnicities: npt.NDArray[np.uint16]
    alike: int


def templates(
    rng: np.random.Generator, year: int, nation: str, library: Library, share: float
) -> Templates:
    """The templates of a year; ``share`` of the national level decides how many people it has."""
    sizes = np.bincount(table_of([care.share for care in _CARE.values()], TEMPLATES))
    parts = [
        _cases(rng, year, library, name, care, int(size))
        for (name, care), size in zip(_CARE.items(), sizes, strict=True)
    ]
    cases = records.join(parts)
    # Mostly white British, one in ten not stated or not known: invented.
    ethnic = np.array([70, 1, 6, 1, 0.5, 0.6, 1, 2.5, 2.4, 1, 1.7, 1.5, 1.9, 1, 0.5, 1.4, 5, 0, 0])
    ethnic[ETHNICITIES.index("X" if year < 2013 else "99")] = 4
    return Templates(
        year=year,
        cases=cases,
        districts=table_of(residence.weights(year, nation, _OUTSIDE)),
        days=table_of(calendar.day_weights(year)),
        ethnicities=table_of(ethnic),
        alike=min(max(3, round(200 * share)), records.MOST_ALIKE),
    )


def _cases(
    rng: np.random.Generator, year: int, library: Library, name: str, care: _Care, rows: int
) -> Frame:
    low, high, peak = care.ages
    ages = rng.triangular(low, peak, high, rows).astype(np.int64) if high > 1 else np.zeros(rows)
    # Births are under a day old; other babies are coded by their age in days.
    babies = np.full(rows, 7001) if name == "birth" else 7001 + rng.integers(1, 7, rows)
    ages = np.where(ages == 0, babies, ages)
    sexes = sex_codes(year)
    sex = np.where(rng.random(rows) < care.male, sexes[0], sexes[1])
    rare = rng.random(rows)
    sex = np.where(rare < 0.0006, sexes[2], np.where(rare > 0.9998, 2, sex))
    methods, shares = emergency_methods(year)
    if care.methods:
        methods = np.array([ADMISSIONS.index(method) for method in care.methods])
        shares = [1.0] * len(methods)
    chances = np.array(shares) / sum(shares)
    other_event = name == "other maternity event"
    order = 1 + rng.choice(4, rows, p=[0.86, 0.1, 0.03, 0.01])
    order = np.where(rng.random(rows) < 0.0005, 98, order)
    if care.classes[0] != 1:
        order = np.ones(rows, np.int64)
    unfinished = (rng.random(rows) < 0.013) & (year <= 2016) & (not other_event)
    stay = np.maximum(calendar.stays(rng, rows, care.stay), unfinished)
    admitted = stay + (order > 1) * (order < 98) * calendar.stays(rng, rows, 3.0)
    episode_type = 1 if care.type == 4 and year > 2016 else care.type
    return records.complete(
        {
            "pattern": rng.choice(library.groups[name], rows),
            "sex": sex,
            "age": ages,
            "status": np.where(unfinished, 1, 3),
            "order": np.where(other_event, -1, order),
            "type": episode_type,
            "class": rng.choice(care.classes, rows),
            "admission": rng.choice(methods, rows, p=chances),
            "discharge": _discharges(rng, year, rows, unfinished),
            # Filled in for each row drawn; the dates hold days before the end.
            "ethnos": 0,
            "district": 0,
            "serial": 0,
            "end": 0,
            "start": stay,
            "admitted": admitted,
        },
        rows,
    )


def _discharges(
    rng: np.random.Generator, year: int, rows: int, unfinished: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int64]:
    own_way = [2, 2] if year < 2022 else [6, 7]
    codes = np.array([1, *own_way, 4, 8, 9])
    return np.where(
        unfinished, 8, rng.choice(codes, rows, p=[0.87, 0.01, 0.01, 0.012, 0.093, 0.005])
    )


def draw(rng: np.random.Generator, templates: Templates, rows: int) -> Frame:
    """``rows`` background episodes."""
    cases = templates.cases
    chance = rng.integers(0, 2**64, (rows, 2), dtype=np.uint64).view(np.uint16)
    template = chance[:, 0]
    first, _ = calendar.year_bounds(templates.year)
    end = templates.days[chance[:, 2]] + np.int32(first)
    serial = (chance[:, 4].astype(np.uint32) * templates.alike) >> 16
    frame = {name: values[template] for name, values in cases.items()}
    finished = frame["status"] == 3
    frame["start"] = end - frame["start"]
    frame["admitted"] = end - frame["admitted"]
    frame["end"] = np.where(finished, end, np.int32(records.NO_DATE))
    frame["district"] = templates.districts[chance[:, 1]].astype(np.int16)
    frame["ethnos"] = templates.ethnicities[chance[:, 3]].astype(np.uint8)
    frame["serial"] = serial.astype(np.int16)
    return frame
