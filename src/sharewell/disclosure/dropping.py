"""What to leave out of new tables that repair cannot make safe."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from sharewell.disclosure.defend import Defended, said_by, tied_parts
from sharewell.disclosure.separate import separate, told_apart
from sharewell.disclosure.system import Bools

_MOST_TRIED = 40
"""Of more crossings than this, none is tried whether it could stay."""

_Unit = tuple[int, str]


@dataclass(frozen=True)
class Drop:
    """A ``crossing`` to leave out of a new table (its ``title``), and how many rows that is.
    ``whole``: nothing of the table is left then."""

    title: str
    crossing: str
    rows: int
    whole: bool


def to_drop(done: Defended) -> tuple[Drop, ...]:
    """The smallest set found of crossings without which the new tables give nothing away that
    earlier ones do not. None of them could stay beside the others (where they are few enough to
    be tried one by one). Empty where nothing need be dropped, and where no such set was found."""
    left = np.zeros(len(done.linked), dtype=bool)
    left[np.setdiff1d(done.left, done.already)] = True
    if not left.any():
        return ()
    rows = _rows(done, left)
    if not _enough(done, left, rows):
        return ()
    dropped = set(rows)
    if len(rows) <= _MOST_TRIED:
        by_size = sorted(rows, key=lambda unit: (rows[unit], unit))
        alone = next((unit for unit in by_size if _enough(done, left, {unit})), None)
        if alone is not None:
            dropped = {alone}
        for unit in reversed(by_size) if alone is None else ():
            if _enough(done, left, dropped - {unit}):
                dropped.remove(unit)
    crossings = [set(table.cells["crossing"].to_pylist()) for table in done.tables]
    return tuple(
        Drop(
            title=done.tables[at].title,
            crossing=crossing,
            rows=rows[at, crossing],
            whole=all((at, each) in dropped for each in crossings[at]),
        )
        for at, crossing in sorted(dropped)
    )


def _rows(done: Defended, left: Bools) -> dict[_Unit, int]:
    """The crossings of new tables that stand in sums with what is ``left``, with their rows."""
    part = tied_parts(done.linked.system)
    near = np.isin(part, part[left])
    found: dict[_Unit, int] = {}
    for at, (table, where) in enumerate(zip(done.tables, done.linked.where, strict=False)):
        crossing = np.array(table.cells["crossing"].to_pylist(), dtype=object)
        names, count = np.unique(crossing.astype(str), return_counts=True)
        beside = set(crossing[near[where]])
        found |= {(at, str(n)): int(c) for n, c in zip(names, count, strict=True) if n in beside}
    return found


def _enough(done: Defended, left: Bools, dropped: Collection[_Unit]) -> bool:
    """Whether two tables tell apart each count that is ``left`` once some crossings are out."""
    kept = [
        np.array([(at, each) not in dropped for each in table.cells["crossing"].to_pylist()])
        for at, table in enumerate(done.tables)
    ]
    new = len(done.tables)
    earlier = [np.ones(len(where), dtype=bool) for where in done.linked.where[new:]]
    system = said_by(done.linked, [*kept, *earlier])
    tables = done.witnesses
    more = separate(system, tables, left, width=done.width)
    return bool(told_apart(np.vstack([tables, more]), done.width)[left].all())
