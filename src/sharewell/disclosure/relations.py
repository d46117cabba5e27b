"""Link published tables: every cell of every table as one system of counts and sums.

A reader of several tables adds and subtracts across them. So cells that count the same are one
unknown, whatever table prints them, and each total is the sum of its parts, whichever tables
those stand in. What is and is not modelled: ``docs/explanation/what-a-reader-knows.md``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from sharewell.disclosure.contradictions import as_printed, contradiction
from sharewell.disclosure.coordinates import (
    EDITION,
    MEASURE,
    POPULATION,
    Read,
    Shown,
    axes_of,
    read,
)
from sharewell.disclosure.equations import Equations, Space, close_editions, equate, space_of
from sharewell.disclosure.frame import Frame
from sharewell.disclosure.moved import of_things, with_moved
from sharewell.disclosure.system import (
    UNBOUNDED,
    Bools,
    ContradictionError,
    Ints,
    System,
    propagate,
)
from sharewell.disclosure.ties import ties
from sharewell.disclosure.truth import completed
from sharewell.disclosure.words import DATASET, cell_name, span

SMALL = 7
"""The greatest count that is a small number under the HES rule."""


class ContradictoryTablesError(ValueError):
    """Published cells that cannot all be true. ``cells`` are their numbers, where it is a sum that
    fails; the message names them."""

    def __init__(self, message: str, cells: Sequence[int] = ()) -> None:
        super().__init__(message)
        self.cells = tuple(cells)


@dataclass(frozen=True, eq=False)
class Linked:
    """Published tables as one system of n counts and m equations.

    ``system`` has what the tables print as bounds, not yet narrowed. ``where`` holds, for each
    table, (n_rows,) the number of each row's count. ``released``, ``printed`` (n,): whether a
    count stands in a table that is out, and in any table at all. ``truth`` (n,) are the true
    counts, -1 where nobody gave them; None where no table came with counts. ``relation`` (m,)
    indexes ``relations``, the coordinate along which an equation adds. Counts from
    ``len(space.keys)`` on have no name: ``rest_of`` says of which count each is the rest.
    """

    system: System
    where: tuple[Ints, ...]
    released: Bools
    printed: Bools
    truth: Ints | None
    relation: Ints
    relations: tuple[str, ...]
    tables: tuple[Shown, ...]
    frame: Frame
    space: Space
    rest_of: Ints

    def __len__(self) -> int:
        return len(self.system)

    @property
    def named(self) -> int:
        """How many counts have coordinates of their own."""
        return len(self.space.keys)

    def coordinates(self, cell: int) -> Mapping[str, object]:
        """What a count counts; for a rest, what the count it is the rest of does."""
        cell = cell if cell < self.named else int(self.rest_of[cell - self.named])
        if cell >= self.named:
            return self.coordinates(cell)
        codes = self.space.codes[cell]
        return {a.id: a.values[int(c)] for a, c in zip(self.space.axes, codes, strict=True)}

    def name(self, cell: int, labels: Mapping[str, Mapping[str, str]] | None = None) -> str:
        """A count in words: 'Cleveland, March 2024, 18-24, women'. ``labels`` names values by
        dimension, before the frame's own."""
        if cell >= self.named:
            return f"the rest of ({self.name(int(self.rest_of[cell - self.named]), labels)})"
        return cell_name(self.coordinates(cell), self.frame, self._many, labels or {})

    def rows(self, cell: int) -> list[tuple[int, int]]:
        """Where a count is printed: (table, row) each."""
        return [(t, int(r)) for t, at in enumerate(self.where) for r in np.flatnonzero(at == cell)]

    def printed_as(self, cell: int) -> list[tuple[str, str]]:
        """What each table prints for a count: (table's name, printed)."""
        return [
            (self.tables[t].title, str(self.tables[t].table.cells["printed"][row].as_py()))
            for t, row in self.rows(cell)
        ]

    @cached_property
    def _many(self) -> frozenset[str]:
        """The coordinates of which a name must say which one is meant."""
        many = {name for name in (POPULATION, MEASURE) if len(self._in_use(name)) > 1}
        data = {part for edition in self._in_use(EDITION) for part in edition}
        if len(data) > len({(dataset, year) for dataset, year, _ in data}):
            many.add(EDITION)
        if self.frame.datasets and len({dataset for dataset, _, _ in data}) > 1:
            many.add(DATASET)
        return frozenset(many)

    def _in_use(self, name: str) -> set[Any]:
        place = self.space.place(name)
        return {self.space.axes[place].values[c] for c in np.unique(self.space.codes[:, place])}


