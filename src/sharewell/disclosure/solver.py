"""The open part of a system as an integer programme in HiGHS. Thin: no rule is known here."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np

from sharewell.disclosure.system import Ints, System

TOLERANCE = 1e-6
FAR = 100_000
"""How far above its lower bound a cell without an upper one is looked at."""


class NoAnswerError(RuntimeError):
    """The solver stopped without an answer."""


@dataclass(frozen=True)
class Part:
    """Some cells of a system and the equations among them, with the other cells' values in.

    ``cells`` (k,) are numbers in the system. Equation r says that the sum of ``sign`` times the
    counts of ``column`` (positions in ``cells``) from ``start[r]`` to ``start[r + 1]`` is
    ``right[r]``. ``low`` and ``high`` (k,) bound the counts.
    """

    cells: Ints
    low: Ints
    high: Ints
    start: Ints
    column: Ints
    sign: Ints
    right: Ints


def part_of(system: System, cells: Ints) -> Part:
    """The part of ``system`` over ``cells``: every other cell in their equations must be known."""
    place = np.full(len(system), -1, dtype=np.int64)
    place[cells] = np.arange(len(cells))
    each = np.repeat(np.arange(len(system.total)), system.sizes)
    equation = np.concatenate([np.arange(len(system.total)), each])
    cell = np.concatenate([system.total, system.parts])
    sign = np.concatenate([np.full(len(system.total), -1), np.ones(len(each), dtype=np.int64)])
    mine = np.zeros(len(system.total), dtype=bool)
    mine[equation[place[cell] >= 0]] = True
    keep = mine[equation]
    equation, cell, sign = equation[keep], cell[keep], sign[keep]
    number = np.cumsum(mine) - 1
    open_ = place[cell] >= 0
    right = np.zeros(int(mine.sum()), dtype=np.int64)
    np.subtract.at(right, number[equation[~open_]], (sign * system.low[cell])[~open_])
    order = np.argsort(equation[open_], kind="stable")
    rows = number[equation[open_]][order]
    return Part(
        cells=cells,
        low=system.low[cells],
        high=np.minimum(system.high[cells], system.low[cells] + FAR),
        start=np.searchsorted(rows, np.arange(len(right) + 1)),
        column=place[cell][open_][order],
        sign=sign[open_][order],
        right=right,
    )


class Programme:
    """A part in HiGHS: one objective after another over the same tables, warm-started."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self._size = len(part.cells)
        self._highs = highspy.Highs()
        for option, value in (("output_flag", False), ("threads", 1), ("random_seed", 1)):
            self._highs.setOptionValue(option, value)
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = self._size, len(part.right)
        model.col_cost_ = np.zeros(self._size)
        model.col_lower_, model.col_upper_ = part.low.astype(float), part.high.astype(float)
        model.row_lower_ = model.row_upper_ = part.right.astype(float)
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = part.start
        model.a_matrix_.index_ = part.column
        model.a_matrix_.value_ = part.sign.astype(float)
        self._highs.passModel(model)
        self._columns = np.arange(self._size, dtype=np.int32)
        self._whole = False

    def table(self, weight: np.ndarray) -> tuple[float, Ints | None]:
        """The greatest weighted sum of the counts, fractions allowed, and the table that has it.

        The table is None where the best one found has fractions. Raises NoAnswerError when no
        table fits.
        """
        if self._whole:
            kinds = np.full(self._size, int(highspy.HighsVarType.kContinuous), dtype=np.uint8)
            self._highs.changeColsIntegrality(self._size, self._columns, kinds)
            self._whole = False
        value, counts = self._solve(weight)
        whole = np.rint(counts)
        if np.abs(counts - whole).max(initial=0.0) > TOLERANCE:
            return value, None
        return value, whole.astype(np.int64)

    def whole_table(self, weight: np.ndarray) -> Ints:
        """The whole-number table with the greatest weighted sum of counts, proved to be so."""
        if not self._whole:
            kinds = np.full(self._size, int(highspy.HighsVarType.kInteger), dtype=np.uint8)
            self._highs.changeColsIntegrality(self._size, self._columns, kinds)
            self._whole = True
        _, counts = self._solve(weight)
        return np.rint(counts).astype(np.int64)

    def _solve(self, weight: np.ndarray) -> tuple[float, np.ndarray]:
        self._highs.changeColsCost(self._size, self._columns, -weight.astype(float))
        self._highs.run()
        status = self._highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise NoAnswerError(f"No table fits what was published ({status.name}).")
        counts = np.asarray(self._highs.getSolution().col_value)
        return float(weight @ counts), counts


def holds(part: Part, counts: Ints) -> bool:
    """Whether a table satisfies every bound and equation of the part. Exact, in integers."""
    inside = bool((part.low <= counts).all() and (counts <= part.high).all())
    sums = np.zeros(len(part.right), dtype=np.int64)
    rows = np.repeat(np.arange(len(part.right)), np.diff(part.start))
    np.add.at(sums, rows, part.sign * counts[part.column])
    return inside and np.array_equal(sums, part.right)
