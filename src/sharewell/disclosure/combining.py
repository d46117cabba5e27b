"""Which equations together force a bound that none of them forces alone.

By linear programming duality (Farkas): if no table, even one with fractions, goes beyond the
bound, then some equations, each taken with a weight, add up to an inequality that says so. A
basic solution needs few of them. Where only whole numbers stand in the way, equations are left
out one after another as long as the rest still forces the bound.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sharewell.disclosure.derivation import Trace
from sharewell.disclosure.system import Ints, System, components

_MOST_TRIED = 40
_EPSILON = 1e-6


@dataclass(frozen=True)
class Combination:
    """``equations`` force a bound, with ``weights`` if they ``adds_up`` to it (0 otherwise).
    Empty where no small set was found among the ``size`` equations of the component."""

    equations: tuple[int, ...]
    weights: tuple[float, ...]
    adds_up: bool
    size: int


def combination(traced: Trace, cell: int, upper: bool, bound: int) -> Combination:
    """Equations that together keep ``cell`` from going beyond ``bound``."""
    narrowed = replace(traced.system, low=traced.low[-1], high=traced.high[-1])
    label = components(narrowed)
    if label[cell] < 0:
        return Combination((), (), False, 0)
    cells = np.flatnonzero(label == label[cell])
    part = _part(narrowed, cells)
    numbers = part.equations
    at = int(np.flatnonzero(cells == cell)[0])
    value, weights = _solve(part, at, upper)
    if (upper and value < bound + 1 - _EPSILON) or (not upper and value > bound - 1 + _EPSILON):
        used = np.flatnonzero(np.abs(weights) > _EPSILON)
        return Combination(
            tuple(int(numbers[row]) for row in used),
            tuple(float(weights[row]) for row in used),
            True,
            len(numbers),
        )
    if len(numbers) > _MOST_TRIED:
        return Combination((), (), False, len(numbers))
    rows = _needed(part, at, upper, bound)
    return Combination(
        tuple(int(numbers[row]) for row in rows), (0.0,) * len(rows), False, len(numbers)
    )


@dataclass(frozen=True)
class _Part:
    """k counts of one component and the r equations that they stand in, as matrix x = right.
    Every other count in them is known."""

    low: Ints
    high: Ints
    matrix: Any
    right: Ints
    equations: Ints


def _part(system: System, cells: Ints) -> _Part:
    from scipy.sparse import csr_array

    each = np.repeat(np.arange(len(system.total)), system.sizes)
    equation = np.concatenate([np.arange(len(system.total)), each])
    cell = np.concatenate([system.total, system.parts])
    sign = np.where(np.arange(len(cell)) < len(system.total), -1, 1)
    place = np.full(len(system), -1, dtype=np.int64)
    place[cells] = np.arange(len(cells))
    equations = np.unique(equation[place[cell] >= 0])
    keep = np.isin(equation, equations)
    row, cell, sign = np.searchsorted(equations, equation[keep]), cell[keep], sign[keep]
    open_ = place[cell] >= 0
    known = np.where(open_, 0, sign * system.low[cell])
    right = -np.bincount(row, known, len(equations)).astype(np.int64)
    matrix = csr_array(
        (sign[open_].astype(float), (row[open_], place[cell[open_]])),
        (len(equations), len(cells)),
    )
    return _Part(system.low[cells], system.high[cells], matrix, right, equations)


def _solve(part: _Part, at: int, upper: bool) -> tuple[float, np.ndarray]:
    """The bound that fractions allow, and the weight of each equation in its proof."""
    from scipy.optimize import linprog

    aim = np.zeros(len(part.low))
    aim[at] = -1.0 if upper else 1.0
    result = linprog(
        aim,
        A_eq=part.matrix,
        b_eq=part.right,
        bounds=np.column_stack([part.low, part.high]),
        method="highs-ds",
    )
    value = -result.fun if upper else result.fun
    weights: np.ndarray = -result.eqlin.marginals if upper else result.eqlin.marginals
    return float(value), weights


def _needed(part: _Part, at: int, upper: bool, bound: int) -> list[int]:
    """Rows of which none can go without freeing the bound, for whole numbers."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    low, high = part.low.astype(float), part.high.astype(float)
    if upper:
        low[at] = bound + 1
    else:
        high[at] = bound - 1
    rows = list(range(len(part.right)))
    for row in list(rows):
        kept = [each for each in rows if each != row]
        right = part.right[kept]
        constraints = [LinearConstraint(part.matrix[kept], right, right)] if kept else []
        answer = milp(
            np.zeros(len(low)),
            integrality=np.ones(len(low)),
            bounds=Bounds(low, high),
            constraints=constraints,
        )
        if answer.status == 2:  # still no table fits
            rows = kept
    return rows
