"""The steps: which part of the attributor may differ, one at a time.

A step is data: the parts that must agree make a key, and two attributors with the same key that
are not the same are candidates. How common such agreement is by chance is worked out from the
attributors at hand (`chance`), never assumed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sharewell.linkage.calendar import day_of, days_in, parts_of
from sharewell.linkage.records import DAY_SPAN, ORIGIN, Ints

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Nodes:
    """Distinct attributors, sorted by `packed`, and their parts; all arrays of one length."""

    packed: Ints
    first: Ints
    last: Ints
    sex: Ints
    born: Ints
    year: Ints
    month: Ints
    day: Ints

    def __len__(self) -> int:
        return len(self.packed)


def make_nodes(packed: Ints) -> Nodes:
    """The parts of distinct packed attributors."""
    group, day = np.divmod(packed, DAY_SPAN)
    initials, sex = np.divmod(group, 3)
    first, last = np.divmod(initials, 26)
    born = day + ORIGIN
    return Nodes(packed, first, last, sex, born, *parts_of(born))


@dataclass(frozen=True)
class Marginals:
    """How common each part is among weighted nodes.

    ``initials[f, l, s]``: nodes with these initials and sex. ``day_share``: by year of birth
    from 1900, the share of nodes on one day of that year. ``heaped``: days with shares of their
    own, and ``heap_share``: how much more than the others of their year these have. ``own``: the
    weight of the node that asks, which does not count among the others.
    """

    initials: Floats
    day_share: Floats
    heaped: Ints
    heap_share: Floats
    own: float

    def in_year(self, nodes: Nodes) -> Floats:
        """For each node, the share of nodes born on a usual day of its year."""
        share: Floats = self.day_share[nodes.year - 1900]
        return share

    def on_day(self, nodes: Nodes, born: Ints | None = None) -> Floats:
        """For each node, the share of nodes born on its day, or on another of the same year."""
        share = self.in_year(nodes).copy()
        for day, more in zip(self.heaped.tolist(), self.heap_share.tolist(), strict=True):
            share[(nodes.born if born is None else born) == day] += more
        return share

    def near(self, nodes: Nodes, usual: Floats, *agree: str) -> Floats:
        """The share of nodes on other days that agree in these parts, given the usual one."""
        share = usual.copy()
        heaps = make_nodes(self.heaped - ORIGIN)
        for number, more in enumerate(self.heap_share.tolist()):
            alike = nodes.born != self.heaped[number]
            for part in agree:
                alike &= getattr(nodes, part) == getattr(heaps, part)[number]
            share[alike] += more
        return share


def marginals(nodes: Nodes, weight: Floats, own: float, heaped: Ints) -> Marginals:
    """The frequencies of the nodes' parts, with initials and date of birth taken as unrelated."""
    initials = np.zeros((26, 26, 3))
    np.add.at(initials, (nodes.first, nodes.last, nodes.sex), weight)
    total = max(float(weight.sum()), 1e-12)
    on_heap = np.isin(nodes.born, heaped)
    heap = (
        np.bincount(np.searchsorted(heaped, nodes.born[on_heap]), weight[on_heap], len(heaped))
        / total
    )
    by_year = np.bincount(nodes.year - 1900, weights=weight * ~on_heap, minlength=300)
    day_share = by_year / total / 365.25
    usual = day_share[parts_of(heaped)[0] - 1900]
    return Marginals(initials, day_share, heaped, np.maximum(heap - usual, 0), own)


@dataclass(frozen=True)
class Step:
    """One part that may differ.

    ``keys`` gives the keys of two sides: nodes are candidates when the left key of one is the
    right key of the other (for most steps both sides are the same). ``expected`` gives, for each
    node, how many other nodes stand in this relation to it by chance. ``words`` says what
    differs.
    """

    name: str
    words: str
    keys: Callable[[Nodes], tuple[Ints, Ints]]
    expected: Callable[[Nodes, Marginals], Floats]


def pairs(step: Step, nodes: Nodes, most: int = 4_000_000) -> Iterator[tuple[Ints, Ints]]:
    """Candidates of a step as two arrays of node numbers, in blocks of about ``most``.

    Every unordered pair comes once.
    """
    left, right = step.keys(nodes)
    if left is right:
        yield from _within(left, most)
    else:
        yield from _across(left, right)


def _within(key: Ints, most: int) -> Iterator[tuple[Ints, Ints]]:
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    at = np.arange(len(key) - 1)
    lag = 1
    held: list[tuple[Ints, Ints]] = []
    size = 0
    while len(at):
        at = at[at + lag < len(key)]
        at = at[ordered[at] == ordered[at + lag]]
        held.append((order[at], order[at + lag]))
        size += len(at)
        lag += 1
        if size > most:
            yield _joined(held)
            held, size = [], 0
    yield _joined(held)


