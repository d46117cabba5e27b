"""Many rows at once: PostgreSQL's COPY, where Django would send each row as parameters.

Row-level security forbids COPY into guarded tables, so rows are copied into a table of this
connection alone and inserted from there, where the policies look at each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models
from psycopg.types.json import Jsonb

_FEW = 200


def create_all(made: Sequence[models.Model]) -> None:
    """Inserts objects of one model and gives them their keys, as ``bulk_create`` does, quickly."""
    if not made:
        return
    model = type(made[0])
    if len(made) < _FEW:
        model._default_manager.bulk_create(made)
        return
    key = model._meta.pk
    given = isinstance(key, models.UUIDField)
    fields = [
        f
        for f in model._meta.concrete_fields
        if (given or f is not key) and not f.has_db_default()  # the database fills those in
    ]
    columns = ", ".join(f'"{f.column}"' for f in fields)
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE many ON COMMIT DROP AS SELECT 0::int AS place, {columns} "
            f'FROM "{table}" WITH NO DATA'
        )
        rows = (
            (place, *(_plain(f, each) for f in fields)) for place, each in enumerate(made)
        )  # fmt: skip
        copy(cursor, f"many (place, {columns})", rows)
        cursor.execute(
            f'INSERT INTO "{table}" ({columns}) SELECT {columns} FROM many ORDER BY place '
            f'RETURNING "{key.column}"'
        )
        if not given:
            for each, (value,) in zip(made, cursor.fetchall(), strict=True):
                each.pk = value
        cursor.execute("DROP TABLE many")
    for each in made:
        each._state.adding, each._state.db = False, connection.alias


def insert(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Inserts rows of a model with these columns, where making an object of each takes too long."""
    columns = ", ".join(f'"{name}"' for name in names)
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f'CREATE TEMP TABLE many ON COMMIT DROP AS SELECT {columns} FROM "{table}" WITH NO DATA'
        )
        copy(cursor, f"many ({columns})", rows)
        cursor.execute(f'INSERT INTO "{table}" ({columns}) SELECT {columns} FROM many')
        cursor.execute("DROP TABLE many")


def copy(cursor: Any, into: str, rows: Iterable[Sequence[Any]]) -> None:
    """COPY of rows into a table of this connection (``name (columns)``)."""
    with cursor.copy(f"COPY {into} FROM STDIN") as writing:
        for row in rows:
            writing.write_row(row)


def _plain(field: models.Field[Any, Any], thing: models.Model) -> Any:
    value = getattr(thing, field.attname)
    if isinstance(field, models.JSONField):
        return Jsonb(value)
    return value
