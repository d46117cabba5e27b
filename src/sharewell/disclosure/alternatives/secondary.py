"""Secondary suppression as it is usually done: in each line either no cell is hidden, or two.

It is necessary and not sufficient. Two hidden cells of a line protect each other against a
subtraction, but several lines together, or what is known of the hidden cells (at least 1, since a
0 is printed), can still give them away: ask the attacker. It is here to be compared with.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sharewell.disclosure.alternatives.outcome import Outcome, refuse_sums
from sharewell.disclosure.protect import STAR
from sharewell.disclosure.system import UNBOUNDED, Bools, Ints, System

GAP = 0.01
"""How near to the cheapest pattern is near enough, as a share of its cost."""


@dataclass(frozen=True)
class Suppression:
    """A pattern: ``primary`` and ``secondary`` (n,) mark what is hidden.

    ``left`` are primary cells that stand alone in a line whatever else is hidden, because all
    other cells of it are 0 or must be shown. ``proved`` says whether no pattern is cheaper by more
    than the gap asked for.
    """

    primary: Bools
    secondary: Bools
    left: Ints
    proved: bool

    @property
    def hidden(self) -> Bools:
        """(n,) what is not printed."""
        return self.primary | self.secondary


def suppress(
    system: System,
    truth: Ints,
    primary: Bools,
    *,
    fixed: Bools | None = None,
    cost: npt.NDArray[np.float64] | None = None,
    gap: float = GAP,
    nodes: int = 2_000,
) -> Suppression:
    """The cheapest pattern found in which each line hides no cell or at least two.

    ``primary`` (n,) must be hidden, ``fixed`` (n,) must be shown, and a 0 is always shown. ``cost``
    (n,) is what hiding each cell costs; 1 unless given, so that the fewest are hidden. ``nodes``
    limits the search by a count and not by time, so that the answer is always the same. Raises
    ValueError when ``truth`` does not add up or a primary cell is fixed or 0.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import coo_array

    refuse_sums(system, truth)
    may = truth > 0
    if fixed is not None:
        may &= ~fixed
    wrong = np.flatnonzero(primary & ~may)
    if len(wrong):
        raise ValueError(f"Cell {wrong[0]} is to be hidden, but it is 0 or must be shown.")
    if not primary.any():
        nothing = np.zeros(len(truth), dtype=bool)
        return Suppression(nothing, nothing, np.zeros(0, dtype=np.int64), proved=True)
    line, cell = _lines(system)
    may, alone = _possible(line, cell, may, primary)
    use = may[cell] & ~alone[line]
    line, cell = line[use], cell[use]
    # One row for each cell of each line: if it is hidden, so is another cell of the line. The
    # other cells are written as the line's number of hidden cells, a variable of its own.
    lines, line = np.unique(line, return_inverse=True)
    free = np.flatnonzero(np.bincount(cell, minlength=len(truth)) + primary)
    place = np.zeros(len(truth), dtype=np.int64)
    place[free] = np.arange(len(free))
    columns, rows = place[cell], np.arange(len(cell))
    size, sums = len(free), len(lines)
    one = np.ones(len(cell))
    counts_lines = coo_array(
        (
            np.concatenate([one, -np.ones(sums)]),
            (
                np.concatenate([line, np.arange(sums)]),
                np.concatenate([columns, size + np.arange(sums)]),
            ),
        ),
        (sums, size + sums),
    )
    has_company = coo_array(
        (
            np.concatenate([one, -2 * one]),
            (np.concatenate([rows, rows]), np.concatenate([size + line, columns])),
        ),
        (len(cell), size + sums),
    )
    price = np.ones(len(truth)) if cost is None else cost
    found = milp(
        np.concatenate([price[free], np.zeros(sums)]),
        integrality=np.concatenate([np.ones(size), np.zeros(sums)]),
        bounds=Bounds(
            np.concatenate([primary[free].astype(float), np.zeros(sums)]),
            np.concatenate([np.ones(size), np.full(sums, np.inf)]),
        ),
        constraints=[
            LinearConstraint(counts_lines.tocsr(), 0, 0),
            LinearConstraint(has_company.tocsr(), 0, np.inf),
        ],
        options={"mip_rel_gap": gap, "node_limit": nodes},
    )
    hidden = may.copy() if found.x is None else np.zeros(len(truth), dtype=bool)
    if found.x is not None:
        hidden[free] = found.x[:size] > 0.5
    left = np.unique(_alone_cells(system, primary, alone, may))
    return Suppression(primary, hidden & ~primary, left, found.status == 0)


def by_secondary(
    system: System, truth: Ints, primary: Bools, *, fixed: Bools | None = None
) -> Outcome:
    """Primary and secondary cells starred alike, all others printed as they are.

    A reader knows of a star that it is at least 1, since a 0 is printed, and no more.
    """
    pattern = suppress(system, truth, primary, fixed=fixed)
    hidden = pattern.hidden
    note = f"{len(pattern.left)} cells cannot be given company" if len(pattern.left) else ""
    return Outcome(
        "secondary",
        printed=np.where(hidden, STAR, truth),
        low=np.where(hidden, 1, truth),
        high=np.where(hidden, UNBOUNDED, truth),
        note=note,
    )


def _lines(system: System) -> tuple[Ints, Ints]:
    """Every line's number and cell, in pairs: the total and its parts."""
    each = np.repeat(np.arange(len(system.total)), system.sizes)
    line = np.concatenate([np.arange(len(system.total)), each])
    return line, np.concatenate([system.total, system.parts])


def _possible(line: Ints, cell: Ints, may: Bools, primary: Bools) -> tuple[Bools, Bools]:
    """(n,) the cells that some pattern can hide, and (m,) the lines that no pattern can satisfy."""
    may, lines = may.copy(), int(line.max(initial=-1)) + 1
    alone = np.zeros(lines, dtype=bool)
    while True:
        company = np.bincount(line[may[cell]], minlength=lines)
        single = (company[line] == 1) & may[cell] & ~alone[line]
        if not single.any():
            return may, alone
        alone[line[single & primary[cell]]] = True
        may[cell[single & ~primary[cell]]] = False


def _alone_cells(system: System, primary: Bools, alone: Bools, may: Bools) -> Ints:
    line, cell = _lines(system)
    cells: Ints = cell[alone[line] & primary[cell] & may[cell]] if len(line) else cell
    return cells
