"""From table specifications to queries: one scan for all tables of a dataset, then one small
query for each crossing.

The scan keeps a row, such as an episode, if it is in any table's cohort, and works out once what
the tables need of it: a flag for each population (a cohort within a period), a flag for each
measure and the value of each breakdown. All else groups those few rows. Conditions and values come
from the form of the rows in the catalogue, written in DuckDB's dialect; an engine writes the tree
in its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, combinations

from sqlglot import exp, parse_one

from sharewell.catalogue.breakdowns import BREAKDOWNS, UNKNOWN
from sharewell.catalogue.codelists import CodeList, Position
from sharewell.catalogue.forms import Form, form_for, forms_of
from sharewell.catalogue.measures import MEASURES, Measure
from sharewell.tabulation.spec import TableSpec

AREAS = "areas"
"""The name under which the engine holds `sharewell.catalogue.areas.lookup_table`."""

_CODE = re.compile(r"[A-Z][0-9A-Z]{1,5}")
_ROW, _AREA = "e", "a"


@dataclass(frozen=True)
class CrossingQuery:
    """One crossing of one table, and the query that counts it.

    The query gives a column for each of ``keys`` (a category, or null: summed over it) and for
    each measure. ``margins_counted`` says whether the margins are among its rows; otherwise they
    are the sums of its rows, which is right where every measure adds.
    """

    spec: TableSpec
    crossing: tuple[str, ...]
    keys: tuple[str, ...]
    margins_counted: bool
    query: exp.Select


@dataclass(frozen=True)
class Plan:
    """What answers all tables of one dataset and form.

    ``scan`` reads ``columns`` of the relation ``rows``; its rows are to be kept as ``cohort``,
    which ``crossings`` query. ``crossings`` follow the order of the specifications. Where the
    form's rows are made of those of the files, ``made`` makes them from the relation ``files``.
    """

    dataset: str
    form: Form
    files: str
    rows: str
    made: exp.Query | None
    cohort: str
    columns: tuple[str, ...]
    scan: exp.Select
    crossings: tuple[CrossingQuery, ...]


def plan(specs: Sequence[TableSpec]) -> Plan:
    """The plan for ``specs``, all of one dataset and form, and where that makes the rows of a
    period, of one period (see `groups_of`).

    Raises KeyError for a measure or breakdown that the catalogue does not know and ValueError
    for a specification that cannot be counted; both name the table, the field and the remedy.
    """
    if len(groups_of(specs)) != 1:
        raise ValueError("A plan is for the tables of one dataset: group the tables first.")
    dataset, form = specs[0].dataset, _form(specs[0])
    suffix = re.sub(r"\W", "_", dataset)
    rows, cohort = f"{form.id}_{suffix}", f"cohort_{suffix}"
    files = rows
    made: exp.Query | None = None
    if form.made is not None:
        files = f"files_{suffix}"
        parsed = parse_one(form.made(files, specs[0].first, specs[0].last), read="duckdb")
        assert isinstance(parsed, exp.Query)  # noqa: S101 - the catalogue writes a SELECT
        made = parsed
    populations = list(dict.fromkeys(_population(spec) for spec in specs))
    measures = list(dict.fromkeys(name for spec in specs for name in spec.measures))
    queries = tuple(
        _crossing_query(form, spec, crossing, cohort, populations.index(_population(spec)))
        for spec in specs
        for crossing in spec.crossings
    )
    keys = sorted({key for query in queries for key in query.keys}, key=list(form.breakdowns).index)
    values: list[exp.Expr] = [
        *(exp.alias_(_value(form, key), key) for key in keys),
        *(
            exp.alias_(_flag(_in_population(population, form)), f"cohort_{number}")
            for number, population in enumerate(populations)
        ),
        *(exp.alias_(_flag(_condition(form.measures[name])), name) for name in measures),
        *(exp.column(column, _ROW) for column in _distinct_columns(form, measures)),
        *(exp.alias_(exp.column(c, _ROW), _amount(c)) for c in _amount_columns(form, measures)),
    ]
    where = _kept(specs, form)
    columns = _row_columns([*values, where], form)
    # The filter stands below the join, so that only the cohort is joined to its areas.
    source = exp.select(*columns).from_(exp.to_table(rows, alias=_ROW))
    scan = exp.select(*values).from_(source.where(where).subquery(_ROW))
    if any(column.table == _AREA for value in values for column in value.find_all(exp.Column)):
        scan = scan.join(
            exp.to_table(AREAS, alias=_AREA),
            on=f"{_AREA}.code = {_ROW}.{form.place}",
            join_type="left",
        )
    return Plan(dataset, form, files, rows, made, cohort, columns, scan, queries)


def groups_of(specs: Sequence[TableSpec]) -> list[list[TableSpec]]:
    """The specifications in groups that one plan can answer, in the order of the first of each.

    Raises as `plan` does.
    """
    groups: dict[tuple[object, ...], list[TableSpec]] = {}
    for spec in specs:
        form = _form(spec)
        period = (spec.first, spec.last) if form.made is not None else ()
        groups.setdefault((spec.dataset, form.id, *period), []).append(spec)
    return list(groups.values())


def _form(spec: TableSpec) -> Form:
    """The form in which a table is counted, once it is known that it can be."""
    check(spec)
    form = form_for(spec.dataset, spec.measures, chain.from_iterable(spec.crossings))
    assert form is not None  # noqa: S101 - `check` raises
    return form


def check(spec: TableSpec) -> None:
    """Raise KeyError or ValueError where ``spec`` asks for what cannot be counted."""
    here = f"Table '{spec.id}'"
    for name in spec.measures:
        if name not in MEASURES:
            known = ", ".join(sorted(MEASURES))
            raise KeyError(f"{here}, measures: no measure is called '{name}'. Known: {known}.")
    for name in chain.from_iterable(spec.crossings):
        if name not in BREAKDOWNS:
            known = ", ".join(sorted(BREAKDOWNS))
            raise KeyError(f"{here}, crossings: no breakdown is called '{name}'. Known: {known}.")
    if not spec.measures or len(set(spec.measures)) != len(spec.measures):
        raise ValueError(f"{here}, measures: name at least one, and each once.")
    if not spec.crossings or not all(spec.crossings):
        raise ValueError(f"{here}, crossings: name at least one, each with a breakdown.")
    if len(set(spec.crossings)) != len(spec.crossings):
        raise ValueError(f"{here}, crossings: the same crossing stands there twice.")
    for crossing in spec.crossings:
        if len(set(crossing)) != len(crossing):
            raise ValueError(
                f"{here}, crossings: {' x '.join(crossing)} names a breakdown twice; name it once."
            )
    if spec.first > spec.last:
        raise ValueError(
            f"{here}, first: the period starts on {spec.first} and ends before, on {spec.last}."
        )
    wanted = (spec.measures, list(chain.from_iterable(spec.crossings)))
    if form_for(spec.dataset, *wanted) is None:
        missing = min((form.lacks(*wanted) for form in forms_of(spec.dataset)), key=len)
        raise ValueError(
            f"{here}: {spec.dataset} cannot be counted so, for {', '.join(dict.fromkeys(missing))} "
            "does not go with the rest. Make a table of its own of it, or leave it out."
        )
    if (spec.cohort.position == "every") == forms_of(spec.dataset)[0].coded:
        raise ValueError(
            f"{here}, cohort '{spec.cohort.id}': it is no cohort of {spec.dataset}. Name one of "
            "that dataset."
        )
    for code in spec.cohort.codes:
        if not _CODE.fullmatch(code):
            raise ValueError(
                f"{here}, cohort '{spec.cohort.id}': '{code}' is not an ICD-10 code. Write it in "
                "capitals without a dot, such as X99 or T400."
            )
    if not spec.cohort.codes and spec.cohort.position != "every":
        raise ValueError(f"{here}, cohort '{spec.cohort.id}': the code list is empty.")


# Cohorts


_Population = tuple[tuple[str, ...], Position, date, date]


def _population(spec: TableSpec) -> _Population:
    return spec.cohort.codes, spec.cohort.position, spec.first, spec.last


def _in_population(population: _Population, form: Form) -> exp.Expr:
    codes, position, first, last = population
    return exp.and_(_matches(codes, position), _between(form, first, last))


def _between(form: Form, first: date, last: date) -> exp.Expr:
    if form.day is None:
        return exp.true()
    return parse_one(
        f"e.{form.day} BETWEEN CAST('{first}' AS DATE) AND CAST('{last}' AS DATE)", read="duckdb"
    )


def matches(cohort: CodeList) -> exp.Expr:
    """The condition that an episode ``e`` has a code of ``cohort`` in its position."""
    return _matches(cohort.codes, cohort.position)


def _matches(codes: Iterable[str], position: Position) -> exp.Expr:
    if position == "every":
        return exp.true()
    codes = _without_covered(codes)
    if position != "any":
        column = "e.CAUSE_4" if position == "cause" else "e.DIAG_4_01"
        return parse_one(_starts_with_one_of(column, codes), read="duckdb")
    # Few episodes hold the letters that start the codes, and looking for them costs a fraction
    # of the expression that decides; so the exact test sees only what passes the quick one.
    hints = " OR ".join(f"contains(e.DIAG_4_CONCAT, '{hint}')" for hint in _hints(codes))
    pattern = f"(^|,)({'|'.join(codes)})"
    return parse_one(f"({hints}) AND regexp_matches(e.DIAG_4_CONCAT, '{pattern}')", read="duckdb")


def _without_covered(codes: Iterable[str]) -> tuple[str, ...]:
    """``codes`` in order, without those that a shorter one covers."""
    kept: list[str] = []
    for code in sorted(set(codes)):
        if not kept or not code.startswith(kept[-1]):
            kept.append(code)
    return tuple(kept)


def _starts_with_one_of(column: str, codes: Iterable[str]) -> str:
    """SQL: ``column`` starts with one of ``codes``, as ranges of text.

    Comparing whole values is the fastest test there is, and lets a reader of Parquet skip what
    its statistics rule out. The texts that start with X93, X94 or X95 are exactly those from
    'X93' to before 'X96'; after 9 and Z come ':' and '['.
    """
    ranges: list[list[str]] = []
    for code in codes:
        after = code[:-1] + chr(ord(code[-1]) + 1)
        if ranges and ranges[-1][1] == code:
            ranges[-1][1] = after
        else:
            ranges.append([code, after])
    return " OR ".join(f"({column} >= '{low}' AND {column} < '{high}')" for low, high in ranges)


def _hints(codes: Iterable[str]) -> list[str]:
    """The longest beginning that the codes of each letter share."""
    shared: dict[str, str] = {}
    for code in codes:
        hint = shared.get(code[0], code)
        while not code.startswith(hint):
            hint = hint[:-1]
        shared[code[0]] = hint
    return [shared[letter] for letter in sorted(shared)]


# The scan


def _kept(specs: Sequence[TableSpec], form: Form) -> exp.Expr:
    """The condition under which the scan keeps a row: in a cohort, and in the period.

    What each measure counts is left to its flag: testing it on every row costs more than it
    saves, because nearly all rows of a cohort count.
    """
    codes: dict[Position, list[str]] = {}
    for spec in specs:
        codes.setdefault(spec.cohort.position, []).extend(spec.cohort.codes)
    order: tuple[Position, ...] = ("every", "cause", "primary", "any")  # cheap tests first
    cohorts = [_matches(codes[position], position) for position in order if position in codes]
    period = _between(form, min(spec.first for spec in specs), max(spec.last for spec in specs))
    return exp.and_(period, exp.or_(*cohorts))


def _condition(measure: Measure) -> exp.Expr:
    """The measure's condition with its columns taken from the row ``e``."""
    tree = parse_one(measure.condition, read="duckdb")
    for column in tree.find_all(exp.Column):
        column.set("table", exp.to_identifier(_ROW))
    return tree


