"""One component of a system: the exact bounds of its protected cells, with witnesses.

A component whose cells come in pieces that few sums tie together, such as months under a year's
totals, is too slow to solve as a whole. So a table is moved piece by piece, the others standing
still: what is reached so is reached. And what a piece cannot reach even when nothing ties it to
the others cannot be reached at all. Only where the two do not meet is the whole component solved.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from sharewell.disclosure.solver import (
    TOLERANCE,
    Floats,
    Forms,
    NoAnswerError,
    Programme,
    forms_of,
    nearest,
)
from sharewell.disclosure.system import UNBOUNDED, Bools, Ints, System

PATIENCE = 2
"""Shared tables in a row that may bring little before cells are settled one by one."""

WORTH = 20
"""A shared table brings little when it reaches less than one in this many of the open bounds."""

_NUDGE = 0.02  # the most that other wishes may move a bound that a linear programme finds
_SEED = 20180901  # any fixed number: the same input gives the same witnesses
_AIMS = 3  # shared tables that try to reach one cell's bound before an integer programme does
_ROUNDS = 12  # rounds over the pieces to find a first table


@dataclass
class Settled:
    """What is known of one component: k cells, with tables that reach their bounds."""

    low: Ints
    high: Ints
    at_low: Ints
    at_high: Ints
    tables: list[Ints] = field(default_factory=list)

    def note(self, table: Ints) -> int:
        """Keep a table if it reaches a bound that none did before; how many it does."""
        news_low = (table == self.low) & (self.at_low < 0)
        news_high = (table == self.high) & (self.at_high < 0)
        news = int(news_low.sum() + news_high.sum())
        if self.tables and not news:
            return 0
        self.at_low[news_low] = self.at_high[news_high] = len(self.tables)
        self.tables.append(table)
        return news

    def tighten(self, cell: int, bound: int, *, up: bool) -> bool:
        """A tighter outer bound for one cell; whether some table reaches it already."""
        (self.high if up else self.low)[cell] = bound
        at = self.at_high if up else self.at_low
        for number, table in enumerate(self.tables):
            if table[cell] == bound:
                at[cell] = number
                break
        return bool(at[cell] >= 0)

    def open_sides(self, protected: Bools) -> list[tuple[int, bool]]:
        """(cell, up) of each bound of a protected cell that no table reaches yet."""
        ups = [(int(cell), True) for cell in np.flatnonzero(protected & (self.at_high < 0))]
        return ups + [(int(cell), False) for cell in np.flatnonzero(protected & (self.at_low < 0))]


@dataclass(frozen=True)
class _Piece:
    """Some atoms of a component: ``rows`` number the cells and then extra equations that they
    stand in, ``matrix`` says how, and ``own`` marks those that no other piece stands in."""

    atoms: Ints
    rows: Ints
    matrix: csr_array
    own: Bools
    programme: Programme


def settle(system: System, cells: Ints, block: Ints | None, known: Ints | None) -> Settled:
    """The exact bounds of the protected cells among ``cells`` (k,), a component of ``system``.

    ``block`` and ``known`` (k,) as for `attacker.bounds`. Raises NoAnswerError when nothing fits.
    """
    component = _Component(system, cells, block)
    settled = component.settled
    component.begin(known)
    component.share()
    if settled.open_sides(component.protected):
        for cell, up in settled.open_sides(component.protected):
            if (settled.at_high if up else settled.at_low)[cell] < 0:
                component.tighten(cell, up=up)
        component.share()
        for cell, up in settled.open_sides(component.protected):
            if (settled.at_high if up else settled.at_low)[cell] < 0:
                component.single(cell, up=up)
    settled.high = np.where(settled.high > component.limit, UNBOUNDED, settled.high)
    return settled


class _Component:
    """Cells ``counts = forms.matrix @ atoms + forms.constant``, their ranges, and a table."""

    def __init__(self, system: System, cells: Ints, block: Ints | None) -> None:
        self.forms: Forms = forms_of(system, cells)
        self.protected = system.protected[cells]
        low, high = system.low[cells], system.high[cells]
        # A cell that nothing limits is looked at far above anything that has a limit.
        finite = high[high < UNBOUNDED]
        self.limit = int(min(max(1_000, finite.sum()), 1_000_000))
        self.limit = max(self.limit, int(finite.max(initial=0)), int(low.max(initial=0)))
        high = np.where(high < UNBOUNDED, high, 10 * self.limit)
        nobody = np.full(len(cells), -1, dtype=np.int64)
        self.settled = Settled(low.copy(), high, nobody, nobody.copy())
        self.fixed_low, self.fixed_high = low, high.copy()
        self.stack = csr_array(_stacked(self.forms))
        self.shift = np.concatenate([self.forms.constant, self.forms.extra_constant])
        label = np.zeros(len(cells), dtype=np.int64) if block is None else block
        self.pieces = self._pieces(label[self.forms.atoms])
        self.chance = np.random.default_rng(_SEED)
        self.atoms = np.zeros(len(self.forms.atoms), dtype=np.int64)
        self.begun = False

    def _pieces(self, label: Ints) -> list[_Piece]:
        pieces = []
        column = self.stack.tocsc()
        total = np.diff(self.stack.indptr)
        for number in np.unique(label):
            atoms = np.flatnonzero(label == number)
            matrix = column[:, atoms].tocsr()
            rows = np.flatnonzero(np.diff(matrix.indptr))
            matrix = matrix[rows]
            own = np.diff(matrix.indptr) == total[rows]
            pieces.append(_Piece(atoms, rows, matrix, own, Programme(matrix)))
        return pieces

    @cached_property
    def whole(self) -> Programme:
        """The component as one programme."""
        return self.pieces[0].programme if len(self.pieces) == 1 else Programme(self.stack)

    def ranges(self) -> tuple[Ints, Ints]:
        """(k + e,) what each cell and extra equation may be, beside the constants."""
        nothing = np.zeros(len(self.forms.extra_constant), dtype=np.int64)
        low = np.concatenate([self.settled.low, nothing]) - self.shift
        return low, np.concatenate([self.settled.high, nothing]) - self.shift

    def counts(self, atoms: Ints) -> Ints:
        """(k,) the cells of a table."""
        return np.asarray(self.forms.matrix @ atoms + self.forms.constant)

    def fits(self, atoms: Ints) -> bool:
        """Whether a table satisfies every published bound and equation. Exact, in integers."""
        counts = self.counts(atoms)
        left = self.forms.extra @ atoms + self.forms.extra_constant
        inside = (self.fixed_low <= counts) & (counts <= self.fixed_high)
        return bool(inside.all() and not left.any())

    def keep(self, atoms: Ints) -> int:
        """Makes a table the present one and notes it; how many bounds it reaches first."""
        if not self.fits(atoms):
            raise NoAnswerError("The solver's table does not satisfy what was published.")
        self.atoms = atoms
        return self.settled.note(self.counts(atoms))

    def begin(self, known: Ints | None) -> None:
        """A first table."""
        if known is not None:
            atoms = known[self.forms.atoms]
            if not self.fits(atoms) or not np.array_equal(self.counts(atoms), known):
                raise NoAnswerError("The known table does not satisfy what was published.")
        else:
            atoms = self._first()
        self.keep(atoms)

    def _first(self) -> Ints:
        low, high = self.ranges()
        if len(self.pieces) > 1:
            found = self._balanced(low, high)
            if found is not None:
                return found
        self.whole.ranges(low, high)
        for _ in range(_AIMS):
            _, atoms = self.whole.table(self.forms.matrix.T @ self.wish())
            if atoms is not None:
                return atoms
        return self.whole.whole_table(np.zeros(len(self.atoms)))

    def _balanced(self, low: Ints, high: Ints) -> Ints | None:
        """Piece by piece the table nearest to what ties the pieces, until all of it holds."""
        near_low = self.settled.low[self.forms.atoms]
        near_high = self.settled.high[self.forms.atoms]
        atoms = near_low + (near_high - near_low) // 4
        for _ in range(_ROUNDS):
            for piece in self.pieces:
                rest = (self.stack @ atoms)[piece.rows] - piece.matrix @ atoms[piece.atoms]
                rest = np.where(piece.own, 0, rest)
                atoms[piece.atoms] = nearest(
                    piece.matrix, low[piece.rows] - rest, high[piece.rows] - rest, ~piece.own
                )
            if self.fits(atoms):
                return atoms
        return None

    def wish(self) -> Floats:
        """(k,) by chance up or down for each bound that no table reaches yet."""
        up = self.protected & (self.settled.at_high < 0)
        down = self.protected & (self.settled.at_low < 0)
        coin = self.chance.choice([-1.0, 1.0], len(up))
        wish = np.where(up & down, coin, up.astype(float) - down)
        return np.asarray(wish * self.chance.uniform(0.5, 1.5, len(wish)))

    def share(self) -> None:
        """Tables that push many cells to their outer bounds at once."""
        idle = 0
        while idle < PATIENCE:
            left = len(self.settled.open_sides(self.protected))
            if not left:
                return
            found = self.sweep(self.wish())
            idle = 0 if found * WORTH >= left else idle + 1

    def sweep(self, weight: Floats) -> int:
        """Moves the table towards ``weight`` (k,), piece by piece; how many bounds it reaches."""
        low, high = self.ranges()
        weight = weight + self.chance.normal(0, 1e-3, len(weight))
        weight = np.concatenate([weight, np.zeros(len(self.forms.extra_constant))])
        atoms = self.atoms.copy()
        sums = self.stack @ atoms
        order = self.chance.permutation(len(self.pieces))
        for piece in (self.pieces[number] for number in order):
            mine = atoms[piece.atoms]
            rest = sums[piece.rows] - piece.matrix @ mine
            piece.programme.ranges(low[piece.rows] - rest, high[piece.rows] - rest)
            _, better = piece.programme.table(piece.matrix.T @ weight[piece.rows])
            if better is not None:
                atoms[piece.atoms] = better
                sums[piece.rows] += piece.matrix @ (better - mine)
        return self.keep(atoms) if self.fits(atoms) else 0

    def tighten(self, cell: int, *, up: bool) -> None:
        """The outer bound of a cell by a linear programme: over its piece, nothing tying it.

        The other wishes weigh too little to move the cell by more than _NUDGE, and have the same
        table reach other bounds as well.
        """
        for piece in self.pieces:
            mine = np.flatnonzero(piece.rows == cell)
            if not len(mine) or not piece.own[mine[0]]:
                continue
            low, high = self.ranges()
            far = 2**50
            piece.programme.ranges(
                np.where(piece.own, low[piece.rows], -far),
                np.where(piece.own, high[piece.rows], far),
            )
            aim = piece.matrix[mine[0]].toarray().ravel() * (1 if up else -1)
            atoms, better = piece.programme.table(aim + self.nudge(piece, cell))
            self._outer(cell, float(aim @ atoms) + _NUDGE, up=up)
            if better is not None:
                whole = self.atoms.copy()
                whole[piece.atoms] = better
                if self.fits(whole):
                    self.keep(whole)

    def nudge(self, piece: _Piece, cell: int) -> Floats:
        """Weights of atoms that together cannot be worth more than _NUDGE."""
        wish = self.wish()
        wish[cell] = 0
        room = self.settled.high - self.settled.low
        wish *= _NUDGE / max(1.0, float(np.abs(wish) @ room))
        wish = np.concatenate([wish, np.zeros(len(self.forms.extra_constant))])
        return np.asarray(piece.matrix[piece.own].T @ wish[piece.rows[piece.own]])

    def _outer(self, cell: int, value: float, *, up: bool) -> bool:
        """Takes the greatest weighted count as an outer bound; whether some table reaches it."""
        constant = int(self.forms.constant[cell])
        if up:
            bound = int(np.floor(value + TOLERANCE)) + constant
            bound = min(bound, int(self.settled.high[cell]))
        else:
            bound = int(np.ceil(-value - TOLERANCE)) + constant
            bound = max(bound, int(self.settled.low[cell]))
        return self.settled.tighten(cell, bound, up=up)

    def single(self, cell: int, *, up: bool) -> None:
        """The exact bound of one cell, by a table of whole numbers that nothing exceeds."""
        at = self.settled.at_high if up else self.settled.at_low
        sign = 1.0 if up else -1.0
        for _ in range(_AIMS):
            wish = self.wish()
            wish[cell] = sign * 100
            self.sweep(wish)
            if at[cell] >= 0:
                return
        weight = self.forms.matrix[cell].toarray().ravel() * sign
        low, high = self.ranges()
        self.whole.ranges(low, high)
        relaxed, atoms = self.whole.table(weight)
        if self._outer(cell, float(weight @ relaxed), up=up):
            return
        if atoms is None:
            atoms = self.whole.whole_table(weight)
        self._outer(cell, float(weight @ atoms), up=up)
        self.keep(atoms)


def _stacked(forms: Forms) -> csr_array:
    from scipy.sparse import vstack

    return vstack([forms.matrix, forms.extra], format="csr")
