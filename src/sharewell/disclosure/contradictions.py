"""What contradicts what in published tables, in words that name the cells and what they print."""

from __future__ import annotations

from sharewell.disclosure.derivation import trace
from sharewell.disclosure.tied import Tied

_MOST_PARTS = 12


def contradiction(tied: Tied) -> tuple[str, list[int]]:
    """The cell that is left without a count, with the sums that leave it none; and the cells of
    those sums, that cell first.

    Asks for a system that `system.propagate` refuses.
    """
    traced = trace(tied.system)
    cell = traced.broken
    last = len(traced.low) - 1
    words, cells = [], [cell]
    for upper, word in ((False, "at least"), (True, "at most")):
        value = int((traced.high if upper else traced.low)[last][cell])
        when = traced.last_change(cell, upper, last)
        if when:
            equation = int((traced.high_by if upper else traced.low_by)[when][cell])
            members = [int(tied.system.total[equation]), *tied.system.members(equation)]
            cells += [int(each) for each in members]
            words.append(f"{word} {value:,}, because {_sum_words(tied, equation)}")
        else:
            words.append(f"{word} {value:,} by what is printed")
    return (
        f"{as_printed(tied, cell)} would have to be {'; and '.join(words)}",
        list(dict.fromkeys(cells)),
    )


def as_printed(tied: Tied, cell: int) -> str:
    """'Cleveland, March 2024 ('10' in 'forces.csv')'."""
    printed = tied.printed_as(cell)
    words = f"'{printed[0][1]}' in '{printed[0][0]}'" if printed else "not printed"
    return f"{tied.name(cell)} ({words})"


def _sum_words(tied: Tied, equation: int) -> str:
    """'X (10) is the sum of Y (*) and Z (5)'."""
    parts = [int(cell) for cell in tied.system.members(equation)]
    words = [as_printed(tied, cell) for cell in parts[:_MOST_PARTS]]
    more = f"; and {len(parts) - _MOST_PARTS} more" if len(parts) > _MOST_PARTS else ""
    total = as_printed(tied, int(tied.system.total[equation]))
    return f"{total} is the sum of {'; '.join(words)}{more}"
