"""The programmes of repair: how a second table departs from the truth, in HiGHS.

Thin: columns are the differences of some cells, then switches and steps that cost. Rows come in
blocks of one shape, as arrays.
"""

from __future__ import annotations

from typing import Any

import highspy
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from sharewell.disclosure.solver import NoAnswerError
from sharewell.disclosure.system import Bools, Ints

Floats = npt.NDArray[np.float64]

_FAR = highspy.kHighsInf


class Departure:
    """Differences of k cells with ``rows @ difference = right``, each between ``low`` and
    ``high`` (k,), and what they cost."""

    def __init__(self, rows: csr_array, right: Ints, low: Ints, high: Ints) -> None:
        self._cost = [np.zeros(len(low))]
        self._low, self._high = [low.astype(float)], [high.astype(float)]
        self._columns = len(low)
        self._sizes = [np.diff(rows.indptr)]
        self._index, self._value = [rows.indices.astype(np.int64)], [rows.data.astype(float)]
        self._row_low, self._row_high = [right.astype(float)], [right.astype(float)]
        self._kept: Any = None

    def unless(self, at: Ints, low: Ints, high: Ints, cost: Floats) -> Ints:
        """The differences ``at`` (j,) stay between ``low`` and ``high`` (j,) unless a switch is
        set, which costs. The switches' columns (j,).

        With ``at`` (c, j), a switch is for the same cell in c tables.
        """
        switch, one = self._new(cost, 1.0), np.ones(len(cost))
        for each in np.atleast_2d(at):
            floor, ceiling = self._low[0][each], self._high[0][each]
            above, below = high < ceiling, low > floor
            self._rows((each, switch), (one, high - ceiling), -_FAR, high, above)
            self._rows((each, switch), (one, low - floor), low, _FAR, below)
        return switch

    def apart(self, upper: Ints, lower: Ints, far: int, price: Floats) -> None:
        """The differences ``upper`` (j,) exceed those of ``lower`` (j,) by ``far``; each step
        short of it costs."""
        short, one = self._new(price, _FAR), np.ones(len(upper))
        self._rows((upper, lower, short), (one, -one, one), float(far), _FAR, one > 0)

    def away(self, at: Ints, up: Ints, down: Ints, price: Floats) -> tuple[Ints, Ints]:
        """The differences ``at`` (j,) are at least ``up`` or at most ``down`` (j,); each step
        short of it costs. The columns that choose down, and that count the steps."""
        floor, ceiling = self._low[0][at], self._high[0][at]
        one = np.ones(len(at))
        lower = self._new(np.zeros(len(at)), 1.0)
        short = self._new(price, _FAR)
        self._rows((at, short, lower), (one, one, up - floor), up, _FAR, one > 0)
        self._rows((at, short, lower), (one, -one, ceiling - down), -_FAR, ceiling, one > 0)
        return lower, short

    def settle(self, at: Ints, low: Ints, high: Ints, cost: Floats) -> Ints:
        """The differences ``at`` (j,) lie between ``low`` and ``high``; each step beyond costs.
        The columns (2, j) that count the steps, for `reweigh`."""
        floor, ceiling = self._low[0][at], self._high[0][at]
        above, below = high < ceiling, low > floor
        one = np.ones(len(at))
        over = self._new(cost, np.where(above, _FAR, 0.0))
        under = self._new(cost, np.where(below, _FAR, 0.0))
        self._rows((at, over, under), (one, -one, one), low, high, above | below)
        return np.stack([over, under])

    def push(self, at: Ints, aim: Ints, up: Bools, price: Floats) -> Ints:
        """The differences ``at`` (j,) are at least (``up``) or at most ``aim`` (j,); each step
        short of it costs. The rows (2, j) that say so, for `turn`."""
        short, one = self._new(price, _FAR), np.ones(len(at))
        low, high = _bounds(aim, up)
        first = self._rows((at, short), (one, one), low[0], high[0], one > 0)
        second = self._rows((at, short), (one, -one), low[1], high[1], one > 0)
        return np.stack([first, second])

    @property
    def columns(self) -> int:
        """How many columns there are so far."""
        return self._columns

    def chosen(self, options: dict[str, Any], switches: Ints) -> Bools:
        """(j,) which ``switches`` the cheapest tables set, where tables may hold fractions."""
        solver = self._solver(options, whole=False)
        kinds = np.full(len(switches), int(highspy.HighsVarType.kInteger), dtype=np.uint8)
        solver.changeColsIntegrality(len(switches), switches.astype(np.int32), kinds)
        return np.asarray(_values(solver)[switches] > 0.5)

    def whole(self, options: dict[str, Any], start: Floats | None = None) -> Ints:
        """The values of all columns in whole numbers, from those of ``start`` on if given."""
        solver = self._solver(options, whole=True)
        if start is not None:
            solution = highspy.HighsSolution()
            solution.col_value = start.tolist()
            solver.setSolution(solution)
        return np.asarray(np.rint(_values(solver)), dtype=np.int64)

    def relaxed(self) -> Floats:
        """The values of all columns where fractions are allowed."""
        if self._kept is None:
            self._kept = self._solver({}, whole=False)
        return _values(self._kept)

    def reweigh(self, columns: Ints, cost: Floats) -> None:
        """Other costs for some columns (j,) before the next `relaxed`, which starts warm."""
        self._kept.changeColsCost(len(columns), columns.astype(np.int32), cost.astype(float))

    def turn(self, rows: Ints, aim: Ints, up: Bools) -> None:
        """Other directions for what `push` made."""
        for each, low, high in zip(rows, *_bounds(aim, up), strict=True):
            self._kept.changeRowsBounds(len(each), each.astype(np.int32), low, high)

    def _solver(self, options: dict[str, Any], *, whole: bool) -> Any:
        model = highspy.HighsLp()
        cost, low, high = (np.concatenate(v) for v in (self._cost, self._low, self._high))
        sizes = np.concatenate(self._sizes)
        model.num_col_, model.num_row_ = len(cost), len(sizes)
        model.col_cost_, model.col_lower_, model.col_upper_ = cost, low, high
        model.row_lower_ = np.concatenate(self._row_low)
        model.row_upper_ = np.concatenate(self._row_high)
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.concatenate([[0], np.cumsum(sizes)])
        model.a_matrix_.index_ = np.concatenate(self._index)
        model.a_matrix_.value_ = np.concatenate(self._value)
        if whole:
            model.integrality_ = [highspy.HighsVarType.kInteger] * len(cost)
        solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        always = {"output_flag": False, "threads": 1, "random_seed": 1}
        for option, value in (always | options).items():
            solver.setOptionValue(option, value)
        solver.passModel(model)
        return solver

    def _new(self, cost: Floats, high: Any) -> Ints:
        count = len(cost)
        self._cost.append(cost.astype(float))
        self._low.append(np.zeros(count))
        self._high.append(np.broadcast_to(np.asarray(high, dtype=float), (count,)))
        self._columns += count
        return np.arange(self._columns - count, self._columns)

    def _rows(
        self, columns: tuple[Ints, ...], values: tuple[Any, ...], low: Any, high: Any, which: Bools
    ) -> Ints:
        """One row for each true one of ``which``, over the columns given; their numbers."""
        count = int(which.sum())
        first = sum(len(sizes) for sizes in self._sizes)
        self._sizes.append(np.full(count, len(columns)))
        self._index.append(np.stack([c[which] for c in columns], axis=1).ravel())
        self._value.append(np.stack([np.asarray(v)[which] for v in values], axis=1).ravel())
        shape = which.shape
        self._row_low.append(np.broadcast_to(np.asarray(low, dtype=float), shape)[which])
        self._row_high.append(np.broadcast_to(np.asarray(high, dtype=float), shape)[which])
        return np.arange(first, first + count)


def _bounds(aim: Ints, up: Bools) -> tuple[Floats, Floats]:
    """(2, j) the bounds of difference + shortfall, and of difference - shortfall."""
    nothing = np.full(len(up), _FAR)
    low = np.stack([np.where(up, aim, -_FAR), -nothing])
    high = np.stack([nothing, np.where(up, _FAR, aim)])
    return low, high


def _values(solver: Any) -> Floats:
    solver.run()
    found = int(solver.getInfo().primal_solution_status)
    if found != int(highspy.SolutionStatus.kSolutionStatusFeasible):
        raise NoAnswerError(
            f"No repair was found ({solver.getModelStatus().name}). Coarsen a category."
        )
    return np.asarray(solver.getSolution().col_value, dtype=np.float64)
