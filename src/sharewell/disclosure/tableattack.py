"""Attack table files: what a reader of all of them can infer of the cells that are hidden.

What is at stake are the cells printed ``*``, and those printed ``[c]`` that a reader finds to be
small. A cell is narrow when fewer than ``width`` counts remain possible.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sharewell.disclosure.attacker import Bounds, bounds
from sharewell.disclosure.component import Care
from sharewell.disclosure.derivation import trace
from sharewell.disclosure.explain import because
from sharewell.disclosure.filelinks import LinkedFiles, check_possible, link_files
from sharewell.disclosure.solver import NoAnswerError
from sharewell.disclosure.system import Bools, Ints, System
from sharewell.disclosure.tablefile import TableFile, TableFileError

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Attack:
    """What a reader can infer of the cells of linked tables.

    ``counted`` (n,) are the cells at stake; ``narrow`` (n,) those of them with fewer than
    ``width`` possible counts; ``undecided`` (n,) those of which an attack in haste found neither
    that nor ``width`` counts.
    """

    linked: LinkedFiles
    bounds: Bounds
    counted: Bools
    narrow: Bools
    width: int

    @property
    def undecided(self) -> Bools:
        return np.asarray(self.counted & ~self.narrow & (self.bounds.shown < self.width))

    @property
    def open_(self) -> Bools:
        """(n,) the cells at stake that were not shown to be safe."""
        return np.asarray(self.narrow | self.undecided)

    @property
    def exact(self) -> int:
        """How many cells at stake are known exactly."""
        return int((self.narrow & (self.bounds.low == self.bounds.high)).sum())

    @property
    def min_width(self) -> int | None:
        """The fewest counts that any cell at stake was shown to have; None where none is."""
        widths = self.bounds.shown[self.counted]
        return int(widths.min()) if len(widths) else None

    @property
    def cells(self) -> int:
        """How many cells are printed."""
        return len(np.unique(np.concatenate(self.linked.rows)))

    @property
    def protected(self) -> int:
        """How many cells are printed ``*`` or ``[c]``."""
        return int(self.linked.system.protected.sum())

    def as_dict(self, seconds: float | None = None) -> dict[str, Any]:
        """The attack as other programs read it."""
        low, high = self.bounds.low, self.bounds.high
        cells = [int(cell) for cell in np.flatnonzero(self.narrow)]
        return {
            "cells": self.cells,
            "protected": self.protected,
            "exact": self.exact,
            "narrow": int(self.narrow.sum()),
            "min_width": self.min_width,
            **({"undecided": int(self.undecided.sum())} if self.undecided.any() else {}),
            **({} if seconds is None else {"seconds": round(seconds, 3)}),
            "findings": [
                {
                    "cell": self.linked.cell(cell),
                    "low": int(low[cell]),
                    "high": int(high[cell]),
                    "because": words,
                }
                for cell, words in zip(cells, reasons(self, cells), strict=True)
            ],
        }


def attack(
    tables: TableFile | Sequence[TableFile],
    *,
    known: Sequence[TableFile] = (),
    width: int = 3,
    care: Care = "full",
    progress: Progress | None = None,
) -> Attack:
    """What a reader of all ``tables``, and of those ``known`` from elsewhere, can infer.

    With less than ``full`` care, some cells of large tables may stay ``undecided``. Raises
    TableFileError, naming the cells, when what they print cannot all be true.
    """
    mine = [tables] if isinstance(tables, TableFile) else tables
    return attack_linked(link_files([*mine, *known]), width, progress, care=care)


def attack_linked(
    linked: LinkedFiles,
    width: int = 3,
    progress: Progress | None = None,
    *,
    care: Care = "full",
    fitting: Ints | None = None,
) -> Attack:
    """The same for files that are linked already; ``fitting`` (q, n) are tables that fit them."""
    found = _bounds_of(linked, linked.system, progress, "Attacking", width, care, fitting)
    touches = (found.low <= linked.small) & (found.high >= 1)
    counted = linked.system.protected & (linked.starred | touches)
    return Attack(linked, found, counted, counted & (found.width < width), width)


def completed(exact: LinkedFiles, progress: Progress | None = None) -> Ints:
    """(n,) the true counts, and where only earlier releases speak, counts that fit them.

    Raises TableFileError when totals do not add, or when earlier releases contradict the counts.
    """
    nothing = np.zeros(len(exact), dtype=bool)
    system = replace(exact.system, protected=nothing)
    return np.asarray(_bounds_of(exact, system, progress, "Checking totals").witnesses[0])


def reasons(attack: Attack, cells: Sequence[int]) -> list[str]:
    """Why a reader knows what they know of each of ``cells``, in words and numbers."""
    if not len(cells):
        return []
    traced = trace(attack.linked.system)
    return [because(attack.linked, attack.bounds, int(cell), traced=traced) for cell in cells]


def _bounds_of(
    linked: LinkedFiles,
    system: System,
    progress: Progress | None,
    stage: str,
    enough: int | None = None,
    care: Care = "full",
    fitting: Ints | None = None,
) -> Bounds:
    check_possible(linked)
    tell = progress or (lambda _stage, _done: None)
    try:
        return bounds(
            system,
            lambda done: tell(stage, done),
            axes=linked.codes,
            known=fitting,
            enough=enough,
            care=care,
        )
    except NoAnswerError:
        raise TableFileError(
            f"The tables contradict themselves ({', '.join(f.name for f in linked.files)}): no "
            "whole counts satisfy all that they print, though each sum by itself can hold. Check "
            "that all come from the same data, or tell them apart with 'fixed', as by edition."
        ) from None
