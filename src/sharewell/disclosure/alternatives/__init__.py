"""Other ways to protect counts, to compare with: each prints a system of linked cells.

None of them is used in a release. They take a `System` and its true counts and give an `Outcome`:
what is printed, and what a reader knows of each cell. `compare` attacks outcomes and measures
their cost.
"""

from sharewell.disclosure.alternatives.cell_key import (
    by_cell_key,
    cell_keys,
    perturb,
    ptable_reading,
    record_keys,
    system_keys,
    unbiased_ptable,
)
from sharewell.disclosure.alternatives.compare import Comparison, compare
from sharewell.disclosure.alternatives.outcome import Outcome, by_rule, withhold
from sharewell.disclosure.alternatives.rounding import (
    NoRoundingError,
    by_controlled_rounding,
    controlled,
    rounding_reading,
)
from sharewell.disclosure.alternatives.secondary import Suppression, by_secondary, suppress

__all__ = [
    "Comparison",
    "NoRoundingError",
    "Outcome",
    "Suppression",
    "by_cell_key",
    "by_controlled_rounding",
    "by_rule",
    "by_secondary",
    "cell_keys",
    "compare",
    "controlled",
    "perturb",
    "ptable_reading",
    "record_keys",
    "rounding_reading",
    "suppress",
    "system_keys",
    "unbiased_ptable",
    "withhold",
]
