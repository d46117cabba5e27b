"""Exact shares: how a fixed total is divided, and dealt to rows in random order.

Rows that are drawn one by one miss a published total by chance. Here a total is first divided
into whole numbers that sum to it, and then dealt out in random order, so that every margin of
the invented data is exactly what was asked for.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def apportion(total: int, weights: Sequence[float] | Floats) -> Ints:
    """Divide ``total`` in proportion to ``weights`` (shape (k,)) by largest remainders.

    Returns k whole numbers that sum to ``total``; ties go to the earlier one. ValueError when
    the weights do not sum to more than zero.
    """
    shares = np.asarray(weights, dtype=float)
    if not shares.sum() > 0:
        raise ValueError("Weights must sum to more than zero.")
    exact = shares * (total / shares.sum())
    whole: Ints = np.floor(exact + 1e-9).astype(np.int64)
    missing = int(total - whole.sum())
    whole[np.argsort(whole - exact, kind="stable")[:missing]] += 1
    return whole


def deal(rng: np.random.Generator, counts: Sequence[int] | Ints) -> Ints:
    """The numbers 0 to k-1 in random order, ``counts[i]`` times number i; shape (sum,)."""
    dealt = np.repeat(np.arange(len(counts), dtype=np.int64), np.asarray(counts))
    rng.shuffle(dealt)
    return dealt


def table_of(weights: Sequence[float] | Floats, size: int = 65_536) -> npt.NDArray[np.uint16]:
    """A look-up table that turns a uniform number below ``size`` into a category (k < 65,536).

    One look-up a row is the quickest way to draw millions of categories; the share of each is
    right to one part in ``size``.
    """
    counts = apportion(size, weights)
    return np.repeat(np.arange(len(counts), dtype=np.uint16), counts)
