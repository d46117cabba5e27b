"""A narrower extract of a counted table: fewer crossings, a shorter period, nothing recounted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from sharewell.catalogue.breakdowns import TOTAL, breakdown, financial_year
from sharewell.tabulation.grid import column_names
from sharewell.tabulation.spec import CountedTable, TableSpec

_DAY = timedelta(days=1)


def select(
    counted: CountedTable,
    *,
    without: Collection[str] = (),
    first: date | None = None,
    last: date | None = None,
    crossings: Collection[tuple[str, ...]] | None = None,
) -> CountedTable:
    """The part of ``counted`` that holds none of the breakdowns ``without``, from ``first`` to
    ``last``, in the named ``crossings`` only.

    A crossing that uses a withheld breakdown goes as a whole, and so does its column. Months
    outside the period go; a financial year goes unless all its days that the table counts lie
    inside the period, and a crossing without time goes if the period is shorter than the
    table's: no figure ever stands for less than it says. The result's specification says what
    is left. Raises KeyError for a withheld breakdown that the catalogue does not know, and
    ValueError where a month would be cut in two, where a named crossing is not in the table, and
    where nothing is left.
    """
    spec = counted.spec
    for name in without:
        breakdown(name)  # a slip of the pen must not let a withheld breakdown through
    begin = max(first or spec.first, spec.first)
    end = min(last or spec.last, spec.last)
    kept = _kept_crossings(
        spec, without, crossings, shorter=(begin, end) != (spec.first, spec.last)
    )
    _refuse_cut_months(spec, begin, end)
    if not kept or begin > end:
        raise ValueError(
            f"Table '{spec.id}': nothing is left without {', '.join(sorted(without)) or 'nothing'} "
            f"from {begin} to {end}. Ask for another crossing or a longer period."
        )
    names = [" x ".join(crossing) for crossing in kept]
    cells = counted.cells.filter(
        pc.is_in(counted.cells["crossing"], value_set=pa.array(names, pa.string()))
    )
    cells = cells.filter(_inside(cells, spec, begin, end))
    remaining = set(pc.unique(cells["crossing"]).to_pylist())
    kept = tuple(crossing for crossing in kept if " x ".join(crossing) in remaining)
    if not kept:
        raise ValueError(
            f"Table '{spec.id}': no whole month or financial year lies from {begin} to {end}. "
            "Ask for a longer period."
        )
    columns = ["crossing", *column_names(kept), "measure", "count"]
    narrower = replace(spec, crossings=kept, first=begin, last=end)
    return CountedTable(narrower, cells.select(columns).combine_chunks())


def _kept_crossings(
    spec: TableSpec,
    without: Collection[str],
    crossings: Collection[tuple[str, ...]] | None,
    *,
    shorter: bool,
) -> tuple[tuple[str, ...], ...]:
    for crossing in crossings or ():
        if crossing not in spec.crossings:
            known = "; ".join(" x ".join(known) for known in spec.crossings)
            raise ValueError(
                f"Table '{spec.id}' has no crossing '{' x '.join(crossing)}'. It has: {known}."
            )
    return tuple(
        crossing
        for crossing in spec.crossings
        if (crossings is None or crossing in crossings)
        # The year is part of the month, so withholding years withholds months with them.
        and not set(column_names([crossing])) & set(without)
        and not (shorter and not {"month", "financial_year"} & set(crossing))
    )


def _refuse_cut_months(spec: TableSpec, begin: date, end: date) -> None:
    if begin != spec.first and begin.day != 1:
        raise ValueError(
            f"Table '{spec.id}', first: {begin} would cut a month in two. Name the first day of "
            "a month."
        )
    if end != spec.last and (end + _DAY).day != 1:
        raise ValueError(
            f"Table '{spec.id}', last: {end} would cut a month in two. Name the last day of a "
            "month."
        )


def _inside(cells: pa.Table, spec: TableSpec, begin: date, end: date) -> pa.ChunkedArray | pa.Array:
    """Which cells count nothing outside the period from ``begin`` to ``end``."""
    if "financial_year" not in cells.column_names:
        return pa.repeat(pa.scalar(True), cells.num_rows)
    years = [
        str(year)
        for year in range(financial_year(begin), financial_year(end) + 1)
        if max(date(year, 4, 1), spec.first) >= begin
        and min(date(year + 1, 3, 31), spec.last) <= end
    ]
    whole_year = pc.is_in(cells["financial_year"], value_set=pa.array(years, pa.string()))
    timeless = pc.is_null(cells["financial_year"])
    if "month" not in cells.column_names:
        return pc.or_(timeless, whole_year)
    month = cells["month"]
    a_month = pc.and_(pc.is_valid(month), pc.not_equal(pc.fill_null(month, TOTAL), TOTAL))
    in_period = pc.and_(
        pc.greater_equal(month, f"{begin:%Y-%m}"), pc.less_equal(month, f"{end:%Y-%m}")
    )
    return pc.or_(timeless, pc.if_else(a_month, pc.fill_null(in_period, False), whole_year))
