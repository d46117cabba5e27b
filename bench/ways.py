"""Four ways over the same files: this system, one query per crossing, Polars, and mere reading.

Each way runs in this process and gives every count that is not 0, so that they can be compared.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from sharewell.catalogue.areas import lookup_table
from sharewell.catalogue.breakdowns import ETHNIC_GROUPS
from sharewell.catalogue.episodes import EPISODE_SCHEMA
from sharewell.engine import DuckDBEngine
from sharewell.tabulation import TableSpec, tabulate
from sharewell.tabulation.plan import axes_of, grouping_sets, plan

MEMORY = "1GB"
Specs = Sequence[TableSpec]
Paths = Sequence[Path]
Counts = list[tuple[TableSpec, tuple[str, ...], pa.Table]]
"""For each crossing: a column for each of its breakdowns ('total' in a margin; time is the month,
or the year in the margin over months) and one for each measure."""


# This system


def together(specs: Specs, paths: Paths) -> Callable[[], Counts]:
    """All tables of the agreement by `tabulate`: one scan, margins and zeros included."""
    with DuckDBEngine(memory_limit=MEMORY) as engine:
        tables = tabulate(engine, specs, {"hes_apc": paths})

    def counts() -> Counts:
        found: Counts = []
        for table in tables:
            for crossing in table.spec.crossings:
                cells = table.cells.filter(pc.equal(table.cells["crossing"], " x ".join(crossing)))
                axes = axes_of(crossing)
                columns = {name: cells[name] for name in axes}
                if "month" in axes:
                    total = pc.equal(cells["month"], "total")
                    columns["month"] = pc.if_else(total, cells["financial_year"], cells["month"])
                measures = table.spec.measures
                for measure in measures:
                    wanted = pc.equal(cells["measure"], measure)
                    part = pa.table({n: c.filter(wanted) for n, c in columns.items()})
                    part = part.append_column(measure, cells["count"].filter(wanted))
                    found.append((table.spec, crossing, part))
        return found

    return counts


# (a) One query for each crossing, as an analyst writes it

_AGE = "CASE WHEN STARTAGE BETWEEN 7001 AND 7007 THEN 0 ELSE STARTAGE END"


def _bands(edges: Sequence[int]) -> str:
    whens = " ".join(
        f"WHEN {_AGE} < {high} THEN '{low}-{high - 1}'" for low, high in pairwise(edges)
    )
    return (
        f"CASE WHEN {_AGE} BETWEEN 0 AND 130 THEN CASE {whens} ELSE '{edges[-1]}+' END "
        "ELSE 'unknown' END"
    )


_TEN_YEARS = (0, 10, 20, 30, 40, 50, 60, 70, 80, 90)
_DRUG_YEARS = (0, 16, 25, 35, 45, 55, 65, 75)
_ETHNIC = "".join(sorted(code for code in ETHNIC_GROUPS if len(code) == 1))
_SQL = {
    "month": "strftime(EPIEND, '%Y-%m')",
    "financial_year": "CAST(year(EPIEND - INTERVAL 3 MONTH) AS VARCHAR)",
    "region": "coalesce(region, 'unknown')",
    "police_force": "coalesce(police_force, 'unknown')",
    "local_authority": "coalesce(local_authority, 'unknown')",
    "age_band": _bands(_TEN_YEARS),
    "age_under_25": _bands((0, 25)),
    "age_drug_bands": _bands(_DRUG_YEARS),
    "sex": "CASE WHEN SEX IN ('1', '2') THEN SEX ELSE 'unknown' END",
    "ethnicity": f"CASE WHEN contains('{_ETHNIC}', ETHNOS) THEN ETHNOS ELSE 'unknown' END",
    "diagnosis": "coalesce(substr(DIAG_4_01, 1, 4), 'unknown')",
    "cause": "coalesce(substr(CAUSE_4, 1, 3), 'unknown')",
}


def _sql_cohort(spec: TableSpec) -> str:
    lengths = {len(code) for code in spec.cohort.codes}
    if spec.cohort.position == "any":
        return f"regexp_matches(DIAG_4_CONCAT, '(^|,)({'|'.join(spec.cohort.codes)})')"
    column = "CAUSE_4" if spec.cohort.position == "cause" else "DIAG_4_01"
    codes = ", ".join(f"'{code}'" for code in spec.cohort.codes)
    return " OR ".join(f"substr({column}, 1, {length}) IN ({codes})" for length in lengths)


def _one_query(spec: TableSpec, crossing: tuple[str, ...]) -> str:
    axes = axes_of(crossing)
    names = [*axes, "financial_year"] if "month" in axes else list(axes)
    sets = ", ".join(f"({', '.join(s)})" for s in grouping_sets(axes))
    shown = [f"coalesce({name}, 'total') AS {name}" for name in axes]
    if "month" in axes:
        shown[axes.index("month")] = "coalesce(month, financial_year) AS month"
    counts = [
        "count(*) AS FCE" if m == "FCE" else f"count(*) FILTER (WHERE EPIORDER = 1) AS {m}"
        for m in spec.measures
    ]
    only = "" if "FCE" in spec.measures else "AND EPIORDER = 1"
    join = "LEFT JOIN areas ON code = RESLADST_ONS"
    geography = {"region", "police_force", "local_authority"} & set(crossing)
    values = ", ".join(f"{_SQL[name]} AS by_{name}" for name in names)
    renamed = ", ".join(f"by_{name} AS {name}" for name in names)
    return f"""
        SELECT {", ".join([*shown, *counts])}
        FROM (SELECT {renamed}, EPIORDER FROM (
            SELECT {values}, EPIORDER
            FROM episodes {join if geography else ""}
            WHERE ({_sql_cohort(spec)}) AND EPISTAT = 3 AND CLASSPAT NOT IN (3, 4) {only}
              AND EPIEND BETWEEN DATE '{spec.first}' AND DATE '{spec.last}'))
        GROUP BY GROUPING SETS ({sets})
    """


def _connect(paths: Paths) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"memory_limit": MEMORY, "preserve_insertion_order": False})
    files = ", ".join(f"'{path}'" for path in paths)
    connection.execute(f"CREATE TEMP VIEW episodes AS SELECT * FROM read_parquet([{files}])")
    connection.register("lookup", lookup_table())
    connection.execute("CREATE TEMP TABLE areas AS SELECT * FROM lookup")
    return connection


def one_query_each(specs: Specs, paths: Paths) -> Callable[[], Counts]:
    """(a) A hand-written DuckDB query for each crossing, with margins but without zeros."""
    connection = _connect(paths)
    found: Counts = [
        (spec, crossing, connection.sql(_one_query(spec, crossing)).to_arrow_table())
        for spec in specs
        for crossing in spec.crossings
    ]
    connection.close()
    return lambda: found


# (b) Polars, with the same idea: the cohorts once, then the groups


def _polars_values() -> dict[str, pl.Expr]:
    age = pl.when(pl.col("STARTAGE").is_between(7001, 7007)).then(0).otherwise(pl.col("STARTAGE"))

    def bands(edges: Sequence[int]) -> pl.Expr:
        labels = [f"{a}-{b - 1}" for a, b in pairwise(edges)]
        cut = age.cut(list(edges[1:]), labels=[*labels, f"{edges[-1]}+"], left_closed=True)
        known = age.is_between(0, 130)
        return pl.when(known).then(cut.cast(pl.String)).otherwise(pl.lit("unknown"))

    year = pl.col("EPIEND").dt.year() - (pl.col("EPIEND").dt.month() < 4).cast(pl.Int32)
    sex, ethnic = pl.col("SEX"), pl.col("ETHNOS")
    return {
        "month": pl.col("EPIEND").dt.strftime("%Y-%m"),
        "financial_year": year.cast(pl.String),
        "age_band": bands(_TEN_YEARS),
        "age_under_25": bands((0, 25)),
        "age_drug_bands": bands(_DRUG_YEARS),
        "sex": pl.when(sex.is_in(["1", "2"])).then(sex).otherwise(pl.lit("unknown")),
        "ethnicity": pl.when(ethnic.is_in(list(_ETHNIC))).then(ethnic).otherwise(pl.lit("unknown")),
        "diagnosis": pl.col("DIAG_4_01").str.slice(0, 4).fill_null("unknown"),
        "cause": pl.col("CAUSE_4").str.slice(0, 3).fill_null("unknown"),
    }


def _polars_cohort(spec: TableSpec) -> pl.Expr:
    codes = spec.cohort.codes
    if spec.cohort.position == "any":
        return pl.col("DIAG_4_CONCAT").str.contains(f"(^|,)({'|'.join(codes)})")
    column = pl.col("CAUSE_4" if spec.cohort.position == "cause" else "DIAG_4_01")
    parts = [column.str.slice(0, n).is_in(list(codes)) for n in {len(code) for code in codes}]
    return pl.any_horizontal(parts)


def polars(specs: Specs, paths: Paths) -> Callable[[], Counts]:
    """(b) Polars, streaming: cohorts filtered once and kept, then grouped; without zeros."""
    used = {name for spec in specs for crossing in spec.crossings for name in crossing}
    used |= {"financial_year"}
    values = {name: value for name, value in _polars_values().items() if name in used}
    places = [n for n in ("region", "police_force", "local_authority") if n in used]
    cohorts = {spec.cohort.id: _polars_cohort(spec) for spec in specs}
    flags = [c.fill_null(value=False).alias(f"in_{name}") for name, c in cohorts.items()]
    rows = (
        pl.scan_parquet(list(paths))
        .filter(
            (pl.col("EPISTAT") == 3)
            & ~pl.col("CLASSPAT").is_in([3, 4])
            & pl.col("EPIEND").is_between(specs[0].first, specs[0].last)
            & pl.any_horizontal([c.fill_null(value=False) for c in cohorts.values()])
        )
        .select(
            *(value.alias(name) for name, value in values.items()),
            *flags,
            pl.col("EPIORDER") == 1,
            pl.col("RESLADST_ONS"),
        )
        .collect(engine="streaming")
    )
    lookup = pl.from_arrow(lookup_table())
    assert isinstance(lookup, pl.DataFrame)
    rows = rows.join(lookup, left_on="RESLADST_ONS", right_on="code", how="left")
    rows = rows.with_columns(pl.col(place).fill_null("unknown") for place in places)
    found: Counts = []
    for spec in specs:
        for crossing in spec.crossings:
            axes = axes_of(crossing)
            cohort = rows.filter(pl.col(f"in_{spec.cohort.id}"))
            measures = [
                pl.len().alias(m) if m == "FCE" else pl.col("EPIORDER").sum().alias(m)
                for m in spec.measures
            ]
            for keys in _polars_sets(axes):
                part = cohort.group_by(keys).agg(measures)
                if "month" in axes and "financial_year" in keys:
                    part = part.rename({"financial_year": "month"})
                lacking = [pl.lit("total").alias(a) for a in axes if a not in part.columns]
                part = part.with_columns(lacking).select(*axes, *spec.measures)
                found.append((spec, crossing, part.to_arrow()))
    return lambda: found


def _polars_sets(axes: tuple[str, ...]) -> Iterator[list[str]]:
    time = "month" if "month" in axes else "financial_year"
    others = [a for a in axes if a != time]
    for keys in [time] if time == "financial_year" else ["month", "financial_year"]:
        for size in range(len(others) + 1):
            for subset in combinations(others, size):
                yield [keys, *subset]


# (c) Mere reading


def read_only(specs: Specs, paths: Paths) -> Callable[[], Counts]:
    """(c) Read the columns that the plan reads: sums of numbers and dates, and of text lengths.

    That is the cheapest question whose answer needs every value of every column.
    """
    connection = _connect(paths)
    asked = []
    for name in plan(list(specs)).columns:
        kind = EPISODE_SCHEMA.field(name).type
        if pa.types.is_string(kind):
            asked.append(f"sum(strlen({name}))")
        elif pa.types.is_date(kind):
            asked.append(f"sum({name} - DATE '1970-01-01')")
        else:
            asked.append(f"sum({name})")
    connection.sql(f"SELECT {', '.join(asked)} FROM episodes").fetchall()
    connection.close()
    return list


WAYS: dict[str, Callable[[Specs, Paths], Callable[[], Counts]]] = {
    "read only": read_only,
    "together": together,  # right after what it is measured against
    "polars": polars,
    "one query each": one_query_each,
}


def digest(counts: Counts) -> str:
    """One value for all counts that are not 0, however they are ordered."""
    lines: list[str] = []
    for spec, crossing, table in counts:
        axes = axes_of(crossing)
        keys: list[list[Any]] = [table[name].to_pylist() for name in axes]
        for measure in spec.measures:
            if measure not in table.column_names:
                continue
            head = f"{spec.id}|{' x '.join(crossing)}|{measure}|"
            lines += [
                f"{head}{'|'.join(key)}|{n}"
                for *key, n in zip(*keys, table[measure].to_pylist(), strict=True)
                if n
            ]
    return f"{len(lines)}:{hashlib.sha256(chr(10).join(sorted(lines)).encode()).hexdigest()[:16]}"