def _across(left: Ints, right: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Where each left key occurs as a right key: keys are distinct within a side."""
    order = np.argsort(right, kind="stable")
    place = np.searchsorted(right[order], left)
    found = np.minimum(place, len(right) - 1)
    mine = np.arange(len(left))
    other = order[found]
    good = (right[other] == left) & (mine < other)
    yield mine[good], other[good]


def _joined(held: list[tuple[Ints, Ints]]) -> tuple[Ints, Ints]:
    if not held:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return np.concatenate([a for a, _ in held]), np.concatenate([b for _, b in held])


def _key(*parts: tuple[Ints, int]) -> Ints:
    key = np.zeros(len(parts[0][0]), np.int64)
    for values, size in parts:
        key = key * size + values
    return key


def _same(key: Ints) -> tuple[Ints, Ints]:
    return key, key


def _first(n: Nodes) -> tuple[Ints, int]:
    return n.first, 26


def _last(n: Nodes) -> tuple[Ints, int]:
    return n.last, 26


def _sex(n: Nodes) -> tuple[Ints, int]:
    return n.sex, 3


def _born(n: Nodes) -> tuple[Ints, int]:
    return n.born - ORIGIN, DAY_SPAN


def _year(n: Nodes) -> tuple[Ints, int]:
    return n.year, 4096


def _month(n: Nodes) -> tuple[Ints, int]:
    return n.month, 16


def _day(n: Nodes) -> tuple[Ints, int]:
    return n.day, 32


def _swapped_initials(n: Nodes) -> tuple[Ints, Ints]:
    # A node with two equal initials is its own swap, and pairs with nobody.
    mirrored = _key(_last(n), _first(n), _sex(n), _born(n))
    return np.where(n.first == n.last, -1, mirrored), n.packed


def _swapped_day_month(n: Nodes) -> tuple[Ints, Ints]:
    born = _mirrored(n)
    mirrored = _key(_first(n), _last(n), _sex(n), (born - ORIGIN, DAY_SPAN))
    return np.where(born == n.born, -1, mirrored), n.packed


def _mirrored(n: Nodes) -> Ints:
    """The day with day and month swapped, or the same day where that is none or no other."""
    able = n.day <= 12
    return np.where(able, day_of(n.year, np.where(able, n.day, 1), n.month), n.born)


def _able(n: Nodes, step: Callable[[Nodes], tuple[Ints, Ints]]) -> Floats:
    return (step(n)[0] >= 0).astype(float)


def _group(n: Nodes, m: Marginals) -> Floats:
    """Nodes with the node's initials and sex."""
    return m.initials[n.first, n.last, n.sex]


_OTHER_MONTHS = np.array([11.0] * 29 + [10.25, 10.0, 6.0])
"""By day of the month, the other months that have that day."""

STEPS: tuple[Step, ...] = (
    Step(
        "sex",
        "sex differs",
        lambda n: _same(_key(_first(n), _last(n), _born(n))),
        lambda n, m: (m.initials.sum(2)[n.first, n.last] - _group(n, m)) * m.on_day(n),
    ),
    Step(
        "swapped initials",
        "the initials are swapped",
        _swapped_initials,
        lambda n, m: m.initials[n.last, n.first, n.sex] * m.on_day(n) * _able(n, _swapped_initials),
    ),
    Step(
        "swapped day and month",
        "day and month of birth are swapped",
        _swapped_day_month,
        lambda n, m: (
            (_group(n, m) - m.own) * m.on_day(n, _mirrored(n)) * _able(n, _swapped_day_month)
        ),
    ),
    Step(
        "last initial",
        "the last initial differs",
        lambda n: _same(_key(_first(n), _sex(n), _born(n))),
        lambda n, m: (m.initials.sum(1)[n.first, n.sex] - _group(n, m)) * m.on_day(n),
    ),
    Step(
        "first initial",
        "the first initial differs",
        lambda n: _same(_key(_last(n), _sex(n), _born(n))),
        lambda n, m: (m.initials.sum(0)[n.last, n.sex] - _group(n, m)) * m.on_day(n),
    ),
    Step(
        "day of birth",
        "the day of birth differs",
        lambda n: _same(_key(_first(n), _last(n), _sex(n), _year(n), _month(n))),
        lambda n, m: (
            (_group(n, m) - m.own)
            * m.near(n, m.in_year(n) * (days_in(n.year, n.month) - 1), "year", "month")
        ),
    ),
    Step(
        "month of birth",
        "the month of birth differs",
        lambda n: _same(_key(_first(n), _last(n), _sex(n), _year(n), _day(n))),
        lambda n, m: (
            (_group(n, m) - m.own) * m.near(n, m.in_year(n) * _OTHER_MONTHS[n.day], "year", "day")
        ),
    ),
    Step(
        "year of birth",
        "the year of birth differs",
        lambda n: _same(_key(_first(n), _last(n), _sex(n), _month(n), _day(n))),
        lambda n, m: (
            (_group(n, m) - m.own) * m.near(n, m.day_share.sum() - m.in_year(n), "month", "day")
        ),
    ),
)
"""In the order in which they are tried: the surest first."""
