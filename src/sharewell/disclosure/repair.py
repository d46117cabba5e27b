"""Repair: withhold the fewest, cheapest further cells, so that nothing protected can be learnt.

The publisher knows the truth, which is one table that fits everything published. A protected cell
is safe when a second table fits as well in which that cell is at least ``width - 1`` away from the
truth: a reader cannot tell the two apart. So one integer programme looks for a second table in
which *every* narrow cell is that far away, and which breaks as few (as cheap) published cells as
possible. The broken cells are withheld; then the second table fits what is still published. Truth
and second table are the two witnesses of the proof.

Withholding a cell only ever widens what a reader must think possible, so cells that were safe
before stay safe. The programme works on the difference between the two tables, in which every sum
must vanish that was a sum before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
import numpy.typing as npt

from sharewell.disclosure.solver import NoAnswerError
from sharewell.disclosure.system import Bools, Ints, System

Floats = npt.NDArray[np.float64]

REACH_PART, REACH_TOTAL = 6, 60
"""How far the second table may be from the truth in a cell that is no total, and in a total."""

NODES = 400
"""Branches after which the programme gives the best table it has. A count, and not a time, so
that the same input always gives the same answer."""

GAP = 0.03
"""How near to the cheapest repair is near enough, as a share of its cost."""

_ROUNDS = 4
_SKIP = 1e4
"""What it costs to leave a cell unprotected: more than any withholding."""

_LATER = 5.0
"""The same for a shared cell that a later piece can still move."""


@dataclass(frozen=True)
class Repair:
    """What to withhold, and why that is enough.

    ``withheld`` (n,) marks the published cells to withhold as well. ``seconds`` (k, n) are whole
    tables that fit all that stays published; in one of them each narrow cell is far enough from
    the truth. ``left`` are the cells for which that cannot be had: what is released already gives
    them away. ``cost`` is the sum of the costs of ``withheld``.
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
    progress: Callable[[float], None] | None = None,
) -> Repair:
    """The cheapest cells found to withhold so that every ``narrow`` cell has ``width`` counts.

    ``truth`` (n,) are the true counts; ``cost`` (n,) what withholding each cell costs; ``fixed``
    (n,) marks cells that are released already and cannot be taken back, or that were never
    published. ``block`` (n,) lets a large system be repaired in pieces, one number after another
    (-1: a cell that pieces share, such as the total of a year over its months). Deterministic.
    """
    plan = _Plan(system, truth, cost, fixed, block)
    wanted = narrow.copy()
    seconds: list[Ints] = []
    for _ in range(_ROUNDS):
        pieces = plan.pieces(wanted)
        if not pieces:
            break
        difference = np.zeros(len(system), dtype=np.int64)
        for number, piece in enumerate(pieces):
            last = number == len(pieces) - 1
            plan.solve(piece, difference, wanted, width - 1, _SKIP if last else _LATER)
            if progress is not None:
                progress((number + 1) / len(pieces))
        plan.check(difference)
        reached = wanted & (np.abs(difference) >= width - 1)
        if not reached.any():
            break
        seconds.append(truth + difference)
        wanted &= ~reached
    tables = np.stack(seconds) if seconds else np.zeros((0, len(system)), dtype=np.int64)
    return Repair(
        withheld=plan.withheld,
        seconds=tables,
        left=np.flatnonzero(wanted),
        cost=float(cost[plan.withheld].sum()),
    )


class _Plan:
    """The system in pieces, and what has been withheld so far.

    A shared cell is the sum of one cell in each of several pieces: what the pieces before have
    added to it is known when the next one is solved.
    """

    def __init__(
        self,
        system: System,
        truth: Ints,
        cost: Floats,
        fixed: Bools | None,
        block: Ints | None,
    ) -> None:
        n = len(system)
        self.system, self.truth, self.cost = system, truth, cost
        self.fixed = np.zeros(n, dtype=bool) if fixed is None else fixed
        self.block = np.zeros(n, dtype=np.int64) if block is None else block
        self.withheld = np.zeros(n, dtype=bool)
        self.low, self.high = system.low - truth, system.high - truth
        total = np.zeros(n, dtype=bool)
        total[system.total] = True
        reach = np.where(total, REACH_TOTAL, REACH_PART)
        self.reach_low, self.reach_high = -np.minimum(truth, reach), reach
        self._each = np.repeat(np.arange(len(system.total)), system.sizes)
        inside = self.block[system.total] >= 0
        self._inner = np.flatnonzero(inside)
        outer = ~inside[self._each] & (self.block[system.parts] >= 0)
        self._shared, self._part = system.total[self._each[outer]], system.parts[outer]

    def pieces(self, wanted: Bools) -> list[Ints]:
        """The blocks that hold or feed a wanted cell, as cell numbers, in order."""
        needed = set(self.block[wanted].tolist()) - {-1}
        feeding = self._part[wanted[self._shared]]
        needed |= set(self.block[feeding].tolist())
        return [np.flatnonzero(self.block == number) for number in sorted(needed)]

    def solve(self, cells: Ints, difference: Ints, wanted: Bools, far: int, later: float) -> None:
        """Moves the second table within one piece; withholds what that breaks. In place."""
        model = _Model(len(cells))
        place = np.full(len(self.system), -1, dtype=np.int64)
        place[cells] = np.arange(len(cells))
        model.bound(
            np.maximum(self.reach_low, np.where(self.fixed, self.low, self.reach_low))[cells],
            np.minimum(self.reach_high, np.where(self.fixed, self.high, self.reach_high))[cells],
        )
        for equation in self._inner[place[self.system.total[self._inner]] >= 0]:
            model.equation(place[self.system.members(equation)], place[self.system.total[equation]])
        open_ = cells[~self.fixed[cells] & ~self.withheld[cells]]
        for cell in open_:
            model.unless(place[cell], 0, self.low[cell], self.high[cell], self.cost[cell], cell)
        mine = place[self._part] >= 0
        for shared, part in zip(self._shared[mine], self._part[mine], strict=True):
            done = int(difference[shared])
            if not self.withheld[shared]:
                cost = np.inf if self.fixed[shared] else self.cost[shared]
                model.unless(place[part], done, self.low[shared], self.high[shared], cost, shared)
            if wanted[shared] and abs(done) < far:
                model.away(place[part], done, far, later)
        for cell in cells[wanted[cells]]:
            model.away(place[cell], 0, far, _SKIP)
        moved, broken = model.solve()
        difference[cells] += moved
        np.add.at(difference, self._shared[mine], moved[place[self._part[mine]]])
        self.withheld[broken] = True

    def check(self, difference: Ints) -> None:
        """NoAnswerError unless the second table fits what stays published. Exact, in integers."""
        system = self.system
        sums = np.add.reduceat(difference[system.parts], system.start[:-1])
        outside = (difference < self.low) | (difference > self.high)
        if (
            not np.array_equal(sums, difference[system.total])
            or (outside & ~self.withheld).any()
            or (self.truth + difference < 0).any()
        ):
            raise NoAnswerError("Repair found a table that does not fit. Please report this.")


