"""What it costs to withhold a cell, and how much a table says: the measures that repair weighs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sharewell.disclosure.repair import Floats
from sharewell.disclosure.system import UNBOUNDED
from sharewell.disclosure.tablefile import TableFile, TableFileError, shown

TOTAL_COST = 1.2
"""What it costs to withhold a total, for each dimension that it totals; any other cell costs 1."""

Weights = Mapping[tuple[str, str], float]
"""(column, category) to what multiplies the cost of the cells there."""


def check_weights(table: TableFile, weights: Weights) -> None:
    """Raises TableFileError for a weight that is not above 0, or that no cell has."""
    for (name, value), weight in weights.items():
        known = name in {column.name for column in table.columns}
        if not (known and weight > 0 and value in table.cells[name].to_pylist()):
            raise TableFileError(
                f"The weight of {name}={value} cannot be used: it must be above 0, '{name}' a "
                f"breakdown of {table.name}, and '{value}' in it."
            )


def row_costs(table: TableFile, weights: Weights) -> Floats:
    """(n,) what withholding each row costs."""
    cost = np.ones(len(table))
    coordinates = table.coordinates()
    for dimension, sums in table.sums().items():
        wholes = {whole for whole, _ in sums}
        cost *= np.where([v in wholes for v in coordinates[dimension]], TOTAL_COST, 1.0)
    for (name, value), weight in weights.items():
        cost *= np.where([v == value for v in table.cells[name].to_pylist()], weight, 1.0)
    return cost


def worth(table: TableFile, weights: Weights) -> Floats:
    """(n,) how much each printed row says: its cost, less the share of the count that is unknown.

    That share is half of the range, relative to its middle: nothing of an exact count, 2 in 10 of
    a ``10`` that is 8 to 12, three quarters of a ``*`` that is 1 to 7, and all of a ``[c]``.
    """
    says = shown(table)
    low, high = says.low.astype(float), says.high.astype(float)
    share = np.divide(high - low, high + low, out=np.zeros(len(low)), where=high > low)
    return row_costs(table, weights) * np.where(says.high >= UNBOUNDED, 0.0, 1.0 - share)


def loss(first: TableFile, last: TableFile, weights: Weights, merged: Mapping[str, str]) -> float:
    """How much less ``last`` says than ``first``.

    ``merged`` gives what became of a category (``column=category``) that ``last`` has merged into
    another. A merged cell makes up for those merged into it, as far as it says as much.
    """
    before: dict[tuple[str, ...], float] = {}
    after = dict(zip(_keys(last, {}), worth(last, weights).tolist(), strict=True))
    for key, value in zip(_keys(first, merged), worth(first, weights).tolist(), strict=True):
        before[key] = before.get(key, 0.0) + value
    return float(sum(max(value - after.get(key, 0.0), 0.0) for key, value in before.items()))


def _keys(table: TableFile, merged: Mapping[str, str]) -> list[tuple[str, ...]]:
    columns = [
        [merged.get(f"{column.name}={v}", v) for v in table.cells[column.name].to_pylist()]
        for column in table.columns
    ]
    return list(zip(*columns, strict=True)) if columns else [()] * len(table)
