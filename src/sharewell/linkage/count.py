"""How many people: three figures, an interval, and how they were reached."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from sharewell.linkage.link import Linked, link
from sharewell.linkage.occupancy import make_cells, occupancy
from sharewell.linkage.records import DAY_SPAN, ORIGIN, Bools, Ints, Records, pack
from sharewell.linkage.variants import spurious

METHOD = (
    "Exact: distinct attributors (first and last initial, date of birth, sex), client records "
    "counted once. Stepwise: attributors of which one part differs are one person where that is "
    "more likely than chance. Corrected: attributors less those that recording errors make, and "
    "people who share one added, by the occupancy estimator. The dummy attributor is activity, "
    "and nobody."
)


@dataclass(frozen=True)
class PeopleCount:
    """People in some records.

    ``low`` to ``high`` holds the number with probability ``level``, if recording errors are of
    the kinds that the steps know and initials and days of birth are unrelated. ``spurious``:
    attributors taken to be recording errors; ``sharing``: people taken to share another's
    attributor; ``heaped``: days of birth recorded far too often; ``queue``: doubtful pairs.
    """

    records: int
    dummy_records: int
    exact: int
    stepwise: int
    corrected: float
    low: float
    high: float
    level: float
    spurious: float
    sharing: float
    heaped: int
    queue: int
    method: str = METHOD

    @property
    def words(self) -> str:
        """The count in one sentence."""
        return (
            f"{self.corrected:,.0f} people ({self.low:,.0f} to {self.high:,.0f}); "
            f"{self.stepwise:,} by stepwise linking, {self.exact:,} by exact attributor."
        )


def count_people(
    records: Records, linked: Linked | None = None, *, level: float = 0.95
) -> PeopleCount:
    """Counts the people in ``records``, linking them first unless that is done.

    Raises ValueError for a level that is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"A level of {level} is not between 0 and 1. Usual is 0.95.")
    linked = linked or link(records)
    kept = linked.person >= 0
    exact = int(linked.exact.max(initial=-1)) + 1
    stepwise = int(linked.person.max(initial=-1)) + 1
    made, made_error = spurious(linked.variants, linked.evidence, exact)
    made = min(made, max(exact - 1.0, 0.0))
    cells = make_cells(*_usual_attributors(records, linked, kept))
    seen = exact - made
    estimate = occupancy(cells, seen / max(stepwise, 1))
    error = np.hypot(estimate.error, made_error / max(estimate.slope, 1e-12))
    wide = NormalDist().inv_cdf((1 + level) / 2) * float(error)
    return PeopleCount(
        records=len(records),
        dummy_records=int((~kept).sum()),
        exact=exact,
        stepwise=stepwise,
        corrected=estimate.people,
        low=max(estimate.people - wide, min(1.0, float(stepwise))),
        high=estimate.people + wide,
        level=level,
        spurious=made,
        sharing=max(estimate.people - seen, 0.0),
        heaped=len(cells.heaped),
        queue=len(linked.queue),
    )


def _usual_attributors(records: Records, linked: Linked, kept: Bools) -> tuple[Ints, Ints]:
    """For each person the attributor recorded most often: initials and sex, and day of birth."""
    person, packed = linked.person[kept], pack(records.take(kept))
    order = np.lexsort((packed, person))
    person, packed = person[order], packed[order]
    start = np.flatnonzero(
        np.concatenate([[True], (np.diff(person) != 0) | (np.diff(packed) != 0)])[: len(person)]
    )
    many = np.diff(np.append(start, len(person)))
    person, packed = person[start], packed[start]
    best = np.lexsort((packed, -many, person))
    first = np.concatenate([[True], np.diff(person[best]) != 0])[: len(best)]
    group, day = np.divmod(packed[best][first], DAY_SPAN)
    return group, day + ORIGIN
