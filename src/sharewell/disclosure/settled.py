"""What is known of one component of a system while it is attacked."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sharewell.disclosure.system import Bools, Ints


@dataclass
class Settled:
    """What is known of one component: k cells, with tables that reach their bounds.

    ``least`` and ``most`` (k,) are over the tables found. A cell whose tables are ``enough``
    counts wide need not be exact.
    """

    low: Ints
    high: Ints
    enough: int
    tables: list[Ints] = field(default_factory=list)

    def __post_init__(self) -> None:
        nobody = np.full(len(self.low), -1, dtype=np.int64)
        self.at_low, self.at_high = nobody, nobody.copy()
        self.least = np.full(len(self.low), np.iinfo(np.int64).max)
        self.most = np.full(len(self.low), -1, dtype=np.int64)

    def note(self, table: Ints, of: Bools) -> int:
        """Keep a table if it takes a cell of ``of`` further than any before; how many it does."""
        open_low, open_high = self.open_low & of, self.open_high & of
        below, above = table < self.least, table > self.most
        news = int((below & open_low).sum() + (above & open_high).sum())
        if self.tables and not news:
            return 0
        self.at_low[below] = self.at_high[above] = len(self.tables)
        self.least, self.most = np.minimum(self.least, table), np.maximum(self.most, table)
        self.tables.append(table)
        return news

    @property
    def wide(self) -> Bools:
        """(k,) whether the tables show enough counts of a cell."""
        return np.asarray(self.most - self.least >= self.enough - 1)

    @property
    def open_low(self) -> Bools:
        """(k,) whether the lower bound is not yet known to be reached, and matters."""
        return np.asarray((self.least > self.low) & ~self.wide)

    @property
    def open_high(self) -> Bools:
        """(k,) the same for the upper bound."""
        return np.asarray((self.most < self.high) & ~self.wide)

    def open_count(self, of: Bools) -> int:
        """How many bounds of the cells ``of`` are open."""
        return int((of & self.open_high).sum() + (of & self.open_low).sum())

    def open_sides(self, of: Bools) -> list[tuple[int, bool]]:
        """(cell, up) of each open bound of the cells ``of``."""
        ups = [(int(cell), True) for cell in np.flatnonzero(of & self.open_high)]
        return ups + [(int(cell), False) for cell in np.flatnonzero(of & self.open_low)]

    def is_open(self, cell: int, *, up: bool) -> bool:
        """Whether one bound is still open."""
        return bool((self.open_high if up else self.open_low)[cell])
