"""The attacker: the exact set [low, high] that a reader can infer for each protected cell.

The reader knows every printed cell, the rule, and which cells are sums of which. Bounds come from
three steps, cheapest first. Single equations give outer bounds for all cells at once (`system`).
Then whole tables that fit everything published are sought, each pushing many cells to their outer
bounds at the same time: a bound that some table reaches is exact, and the table is its witness.
What no shared table reaches is settled cell by cell: a linear programme tightens the outer bound,
and an integer programme decides where fractions stand in the way.

Components of the system do not touch and are settled side by side (`component`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from sharewell.disclosure.component import Settled, settle
from sharewell.disclosure.system import Ints, System, components, propagate

_THREADS = 4  # HiGHS computes outside Python's lock, so components use the processors there are


@dataclass(frozen=True)
class Bounds:
    """What a reader can infer of a system.

    ``low`` and ``high`` (n,) are exact for the protected cells and sound for all; ``high`` is
    UNBOUNDED where nothing limits a cell. ``witnesses`` (w, n) are whole tables that satisfy
    everything published; ``at_low`` and ``at_high`` (n,) number a witness that reaches the bound,
    or a count far above all others where there is no bound (-1 where none was sought).
    """

    low: Ints
    high: Ints
    witnesses: Ints
    at_low: Ints
    at_high: Ints

    @property
    def width(self) -> Ints:
        """(n,) how many counts remain possible."""
        return self.high - self.low + 1


def bounds(
    system: System,
    progress: Callable[[float], None] | None = None,
    *,
    block: Ints | None = None,
    known: Ints | None = None,
) -> Bounds:
    """Exact bounds for every protected cell of ``system``.

    ``block`` (n,) makes large systems quicker to settle: cells with the same number are one piece,
    such as a month, that few sums tie to the others. ``known`` (n,) is a table that is known to
    fit, such as the truth, to start from. Neither changes a bound. Raises ContradictionError or
    NoAnswerError when what was published cannot all be true. Deterministic: the same input gives
    the same bounds and witnesses.
    """
    narrowed = propagate(system)
    groups = _groups(components(narrowed))
    low, high = narrowed.low.copy(), narrowed.high.copy()
    at_low = np.where(low == high, 0, -1)
    at_high = at_low.copy()
    tables: list[list[Ints]] = []
    for number, (cells, settled) in enumerate(_settle_all(narrowed, groups, block, known)):
        low[cells], high[cells] = settled.low, settled.high
        at_low[cells], at_high[cells] = settled.at_low, settled.at_high
        tables.append(settled.tables)
        if progress is not None:
            progress((number + 1) / len(groups))
    return Bounds(low, high, _joined(narrowed.low, groups, tables), at_low, at_high)


def _settle_all(
    narrowed: System, groups: list[Ints], block: Ints | None, known: Ints | None
) -> Iterator[tuple[Ints, Settled]]:
    """Each component with what is settled of it, in order."""

    def one(cells: Ints) -> Settled:
        return settle(
            narrowed,
            cells,
            None if block is None else block[cells],
            None if known is None else known[cells],
        )

    pool = ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1))
    try:
        yield from zip(groups, pool.map(one, groups), strict=True)
    finally:
        pool.shutdown(cancel_futures=True)


def _groups(label: Ints) -> list[Ints]:
    """The cells of each component."""
    open_ = np.flatnonzero(label >= 0)
    order = open_[np.argsort(label[open_], kind="stable")]
    return np.split(order, np.flatnonzero(np.diff(label[order])) + 1) if len(order) else []


def _joined(known: Ints, groups: list[Ints], tables: list[list[Ints]]) -> Ints:
    """Whole tables from those of the components, which do not touch: row r holds each
    component's table r, or its last one where it has fewer."""
    count = max((len(found) for found in tables), default=1)
    witnesses = np.tile(known, (count, 1))
    for cells, found in zip(groups, tables, strict=True):
        for row in range(count):
            witnesses[row, cells] = found[min(row, len(found) - 1)]
    return witnesses
