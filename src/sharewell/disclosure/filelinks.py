"""Table files linked into one system: cells that mean the same are one unknown, sums tie them.

A cell is where it stands in every dimension that any of the files has. Wherever a part of a
declared sum stands, its total and the other parts of that sum stand too, though no file prints
them: a region is still the sum of its districts when only its districts were published. Such
cells are not shown, and may hold any count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sharewell.disclosure.contradictions import contradiction
from sharewell.disclosure.protect import STARRED
from sharewell.disclosure.system import (
    UNBOUNDED,
    Bools,
    ContradictionError,
    Ints,
    System,
    make_system,
    propagate,
)
from sharewell.disclosure.tablefile import TableFile, TableFileError, shown

MOST_KEYS = 2**62
MOST_CROSSED = 300_000
"""How many cells the cross of all dimensions may have; above, shared margins alone tie tables."""


@dataclass(frozen=True)
class LinkedFiles:
    """n cells of several tables.

    ``dimensions`` (d) and the ``categories`` of each; ``codes`` (n, d) index into them and say
    where each cell stands. ``rows`` gives for each file the cell of each of its rows. ``sums``
    are (dimension, total, parts) in the numbers of ``codes``, and equation e of ``system`` is one
    of ``equation_dimension[e]``. ``starred`` (n,) marks the cells that a file prints ``*``;
    ``small`` (n,) is the greatest count that a rule of theirs hides.
    """

    files: tuple[TableFile, ...]
    dimensions: tuple[str, ...]
    categories: tuple[tuple[str, ...], ...]
    codes: Ints
    rows: tuple[Ints, ...]
    sums: tuple[tuple[int, int, tuple[int, ...]], ...]
    equation_dimension: Ints
    starred: Bools
    small: Ints
    system: System

    def __len__(self) -> int:
        return len(self.codes)

    def cell(self, number: int) -> dict[str, str]:
        """Where a cell stands, by dimension."""
        return {
            name: values[int(code)]
            for name, values, code in zip(
                self.dimensions, self.categories, self.codes[number], strict=True
            )
        }

    def placed_files(self) -> tuple[TableFile, ...]:
        """The files, each saying where it stands in every dimension, so that each can be linked
        again by itself."""
        found = []
        for file, rows in zip(self.files, self.rows, strict=True):
            own = file.dimensions
            first = self.cell(int(rows[0])) if len(rows) else {}
            fixed = {name: value for name, value in first.items() if name not in own}
            found.append(replace(file, fixed={**file.fixed, **fixed}))
        return tuple(found)

    @property
    def named(self) -> int:
        """All cells have a place of their own."""
        return len(self)

    def name(self, cell: int, labels: Mapping[str, Mapping[str, str]] | None = None) -> str:
        """A cell in words: where it stands, but for totals and what is the same for all cells.

        ``labels`` names categories by dimension.
        """
        said = [
            (labels or {}).get(name, {}).get(value, value)
            for name, value in self.cell(cell).items()
            if (name, value) not in self._unsaid
        ]
        return ", ".join(said) or "the total"

    @cached_property
    def _unsaid(self) -> set[tuple[str, str]]:
        """The categories that a name leaves out."""
        totals = {(c.dimension, c.total) for file in self.files for c in file.columns if c.total}
        alike = (self.codes == self.codes[:1]).all(axis=0) if len(self) else []
        for at, same in enumerate(alike):
            if same:
                totals.add((self.dimensions[at], self.categories[at][int(self.codes[0, at])]))
        return totals

    def printed_as(self, cell: int) -> list[tuple[str, str]]:
        """What each file prints for a cell: (file's name, printed)."""
        return [
            (file.name, file.printed[int(row)])
            for file, rows in zip(self.files, self.rows, strict=True)
            for row in np.flatnonzero(rows == cell)
        ]


def link_files(files: Sequence[TableFile]) -> LinkedFiles:
    """The files as one system. The first file's cells come in no special order.

    Raises TableFileError where a file does not say where it stands in another's dimension, and
    where two files contradict each other on the same cell.
    """
    if not files:
        raise TableFileError("No table was given. Give at least one table file.")
    placed = _placed(files)
    dimensions = tuple(dict.fromkeys(name for each in placed for name in each))
    categories, sums = _categories(files, placed, dimensions)
    strides = _strides(categories)
    number = [{value: at for at, value in enumerate(values)} for values in categories]
    keys = []
    for file, each in zip(files, placed, strict=True):
        key = np.zeros(len(file), dtype=np.int64)
        for at, name in enumerate(dimensions):
            coded = np.array([number[at][v] for v in each[name]], dtype=np.int64)
            key += coded * strides[at]
        keys.append(key)
    printed = np.unique(np.concatenate(keys))
    cross = _cross(printed, sums, strides, categories)
    cells = _closed(np.union1d(printed, cross), sums, strides, categories)
    sizes = np.array([len(values) for values in categories], dtype=np.int64)
    codes = (
        cells[:, None] // strides % sizes
        if dimensions
        else np.zeros((len(cells), 0), dtype=np.int64)
    )
    blocks, owner = _equations(cells, codes, sums, strides)
    rows = tuple(np.searchsorted(cells, key) for key in keys)
    low, high, protected = _bounds(files, rows, len(cells))
    starred, small = _hidden(files, rows, len(cells))
    return LinkedFiles(
        files=tuple(files),
        dimensions=dimensions,
        categories=categories,
        codes=codes,
        rows=rows,
        sums=sums,
        equation_dimension=owner,
        starred=starred,
        small=small,
        system=make_system(low, high, protected, blocks),
    )


def check_possible(linked: LinkedFiles) -> System:
    """The system with all that follows from single sums.

    Raises TableFileError naming the cells when what the files print cannot all be true.
    """
    try:
        return propagate(linked.system)
    except ContradictionError:
        words, _ = contradiction(linked)
        raise TableFileError(
            f"The tables contradict themselves: {words}. Correct the cell that is wrong or the "
            "'parts' that are declared, or tell tables from different data apart with 'fixed', as "
            "by edition."
        ) from None


def _placed(files: Sequence[TableFile]) -> list[dict[str, list[str]]]:
    """By file and dimension, the category of each row; a dimension that a file has no column for
    is at the file's ``fixed`` category, or at the total of those that have one."""
    own = [file.coordinates() for file in files]
    names = list(dict.fromkeys(n for f, c in zip(files, own, strict=True) for n in (*c, *f.fixed)))
    placed = []
    for file, columns in zip(files, own, strict=True):
        each: dict[str, list[str]] = {}
        for name in names:
            if name in columns:
                each[name] = columns[name]
            else:
                each[name] = [file.fixed.get(name) or _whole(file, name, files)] * len(file)
        placed.append(each)
    return placed


def _whole(file: TableFile, name: str, files: Sequence[TableFile]) -> str:
    totals = {
        column.total for other in files for column in other.dimensions.get(name, ()) if column.total
    }
    if len(totals) == 1:
        return totals.pop()
    other = next(f for f in files if name in f.fixed or name in f.dimensions)
    raise TableFileError(
        f"{file.name} has no '{name}', and {other.name} does not say with one total what it would "
        f"be. Say it in the YAML of {file.name}: 'fixed: {{{name}: ...}}'."
    )


def _categories(
    files: Sequence[TableFile], placed: Sequence[Mapping[str, list[str]]], dimensions: Sequence[str]
) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[int, int, tuple[int, ...]], ...]]:
    """The categories of each dimension, in a fixed order, and the sums in their numbers."""
    categories, found = [], []
    for at, name in enumerate(dimensions):
        declared = [each for file in files for each in file.sums().get(name, ())]
        values = {value for each in placed for value in each[name]}
        values |= {value for whole, parts in declared for value in (whole, *parts)}
        ordered = tuple(sorted(values))
        number = {value: place for place, value in enumerate(ordered)}
        categories.append(ordered)
        unique = {(whole, tuple(sorted(parts))): None for whole, parts in declared}
        found += [(at, number[w], tuple(number[p] for p in parts)) for w, parts in sorted(unique)]
    return tuple(categories), tuple(found)


