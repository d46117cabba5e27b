"""Cells that equations tie, repaired together: one whole table after another, piece by piece.

Every table departs from the truth in whole numbers, and every step keeps each sum whole, so that
whatever has been found when time is up can be used. Nothing here is a search over all cells at
once: a piece, such as a month, is moved while the others stand still, and pays for the shared
cells, such as the totals of the year, that its move pushes out of what is published.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import block_diag, csr_array

from sharewell.disclosure.departure import Departure, Floats
from sharewell.disclosure.side_by_side import Tell
from sharewell.disclosure.system import Bools, Ints, System

REACH_PART, REACH_TOTAL = 6, 60
"""How far a table may be from the truth in a cell that is no total, and in a total. A cell that
pieces share may move as far as a total each time that a piece is moved."""

WHOLE = 400
"""Pieces with more cells than this are moved by linear programmes."""

LARGEST, FEW = 20_000, 20
"""Pieces with more cells than this are never moved by an integer programme that may push other
cells outside; and one such programme moves at most so few wanted cells."""

AT_ONCE = 3_000
"""Systems with no more cells times wanted cells than this are planned as a whole."""

NODES, LARGE_NODES, GAP = 50, 1, 0.03
"""Branches after which an integer programme gives the best that it has (a count, and not a time,
so that the same input always gives the same answer), and how near to the best is near enough."""

DEAREST = 1e4
"""What it is worth, at last, to bring one cell a count nearer to safety."""

_FIRST, _LAST, _STEEP = 0.03, 20.0, 1.5
_LARGE_FIRST, _LARGE_LAST = 0.5, 8.0
_LAST_ROUNDS = 4
_REWEIGHTED = 3
_AGAIN = 2  # rounds in which each table is moved anew, with the others known
_STEP = 1e-6
_FOUND = 0.6  # the share of the time until tables are found


@dataclass(frozen=True)
class Piece:
    """Some cells that are moved at one time: ``cells`` (k,) are the piece's ``own``, and those
    shared ones that must move with it. ``rows`` (e, k) are the equations that they stand in."""

    cells: Ints
    own: Bools
    rows: csr_array


@dataclass(frozen=True)
class Reached:
    """What some tables (differences from the truth) reach: the ``least`` and ``most`` of each cell
    (n,), and which cells they push ``outside`` of what is published, so that it is withheld."""

    least: Ints
    most: Ints
    outside: Bools

    @property
    def span(self) -> Ints:
        """(n,) how far apart two of the tables are, or one and the truth."""
        return np.asarray(self.most - self.least)


@dataclass(frozen=True)
class _Task:
    """One move: the range of each cell (k,) that is possible at all (``floor``, ``ceiling``) and
    that is published (``low``, ``high``), whether it must be paid for to leave the latter, and
    the wanted ones with the differences that would make them safe."""

    now: Ints
    floor: Ints
    ceiling: Ints
    low: Ints
    high: Ints
    stays: Bools
    cost: Floats
    wanted: Ints
    up: Ints
    down: Ints
    price: float

    def value(self, table: Ints) -> float:
        """What a table costs: what it pushes out, and what it leaves undone."""
        out = self.stays & ((table < self.low) | (table > self.high))
        return float(self.cost[out].sum() + self.price * self.short(table).sum())

    def short(self, table: Ints) -> Ints:
        """(w,) the counts by which each wanted cell is short of safety."""
        mine = table[self.wanted]
        return np.asarray(np.maximum(0, np.minimum(self.up - mine, mine - self.down)))


class Mover:
    """The cells of a connected ``system``, their true counts and what withholding them costs.

    ``fixed`` (n,) cannot be withheld; ``block`` (n,) numbers the pieces, -1 for shared cells; a
    cell is safe when two tables are ``far`` apart in it.
    """

    def __init__(
        self, system: System, truth: Ints, cost: Floats, fixed: Bools, block: Ints, far: int
    ) -> None:
        self.truth, self.cost, self.fixed, self.far = truth, cost, fixed, far
        self.low, self.high = system.low - truth, system.high - truth
        total = np.zeros(len(truth), dtype=bool)
        total[system.total] = True
        reach = np.where(total, REACH_TOTAL, max(REACH_PART, 2 * far))
        self.reach_low, self.reach_high = -np.minimum(truth, reach), reach
        self.unit = float(cost.mean())
        self.rows = rows_of(system)
        self.pieces = pieces_of(system, self.rows, block)

    def outside(self, table: Ints) -> Bools:
        """(n,) the cells that a table pushes out of what is published."""
        return np.asarray((table < self.low) | (table > self.high))

    def reached(self, tables: list[Ints], but: int = -1) -> Reached:
        """What the tables reach together, without number ``but``."""
        nothing = np.zeros(len(self.truth), dtype=np.int64)
        least, most, outside = nothing, nothing, nothing.astype(bool)
        for number, table in enumerate(tables):
            if number != but:
                least, most = np.minimum(least, table), np.maximum(most, table)
                outside = outside | self.outside(table)
        return Reached(least, most, outside)

    def tables(self, wanted: Bools, tell: Tell = lambda _done: None) -> list[Ints]:
        """Tables in which the ``wanted`` cells (n,) become safe, as far as that can be.

        First what comes cheap: each table may pay a little more for each cell made safer than the
        one before, and moves what earlier ones paid for without paying again. Then each table is
        moved anew, to give back what the others make needless.
        """
        tables: list[Ints] = []
        planned, every = self._planned(wanted), self._prices()
        prices = every
        while prices:
            reached = self.reached(tables)
            left = wanted & (reached.span < self.far)
            if not left.any():
                break
            reached = replace(reached, outside=reached.outside | planned)
            table = np.zeros(len(self.truth), dtype=np.int64)
            for number, piece in enumerate(self.pieces):
                # Later pieces can still make up for what a shared cell is moved now.
                share = (number + 1) / len(self.pieces)
                self._move(piece, table, left, reached, prices[0], share, thorough=True)
            gained = (self.reached([*tables, table]).span > reached.span)[left].any()
            if gained:
                tables.append(table)
            if not (gained and planned.any()):
                prices = prices[1:]
            tell(_FOUND * (1 - len(prices) / len(every)))
        tables += self._stuck(tables, wanted)
        for turn in range(_AGAIN):
            for number, table in enumerate(tables):
                tell(_FOUND + (1 - _FOUND) * (turn + number / len(tables)) / _AGAIN)
                reached = self.reached(tables, but=number)
                left = wanted & (reached.span < self.far)
                for piece in self.pieces:
                    self._move(piece, table, left, reached, self._dearest, 1.0, thorough=False)
        return [table for table in tables if table.any()]

    def _stuck(self, tables: list[Ints], wanted: Bools) -> list[Ints]:
        """More tables for what linear programmes found no move for, by integer programmes over
        whole pieces. They are slow, and few cells are left for them."""
        found: list[Ints] = []
        reached = self.reached(tables)
        left = np.flatnonzero(wanted & (reached.span < self.far))
        for piece in self.pieces:
            mine = left[np.isin(left, piece.cells)]
            if not WHOLE < len(piece.cells) <= LARGEST:
                continue
            for first in range(0, len(mine), FEW):
                some = np.zeros(len(wanted), dtype=bool)
                some[mine[first : first + FEW]] = True
                reached = self.reached([*tables, *found])
                some &= reached.span < self.far
                table = np.zeros(len(self.truth), dtype=np.int64)
                task = self._task(piece, table, some, reached, self._dearest, 1.0)
                table[piece.cells] = exactly(piece, task, NODES)
                if table.any():
                    found.append(table)
        return found

    def _planned(self, wanted: Bools) -> Bools:
        """(n,) the cells that are best withheld, where a system is small enough to ask at once: a
        pair of tables of its own for each wanted cell, fractions allowed. None where it is not."""
        nothing = np.zeros(len(wanted), dtype=bool)
        pairs = int(wanted.sum())
        if len(wanted) * pairs > AT_ONCE or not pairs:
            return nothing
        whole = replace(self.pieces[0], cells=np.arange(len(wanted)), own=~nothing, rows=self.rows)
        task = self._task(whole, nothing.astype(np.int64), wanted, self.reached([]), 0.0, 1.0)
        found = at_once(whole, task, self.far, self._dearest)
        nothing[found] = True
        return nothing

    @property
    def _dearest(self) -> float:
        return DEAREST * float(self.cost.max())

    def _prices(self) -> list[float]:
        """What a table may pay for each count that brings a cell nearer to safety."""
        large = any(len(piece.cells) > WHOLE for piece in self.pieces)
        first, last = (_LARGE_FIRST, _LARGE_LAST) if large else (_FIRST, _LAST)
        prices = [first]
        while prices[-1] < last:
            prices.append(prices[-1] * _STEEP)
        return [self.unit * price for price in prices] + [self._dearest] * _LAST_ROUNDS

    def _move(
        self,
        piece: Piece,
        table: Ints,
        left: Bools,
        reached: Reached,
        price: float,
        share: float,
        *,
        thorough: bool,
    ) -> None:
        """Moves a table within one piece. In place.

        A large piece is moved by linear programmes; and when not ``thorough``, by an integer
        programme that pushes no other cells outside than the table does already.
        """
        cells = piece.cells
        if not (left[cells].any() or table[cells].any()):
            return
        task = self._task(piece, table, left, reached, price, share)
        if len(cells) <= WHOLE:
            table[cells] = exactly(piece, task, NODES)
        elif thorough:
            table[cells] = roughly(piece, task)
        else:
            inside = task.stays & (task.low <= task.now) & (task.now <= task.high)
            table[cells] = exactly(piece, _held(task, inside), LARGE_NODES)

    def _task(
        self, piece: Piece, table: Ints, left: Bools, reached: Reached, price: float, share: float
    ) -> _Task:
        cells, now = piece.cells, table[piece.cells]
        low, high, fixed = self.low[cells], self.high[cells], self.fixed[cells]
        shared_low = np.maximum(-self.truth[cells], now - REACH_TOTAL)
        floor = np.minimum(now, np.where(piece.own, self.reach_low[cells], shared_low))
        ceiling = np.where(piece.own, self.reach_high[cells], now + REACH_TOTAL)
        ceiling = np.maximum(now, ceiling)
        floor = np.where(fixed, np.maximum(floor, low), floor)
        ceiling = np.where(fixed, np.minimum(ceiling, high), ceiling)
        wanted = np.flatnonzero(left[cells])
        return _Task(
            now=now,
            floor=floor,
            ceiling=ceiling,
            low=low,
            high=high,
            stays=~fixed & ~reached.outside[cells] & ((low > floor) | (high < ceiling)),
            cost=self.cost[cells] * np.where(piece.own, 1.0, share),
            wanted=wanted,
            up=(reached.least[cells] + self.far)[wanted],
            down=(reached.most[cells] - self.far)[wanted],
            price=price,
        )


def _held(task: _Task, which: Bools) -> _Task:
    """The same task with the cells ``which`` (k,) held inside what is published."""
    return replace(
        task,
        floor=np.where(which, np.maximum(task.floor, task.low), task.floor),
        ceiling=np.where(which, np.minimum(task.ceiling, task.high), task.ceiling),
        stays=task.stays & ~which,
    )


def at_once(piece: Piece, task: _Task, far: int, dearest: float) -> Ints:
    """The cells of ``piece``, a whole system, that are best withheld: one integer programme in
    which each wanted cell has a pair of tables of its own, which may hold fractions."""
    size, copies = len(task.now), 2 * len(task.wanted)
    model = Departure(
        csr_array(block_diag([piece.rows] * copies, format="csr")),
        np.zeros(copies * piece.rows.shape[0]),
        np.tile(task.floor, copies),
        np.tile(task.ceiling, copies),
    )
    at = np.flatnonzero(task.stays)
    shift = size * np.arange(copies)[:, None]
    switch = model.unless(at + shift, task.low[at], task.high[at], task.cost[at])
    pair = task.wanted + size * np.arange(copies).reshape(2, -1)
    model.apart(pair[0], pair[1], far, np.full(len(task.wanted), dearest))
    chosen = model.chosen({"mip_rel_gap": GAP, "mip_max_nodes": NODES}, switch)
    return at[chosen]


def exactly(piece: Piece, task: _Task, nodes: int) -> Ints:
    """(k,) the best move, by an integer programme that starts from the present table."""
    model = Departure(piece.rows, piece.rows @ task.now, task.floor, task.ceiling)
    at = np.flatnonzero(task.stays)
    switch = model.unless(at, task.low[at], task.high[at], task.cost[at])
    price = np.full(len(task.wanted), task.price)
    lower, short = model.away(task.wanted, task.up, task.down, price)
    start = np.zeros(model.columns)
    start[: len(task.now)] = task.now
    start[switch] = (task.now[at] < task.low[at]) | (task.now[at] > task.high[at])
    mine = task.now[task.wanted]
    start[lower] = mine - task.down < task.up - mine
    start[short] = task.short(task.now)
    found = model.whole({"mip_rel_gap": GAP, "mip_max_nodes": nodes}, start)
    return found[: len(task.now)]


def roughly(piece: Piece, task: _Task) -> Ints:
    """(k,) a good move of a large piece, by linear programmes that are mostly whole.

    Each step outside what is published costs. Solved again with the steps that it took made
    cheaper, and all others dearer, it takes few long steps instead of many short ones (reweighted
    l1: Candes, Wakin and Boyd, 2008). Each wanted cell goes the way that it went before.
    """
    size = len(task.now)
    model = Departure(piece.rows, piece.rows @ task.now, task.floor, task.ceiling)
    at = np.flatnonzero(task.stays)
    room = np.minimum(task.high, 2 * REACH_TOTAL)[task.wanted] - task.up
    up = room >= task.down - task.low[task.wanted]
    steps = model.settle(at, task.low[at], task.high[at], task.cost[at])
    price = np.full(len(task.wanted), task.price)
    aims = model.push(task.wanted, np.where(up, task.up, task.down), up, price)
    for _ in range(_REWEIGHTED):
        moved = model.relaxed()[:size]
        step = np.maximum(np.maximum(task.low - moved, moved - task.high), 0.0)[at]
        model.reweigh(steps.ravel(), np.tile(task.cost[at] / (step + 0.5), 2))
        mine = moved[task.wanted]
        up = np.where(np.abs(mine) > 0.5, task.up - mine <= mine - task.down, up)
        model.turn(aims, np.where(up, task.up, task.down), up)
    moved = model.relaxed()[:size]
    found = np.rint(moved).astype(np.int64)
    if np.abs(moved - found).max(initial=0.0) > _STEP:
        found = model.whole({"mip_rel_gap": GAP, "mip_max_nodes": LARGE_NODES})[:size]
    return found if task.value(found) <= task.value(task.now) else task.now


def rows_of(system: System) -> csr_array:
    """(m, n) the equations: parts minus total."""
    equations = len(system.total)
    each = np.repeat(np.arange(equations), system.sizes)
    index = (np.append(each, np.arange(equations)), np.append(system.parts, system.total))
    sign = np.append(np.ones(len(each), dtype=np.int64), np.full(equations, -1))
    return csr_array((sign, index), (equations, len(system)))


def pieces_of(system: System, matrix: csr_array, block: Ints) -> list[Piece]:
    """The pieces of a system: one for each block, in order, and one for those shared cells that
    are not the total of anything in a block.

    With a piece go the shared cells that it is a part of, and whatever free shared cells must move
    with those, such as the ages of a year that the months are not split by.
    """
    each = np.repeat(np.arange(len(system.total)), system.sizes)
    columns = matrix.tocsc()
    shared = block < 0
    loose = shared.copy()
    loose[system.total[each[~shared[system.parts]]]] = False
    pieces = []
    owned = [block == number for number in np.unique(block[~shared])]
    for mine in [*owned, loose] if loose.any() else owned:
        inside, known = mine.copy(), np.zeros(len(system), dtype=bool)
        while not np.array_equal(inside, known):
            known = inside.copy()
            above = system.total[each[inside[system.parts]]]
            inside[above] |= shared[above]
            below = system.parts[inside[system.total][each]]
            inside[below] |= loose[below]
        chosen = np.flatnonzero(inside)
        rows = columns[:, chosen].tocsr()
        rows = rows[np.flatnonzero(np.diff(rows.indptr))]
        pieces.append(Piece(chosen, mine[chosen], rows))
    return pieces
