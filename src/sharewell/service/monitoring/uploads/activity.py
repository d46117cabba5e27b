"""What an upload makes of activity: records added, corrected and left, in a few statements.

The engine writes each row as a record keeps it, PostgreSQL compares them with what is there by the
supplier's own id, and adds and corrects them in pieces of one transaction.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa
import pyarrow.csv as pa_csv
from django.db import connection

from sharewell.monitoring import Module
from sharewell.service.monitoring import bulk, bundling, reach
from sharewell.service.monitoring.keys import key_store
from sharewell.service.monitoring.models import Service, Upload
from sharewell.service.monitoring.uploads.rows import PERSON, Rows, fields_json
from sharewell.service.monitoring.uploads.who import Found

_PARTS = 16
_AT_ONCE = 2_000
_COLUMNS = (
    "n", "thing", "client_id", "objected", "module", "day", "record_id", "transaction", "place",
    "fields", "sent",
)  # fmt: skip


@dataclass(frozen=True)
class Counts:
    """Records that are added, changed and left as they are; ``corrected_here`` are changed although
    somebody corrected them here since (rows by table and number)."""

    added: int
    changed: int
    left: int
    corrected_here: tuple[tuple[int, int], ...] = ()


def compare(service: Service, rows: Rows, found: Found) -> Counts:
    """What `prepare` and `stage` would find, and nothing is left of it. Where the service has no
    record of these modules yet, there is nothing to compare with."""
    modules = [module.id for module in rows.activity]
    if reach.records().filter(service=service, module__in=modules).exists():
        prepare(rows, found)
        return stage(service, rows)
    counts = [rows.con.execute(f"SELECT count(*) FROM {name}").fetchall() for name in modules]
    return Counts(sum(count for ((count,),) in counts), 0, 0)


def prepare(rows: Rows, found: Found) -> None:
    """Writes the rows of activity as records would be, in the engine alone: it asks nothing of
    PostgreSQL, so any thread may do it."""
    with rows.con.cursor() as own:
        _stage_in_engine(own, rows, found)


def stage(service: Service, rows: Rows) -> Counts:
    """Compares the records that `prepare` wrote with those that are there. They stay in tables of
    this connection until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS staged, columns_of, known, corrections")
        cursor.execute(
            "CREATE TEMP TABLE staged (n int, thing uuid, client_id uuid, objected boolean, "
            "module text, day date, record_id text, transaction text, place text, fields jsonb, "
            "sent bigint) ON COMMIT DROP"
        )
        _copy_staged(rows, cursor)
        cursor.execute("CREATE INDEX ON staged (n)")  # they are added part by part
        cursor.execute("ANALYZE staged")
        cursor.execute("CREATE TEMP TABLE columns_of (module text, names text[]) ON COMMIT DROP")
        for module in rows.activity:
            names = sorted(rows.present(module.id))
            cursor.execute("INSERT INTO columns_of VALUES (%s, %s)", [module.id, names])
        cursor.execute(
            "CREATE TEMP TABLE known ON COMMIT DROP AS "
            "SELECT s.n, r.id, r.version, r.client_id AS was, "
            "r.sent IS NOT DISTINCT FROM s.sent AS same, "
            "r.sent IS NOT NULL AND r.upload_id IS NULL AS corrected, "
            "(r.fields - c.names) || s.fields AS fields, "
            "((r.fields - c.names) || s.fields, r.client_id, r.objected, r.day, r.transaction, "
            "r.place) IS DISTINCT FROM (r.fields, s.client_id, s.objected, s.day, s.transaction, "
            "s.place) AS differs "
            "FROM staged s JOIN monitoring_record r ON r.service_id = %s "
            "AND r.module = s.module AND r.record_id = s.record_id "
            "JOIN columns_of c ON c.module = s.module",
            [service.pk],
        )
        cursor.execute("CREATE UNIQUE INDEX ON known (n)")
        cursor.execute("ANALYZE known")
        cursor.execute("SELECT count(*), count(*) FILTER (WHERE NOT same AND differs) FROM known")
        there, changed = cursor.fetchone()
        cursor.execute("SELECT n FROM known WHERE NOT same AND differs AND corrected ORDER BY n")
        corrected = [n for (n,) in cursor.fetchall()]
    ((all_,),) = rows.con.execute("SELECT count(*) FROM staged").fetchall()
    return Counts(all_ - there, changed, there - changed, _places(rows, corrected))


