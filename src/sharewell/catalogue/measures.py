"""Measures: what is counted.

FCE, FAE and emergency FAE follow the HES derivations: a finished consultant episode has
EPISTAT 3 and is not a regular day or night attendance (CLASSPAT 3 or 4); a finished admission
episode is an FCE that comes first in its spell (EPIORDER 1); an emergency one has an ADMIMETH
that starts with 2. They count episodes and admissions, not people. Each is dated by the day the
episode ends (EPIEND).
"""

from __future__ import annotations

from dataclasses import dataclass

_FCE = "EPISTAT = 3 AND CLASSPAT NOT IN (3, 4)"
_FAE = f"{_FCE} AND EPIORDER = 1"


@dataclass(frozen=True)
class Measure:
    """One thing to count.

    ``condition`` is SQL over vault columns (DuckDB dialect) that says which episodes count.
    ``distinct`` names the column whose different values are counted; without it, rows are.
    A distinct measure does not add: a margin is counted afresh, never summed.
    """

    id: str
    title: str
    condition: str
    distinct: str | None = None

    @property
    def adds(self) -> bool:
        """Whether a margin equals the sum of its cells."""
        return self.distinct is None


MEASURES: dict[str, Measure] = {
    measure.id: measure
    for measure in (
        Measure("FCE", "Finished consultant episodes", _FCE),
        Measure("FAE", "Finished admission episodes", _FAE),
        Measure(
            "FAE_EMERGENCY",
            "Emergency finished admission episodes",
            f"{_FAE} AND starts_with(ADMIMETH, '2')",
        ),
        Measure("PEOPLE", "People with a finished admission episode", _FAE, "TOKEN_PERSON_ID"),
    )
}
