"""One component of a system: the exact bounds of its protected cells, with witnesses.

A large component, such as a year of months under its totals, is too slow to solve as a whole. So
a table is moved piece by piece, the other pieces standing still, with pieces cut anew each time
along one of the table's dimensions: what is reached so is reached. Where only an equation's own
neighbourhood is solved, with nothing tying it to the rest, what cannot be reached cannot be
reached at all. Only where the two do not meet is the whole component solved.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from scipy.sparse import csr_array, vstack

from sharewell.disclosure.settled import Settled
from sharewell.disclosure.side_by_side import Tell
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

Care = Literal["quick", "fair", "full"]
"""How far a large component is settled: all of it, or what shared tables reach soon, or sooner."""

PATIENCE = 2
"""Shared tables in a row that may bring little before cells are settled one by one."""

WORTH = 20
"""A shared table brings little when it reaches less than one in this many of the open bounds."""

LARGE, PIECE = 700, 200
"""A component with more free cells than this is moved in pieces of about so many free cells."""

_LARGE_PATIENCE, _LARGE_WORTH = 12, 200  # a table of pieces is cheap, the whole dear
_QUICK_PATIENCE, _QUICK_WORTH = 8, 50  # where not all need be settled
_AROUND = 400  # free cells of a piece around an open one
_CUTS = 2  # ways to cut along each dimension; each piece keeps its programme warm
_NUDGE = 0.02  # the most that other wishes may move a bound that a linear programme finds
_SEED = 20180901  # any fixed number: the same input gives the same witnesses
_AIMS = 3  # shared tables that try to reach one cell's bound before an integer programme does
_ROUNDS = 12  # rounds over the pieces to find a first table


@dataclass(frozen=True)
class _Piece:
    """Some atoms of a component: ``rows`` number the cells and then extra equations that they
    stand in, ``matrix`` says how, and ``own`` marks those that no other atom stands in."""

    atoms: Ints
    rows: Ints
    matrix: csr_array
    own: Bools
    programme: Programme


def settle(
    system: System,
    cells: Ints,
    axes: Ints,
    known: Ints,
    *,
    enough: int | None = None,
    care: Care = "full",
    progress: Tell = lambda _done: None,
) -> Settled:
    """The bounds of the protected cells among ``cells`` (k,), a component of ``system``.

    ``axes`` (k, d), ``known`` (q, k) and the others as for `attacker.bounds`. Raises
    NoAnswerError when nothing fits.
    """
    component = _Component(system, cells, axes, enough, care, progress)
    settled = component.settled
    component.begin(known)
    component.share(care)
    if not component.large:
        component.each(component.tighten)
        component.share()
    if care == "full" or not component.large:
        component.each(component.single)
    settled.high = np.where(settled.high > component.limit, UNBOUNDED, settled.high)
    return settled


class _Component:
    """Cells ``counts = forms.matrix @ atoms + forms.constant``, their ranges, and a table."""

    def __init__(
        self,
        system: System,
        cells: Ints,
        axes: Ints,
        enough: int | None,
        care: Care,
        progress: Tell,
    ) -> None:
        self.forms: Forms = forms_of(system, cells)
        self.protected = system.protected[cells]
        low, high = system.low[cells], system.high[cells]
        # A cell that nothing limits is looked at far above anything that has a limit.
        finite = high[high < UNBOUNDED]
        self.limit = int(min(max(1_000, finite.sum()), 1_000_000))
        self.limit = max(self.limit, int(finite.max(initial=0)), int(low.max(initial=0)))
        high = np.where(high < UNBOUNDED, high, 10 * self.limit)
        self.large = len(self.forms.atoms) > LARGE
        if enough is None or (care == "full" and not self.large):
            enough = UNBOUNDED
        self.settled, self.progress = Settled(low.copy(), high.copy(), enough), progress
        self.fixed_low, self.fixed_high = low, high
        self.stack = csr_array(vstack([self.forms.matrix, self.forms.extra]))
        self.columns = self.stack.tocsc()
        self.sizes = np.diff(self.stack.indptr)
        self.shift = np.concatenate([self.forms.constant, self.forms.extra_constant])
        self.cell_axes, self.axes = axes, axes[self.forms.atoms]
        self.chance = np.random.default_rng(_SEED)
        self.atoms = np.zeros(len(self.forms.atoms), dtype=np.int64)
        self.turn, self.most_open = 0, 0
        self.cuts: dict[int, list[_Piece]] = {}

    def piece(self, atoms: Ints) -> _Piece:
        """The piece of some atoms."""
        matrix = self.columns[:, atoms].tocsr()
        rows = np.flatnonzero(np.diff(matrix.indptr))
        matrix = matrix[rows]
        own = np.diff(matrix.indptr) == self.sizes[rows]
        return _Piece(atoms, rows, matrix, own, Programme(matrix))

    @cached_property
    def whole(self) -> _Piece:
        """The component as one piece."""
        return self.piece(np.arange(len(self.atoms)))

    def cut(self) -> list[_Piece]:
        """The component in pieces: categories of one dimension after another, dealt by chance."""
        if not self.large:
            return [self.whole]
        useful = [axis for axis in self.axes.T if len(np.unique(axis)) * PIECE * 2 > len(axis)]
        turn = self.turn % (_CUTS * max(1, len(useful)))
        self.turn += 1
        if turn not in self.cuts:
            self.cuts[turn] = self._pieces(useful, turn)
        return self.cuts[turn]

    def around(self) -> list[_Piece]:
        """Larger pieces around open cells that chance chooses, cut anew each time."""
        open_ = np.flatnonzero(self.protected & (self.settled.open_low | self.settled.open_high))
        count = max(1, len(self.atoms) // _AROUND)
        chosen = self.chance.choice(open_, min(count, len(open_)), replace=False)
        return [self.piece(self._near(int(cell), _AROUND)) for cell in chosen]

    def _pieces(self, useful: list[Ints], turn: int) -> list[_Piece]:
        count = max(2, len(self.atoms) // PIECE)
        if useful:
            axis = useful[turn % len(useful)]
        else:  # nothing is known of the dimensions: free cells that stand together
            axis = np.arange(len(self.atoms)) // (PIECE // 4)
            axis = axis if turn % 2 else np.arange(len(self.atoms)) % (4 * count)
        values, code = np.unique(axis, return_inverse=True)
        deal = self.chance.permutation(len(values)) % min(count, len(values))
        label = deal[code]
        return [self.piece(np.flatnonzero(label == number)) for number in np.unique(label)]

    def ranges(self) -> tuple[Ints, Ints]:
        """(k + e,) what each cell and extra equation may be, beside the constants."""
        nothing = np.zeros(len(self.forms.extra_constant), dtype=np.int64)
        low = np.concatenate([self.settled.low, nothing]) - self.shift
        return low, np.concatenate([self.settled.high, nothing]) - self.shift

    def capped(self) -> tuple[Ints, Ints]:
        """The same, but each open cell only as far as is enough, so that no cell takes the room
        that others need."""
        settled, low, high = self.settled, *self.ranges()
        count, far = len(settled.low), settled.enough - 1
        open_ = self.protected & ~settled.wide
        if far < UNBOUNDED - 1:
            shift = self.shift[:count]
            low[:count] = np.where(
                open_, np.maximum(low[:count], settled.most - far - shift), low[:count]
            )
            high[:count] = np.where(
                open_, np.minimum(high[:count], settled.least + far - shift), high[:count]
            )
        return low, high

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
        """Makes a table the present one and notes it; how many bounds it brings nearer."""
        if not self.fits(atoms):
            raise NoAnswerError("The solver's table does not satisfy what was published.")
        self.atoms = atoms
        return self.settled.note(self.counts(atoms), self.protected)

    def begin(self, known: Ints) -> None:
        """First tables."""
        for table in known:
            atoms = table[self.forms.atoms]
            if not self.fits(atoms) or not np.array_equal(self.counts(atoms), table):
                raise NoAnswerError("A known table does not satisfy what was published.")
            self.keep(atoms)
        if not len(known):
            self.keep(self._first())

    def _first(self) -> Ints:
        low, high = self.ranges()
        if self.large:
            found = self._balanced(low, high)
            if found is not None:
                return found
        programme = self.whole.programme
        programme.ranges(low[self.whole.rows], high[self.whole.rows])
        for _ in range(_AIMS):
            _, atoms = programme.table(self.forms.matrix.T @ self.wish())
            if atoms is not None:
                return atoms
        return programme.whole_table(np.zeros(len(self.atoms)))

    def _balanced(self, low: Ints, high: Ints) -> Ints | None:
        """Piece by piece the table nearest to what ties the pieces, until all of it holds."""
        near_low = self.settled.low[self.forms.atoms]
        near_high = self.settled.high[self.forms.atoms]
        atoms = near_low + (near_high - near_low) // 4
        for _ in range(_ROUNDS):
            for piece in self.cut():
                rest = (self.stack @ atoms)[piece.rows] - piece.matrix @ atoms[piece.atoms]
                rest = np.where(piece.own, 0, rest)
                atoms[piece.atoms] = nearest(
                    piece.matrix, low[piece.rows] - rest, high[piece.rows] - rest, ~piece.own
                )
            if self.fits(atoms):
                return atoms
        return None

    def wish(self) -> Floats:
        """(k,) by chance up or down for each bound that is open."""
        up = self.protected & self.settled.open_high
        down = self.protected & self.settled.open_low
        coin = self.chance.choice([-1.0, 1.0], len(up))
        wish = np.where(up & down, coin, up.astype(float) - down)
        wish *= self.chance.uniform(0.5, 1.5, len(wish))
        if self.large:  # all at once they stand in each other's way
            wish *= np.where(self.chance.random(len(wish)) < 0.1, 50, 1)
        return np.asarray(wish)

    def share(self, care: Care = "full") -> None:
        """Tables that push many cells to their outer bounds at once."""
        patience, worth = PATIENCE, WORTH
        if self.large:
            patience = _LARGE_PATIENCE if care == "full" else _QUICK_PATIENCE
            worth = _LARGE_WORTH if care == "full" else _QUICK_WORTH
        # Kept pieces are quick; when they bring no more, new ones around what is open do.
        for cut in (self.cut, self.around) if self.large and care != "quick" else (self.cut,):
            idle = 0
            while idle < patience:
                before = self.settled.open_count(self.protected)
                if not before:
                    return
                self.sweep(self.wish(), cut())
                left = self.tell()
                idle = 0 if (before - left) * worth >= before else idle + 1

    def tell(self) -> int:
        """Says how much is settled; how many bounds are open."""
        left = self.settled.open_count(self.protected)
        self.most_open = max(self.most_open, left)
        self.progress(1 - left / max(self.most_open, 1))
        return left

    def each(self, step: Callable[..., None]) -> None:
        """One step for every bound that is still open when its turn comes."""
        for cell, up in self.settled.open_sides(self.protected):
            if self.settled.is_open(cell, up=up):
                step(cell, up=up)
                self.tell()

    def sweep(self, weight: Floats, pieces: list[_Piece]) -> int:
        """Moves the table towards ``weight`` (k,), piece by piece; how many bounds it brings
        nearer."""
        low, high = self.capped()
        # A little of everything, so that the best table is one corner; tiny costs upset HiGHS.
        weight = weight + self.chance.choice([-0.01, 0.01], len(weight))
        weight = np.concatenate([weight, np.zeros(len(self.forms.extra_constant))])
        atoms, sums = self.atoms.copy(), self.stack @ self.atoms
        for piece in pieces:
            self._move(piece, atoms, sums, weight, low, high)
        return self.keep(atoms) if self.fits(atoms) else 0

    def _move(
        self, piece: _Piece, atoms: Ints, sums: Ints, weight: Floats, low: Ints, high: Ints
    ) -> None:
        """Moves one piece towards ``weight`` (k + e,), the rest standing still. In place, as are
        the ``sums`` (k + e,) that the atoms make."""
        rest = sums[piece.rows] - piece.matrix @ atoms[piece.atoms]
        piece.programme.ranges(low[piece.rows] - rest, high[piece.rows] - rest)
        _, better = piece.programme.table(piece.matrix.T @ weight[piece.rows])
        if better is not None:
            atoms[piece.atoms] = better
            sums[piece.rows] = rest + piece.matrix @ better

    def tighten(self, cell: int, *, up: bool) -> None:
        """The outer bound of a cell by a linear programme.

        The other wishes weigh too little to move the cell by more than _NUDGE, and have the same
        table reach other bounds as well.
        """
        low, high = self.ranges()
        self.whole.programme.ranges(low[self.whole.rows], high[self.whole.rows])
        aim = self.forms.matrix[[cell]].toarray().ravel() * (1 if up else -1)
        wish = self.wish()
        wish[cell] = 0
        room = self.settled.high - self.settled.low
        heavy = np.ceil(max(1.0, float(np.abs(wish) @ room)) / _NUDGE)
        atoms, better = self.whole.programme.table(heavy * aim + self.forms.matrix.T @ wish)
        self._outer(cell, float(aim @ atoms) + _NUDGE, up=up)
        if better is not None:
            self.keep(better)

    def _outer(self, cell: int, value: float, *, up: bool) -> None:
        """Takes the greatest weighted count as an outer bound."""
        constant = int(self.forms.constant[cell])
        if up:
            bound = int(np.floor(value + TOLERANCE)) + constant
            self.settled.high[cell] = min(bound, int(self.settled.high[cell]))
        else:
            bound = int(np.ceil(-value - TOLERANCE)) + constant
            self.settled.low[cell] = max(bound, int(self.settled.low[cell]))

    def single(self, cell: int, *, up: bool) -> None:
        """The exact bound of one cell, by a table of whole numbers that nothing exceeds."""
        sign = 1.0 if up else -1.0
        for size in (2 * PIECE, 5 * PIECE) if self.large else ():
            self._around(cell, size, up=up)
            if not self.settled.is_open(cell, up=up):
                return
        for _ in range(0 if self.large else _AIMS):
            wish = self.wish()
            wish[cell] = sign * 100
            self.sweep(wish, self.cut())
            if not self.settled.is_open(cell, up=up):
                return
        self._exactly(self.whole, cell, up=up)

    def _around(self, cell: int, size: int, *, up: bool) -> None:
        """The same over the free cells nearest to a cell alone: from inside, then from outside."""
        piece = self.piece(self._near(cell, size))
        if cell not in piece.rows:
            return
        self._exactly(piece, cell, up=up, tied=True)
        if self.settled.is_open(cell, up=up) and piece.own[np.flatnonzero(piece.rows == cell)[0]]:
            self._exactly(piece, cell, up=up, tied=False)

    def _near(self, cell: int, size: int) -> Ints:
        """Free cells that share categories with a cell, the rarest shared first."""
        inside = self.forms.matrix[[cell]].indices
        alike = self.axes == self.cell_axes[cell]
        score = alike @ np.log(len(alike) / np.maximum(1, alike.sum(axis=0)))
        score[inside] = np.inf
        order = np.argsort(-score, kind="stable")
        return np.sort(order[: max(size, len(inside))])

    def _exactly(self, piece: _Piece, cell: int, *, up: bool, tied: bool = True) -> None:
        """The extreme of a cell over a piece; the rest stands still, or (not ``tied``) is free."""
        low, high = self.ranges()
        if tied:
            rest = (self.stack @ self.atoms)[piece.rows] - piece.matrix @ self.atoms[piece.atoms]
            piece.programme.ranges(low[piece.rows] - rest, high[piece.rows] - rest)
        else:
            piece.programme.ranges(
                np.where(piece.own, low[piece.rows], -(2**50)),
                np.where(piece.own, high[piece.rows], 2**50),
            )
            rest = np.zeros(len(piece.rows), dtype=np.int64)
        at = int(np.flatnonzero(piece.rows == cell)[0])
        aim = piece.matrix[[at]].toarray().ravel() * (1.0 if up else -1.0)
        outer = not tied or piece is self.whole
        relaxed, better = piece.programme.table(aim)
        if outer:
            self._outer(cell, float(aim @ relaxed), up=up)
            if not self.settled.is_open(cell, up=up):
                return
        if better is None:
            better = piece.programme.whole_table(aim)
            if outer:
                self._outer(cell, float(aim @ better), up=up)
        atoms = self.atoms.copy()
        atoms[piece.atoms] = better
        if self.fits(atoms):
            self.keep(atoms)
