"""How many people, when some share an attributor: the occupancy estimator.

People are thrown into cells (initials, sex, day of birth) of known chances. N people fill on
average D(N) = sum over cells of 1 - exp(-N p) of them; seen are D; N is found by turning that
round. The chances come from the people at hand: within each initials and sex, cells are days of
birth, as common as they are among all people of that sex. Days of birth on which far more people
are recorded than on others of the year, as where 1 January stands for "not known", have chances
of their own.

Sources: the occupancy model is classical (Johnson and Kotz, Urn Models, 1977); its use to count
people by coded identifiers: Song, Green, McKenna and Glynn, Journal of Data Science 5 (2007), 53;
from dates of birth: Banks and Pandiani's probabilistic population estimation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sharewell.linkage.calendar import heaped_days, parts_of
from sharewell.linkage.records import Ints

Floats = npt.NDArray[np.float64]


_TURNS = 60


@dataclass(frozen=True)
class Cells:
    """Cells, gathered into kinds of equal chance.

    ``group[g]``: people seen, as distinct attributors, of each initials and sex; ``sex[g]``.
    ``seen[s, k]``: people seen of each sex and kind of day; ``days[k]``: how many days are of
    that kind. ``heaped``: the days (since 1970) with chances of their own.
    """

    group: Floats
    sex: Ints
    seen: Floats
    days: Floats
    heaped: Ints


@dataclass(frozen=True)
class Estimate:
    """People, the standard error of their number, and the slope of D there."""

    people: float
    error: float
    slope: float


def make_cells(initials_and_sex: Ints, born: Ints) -> Cells:
    """The cells of people, given one attributor each; codes are initials x 3 + sex."""
    sex = initials_and_sex % 3
    groups, place = np.unique(initials_and_sex, return_inverse=True)
    size = np.bincount(place, minlength=len(groups)).astype(float)
    heaped = heaped_days(born)
    year = parts_of(born)[0]
    years = np.unique(year)
    on_heap = np.isin(born, heaped)
    kind = np.where(
        on_heap,
        len(years) + np.searchsorted(heaped, born) if len(heaped) else 0,
        np.searchsorted(years, year),
    )
    heap_years = np.searchsorted(years, parts_of(heaped)[0])
    lengths = 365 + ((years % 4 == 0) & ((years % 100 != 0) | (years % 400 == 0)))
    days = np.concatenate(
        [lengths - np.bincount(heap_years, minlength=len(years)), np.ones(len(heaped))]
    ).astype(float)
    seen = np.zeros((3, len(days)))
    np.add.at(seen, (sex, kind), 1)
    return Cells(size, groups % 3, seen, days, heaped)


def distinct(people: Floats, chance: Floats, days: Floats) -> Floats:
    """The mean number of distinct attributors by group (row) and kind of day (column).

    ``chance[g, k]``: of one day of each kind.
    """
    result: Floats = -np.expm1(-people[:, None] * chance) * days
    return result


def occupancy(cells: Cells, share: float = 1.0) -> Estimate:
    """The number of people behind the attributors seen.

    ``share`` of each group's attributors is taken as seen: what is left of them when those that
    are recording errors are taken off. Groups' people and days' chances are found in turn until
    both give the distinct attributors seen. People whose attributors fill every cell cannot be
    counted, so a group is solved up to all but one of its cells.
    """
    days = cells.days
    chance = cells.seen / np.maximum(cells.seen.sum(1, keepdims=True), 1) / days
    open_cells = ((chance > 0) @ days)[cells.sex]
    seen = np.minimum(cells.group * share, np.maximum(open_cells - 1, 0.5))
    people = seen.copy()
    for _ in range(_TURNS):
        before = people
        people = _solve(people, seen, chance[cells.sex], days)
        made = np.zeros_like(chance)
        np.add.at(made, cells.sex, distinct(people, chance[cells.sex], days))
        chance = chance * np.divide(
            cells.seen * share, made, out=np.ones_like(made), where=made > 0
        )
        chance /= np.maximum((chance * days).sum(1, keepdims=True), 1e-300)
        if abs(people.sum() - before.sum()) < 1e-6 * max(people.sum(), 1):
            break
    left = np.exp(-people[:, None] * chance[cells.sex])
    slope = (left * chance[cells.sex] * days).sum(1)
    # The variance of the number of distinct attributors (Johnson and Kotz, chapter 3).
    variance = (left * (1 - left) * days).sum(1) - people * slope**2
    total = float(people.sum())
    whole_slope = float((people * slope).sum() / total) if total else 1.0
    error = float(np.sqrt(np.maximum(variance / np.maximum(slope, 1e-12) ** 2, 0).sum()))
    return Estimate(total, error, whole_slope)


def _solve(people: Floats, seen: Floats, chance: Floats, days: Floats) -> Floats:
    """The people of each group who make so many distinct attributors, by Newton's method.

    The number made is concave in the people, so that it comes to the only solution from below.
    """
    for _ in range(60):
        left = np.exp(-people[:, None] * chance)
        made, slope = ((1 - left) * days).sum(1), (left * chance * days).sum(1)
        step = (seen - made) / np.maximum(slope, 1e-12)
        people = np.maximum(people + step, seen)
        if np.abs(step).max(initial=0) < 1e-7 * max(float(people.max(initial=1)), 1):
            break
    return people