def _distinct_columns(form: Form, measures: Iterable[str]) -> list[str]:
    return sorted({column for name in measures if (column := form.measures[name].distinct)})


def _amount_columns(form: Form, measures: Iterable[str]) -> list[str]:
    return sorted({column for name in measures if (column := form.measures[name].amount)})


def _amount(column: str) -> str:
    """The name under which a column to be summed is kept: a flag may be called as it is."""
    return f"amount_{column}"


def _flag(condition: exp.Expr) -> exp.Expr:
    """A condition as a flag: not known is no."""
    return exp.func("coalesce", condition, exp.false())


def _value(form: Form, key: str) -> exp.Expr:
    expression = parse_one(form.breakdowns[key].expression, read="duckdb")
    return exp.func("coalesce", expression, exp.Literal.string(UNKNOWN))


def _row_columns(expressions: Iterable[exp.Expr], form: Form) -> tuple[str, ...]:
    """The names of the row's columns in ``expressions``, in alphabetical order."""
    found = chain.from_iterable(e.find_all(exp.Column) for e in expressions)
    names = {column.name for column in found if column.table == _ROW}
    joined = any(c.table == _AREA for e in expressions for c in e.find_all(exp.Column))
    return tuple(sorted(names | ({str(form.place)} if joined else set())))


