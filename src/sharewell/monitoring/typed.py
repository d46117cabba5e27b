"""SQL that reads the text of a table as the values of a module's fields (DuckDB dialect).

For each field f of the module: ``f_text``, the text; ``f_raw``, null
where a word for nothing stands; ``f``, the value, null where there is none or it cannot be read;
``f_bad``, whether it cannot be read. For lists also ``f_group``, ``f_since`` and ``f_until`` of
the code. Then ``day`` of the record, ``age`` on that day in years, ``dummy`` (the attributor of
somebody who objects), ``person`` (the attributor as one text; null when it is incomplete or dummy)
and ``digest``, equal for rows that differ in nothing but their record id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import duckdb
import pyarrow as pa

from sharewell.monitoring.declared import code_lists
from sharewell.monitoring.mapping import Column
from sharewell.monitoring.model import Field, Module

CODES = "codes"
"""The table of every spelling of every code; `add_codes` makes it."""

DUMMY_BIRTH = "DATE '1955-05-05'"
ATTRIBUTOR = ("first_initial", "last_initial", "birth_date", "sex")

_NOTHING = "'N/A', 'NA', 'NULL', '-', '--', '?', '.', 'NOT RECORDED', 'MISSING', 'TBC'"
_TIME_OF_DAY = r"[T ]\d{1,2}:\d{2}.*$"
_ISO = r"\d{4}-\d{2}-\d{2}"
_OTHER_DATES = (
    r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|\d{1,2}[ -][A-Za-z]{3}[ -]\d{4}"
)
_FORMS = "['%Y-%m-%d', '%d/%m/%Y', '%d-%m-%Y', '%d.%m.%Y', '%d %b %Y', '%d-%b-%Y']"
_POSTCODE = "[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}"
_DISTRICT = "[A-Z]{1,2}[0-9][A-Z0-9]?"
_EARLIEST, _LATEST = "DATE '1800-01-01'", "DATE '2200-01-01'"


def add_codes(con: duckdb.DuckDBPyConnection) -> None:
    """Make the table `CODES`: list, spelling (lower case), code, grp, since, until."""
    con.register("spellings", _spellings())
    con.execute(f"CREATE TABLE {CODES} AS SELECT * FROM spellings")
    con.unregister("spellings")


@cache
def _spellings() -> pa.Table:
    rows: dict[tuple[str, str], dict[str, object]] = {}
    for codes in code_lists().values():
        for code in codes.codes:
            for spelling in (code.code, code.label, *code.also):
                row: dict[str, object] = {
                    "list": codes.id,
                    "spelling": spelling.lower(),
                    "code": code.code,
                    "grp": code.group,
                    "since": code.since,
                    "until": code.until,
                }
                rows.setdefault((codes.id, spelling.lower()), row)
    text, year = pa.string(), pa.int32()
    schema = {
        "list": text,
        "spelling": text,
        "code": text,
        "grp": text,
        "since": year,
        "until": year,
    }
    return pa.Table.from_pylist(list(rows.values()), pa.schema(schema))


def typed_rows(
    module: Module, places: Mapping[str, int], columns: Mapping[str, Column], relation: str
) -> str:
    """SQL for the rows of ``relation`` (``row`` and texts ``c0``, ``c1``, ...) with their values.
    The texts have no blanks at their ends.

    ``places`` gives the number of each field's column, ``columns`` how a mapping changes it.
    """
    texts = [
        f"{_text(columns.get(f.name), places.get(f.name))} AS {f.name}_text" for f in module.fields
    ]
    raws = [
        f"CASE WHEN upper({f.name}_text) IN ({_NOTHING}) THEN NULL ELSE {f.name}_text END "
        f"AS {f.name}_raw"
        for f in module.fields
    ]
    values = [part for f in module.fields for part in _value(f, columns.get(f.name))]
    joins = " ".join(
        f"LEFT JOIN {CODES} k_{f.name} ON k_{f.name}.list = {literal(f.code_list.id)} "
        f"AND k_{f.name}.spelling = lower({f.name}_raw)"
        for f in module.fields
        if f.code_list is not None
    )
    bad = [
        f"({f.name}_raw IS NOT NULL AND {f.name} IS NULL) AS {f.name}_bad" for f in module.fields
    ]
    return (
        f"SELECT *, {_person(module)} AS person, {_age(module)} AS age, {_digest(module.fields)} "
        f"AS digest FROM (SELECT *, {module.day} AS day, {_dummy(module)} AS dummy, "
        f"{', '.join(bad)} FROM (SELECT t.*, {', '.join(values)} FROM (SELECT *, {', '.join(raws)} "
        f"FROM (SELECT row, {', '.join(texts)} FROM {relation})) t {joins}))"
    )


def literal(value: str) -> str:
    """The text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def value_type(field: Field) -> str:
    """The SQL type of the field's value."""
    types = {"date": "DATE", "time": "TIME", "integer": "INTEGER", "decimal": "DOUBLE"}
    return types.get(field.kind, "VARCHAR")


