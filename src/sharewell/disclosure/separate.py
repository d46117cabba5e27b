"""Tables that tell cells apart: for as many protected cells as can be had quickly, two complete
tables that fit everything published and differ there by enough.

The publisher has one such table, the truth, and needs others beside it. One linear programme
pushes all cells that are not told apart yet away from the truth, each up or down by chance, and
rewards a cell only as far as it needs to go, so that no cell stands in the way of others for
nothing. Its answer is often in whole numbers; where it is not, chance turns another way. After a
few rounds next to nothing is left. What is left may or may not be safe: `attacker.bounds` decides.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array, diags_array, eye_array, hstack, vstack

from sharewell.disclosure.attacker import groups_of
from sharewell.disclosure.side_by_side import Tell, side_by_side
from sharewell.disclosure.solver import Forms, NoAnswerError, Programme, forms_of
from sharewell.disclosure.system import UNBOUNDED, Bools, Ints, System, components, propagate

ROUNDS = 30
"""Programmes at most for a component."""

PATIENCE = 5
"""Programmes in a row that may bring nothing before the rest of a component is given up."""

STEPS = 60_000
"""Steps of the simplex method at most for a programme. A count, and not a time, so that the same
input always gives the same answer."""

_AWAY = 1_000  # how far a cell may be pushed the wrong way while others are pushed
_FAR = 100_000  # how far a cell that nothing limits may be from the truth
_HEAVY, _HEAVY_SHARE = 20.0, 0.1
_SEED = 20241124


def told_apart(tables: Ints, width: int = 3) -> Bools:
    """(n,) whether ``tables`` (k, n) show at least ``width`` counts apart of each cell."""
    return np.asarray(tables.max(axis=0) - tables.min(axis=0) >= width - 1)


def separate(
    system: System,
    tables: Ints,
    wanted: Bools,
    *,
    width: int = 3,
    progress: Tell | None = None,
) -> Ints:
    """(k, n) tables that fit ``system`` and, with ``tables`` (q, n), tell ``wanted`` cells apart.

    The first of ``tables``, which fits, is where the search starts. Deterministic. Raises
    ContradictionError when what was published cannot all be true.
    """
    narrowed = propagate(system)
    wanted = wanted & ~told_apart(tables, width) & (narrowed.high - narrowed.low >= width - 1)
    groups = [cells for cells in groups_of(components(narrowed)) if wanted[cells].any()]

    def one(cells: Ints, tell: Tell) -> list[Ints]:
        return _component(narrowed, cells, tables[:, cells], wanted[cells], width, tell)

    found = side_by_side(one, groups, list(map(len, groups)), progress)
    whole = np.tile(tables[0], (max(map(len, found), default=0), 1))
    for cells, new in zip(groups, found, strict=True):
        for row, table in enumerate(new):
            whole[row, cells] = table
    return whole


def _component(
    system: System, cells: Ints, tables: Ints, wanted: Bools, width: int, tell: Tell
) -> list[Ints]:
    """New tables of one component's k cells."""
    chance = np.random.default_rng(_SEED)
    forms, truth = forms_of(system, cells), tables[0]
    low, high = (
        system.low[cells],
        np.where(system.high[cells] >= UNBOUNDED, truth + _FAR, system.high[cells]),
    )
    least, most = tables.min(axis=0), tables.max(axis=0)
    found: list[Ints] = []
    idle = 0
    for _ in range(ROUNDS):
        open_ = np.flatnonzero(wanted & (most - least < width - 1))
        tell(1 - len(open_) / max(int(wanted.sum()), 1))
        if not len(open_) or idle > PATIENCE:
            break
        up, down = most[open_] < high[open_], least[open_] > low[open_]
        sign = np.where(up & (~down | (chance.random(len(open_)) < 0.5)), 1, -1)
        weight = chance.uniform(0.5, 1.5, len(open_))
        weight *= np.where(chance.random(len(open_)) < _HEAVY_SHARE, _HEAVY, 1.0)
        table = _pushed(forms, truth, low, high, open_, sign, weight, width - 1, chance)
        idle += 1
        if table is not None:
            least, most = np.minimum(least, table), np.maximum(most, table)
            if int((wanted & (most - least < width - 1)).sum()) < len(open_):
                idle = 0
            found.append(table)
    return found


def _pushed(
    forms: Forms,
    truth: Ints,
    low: Ints,
    high: Ints,
    cells: Ints,
    sign: Ints,
    weight: np.ndarray,
    far: int,
    chance: np.random.Generator,
) -> Ints | None:
    """A table with each of ``cells`` (w,) up to ``far`` from the truth, on the side ``sign``
    says, as the weights have it; None where the best is not in whole numbers."""
    atoms, count = len(forms.atoms), len(cells)
    pushed = diags_array(sign, dtype=np.int64) @ forms.matrix[cells]
    nothing = csr_array((forms.matrix.shape[0] + forms.extra.shape[0], count))
    matrix = csr_array(
        vstack(
            [
                hstack([vstack([forms.matrix, forms.extra]), nothing]),
                hstack([pushed, -eye_array(count, dtype=np.int64)]),
                hstack([csr_array((count, atoms)), eye_array(count, dtype=np.int64)]),
            ],
            format="csr",
            dtype=np.int64,
        )
    )
    # A reward counts from `_AWAY` below nothing, for the programme knows no negative numbers.
    start = sign * (truth[cells] - forms.constant[cells]) - _AWAY
    shift = [forms.constant, forms.extra_constant]
    none, most = np.zeros(len(forms.extra_constant), dtype=np.int64), np.full(count, 2**40)
    programme = Programme(matrix, steps=STEPS)
    try:
        programme.ranges(
            np.concatenate([low - shift[0], none - shift[1], start, 0 * most]),
            np.concatenate([high - shift[0], none - shift[1], most, 0 * most + _AWAY + far]),
        )
        # A little of everything, so that the best table is one corner.
        little = chance.uniform(-1e-4, 1e-4, atoms)
        _, answer = programme.table(np.concatenate([little, weight]))
    except NoAnswerError:
        return None
    if answer is None:
        return None
    values = answer[:atoms]
    table = np.asarray(forms.matrix @ values + forms.constant)
    fits = (table >= low).all() and (table <= high).all()
    return table if fits and not (forms.extra @ values + forms.extra_constant).any() else None
