"""Whole tables that fit ranges, in HiGHS. Thin: no rule is known here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from sharewell.disclosure.system import Bools, Ints, System

Floats = npt.NDArray[np.float64]

TOLERANCE = 1e-6

_CORNERS, _LITTLE = (
    4,
    1e-3,
)  # corners looked at before an integer programme, and what tells them apart

_ANSWERS = (
    highspy.HighsModelStatus.kOptimal,
    highspy.HighsModelStatus.kInfeasible,
    highspy.HighsModelStatus.kIterationLimit,
)


class NoAnswerError(RuntimeError):
    """The solver stopped without an answer."""


@dataclass(frozen=True)
class Forms:
    """Cells as sums of a few free ones: ``counts = matrix @ atoms + constant``.

    ``matrix`` (k, a) holds whole numbers, ``constant`` (k,) what known cells bring in, and
    ``atoms`` (a,) number the cells that are free. Every equation holds by itself, but for those
    that ``extra`` (e, a) states: ``extra @ atoms + extra_constant = 0``.
    """

    matrix: csr_array
    constant: Ints
    atoms: Ints
    extra: csr_array
    extra_constant: Ints


def forms_of(system: System, cells: Ints) -> Forms:
    """The open ``cells`` (k,) of a system as sums of as few of them as definitions allow.

    Every other cell in their equations must be known. A cell that is the total of an equation
    is replaced by its parts, from the finest up, so that only the finest cells stay free; an
    equation that then holds by itself is dropped.
    """
    place = np.full(len(system), -1, dtype=np.int64)
    place[cells] = np.arange(len(cells))
    each = np.repeat(np.arange(len(system.total)), system.sizes)
    equation = np.concatenate([np.arange(len(system.total)), each])
    cell = np.concatenate([system.total, system.parts])
    sign = np.concatenate([np.full(len(system.total), -1), np.ones(len(each), dtype=np.int64)])
    mine = np.zeros(len(system.total), dtype=bool)
    mine[equation[place[cell] >= 0]] = True
    number = np.cumsum(mine) - 1
    keep = mine[equation]
    equation, cell, sign = number[equation[keep]], cell[keep], sign[keep]
    open_ = place[cell] >= 0
    shape = (int(mine.sum()), len(cells))
    rows = csr_array((sign[open_], (equation[open_], place[cell[open_]])), shape)
    constant = np.zeros(shape[0], dtype=np.int64)
    np.add.at(constant, equation[~open_], (sign * system.low[cell])[~open_])
    whole = np.where(place[system.total[mine]] >= 0, place[system.total[mine]], -1)
    return _eliminate(rows, constant, whole)


def _eliminate(rows: csr_array, constant: Ints, whole: Ints) -> Forms:
    """Forms of k cells under ``rows @ counts + constant = 0``; ``whole`` is each row's total."""
    count = rows.shape[1]
    defined = np.zeros(count, dtype=bool)
    defined[whole[whole >= 0]] = True
    placed = ~defined
    by = np.full(count, -1, dtype=np.int64)
    parts = csr_array((np.abs(rows.data), rows.indices, rows.indptr), rows.shape)
    while not placed.all():
        waiting = parts @ (~placed).astype(np.int64)
        ready = np.flatnonzero((whole >= 0) & (waiting == 1))
        ready = ready[~placed[whole[ready]]]
        if not len(ready):  # a circle of sums: break it at its first cell
            placed[np.flatnonzero(~placed)[0]] = True
            continue
        totals, first = np.unique(whole[ready], return_index=True)
        by[totals] = ready[first]
        placed[totals] = True
    atoms = np.flatnonzero(by < 0)
    free = csr_array(
        (np.ones(len(atoms), dtype=np.int64), (atoms, np.arange(len(atoms)))), (count, len(atoms))
    )
    made = np.flatnonzero(by >= 0)
    pick = csr_array((np.ones(len(made), dtype=np.int64), (made, by[made])), (count, rows.shape[0]))
    step = pick @ rows + csr_array(
        (np.ones(len(made), dtype=np.int64), (made, made)), (count, count)
    )
    step.eliminate_zeros()
    matrix, shift = free, np.zeros(count, dtype=np.int64)
    own = pick @ constant
    while True:
        deeper, deeper_shift = free + step @ matrix, own + step @ shift
        if (deeper != matrix).nnz == 0 and np.array_equal(deeper_shift, shift):
            break
        matrix, shift = deeper, deeper_shift
    left = rows @ matrix
    left.eliminate_zeros()
    left_constant = rows @ shift + constant
    real = (np.diff(left.indptr) > 0) | (left_constant != 0)
    return Forms(matrix.tocsr(), shift, atoms, left[np.flatnonzero(real)], left_constant[real])


