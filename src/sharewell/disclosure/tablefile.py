"""A table as a file: a CSV of breakdown columns and one column of counts as printed, and a YAML.

The CSV holds what a reader sees: numbers, ``*`` and ``[c]``. The YAML of the same name beside it
says what the columns mean: what is a total, what a total is the sum of, and by which rule small
numbers were treated. Here is the table itself; `tablereading` reads and writes its files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pyarrow as pa

from sharewell.disclosure.protect import NO_LIMIT, SILENT, STAR, STARRED, WITHHELD, Treatments
from sharewell.disclosure.protect import print_counts as print_by_rule
from sharewell.disclosure.protect import reading as read_by_rule
from sharewell.disclosure.rules import Rule
from sharewell.disclosure.system import UNBOUNDED, Bools, Ints

TO = " to "
"""Between the ends of a printed range: ``8 to 22``."""


class TableFileError(ValueError):
    """A table file that cannot be used; the message names the file, the place and the remedy."""


@dataclass(frozen=True)
class Column:
    """A breakdown column.

    Columns of one ``dimension`` say together where a cell stands in it: the last of them that is
    not at its ``total`` does. ``parts`` gives, for a total, the categories that it is the sum of.
    ``within`` names the column whose categories this one's are parts of. Without ``adds`` the
    parts overlap, as people do who are counted in several areas: each is at most the total, and
    the total at most all of them together.
    """

    name: str
    dimension: str
    total: str | None
    parts: Mapping[str, tuple[str, ...]]
    within: str | None = None
    adds: bool = True

    def sums(self) -> list[tuple[str, tuple[str, ...]]]:
        """Each total with what it is the sum of.

        Parts that overlap become sums by counts that nobody prints: a total is a part and those
        without it; and the parts together are the total and whoever is counted again.
        """
        if self.adds:
            return list(self.parts.items())
        found: list[tuple[str, tuple[str, ...]]] = []
        for whole, parts in self.parts.items():
            every = f"{whole}, as often as counted"
            found += [(every, parts), (every, (whole, f"{whole}, counted again"))]
            found += [(whole, (part, f"{whole} without {part}")) for part in parts]
        return found


@dataclass(frozen=True)
class TableFile:
    """A table as printed, or not yet protected (``rule`` None: its numbers are the true counts).

    ``cells`` has a string column for each of ``columns``, and ``count`` names the one of counts.
    ``fixed`` places the whole table in dimensions that it has no column for. A cell is national,
    and exempt from the rule, where each column named in ``national`` has one of the values there;
    ``national`` True exempts all cells.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    count: str
    cells: pa.Table
    rule: Rule | None
    national: Mapping[str, tuple[str, ...]] | bool = False
    fixed: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return int(self.cells.num_rows)

    @property
    def dimensions(self) -> dict[str, list[Column]]:
        """The columns of each dimension, in order."""
        found: dict[str, list[Column]] = {}
        for column in self.columns:
            found.setdefault(column.dimension, []).append(column)
        return found

    def coordinates(self) -> dict[str, list[str]]:
        """By dimension, the category of each row in it."""
        found: dict[str, list[str]] = {}
        for dimension, columns in self.dimensions.items():
            values = self.cells[columns[0].name].to_pylist()
            for column in columns[1:]:
                finer = self.cells[column.name].to_pylist()
                values = [
                    old if new == column.total else new
                    for old, new in zip(values, finer, strict=True)
                ]
            found[dimension] = values
        return found

    def sums(self) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
        """By dimension, each total with the categories that it is the sum of."""
        return {
            dimension: [each for column in columns for each in column.sums()]
            for dimension, columns in self.dimensions.items()
        }

    @cached_property
    def printed(self) -> list[str]:
        """The count of each row, as printed."""
        values: list[str] = self.cells[self.count].to_pylist()
        return values

    def open_cells(self) -> Bools:
        """(n,) which cells the rule exempts as national figures."""
        if isinstance(self.national, bool):
            return np.full(len(self), self.national)
        exempt = np.full(len(self), bool(self.national))
        for name, values in self.national.items():
            exempt &= np.array([v in values for v in self.cells[name].to_pylist()], dtype=bool)
        return exempt

    def treatments(self, rule: Rule) -> Treatments:
        """The rule as the rest of this room applies it, to every cell alike."""
        nowhere = np.zeros(len(self), dtype=bool)
        index = np.zeros(len(self), dtype=np.int64)
        return Treatments((rule,), index, self.open_cells(), nowhere, (rule.id,))

    def row(self, number: int) -> str:
        """A cell in words, for an error: its file, its row there, and where it stands."""
        place = ", ".join(f"{c.name} {self.cells[c.name][number].as_py()}" for c in self.columns)
        return f"{self.name}, row {number + 2} ({place or 'the only cell'})"


@dataclass(frozen=True)
class Shown:
    """What the printed cells of one table say: counts from ``low`` to ``high`` (n,); protected
    (n,) are the cells printed ``*`` or ``[c]``."""

    low: Ints
    high: Ints
    protected: Bools