def _strides(categories: Sequence[Sequence[str]]) -> Ints:
    strides, size = [], 1
    for values in categories:
        strides.append(size)
        size *= max(len(values), 1)
    if size > MOST_KEYS:
        raise TableFileError("The tables have too many dimensions together. Attack fewer at once.")
    return np.array(strides, dtype=np.int64)


def _cross(
    cells: Ints,
    sums: Sequence[tuple[int, int, tuple[int, ...]]],
    strides: Ints,
    categories: Sequence[Sequence[str]],
) -> Ints:
    """The finest cells of all dimensions together, where shared margins do not say all.

    Two tables are tied by the margins they share. Three (age by sex, age by area, sex by area)
    can agree on all of those, and still no cross of the three dimensions has them as its margins.
    """
    crossing = np.zeros(len(cells), dtype=np.int64)
    finest = []
    for at, values in enumerate(categories):
        code = cells // strides[at] % len(values)
        wholes = {whole for dimension, whole, _ in sums if dimension == at}
        below = {part for dimension, _, parts in sums if dimension == at for part in parts}
        used = np.unique(code).tolist()
        finest.append([c for c in sorted({*used, *below}) if c not in wholes])
        crossing |= (~np.isin(code, sorted(wholes - below))).astype(np.int64) << at
    found = np.unique(crossing).tolist()
    widest = [
        one for one in found if not any(one != other and one & other == one for other in found)
    ]
    size = np.prod([float(len(each)) for each in finest]) if finest else 0.0
    if len(widest) < 3 or size > MOST_CROSSED:
        return cells[:0]
    grid = np.zeros(1, dtype=np.int64)
    for each, stride in zip(finest, strides, strict=True):
        grid = (grid[:, None] + np.array(each, dtype=np.int64) * stride).ravel()
    return grid