def link(
    tables: Sequence[Shown],
    frame: Frame,
    *,
    small: int = SMALL,
    differences: bool = False,
    check: bool = True,
) -> Linked:
    """The tables as one system.

    Protected are the starred cells, and the withheld ones unless it is known that they are not
    from 1 to ``small``: by their true count where the table gives it, else by what is printed.
    With ``differences`` also a count that no table prints but that follows from those printed,
    when it is small and not of a national area.

    Raises ValueError for a table that cannot be read (see `coordinates.read`), and
    ContradictoryTablesError, naming the cells, where two tables print what cannot both be true,
    where true counts differ or do not add, and, unless ``check`` is False, where printed totals
    cannot be the sums of their parts.
    """
    tables = tuple(tables)
    axes = axes_of(frame)
    reads = [read(table, frame, axes) for table in tables]
    found = ties(frame, axes, tables, reads)
    close_editions(axes, frame)
    empty = space_of(axes)
    keys = [each.codes @ empty.strides for each in reads]
    space = empty.holding(np.concatenate(keys) if keys else np.zeros(0, dtype=np.int64))
    space, equations = equate(space, found, frame, keys)
    where = tuple(space.find(key) for key in keys)
    linked = _assembled(tables, frame, reads, space, equations, where)
    truth = _truth(linked)
    linked = with_moved(replace(linked, truth=truth))
    known = _propagated(linked) if check else linked.system
    protected = _protected(linked, reads, known, small, differences)
    return replace(linked, system=replace(linked.system, protected=protected))


def _assembled(
    tables: tuple[Shown, ...],
    frame: Frame,
    reads: Sequence[Read],
    space: Space,
    equations: Equations,
    where: tuple[Ints, ...],
) -> Linked:
    count = equations.named + equations.unnamed
    low = np.zeros(count, dtype=np.int64)
    high = np.full(count, UNBOUNDED, dtype=np.int64)
    released, printed = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    for table, each, at in zip(tables, reads, where, strict=True):
        np.maximum.at(low, at, each.low)
        np.minimum.at(high, at, each.high)
        printed[at] = True
        if table.released:
            released[at] = True
    sizes = _joined(equations.sizes)
    system = System(
        low=low,
        high=high,
        protected=np.zeros(count, dtype=bool),
        total=_joined(equations.total),
        start=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        parts=_joined(equations.parts),
    )
    linked = Linked(
        system=system,
        where=where,
        released=released,
        printed=printed,
        truth=None,
        relation=_joined(equations.kind),
        relations=tuple(axis.id for axis in space.axes),
        tables=tables,
        frame=frame,
        space=space,
        rest_of=_joined(equations.rest_of),
    )
    _refuse_crossed(linked, reads)
    return linked


def _joined(arrays: Sequence[Ints]) -> Ints:
    return np.concatenate(arrays) if arrays else np.zeros(0, dtype=np.int64)


def _refuse_crossed(linked: Linked, reads: Sequence[Read]) -> None:
    """Raise where two tables leave a count no value."""
    crossed = np.flatnonzero(linked.system.low > linked.system.high)
    if not len(crossed):
        return
    cell = int(crossed[0])
    said = []
    for number, row in linked.rows(cell):
        low, high = int(reads[number].low[row]), int(reads[number].high[row])
        said.append((low, high, number, row))
    above = max(said)
    below = min(said, key=lambda each: each[1])
    words = [
        f"'{linked.tables[number].title}' prints "
        f"{linked.tables[number].table.cells['printed'][row].as_py()} ({span(low, high)})"
        for low, high, number, row in (above, below)
    ]
    raise ContradictoryTablesError(
        f"{linked.name(cell)}: {words[0]}, but {words[1]}. They cannot both be true of the same "
        "data. If they were computed from different data, give them different editions."
        f"{_more(len(crossed) - 1)}",
        [cell],
    )


