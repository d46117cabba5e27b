"""England joined with Wales, each resident counted once.

English hospitals treat residents of Wales and Welsh hospitals residents of England, and each
country's records hold both. So residents of England are taken from the English records and
residents of Wales from the Welsh; everything else is left out, and shown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sharewell.catalogue.areas import nation_of
from sharewell.catalogue.breakdowns import BREAKDOWNS, TOTAL, categories
from sharewell.catalogue.measures import MEASURES
from sharewell.tabulation.spec import CountedTable, TableSpec

ENGLAND, WALES, ENGLAND_AND_WALES = "E92000001", "W92000004", "K04000001"
"""ONS codes of the countries: the values of ``police_force`` in the margins that are made here."""

_FORCE = "police_force"
_TIME = ("month", "financial_year")


@dataclass(frozen=True)
class Combined:
    """England and Wales in one table, and what was left out so that nobody counts twice.

    ``table`` has the cells of the kept police forces and, instead of 'total', the margins
    E92000001 (England), W92000004 (Wales) and K04000001 (England and Wales). ``dropped`` has a
    row for each category left out: ``source`` (the dataset), ``police_force``, ``measure`` and
    ``count`` over the whole period, zeros included.
    """

    table: CountedTable
    dropped: pa.Table


def combine(england: CountedTable, wales: CountedTable) -> Combined:
    """Join the tables of the two countries on month (or year) and police force area.

    Both tables must have the same crossings, period and measures; every crossing must have the
    police force area and time, may have breakdowns of the person, and no other geography; every
    measure must add. Which of these an agreement permits is for the caller to ask. Raises
    ValueError where they differ or do not fit, naming the table and the field.

    From the English table the forces of England and 'England, not otherwise stated' (E99999999)
    are kept; from the Welsh table likewise those of Wales.
    """
    _check(england.spec, wales.spec)
    english, english_left_out = _residents(england, "E")
    welsh, welsh_left_out = _residents(wales, "W")
    cells = pa.concat_tables([english, welsh.select(english.column_names)])
    margins = [
        _margin(english, ENGLAND),
        _margin(welsh, WALES).select(english.column_names),
        _margin(cells, ENGLAND_AND_WALES),
    ]
    spec = replace(
        england.spec,
        id=f"{england.spec.id}-with-{wales.spec.dataset}",
        title=f"{england.spec.title}, England and Wales",
        dataset=f"{england.spec.dataset}+{wales.spec.dataset}",
    )
    whole = _in_order(pa.concat_tables([cells, *margins]), spec)
    return Combined(CountedTable(spec, whole), pa.concat_tables([english_left_out, welsh_left_out]))


def _check(england: TableSpec, wales: TableSpec) -> None:
    for field in ("crossings", "measures", "first", "last"):
        ours, theirs = getattr(england, field), getattr(wales, field)
        if ours != theirs:
            raise ValueError(
                f"Tables '{england.id}' and '{wales.id}' cannot be combined: their {field} "
                f"differ ({ours} and {theirs}). Tabulate both with the same {field}."
            )
    if (england.cohort.codes, england.cohort.position) != (
        wales.cohort.codes,
        wales.cohort.position,
    ):
        raise ValueError(
            f"Tables '{england.id}' and '{wales.id}' cannot be combined: the code lists "
            f"'{england.cohort.id}' and '{wales.cohort.id}' differ."
        )
    for name in england.measures:
        if not MEASURES[name].adds:
            raise ValueError(
                f"Table '{england.id}', measures: {name} cannot be combined, because a person "
                "may be counted in both countries. Combine measures that add."
            )
    for crossing in england.crossings:
        others = [name for name in crossing if name != _FORCE and name not in _TIME]
        if _FORCE not in crossing or not set(_TIME) & set(crossing):
            raise ValueError(
                f"Table '{england.id}', crossings: {' x '.join(crossing)} lacks time or "
                f"{_FORCE}, on which England and Wales are joined."
            )
        for name in others:
            if BREAKDOWNS[name].kind != "person":
                raise ValueError(
                    f"Table '{england.id}', crossings: {' x '.join(crossing)} has '{name}'; "
                    "England and Wales are joined on month and police force area only."
                )


def _residents(counted: CountedTable, nation: str) -> tuple[pa.Table, pa.Table]:
    """The cells of the nation's own forces, and what the other categories held."""
    cells = counted.cells
    codes = [code for code in categories(_FORCE) or () if _nation(code) == nation]
    own = pc.is_in(cells[_FORCE], value_set=pa.array(codes, pa.string()))
    total = pc.equal(cells[_FORCE], TOTAL)
    rest = cells.filter(pc.invert(pc.or_(own, total)))
    return cells.filter(own), _left_out(rest, counted.spec)


