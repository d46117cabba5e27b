"""A table of text: what a CSV file and a sheet of a workbook have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

ROWS = 65_536
"""Rows that are read and checked at a time."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Some rows in order. ``numbers`` are theirs as a spreadsheet shows them; ``columns`` have a
    text for each of them, one column for each heading; ``odd`` are rows passed over with the check
    that says why, and ``done`` is the fraction of the table read so far."""

    numbers: pa.Int64Array
    columns: tuple[pa.StringArray, ...]
    odd: tuple[tuple[int, str], ...]
    done: float

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The texts row by row."""
        return list(zip(*(column.to_pylist() for column in self.columns), strict=True))


@dataclass(frozen=True)
class Table:
    """A CSV file, or one sheet of a workbook.

    ``notes`` are checks that hold for the table as a whole, with what was found. ``read`` gives
    its batches; it raises FileFaultError where the table cannot be read to its end.
    """

    path: Path
    sheet: str
    headings: tuple[str, ...]
    notes: tuple[tuple[str, str], ...]
    read: Callable[[], Iterator[Batch]]

    @property
    def name(self) -> str:
        """'exchange.csv', or 'year.xlsx, needle'."""
        return f"{self.path.name}, {self.sheet}" if self.sheet else self.path.name


def ahead(batches: Iterator[Batch]) -> Iterator[Batch]:
    """The same batches, of which the next is read while one is worked on."""
    with ThreadPoolExecutor(1) as beside:
        waiting = beside.submit(next, batches, None)
        while (batch := waiting.result()) is not None:
            waiting = beside.submit(next, batches, None)
            yield batch


def even(
    rows: Sequence[Sequence[str]], first: int, width: int, done: float, *, pad: bool = False
) -> Batch:
    """A batch of the rows that have ``width`` values; the others are odd (MON014 to MON016).

    With ``pad`` short rows are filled up, as rows of a sheet are.
    """
    numbers: list[int] = []
    kept: list[Sequence[str]] = []
    odd: list[tuple[int, str]] = []
    for number, row in enumerate(rows, start=first):
        if not any(value.strip() for value in row):
            odd.append((number, "MON016"))
        elif len(row) > width and any(value.strip() for value in row[width:]):
            odd.append((number, "MON014"))
        elif len(row) < width and not pad:
            odd.append((number, "MON015"))
        else:
            numbers.append(number)
            kept.append([*row[:width], *[""] * (width - len(row))])
    columns = zip(*kept, strict=True) if kept else repeat((), width)
    return Batch(
        pa.array(numbers, pa.int64()),
        tuple(pa.array(column, pa.string()) for column in columns),
        tuple(odd),
        done,
    )


def without_blank(columns: Sequence[pa.StringArray], first: int, done: float) -> Batch:
    """A batch of whole columns, whose rows begin with number ``first``. Rows of nothing but blanks
    are odd (MON016)."""
    numbers = pa.array(range(first, first + len(columns[0])), pa.int64())
    filled = pa.array([False] * len(numbers))
    for column in columns:
        filled = pc.or_(filled, pc.not_equal(pc.utf8_trim_whitespace(column), ""))
        if pc.all(filled).as_py() in (True, None):
            return Batch(numbers, tuple(columns), (), done)
    blank = numbers.filter(pc.invert(filled)).to_pylist()
    return Batch(
        numbers.filter(filled),
        tuple(column.filter(filled) for column in columns),
        tuple((number, "MON016") for number in blank),
        done,
    )