def write(
    service: Service, rows: Rows, upload: Upload, entries: dict[UUID, str]
) -> Iterator[float]:
    """Corrects and adds what `stage` found, and seals every version with its client's others
    (``entries``, from the clients, which are used up); the fraction that is done.

    While PostgreSQL adds a part of the records, another thread seals a part of the versions.
    """
    _bundle_changed(service, upload, entries)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE monitoring_record r SET client_id = s.client_id, objected = s.objected, "
            "day = s.day, transaction = s.transaction, place = s.place, fields = k.fields, "
            "version = r.version + 1, changed = now(), upload_id = %s, sent = s.sent "
            "FROM staged s JOIN known k USING (n) "
            "WHERE r.id = k.id AND NOT k.same AND k.differs",
            [upload.pk],
        )
        cursor.execute(
            "UPDATE monitoring_record r SET sent = s.sent FROM staged s JOIN known k USING (n) "
            "WHERE r.id = k.id AND NOT k.same AND NOT k.differs"
        )
        yield 0.1
        cursor.execute("SELECT n FROM known")
        known = [n for (n,) in cursor.fetchall()]
        cursor.execute("SELECT coalesce(max(n), 0) FROM staged")
        (last,) = cursor.fetchone()
    rows.con.register("known", pa.table({"n": pa.array(known, pa.int64())}))
    at_once = last // _PARTS + 1
    with ThreadPoolExecutor(1) as beside:
        for part in range(_PARTS):
            sealing = beside.submit(_sealed_part, service, rows, part, entries)
            _add_part(service, upload, part * at_once, at_once)
            bulk.create_all([bundling.sealed_bundle(upload, *each) for each in sealing.result()])
            yield 0.1 + 0.9 * (part + 1) / (_PARTS + 1)
    rows.con.unregister("known")
    _keep_left(upload, entries)
    yield 1.0


