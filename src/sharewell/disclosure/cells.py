"""Cells as arrays: a table's columns coded, checked, and put in one order.

The order is the table's own (crossing, then each breakdown with its total first, then measure)
and never that of the counts, so that the order of a published table says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sharewell.catalogue.breakdowns import TOTAL

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

KINDS = ("time", "geography", "person", "clinical", "activity")
GREATEST_COUNT = 2**53  # beyond it neither JSON nor a spreadsheet keeps a whole number


@dataclass(frozen=True)
class Coded:
    """A string column of n cells: ``codes`` (n,) index into ``values``; -1 is null."""

    codes: npt.NDArray[np.int32]
    values: tuple[str, ...]

    def flags(self, test: Callable[[str], bool], null: bool = False) -> Bools:
        """(n,) whether each cell's value passes ``test``; ``null`` answers for nulls."""
        by_code = np.array([*(test(value) for value in self.values), null], dtype=bool)
        return by_code[self.codes]  # -1 takes the last

    def numbers(self, of: Callable[[str], int], null: int = 0) -> Ints:
        """(n,) the number that ``of`` gives each cell's value."""
        by_code = np.array([*(of(value) for value in self.values), null], dtype=np.int64)
        return by_code[self.codes]

    def at(self, row: int) -> str | None:
        """The value of one cell."""
        code = int(self.codes[row])
        return None if code < 0 else self.values[code]


@dataclass(frozen=True)
class Cells:
    """The coordinates of n cells, in order, and the rest of their columns beside them.

    ``breakdowns`` are the breakdown columns in the table's order, ``kinds`` their kinds.
    ``table`` holds all the columns, with n rows in the same order.
    """

    breakdowns: Mapping[str, Coded]
    kinds: Mapping[str, str]
    crossing: Coded
    measure: Coded
    table: pa.Table

    def __len__(self) -> int:
        return len(self.crossing.codes)

    def name(self, row: int) -> str:
        """The cell in words, for an error: what it is, never its count."""
        used = [
            f"{name} {value}"
            for name, column in self.breakdowns.items()
            if (value := column.at(row)) is not None
        ]
        return ", ".join([f"crossing '{self.crossing.at(row)}'", *used, str(self.measure.at(row))])

    def of_kind(self, kind: str) -> tuple[Coded, ...]:
        """The breakdown columns of one kind."""
        return tuple(column for name, column in self.breakdowns.items() if self.kinds[name] == kind)


def read_cells(
    table: pa.Table, breakdown_kinds: Mapping[str, str], others: tuple[str, ...], what: str
) -> Cells:
    """The cells of ``table``, checked and ordered.

    ``others`` are the columns that must stand beside the breakdowns, ``crossing`` and
    ``measure``; ``what`` names the table in errors. Raises ValueError for a column that is
    missing or that nobody has declared, for a breakdown that a crossing uses but a cell leaves
    empty, or holds without using, and for a cell that stands twice.
    """
    fixed = ("crossing", "measure", *others)
    for name in fixed:
        if name not in table.column_names:
            raise ValueError(
                f"{what}: column '{name}' is missing. Its columns are "
                f"{', '.join(table.column_names)}. Add it."
            )
    names = [name for name in table.column_names if name not in fixed]
    for name in names:
        if name not in breakdown_kinds:
            raise ValueError(
                f"{what}: column '{name}' is no breakdown that I know the kind of. "
                f"Give its kind ({', '.join(KINDS)}) in breakdown_kinds, or leave it out."
            )
        if breakdown_kinds[name] not in KINDS:
            raise ValueError(
                f"{what}: breakdown '{name}' has kind '{breakdown_kinds[name]}'. "
                f"Give one of {', '.join(KINDS)}."
            )
    coded = {name: _coded(table[name], name, what) for name in (*names, "crossing", "measure")}
    order = _order(coded)
    ordered = {name: Coded(column.codes[order], column.values) for name, column in coded.items()}
    cells = Cells(
        breakdowns={name: ordered[name] for name in names},
        kinds={name: breakdown_kinds[name] for name in names},
        crossing=ordered["crossing"],
        measure=ordered["measure"],
        table=table.take(pa.array(order)).replace_schema_metadata(None),
    )
    _check_coordinates(cells, what)
    _check_crossings(cells, what)
    return cells


