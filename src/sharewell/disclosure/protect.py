"""Protect a counted table by rule: what is printed, and what a reader can know from it.

What a reader knows (treatment, low, high) is worked out from the printed value and the rule, and
never from the count, so it cannot say more than the printed value does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sharewell.catalogue.breakdowns import TOTAL
from sharewell.disclosure.arrow import as_arrow
from sharewell.disclosure.cells import Bools, Cells, Ints, counts, read_cells
from sharewell.disclosure.published import PublishedTable
from sharewell.disclosure.rules import WELSH_AREAS, ExtraRule, Rule

TREATMENTS = ("exact", "zero", "rounded", "starred", "withheld")
STARRED, WITHHELD = "*", "[c]"
REPAIR = "repair"
"""Among a table's rules: further cells were withheld so that nothing follows from the others."""

STAR, SILENT = -1, -2
"""In an array of printed values: a starred cell, and a withheld one."""

NO_LIMIT = -1
"""In an array of upper bounds: there is none."""


@dataclass(frozen=True)
class Treatments:
    """Which rule each of n cells falls under: all of it known without the counts.

    ``rules`` are those in use; ``rule`` (n,) indexes into them; ``open_`` (n,) marks the cells
    that are printed as they are; ``silent`` (n,) those that an extra rule withholds;
    ``applied`` names every rule that touches a cell, in order.
    """

    rules: tuple[Rule, ...]
    rule: Ints
    open_: Bools
    silent: Bools
    applied: tuple[str, ...]


def protect(
    counted_cells: Any,
    *,
    id: str,  # noqa: A002 - the table's id, as everywhere
    title: str,
    breakdown_kinds: Mapping[str, str],
    rule: Rule,
    overrides: Mapping[str, Rule] = WELSH_AREAS,
    extra: Sequence[ExtraRule] = (),
    exempt_measures: Collection[str] = (),
) -> PublishedTable:
    """The table as it may be printed under ``rule``.

    ``counted_cells``, a table of pyarrow, Polars or pandas (see `as_arrow`), has a string column
    for each breakdown (a category, 'total', or null where the crossing does not use it),
    ``crossing``, ``measure`` and ``count`` (whole numbers, zeros included).
    ``breakdown_kinds`` gives each breakdown's kind: time, geography, person or clinical.
    ``overrides`` gives areas a rule of their own, by code or by the beginning of a code
    and '*'; the longest match counts. ``exempt_measures`` count neither people nor what happened
    to them and are printed as they are.

    The result is in an order of its own (see `cells`) and the same for the same cells in any
    order. Raises ValueError, naming the cell, for a count that is missing, negative, fractional
    or given twice, and for columns that are missing or undeclared.
    """
    what = f"Table '{id}'"
    cells = read_cells(as_arrow(counted_cells, what), breakdown_kinds, ("count",), what)
    how = treatments(cells, rule, overrides, extra, exempt_measures)
    printed = print_counts(counts(cells, what), how)
    treatment, low, high = reading(printed, how)
    protected = cells.table.drop_columns("count")
    for name, column in (
        ("printed", _text(printed)),
        ("treatment", pa.array(TREATMENTS).take(pa.array(treatment))),
        ("low", pa.array(low)),
        ("high", pa.array(high, mask=high == NO_LIMIT)),
    ):
        protected = protected.append_column(name, column)
    return PublishedTable(id, title, how.applied, protected.combine_chunks())


def withhold(table: PublishedTable, rows: Bools, why: str = REPAIR) -> PublishedTable:
    """The table with ``rows`` (n_rows,) withheld as well; ``why`` joins its rules."""
    cells, flags = table.cells, pa.array(rows)
    for name, value in (
        ("printed", WITHHELD),
        ("treatment", "withheld"),
        ("low", 0),
        ("high", None),
    ):
        column = cells[name]
        said = pc.if_else(flags, pa.scalar(value, column.type), column)
        cells = cells.set_column(cells.column_names.index(name), name, said)
    rules = table.rules if why in table.rules else (*table.rules, why)
    return PublishedTable(table.id, table.title, rules, cells)


def treatments(
    cells: Cells,
    rule: Rule,
    overrides: Mapping[str, Rule],
    extra: Sequence[ExtraRule],
    exempt_measures: Collection[str],
) -> Treatments:
    """Which rule each cell falls under."""
    rules = tuple(dict.fromkeys((rule, *overrides.values())))
    index = _rule_of_each(cells, rules, overrides)
    open_ = cells.measure.flags(lambda measure: measure in exempt_measures)
    for number, each in enumerate(rules):
        if each.national_exempt:
            open_ |= (index == number) & _national(cells, each)
    silent = np.zeros(len(cells), dtype=bool)
    applied = [rule.id, *(each.id for n, each in enumerate(rules) if n and (index == n).any())]
    for each_extra in extra:
        withheld = _withheld(cells, each_extra)
        silent |= withheld
        if withheld.any():
            applied.append(each_extra.id)
    return Treatments(rules, index, open_, silent, tuple(applied))


