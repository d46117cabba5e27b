"""How many people a report is about: exact, stepwise and corrected, as far as they left.

Exact and stepwise are cells of the release. Corrected is worked out from the printed one and from
the correction that left with the release, so it says no more than both.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow.compute as pc

from sharewell.catalogue.breakdowns import TOTAL
from sharewell.flows.releases import CORRECTION
from sharewell.ledger import Entry
from sharewell.linkage import Correction
from sharewell.publication.labels import MEASURE
from sharewell.service.monitoring.reports.figures import ALL, in_thousands, published

_BOTH = ("ATTRIBUTORS", "PERSONS")


@dataclass(frozen=True)
class Figure:
    """A method, what it gives as it is printed, and about it in a sentence."""

    method: str
    figure: str
    about: str


def three_figures(entry: Entry, area: str) -> tuple[Figure, ...]:
    """The people of an area (`ALL`: of all together) by each method; none where the release does
    not count them by two."""
    found = _printed(entry, area)
    if CORRECTION not in entry.body or not found.keys() >= set(_BOTH):
        return ()
    exact, stepwise = (found[name] for name in _BOTH)
    return (
        Figure("Exact", in_thousands(exact), "Different attributors."),
        Figure(
            "Stepwise",
            in_thousands(stepwise),
            "After linking attributors of which one part differs. The tables below count so.",
        ),
        _corrected(Correction.from_facts(entry.body[CORRECTION]), stepwise),
    )


def _corrected(correction: Correction, stepwise: str) -> Figure:
    if not stepwise.isdecimal():
        return Figure("Corrected", stepwise, "Not worked out: the stepwise count is not shown.")
    number, low, high = correction.of_part(int(stepwise))
    return Figure(
        "Corrected",
        f"{number:,}",
        f"{low:,} to {high:,} with {correction.level:.0%} confidence. Less attributors that are "
        "errors, plus people who share one; to the nearest 5.",
    )


def _printed(entry: Entry, area: str) -> dict[str, str]:
    """What is printed of each measure, in the table that has both."""
    wanted = TOTAL if area == ALL else area
    for table in published(entry, area):
        if set(_BOTH) <= set(table.cells[MEASURE].unique().to_pylist()):
            mine = table.cells.filter(pc.equal(table.cells["crossing"], "residence"))
            rows = mine.select(["residence", MEASURE, "printed"]).to_pylist()
            return {row[MEASURE]: row["printed"] for row in rows if row["residence"] == wanted}
    return {}
