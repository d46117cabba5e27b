"""Reading a file of episodes in DuckDB: its columns, and its rows as typed SQL."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from sharewell.catalogue import areas
from sharewell.catalogue.fields import Dataset, Field
from sharewell.catalogue.hes_apc import DIAGNOSES
from sharewell.catalogue.sniffing import FileFaultError, Layout

Progress = Callable[[float], None]
"""Called with the fraction done, from 0 to 1, in the caller's thread."""

MEMORY_LIMIT = "512MB"
"""What DuckDB may hold; beyond it, row numbers and keys (never whole records) spill to disk."""

FLAGS = ("FCE", "FAE", "FAE_EMERGENCY", "FDE")

_INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"}
_INTEGERS |= {"U" + name for name in _INTEGERS}
_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"


@dataclass(frozen=True)
class Source:
    """A file as DuckDB reads it. ``types`` gives the DuckDB type of each column, in capitals;
    ``names`` the name of the column as the file has it."""

    layout: Layout
    relation: str
    types: dict[str, str]
    names: dict[str, str]

    @property
    def columns(self) -> frozenset[str]:
        """The names of its columns, in capitals."""
        return frozenset(self.types)


@contextmanager
def connection(spill: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB in memory that spills to ``spill`` and keeps the order of rows."""
    with duckdb.connect(config={"autoinstall_known_extensions": False}) as con:
        con.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
        con.execute(f"SET temp_directory = {literal(spill)}")
        # Progress is asked for, see `run`; DuckDB would also print a bar of its own.
        con.execute("SET enable_progress_bar = true")
        con.execute("SET enable_progress_bar_print = false")
        regions = areas.lookup_table()
        codes = [code for code in regions["code"].to_pylist() if code != areas.UNKNOWN]
        con.execute(f"CREATE TYPE district AS ENUM ({', '.join(map(literal, codes))})")
        yield con


def literal(value: object) -> str:
    """``value`` as an SQL text."""
    return "'" + str(value).replace("'", "''") + "'"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _path(path: Path) -> str:
    # DuckDB would take these characters of a file's name for a pattern.
    return literal("".join(f"[{c}]" if c in "*?[" else c for c in str(path)))


def source(con: duckdb.DuckDBPyConnection, layout: Layout) -> Source:
    """The file of ``layout`` as a relation. FileFaultError HES006 for a damaged Parquet file."""
    names = {name.upper(): name for name in layout.columns}
    if layout.kind == "parquet":
        relation = f"read_parquet({_path(layout.path)}, file_row_number = true)"
        try:
            described = con.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
        except duckdb.Error as error:
            raise FileFaultError("HES006", str(error).splitlines()[0]) from None
        types = {row[0].upper(): row[1] for row in described if row[0].upper() in names}
        return Source(layout, relation, types, names)
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in layout.columns)
    newline = "" if layout.newline == "\\r" else f", new_line = '{layout.newline}'"
    # The window streams, and keeps the lines in the order of the file.
    relation = (
        "(SELECT *, row_number() OVER () - 1 AS file_row_number FROM read_csv("
        f"{_path(layout.path)}, columns = {{{columns}}}, auto_detect = false, header = true, "
        f"delim = '{layout.delimiter}', quote = '\"', escape = '\"', nullstr = '', "
        f"compression = '{'gzip' if layout.gzipped else 'none'}'{newline}, "
        "store_rejects = true, rejects_limit = 0))"
    )
    return Source(layout, relation, dict.fromkeys(names, "VARCHAR"), names)


def _text(source: Source, column: str) -> str:
    """The column as text: without surrounding blanks, null where nothing is left."""
    name, kind = _identifier(source.names[column]), source.types[column]
    if kind in _INTEGERS:
        return f"{name}::VARCHAR"
    if kind in ("FLOAT", "DOUBLE") or kind.startswith("DECIMAL"):
        # Whole numbers that passed through a program which keeps nulls as floats.
        return (
            f"CASE WHEN {name} = trunc({name}) AND abs({name}) < 1e15 "
            f"THEN {name}::BIGINT::VARCHAR ELSE {name}::VARCHAR END"
        )
    text = name if kind == "VARCHAR" else f"{name}::VARCHAR"
    return f"nullif(trim({text}), '')"


def _number(source: Source, column: str) -> tuple[str, str]:
    """The column as SMALLINT and whether it is malformed."""
    name, kind = _identifier(source.names[column]), source.types[column]
    if kind in _INTEGERS:
        value = f"TRY_CAST({name} AS SMALLINT)"
        return value, f"({name} IS NOT NULL AND {value} IS NULL)"
    text = _text(source, column)
    value = (
        f"CASE WHEN regexp_full_match({text}, '[0-9]{{1,4}}') THEN TRY_CAST({text} AS SMALLINT) END"
    )
    return value, f"({text} IS NOT NULL AND ({value}) IS NULL)"


def _date(source: Source, column: str) -> tuple[str, str]:
    """The column as DATE, sentinels included, and whether it is malformed."""
    name, kind = _identifier(source.names[column]), source.types[column]
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return f"{name}::DATE", "false"
    text = _text(source, column)
    value = f"CASE WHEN regexp_full_match({text}, '{_DATE}') THEN TRY_CAST({text} AS DATE) END"
    return value, f"({text} IS NOT NULL AND ({value}) IS NULL)"


def _unpadded(code: str) -> str:
    return f"nullif(rtrim({code}, '-'), '')"


def _unpadded_list(codes: str) -> str:
    return (
        f"CASE WHEN contains({codes}, '-') OR contains({codes}, ' ') THEN nullif(array_to_string("
        f"list_filter(list_transform(string_split({codes}, ','), lambda c: rtrim(trim(c), '-')), "
        f"lambda c: c <> ''), ','), '') ELSE {codes} END"
    )


def _diagnoses(source: Source) -> dict[str, str]:
    present = [name for name in DIAGNOSES if name in source.columns]
    joined = ", ".join(_unpadded(_text(source, name)) for name in present) or "NULL"
    built = f"nullif(concat_ws(',', {joined}), '')"
    if "DIAG_4_CONCAT" not in source.columns:
        return {"DIAG_4_CONCAT": built}
    given = _unpadded_list(_text(source, "DIAG_4_CONCAT"))
    if DIAGNOSES[1] not in source.columns:
        return {"DIAG_4_CONCAT": given}
    return {"DIAG_4_CONCAT": f"coalesce({given}, {built})", "DIAGNOSES_JOINED": built}


def column_of(field: Field, columns: frozenset[str]) -> str | None:
    """The column of the file that holds ``field``: its own, else the first stand-in, else None."""
    return next((name for name in (field.name, *field.stand_ins) if name in columns), None)


def typed_rows(
    source: Source, dataset: Dataset, usual: tuple[str | None, str | None] = (None, None)
) -> str:
    """SQL for the rows of ``source`` with their values read.

    ``usual`` are the sound FYEAR and PARTYEAR of most rows, which then need no closer look.

    Columns: ``ROW_NUMBER``, from 0 (a query may return rows in another order than the file's);
    every field of ``dataset`` (text, SMALLINT or DATE; null where the file lacks it);
    ``<name>_malformed`` for numbers and dates; ``<name>_sentinel`` for dates, whose value is
    then null; ``KEY``, EPIKEY as a number; ``YEARS_SOUND``, ``FYEAR_SOUND`` and
    ``PARTYEAR_SOUND``; ``DIAGNOSES_JOINED`` where the file has DIAG_4_02; ``RESIDENCE_REGION``,
    the region of the district as RESGOR_ONS writes it; the flags that the file has, as text.
    Diagnoses and causes have lost the '-' that pads them, and a lone '-' is null; an X stays.
    """
    first: dict[str, str] = {"ROW_NUMBER": "file_row_number"}
    for field in dataset.fields:
        column = column_of(field, source.columns)
        if field.name == "DIAG_4_CONCAT":
            first |= _diagnoses(source)
        elif field.kind == "number":
            value = ("NULL::SMALLINT", "false") if column is None else _number(source, column)
            first[field.name], first[f"{field.name}_malformed"] = value
        elif field.kind == "date":
            value = ("NULL::DATE", "false") if column is None else _date(source, column)
            first[f"{field.name}_read"], first[f"{field.name}_malformed"] = value
        elif column is None:
            first[field.name] = "NULL::VARCHAR"
        else:
            text = _text(source, column)
            first[field.name] = _unpadded(text) if field.kind == "icd10" else text
    first |= {name: _text(source, name) for name in FLAGS if name in source.columns}
    values = ", ".join(f"{sql} AS {name}" for name, sql in first.items())
    second = ["*"]
    for field in dataset.fields:
        if field.kind == "date":
            sentinels = ", ".join(f"DATE '{value}'" for value, _ in field.sentinels)
            read, name = f"{field.name}_read", field.name
            second.append(f"coalesce({read} IN ({sentinels}), false) AS {name}_sentinel")
            second.append(f"CASE WHEN {read} NOT IN ({sentinels}) THEN {read} END AS {name}")
    key = dataset.field("EPIKEY").pattern
    partyear = dataset.field("PARTYEAR").pattern
    consecutive = (
        "regexp_full_match(FYEAR, '[0-9]{4}') AND (TRY_CAST(substr(FYEAR, 1, 2) AS INT) + 1) % 100 "
        "= TRY_CAST(substr(FYEAR, 3, 2) AS INT)"
    )
    second += [
        f"CASE WHEN regexp_full_match(EPIKEY, '{key}') THEN TRY_CAST(EPIKEY AS UBIGINT) END AS KEY",
        _sound("FYEAR", usual[0], consecutive),
        _sound("PARTYEAR", usual[1], f"regexp_full_match(PARTYEAR, '{partyear}')"),
        f"[{', '.join(_regions())}][enum_code(TRY_CAST(RESLADST_ONS AS district)) + 1] "
        "AS RESIDENCE_REGION",
    ]
    return (
        f"SELECT *, FYEAR_SOUND AND PARTYEAR_SOUND AS YEARS_SOUND FROM (SELECT {', '.join(second)} "
        f"FROM (SELECT {values} FROM {source.relation}))"
    )


def _sound(name: str, usual: str | None, condition: str) -> str:
    known = "" if usual is None else f"WHEN {name} = {literal(usual)} THEN true "
    return f"CASE {known}WHEN {condition} THEN true ELSE false END AS {name}_SOUND"


def _regions() -> list[str]:
    """The region of each district in the order of the type, with HES's own code for Wales."""
    table = areas.lookup_table().select(["code", "region"]).to_pylist()
    return [
        literal("W99999999" if row["region"] == areas.WALES else row["region"])
        for row in table
        if row["code"] != areas.UNKNOWN
    ]


def run(
    con: duckdb.DuckDBPyConnection,
    sql: str,
    progress: Progress | None = None,
    share: tuple[float, float] = (0.0, 1.0),
) -> None:
    """Execute ``sql``; ``progress`` hears the fraction done between the two of ``share``.

    The statement runs in a thread of its own, so that an interrupt stops it at once.
    """
    if progress is None:
        con.execute(sql)
        return
    failure: list[BaseException] = []

    def work() -> None:
        try:
            con.execute(sql)
        except BaseException as error:  # noqa: BLE001 - raised in the caller's thread below
            failure.append(error)

    low, high = share
    done = 0.0  # DuckDB starts again at nothing for each step of a statement
    thread = threading.Thread(target=work, name="sharewell-scan")
    thread.start()
    try:
        while thread.is_alive():
            thread.join(0.1)
            done = max(done, min(con.query_progress(), 100.0) / 100)
            progress(low + (high - low) * done)
    except BaseException:
        con.interrupt()
        thread.join()
        raise
    if failure:
        raise failure[0]
    progress(high)
