"""Print a withheld count as a range instead, as wide as the witnesses need and no narrower.

A number rounded to the nearest 5 may be rounded to the nearest 15 instead, and be printed as the
range of counts that are rounded alike: ``8 to 22``. Nothing new has to be proved where every
witness lies in that range.
"""

from __future__ import annotations

import numpy as np

from sharewell.disclosure.protect import STARRED
from sharewell.disclosure.system import Bools, Ints
from sharewell.disclosure.tableattack import Attack
from sharewell.disclosure.tablefile import TableFile, rounded_alike, shown

FACTORS = (3, 5, 15, 25, 75, 125)
"""Wider bases as multiples of the rule's. They are odd: then the counts that are rounded alike to
the rule's base are also alike to the wider one, and whatever fits the first range fits the
second."""


def bases(first: TableFile, withheld: Bools, counts: Ints, witnesses: Ints) -> Ints:
    """(n,) the smallest base for each withheld row of a table, at which every witness (w, n) is
    rounded alike; 0 where there is none, or where a small number is what is hidden.

    ``first`` is the table as its rule alone prints it, and ``counts`` (n,) its true counts.
    """
    found = np.zeros(len(first), dtype=np.int64)
    rule = first.rule
    if rule is None:
        return found
    rounded = np.array([text != STARRED for text in first.printed], dtype=bool)
    open_ = withheld & rounded & (counts >= max(rule.first_rounded, 1))
    least, most = witnesses.min(axis=0), witnesses.max(axis=0)
    for factor in sorted({1, *FACTORS}):
        base = np.full(len(first), rule.base * factor, dtype=np.int64)
        low, high = rounded_alike(rule, counts, base)
        # The rule's own base is a range only for a count that the rule would leave exact.
        fits = open_ & (found == 0) & (low <= least) & (most <= high) & (low < high)
        found[fits] = base[fits]
    return found


def allows(first: TableFile, witnesses: Ints) -> Bools:
    """(n,) the rows whose first print every witness (w, n) fits, so that it may stand after all."""
    says = shown(first)
    return np.asarray(((witnesses >= says.low) & (witnesses <= says.high)).all(axis=0))


def needed(attack: Attack, tables: Ints) -> Ints:
    """The ``tables`` (k, n), and those witnesses of an attack without which some hidden cell would
    be told apart less than it must be."""
    cells = np.flatnonzero(attack.counted & ~attack.open_)
    short = cells[np.ptp(tables[:, cells], axis=0) + 1 < attack.width]
    used = np.union1d(attack.bounds.at_low[short], attack.bounds.at_high[short])
    return np.vstack([tables, attack.bounds.witnesses[used.astype(np.int64)]])