def _text(column: Column | None, place: int | None) -> str:
    if column is not None and column.value is not None:
        return literal(column.value)
    if place is None:
        return "NULL::VARCHAR"
    text = f"c{place}"
    if column is not None and column.letter is not None:
        letters = f"regexp_replace({text}, '[^[:alpha:]]', '', 'g')"
        text = f"left({letters}, 1)" if column.letter == 1 else f"right({letters}, 1)"
    if column is not None and column.codes:
        cases = " ".join(
            f"WHEN {literal(their)} THEN {literal(ours)}" for their, ours in column.codes.items()
        )
        text = f"CASE lower({text}) {cases} ELSE {text} END"
    return f"nullif({text}, '')"


def _value(field: Field, column: Column | None) -> Sequence[str]:
    name, raw = field.name, f"{field.name}_raw"
    if field.code_list is not None:
        k = f"k_{name}"
        return (
            f"{k}.code AS {name}",
            f"{k}.grp AS {name}_group",
            f"{k}.since AS {name}_since",
            f"{k}.until AS {name}_until",
        )
    if field.kind == "date":
        return (f"{_date(raw, '' if column is None else column.dates)} AS {name}",)
    if field.kind == "time":
        whole = r"\d{1,2}:\d{2}(:\d{2})?"
        return (f"CASE WHEN {_is(raw, whole)} THEN TRY_CAST({raw} AS TIME) END AS {name}",)
    if field.kind == "integer":
        whole = r"-?\d{1,9}(\.0+)?"
        number = f"TRY_CAST(split_part({raw}, '.', 1) AS INTEGER)"
        return (f"CASE WHEN {_is(raw, whole)} THEN {number} END AS {name}",)
    if field.kind == "decimal":
        number = r"-?\d{1,9}(\.\d{1,9})?"
        return (f"CASE WHEN {_is(raw, number)} THEN TRY_CAST({raw} AS DOUBLE) END AS {name}",)
    if field.kind == "initial":
        letter = f"upper(strip_accents(rtrim({raw}, '.')))"
        return (f"CASE WHEN {_is(letter, '[A-Z]')} THEN {letter} END AS {name}",)
    if field.kind == "postcode":
        code = f"regexp_replace(upper({raw}), '\\s', '', 'g')"
        return (
            f"CASE WHEN {_is(code, _POSTCODE)} THEN left({code}, -3) || ' ' || right({code}, 3) "
            f"WHEN {_is(code, _DISTRICT)} THEN {code} END AS {name}",
        )
    return (f"{raw} AS {name}",)


def _date(raw: str, form: str) -> str:
    if form:
        value = f"try_strptime({raw}, {literal(form)})::DATE"
    else:
        bare = f"regexp_replace({raw}, '{_TIME_OF_DAY}', '')"
        value = (
            f"CASE WHEN {_is(raw, _ISO)} THEN TRY_CAST({raw} AS DATE) "
            f"WHEN {_is(bare, _OTHER_DATES)} THEN try_strptime({bare}, {_FORMS})::DATE END"
        )
    return f"(CASE WHEN ({value}) BETWEEN {_EARLIEST} AND {_LATEST} THEN ({value}) END)"


def _is(value: str, pattern: str) -> str:
    return f"regexp_full_match({value}, '{pattern}')"


def _dummy(module: Module) -> str:
    if not module.about_people:
        return "false"
    initials = "first_initial = 'X' AND last_initial = 'X'"
    return f"coalesce({initials} AND birth_date = {DUMMY_BIRTH}, false)"


def _person(module: Module) -> str:
    if not module.about_people:
        return "NULL::VARCHAR"
    return (
        "CASE WHEN NOT dummy AND sex <> 'U' THEN first_initial || last_initial || "
        "CAST(birth_date AS VARCHAR) || sex END"
    )


def _age(module: Module) -> str:
    if not module.about_people:
        return "NULL::INTEGER"
    return (
        f"CASE WHEN birth_date <= {module.day} THEN CAST(datesub('year', birth_date, {module.day}) "
        "AS INTEGER) END"
    )


def _digest(fields: Sequence[Field]) -> str:
    return f"hash({', '.join(f.name for f in fields if f.name != 'record_id')})"
