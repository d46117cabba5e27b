"""Merge categories of a table of true counts, such as two neighbouring ages, or the forces of a
region into the region."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import pyarrow as pa

from sharewell.disclosure.tablefile import Column, TableFile, TableFileError, check_rows, shown

Coarsen = Mapping[str, Sequence[Sequence[str]]]
"""Column to the groups of categories that may be merged in it; none: whatever `proposals` gives."""

_AGES = re.compile(r"(\d+)-(\d+)|(\d+)\+")


@dataclass(frozen=True)
class Merge:
    """``values`` of a ``column`` shown as one category ``into``, which may be their total."""

    column: str
    values: tuple[str, ...]
    into: str

    @property
    def words(self) -> str:
        """'age: 18-24 and 25-34 as 18-34'."""
        listed = f"{', '.join(self.values[:-1])} and {self.values[-1]}"
        return f"{self.column}: {listed} as {self.into}"

    @property
    def renamed(self) -> dict[str, str]:
        """What becomes of each category, as ``column=category``."""
        return {f"{self.column}={value}": self.into for value in self.values}


def merges(table: TableFile, coarsen: Coarsen) -> list[Merge]:
    """The merges that ``coarsen`` allows, in order.

    Raises TableFileError for a column or a category that is not there, and for categories that do
    not stand in the same totals.
    """
    found = []
    for name, groups in coarsen.items():
        column = next((each for each in table.columns if each.name == name), None)
        if column is None or not column.parts or not column.adds:
            raise TableFileError(
                f"{table.name}: '{name}' cannot be coarsened. It must be a breakdown whose "
                "categories add up to a total."
            )
        chosen = groups or proposals(column)
        found += [_merge(table, column, tuple(values)) for values in chosen]
    return found


def proposals(column: Column) -> list[tuple[str, ...]]:
    """What could be merged: where there is a hierarchy, all parts of each total but the highest;
    else each category and the next, in the order of the column's parts."""
    below = {part for parts in column.parts.values() for part in parts}
    families = [
        parts
        for whole, parts in column.parts.items()
        if (whole in below or column.within) and not set(parts) & set(column.parts)
    ]
    if families:
        return [parts for parts in families if len(parts) > 1]
    leaves = [part for parts in column.parts.values() for part in parts if part not in column.parts]
    return list(pairwise(leaves))


def merge(table: TableFile, how: Merge) -> TableFile:
    """``table``, of true counts, with some categories as one.

    Raises TableFileError where a cell of one category has no counterpart in another.
    """
    names = [column.name for column in table.columns]
    at = names.index(how.column)
    rows = list(zip(*(table.cells[name].to_pylist() for name in names), strict=True))
    count = dict(zip(rows, shown(table).low.tolist(), strict=True))
    column = table.columns[at]
    is_total = how.into in column.parts
    merged: dict[tuple[str, ...], int] = {}
    for key in rows:
        if key[at] not in how.values:
            merged[key] = count[key]
            continue
        family = [(*key[:at], value, *key[at + 1 :]) for value in how.values]
        lacking = next((each for each in family if each not in count), None)
        if lacking is not None:
            raise TableFileError(
                f"{table.name}: {how.words} is impossible, because ({', '.join(lacking)}) has no "
                "row. Give all of them or none."
            )
        if not is_total:
            merged[(*key[:at], how.into, *key[at + 1 :])] = sum(count[each] for each in family)
    data = {name: [key[place] for key in merged] for place, name in enumerate(names)}
    texts = [str(value) for value in merged.values()]
    cells = pa.table({**data, table.count: texts}, schema=table.cells.schema)
    columns = list(table.columns)
    if not is_total:
        parts = {
            whole: tuple(dict.fromkeys(how.into if p in how.values else p for p in each))
            for whole, each in column.parts.items()
        }
        columns[at] = replace(column, parts={**parts, how.into: how.values})
    result = replace(table, columns=tuple(columns), cells=cells)
    check_rows(result)
    return result


def _merge(table: TableFile, column: Column, values: tuple[str, ...]) -> Merge:
    seen = set(table.cells[column.name].to_pylist())
    for value in values:
        if value not in seen or value in column.parts:
            raise TableFileError(
                f"{table.name}: '{value}' cannot be merged. Name categories that stand in "
                f"'{column.name}' and are no totals."
            )
    if len(set(values)) < 2 or len(set(values)) < len(values):
        raise TableFileError(
            f"{table.name}: name at least two categories of '{column.name}' to merge, each once."
        )
    holding = {w: parts for w, parts in column.parts.items() if set(values) & set(parts)}
    for whole, parts in holding.items():
        if set(parts) == set(values):
            return Merge(column.name, values, whole)
        if not set(values) <= set(parts):
            raise TableFileError(
                f"{table.name}: {' and '.join(values)} cannot be merged: '{whole}' in "
                f"'{column.name}' holds some of them and not others."
            )
    into = _label(values)
    if into in seen or into in column.parts:
        raise TableFileError(
            f"{table.name}: {' and '.join(values)} cannot be merged as '{into}', which is there "
            "already. Rename that category."
        )
    return Merge(column.name, values, into)


def _label(values: Sequence[str]) -> str:
    """'18-34' for ages that follow each other; else '18-24 or 65+'."""
    ages = [_AGES.fullmatch(value) for value in values]
    spans = []
    for each in ages:
        if each is None:
            return " or ".join(values)
        first, last, open_ = each.groups()
        spans.append((int(first or open_), int(last) if last else None))
    spans.sort(key=lambda span: span[0])
    for (_, last), (first, _) in pairwise(spans):
        if last is None or last + 1 != first:
            return " or ".join(values)
    end = spans[-1][1]
    return f"{spans[0][0]}+" if end is None else f"{spans[0][0]}-{end}"
