"""Methods side by side: what each hides or changes, and what a reader can still work out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from sharewell.disclosure.alternatives.outcome import Outcome, refuse_sums
from sharewell.disclosure.attacker import bounds
from sharewell.disclosure.system import Ints, System

WIDTH = 3
"""How many counts a protected cell should still be able to have."""


@dataclass(frozen=True)
class Comparison:
    """One method on one system of n cells.

    ``suppressed`` cells print no number, ``changed`` ones another than the true one.
    ``share_hidden`` is the part of the sum of all n counts that stands in suppressed cells, and
    ``mean_error`` the mean distance of the printed numbers from the true ones. Of the
    ``protected`` cells, ``exact`` have one possible count left and ``narrow`` fewer than wished,
    the exact ones among them; ``min_width`` is the least number of counts left (0 where nothing
    is protected). ``seconds`` is the attacker's time.
    """

    method: str
    cells: int
    protected: int
    suppressed: int
    changed: int
    share_hidden: float
    mean_error: float
    exact: int
    narrow: int
    min_width: int
    seconds: float
    note: str


def compare(
    system: System, truth: Ints, outcomes: Sequence[Outcome], *, width: int = WIDTH
) -> tuple[Comparison, ...]:
    """Attack each outcome, knowing how its method prints, and measure what it costs.

    The cells and equations are those of ``system``, and so are the protected cells; its bounds
    are not used. Every method is asked to protect the same cells. Raises ValueError when ``truth``
    (n,) does not add up, or when an outcome's reading leaves out the truth.
    """
    refuse_sums(system, truth)
    return tuple(_compared(system, truth, outcome, width) for outcome in outcomes)


def _compared(system: System, truth: Ints, outcome: Outcome, width: int) -> Comparison:
    wrong = np.flatnonzero((truth < outcome.low) | (truth > outcome.high))
    if len(wrong):
        raise ValueError(
            f"Method '{outcome.method}' says of cell {wrong[0]} what is not so. "
            "Correct its low and high."
        )
    start = perf_counter()
    known = bounds(replace(system, low=outcome.low, high=outcome.high))
    seconds = perf_counter() - start
    left = known.width[system.protected]
    shown = outcome.printed >= 0
    error = np.abs(outcome.printed - truth)[shown]
    return Comparison(
        method=outcome.method,
        cells=len(truth),
        protected=len(left),
        suppressed=int((~shown).sum()),
        changed=int((error > 0).sum()),
        share_hidden=float(truth[~shown].sum() / max(truth.sum(), 1)),
        mean_error=float(error.mean()) if len(error) else 0.0,
        exact=int((left == 1).sum()),
        narrow=int((left < width).sum()),
        min_width=int(left.min(initial=np.iinfo(np.int64).max)) if len(left) else 0,
        seconds=seconds,
        note=outcome.note,
    )
