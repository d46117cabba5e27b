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
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from sharewell.disclosure.solver import NoAnswerError
from sharewell.disclosure.system import Bools, Ints, System

Floats = npt.NDArray[np.float64]

REACH_PART, REACH_TOTAL, REACH_SHARED = 6, 60, 10_000
"""How far the second table may be from the truth in a cell that is no total, in a total, and in
one that pieces share."""

NODES = 400
"""Branches after which the programme gives the best table it has. A count, and not a time, so
that the same input always gives the same answer."""

GAP = 0.03
"""How near to the cheapest repair is near enough, as a share of its cost."""

BALANCE_GAP, BALANCE_NODES = 0.1, 4
"""The same for balancing, where many programmes of the kind have whole answers by themselves."""

_ROUNDS = 4
WHOLE = 400
"""Pieces with more cells than this are repaired by breaking only what a linear programme broke."""

_REWEIGHTED = 3
_MIDDLE = 4  # of 1 to 7: a count up to here is moved up, a greater one down
_STEP = 1e-6

_SKIP = 1e4
"""What it costs to leave a cell unprotected: more than any withholding."""


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
    (n,) marks cells that are released already and cannot be taken back. ``block`` (n,) lets a
    large system be repaired in pieces: cells with the same number are one piece, such as a month;
    -1 marks a cell that pieces share, such as the total of a year over its months. Deterministic.
    """
    plan = _Plan(system, truth, cost, fixed, block)
    wanted = narrow.copy()
    seconds: list[Ints] = []
    for round_ in range(_ROUNDS):
        pieces = plan.pieces(wanted)
        if not pieces:
            break
        difference = np.zeros(len(system), dtype=np.int64)
        for number, piece in enumerate(pieces):
            plan.solve(piece, difference, wanted, width - 1, few=round_ == 0)
            if progress is not None:
                progress((number + 1) / len(pieces))
        plan.balance(difference, wanted, width - 1)
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

    Pieces are solved one by one as if nothing tied them. Then they are balanced: the second
    table is moved within what is still published until the shared cells agree as well as they
    can, and what still does not agree is withheld.
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
        reach[self.block < 0] = REACH_SHARED
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

    def solve(self, cells: Ints, difference: Ints, wanted: Bools, far: int, *, few: bool) -> None:
        """Moves the second table within one piece; withholds what that breaks. In place.

        With ``few``, a large piece breaks only cells that `_breakable` names: many times faster,
        a little dearer, and it may leave some cells for a later round.
        """
        model = _Model(len(cells))
        place = self._places(cells)
        free = ~self.fixed[cells]
        low, high = np.maximum(self.low, self.reach_low), np.minimum(self.high, self.reach_high)
        model.bound(
            np.where(free, self.reach_low[cells], low[cells]),
            np.where(free, self.reach_high[cells], high[cells]),
        )
        self._equations(model, place, self._inner)
        stays = free & ~self.withheld[cells]
        if few and len(cells) > WHOLE:
            breakable = self._breakable(cells, place, wanted, far)
            model.hold(stays & ~breakable, low[cells], high[cells])
            stays &= breakable
        for cell in cells[stays]:
            model.unless(place[cell], self.low[cell], self.high[cell], self.cost[cell], cell)
        for cell in cells[wanted[cells]]:
            model.away(place[cell], far)
        values, broken = model.solve(GAP, NODES)
        difference[cells] = values[: len(cells)]
        self.withheld[broken] = True

    def _breakable(self, cells: Ints, place: Ints, wanted: Bools, far: int) -> Bools:
        """(k,) the cells of a large piece that are worth withholding.

        Fractions are allowed here, and each step outside what is published costs: a linear
        programme. Solved again with the steps that it took made cheaper, and all others dearer, it
        takes few long steps instead of many short ones (reweighted l1: Candes, Wakin and Boyd,
        2008). Whatever it broke in any of these rounds may be broken in the end.
        """
        low, high = self.low[cells], self.high[cells]
        stays = ~self.withheld[cells]
        price = np.where(self.fixed[cells], _SKIP, self.cost[cells])
        broken = np.zeros(len(cells), dtype=bool)
        weight = price.copy()
        for _ in range(_REWEIGHTED):
            model = _Model(len(cells))
            model.bound(self.reach_low[cells], self.reach_high[cells])
            self._equations(model, place, self._inner)
            for at in np.flatnonzero(stays):
                model.settle(at, low[at], high[at], float(weight[at]))
            for cell in cells[wanted[cells]]:
                model.push(place[cell], far, up=bool(self.truth[cell] <= _MIDDLE))
            moved = model.relaxed()[: len(cells)]
            step = np.maximum(np.maximum(low - moved, moved - high), 0.0)
            broken |= stays & (step > _STEP)
            weight = price / (step + 0.5)
        return np.asarray(broken & ~self.fixed[cells])

    def balance(self, difference: Ints, wanted: Bools, far: int) -> None:
        """Makes the shared cells agree with their parts, withholding the fewest. In place."""
        for cells in self._tied():
            shared = cells[self.block[cells] < 0]
            if not (difference[cells].any() or wanted[shared].any()):
                continue
            place = self._places(cells)
            stays = ~self.withheld[cells] & (self.block[cells] >= 0)
            low = np.where(
                stays, np.maximum(self.low, self.reach_low)[cells], self.reach_low[cells]
            )
            high = np.where(
                stays, np.minimum(self.high, self.reach_high)[cells], self.reach_high[cells]
            )
            up, down = wanted & (difference >= far), wanted & (difference <= -far)
            model = _Model(len(cells))
            model.bound(np.where(up[cells], far, low), np.where(down[cells], -far, high))
            self._equations(model, place, np.arange(len(self.system.total)))
            for cell in shared[~self.withheld[shared]]:
                cost = _SKIP if self.fixed[cell] else float(self.cost[cell])
                model.settle(place[cell], self.low[cell], self.high[cell], cost)
            for cell in shared[wanted[shared]]:
                model.push(place[cell], far, up=bool(self.high[cell] >= far))
            values = model.balanced()
            difference[cells] = values[: len(cells)]
            broken = (difference < self.low) | (difference > self.high)
            if (broken & self.fixed)[shared].any():
                # What is out already forbids this table: give the whole group up.
                difference[cells] = 0
            else:
                self.withheld[shared[broken[shared]]] = True

    def _places(self, cells: Ints) -> Ints:
        place = np.full(len(self.system), -1, dtype=np.int64)
        place[cells] = np.arange(len(cells))
        return place

    def _equations(self, model: _Model, place: Ints, among: Ints) -> None:
        """Adds the equations ``among`` those given whose total has a place."""
        for equation in among[place[self.system.total[among]] >= 0]:
            model.equation(place[self.system.members(equation)], place[self.system.total[equation]])

    def _tied(self) -> list[Ints]:
        """The groups of cells that shared cells tie together, each with its whole blocks."""
        if not (self.block < 0).any():
            return []
        cells, equations = len(self.system), len(self.system.total)
        blocks = int(self.block.max()) + 1
        mine = np.flatnonzero(self.block >= 0)
        one = np.concatenate([self.system.total, self.system.parts, mine])
        other = np.concatenate(
            [
                cells + np.arange(equations),
                cells + self._each,
                cells + equations + self.block[mine],
            ]
        )
        size = cells + equations + blocks
        graph = coo_array((np.ones(len(one), dtype=np.int8), (one, other)), (size, size))
        _, label = connected_components(graph, directed=False)
        label = label[:cells]
        return [np.flatnonzero(label == number) for number in np.unique(label[self.block < 0])]

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
        self._index: list[npt.NDArray[np.int64]] = []
        self._value: list[Floats] = []
        self._row_low: list[float] = []
        self._row_high: list[float] = []
        self._breaks: list[tuple[int, int]] = []

    def bound(self, low: Ints, high: Ints) -> None:
        """What each difference may be at all."""
        self._low, self._high = low.astype(float).tolist(), high.astype(float).tolist()

    def hold(self, which: Bools, low: Ints, high: Ints) -> None:
        """Some differences stay within what is published."""
        for at in np.flatnonzero(which):
            self._low[at] = max(self._low[at], float(low[at]))
            self._high[at] = min(self._high[at], float(high[at]))

    def equation(self, parts: Ints, total: np.int64) -> None:
        """The differences of the parts add to that of the total."""
        sign = np.ones(len(parts) + 1)
        sign[-1] = -1.0
        self._row(np.append(parts, total), sign, 0.0, 0.0)

    def unless(
        self, place: np.int64, low: np.int64, high: np.int64, cost: np.float64, cell: np.int64
    ) -> None:
        """The difference stays within what is published, unless that is withheld."""
        reach_low, reach_high = self._low[place], self._high[place]
        if low <= reach_low and high >= reach_high:
            return
        switch = self._new(1.0, float(cost))
        self._breaks.append((switch, int(cell)))
        if high < reach_high:
            self._row([place, switch], [1.0, high - reach_high], -highspy.kHighsInf, high)
        if low > reach_low:
            self._row([place, switch], [1.0, low - reach_low], low, highspy.kHighsInf)

    def away(self, place: np.int64, far: int) -> None:
        """The difference is at least ``far`` from nothing, or that is paid for."""
        reach_low, reach_high = self._low[place], self._high[place]
        up, down, neither = self._new(1.0, 0.0), self._new(1.0, 0.0), self._new(1.0, _SKIP)
        if reach_high < far:
            self._high[up] = 0.0
        else:
            self._row([place, up], [1.0, reach_low - far], reach_low, highspy.kHighsInf)
        if reach_low > -far:
            self._high[down] = 0.0
        else:
            self._row([place, down], [1.0, reach_high + far], -highspy.kHighsInf, reach_high)
        self._row([up, down, neither], [1.0, 1.0, 1.0], 1.0, highspy.kHighsInf)

    def settle(self, place: np.int64, low: np.int64, high: np.int64, cost: float) -> None:
        """The difference lies between the two, and each step beyond costs."""
        above, below = self._new(highspy.kHighsInf, cost), self._new(highspy.kHighsInf, cost)
        self._row([place, above, below], [1.0, -1.0, 1.0], low, high)

    def push(self, place: np.int64, far: int, *, up: bool) -> None:
        """The difference is at least ``far`` from nothing, on one side; short of it costs."""
        short = self._new(highspy.kHighsInf, _SKIP)
        self._row([place, short], [1.0 if up else -1.0, 1.0], far, highspy.kHighsInf)

    def solve(self, gap: float, nodes: int) -> tuple[Ints, Ints]:
        """The values in whole numbers, and the cells to withhold for them."""
        options = {"mip_rel_gap": gap, "mip_max_nodes": nodes}
        values = np.rint(self._run(options, whole=True)).astype(np.int64)
        broken = [cell for switch, cell in self._breaks if values[switch]]
        return values, np.array(broken, dtype=np.int64)

    def balanced(self) -> Ints:
        """The values in whole numbers, which are often those that fractions would give."""
        values = self.relaxed()
        whole = np.rint(values).astype(np.int64)
        if np.abs(values - whole).max(initial=0.0) < _STEP:
            return whole
        return self.solve(BALANCE_GAP, BALANCE_NODES)[0]

    def relaxed(self) -> Floats:
        """The values where fractions are allowed."""
        return self._run({}, whole=False)

    def _run(self, options: dict[str, Any], *, whole: bool) -> Floats:
        solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        always = {"output_flag": False, "threads": 1, "random_seed": 1}
        for option, value in (always | options).items():
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
        if whole:
            model.integrality_ = [highspy.HighsVarType.kInteger] * len(self._cost)
        solver.passModel(model)
        solver.run()
        found = int(solver.getInfo().primal_solution_status)
        if found != int(highspy.SolutionStatus.kSolutionStatusFeasible):
            raise NoAnswerError(
                f"No repair was found ({solver.getModelStatus().name}). Coarsen a category."
            )
        return np.asarray(solver.getSolution().col_value, dtype=np.float64)

    def _new(self, high: float, cost: float) -> int:
        self._cost.append(cost)
        self._low.append(0.0)
        self._high.append(high)
        return len(self._cost) - 1

    def _row(self, index: Any, value: Any, low: Any, high: Any) -> None:
        self._index.append(np.asarray(index, dtype=np.int64))
        self._value.append(np.asarray(value, dtype=float))
        self._row_low.append(float(low))
        self._row_high.append(float(high))