def _add_part(service: Service, upload: Upload, start: int, count: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO monitoring_record (id, service_id, client_id, objected, module, day, "
            "record_id, transaction, place, fields, version, changed, upload_id, sent) "
            "SELECT thing, %s, client_id, objected, module, day, record_id, transaction, "
            "place, fields, 1, now(), %s, sent FROM staged s WHERE n >= %s AND n < %s "
            "AND NOT EXISTS (SELECT FROM known k WHERE k.n = s.n)",
            [service.pk, upload.pk, start, start + count],
        )


def _stage_in_engine(con: duckdb.DuckDBPyConnection, rows: Rows, found: Found) -> None:
    ids = {id_: str(id_) for id_ in set(found.whose.values())}
    as_ = {id_: person.said_as or 0 for id_, person in found.people.items()}
    con.register(
        "whose",
        pa.table(
            {
                "who": pa.array(found.whose.keys(), pa.int64()),
                "client": pa.array((ids[c] for c in found.whose.values()), pa.string()),
                "said_as": pa.array((as_[c] for c in found.whose.values()), pa.int64()),
            }
        ),
    )
    con.execute(
        "CREATE OR REPLACE TABLE named AS SELECT who.*, whose.client, whose.said_as "
        "FROM who JOIN whose USING (who)"
    )
    con.unregister("whose")
    con.execute(
        "CREATE OR REPLACE TABLE staged (src INTEGER, row BIGINT, n BIGINT, thing VARCHAR, "
        "client_id VARCHAR, objected BOOLEAN, module VARCHAR, day DATE, record_id VARCHAR, "
        "transaction VARCHAR, place VARCHAR, fields VARCHAR, sent BIGINT)"
    )
    total = 0
    for module in rows.activity:
        con.execute(f"INSERT INTO staged {_staged(module, total)}")
        ((total,),) = con.execute("SELECT count(*) FROM staged").fetchall()


def _staged(module: Module, first: int) -> str:
    names = set(module.names)
    same = " AND ".join(f"m.{name} IS NOT DISTINCT FROM w.{name}" for name in PERSON)
    transaction = "coalesce(transaction_id, '')" if "transaction_id" in names else "''"
    place = "coalesce(place, '')" if "place" in names else "''"
    return (
        f"SELECT src, row, {first} + row_number() OVER () - 1, CAST(uuidv7() AS VARCHAR), client, "
        f"dummy, '{module.id}', date, record_id, t, p, f, CAST(md5_number(concat_ws('|', "
        f"'{module.id}', date, t, p, f, said_as, dummy)) % 9223372036854775807 AS BIGINT) "
        f"FROM (SELECT m.*, w.client, w.said_as, {transaction} AS t, {place} AS p, "
        f"{fields_json(module)} AS f FROM {module.id} m "
        f"LEFT JOIN named w ON NOT m.dummy AND {same})"
    )


def _copy_staged(rows: Rows, cursor: Any) -> None:
    reader = rows.con.sql(f"SELECT {', '.join(_COLUMNS)} FROM staged").to_arrow_reader(50_000)
    options = pa_csv.WriteOptions(include_header=False)
    with cursor.copy(f"COPY staged ({', '.join(_COLUMNS)}) FROM STDIN (FORMAT csv)") as copy:
        for batch in reader:
            buffer = io.BytesIO()
            pa_csv.write_csv(batch, buffer, options)
            copy.write(buffer.getvalue())


def _bundle_changed(service: Service, upload: Upload, entries: dict[UUID, str]) -> None:
    """Seals what is corrected, before it is: what it was and what it becomes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE corrections ON COMMIT DROP AS "
            "SELECT coalesce(s.client_id, %s) AS key, jsonb_build_object("
            "'k', 'record', 't', r.id, 'n', r.version + 1, 'w', 'changed', 'm', s.module, "
            "'d', s.day, 'i', s.record_id, 'x', s.transaction, 'p', s.place, 'f', k.fields, "
            "'b', jsonb_build_object('c', r.client_id, 'o', r.objected, 'd', r.day, "
            "'x', r.transaction, 'p', r.place, 'f', r.fields, 'u', r.upload_id, 's', r.sent)"
            ")::text AS entry FROM known k JOIN staged s USING (n) "
            "JOIN monitoring_record r ON r.id = k.id WHERE NOT k.same AND k.differs",
            [service.pk],
        )
        cursor.execute("SELECT count(*) FROM corrections")
        if not cursor.fetchone()[0]:
            return
    with connection.chunked_cursor() as cursor:
        cursor.execute("SELECT key, entry FROM corrections ORDER BY key")
        made: list[tuple[UUID, list[str]]] = []
        for key, some in groupby(_each(cursor), key=lambda pair: pair[0]):
            many = [entry for _, entry in some]
            starts = range(0, len(many), bundling.NOBODYS_AT_ONCE)
            made += [(key, many[start : start + bundling.NOBODYS_AT_ONCE]) for start in starts]
            if len(made) >= _AT_ONCE:
                _keep(upload, made, entries)
                made = []
        _keep(upload, made, entries)


def _each(cursor: Any) -> Iterator[tuple[Any, ...]]:
    while some := cursor.fetchmany(_AT_ONCE):
        yield from some


def _sealed_part(
    service: Service, rows: Rows, part: int, entries: dict[UUID, str]
) -> list[tuple[UUID, bytes, int]]:
    """Of a part of the clients: what was added, sealed, a bundle for each with its own entry."""
    entry = (
        """'{"k":"record","t":"' || thing || '","n":1,"w":"added","m":"' || module || '","d":"' """
        """|| day || '","i":' || to_json(record_id) || ',"x":' || to_json(transaction) || """
        """',"p":"' || place || '","f":' || fields || '}'"""
    )
    found = rows.con.execute(
        f"SELECT client_id, string_agg({entry}, ','), count(*) FROM staged "
        f"ANTI JOIN known USING (n) WHERE hash(coalesce(client_id, n::VARCHAR)) % {_PARTS} = "
        f"{part} GROUP BY client_id, CASE WHEN client_id IS NULL THEN "
        f"n // {bundling.NOBODYS_AT_ONCE} END"
    )
    made: list[tuple[UUID, bytes, int]] = []
    while some := found.fetchmany(_AT_ONCE):
        texts = [(UUID(c) if c else service.pk, text, count) for c, text, count in some]
        made += _sealed(texts, entries)
    return made


def _keep_left(upload: Upload, entries: dict[UUID, str]) -> None:
    """Keeps the entries of clients without activity, which are used up."""
    left = [(key, text, 1) for key, text in entries.items()]
    entries.clear()
    for start in range(0, len(left), _AT_ONCE):
        _keep_texts(upload, left[start : start + _AT_ONCE], {})


def _keep(upload: Upload, made: list[tuple[UUID, list[str]]], entries: dict[UUID, str]) -> None:
    _keep_texts(upload, [(key, ",".join(many), len(many)) for key, many in made], entries)


def _keep_texts(
    upload: Upload, made: list[tuple[UUID, str, int]], entries: dict[UUID, str]
) -> None:
    """Seals bundles and keeps them."""
    bulk.create_all([bundling.sealed_bundle(upload, *each) for each in _sealed(made, entries)])


def _sealed(
    made: Sequence[tuple[UUID, str, int]], entries: dict[UUID, str]
) -> list[tuple[UUID, bytes, int]]:
    """Entries by key, and how many, sealed; with the client's own, if there is one left."""
    keys: Mapping[UUID, bytes] = key_store().get_all({key for key, _, _ in made})
    done = []
    for key, text, count in made:
        if own := entries.pop(key, ""):
            text, count = f"{own},{text}", count + 1
        done.append((key, bundling.sealed(key, keys, text), count))
    return done


def _places(rows: Rows, numbers: list[int]) -> tuple[tuple[int, int], ...]:
    """Table and row of staged rows by their numbers."""
    if not numbers:
        return ()
    rows.con.register("asked", pa.table({"n": pa.array(numbers, pa.int64())}))
    found = rows.con.execute("SELECT src, row FROM staged JOIN asked USING (n)").fetchall()
    rows.con.unregister("asked")
    return tuple(found)
