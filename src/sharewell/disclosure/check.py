"""Does a printed table obey its rule? Asked before anything leaves, and of files from elsewhere.

It reads the table as printed and needs no counts. It finds a rule broken in a cell; what cells
say together is for the attacker to find.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sharewell.disclosure.arrow import as_arrow
from sharewell.disclosure.cells import Bools, Cells, Ints, read_cells
from sharewell.disclosure.protect import (
    NO_LIMIT,
    SILENT,
    STAR,
    STARRED,
    TREATMENTS,
    WITHHELD,
    Treatments,
    reading,
    treatments,
)
from sharewell.disclosure.published import PublishedTable
from sharewell.disclosure.rules import WELSH_AREAS, ExtraRule, Rule

_KNOWN = ("printed", "treatment", "low", "high")
UNREADABLE = -3
"""In an array of printed values: neither a number nor a symbol."""

_EXAMPLES = 5


@dataclass(frozen=True)
class Problem:
    """One way in which a table breaks its rule: how many cells do, and the first of them."""

    message: str
    cells: int
    examples: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.message} ({self.cells:,} cells; first: {self.examples[0]})"


def check(
    published: PublishedTable,
    *,
    breakdown_kinds: Mapping[str, str],
    rule: Rule,
    overrides: Mapping[str, Rule] = WELSH_AREAS,
    extra: Sequence[ExtraRule] = (),
    exempt_measures: Collection[str] = (),
) -> tuple[Problem, ...]:
    """What is wrong with ``published`` under ``rule``; empty when nothing is.

    The keywords are those of `protect`. A table from elsewhere may come without ``treatment``,
    ``low`` and ``high``. Raises ValueError, as `protect` does, for a table that cannot be read:
    a column nobody has declared (such as a forgotten ``count``) is one.
    """
    what = f"Table '{published.id}'"
    table = as_arrow(published.cells, what)
    beside = tuple(n for n in _KNOWN if n == "printed" or n in table.column_names)
    cells = read_cells(table, breakdown_kinds, beside, what)
    how = treatments(cells, rule, overrides, extra, exempt_measures)
    printed = read_printed(cells.table["printed"])
    problems = [
        _problem(cells, printed == UNREADABLE, "A cell prints neither a whole number, * nor [c]"),
        _problem(
            cells,
            how.silent & (printed != SILENT),
            "A cell is printed that an extra rule of the agreement withholds",
        ),
    ]
    for number, each in enumerate(how.rules):
        closed = (how.rule == number) & ~how.open_ & (printed >= 0)
        problems += _broken(cells, printed, closed, each)
    if not any(problems):
        problems += _false_reading(cells, printed, how)
    return tuple(problem for problem in problems if problem)


def _broken(cells: Cells, printed: Ints, closed: Bools, rule: Rule) -> list[Problem | None]:
    """The ways in which cells that print a number break ``rule``."""
    least = rule.rounded(rule.first_rounded)  # below it, only a true 0 is ever printed
    hidden = closed & (printed >= rule.low) & (printed < least)
    odd = closed & (printed >= least) & (printed % rule.base != 0)
    return [
        _problem(
            cells,
            hidden,
            f"A number is printed that rule '{rule.id}' hides: from {rule.low} to {least - 1}",
        ),
        _problem(
            cells,
            odd,
            f"A number is not a multiple of {rule.base}, to which rule '{rule.id}' rounds",
        ),
    ]


def _false_reading(cells: Cells, printed: Ints, how: Treatments) -> list[Problem | None]:
    """Whether treatment, low and high are what the printed value says, no more and no less."""
    treatment, low, high = reading(printed, how)
    expected = {
        "treatment": pa.array(TREATMENTS).take(pa.array(treatment)),
        "low": pa.array(low),
        "high": pa.array(high, mask=high == NO_LIMIT),
    }
    problems: list[Problem | None] = []
    for name, right in expected.items():
        if name in cells.table.column_names:
            given = pc.cast(cells.table[name].combine_chunks(), right.type)
            same = pc.fill_null(pc.equal(given, right), False)
            both_null = pc.and_(given.is_null(), right.is_null())
            wrong = ~pc.or_(same, both_null).to_numpy(zero_copy_only=False)
            problems.append(
                _problem(cells, wrong, f"Column '{name}' does not say what the printed cell says")
            )
    return problems


def read_printed(column: pa.ChunkedArray) -> Ints:
    """(n,) the printed values as numbers, STAR, SILENT or UNREADABLE."""
    text = pc.fill_null(pc.cast(column.combine_chunks(), pa.string()), "")
    number = pc.match_substring_regex(text, r"^(0|[1-9][0-9]{0,14})$")
    value = pc.cast(pc.if_else(number, text, str(UNREADABLE)), pa.int64())
    value = pc.if_else(pc.equal(text, STARRED), STAR, value)
    value = pc.if_else(pc.equal(text, WITHHELD), SILENT, value)
    result: Ints = value.to_numpy(zero_copy_only=False)
    return result


def _problem(cells: Cells, bad: Bools, message: str) -> Problem | None:
    rows = np.flatnonzero(bad)
    if not len(rows):
        return None
    return Problem(message, len(rows), tuple(cells.name(int(row)) for row in rows[:_EXAMPLES]))
