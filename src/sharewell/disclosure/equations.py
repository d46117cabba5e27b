"""From coordinates and ties to equations between cells, for all cells of a tie at once.

Coordinates are numbered, so a cell is one whole number, its key; the parts of a thousand totals
are found by adding a thousand differences to their keys and looking the results up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any, cast

import numpy as np

from sharewell.catalogue.breakdowns import TOTAL
from sharewell.disclosure.coordinates import (
    EDITION,
    MEASURE,
    TIME,
    Axis,
    Edition,
    owners_of,
)
from sharewell.disclosure.frame import Frame
from sharewell.disclosure.spans import years_of
from sharewell.disclosure.system import Bools, Ints
from sharewell.disclosure.ties import Tie

_ROUNDS = 6
"""How often a count that is printed nowhere may follow from others of its kind."""


@dataclass(frozen=True)
class Space:
    """The coordinates of n counts. ``axes`` number the values of each coordinate, ``strides`` (d,)
    make a key of them; ``keys`` (n,) are in order; ``codes`` (n, d) are the keys taken apart."""

    axes: tuple[Axis, ...]
    strides: Ints
    keys: Ints
    codes: Ints

    def place(self, name: str) -> int:
        """The column of ``codes`` that holds a coordinate."""
        return next(number for number, axis in enumerate(self.axes) if axis.id == name)

    def find(self, keys: Ints) -> Ints:
        """Which count each key is of; -1 where there is none. Same shape."""
        if not len(self.keys):
            return np.full(keys.shape, -1, dtype=np.int64)
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[at] == keys, at, -1)

    def holding(self, keys: Ints) -> Space:
        """The space of the counts with these keys, and no others."""
        keys = _distinct(keys)
        sizes = np.array([max(len(axis.values), 1) for axis in self.axes], dtype=np.int64)
        codes = (keys[:, None] // self.strides) % sizes
        return replace(self, keys=keys, codes=codes)


def space_of(axes: Mapping[str, Axis]) -> Space:
    """An empty space over ``axes``, to which no value may be added any more.

    Raises ValueError where the coordinates are too many to number.
    """
    sizes = [max(len(axis.values), 1) for axis in axes.values()]
    if prod(sizes) >= 2**63:
        raise ValueError(
            f"The tables have {prod(sizes):.1e} combinations of categories, more than can be "
            "numbered. Link fewer tables at a time."
        )
    strides = np.array([prod(sizes[n + 1 :]) for n in range(len(sizes))], dtype=np.int64)
    none = np.zeros(0, dtype=np.int64)
    return Space(tuple(axes.values()), strides, none, none.reshape(0, len(sizes)))


@dataclass
class Equations:
    """Equations as they are found: each a total, its parts, and the coordinate that ties them.

    Counts from ``named`` on are unnamed: ``rest_of`` says of which count each is the rest.
    """

    named: int
    total: list[Ints] = field(default_factory=list)
    parts: list[Ints] = field(default_factory=list)
    sizes: list[Ints] = field(default_factory=list)
    kind: list[Ints] = field(default_factory=list)
    rest_of: list[Ints] = field(default_factory=list)
    unnamed: int = 0

    def add(self, kind: int, total: Ints, parts: Ints) -> None:
        """total (k,) is the sum of parts (k, size), of which -1 stands for none."""
        there = parts >= 0
        self.total.append(total)
        self.parts.append(parts[there])
        self.sizes.append(there.sum(axis=1))
        self.kind.append(np.full(len(total), kind, dtype=np.int64))

    def rest(self, of: Ints) -> Ints:
        """New unnamed counts, one for each of ``of``."""
        numbers = np.arange(len(of), dtype=np.int64) + self.named + self.unnamed
        self.unnamed += len(of)
        self.rest_of.append(of)
        return numbers

    def add_with_rest(self, kind: int, total: Ints, parts: Ints) -> None:
        """As `add`, with a part that is not known: the total may hold more."""
        if len(total):
            self.add(kind, total, np.column_stack([parts, self.rest(total)]))


def equate(
    space: Space, ties: Sequence[Tie], frame: Frame, within: Sequence[Ints]
) -> tuple[Space, Equations]:
    """Every equation that the ties make between the counts of ``space``.

    ``within`` gives, for each table, the keys that stand in it. A total whose parts are all there
    but one gives that one a name and coordinates, so that it can stand in other equations too; so
    does a count between tables (see `_Work.between`). The space returned holds these as well.
    """
    by_axis = [[tie for tie in ties if tie.axis == axis.id] for axis in space.axes]
    first = _Work(space, frame, within)
    space = space.holding(np.concatenate([space.keys, first.between(by_axis)]))
    for turn in range(_ROUNDS):
        work = _Work(space, frame, within)
        for number, mine in enumerate(by_axis):
            work.tie(number, mine, turn + 1 < _ROUNDS)
        work.grow()
        if not work.missing:
            return space, work.equations
        space = space.holding(np.concatenate([space.keys, *work.missing]))
    raise AssertionError("the last round names no new counts")


def _flat(arrays: Sequence[Ints]) -> Ints:
    return np.concatenate(arrays) if arrays else np.zeros(0, dtype=np.int64)


def _distinct(keys: Ints) -> Ints:
    """The different keys in order: by sorting, which is faster here than numpy's hashing."""
    keys = np.sort(keys)
    return keys[np.append(True, keys[1:] != keys[:-1])] if len(keys) else keys