class _Model:
    """An integer programme over the differences of one piece, built row by row."""

    def __init__(self, size: int) -> None:
        self._low: list[float] = []
        self._high: list[float] = []
        self._cost: list[float] = [0.0] * size
        self._size = size
        self._index: list[npt.NDArray[np.int64]] = []
        self._value: list[Floats] = []
        self._row_low: list[float] = []
        self._row_high: list[float] = []
        self._breaks: list[tuple[int, int]] = []

    def bound(self, low: Ints, high: Ints) -> None:
        """What each difference may be at all."""
        self._low, self._high = low.astype(float).tolist(), high.astype(float).tolist()

    def equation(self, parts: Ints, total: np.int64) -> None:
        """The differences of the parts add to that of the total."""
        sign = np.ones(len(parts) + 1)
        sign[-1] = -1.0
        self._row(np.append(parts, total), sign, 0.0, 0.0)

    def unless(
        self, place: np.int64, done: int, low: np.int64, high: np.int64, cost: float, cell: np.int64
    ) -> None:
        """``done`` plus the difference stays within what is published, unless that is withheld."""
        least, most = int(low) - done, int(high) - done
        reach_low, reach_high = self._low[place], self._high[place]
        if least <= reach_low and most >= reach_high:
            return
        if not np.isfinite(cost):
            self._low[place] = max(reach_low, float(least))
            self._high[place] = min(reach_high, float(most))
            return
        switch = self._binary(float(cost))
        self._breaks.append((switch, int(cell)))
        if most < reach_high:
            self._row([place, switch], [1.0, most - reach_high], -highspy.kHighsInf, most)
        if least > reach_low:
            self._row([place, switch], [1.0, least - reach_low], least, highspy.kHighsInf)

    def away(self, place: np.int64, done: int, far: int, skip: float) -> None:
        """``done`` plus the difference is at least ``far`` from nothing, or it costs ``skip``."""
        reach_low, reach_high = self._low[place], self._high[place]
        up, down, neither = self._binary(0.0), self._binary(0.0), self._binary(skip)
        above, below = far - done, -far - done
        if reach_high < above:
            self._high[up] = 0.0
        else:
            self._row([place, up], [1.0, reach_low - above], reach_low, highspy.kHighsInf)
        if reach_low > below:
            self._high[down] = 0.0
        else:
            self._row([place, down], [1.0, reach_high - below], -highspy.kHighsInf, reach_high)
        self._row([up, down, neither], [1.0, 1.0, 1.0], 1.0, highspy.kHighsInf)

    def solve(self) -> tuple[Ints, Ints]:
        """The differences, and the cells to withhold for them."""
        solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        for option, value in (
            ("output_flag", False),
            ("threads", 1),
            ("random_seed", 1),
            ("mip_rel_gap", GAP),
            ("mip_max_nodes", NODES),
        ):
            solver.setOptionValue(option, value)
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(self._cost), len(self._index)
        model.col_cost_ = np.array(self._cost)
        model.col_lower_, model.col_upper_ = np.array(self._low), np.array(self._high)
        model.row_lower_, model.row_upper_ = np.array(self._row_low), np.array(self._row_high)
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.cumsum([0, *(len(row) for row in self._index)])
        model.a_matrix_.index_ = np.concatenate(self._index)
        model.a_matrix_.value_ = np.concatenate(self._value)
        model.integrality_ = [highspy.HighsVarType.kInteger] * len(self._cost)
        solver.passModel(model)
        solver.run()
        values = np.rint(np.asarray(solver.getSolution().col_value)).astype(np.int64)
        if len(values) != len(self._cost):
            raise NoAnswerError(
                f"No repair was found ({solver.getModelStatus().name}). Coarsen a category."
            )
        broken = [cell for switch, cell in self._breaks if values[switch]]
        return values[: self._size], np.array(broken, dtype=np.int64)

    def _binary(self, cost: float) -> int:
        self._cost.append(cost)
        self._low.append(0.0)
        self._high.append(1.0)
        return len(self._cost) - 1

    def _row(self, index: Any, value: Any, low: float, high: float) -> None:
        self._index.append(np.asarray(index, dtype=np.int64))
        self._value.append(np.asarray(value, dtype=float))
        self._row_low.append(float(low))
        self._row_high.append(float(high))