def shown(table: TableFile) -> Shown:
    """What a reader knows of each cell who knows the rule.

    Raises TableFileError for what is no count, and for a form that the rule forbids.
    """
    printed, ranges = _numbers(table)
    if table.rule is None:
        no_count = (printed < 0) | (ranges[1] >= 0)
        _refuse(table, no_count, "is not a count, and no rule is named. Name it under 'rule'.")
        return Shown(printed, printed, np.zeros(len(table), dtype=bool))
    rule, open_ = table.rule, table.open_cells()
    closed = (printed >= 0) & ~open_
    least = rule.rounded(rule.first_rounded)
    _refuse(
        table,
        (printed == STAR) & ((not rule.stars) | open_),
        f"prints {STARRED}, where rule '{rule.id}' stars nothing. Correct the cell or the rule.",
    )
    _refuse(
        table,
        closed & (printed >= rule.low) & (printed < least),
        f"prints a number that rule '{rule.id}' hides: from {rule.low} to {least - 1} it prints "
        f"{STARRED}. Correct the cell, or list it under 'national' if it is exempt.",
    )
    _refuse(
        table,
        closed & (printed >= least) & (printed % rule.base != 0),
        f"prints no multiple of {rule.base}, to which rule '{rule.id}' rounds. Correct the cell, "
        "or list it under 'national' if it is exempt.",
    )
    wide = ranges[1] >= 0
    _refuse(
        table,
        wide & (ranges[0] < rule.first_rounded),
        f"says that a count may be one that rule '{rule.id}' hides, below {rule.first_rounded}. "
        f"Print {WITHHELD} instead.",
    )
    _, low, high = read_by_rule(printed, table.treatments(rule))
    high = np.where(high == NO_LIMIT, UNBOUNDED, high)
    low, high = np.where(wide, ranges[0], low), np.where(wide, ranges[1], high)
    return Shown(low, high, ((printed == STAR) | (printed == SILENT)) & ~wide)


def check_rows(table: TableFile) -> None:
    """Raises TableFileError where a cell stands twice, or a total has some parts and not all."""
    names = [column.name for column in table.columns]
    first: dict[tuple[str, ...], int] = {}
    for number, key in enumerate(_rows([table.cells[name].to_pylist() for name in names], table)):
        if key in first:
            raise TableFileError(
                f"{table.row(number)} stands twice: also in row {first[key] + 2}. Leave one."
            )
        first[key] = number
    place = {
        key: number for number, key in enumerate(_rows(list(table.coordinates().values()), table))
    }
    for at, columns in enumerate(table.dimensions.values()):
        sums = [each for column in columns if column.adds for each in column.parts.items()]
        rows: dict[str, list[tuple[str, ...]]] = {}
        for key in place:
            rows.setdefault(key[at], []).append(key)
        for whole, parts in sums:
            for key in rows.get(whole, ()):
                missing = [p for p in parts if (*key[:at], p, *key[at + 1 :]) not in place]
                if missing and len(missing) < len(parts):
                    raise TableFileError(
                        f"{table.row(place[key])} is the sum of {len(parts)} parts, of which "
                        f"'{missing[0]}' is missing. Add its row, printed {WITHHELD} if nothing "
                        "is said of it, or leave it out of 'parts'."
                    )


def _rows(columns: Sequence[list[str]], table: TableFile) -> Iterable[tuple[str, ...]]:
    return zip(*columns, strict=True) if columns else [()] * len(table)


def print_table(
    table: TableFile,
    rule: Rule,
    counts: Ints,
    withheld: Bools | None = None,
    widened: Ints | None = None,
) -> TableFile:
    """``table`` as ``rule`` lets it be printed, with the ``withheld`` cells as ``[c]``, but those
    with a base in ``widened`` (n,) as the range of counts that are rounded alike to it."""
    printed = print_by_rule(counts, table.treatments(rule))
    if withheld is not None:
        printed[withheld] = SILENT
    symbols = {STAR: STARRED, SILENT: WITHHELD}
    texts = [symbols.get(value, str(value)) for value in printed.tolist()]
    if widened is not None:
        low, high = rounded_alike(rule, counts, np.maximum(widened, 1))
        for row in np.flatnonzero(widened):
            texts[row] = f"{low[row]}{TO}{high[row]}"
    place = table.cells.column_names.index(table.count)
    cells = table.cells.set_column(place, table.count, pa.array(texts, pa.string()))
    return replace(table, rule=rule, cells=cells)


def rounded_alike(rule: Rule, counts: Ints, base: Ints) -> tuple[Ints, Ints]:
    """The least and greatest count that the nearest multiple of ``base`` leaves possible, among
    those that the rule does not hide."""
    least = base * ((counts + base // 2) // base) - base // 2
    return np.maximum(least, rule.first_rounded), least + base - 1


def _numbers(table: TableFile) -> tuple[Ints, tuple[Ints, Ints]]:
    """The printed counts as numbers, STAR or SILENT; and the ends of ranges, which are SILENT
    among the numbers (-1: no range)."""
    symbols = {STARRED: STAR, WITHHELD: SILENT}
    values = np.zeros(len(table), dtype=np.int64)
    low, high = np.full(len(table), -1, dtype=np.int64), np.full(len(table), -1, dtype=np.int64)
    for number, text in enumerate(table.printed):
        first, to, last = text.partition(TO)
        if text in symbols:
            values[number] = symbols[text]
        elif _is_count(text):
            values[number] = int(text)
        elif to and _is_count(first) and _is_count(last) and int(first) <= int(last):
            values[number], low[number], high[number] = SILENT, int(first), int(last)
        else:
            kind = "no count"
            if text.startswith("-") and text[1:].replace(".", "", 1).isdigit():
                kind = "a negative count"
            elif text.replace(".", "", 1).isdigit():
                kind = "a fractional count" if "." in text else "too large a count"
            raise TableFileError(
                f"{table.row(number)} prints '{text}', which is {kind}. Give a whole number such "
                f"as 1250, a range such as 8{TO}22, {STARRED} or {WITHHELD}."
            )
    return values, (low, high)


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 13


def _refuse(table: TableFile, bad: Bools, problem: str) -> None:
    rows = np.flatnonzero(bad)
    if len(rows):
        more = f" So do {len(rows) - 1:,} more cells." if len(rows) > 1 else ""
        first = int(rows[0])
        raise TableFileError(f"{table.row(first)}, printed {table.printed[first]}, {problem}{more}")