def _nation(code: str) -> str:
    """The nation of a police force area (E23..., W15...) or of a pseudo code."""
    return code[0] if code.startswith(("E23", "W15")) else str(nation_of(code))


def _left_out(rest: pa.Table, spec: TableSpec) -> pa.Table:
    """What ``rest`` holds by police force and measure, over the period.

    One crossing holds it all; so the first is summed over its years, or its months, in the
    margin of all else.
    """
    crossing = spec.crossings[0]
    rows = rest.filter(pc.equal(rest["crossing"], " x ".join(crossing)))
    for name in crossing:
        if name not in (_FORCE, "financial_year"):
            rows = rows.filter(pc.equal(rows[name], TOTAL))
    summed = rows.group_by([_FORCE, "measure"], use_threads=False).aggregate([("count", "sum")])
    columns = {
        "source": pa.repeat(pa.scalar(spec.dataset), summed.num_rows),
        _FORCE: summed[_FORCE],
        "measure": summed["measure"],
        "count": summed["count_sum"],
    }
    return pa.table(columns)


def _margin(cells: pa.Table, code: str) -> pa.Table:
    """The sum over police forces for every other combination, under ``code``."""
    keys = [name for name in cells.column_names if name not in (_FORCE, "count")]
    summed = cells.group_by(keys, use_threads=False).aggregate([("count", "sum")])
    columns = {name: summed[name] for name in keys}
    columns[_FORCE] = pa.repeat(pa.scalar(code), summed.num_rows)
    columns["count"] = summed["count_sum"]
    return pa.table(columns).select(cells.column_names)


def _in_order(cells: pa.Table, spec: TableSpec) -> pa.Table:
    """Cells in the order of `grid`: crossing, then breakdowns as the crossing names them, then
    measure; England, Wales and both after the forces."""
    forces = [*(categories(_FORCE) or ()), ENGLAND, WALES, ENGLAND_AND_WALES]
    parts = []
    for crossing in spec.crossings:
        rows = cells.filter(pc.equal(cells["crossing"], " x ".join(crossing)))
        keys = [_rank(rows, list(spec.measures), "measure")]
        for name in reversed(crossing):
            if name == _FORCE:
                keys.append(_rank(rows, forces, name))
            elif name == "month":
                keys += [_text(rows, name), _text(rows, "financial_year")]
            elif name == "financial_year":
                keys.append(_text(rows, name))
            else:
                keys.append(_rank(rows, [*(categories(name) or ()), TOTAL], name))
        parts.append(rows.take(pa.array(np.lexsort(keys))))
    return pa.concat_tables(parts).combine_chunks()


def _rank(rows: pa.Table, values: list[str], name: str) -> np.ndarray:
    ranks: np.ndarray = pc.index_in(rows[name], value_set=pa.array(values, pa.string())).to_numpy()
    return ranks


def _text(rows: pa.Table, name: str) -> np.ndarray:
    """Months or years as they sort: '2019-04' before '2020-03' before 'total'."""
    texts: np.ndarray = rows[name].to_numpy().astype(str)
    return texts
