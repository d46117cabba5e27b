"""Independent oracles for attack and repair: published tables, and what they give away.

Nothing here uses the attacker's own arrays of equations. A table is atoms, and every published
cell a set of atoms; what a printed cell allows is found by printing every count there is. So a
slip in bounds, equations or solving cannot hide in both.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, diags_array, hstack, vstack

from sharewell.disclosure.system import UNBOUNDED, System, make_system

GREATEST = 400  # no count of these tables comes near it: as far as tables are listed


@dataclass(frozen=True)
class Printing:
    """What a rule prints: small counts starred, 0 as 0 or starred too, the rest to a base."""

    threshold: int
    base: int
    zero_shown: bool = True
    national_exact: bool = True

    def printed(self, count: int) -> str:
        if count == 0 and self.zero_shown:
            return "0"
        if count <= self.threshold:
            return "*"
        return str(self.base * int(count / self.base + 0.5))

    def allows(self, count: int) -> tuple[int, int]:
        """The least and greatest count that print the same."""
        said = self.printed(count)
        same = [n for n, each in enumerate(_every_count(self)) if each == said]
        return same[0], same[-1]


@cache
def _every_count(printing: Printing) -> list[str]:
    return [printing.printed(n) for n in range(GREATEST)]


HES = Printing(threshold=7, base=5)


@dataclass(frozen=True)
class Case:
    """A published table: n cells over a atoms.

    ``member`` (n, a) says which atoms make up each cell; ``truth`` (n,) the counts; ``low`` and
    ``high`` (n,) what is printed allows (UNBOUNDED where nothing is said); ``protected`` (n,)
    which are starred; ``sums`` which cell is the sum of which.
    """

    member: np.ndarray
    truth: np.ndarray
    low: np.ndarray
    high: np.ndarray
    protected: np.ndarray
    sums: tuple[tuple[int, tuple[int, ...]], ...]

    def system(self) -> System:
        blocks = [(np.array([total]), np.array([parts])) for total, parts in self.sums]
        return make_system(self.low, self.high, self.protected, blocks)

    def hiding(self, cells: np.ndarray) -> Case:
        """The same with nothing said of ``cells``."""
        low, high = self.low.copy(), self.high.copy()
        low[cells], high[cells] = 0, UNBOUNDED
        return Case(self.member, self.truth, low, high, self.protected, self.sums)


Levels = list[list[tuple[str, ...]]]


def axis(parts: int, groups: int) -> list[frozenset[int]]:
    """The categories of one breakdown as sets of its finest ones: all, groups if any, each."""
    every = [frozenset(range(parts))] if parts > 1 else []
    edges = np.array_split(np.arange(parts), groups) if groups > 1 else []
    middle = [frozenset(map(int, part)) for part in edges if 1 < len(part) < parts]
    return [*every, *middle, *(frozenset([n]) for n in range(parts))]


def published(
    atoms: np.ndarray,
    axes: list[list[frozenset[int]]],
    printing: Printing,
    hidden: np.ndarray | None = None,
) -> Case:
    """The table of ``atoms`` (one dimension a breakdown) with every margin, as printed.

    The whole of the first breakdown is national. ``hidden`` (n,) marks cells of which nothing
    is said.
    """
    place = np.arange(atoms.size).reshape(atoms.shape)
    keys = list(product(*axes))
    member = np.zeros((len(keys), atoms.size), dtype=np.int64)
    for row, key in enumerate(keys):
        member[row, place[np.ix_(*(sorted(part) for part in key))].ravel()] = 1
    truth = member @ atoms.ravel()
    low, high = np.zeros(len(keys), np.int64), np.zeros(len(keys), np.int64)
    protected = np.zeros(len(keys), dtype=bool)
    for row, key in enumerate(keys):
        national = printing.national_exact and len(key[0]) == atoms.shape[0] > 1
        count = int(truth[row])
        if hidden is not None and hidden[row]:
            low[row], high[row] = 0, UNBOUNDED
        elif national:
            low[row] = high[row] = count
        else:
            low[row], high[row] = printing.allows(count)
        protected[row] = printing.printed(count) == "*" and not national
    return Case(member, truth, low, high, protected, tuple(_sums(keys, axes)))


def _sums(
    keys: list[tuple[frozenset[int], ...]], axes: list[list[frozenset[int]]]
) -> list[tuple[int, tuple[int, ...]]]:
    """Each cell as the sum of the next finer ones along each breakdown, found by set."""
    at = {key: row for row, key in enumerate(keys)}
    found = []
    for key, row in at.items():
        for dimension, whole in enumerate(key):
            inside = [part for part in axes[dimension] if part < whole]
            finer = [p for p in inside if not any(p < other for other in inside)]
            if len(finer) < 2:
                continue
            assert frozenset().union(*finer) == whole
            parts = tuple(at[(*key[:dimension], p, *key[dimension + 1 :])] for p in finer)
            found.append((row, parts))
    return found


def random_case(chance: np.random.Generator, shapes: list[tuple[int, ...]], mean: float) -> Case:
    """A random published table: shape, hierarchy, rule and what is hidden all by chance."""
    shape = shapes[int(chance.integers(len(shapes)))]
    axes = [axis(n, int(chance.integers(1, 3)) if n > 3 else 1) for n in shape]
    rule = HES
    if chance.random() < 0.5:
        base = int(chance.choice([1, 3, 5, 10]))
        least = base // 2 if base > 1 else 1
        threshold = int(chance.integers(max(least, 1), 10))
        rule = Printing(threshold, base, zero_shown=bool(chance.random() < 0.7))
    rule = Printing(rule.threshold, rule.base, rule.zero_shown, bool(chance.random() < 0.6))
    rates = mean * chance.gamma(1.0, 1.0, shape)
    cells = int(np.prod([len(each) for each in axes]))
    hidden = chance.random(cells) < (0.15 if chance.random() < 0.3 else 0.0)
    return published(chance.poisson(rates), axes, rule, hidden)


class TooManyError(Exception):
    """More tables fit than are worth listing."""


def every_table(case: Case, most: int = 60_000) -> np.ndarray:
    """All tables of whole numbers that fit what is printed: (tables, n).

    Lists atom by atom every count from 0 up, and drops at once what can no longer fit.
    """
    # Two bytes hold every sum of so small a table, and eight would only be slower to go through.
    low, high = case.low.astype(np.int16), np.minimum(case.high, GREATEST).astype(np.int16)
    member = case.member.astype(np.int16)
    assert GREATEST * (member.shape[1] + 1) < np.iinfo(np.int16).max
    alone = [np.flatnonzero(member[:, a]) for a in range(member.shape[1])]
    top = np.array([high[cells].min() for cells in alone])
    sums = np.zeros((1, len(low)), dtype=np.int16)
    for atom in range(member.shape[1]):
        counts = np.arange(top[atom] + 1, dtype=np.int16)
        if len(sums) * len(counts) > 40 * most:
            raise TooManyError
        wide = sums[:, None, :] + counts[None, :, None] * member[:, atom]
        sums = wide.reshape(-1, len(low))
        still = member[:, atom + 1 :] @ top[atom + 1 :]
        sums = sums[((sums <= high) & (sums + still >= low)).all(axis=1)]
        if len(sums) > most:
            raise TooManyError
    return sums.astype(np.int64)


def by_milp(case: Case, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The exact least and greatest count of ``cells``: one plain integer programme for each,
    over the atoms alone."""
    size = case.member.shape[1]
    high = np.where(case.high >= UNBOUNDED, np.inf, case.high)
    fits = LinearConstraint(case.member, case.low, high)
    found = []
    for sign in (1.0, -1.0):
        values = []
        for cell in cells:
            done = milp(
                sign * case.member[cell],
                constraints=fits,
                integrality=np.ones(size),
                bounds=Bounds(0, np.inf),
                options={"mip_rel_gap": 0.0},
            )
            assert done.success, done.message
            values.append(round(sign * done.fun))
        found.append(np.array(values, dtype=np.int64))
    return found[0], found[1]


