"""Invented tables for disclosure control: months by force areas by ages by sexes, every margin.

The tables have the size and the sparseness of a year of assaults in England. Counts are Poisson;
a force area's share follows its population, a factor of its region and a factor of its own; the
months have a mild season. The same seed gives the same table. Never real.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sharewell.catalogue import areas
from sharewell.synthesis.numbers import Floats, Ints

TOTAL = "total"
ENGLAND = "E92000001"

SPARSE, DENSE = 5_000, 30_000
"""Events a year: assault by sharp object, and all assault."""

AGES = {
    "0-17": 0.10,
    "18-24": 0.27,
    "25-34": 0.28,
    "35-44": 0.18,
    "45-54": 0.10,
    "55-64": 0.05,
    "65+": 0.02,
}
SEXES = {"1": 0.85, "2": 0.15}
_MONTHS = ("04", "05", "06", "07", "08", "09", "10", "11", "12", "01", "02", "03")
_SEASON = 0.08  # the swing of the year, as a share of the mean month
_REGION_SPREAD, _FORCE_SPREAD = 0.25, 0.25  # standard deviations of the logarithms


@dataclass(frozen=True)
class Axis:
    """One breakdown with its margins: ``codes`` name its categories, totals included.

    Each of ``sums`` is a position and the positions that it is the sum of.
    """

    name: str
    codes: tuple[str, ...]
    sums: tuple[tuple[int, tuple[int, ...]], ...]


@dataclass(frozen=True)
class CrossTable:
    """Counts with every margin: ``counts`` has one dimension for each of ``axes``."""

    axes: tuple[Axis, ...]
    counts: Ints

    def equations(self) -> list[tuple[Ints, Ints]]:
        """What is the sum of what: blocks of (totals (k,), parts (k, size)), as positions in
        the flat counts."""
        place = np.arange(self.counts.size).reshape(self.counts.shape)
        blocks = []
        for dimension, axis in enumerate(self.axes):
            along = np.moveaxis(place, dimension, 0)
            for total, parts in axis.sums:
                lines = along[list(parts)].reshape(len(parts), -1)
                blocks.append((along[total].ravel(), lines.T.copy()))
        return blocks

    def names(self, position: int) -> dict[str, str]:
        """The categories of one cell of the flat counts."""
        index = np.unravel_index(position, self.counts.shape)
        return {axis.name: axis.codes[int(i)] for axis, i in zip(self.axes, index, strict=True)}

    def at(self, axis: str, code: str) -> np.ndarray:
        """(n,) which of the flat counts stand at one category of one axis."""
        dimension = [each.name for each in self.axes].index(axis)
        index = np.indices(self.counts.shape)[dimension].ravel()
        return np.asarray(index == self.axes[dimension].codes.index(code))


def simple_axis(name: str, codes: tuple[str, ...]) -> Axis:
    """A total, then the categories that it is the sum of."""
    return Axis(name, (TOTAL, *codes), ((0, tuple(range(1, len(codes) + 1))),))


def force_axis() -> Axis:
    """England, its 9 regions, and their 39 police force areas."""
    forces, regions = _places()
    names = tuple(sorted(set(regions.values())))
    codes = (ENGLAND, *names, *forces)
    sums: list[tuple[int, tuple[int, ...]]] = [(0, tuple(range(1, 1 + len(names))))]
    for number, region in enumerate(names):
        inside = [codes.index(force) for force in forces if regions[force] == region]
        sums.append((1 + number, tuple(inside)))
    return Axis("area", codes, tuple(sums))


def time_axis(years: int, *, first: int = 2012, totals: bool = True) -> Axis:
    """The months of financial years, each year's total before its months unless left out."""
    codes: list[str] = []
    sums: list[tuple[int, tuple[int, ...]]] = []
    for year in range(first, first + years):
        if totals:
            here = len(codes)
            sums.append((here, tuple(range(here + 1, here + 1 + len(_MONTHS)))))
            codes.append(f"{year}/{(year + 1) % 100:02d}")
        codes += [f"{year + (month < '04')}-{month}" for month in _MONTHS]
    return Axis("time", tuple(codes), tuple(sums))


def assault_table(
    events: int = SPARSE, *, seed: int = 1, years: int = 1, year_totals: bool = False
) -> CrossTable:
    """An invented table of about ``events`` a year: time by area by age by sex, every margin.

    One year has 14,112 cells (12 x 49 x 8 x 3), and 15,288 with the year's totals.
    """
    chance = np.random.default_rng(seed)
    axes = (
        time_axis(years, totals=year_totals),
        force_axis(),
        simple_axis("age_band", tuple(AGES)),
        simple_axis("sex", tuple(SEXES)),
    )
    season = 1 + _SEASON * np.cos(2 * np.pi * (np.arange(12) - 3) / 12)
    atoms = chance.poisson(
        events
        / 12
        * np.tile(season, years)[:, None, None, None]
        * _force_shares(chance)[None, :, None, None]
        * np.array(list(AGES.values()))[None, None, :, None]
        * np.array(list(SEXES.values()))[None, None, None, :]
    )
    return CrossTable(axes, _with_margins(atoms.astype(np.int64), axes))


def _with_margins(atoms: Ints, axes: tuple[Axis, ...]) -> Ints:
    """Counts of categories that are no sum, in their order, to counts with every margin."""
    counts = atoms
    for dimension, axis in enumerate(axes):
        whole = {total for total, _ in axis.sums}
        own = [at for at in range(len(axis.codes)) if at not in whole]
        wide = np.zeros((len(axis.codes), *np.moveaxis(counts, dimension, 0).shape[1:]), np.int64)
        wide[own] = np.moveaxis(counts, dimension, 0)
        for total, parts in reversed(axis.sums):  # the smallest totals stand last
            wide[total] = wide[list(parts)].sum(axis=0)
        counts = np.moveaxis(wide, 0, dimension)
    return np.ascontiguousarray(counts)


def _places() -> tuple[tuple[str, ...], dict[str, str]]:
    """The English force areas in code order, and the region of each."""
    regions = {
        district.police_force: district.region
        for district in areas.districts().values()
        if district.police_force.startswith("E")
    }
    return tuple(sorted(regions)), regions


def _force_shares(chance: np.random.Generator) -> Floats:
    """Shares of the English force areas, in code order: population times two chance factors."""
    forces, regions = _places()
    persons = dict.fromkeys(forces, 0)
    for district, count in areas.populations().items():
        force = areas.police_force_of(district)
        if force in persons:
            persons[force] += count
    names = sorted(set(regions.values()))
    regional = dict(zip(names, chance.lognormal(0, _REGION_SPREAD, len(names)), strict=True))
    own = chance.lognormal(0, _FORCE_SPREAD, len(forces))
    weight = np.array([persons[f] * regional[regions[f]] for f in forces]) * own
    return np.asarray(weight / weight.sum())