# Crossings


def axes_of(crossing: tuple[str, ...]) -> tuple[str, ...]:
    """The breakdowns that span a crossing: the year is part of the month."""
    return tuple(key for key in crossing if key != "financial_year" or "month" not in crossing)


def _crossing_query(
    form: Form, spec: TableSpec, crossing: tuple[str, ...], cohort: str, population: int
) -> CrossingQuery:
    axes = axes_of(crossing)
    measures = [form.measures[name] for name in spec.measures]
    adds = all(measure.adds for measure in measures)
    keys = axes if adds or "month" not in axes else (*axes, "financial_year")
    counts = [exp.alias_(_count(measure), measure.id) for measure in measures]
    query = exp.select(*keys, *counts).from_(cohort).where(exp.column(f"cohort_{population}"))
    if adds:
        return CrossingQuery(spec, crossing, keys, False, query.group_by(*keys))
    sets = [exp.Tuple(expressions=[exp.column(k) for k in s]) for s in grouping_sets(axes)]
    query.set("group", exp.Group(grouping_sets=[exp.GroupingSets(expressions=sets)]))
    return CrossingQuery(spec, crossing, keys, True, query)


def _count(measure: Measure) -> exp.Expr:
    if measure.amount is not None:
        total = exp.Sum(this=exp.cast(exp.column(_amount(measure.amount)), "BIGINT"))
        summed = exp.Filter(this=total, expression=exp.Where(this=exp.column(measure.id)))
        return exp.cast(exp.func("coalesce", summed, exp.Literal.number(0)), "BIGINT")
    what: exp.Expr = exp.Star()
    if measure.distinct is not None:
        what = exp.Distinct(expressions=[exp.column(measure.distinct)])
    return exp.Filter(this=exp.Count(this=what), expression=exp.Where(this=exp.column(measure.id)))


def grouping_sets(axes: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Every margin of a crossing: the cube of its breakdowns, by month and year, or by year."""
    others = [key for key in axes if key not in ("month", "financial_year")]
    cube = [tuple(s) for n in range(len(others), -1, -1) for s in combinations(others, n)]
    times: list[tuple[str, ...]] = [()]
    if "month" in axes:
        times = [("month",), ("financial_year",)]
    elif "financial_year" in axes:
        times = [("financial_year",)]
    return [(*time, *subset) for time in times for subset in cube]
