"""From counted rows to complete cells: every combination of categories, and every margin.

A crossing is a dense array with an axis for each breakdown, so that zeros and margins are array
arithmetic. Cells come in the order of the crossing's breakdowns, each in the order of its
categories with the total after the categories that it sums (a year after its months), and the
measures of one cell side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import prod

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sharewell.catalogue.breakdowns import TOTAL, UNKNOWN, categories, financial_year, months
from sharewell.tabulation.plan import CrossingQuery, axes_of
from sharewell.tabulation.spec import TableSpec

_GRAINS = {"diagnosis": ("primary", 4), "cause": ("cause", 3)}
"""The clinical breakdowns: the position that they show, and their length of code."""


@dataclass(frozen=True)
class Axis:
    """One breakdown of a crossing.

    ``columns`` maps a column of the table to its value at each position of the axis; ``keys``
    are what the query gives for each position; ``margins`` pairs the position of a total with
    the positions that it sums.
    """

    columns: dict[str, list[str]]
    keys: list[str]
    margins: tuple[tuple[int, slice], ...]


def column_names(crossings: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The breakdown columns of a table in order of first use, the year before the month."""
    names: list[str] = []
    for key in (key for crossing in crossings for key in crossing):
        names += ["financial_year", "month"] if key == "month" else [key]
    return tuple(dict.fromkeys(names))


def complete(query: CrossingQuery, rows: pa.Table) -> pa.Table:
    """The cells of one crossing: columns as in `CountedTable.cells`.

    ``rows`` is what the query gave. Raises ValueError where it holds a category that the
    catalogue does not list, because a count would be lost.
    """
    spec = query.spec
    axes = [_axis(name, spec, rows) for name in axes_of(query.crossing)]
    counts = _scatter(query, axes, rows)
    if not query.margins_counted:
        _add_margins(counts, axes)
    return _cells(query, axes, counts)


def _axis(name: str, spec: TableSpec, rows: pa.Table) -> Axis:
    if name == "month":
        return _months(spec.first, spec.last)
    if name == "financial_year":
        years = _years(spec.first, spec.last)
        return Axis({name: years}, years, ())
    listed = categories(name)
    values = list(listed) if listed is not None else _clinical(name, spec, rows)
    printed = [*values, TOTAL]
    return Axis({name: printed}, printed, ((len(values), slice(0, len(values))),))


def _years(first: date, last: date) -> list[str]:
    return [str(year) for year in range(financial_year(first), financial_year(last) + 1)]


def _months(first: date, last: date) -> Axis:
    """The months of each financial year, followed by the year."""
    year_column: list[str] = []
    month_column: list[str] = []
    keys: list[str] = []
    margins = []
    by_year: dict[str, list[str]] = {}
    for month in months(first, last):
        year = financial_year(date.fromisoformat(f"{month}-01"))
        by_year.setdefault(str(year), []).append(month)
    for year_label, members in by_year.items():
        margins.append((len(keys) + len(members), slice(len(keys), len(keys) + len(members))))
        keys += [*members, year_label]
        month_column += [*members, TOTAL]
        year_column += [year_label] * (len(members) + 1)
    return Axis({"financial_year": year_column, "month": month_column}, keys, tuple(margins))


def _clinical(name: str, spec: TableSpec, rows: pa.Table) -> list[str]:
    """The codes that occur, with the cohort's own codes where they have the breakdown's length."""
    found = {value for value in pc.unique(rows[name]).to_pylist() if value is not None}
    position, length = _GRAINS[name]
    if spec.cohort.position == position:
        found |= {code for code in spec.cohort.codes if len(code) == length}
    unknown = [UNKNOWN] if UNKNOWN in found else []
    return [*sorted(found - {UNKNOWN}), *unknown]


MOST_CELLS = 20_000_000
"""More cells than this in one crossing are a mistake in its specification."""


def _scatter(query: CrossingQuery, axes: Sequence[Axis], rows: pa.Table) -> np.ndarray:
    """Counts in an array with an axis for each breakdown and a last one for the measures."""
    spec = query.spec
    shape = (*(len(axis.keys) for axis in axes), len(spec.measures))
    if prod(shape) > MOST_CELLS:
        raise ValueError(
            f"Table '{spec.id}', crossing '{' x '.join(query.crossing)}': it would have "
            f"{prod(shape):,} cells, more than anybody can read or protect ({MOST_CELLS:,}). "
            "Cross fewer breakdowns, or count a shorter period."
        )
    counts = np.zeros(shape, dtype=np.int64)
    if rows.num_rows == 0:
        return counts
    index = []
    for name, axis in zip(axes_of(query.crossing), axes, strict=True):
        keys = rows[name]
        if name == "month" and query.margins_counted:
            keys = pc.coalesce(keys, rows["financial_year"])
        keys = pc.fill_null(keys, TOTAL)
        found = pc.index_in(keys, value_set=pa.array(axis.keys, pa.string()))
        if found.null_count:
            strange = keys.filter(pc.is_null(found))[0].as_py()
            raise ValueError(
                f"Table '{spec.id}', breakdown '{name}': the data hold the category '{strange}', "
                "which the catalogue does not list. Add it to the breakdown's categories."
            )
        index.append(found.to_numpy())
    for number, measure in enumerate(spec.measures):
        counts[(*index, number)] = rows[measure].to_numpy()
    return counts


def _add_margins(counts: np.ndarray, axes: Sequence[Axis]) -> None:
    """Fill every total with the sum of its members, in place."""
    for number, axis in enumerate(axes):
        along = np.moveaxis(counts, number, 0)
        for total, members in axis.margins:
            along[total] = along[members].sum(axis=0)


def _cells(query: CrossingQuery, axes: Sequence[Axis], counts: np.ndarray) -> pa.Table:
    spec, size = query.spec, counts.size
    printed = {
        name: _spread(values, number, counts.shape)
        for number, axis in enumerate(axes)
        for name, values in axis.columns.items()
    }
    columns = {"crossing": pa.repeat(pa.scalar(" x ".join(query.crossing)), size)}
    for name in column_names(spec.crossings):
        columns[name] = printed[name] if name in printed else pa.nulls(size, pa.string())
    columns["measure"] = _spread(list(spec.measures), len(axes), counts.shape)
    columns["count"] = pa.array(counts.ravel())
    return pa.table(columns)


def _spread(values: list[str], axis: int, shape: tuple[int, ...]) -> pa.Array:
    """``values`` along one axis of an array of ``shape``, flattened in row order."""
    along = [1] * len(shape)
    along[axis] = shape[axis]
    positions = np.arange(shape[axis], dtype=np.int32).reshape(along)
    return pa.array(values, pa.string()).take(pa.array(np.broadcast_to(positions, shape).ravel()))
