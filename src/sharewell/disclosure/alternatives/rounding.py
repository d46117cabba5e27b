"""Controlled rounding: every count to a multiple of the base, and the sums still hold.

Each count goes to one of the two multiples around it, not always the nearer, so that the printed
table adds up. In tables of two breakdowns that can always be done (L. H. Cox, A constructive
procedure for unbiased controlled rounding, 1987). With three breakdowns or with hierarchies it may
not be (G. Sande, Guaranteed controlled rounding for many totals in multi-way and hierarchical
tables). Then `controlled` says so.
"""

from __future__ import annotations

import numpy as np

from sharewell.disclosure.alternatives.outcome import Outcome, refuse_sums
from sharewell.disclosure.system import Ints, System

GAP = 0.01
"""How near to the closest table is near enough, as a share of its distance from the truth."""


class NoRoundingError(ValueError):
    """No table of multiples of the base adds up within reach of the truth, or none was found."""


def controlled(
    system: System, truth: Ints, base: int, *, reach: int = 1, gap: float = GAP, nodes: int = 2_000
) -> Ints:
    """(n,) multiples of ``base`` that add up, as near to ``truth`` (n,) as was found.

    Each is less than ``reach`` times the base away; with a reach of 1 a multiple stays as it is.
    ``nodes`` limits the search by a count and not by time. Raises NoRoundingError when there is no
    such table, and ValueError when ``truth`` does not add up.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array, eye_array, hstack, vstack

    refuse_sums(system, truth)
    if base < 2 or reach < 1:
        raise ValueError(f"Base {base}, reach {reach}. Give a base of 2 or more, a reach of 1.")
    if not len(truth):
        return truth.copy()
    size, equations = len(truth), len(system.total)
    below, above = _range(truth, base, reach)
    each = np.repeat(np.arange(equations), system.sizes)
    sums = csr_array(
        (
            np.concatenate([-np.ones(equations), np.ones(len(each))]),
            (
                np.concatenate([np.arange(equations), each]),
                np.concatenate([system.total, system.parts]),
            ),
        ),
        shape=(equations, size),
    )
    # Variables: how many bases each cell prints, and how far that is from the truth.
    one = eye_array(size)
    far = np.full(size, np.inf)
    found = milp(
        np.concatenate([np.zeros(size), np.ones(size)]),
        integrality=np.concatenate([np.ones(size), np.zeros(size)]),
        bounds=Bounds(
            np.concatenate([below, np.zeros(size)]), np.concatenate([above.astype(float), far])
        ),
        constraints=[
            LinearConstraint(hstack([sums, csr_array((equations, size))]).tocsr(), 0, 0),
            LinearConstraint(
                vstack([hstack([base * one, -one]), hstack([-base * one, -one])]).tocsr(),
                -np.inf,
                np.concatenate([truth, -truth]),
            ),
        ],
        options={"mip_rel_gap": gap, "node_limit": nodes},
    )
    if found.x is None:
        why = "There is no" if found.status == 2 else f"Within {nodes:,} branches there was no"
        raise NoRoundingError(
            f"{why} table of multiples of {base} that adds up and is everywhere less than "
            f"{reach * base} from the truth. Allow a reach of {reach + 1}, or link fewer tables."
        )
    printed: Ints = base * np.rint(found.x[:size]).astype(np.int64)
    refuse_sums(system, printed)
    return printed


def rounding_reading(printed: Ints, base: int, reach: int = 1) -> tuple[Ints, Ints]:
    """(n,) the least and greatest counts that can be printed as ``printed`` (n,)."""
    return np.maximum(printed - (reach * base - 1), 0), printed + (reach * base - 1)


def by_controlled_rounding(system: System, truth: Ints, base: int, *, reach: int = 1) -> Outcome:
    """Every cell rounded so that all sums hold. Raises as `controlled` does."""
    printed = controlled(system, truth, base, reach=reach)
    low, high = rounding_reading(printed, base, reach)
    return Outcome("controlled-rounding", printed, low, high)


def _range(truth: Ints, base: int, reach: int) -> tuple[Ints, Ints]:
    """The least and greatest number of bases for each cell."""
    down, up = truth // base, -(-truth // base)
    return np.maximum(down - (reach - 1), 0), up + (reach - 1)
