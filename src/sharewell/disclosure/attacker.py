"""The attacker: the exact set [low, high] that a reader can infer for each protected cell.

The reader knows every printed cell, the rule, and which cells are sums of which. Bounds come from
three steps, cheapest first. Single equations give outer bounds for all cells at once (`system`).
Then whole tables that fit everything published are sought, each pushing many cells to their outer
bounds at the same time: a bound that some table reaches is exact, and the table is its witness.
What no shared table reaches is settled cell by cell: a linear programme tightens the outer bound,
and an integer programme decides where fractions stand in the way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sharewell.disclosure.solver import NoAnswerError, Part, Programme, holds, part_of
from sharewell.disclosure.system import Bools, Ints, System, components, propagate

PATIENCE = 6
"""Shared tables in a row that may bring nothing before cells are settled one by one."""

_SEED = 20180901  # any fixed number: the same input gives the same witnesses


@dataclass(frozen=True)
class Bounds:
    """What a reader can infer of a system.

    ``low`` and ``high`` (n,) are exact for the protected cells and sound for all. ``witnesses``
    (w, n) are whole tables that satisfy everything published; ``at_low`` and ``at_high`` (n,)
    number a witness that reaches the bound (-1 where none was sought).
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


def bounds(system: System, progress: Callable[[float], None] | None = None) -> Bounds:
    """Exact bounds for every protected cell of ``system``.

    Raises ContradictionError or NoAnswerError when what was published cannot all be true.
    Deterministic: the same system gives the same bounds and witnesses.
    """
    narrowed = propagate(system)
    groups = _groups(components(narrowed))
    low, high = narrowed.low.copy(), narrowed.high.copy()
    at_low = np.where(low == high, 0, -1)
    at_high = at_low.copy()
    tables: list[list[Ints]] = []
    for number, cells in enumerate(groups):
        settled = settle(part_of(narrowed, cells), narrowed.protected[cells])
        low[cells], high[cells] = settled.low, settled.high
        at_low[cells], at_high[cells] = settled.at_low, settled.at_high
        tables.append(settled.tables)
        if progress is not None:
            progress((number + 1) / len(groups))
    return Bounds(low, high, _joined(narrowed.low, groups, tables), at_low, at_high)


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


@dataclass
class Settled:
    """What is known of one component: k cells, with tables that reach their bounds."""

    low: Ints
    high: Ints
    at_low: Ints
    at_high: Ints
    tables: list[Ints]

    def note(self, table: Ints) -> bool:
        """Keep a table if it reaches a bound that none did before."""
        news_low = (table == self.low) & (self.at_low < 0)
        news_high = (table == self.high) & (self.at_high < 0)
        if self.tables and not (news_low.any() or news_high.any()):
            return False
        self.at_low[news_low] = self.at_high[news_high] = len(self.tables)
        self.tables.append(table)
        return bool((news_low | news_high).any())


def settle(part: Part, protected: Bools) -> Settled:
    """The exact bounds of the protected cells of one component, with witnesses."""
    nobody = np.full(len(part.cells), -1, dtype=np.int64)
    settled = Settled(part.low.copy(), part.high.copy(), nobody, nobody.copy(), [])
    programme = Programme(part)
    _share(part, protected, programme, settled)
    for cell in np.flatnonzero(protected):
        for up in (True, False):
            if (settled.at_high if up else settled.at_low)[cell] < 0:
                _single(part, int(cell), up, programme, settled)
    if not settled.tables:
        settled.note(programme.whole_table(np.zeros(len(part.cells))))
    return settled


def _share(part: Part, protected: Bools, programme: Programme, settled: Settled) -> None:
    """Tables that push many cells to their outer bounds at once."""
    chance = np.random.default_rng(_SEED)
    idle = 0
    while idle < PATIENCE:
        up = protected & (settled.at_high < 0)
        down = protected & (settled.at_low < 0)
        if not (up.any() or down.any()):
            return
        coin = chance.choice([-1.0, 1.0], len(protected))
        wish = np.where(up & down, coin, up.astype(float) - down)
        weight = wish * chance.uniform(0.5, 1.5, len(wish)) + chance.normal(0, 1e-3, len(wish))
        _, table = programme.table(weight)
        found = table is not None and holds(part, table) and settled.note(table)
        idle = 0 if found else idle + 1


def _single(part: Part, cell: int, up: bool, programme: Programme, settled: Settled) -> None:
    """The exact bound of one cell, by a table of whole numbers that nothing exceeds."""
    weight = np.zeros(len(part.cells))
    weight[cell] = 1.0 if up else -1.0
    value, table = programme.table(weight)
    if table is None or not holds(part, table):
        table = programme.whole_table(weight)
        if not holds(part, table):
            raise NoAnswerError("The solver's table does not satisfy what was published.")
    bound, at = (settled.high, settled.at_high) if up else (settled.low, settled.at_low)
    bound[cell] = table[cell]
    at[cell] = -1
    settled.note(table)