class Programme:
    """Ranges of sums in HiGHS: ``low <= matrix @ atoms <= high`` over whole atoms of 0 or more.

    One objective after another over the same ranges, warm-started. Sums that are the same are
    one row, and a sum of one atom is a bound of it. Give the ranges before the first objective.
    """

    def __init__(self, matrix: csr_array, steps: int | None = None) -> None:
        """``steps`` is how many steps of the simplex method an answer may take (no limit: None)."""
        self._size = matrix.shape[1]
        group, first = _same_rows(matrix)
        self._order = np.argsort(group, kind="stable")
        self._first = np.searchsorted(group[self._order], np.arange(len(first)))
        unique = matrix[first]
        single = (np.diff(unique.indptr) == 1) & (np.asarray(unique.sum(axis=1)).ravel() == 1)
        empty = np.diff(unique.indptr) == 0
        self._alone = np.flatnonzero(single)
        self._columns = unique[self._alone].indices.astype(np.int32)
        self._rows = np.flatnonzero(~single & ~empty)
        self._empty = np.flatnonzero(empty)
        self._everything = np.arange(self._size, dtype=np.int32)
        self._numbers = np.arange(len(self._rows), dtype=np.int32)
        self._highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        for option, value in (
            ("output_flag", False),
            ("threads", 1),
            ("random_seed", 1),
            ("simplex_scale_strategy", 0),  # every number is 1 already
            ("mip_rel_gap", 0.0),
            ("mip_abs_gap", 0.5),
        ):
            self._highs.setOptionValue(option, value)
        if steps is not None:
            self._highs.setOptionValue("simplex_iteration_limit", steps)
        model = highspy.HighsLp()
        rows = unique[self._rows]
        model.num_col_, model.num_row_ = self._size, len(self._rows)
        model.col_cost_ = np.zeros(self._size)
        model.col_lower_ = np.zeros(self._size)
        model.col_upper_ = np.full(self._size, highspy.kHighsInf)
        model.row_lower_ = np.full(len(self._rows), -highspy.kHighsInf)
        model.row_upper_ = np.full(len(self._rows), highspy.kHighsInf)
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = rows.indptr
        model.a_matrix_.index_ = rows.indices
        model.a_matrix_.value_ = rows.data.astype(float)
        self._highs.passModel(model)
        self._whole = False

    def ranges(self, low: Ints, high: Ints) -> None:
        """What each sum may be, (rows of the matrix,) each. NoAnswerError where nothing is."""
        least = np.maximum.reduceat(low[self._order], self._first)
        most = np.minimum.reduceat(high[self._order], self._first)
        if (least > most).any() or (least[self._empty] > 0).any() or (most[self._empty] < 0).any():
            raise NoAnswerError("No table fits what was published.")
        floor = np.zeros(self._size)
        ceiling = np.full(self._size, highspy.kHighsInf)
        floor[self._columns] = np.maximum(least[self._alone], 0)
        ceiling[self._columns] = most[self._alone]
        self._highs.changeColsBounds(self._size, self._everything, floor, ceiling)
        self._highs.changeRowsBounds(
            len(self._rows),
            self._numbers,
            least[self._rows].astype(float),
            most[self._rows].astype(float),
        )

    def table(self, weight: Floats) -> tuple[Floats, Ints | None]:
        """The atoms with the greatest weighted sum, fractions allowed, and the same as whole ones.

        The second is None where they are not whole. Raises NoAnswerError when none fit.
        """
        self._kinds(whole=False)
        atoms = self._solve(weight)
        near = np.rint(atoms)
        if np.abs(atoms - near).max(initial=0.0) > TOLERANCE:
            return atoms, None
        return atoms, near.astype(np.int64)

    def whole_table(self, weight: Floats) -> Ints:
        """The whole atoms with the greatest weighted sum, proved so for whole-number weights."""
        self._kinds(whole=True)
        return _rounded(self._solve(weight))

    def _kinds(self, *, whole: bool) -> None:
        if whole != self._whole:
            kind = highspy.HighsVarType.kInteger if whole else highspy.HighsVarType.kContinuous
            kinds = np.full(self._size, int(kind), dtype=np.uint8)
            self._highs.changeColsIntegrality(self._size, self._everything, kinds)
            self._whole = whole

    def _solve(self, weight: Floats) -> Floats:
        self._highs.changeColsCost(self._size, self._everything, -weight.astype(float))
        self._highs.run()
        if self._highs.getModelStatus() not in _ANSWERS:  # rounding went astray: start afresh
            self._highs.clearSolver()
            self._highs.setOptionValue("presolve", "off")
            self._highs.run()
            self._highs.setOptionValue("presolve", "choose")
        status = self._highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise NoAnswerError(f"No table fits what was published ({status.name}).")
        return np.asarray(self._highs.getSolution().col_value)


