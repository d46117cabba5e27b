"""Is a pair one person? What the data found of its kind, against what chance alone makes.

Pairs of a kind (a step; how the postcodes stand; how often the rarer of the two was recorded)
are counted, and so many are expected to agree by chance between different people. What is found
beyond that is recording error. A pair's odds of being one person are the two rates divided. This
is the reasoning of Fellegi and Sunter (1969), with the rates learnt from the same data as in the
local false discovery rate of Efron (2004), and with a weak assumption where data are few.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

from sharewell.linkage.places import RELATIONS
from sharewell.linkage.records import Ints
from sharewell.linkage.steps import STEPS

Floats = npt.NDArray[np.float64]

CLASSES = ("once", "twice", "three times or more")
"""How often the rarer attributor of a pair was recorded."""
SHAPE = (len(STEPS), len(RELATIONS), len(CLASSES))

USUAL_RATES = np.array([0.015, 0.01, 0.008, 0.02, 0.01, 0.01, 0.01, 0.01])
"""The share of repeat records with each step's error: assumed until the data say more."""
_USUAL_CLASSES = np.array([0.8, 0.15, 0.05])
CHANCE_KNOWN_TO = 0.03
"""How closely chance is known, as a share of it: parts of attributors are not quite unrelated."""

_IDLE = 0.05
"""A kind of which nothing is found, and no more than this expected, needs no grid."""

_GRID = np.concatenate([[0.0], np.geomspace(1e-3, 50, 400)])
_WIDTHS = np.gradient(_GRID)
_LEVELS = np.geomspace(1e-4, 30, 50)


@dataclass(frozen=True)
class Evidence:
    """By step, relation of places, and class: arrays of `SHAPE`.

    ``found``: pairs of that kind. ``expected``: how many chance alone makes. ``same``: how many
    are taken to be one person. ``sources``: attributors in each class.
    """

    found: Floats
    expected: Floats
    same: Floats
    sources: Floats


def class_of(times: Ints) -> Ints:
    """The class of an attributor recorded so many times."""
    return np.minimum(times, len(CLASSES)) - 1


def not_rarer(kind: Ints, source: int) -> Floats:
    """How much each attributor counts as the other of one of class ``source``.

    1 when it was recorded more often and a half when as often, as either may then be the source.
    """
    result: Floats = (kind > source) + (kind == source) / 2
    return result


def usual(repeats: float, places: Floats) -> Floats:
    """How many pairs of each kind are one person, by the usual rates alone.

    ``repeats``: records beyond each person's first. ``places``: the shares of the relations.
    """
    result: Floats = (
        repeats * USUAL_RATES[:, None, None] * places[None, :, None] * _USUAL_CLASSES[None, None, :]
    )
    return result


def weigh(found: Floats, expected: Floats, assumed: Floats, sources: Floats) -> Evidence:
    """The evidence, once everything is counted.

    Found pairs of a kind are about ``expected`` + t x ``assumed`` x the level of error, with t
    exponential of mean 1, each kind's own: a negative binomial number, as wide as a Poisson
    number whose ``expected`` is known to `CHANCE_KNOWN_TO`. The level, one for all kinds, is the
    likeliest; a kind's pairs of one person are then the mean of what is left (empirical Bayes).
    Sums run over grids.
    """
    busy = (found > 0) | (expected > _IDLE)
    count, by_luck = found[busy][:, None], np.maximum(expected[busy], 1e-12)[:, None]
    usually = np.maximum(assumed[busy], 1e-12)[:, None]
    best, likeliest, same_busy = -np.inf, 1.0, np.zeros(int(busy.sum()))
    for level in _LEVELS:
        true = level * _GRID * usually
        mean = true + by_luck
        size = np.minimum((mean / (CHANCE_KNOWN_TO * by_luck)) ** 2, 1e7)
        log = _log_negative_binomial(count, mean, size) - _GRID
        top = log.max(axis=-1, keepdims=True)
        weight = np.exp(log - top) * _WIDTHS
        likelihood = float((np.log(weight.sum(-1)) + top[:, 0]).sum())
        # A kind with nothing found has the probability 1 / (1 + what is assumed).
        likelihood -= float(np.log1p(level * assumed[~busy]).sum())
        if likelihood > best:
            best, likeliest = likelihood, level
            same_busy = (weight * true).sum(-1) / weight.sum(-1)
    same = likeliest * assumed / (1 + likeliest * assumed)
    same[busy] = same_busy
    return Evidence(found, expected, same, sources)


def _log_negative_binomial(count: Floats, mean: Floats, size: Floats) -> Floats:
    """The logarithm of the probability of a count, up to a constant of ``count`` alone."""
    result: Floats = (
        gammaln(count + size)
        - gammaln(size)
        - size * np.log1p(mean / size)
        + count * np.log(mean / (size + mean))
    )
    return result
