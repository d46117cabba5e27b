"""Cell key perturbation: a little noise in each count, the same wherever the same people are.

Every record has a random key. A cell's key is the sum of its records' keys, so a cell that holds
the same records gets the same noise in every table. The noise is drawn by the key from a table of
probabilities, the ptable.

Source of the method: G. Thompson, S. Broadfoot and D. Elazar, Methodology for the automatic
confidentialisation of statistical outputs from remote servers at the Australian Bureau of
Statistics (2013). A ptable of greatest entropy: S. Giessing, Computational issues in the design of
transition probabilities and disclosure risk estimation for additive noise (2016). The ptable made
here is ours, and no office's: give `perturb` another to see what that one does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sharewell.disclosure.alternatives.outcome import Outcome, refuse_sums
from sharewell.disclosure.system import Ints, System

Floats = npt.NDArray[np.float64]
Keys = npt.NDArray[np.uint64]

_STEP, _MIX, _MIX_AGAIN = (
    np.uint64(number) for number in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
)


def record_keys(records: Sequence[str], seed: int) -> Keys:
    """(r,) a key for each record from its identifier: the same in every table of one ``seed``.

    The seed is a secret: who knows it and the identifiers can take the noise off again.
    """
    secret = seed.to_bytes(32, "big", signed=True)
    digests = (
        hashlib.blake2b(name.encode(), digest_size=8, key=secret).digest() for name in records
    )
    return np.frombuffer(b"".join(digests), dtype=">u8").astype(np.uint64)


def cell_keys(keys: Keys, cell: Ints, cells: int) -> Keys:
    """(cells,) the key of each cell: the sum of the record keys (r,) of its records, modulo 2**64.

    ``cell`` (r,) says which cell each record is in.
    """
    sums = np.zeros(cells, dtype=np.uint64)
    np.add.at(sums, cell, keys)
    return sums


def system_keys(system: System, truth: Ints, seed: int, names: Sequence[str] | None = None) -> Keys:
    """(n,) cell keys where there are counts but no records: each cell's people are invented.

    A cell that is no total gets as many record keys as it counts, made from its name (its number,
    unless ``names`` (n,) are given: use names to get the same noise in other tables). Totals add
    their parts' keys. Raises ValueError when ``truth`` does not add up, or when a total is made of
    itself.
    """
    refuse_sums(system, truth)
    named = record_keys(names if names is not None else [str(n) for n in range(len(truth))], seed)
    known = np.ones(len(truth), dtype=bool)
    known[system.total] = False
    people = np.where(known, truth, 0)
    person = np.arange(people.sum()) - np.repeat(np.cumsum(people) - people, people)
    each = _mixed(np.repeat(named, people) + person.astype(np.uint64) * _STEP)
    keys = cell_keys(each, np.repeat(np.arange(len(truth)), people), len(truth))
    while not known.all():
        ready = np.logical_and.reduceat(known[system.parts], system.start[:-1])
        ready &= ~known[system.total]
        if not ready.any():
            raise ValueError("A total is a part of itself. Give equations that lead downwards.")
        sums = np.add.reduceat(keys[system.parts], system.start[:-1])
        keys[system.total[ready]] = sums[ready]
        known[system.total[ready]] = True
    return keys


def unbiased_ptable(bound: int = 2) -> Floats:
    """A ptable (bound + 1, 2 * bound + 1): of all noise within ``bound``, the most uncertain.

    Row c is for the count c (the last one also for all greater), column d for the noise
    d - bound. A 0 stays 0, no count becomes negative, and the mean of the noise is 0: of all such
    distributions each row has the greatest entropy, which has probabilities x**noise.
    """
    if bound < 1:
        raise ValueError(f"The bound is {bound}. Give 1 or more.")
    noise = np.arange(-bound, bound + 1)
    table = np.zeros((bound + 1, len(noise)))
    table[0, bound] = 1.0
    for count in range(1, bound + 1):
        possible = noise >= -count
        below, above = 0.0, 1.0  # x is at most 1, for less can be taken away than added
        for _ in range(60):
            x = (below + above) / 2
            mean = float((noise[possible] * x ** (noise[possible] + count)).sum())
            below, above = (x, above) if mean < 0 else (below, x)
        weight = np.where(possible, above ** (noise + float(count)), 0.0)
        table[count] = weight / weight.sum()
    return table


def perturb(truth: Ints, keys: Keys, ptable: Floats) -> Ints:
    """(n,) the counts with the noise that their keys draw from ``ptable`` (c, 2 * bound + 1).

    Raises ValueError for a ptable whose rows are no distributions or that makes a count negative.
    """
    bound = _bound(ptable)
    chance = (keys >> np.uint64(11)).astype(float) * 2.0**-53
    steps = np.cumsum(ptable, axis=1)[np.minimum(truth, len(ptable) - 1)]
    steps[:, -1] = 1.0  # the sum of a row may fall short of 1 by a rounding
    noise = (chance[:, None] >= steps).sum(axis=1) - bound
    counts: Ints = truth + noise
    return counts


def ptable_reading(printed: Ints, ptable: Floats) -> tuple[Ints, Ints]:
    """(n,) the least and greatest counts that can be printed as ``printed`` (n,)."""
    bound = _bound(ptable)
    candidates = printed[:, None] - np.arange(-bound, bound + 1)
    rows = np.clip(candidates, 0, len(ptable) - 1)
    can = (candidates >= 0) & (ptable[rows, np.arange(2 * bound + 1)] > 0)
    far = np.iinfo(np.int64).max
    return np.where(can, candidates, far).min(axis=1), np.where(can, candidates, -1).max(axis=1)


def by_cell_key(
    system: System,
    truth: Ints,
    *,
    seed: int,
    ptable: Floats | None = None,
    names: Sequence[str] | None = None,
) -> Outcome:
    """Every cell perturbed, totals too: they no longer add up. See `system_keys`."""
    table = unbiased_ptable() if ptable is None else ptable
    printed = perturb(truth, system_keys(system, truth, seed, names), table)
    low, high = ptable_reading(printed, table)
    return Outcome("cell-key", printed, low, high)


def _mixed(numbers: Keys) -> Keys:
    """The finaliser of SplitMix64: neighbouring numbers come out unalike."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * _MIX
    numbers = (numbers ^ (numbers >> np.uint64(27))) * _MIX_AGAIN
    mixed: Keys = numbers ^ (numbers >> np.uint64(31))
    return mixed


def _bound(ptable: Floats) -> int:
    """The greatest noise of a ptable, which is checked."""
    if ptable.ndim != 2 or ptable.shape[1] % 2 != 1 or not len(ptable):
        raise ValueError("A ptable has a row for each count and an odd number of columns.")
    if (ptable < 0).any() or not np.allclose(ptable.sum(axis=1), 1.0, rtol=0, atol=1e-9):
        raise ValueError("Each row of a ptable holds probabilities that add up to 1.")
    bound = int(ptable.shape[1]) // 2
    noise = np.arange(-bound, bound + 1)
    below = noise[None, :] < -np.arange(len(ptable))[:, None]
    if (ptable[below] > 0).any():
        raise ValueError(
            "The ptable makes a small count negative. Give it more rows, or less noise."
        )
    return bound
