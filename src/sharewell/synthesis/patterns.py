"""Diagnosis patterns: the sets of ICD-10 codes that one invented episode can carry.

A pattern is up to five codes, the primary one first. An episode draws a pattern by number, so
every column of diagnoses and causes is one look-up. The codes are ICD-10; which go together, and
how often, is invented. Background patterns hold no code of any cohort.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property, partial
from importlib import resources

import numpy as np
import numpy.typing as npt

from sharewell.synthesis.numbers import Ints

Pattern = tuple[str, ...]
MOST = 5
"""The most diagnoses in a pattern: as many as there are diagnosis columns in a file."""

DRUG_DISORDERS = ("F11", "F12", "F13", "F14", "F15", "F16", "F18", "F19")
POISONINGS = (*(f"T40{digit}" for digit in range(10)), "T436")
FIREARMS = ("X93", "X94", "X95")
OTHER_ASSAULT = (
    *("X85", "X87", "X88", "X89", "X90", "X91", "X92", "X96", "X97", "X98"),
    *("Y01", "Y02", "Y03", "Y05", "Y06", "Y07", "Y08", "Y09"),
)
BACKGROUND = (
    *("day case", "planned", "emergency", "injury", "child", "delivery", "antenatal", "birth"),
    *("regular", "psychiatric", "other maternity event"),
)

_EXTERNAL = re.compile(r"(V(0[1-9]|[1-9]\d)|[WX]\d\d|Y([0-8]\d|9[0-8]))")
_DRUG = re.compile(r"F1[1-689]")
_PLACES = (0.2, 0.01, 0.02, 0.01, 0.22, 0.04, 0.005, 0.005, 0.07, 0.42)
"""Shares of ICD-10's fourth character for the place of an event, 0 (home) to 9 (not known)."""
_SUBSTANCES = {"0": 0.2, "1": 0.3, "2": 0.3, "3": 0.05, "5": 0.1, "9": 0.05}
"""Shares of the fourth character of F11 to F19: intoxication, harmful use, dependence..."""
_OTHER_WEIGHTS = (4, 1, 1, 1, 1, 2, 1, 1, 1, 1, 2, 1, 1, 8, 1, 2, 20, 51)


@dataclass(frozen=True)
class Library:
    """Every pattern, and the groups they fall into (group name to pattern numbers)."""

    patterns: tuple[Pattern, ...]
    groups: dict[str, Ints]

    @cached_property
    def causes(self) -> tuple[str | None, ...]:
        """The first external cause of each pattern, as HES copies it to CAUSE_4."""
        return tuple(external_cause(pattern) for pattern in self.patterns)

    @cached_property
    def drug_disorder(self) -> npt.NDArray[np.bool_]:
        """Which patterns hold F11 to F16, F18 or F19 in any position; shape (patterns,)."""
        return np.array([any(_DRUG.match(code) for code in p) for p in self.patterns])


def external_cause(pattern: Pattern) -> str | None:
    """The first code from V01 to Y98 in a pattern; None where there is none."""
    return next((code for code in pattern if _EXTERNAL.match(code)), None)


@cache
def _codes() -> dict[tuple[str, str], tuple[str, ...]]:
    file = resources.files("sharewell.synthesis").joinpath("data", "diagnoses.csv")
    rows = csv.DictReader(file.read_text("utf-8").splitlines())
    return {(row["group"], row["role"]): tuple(row["codes"].split()) for row in rows}


class _Maker:
    """Makes patterns from one stream of random numbers."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng([seed, 1])

    def pick(self, group: str, role: str = "primary") -> str:
        """A code of a group; earlier ones are likelier, as in real lists."""
        codes = _codes()[group, role]
        weights = 1 / (np.arange(len(codes)) + 3)
        return codes[int(self.rng.choice(len(codes), p=weights / weights.sum()))]

    def place(self, cause: str) -> str:
        return f"{cause}{self.rng.choice(10, p=_PLACES)}"

    def disorder(self, category: str = "") -> str:
        category = category or str(self.rng.choice(DRUG_DISORDERS))
        return category + str(self.rng.choice(list(_SUBSTANCES), p=list(_SUBSTANCES.values())))

    def also(self, group: str, mean: float) -> Pattern:
        return tuple(self.pick(group, "also") for _ in range(self.rng.poisson(mean)))

    def assault(self, cause: str, injury: str) -> Pattern:
        codes = [self.pick(injury), self.place(cause)]
        if self.rng.random() < 0.3:
            codes.insert(1, self.pick(injury))
        if cause == "Y04" and self.rng.random() < 0.01:
            codes.append(self.place("X99"))  # a second cause, which must not count
        drugs = (self.disorder(),) if self.rng.random() < 0.03 else ()
        return (*codes, *drugs, *self.also("comorbid", 0.3))

    def poisoning(self, code: str) -> Pattern:
        intent = str(self.rng.choice(["X42", "X62", "Y12"], p=[0.35, 0.5, 0.15]))
        drugs = (self.disorder(),) if self.rng.random() < 0.2 else ()
        return (code, self.place(intent), *drugs, *self.also("comorbid", 0.4))

    def primary_disorder(self, category: str) -> Pattern:
        return (self.disorder(category), *self.also("comorbid", 0.6))

    def secondary_disorder(self) -> Pattern:
        before = self.also("comorbid", 0.5)[:3]
        return (self.pick("with drugs"), *before, self.disorder(), *self.also("comorbid", 0.3))

    def background(self, group: str) -> Pattern:
        if group == "injury":
            return (self.pick(group), self.pick(group, "cause"), *self.also("emergency", 1.0))
        return (self.pick(group), *self.also(group, 1.2))


def library(seed: int) -> Library:
    """The patterns of a seed: about 7,000, always the same for the same seed."""
    maker = _Maker(seed)
    weights = np.array(_OTHER_WEIGHTS) / sum(_OTHER_WEIGHTS)

    def other_assault() -> Pattern:
        cause = str(maker.rng.choice(OTHER_ASSAULT, p=weights))
        return maker.assault(cause, "blow")

    makers: dict[str, tuple[int, Callable[[], Pattern]]] = {
        "X99": (300, lambda: maker.assault("X99", "stab")),
        "Y04": (300, lambda: maker.assault("Y04", "blow")),
        "Y00": (100, lambda: maker.assault("Y00", "blow")),
        "X86": (40, lambda: maker.assault("X86", "burn")),
        "firearm": (60, lambda: maker.assault(str(maker.rng.choice(FIREARMS)), "shot")),
        "other": (300, other_assault),
        "secondary": (1500, maker.secondary_disorder),
    }
    for code in POISONINGS:
        makers[code] = (60, partial(maker.poisoning, code))
    for category in DRUG_DISORDERS:
        makers[category] = (60, partial(maker.primary_disorder, category))
    for group in BACKGROUND:
        makers[group] = (400, partial(maker.background, group))

    patterns: list[Pattern] = []
    groups: dict[str, Ints] = {}
    for name, (number, make) in makers.items():
        groups[name] = np.arange(len(patterns), len(patterns) + number)
        patterns += [_without_repeats(make()) for _ in range(number)]
    return Library(tuple(patterns), groups)


def _without_repeats(pattern: Pattern) -> Pattern:
    return tuple(dict.fromkeys(pattern))[:MOST]