def print_counts(count: Ints, how: Treatments) -> Ints:
    """(n,) the printed number of each cell, or STAR or SILENT."""
    printed = count.copy()
    for number, rule in enumerate(how.rules):
        closed = (how.rule == number) & ~how.open_
        if rule.stars:
            printed[closed & (count >= rule.low) & (count <= rule.high)] = STAR
        rest = closed & (count >= rule.first_rounded)
        printed[rest] = rule.base * ((count[rest] + rule.base // 2) // rule.base)
    printed[how.silent] = SILENT
    return printed


def reading(printed: Ints, how: Treatments) -> tuple[Ints, Ints, Ints]:
    """What a reader knows of each cell who sees ``printed`` and knows the rule.

    Returns (n,) the treatment as an index into TREATMENTS, and the least and greatest count that
    the printed cell allows (NO_LIMIT: no greatest).
    """
    treatment = np.where(printed == 0, TREATMENTS.index("zero"), TREATMENTS.index("exact"))
    low, high = printed.copy(), printed.copy()
    for number, rule in enumerate(how.rules):
        mine = how.rule == number
        starred = mine & (printed == STAR)
        treatment[starred] = TREATMENTS.index("starred")
        low[starred], high[starred] = rule.low, rule.high
        true_zero = (printed == 0) & rule.zero_shown
        rounded = mine & ~how.open_ & (printed >= 0) & ~true_zero & (rule.base > 1)
        treatment[rounded] = TREATMENTS.index("rounded")
        least = printed[rounded] - rule.base // 2
        low[rounded] = np.maximum(rule.first_rounded, least)
        high[rounded] = least + rule.base - 1
    silent = printed == SILENT
    treatment[silent] = TREATMENTS.index("withheld")
    low[silent], high[silent] = 0, NO_LIMIT
    return treatment.astype(np.int64), low, high


def _rule_of_each(cells: Cells, rules: tuple[Rule, ...], overrides: Mapping[str, Rule]) -> Ints:
    """(n,) index into ``rules``: that of the longest key in ``overrides`` that fits an area."""
    index = np.zeros(len(cells), dtype=np.int64)
    longest = np.zeros(len(cells), dtype=np.int64)
    for column in cells.of_kind("geography"):
        fits = {area: _best_key(area, overrides) for area in column.values if area != TOTAL}
        length = column.numbers(lambda area, fits=fits: len(fits.get(area, "")))  # type: ignore[misc]
        which = column.numbers(
            lambda area, fits=fits: rules.index(overrides[fits[area]]) if fits.get(area) else 0  # type: ignore[misc]
        )
        index = np.where(length > longest, which, index)
        longest = np.maximum(length, longest)
    return index


def _best_key(area: str, overrides: Mapping[str, Rule]) -> str:
    fitting = [
        key
        for key in overrides
        if key == area or (key.endswith("*") and area.startswith(key.removesuffix("*")))
    ]
    # A code and a beginning with its '*' can be equally long: the code is the more exact.
    return max(fitting, key=lambda key: (key == area, len(key)), default="")


def _national(cells: Cells, rule: Rule) -> Bools:
    """(n,) whether every geography that the cell's crossing uses is a total or a nation."""
    national = np.ones(len(cells), dtype=bool)
    for column in cells.of_kind("geography"):
        national &= column.flags(lambda a: a == TOTAL or a in rule.national_areas, null=True)
    return national


def _withheld(cells: Cells, rule: ExtraRule) -> Bools:
    """(n,) whether the extra rule withholds the cell."""
    somewhere = np.zeros(len(cells), dtype=bool)
    nowhere = np.ones(len(cells), dtype=bool)
    for column in cells.of_kind("geography"):
        somewhere |= column.flags(lambda area: area != TOTAL and area in rule.geography)
        nowhere &= column.flags(lambda area: area == TOTAL, null=True)
    split = np.zeros(len(cells), dtype=bool)
    for name, column in cells.breakdowns.items():
        if name in rule.split_by or cells.kinds[name] in rule.split_by:
            split |= column.flags(lambda category: category != TOTAL)
    return (somewhere | (nowhere & (TOTAL in rule.geography))) & split


def _text(printed: Ints) -> pa.Array:
    """The printed numbers as text, with the symbols in their places."""
    numbers = pc.cast(pa.array(printed), pa.string())
    starred = pc.if_else(pa.array(printed == STAR), STARRED, numbers)
    return pc.if_else(pa.array(printed == SILENT), WITHHELD, starred)
