"""Repair: withhold the fewest, cheapest further cells, so that nothing protected can be learnt.

The publisher knows the truth, which is one table that fits everything published. A protected cell
is safe when two tables fit in which its counts are ``width - 1`` apart: a reader cannot tell them
from each other, or from the truth. So whole tables are sought that move the narrow cells, and that
break few (cheap) published cells; the broken cells are withheld, and then the tables fit what is
still published. They are the witnesses of the proof.

Several tables that move a few cells each break far less than one that moves all of them: a cell
that one table has paid for is free for the others. Withholding only ever widens what a reader must
think possible, so cells that were safe before stay safe.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from sharewell.disclosure.moving import Mover
from sharewell.disclosure.side_by_side import Tell, side_by_side
from sharewell.disclosure.solver import NoAnswerError
from sharewell.disclosure.system import Bools, Ints, System

Floats = npt.NDArray[np.float64]

Group = tuple[Ints, Ints]
"""Numbers of cells, and of the equations that they alone stand in."""


@dataclass(frozen=True)
class Repair:
    """What to withhold, and why that is enough.

    ``withheld`` (n,) marks the published cells to withhold as well. ``seconds`` (k, n) are whole
    tables that fit all that stays published; in two of them, or one and the truth, each narrow
    cell's counts are far enough apart. ``left`` are the cells for which that was not found: what
    is released already gives them away. ``cost`` is the sum of the costs of ``withheld``.
    """

    withheld: Bools
    seconds: Ints
    left: Ints
    cost: float


def repair(
    system: System,
    truth: Ints,
    narrow: Bools,
    cost: Floats,
    *,
    fixed: Bools | None = None,
    width: int = 3,
    block: Ints | None = None,
    progress: Tell | None = None,
) -> Repair:
    """The cheapest cells found to withhold so that every ``narrow`` cell has ``width`` counts.

    ``truth`` (n,) are the true counts; ``cost`` (n,) what withholding each cell costs; ``fixed``
    (n,) marks cells that are released already and cannot be taken back. ``block`` (n,) lets a
    large system be repaired in pieces: cells with the same number are one piece, such as a month;
    -1 marks a cell that pieces share, such as the total of a year over its months. Deterministic.
    """
    n = len(system)
    fixed = np.zeros(n, dtype=bool) if fixed is None else fixed
    block = np.zeros(n, dtype=np.int64) if block is None else block
    groups = _tied(system, narrow)

    def one(group: Group, tell: Tell) -> list[Ints]:
        cells, equations = group
        mine = _part(system, cells, equations)
        mover = Mover(mine, truth[cells], cost[cells], fixed[cells], block[cells], width - 1)
        return mover.tables(narrow[cells], tell)

    found = side_by_side(one, groups, [len(cells) for cells, _ in groups], progress)
    seconds = np.tile(truth, (max(map(len, found), default=0), 1))
    for (cells, _), tables in zip(groups, found, strict=True):
        for number, table in enumerate(tables):
            seconds[number, cells] += table
    outside = (seconds < system.low) | (seconds > system.high)
    withheld = np.asarray(outside.any(axis=0))
    _check(system, seconds, withheld & fixed)
    every = np.vstack([truth[None, :], seconds])
    return Repair(
        withheld=withheld,
        seconds=seconds,
        left=np.flatnonzero(narrow & (np.ptp(every, axis=0) < width - 1)),
        cost=float(cost[withheld].sum()),
    )


def _tied(system: System, narrow: Bools) -> list[Group]:
    """The cells and the equations of each part of a system that no equation ties to the rest, and
    that holds a narrow cell."""
    cells, equations = len(system), len(system.total)
    each = np.repeat(np.arange(equations), system.sizes)
    one = cells + np.append(np.arange(equations), each)
    other = np.append(system.total, system.parts)
    size = cells + equations
    graph = coo_array((np.ones(len(one), dtype=np.int8), (one, other)), (size, size))
    _, label = connected_components(graph, directed=False)
    by_cell, by_equation = _members(label[:cells]), _members(label[cells:])
    nothing = np.zeros(0, dtype=np.int64)
    return [
        (by_cell[number], by_equation.get(number, nothing))
        for number in np.unique(label[:cells][narrow]).tolist()
    ]


def _members(label: Ints) -> dict[int, Ints]:
    """The places of each label, in order."""
    order = np.argsort(label, kind="stable")
    numbers, first = np.unique(label[order], return_index=True)
    return (
        dict(zip(numbers.tolist(), np.split(order, first[1:]), strict=True)) if len(label) else {}
    )


def _part(system: System, cells: Ints, equations: Ints) -> System:
    """The system of some cells, with the equations that they alone stand in."""
    place = np.full(len(system), -1, dtype=np.int64)
    place[cells] = np.arange(len(cells))
    sizes = system.sizes[equations]
    start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    within = np.arange(start[-1]) - np.repeat(start[:-1], sizes)
    parts = system.parts[np.repeat(system.start[equations], sizes) + within]
    return System(
        low=system.low[cells],
        high=system.high[cells],
        protected=system.protected[cells],
        total=place[system.total[equations]],
        start=start,
        parts=place[parts],
    )


def _check(system: System, tables: Ints, taken_back: Bools) -> None:
    """NoAnswerError unless every table adds up, and nothing released is taken back. Exact."""
    whole = all(
        np.array_equal(np.add.reduceat(table[system.parts], system.start[:-1]), table[system.total])
        for table in tables
        if len(system.total)
    )
    if not whole or (tables < 0).any() or taken_back.any():
        raise NoAnswerError("Repair found a table that does not fit. Please report this.")
