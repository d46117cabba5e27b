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

    ``low`` and ``high`` (n,) are sound for all cells, and exact for the protected ones (unless
    `bounds` was told to do with less); ``high`` is UNBOUNDED where nothing limits a cell.
    ``witnesses`` (w, n) are whole tables that satisfy everything published; ``at_low`` and
    ``at_high`` (n,) number the one with the least and the greatest count of a cell. An exact
    bound is reached there; where nothing limits a cell, its count there is far above all others.
    """

    low: Ints
    high: Ints
    witnesses: Ints
    at_low: Ints
    at_high: Ints

    @property
    def width(self) -> Ints:
        """(n,) how many counts remain possible, as far as the bounds say."""
        return self.high - self.low + 1

    @property
    def shown(self) -> Ints:
        """(n,) how wide apart the witnesses are: at least so many counts remain possible."""
        cells = np.arange(len(self.low))
        most, least = self.witnesses[self.at_high, cells], self.witnesses[self.at_low, cells]
        return np.asarray(most - least + 1)


def bounds(
    system: System,
    progress: Callable[[float], None] | None = None,
    *,
    axes: Ints | None = None,
    known: Ints | None = None,
    enough: int | None = None,
    thorough: bool = True,
) -> Bounds:
    """Exact bounds for every protected cell of ``system``.

    Three things make a large system quicker. ``axes`` (n, d) are the categories of each cell in
    the table's dimensions, along which it is cut into pieces. ``known`` (q, n) are tables known
    to fit, such as the truth, to start from. With ``enough``, the bounds of a cell need only be
    exact where fewer counts than that are possible; of others it is shown that at least so many
    are. Not ``thorough``, the last cells of a large component, of which neither could be found
    soon, keep bounds that are only sound: judge safety by `Bounds.shown` then. Raises
    ContradictionError or NoAnswerError when what was published cannot all be true.
    Deterministic: the same input gives the same bounds and witnesses.
    """
    narrowed = propagate(system)
    axes = np.zeros((len(system), 0), dtype=np.int64) if axes is None else axes
    known = np.zeros((0, len(system)), dtype=np.int64) if known is None else np.atleast_2d(known)
    groups = groups_of(components(narrowed))
    low, high = narrowed.low.copy(), narrowed.high.copy()
    at_low = np.zeros(len(system), dtype=np.int64)
    at_high = at_low.copy()
    tables: list[list[Ints]] = []

    def one(cells: Ints) -> Settled:
        return settle(
            narrowed, cells, axes[cells], known[:, cells], enough=enough, thorough=thorough
        )

    every = zip(groups, _side_by_side(one, groups), strict=True)
    for number, (cells, settled) in enumerate(every):
        low[cells], high[cells] = settled.low, settled.high
        at_low[cells], at_high[cells] = settled.at_low, settled.at_high
        tables.append(settled.tables)
        if progress is not None:
            progress((number + 1) / len(groups))
    return Bounds(low, high, _joined(narrowed.low, groups, tables), at_low, at_high)


def _side_by_side(one: Callable[[Ints], Settled], groups: list[Ints]) -> Iterator[Settled]:
    """What is settled of each component, in order."""
    pool = ThreadPoolExecutor(processors())
    try:
        yield from pool.map(one, groups)
    finally:
        pool.shutdown(cancel_futures=True)


def processors() -> int:
    """How many components to settle side by side."""
    return min(_THREADS, os.cpu_count() or 1)


def groups_of(label: Ints) -> list[Ints]:
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
