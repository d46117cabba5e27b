"""What a method prints of linked cells, and what a reader knows of each."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sharewell.disclosure.protect import (
    NO_LIMIT,
    SILENT,
    Treatments,
    print_counts,
    reading,
)
from sharewell.disclosure.rules import Rule
from sharewell.disclosure.system import UNBOUNDED, Bools, Ints, System


@dataclass(frozen=True)
class Outcome:
    """One method's printed form of n cells.

    ``printed`` (n,) is a number, or STAR or SILENT where none is printed. ``low`` and ``high``
    (n,) are what a reader who knows the method can say of each cell by itself (`UNBOUNDED`: no
    limit). ``note`` says what the method could not do.
    """

    method: str
    printed: Ints
    low: Ints
    high: Ints
    note: str = ""


def by_rule(truth: Ints, rule: Rule, exact: Bools | None = None) -> Outcome:
    """The truth (n,) under ``rule``; ``exact`` (n,) marks the cells that it exempts."""
    nothing = np.zeros(len(truth), dtype=bool)
    open_ = nothing if exact is None else exact
    how = Treatments((rule,), np.zeros(len(truth), dtype=np.int64), open_, nothing, (rule.id,))
    printed = print_counts(truth, how)
    _, low, high = reading(printed, how)
    return Outcome(rule.id, printed, low, np.where(high == NO_LIMIT, UNBOUNDED, high))


def withhold(outcome: Outcome, withheld: Bools, method: str) -> Outcome:
    """The same with the cells of ``withheld`` (n,) silent: what a repair makes of a rule."""
    return replace(
        outcome,
        method=method,
        printed=np.where(withheld, SILENT, outcome.printed),
        low=np.where(withheld, 0, outcome.low),
        high=np.where(withheld, UNBOUNDED, outcome.high),
    )


def refuse_sums(system: System, truth: Ints) -> None:
    """Raise ValueError unless ``truth`` (n,) is whole, not negative, and adds up."""
    if len(truth) != len(system):
        raise ValueError(f"{len(truth)} counts for {len(system)} cells. Give one for each.")
    if (truth < 0).any():
        raise ValueError(f"Cell {np.flatnonzero(truth < 0)[0]} has a negative count.")
    if len(system.total):
        sums = np.add.reduceat(truth[system.parts], system.start[:-1])
        wrong = np.flatnonzero(sums != truth[system.total])
        if len(wrong):
            raise ValueError(
                f"Equation {wrong[0]} does not hold: the parts of cell {system.total[wrong[0]]} "
                "do not add up to it. Count again."
            )