class _Work:
    """One pass over all ties."""

    def __init__(self, space: Space, frame: Frame, within: Sequence[Ints]) -> None:
        self.space, self.frame, self.within = space, frame, within
        self.equations = Equations(len(space.keys))
        self.missing: list[Ints] = []
        self._moves: dict[tuple[int, object], Ints] = {}
        self._lone = [self._does_not_add(axis.id) for axis in space.axes]

    def _does_not_add(self, axis: str) -> Bools:
        """(n,) whether a count is of people who may be in several parts along a coordinate."""
        if axis == MEASURE:
            return np.zeros(len(self.space.keys), dtype=bool)
        measures = self.space.axes[self.space.place(MEASURE)].values
        lone = [
            measure in self.frame.distinct
            or axis in self.frame.overlapping.get(str(measure), frozenset())
            for measure in measures
        ]
        return np.asarray(np.array(lone or [False])[self.space.codes[:, self.space.place(MEASURE)]])

    def _tied(self, axis: int, totals: Ints) -> Ints:
        """Those of the counts of which something follows along a coordinate: not along time, where
        one is of people with a value that may be another in another span."""
        space = self.space
        if space.axes[axis].id != TIME or not self.frame.latest:
            return totals
        free = np.zeros(len(totals), dtype=bool)
        for number, each in enumerate(space.axes):
            if each.id in self.frame.latest:
                free |= space.codes[totals, number] != each.numbers.get(TOTAL, -1)
        return totals[~(free & self._lone[axis][totals])]

    def between(self, ties: Sequence[Sequence[Tie]]) -> Ints:
        """Keys of counts that no table prints but that stand between printed ones.

        They are the sum of printed parts along one coordinate, and along another a part (or again
        the sum) of what is printed: admissions of under 25 in a region, between the forces' under
        25 and the region's ten-year bands.
        """
        above, below = [], []
        for axis, mine in enumerate(ties):
            totals, parts = [], []
            group = self._grouped(axis)
            for tie in mine:
                printed = [part for part in tie.parts if len(group(part))]
                if printed and len(group(tie.whole)):
                    numbers = np.array(printed, dtype=np.int64)
                    keys = self._part_keys(axis, group(tie.whole), tie.whole, numbers)
                    parts.append(self._absent(keys[keys >= 0]))
                    if tie.complete:
                        totals += [self._whole_keys(axis, tie.whole, p, group(p)) for p in printed]
            above.append(_distinct(_flat(totals)))
            below.append(_distinct(_flat(parts)))
        found = [
            np.intersect1d(up, other, assume_unique=True)
            for one, up in enumerate(above)
            for two in range(len(ties))
            for other in (above[two], below[two])
            if one != two
        ]
        return _flat(found)

    def _absent(self, keys: Ints) -> Ints:
        return keys[self.space.find(keys) < 0]

    def _whole_keys(self, axis: int, whole: int, part: int, cells: Ints) -> Ints:
        """Keys of absent wholes of which ``cells`` are a part, where both have one edition."""
        keys: Ints = self.space.keys[cells] + (whole - part) * self.space.strides[axis]
        if self._scoped(axis):
            scope = scope_of(self.space.axes[axis], whole)
            mine = scope_of(self.space.axes[axis], part)
            if scope != mine:
                return keys[:0]
        return self._absent(keys)

    def _grouped(self, axis: int) -> Callable[[int], Ints]:
        """The counts that hold each value of a coordinate."""
        codes = self.space.codes[:, axis]
        order = np.argsort(codes, kind="stable")
        starts = np.searchsorted(codes[order], np.arange(len(self.space.axes[axis].values) + 1))
        return lambda value: order[starts[value] : starts[value + 1]]

    def _scoped(self, axis: int) -> bool:
        """Whether the coordinate decides which data a count comes from."""
        name = self.space.axes[axis].id
        return name == TIME or (name == "area" and self.frame.datasets)

    def tie(self, axis: int, ties: Sequence[Tie], naming: bool) -> None:
        """The equations of one coordinate. First those whose parts are all there: a total that has
        one needs no other that says less."""
        group = self._grouped(axis)
        covered = np.zeros(len(self.space.keys), dtype=bool)
        partial: list[tuple[Tie, Ints, Ints, Ints]] = []
        for tie in ties:
            parts = np.array(tie.parts, dtype=np.int64)
            totals = self._tied(axis, group(tie.whole))
            if not len(totals) or not any(len(group(part)) for part in tie.parts):
                continue
            if tie.table is not None:
                totals = totals[np.isin(self.space.keys[totals], self.within[tie.table])]
            keys = self._part_keys(axis, totals, tie.whole, parts)
            found = self.space.find(keys)
            lone = self._lone[axis][totals]
            self._bound(axis, totals[lone], found[lone], tie.complete)
            whole = (found >= 0).all(axis=1) & ~lone & tie.complete
            self.equations.add(axis, totals[whole], found[whole])
            covered[totals[whole]] = True
            some = (found >= 0).any(axis=1) & ~whole & ~lone
            partial.append((tie, totals[some], found[some], keys[some]))
        for tie, totals, found, keys in partial:
            self._partial(axis, tie, totals, found, keys, covered, naming)

    def _partial(
        self,
        axis: int,
        tie: Tie,
        totals: Ints,
        found: Ints,
        keys: Ints,
        covered: Bools,
        naming: bool,
    ) -> None:
        """Totals of which some parts are there: a rest, or the one part that is missing."""
        open_ = ~covered[totals]
        totals, found, keys = totals[open_], found[open_], keys[open_]
        gaps = found < 0
        one = (
            (gaps.sum(axis=1) == 1) & tie.complete & naming & ((gaps & (keys < 0)).sum(axis=1) == 0)
        )
        if one.any():
            self.missing.append(keys[one][gaps[one]])
        self.equations.add_with_rest(axis, totals[~one], found[~one])

    def _bound(self, axis: int, totals: Ints, found: Ints, complete: bool) -> None:
        """What holds of people counted once: none of the parts is more than the whole, and where
        they make it up, it is no more than their sum."""
        for column in found.T:
            there = column >= 0
            self.equations.add_with_rest(axis, totals[there], column[there][:, None])
        all_there = (found >= 0).all(axis=1)
        if complete and found.shape[1] > 1 and all_there.any():
            sums = self.equations.rest(totals[all_there])
            self.equations.add(axis, sums, found[all_there])
            self.equations.add_with_rest(axis, sums, totals[all_there][:, None])

    def _part_keys(self, axis: int, totals: Ints, whole: int, parts: Ints) -> Ints:
        """(k, size) the keys of the parts of totals (k,); -1 where the edition has none."""
        space = self.space
        keys: Ints = space.keys[totals][:, None] + (parts - whole) * space.strides[axis]
        if self._scoped(axis):
            place = space.place(EDITION)
            edition = space.codes[totals, place]
            moved = np.column_stack([self._move(axis, int(part))[edition] for part in parts])
            shift = (moved - edition[:, None]) * space.strides[place]
            keys = np.where(moved < 0, -1, keys + shift)
        return keys

    def _move(self, axis: int, part: int) -> Ints:
        """For each edition its number once restricted to what a part covers; -1: it has none."""
        scope = scope_of(self.space.axes[axis], part)
        if (axis, scope) not in self._moves:
            editions = self.space.axes[self.space.place(EDITION)]
            known = cast("list[Edition]", editions.values)
            self._moves[axis, scope] = np.array(
                [editions.numbers.get(narrowed(each, *scope), -1) for each in known],
                dtype=np.int64,
            )
        return self._moves[axis, scope]

    def grow(self) -> None:
        """A later edition holds at least what the earlier does, where the frame says so."""
        rank = {edition: number for number, edition in enumerate(self.frame.growing)}
        if not rank:
            return
        space, place = self.space, self.space.place(EDITION)
        editions = space.axes[place].values
        plain = space.keys - space.codes[:, place] * space.strides[place]
        number, order_of = _ordered(editions, rank)
        kind, when = number[space.codes[:, place]], order_of[space.codes[:, place]]
        order = np.lexsort([when, kind, plain])
        before, after = order[:-1], order[1:]
        same = (plain[before] == plain[after]) & (kind[before] == kind[after]) & (kind[before] >= 0)
        grown = _grown(
            editions, rank, space.codes[before[same], place], space.codes[after[same], place]
        )
        self.equations.add_with_rest(place, after[same][grown], before[same][grown][:, None])


