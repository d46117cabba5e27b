"""Attack table files, and protect one so that the attack finds nothing: print, attack, repair.

What is at stake are the cells printed ``*``, and those printed ``[c]`` that a reader finds to be
small. A cell is narrow when fewer than ``width`` counts remain possible.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import pyarrow as pa

from sharewell.disclosure.attacker import Bounds, bounds
from sharewell.disclosure.derivation import trace
from sharewell.disclosure.explain import because
from sharewell.disclosure.filelinks import LinkedFiles, check_possible, link_files
from sharewell.disclosure.proof import CellNames, Proof, prove
from sharewell.disclosure.repair import Floats, repair
from sharewell.disclosure.rules import Rule
from sharewell.disclosure.solver import NoAnswerError
from sharewell.disclosure.system import UNBOUNDED, Bools, Ints, System
from sharewell.disclosure.tablefile import (
    Column,
    TableFile,
    TableFileError,
    check_rows,
    print_table,
    shown,
)

Progress = Callable[[str, float], None]

TOTAL_COST = 1.2
"""What it costs to withhold a total, for each dimension that it totals; any other cell costs 1."""

_ROUNDS = 5
_LARGE = 4_000
"""Systems with more cells than this are repaired in pieces of one category of one dimension."""


@dataclass(frozen=True)
class Attack:
    """What a reader can infer of the cells of linked tables.

    ``counted`` (n,) are the cells at stake; ``narrow`` (n,) those of them with fewer than
    ``width`` possible counts.
    """

    linked: LinkedFiles
    bounds: Bounds
    counted: Bools
    narrow: Bools
    width: int

    @property
    def exact(self) -> int:
        """How many cells at stake are known exactly."""
        return int((self.narrow & (self.bounds.low == self.bounds.high)).sum())

    @property
    def min_width(self) -> int | None:
        """The fewest counts that any cell at stake could have; None where none is."""
        widths = self.bounds.width[self.counted]
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


@dataclass(frozen=True)
class Safeguarded:
    """A table that may be published, and how it came to be.

    ``first`` is the table as its rule alone prints it, ``before`` the attack on that; ``table``
    and ``after`` the same after repair. ``withheld`` (n_rows,) are the rows that repair withholds.
    ``truth`` (n,) are the counts over the cells of ``after.linked``, and ``proof`` holds them.
    """

    first: TableFile
    before: Attack
    table: TableFile
    after: Attack
    withheld: Bools
    proof: Proof

    @property
    def safe(self) -> bool:
        """Whether the attack finds nothing."""
        return not self.after.narrow.any()


def attack_files(
    files: Sequence[TableFile], width: int = 3, progress: Progress | None = None
) -> Attack:
    """What a reader of all ``files`` together can infer.

    Raises TableFileError, naming the cells, when what they print cannot all be true.
    """
    return attack_linked(link_files(files), width, progress)


def attack_linked(linked: LinkedFiles, width: int = 3, progress: Progress | None = None) -> Attack:
    """The same for files that are linked already."""
    found = _bounds_of(linked, linked.system, progress, "Attacking")
    touches = (found.low <= linked.small) & (found.high >= 1)
    counted = linked.system.protected & (linked.starred | touches)
    return Attack(linked, found, counted, counted & (found.width < width), width)


def protect_file(
    table: TableFile,
    rule: Rule,
    *,
    known: Sequence[TableFile] = (),
    width: int = 3,
    weights: Mapping[tuple[str, str], float] | None = None,
    progress: Progress | None = None,
) -> Safeguarded:
    """``table``, which holds true counts, printed by ``rule`` and repaired until it is safe.

    ``known`` is what readers have already. ``weights`` multiply the cost of withholding the cells
    at a category of a column: ``{("area", "E92000001"): 10}``. Deterministic. The result is not
    `safe` only where ``known`` alone gives cells away. Raises TableFileError when totals do not
    add, or when ``known`` contradicts the counts.
    """
    tell = progress or (lambda _stage, _done: None)
    exact = link_files([table, *known])
    truth = _completed(exact, tell)
    counts = shown(table).low
    first = print_table(table, rule, counts)
    before = attack_linked(link_files([first, *known]), width, tell)
    mine = before.linked.rows[0]
    cost = _costs(before.linked, first, weights or {})
    fixed = np.ones(len(truth), dtype=bool)
    fixed[mine] = False
    for file, rows in zip(known, before.linked.rows[1:], strict=True):
        fixed[rows[shown(file).high < UNBOUNDED]] = True
    withheld = np.zeros(len(truth), dtype=bool)
    seconds = [np.zeros((0, len(truth)), dtype=np.int64)]
    block = _blocks(before.linked)
    after, protected = before, first
    for round_ in range(1, _ROUNDS + 1):
        if not after.narrow.any():
            break
        stage = "Repairing" if round_ == 1 else f"Repairing, round {round_}"
        found = repair(
            after.linked.system,
            truth,
            after.narrow,
            cost,
            fixed=fixed | withheld,
            width=width,
            block=block,
            progress=lambda done, stage=stage: tell(stage, done),  # type: ignore[misc]
        )
        seconds.append(found.seconds)
        withheld |= found.withheld & ~fixed
        protected = print_table(table, rule, counts, withheld[mine])
        narrow_before = after.narrow
        after = attack_linked(link_files([protected, *known]), width, tell)
        if not found.withheld.any() and not (narrow_before & ~after.narrow).any():
            break
    proof = prove(
        after.linked.system,
        after.bounds,
        truth,
        np.concatenate(seconds),
        names=CellNames(after.linked.dimensions, after.linked.categories, after.linked.codes),
        width=width,
    )
    return Safeguarded(first, before, protected, after, withheld[mine], proof)


def add_margins(table: TableFile, names: Sequence[str], total: str = "total") -> TableFile:
    """``table``, of true counts, with a row for each total of the named columns that it lacks.

    A column that has no total yet gets ``total``. Raises TableFileError for a column that is not
    there.
    """
    columns = []
    for name in names:
        if name not in {column.name for column in table.columns}:
            raise TableFileError(
                f"{table.name} has no breakdown '{name}' to add margins for. It has "
                f"{', '.join(column.name for column in table.columns) or 'none'}."
            )
    for column in table.columns:
        if column.name in names and column.total is None and not column.parts:
            seen = tuple(dict.fromkeys(table.cells[column.name].to_pylist()))
            column = replace(column, total=total, parts={total: seen})
        columns.append(column)
    table = replace(table, columns=tuple(columns))
    for column in columns:
        if column.name in names:
            # A total of totals needs those first: as many rounds as the hierarchy is deep.
            for _ in column.parts:
                cells = _with_totals(table, column)
                if cells.num_rows == len(table):
                    break
                table = replace(table, cells=cells)
    check_rows(table)
    return table


def _with_totals(table: TableFile, column: Column) -> pa.Table:
    """The cells, and the totals of one column whose parts are all there."""
    names = [each.name for each in table.columns]
    at = names.index(column.name)
    rows = list(zip(*(table.cells[name].to_pylist() for name in names), strict=True))
    count = dict(zip(rows, shown(table).low.tolist(), strict=True))
    added: dict[tuple[str, ...], int] = {}
    for whole, parts in column.parts.items():
        if parts:
            for key in [key for key in rows if key[at] == parts[0]]:
                family = [(*key[:at], part, *key[at + 1 :]) for part in parts]
                own = (*key[:at], whole, *key[at + 1 :])
                if own not in count and all(each in count for each in family):
                    added[own] = sum(count[each] for each in family)
    every = [*rows, *added]
    texts = [str(value) for value in (*count.values(), *added.values())]
    columns = {name: [key[place] for key in every] for place, name in enumerate(names)}
    return pa.table({**columns, table.count: texts}, schema=table.cells.schema)


def reasons(attack: Attack, cells: Sequence[int]) -> list[str]:
    """Why a reader knows what they know of each of ``cells``, in words and numbers."""
    if not len(cells):
        return []
    traced = trace(attack.linked.system)
    linked = cast("Any", attack.linked)  # it has what an explanation asks of linked tables
    return [because(linked, attack.bounds, int(cell), traced=traced) for cell in cells]


def _bounds_of(
    linked: LinkedFiles, system: System, progress: Progress | None, stage: str
) -> Bounds:
    check_possible(linked)
    tell = progress or (lambda _stage, _done: None)
    try:
        return bounds(system, lambda done: tell(stage, done))
    except NoAnswerError:
        raise TableFileError(
            f"The tables contradict themselves ({', '.join(f.name for f in linked.files)}): no "
            "whole counts satisfy all that they print, though each sum by itself can hold. Check "
            "that all come from the same data, or tell them apart with 'fixed', as by edition."
        ) from None


def _completed(exact: LinkedFiles, tell: Progress) -> Ints:
    """(n,) the true counts, and where only earlier releases speak, counts that fit them."""
    nothing = np.zeros(len(exact), dtype=bool)
    found = _bounds_of(exact, replace(exact.system, protected=nothing), tell, "Checking totals")
    return np.asarray(found.witnesses[0])


def _costs(
    linked: LinkedFiles, table: TableFile, weights: Mapping[tuple[str, str], float]
) -> Floats:
    """(n,) what withholding each cell costs."""
    cost = np.ones(len(linked))
    for at, values in enumerate(linked.categories):
        total = np.zeros(len(values), dtype=bool)
        total[[whole for dimension, whole, _ in linked.sums if dimension == at]] = True
        cost = cost * np.where(total[linked.codes[:, at]], TOTAL_COST, 1.0)
    rows = np.ones(len(table))
    for (name, value), weight in weights.items():
        if name not in table.cells.column_names or not weight > 0:
            raise TableFileError(
                f"The weight of {name}={value} cannot be used: it must be above 0, and "
                f"'{name}' a column of {table.name}."
            )
        rows *= np.where([v == value for v in table.cells[name].to_pylist()], weight, 1.0)
    cost[linked.rows[0]] *= rows
    return cost


def _blocks(linked: LinkedFiles) -> Ints:
    """(n,) the piece that each cell is repaired in; -1: a total that pieces share.

    A dimension without sums cuts the system into pieces that do not touch. Where the pieces are
    still large, so does the longest dimension whose totals are sums of categories only.
    """
    block = np.zeros(len(linked), dtype=np.int64)
    for at, values in enumerate(linked.categories):
        if not any(dimension == at for dimension, _, _ in linked.sums):
            block = block * len(values) + linked.codes[:, at]
    if len(linked) == 0 or np.bincount(block).max() <= _LARGE:
        return block
    flat = []
    for at, values in enumerate(linked.categories):
        mine = [(whole, parts) for dimension, whole, parts in linked.sums if dimension == at]
        wholes = {whole for whole, _ in mine}
        if mine and not any(part in wholes for _, parts in mine for part in parts):
            flat.append((len(values), at, wholes))
    if not flat:
        return block
    size, at, wholes = max(flat)
    shared = np.isin(linked.codes[:, at], sorted(wholes))
    return np.where(shared, -1, block * size + linked.codes[:, at])
