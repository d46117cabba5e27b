"""A table of text: what a CSV file and a sheet of a workbook have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROWS = 65_536
"""Rows that are read and checked at a time."""


@dataclass(frozen=True)
class Batch:
    """Some rows in order. ``numbers`` are theirs as a spreadsheet shows them, ``rows`` have one
    text for each heading, ``odd`` are rows passed over with the check that says why, and ``done``
    is the fraction of the table read so far."""

    numbers: Sequence[int]
    rows: Sequence[Sequence[str]]
    odd: tuple[tuple[int, str], ...]
    done: float


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


def even(
    rows: Sequence[Sequence[str]], first: int, width: int, done: float, *, pad: bool = False
) -> Batch:
    """A batch of the rows that have ``width`` values; the others are odd (MON014 to MON016).

    With ``pad`` short rows are filled up, as rows of a sheet are.
    """
    if set(map(len, rows)) == {width} and all(map(any, rows)):
        return Batch(range(first, first + len(rows)), rows, (), done)
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
    return Batch(numbers, kept, tuple(odd), done)