def fits(case: Case, table: np.ndarray) -> bool:
    """Whether a whole table satisfies everything printed: plain Python, one cell at a time."""
    counts = [int(n) for n in table]
    bounds = zip(case.low.tolist(), counts, case.high.tolist(), strict=True)
    return all(low <= n <= high for low, n, high in bounds) and all(
        counts[total] == sum(counts[part] for part in parts) for total, parts in case.sums
    )


@dataclass(frozen=True)
class Optimum:
    """What the cheapest repair costs: at least ``bound``, and ``cost`` where that was found."""

    bound: float
    cost: float
    withheld: np.ndarray


def best_repair(
    case: Case, narrow: np.ndarray, cost: np.ndarray, width: int = 3, seconds: float = 20.0
) -> Optimum:
    """The cheapest cells to withhold so that each of ``narrow`` has ``width`` counts.

    One plain integer programme: a choice for every cell, and for every narrow cell two tables of
    its own, free of the truth and of each other, that fit what stays published and differ in
    that cell by ``width - 1``. The tables may hold fractions, so its answer is a bound from
    below; where an attack on it finds nothing it is the optimum.
    """
    n, a = case.member.shape
    cells = np.flatnonzero(narrow)
    most = 2 * int(case.truth.max()) + 20
    top = np.where(case.high >= UNBOUNDED, most, np.minimum(case.high, most))
    member = csr_array(case.member)
    rows, low, high = [], [], []
    copies = 2 * len(cells)
    for number in range(copies):
        before, after = csr_array((n, number * a)), csr_array((n, (copies - 1 - number) * a))
        rows.append(hstack([diags_array(case.low.astype(float)), before, member, after]))
        low.append(case.low)
        high.append(np.full(n, np.inf))
        rows.append(hstack([-diags_array(np.full(n, float(most))), before, member, after]))
        low.append(np.full(n, -np.inf))
        high.append(top)
    for number, cell in enumerate(cells):
        row = np.zeros(n + copies * a)
        row[n + 2 * number * a :][:a] = -case.member[cell]
        row[n + (2 * number + 1) * a :][:a] = case.member[cell]
        rows.append(csr_array(row[None, :]))
        low.append(np.array([width - 1]))
        high.append(np.array([np.inf]))
    size = n + copies * a
    done = milp(
        np.concatenate([cost, np.zeros(copies * a)]),
        constraints=LinearConstraint(
            vstack(rows, format="csc"), np.concatenate(low), np.concatenate(high)
        ),
        integrality=np.concatenate([np.ones(n), np.zeros(copies * a)]),
        bounds=Bounds(0, np.concatenate([np.ones(n), np.full(size - n, np.inf)])),
        options={"time_limit": seconds},
    )
    withheld = done.x[:n] > 0.5 if done.x is not None else np.ones(n, dtype=bool)
    return Optimum(float(done.mip_dual_bound), float(cost @ withheld), withheld)