def counts(cells: Cells, what: str) -> Ints:
    """The ``count`` column as integers; ValueError names the first cell without a proper count."""
    column = cells.table["count"].combine_chunks()
    if pa.types.is_decimal(column.type) or pa.types.is_floating(column.type):
        column = pc.cast(column, pa.float64())
    elif not pa.types.is_integer(column.type):
        raise ValueError(f"{what}: column 'count' holds {column.type}. Give whole numbers.")
    missing = column.is_null(nan_is_null=True).to_numpy(zero_copy_only=False)
    _refuse(cells, missing, what, "has no count. Give 0 where nothing was counted.")
    values = column.to_numpy(zero_copy_only=False)
    _refuse(cells, values < 0, what, "has a negative count. Count again.")
    _refuse(cells, values > GREATEST_COUNT, what, "has a count too large for any population.")
    whole: Ints = values.astype(np.int64)
    _refuse(cells, whole != values, what, "has a fractional count. Protect counts, not rates.")
    return whole


def _coded(column: pa.ChunkedArray, name: str, what: str) -> Coded:
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind)):
        raise ValueError(f"{what}: column '{name}' holds {kind}. Give category codes as text.")
    # Encoding the plain strings afresh leaves out dictionary entries that no cell uses.
    encoded = pc.dictionary_encode(pc.cast(column, pa.string()).combine_chunks())
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    return Coded(codes, tuple(encoded.dictionary.to_pylist()))


def _order(columns: Mapping[str, Coded]) -> npt.NDArray[np.intp]:
    """(n,) the rows in order: crossing, breakdowns in turn with the total first, measure."""
    keys = ["crossing", *(name for name in columns if name not in ("crossing", "measure"))]
    ranks = []
    for name in (*keys, "measure"):
        column = columns[name]
        by_rank = sorted(column.values, key=lambda value: (value != TOTAL, value))
        place = {value: rank for rank, value in enumerate(by_rank)}
        ranks.append(column.numbers(place.__getitem__, null=-1))
    # numpy sorts 16-bit integers by radix, several times faster than wider ones.
    narrow = [rank.astype(np.int16) if rank.max(initial=0) < 2**15 else rank for rank in ranks]
    order: npt.NDArray[np.intp] = np.lexsort(narrow[::-1])
    return order


def _check_coordinates(cells: Cells, what: str) -> None:
    for label, column in (("crossing", cells.crossing), ("measure", cells.measure)):
        _refuse(cells, column.codes < 0, what, f"has no {label}. Fill the column in.")
    same = np.ones(max(len(cells) - 1, 0), dtype=bool)
    for column in (cells.crossing, *cells.breakdowns.values(), cells.measure):
        same &= column.codes[1:] == column.codes[:-1]
    twice = np.append(same, False) if len(cells) else same
    _refuse(cells, twice, what, "stands twice. Leave one, or add them up if they are parts.")


def _check_crossings(cells: Cells, what: str) -> None:
    """Each cell has a value for the breakdowns of its crossing and, but for time, no other."""
    for name, column in cells.breakdowns.items():
        used = cells.crossing.flags(lambda crossing, name=name: name in crossing.split(" x "))  # type: ignore[misc]
        empty = column.codes < 0
        _refuse(cells, used & empty, what, f"leaves '{name}' empty. Give a category or '{TOTAL}'.")
        if cells.kinds[name] != "time":  # a month's row also names its financial year
            _refuse(
                cells,
                ~used & ~empty,
                what,
                f"is split by '{name}', which its crossing does not use. Correct the crossing.",
            )
    for crossing in cells.crossing.values:
        for name in filter(None, crossing.split(" x ")):
            if name not in cells.breakdowns:
                raise ValueError(
                    f"{what}: crossing '{crossing}' uses '{name}', but no column is called so. "
                    f"The breakdown columns are {', '.join(cells.breakdowns) or 'none'}."
                )


def _refuse(cells: Cells, bad: Bools, what: str, problem: str) -> None:
    if bad.any():
        rows = np.flatnonzero(bad)
        more = f" {len(rows) - 1:,} more cells have the same fault." if len(rows) > 1 else ""
        raise ValueError(f"{what}: the cell ({cells.name(int(rows[0]))}) {problem}{more}")