def _more(count: int) -> str:
    return f" {count:,} more cells contradict each other." if count else ""


def _propagated(linked: Linked) -> System:
    """What single equations say; raises where one cannot hold."""
    try:
        return propagate(linked.system)
    except ContradictionError as error:
        words, cells = contradiction(linked)
        raise ContradictoryTablesError(
            f"{words}. Correct the cell that is wrong or the totals that are declared, or give "
            "tables from different data different editions.",
            cells,
        ) from error


# True counts


def _truth(linked: Linked) -> Ints | None:
    """The true counts: those given, and those that follow from them."""
    if all(table.counts is None for table in linked.tables):
        return None
    truth = np.full(len(linked), -1, dtype=np.int64)
    for table, at in zip(linked.tables, linked.where, strict=True):
        if table.counts is None:
            continue
        if len(table.counts) != len(at):
            raise ValueError(
                f"Table '{table.title}' has {len(at):,} rows and {len(table.counts):,} true "
                "counts. Give one for each row, in the order of the rows."
            )
        given = np.asarray(table.counts, dtype=np.int64)
        before = truth[at]
        truth[at] = given
        # Against the tables before, and against other rows of this one (another crossing).
        differs = ((before >= 0) & (before != given)) | (truth[at] != given)
        if differs.any():
            cell = int(at[np.flatnonzero(differs)[0]])
            raise ContradictoryTablesError(
                f"{linked.name(cell)}: the true count in '{table.title}' differs from that in "
                "another crossing or table. Give tables from different data different editions.",
                [cell],
            )
    truth, wrong = completed(linked.system, truth)
    if wrong >= 0:
        members = [int(linked.system.total[wrong]), *map(int, linked.system.members(wrong))]
        raise ContradictoryTablesError(
            f"The true count of {linked.name(members[0])} is not the sum of its parts: "
            f"{'; '.join(linked.name(cell) for cell in members[1:13])}. Count again, or give "
            "tables from different data different editions.",
            members,
        )
    outside = (truth >= 0) & ((truth < linked.system.low) | (truth > linked.system.high))
    if outside.any():
        cell = int(np.flatnonzero(outside)[0])
        raise ContradictoryTablesError(
            f"{as_printed(linked, cell)}: what is printed does not allow the true count. The "
            "published table was made from other counts, or by another rule than it says.",
            [cell],
        )
    return truth


# What must not be learnt


def _protected(
    linked: Linked, reads: Sequence[Read], known: System, small: int, differences: bool
) -> Bools:
    """(n,) starred cells, and others that are or may be small."""
    starred, withheld = np.zeros(len(linked), dtype=bool), np.zeros(len(linked), dtype=bool)
    for each, at in zip(reads, linked.where, strict=True):
        starred[at[each.starred]] = True
        withheld[at[each.withheld]] = True
    may_be_small = (known.low <= small) & (known.high >= 1)
    must_be_small = (known.high <= small) & (known.high >= 1)
    if linked.truth is not None:
        is_small = (linked.truth >= 1) & (linked.truth <= small)
        may_be_small = np.where(linked.truth >= 0, is_small, may_be_small)
        must_be_small = np.where(linked.truth >= 0, is_small, must_be_small)
    protected = starred | (withheld & may_be_small)
    if differences:
        protected |= ~linked.printed & must_be_small & ~_national(linked)
    return protected & ~of_things(linked) if linked.frame.things else protected


def _national(linked: Linked) -> Bools:
    """(n,) whether a count is of an area whose figures a rule may leave open; rests as the count
    that they are the rest of."""
    if not linked.frame.datasets:
        return np.zeros(len(linked), dtype=bool)
    place = linked.space.place("area")
    open_ = [
        str(value).partition(":")[2] in linked.frame.national
        for value in linked.space.axes[place].values
    ]
    named = np.array(open_ or [False])[linked.space.codes[:, place]]
    national = np.concatenate([named, np.zeros(len(linked) - len(named), dtype=bool)])
    rest = np.arange(len(named), len(linked))
    # A rest of a rest is numbered after it, and no chain is longer than two.
    for _ in range(2):
        national[rest] = national[linked.rest_of]
    return national