def scope_of(axis: Axis, part: int) -> tuple[tuple[str, ...] | None, tuple[int, ...] | None]:
    """The datasets (an area) or the financial years (a time) that a value covers."""
    value = axis.values[part]
    return (None, years_of(value)) if axis.id == TIME else (owners_of(value), None)


def narrowed(
    edition: Edition, datasets: Sequence[str] | None, years: Sequence[int] | None
) -> Edition:
    """What an edition says of some of its datasets and years; None is no restriction."""
    return tuple(
        part
        for part in edition
        if (datasets is None or part[0] in datasets) and (years is None or part[1] in years)
    )


def close_editions(axes: Mapping[str, Axis], frame: Frame) -> None:
    """Number every edition that a part of a total can have."""
    names = [TIME, *(["area"] if frame.datasets else [])]
    for name in names:
        scopes = dict.fromkeys(scope_of(axes[name], n) for n in range(len(axes[name].values)))
        for edition in cast("list[Edition]", list(axes[EDITION].values)):
            for scope in scopes:
                if part := narrowed(edition, *scope):
                    axes[EDITION].number(part)


def _ordered(editions: Sequence[Any], rank: Mapping[str, int]) -> tuple[Ints, Ints]:
    """For each edition: a number for the datasets and years it is of (-1: not all its parts have
    a rank), and the sum of its parts' ranks."""
    kinds: dict[object, int] = {}
    number, order = [], []
    for edition in editions:
        parts: Edition = edition
        ranked = bool(parts) and all(part[2] in rank for part in parts)
        covers = tuple(part[:2] for part in parts)
        number.append(kinds.setdefault(covers, len(kinds)) if ranked else -1)
        order.append(sum(rank[part[2]] for part in parts) if ranked else 0)
    return np.array(number, dtype=np.int64), np.array(order, dtype=np.int64)


def _grown(editions: Sequence[Any], rank: Mapping[str, int], before: Ints, after: Ints) -> Bools:
    """Whether no part of the edition ``after`` is earlier than in ``before``."""
    pairs, which = np.unique(np.column_stack([before, after]), axis=0, return_inverse=True)
    answer = [
        all(rank[old[2]] <= rank[new[2]] for old, new in zip(editions[b], editions[a], strict=True))
        for b, a in pairs
    ]
    result: Bools = np.array(answer or [False])[which.ravel()]
    return result
