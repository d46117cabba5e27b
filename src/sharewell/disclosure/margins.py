"""Totals that a table of true counts lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa

from sharewell.disclosure.tablefile import Column, TableFile, TableFileError, check_rows, shown


def add_margins(table: TableFile, names: Sequence[str], total: str = "total") -> TableFile:
    """``table``, of true counts, with a row for each total of the named columns that it lacks.

    A column that has no total yet gets ``total``. Raises TableFileError for a column that is not
    there, or whose categories do not add up.
    """
    columns = []
    for name in names:
        if name not in {column.name for column in table.columns}:
            raise TableFileError(
                f"{table.name} has no breakdown '{name}' to add margins for. It has "
                f"{', '.join(column.name for column in table.columns) or 'none'}."
            )
    for column in table.columns:
        if column.name in names and not column.adds:
            raise TableFileError(
                f"{table.name}: the categories of '{column.name}' do not add up ('adds: no'), so "
                "its total cannot be worked out. Count it, and give it as a row."
            )
        if column.name in names and column.total is None and not column.parts:
            seen = tuple(dict.fromkeys(table.cells[column.name].to_pylist()))
            column = replace(column, total=total, parts={total: seen})
        columns.append(column)
    table = replace(table, columns=tuple(columns))
    for column in columns:
        if column.name in names:
            # A total of totals needs those first: as many rounds as the hierarchy is deep.
            for _ in column.parts:
                cells = _with_totals(table, column)
                if cells.num_rows == len(table):
                    break
                table = replace(table, cells=cells)
    check_rows(table)
    return table


def _with_totals(table: TableFile, column: Column) -> pa.Table:
    """The cells, and the totals of one column whose parts are all there."""
    names = [each.name for each in table.columns]
    at = names.index(column.name)
    rows = list(zip(*(table.cells[name].to_pylist() for name in names), strict=True))
    count = dict(zip(rows, shown(table).low.tolist(), strict=True))
    added: dict[tuple[str, ...], int] = {}
    for whole, parts in column.parts.items():
        if parts:
            for key in [key for key in rows if key[at] == parts[0]]:
                family = [(*key[:at], part, *key[at + 1 :]) for part in parts]
                own = (*key[:at], whole, *key[at + 1 :])
                if own not in count and all(each in count for each in family):
                    added[own] = sum(count[each] for each in family)
    every = [*rows, *added]
    texts = [str(value) for value in (*count.values(), *added.values())]
    columns = {name: [key[place] for key in every] for place, name in enumerate(names)}
    return pa.table({**columns, table.count: texts}, schema=table.cells.schema)
