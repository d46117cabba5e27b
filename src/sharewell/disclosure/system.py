"""What a reader knows of linked cells, as arrays: bounds, and which cells are sums of which.

Every published cell gives the least and greatest count that it allows. Every margin gives an
equation: a total is the sum of its parts. `propagate` draws what follows from one equation at a
time, for all equations at once, until nothing more follows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

UNBOUNDED = 2**40
"""An upper bound that says nothing. Sums of a million such bounds still fit into 64 bits."""


class ContradictionError(ValueError):
    """What was published cannot all be true; ``equation`` and ``cells`` say where it fails."""

    def __init__(self, equation: int, cells: Ints) -> None:
        super().__init__(f"Equation {equation} has no solution.")
        self.equation = equation
        self.cells = cells


@dataclass(frozen=True)
class System:
    """n cells and m equations.

    ``low`` and ``high`` (n,) bound each cell's count. Equation e says that cell ``total[e]`` is
    the sum of the cells ``parts[start[e]:start[e + 1]]``; ``start`` is (m + 1,). Each cell
    stands in an equation at most once. ``protected`` (n,) marks the cells whose counts must not
    be learnt.
    """

    low: Ints
    high: Ints
    protected: Bools
    total: Ints
    start: Ints
    parts: Ints

    def __len__(self) -> int:
        return len(self.low)

    @property
    def sizes(self) -> Ints:
        """(m,) how many parts each equation has."""
        return np.diff(self.start)

    def members(self, equation: int) -> Ints:
        """The parts of one equation."""
        return self.parts[self.start[equation] : self.start[equation + 1]]


def make_system(
    low: Ints, high: Ints, protected: Bools, equations: list[tuple[Ints, Ints]]
) -> System:
    """A system from blocks of equations: (totals (k,), parts (k, size)) each."""
    totals = [np.asarray(total, dtype=np.int64) for total, _ in equations]
    sizes = [np.full(len(parts), parts.shape[1], dtype=np.int64) for _, parts in equations]
    flat = [np.asarray(parts, dtype=np.int64).ravel() for _, parts in equations]
    empty = np.zeros(0, dtype=np.int64)
    size = np.concatenate(sizes) if sizes else empty
    return System(
        low=np.asarray(low, dtype=np.int64),
        high=np.asarray(high, dtype=np.int64),
        protected=np.asarray(protected, dtype=bool),
        total=np.concatenate(totals) if totals else empty,
        start=np.concatenate([[0], np.cumsum(size)]).astype(np.int64),
        parts=np.concatenate(flat) if flat else empty,
    )


def propagate(system: System) -> System:
    """The system with every bound that follows from single equations, to a fixed point.

    Sound: no count that satisfies all equations is cut off. Raises ContradictionError where an
    equation cannot hold, or where a cell is left without any count.
    """
    low, high = system.low.copy(), system.high.copy()
    if len(system.total) == 0:
        _check(system, low, high)
        return system
    total, parts, start = system.total, system.parts, system.start[:-1]
    each = np.repeat(np.arange(len(total)), system.sizes)
    while True:
        least = np.add.reduceat(low[parts], start)
        # Unbounded parts are capped in their sum, so that they say nothing and never overflow.
        most = np.minimum(np.add.reduceat(high[parts], start), UNBOUNDED)
        new_low, new_high = low.copy(), high.copy()
        np.maximum.at(new_low, total, least)
        np.minimum.at(new_high, total, most)
        ceiling = (new_high[total] - least)[each] + low[parts]
        ceiling[new_high[total][each] >= UNBOUNDED] = UNBOUNDED
        np.minimum.at(new_high, parts, ceiling)
        open_ = most[each] >= UNBOUNDED
        floor = np.where(open_, 0, (new_low[total] - most)[each] + high[parts])
        np.maximum.at(new_low, parts, floor)
        if (new_low > new_high).any():
            _check(system, new_low, new_high)
        if np.array_equal(new_low, low) and np.array_equal(new_high, high):
            return replace(system, low=low, high=high)
        low, high = new_low, new_high


def _check(system: System, low: Ints, high: Ints) -> None:
    """Raise ContradictionError at the first cell that has no possible count, if there is one."""
    broken = np.flatnonzero(low > high)
    if len(broken):
        cell = broken[0]
        each = np.repeat(np.arange(len(system.total)), system.sizes)
        around = np.concatenate([np.flatnonzero(system.total == cell), each[system.parts == cell]])
        equation = int(around[0]) if len(around) else -1
        members = system.members(equation) if equation >= 0 else np.zeros(0, dtype=np.int64)
        whole = system.total[equation : equation + 1] if equation >= 0 else members
        raise ContradictionError(equation, np.concatenate([[cell], whole, members]))


def components(system: System) -> Ints:
    """(n,) the number of the component of each cell that is still open (-1: it is known).

    Cells are in one component when a chain of equations over open cells ties them.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    open_ = system.low < system.high
    cells = len(system)
    each = np.repeat(np.arange(len(system.total)), system.sizes)
    rows = np.concatenate([np.arange(len(system.total)), each])
    columns = np.concatenate([system.total, system.parts])
    keep = open_[columns]
    rows, columns = rows[keep], columns[keep]
    count = cells + len(system.total)
    graph = coo_array((np.ones(len(rows), dtype=np.int8), (rows + cells, columns)), (count, count))
    _, label = connected_components(graph, directed=False)
    numbers = np.full(cells, -1, dtype=np.int64)
    _, numbers[open_] = np.unique(label[:cells][open_], return_inverse=True)
    return numbers