def _closed(
    cells: Ints,
    sums: Sequence[tuple[int, int, tuple[int, ...]]],
    strides: Ints,
    categories: Sequence[Sequence[str]],
) -> Ints:
    """The cells (as keys) with the total and the siblings of every part, and of those in turn."""
    while True:
        found = [cells]
        for at, whole, parts in sums:
            stride = strides[at]
            code = cells // stride % len(categories[at])
            is_part = np.zeros(len(categories[at]), dtype=bool)
            is_part[list(parts)] = True
            here = is_part[code]
            rest = np.unique(cells[here] - code[here] * stride)
            family = np.array([whole, *parts], dtype=np.int64) * stride
            found.append((rest[:, None] + family).ravel())
        grown = np.unique(np.concatenate(found))
        if len(grown) == len(cells):
            return cells
        cells = grown


def _equations(
    cells: Ints, codes: Ints, sums: Sequence[tuple[int, int, tuple[int, ...]]], strides: Ints
) -> tuple[list[tuple[Ints, Ints]], Ints]:
    """Blocks of equations over the closed cells, and the dimension of each equation."""
    blocks, owner = [], []
    for at, whole, parts in sums:
        stride = strides[at]
        rest = cells[codes[:, at] == parts[0]] - parts[0] * stride
        total = np.searchsorted(cells, rest + whole * stride)
        family = np.array(parts, dtype=np.int64) * stride
        blocks.append((total, np.searchsorted(cells, rest[:, None] + family)))
        owner.append(np.full(len(rest), at, dtype=np.int64))
    return blocks, np.concatenate(owner) if owner else np.zeros(0, dtype=np.int64)


def _hidden(files: Sequence[TableFile], rows: Sequence[Ints], size: int) -> tuple[Bools, Ints]:
    """Which cells are starred, and the greatest count that the rules of their files hide."""
    starred, small = np.zeros(size, dtype=bool), np.zeros(size, dtype=np.int64)
    for file, at in zip(files, rows, strict=True):
        if file.rule is not None:
            starred[at[np.array([text == STARRED for text in file.printed], dtype=bool)]] = True
            np.maximum.at(small, at, file.rule.high)
    return starred, small


def _bounds(
    files: Sequence[TableFile], rows: Sequence[Ints], size: int
) -> tuple[Ints, Ints, Bools]:
    """What all files together say of each cell, before any sum."""
    low = np.zeros(size, dtype=np.int64)
    high = np.full(size, UNBOUNDED, dtype=np.int64)
    protected = np.zeros(size, dtype=bool)
    for number, (file, at) in enumerate(zip(files, rows, strict=True)):
        says = shown(file)
        np.maximum.at(low, at, says.low)
        np.minimum.at(high, at, says.high)
        np.logical_or.at(protected, at, says.protected)
        broken = np.flatnonzero(low[at] > high[at])
        if len(broken):
            row = int(broken[0])
            others = [
                other.row(int(np.flatnonzero(place == at[row])[0]))
                for other, place in zip(files[:number], rows[:number], strict=True)
                if (place == at[row]).any()
            ]
            raise TableFileError(
                f"{file.row(row)} prints {file.printed[row]}, which contradicts "
                f"{' and '.join(others) or 'another row of it'}. They show the same cell: correct "
                "one of them, or tell them apart with 'fixed', such as an edition."
            )
    return low, high, protected
