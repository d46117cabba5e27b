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

from dataclasses import dataclass

import numpy as np

from sharewell.disclosure.component import Care, settle
from sharewell.disclosure.settled import Settled
from sharewell.disclosure.side_by_side import Tell, side_by_side
from sharewell.disclosure.system import Ints, System, components, propagate


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
    progress: Tell | None = None,
    *,
    axes: Ints | None = None,
    known: Ints | None = None,
    enough: int | None = None,
    care: Care = "full",
) -> Bounds:
    """Exact bounds for every protected cell of ``system``.

    Three things make a large system quicker. ``axes`` (n, d) are the categories of each cell in
    the table's dimensions, along which it is cut into pieces. ``known`` (q, n) are tables known
    to fit, such as the truth, to start from. With ``enough``, the bounds of a cell need only be
    exact where fewer counts than that are possible; of others it is shown that at least so many
    are. With ``full`` care that goes for large components only. With less, the last cells of a
    large component, of which neither could be found soon, keep bounds that are only sound: judge
    safety by `Bounds.shown` then. ``progress`` hears how much is done. Raises ContradictionError
    or NoAnswerError when what was published cannot all be true.
    Deterministic: the same input gives the same bounds and witnesses.
    """
    narrowed = propagate(system)
    axes = np.zeros((len(system), 0), dtype=np.int64) if axes is None else axes
    known = np.zeros((0, len(system)), dtype=np.int64) if known is None else np.atleast_2d(known)
    groups = groups_of(components(narrowed))
    low, high = narrowed.low.copy(), narrowed.high.copy()
    at_low = np.zeros(len(system), dtype=np.int64)
    at_high = at_low.copy()

    def one(cells: Ints, tell: Tell) -> Settled:
        mine, tables = axes[cells], known[:, cells]
        return settle(narrowed, cells, mine, tables, enough=enough, care=care, progress=tell)

    found = side_by_side(one, groups, list(map(len, groups)), progress)
    for cells, settled in zip(groups, found, strict=True):
        low[cells], high[cells] = settled.low, settled.high
        at_low[cells], at_high[cells] = settled.at_low, settled.at_high
    tables = [settled.tables for settled in found]
    return Bounds(low, high, _joined(narrowed.low, groups, tables), at_low, at_high)


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
