"""A table, specified: small, frozen, and saying nothing of how it is computed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from sharewell.catalogue.codelists import CodeList


@dataclass(frozen=True)
class TableSpec:
    """What to count.

    ``crossings`` are the cross-classifications that the table prints, each a tuple of breakdown
    ids, such as ``("month", "police_force", "age_band")``. Every crossing comes with all its
    margins. Time rolls up to the financial year and no further: a crossing with ``month`` also
    holds, for each financial year, the total over its months.
    ``first`` and ``last`` bound the day on which an episode ends (both included).
    """

    id: str
    title: str
    dataset: str
    cohort: CodeList
    measures: tuple[str, ...]
    crossings: tuple[tuple[str, ...], ...]
    first: date
    last: date


@dataclass(frozen=True)
class CountedTable:
    """The counts of one table, unsuppressed.

    ``cells`` has a row for each cell: ``crossing`` (its breakdown ids joined with ' x '), a
    string column for each breakdown of the table (plus ``financial_year`` wherever ``month`` is
    used) holding a category code, 'total', or null where the crossing does not use it,
    ``measure``, and ``count`` (int64, zeros included).
    """

    spec: TableSpec
    cells: pa.Table