def _same_rows(matrix: csr_array) -> tuple[Ints, Ints]:
    """Rows that are the same: each row's group (rows,), and the first row of each (groups,)."""
    marks = np.random.default_rng(1).integers(1, 2**48, matrix.shape[1])
    _, first, group = np.unique(matrix @ marks, return_index=True, return_inverse=True)
    if (matrix != matrix[first[group]]).nnz:  # two different rows with one mark: keep all apart
        return np.arange(matrix.shape[0]), np.arange(matrix.shape[0])
    return group, first


def nearest(matrix: csr_array, low: Ints, high: Ints, soft: Bools) -> Ints:
    """Whole atoms of 0 or more whose sums lie between ``low`` and ``high`` (rows,); those of
    ``soft`` rows as nearly as can be, in all. Raises NoAnswerError when the others cannot."""
    from scipy.sparse import hstack

    group, first = _same_rows(csr_array(hstack([matrix, csr_array(soft[:, None].astype(int))])))
    least, most = np.full(len(first), -(2**62)), np.full(len(first), 2**62)
    np.maximum.at(least, group, low)
    np.minimum.at(most, group, high)
    # Where pieces do not agree yet, a soft range may be empty: its middle will do.
    middle = (least + most) // 2
    least, most = np.minimum(least, np.maximum(middle, most)), np.maximum(most, least)
    rows, loose = matrix[first], soft[first].astype(float)
    slack = csr_array((loose, (np.arange(len(first)), np.arange(len(first)))))
    slack = slack[:, np.flatnonzero(loose)]
    wide = csr_array(hstack([rows, slack, -slack]))
    size, extra = matrix.shape[1], int(soft[first].sum())
    highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in (("output_flag", False), ("threads", 1), ("random_seed", 1)):
        highs.setOptionValue(option, value)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = wide.shape[1], wide.shape[0]
    model.col_cost_ = np.concatenate([np.zeros(size), np.ones(2 * extra)])
    model.col_lower_ = np.zeros(wide.shape[1])
    model.col_upper_ = np.full(wide.shape[1], highspy.kHighsInf)
    model.row_lower_, model.row_upper_ = least.astype(float), most.astype(float)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = wide.indptr
    model.a_matrix_.index_ = wide.indices
    model.a_matrix_.value_ = wide.data.astype(float)
    highs.passModel(model)
    # Another corner that is as near is often whole where the first is not.
    little = np.random.default_rng(1)
    for turn in range(_CORNERS):
        if turn:
            cost = np.concatenate([little.uniform(0, _LITTLE, size), np.ones(2 * extra)])
            highs.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
        highs.run()
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise NoAnswerError("No table fits what was published.")
        atoms = np.asarray(highs.getSolution().col_value)[:size]
        if np.abs(atoms - np.rint(atoms)).max(initial=0.0) <= TOLERANCE:
            return _rounded(atoms)
    # Any whole table will do, for later rounds bring it nearer.
    highs.setOptionValue("mip_max_improving_sols", 1)
    kinds = np.full(size, int(highspy.HighsVarType.kInteger), dtype=np.uint8)
    highs.changeColsIntegrality(size, np.arange(size, dtype=np.int32), kinds)
    highs.run()
    if int(highs.getInfo().primal_solution_status) != int(
        highspy.SolutionStatus.kSolutionStatusFeasible
    ):
        raise NoAnswerError("No table fits what was published.")
    return _rounded(np.asarray(highs.getSolution().col_value)[:size])


def _rounded(atoms: Floats) -> Ints:
    return np.asarray(np.rint(atoms), dtype=np.int64)
