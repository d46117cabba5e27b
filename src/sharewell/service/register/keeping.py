"""Rows between the room's records and the tables: written by COPY, read back as they were."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from django.db import connection, models

from sharewell import register as room
from sharewell.register.names import AliasKind, fold, known_aliases
from sharewell.service.register.models import (
    AgreementRow,
    DatasetRow,
    Edition,
    FileRow,
    MixedRow,
    OverlapRow,
    TallyRow,
    UseRow,
)

_TOKEN = re.compile(r"\w+")
_LONGEST_TOKEN = 100

Row = tuple[Any, ...]


def tokens(*texts: str | None) -> list[str]:
    """The distinct words of texts, folded."""
    found = {token for text in texts if text for token in _TOKEN.findall(fold(text))}
    return sorted(token for token in found if len(token) <= _LONGEST_TOKEN)


def forms(kind: AliasKind, *texts: str | None) -> str:
    """Each text folded, and under the name that its aliases share; one to a line."""
    names = known_aliases()
    found = {form for text in texts if text for form in (fold(text), names.canonical(kind, text))}
    return "\n".join(sorted(found))


def key_of(organisation: str) -> str:
    """The name under which all names of an organisation go."""
    return known_aliases().canonical("organisation", organisation)


@dataclass(frozen=True)
class Table:
    """How one kind of row is kept.

    ``kept`` are the columns that make the row what it is: two rows with the same are one.
    ``derive`` gives the ``derived`` columns, by which it is found.
    """

    model: type[models.Model]
    kept: tuple[str, ...]
    derived: tuple[str, ...] = ()
    derive: Callable[[Row, Mapping[str, int]], Row] = lambda _row, _applicants: ()


def _names(record: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(record))


def _agreement(row: Row, applicants: Mapping[str, int]) -> Row:
    record = room.RegisterAgreement(*row)
    return (
        record.name,
        applicants[key_of(record.organisation)],
        record.permits_sublicensing,
        record.is_commercial,
        forms("organisation", record.organisation, *record.controllers),
        _vector(
            tokens(
                record.name,
                record.title,
                record.organisation,
                *record.controllers,
                record.objective,
                record.processing,
                record.outputs,
                record.benefits,
                record.yielded_benefits,
            )
        ),
    )


def _dataset(row: Row, _applicants: Mapping[str, int]) -> Row:
    record = room.DatasetRow(*row)
    return (
        record.is_sensitive,
        record.access_method,
        forms("dataset", record.dataset),
        forms("value", record.legal_basis),
        forms("value", record.type_of_data),
        _vector(tokens(record.dataset)),
    )


def _vector(words: Sequence[str]) -> str:
    """As PostgreSQL writes a text search vector; words have no quotation marks."""
    return " ".join(f"'{word}'" for word in words)


AGREEMENTS = Table(
    AgreementRow,
    _names(room.RegisterAgreement),
    ("name", "applicant_id", "is_sublicensing", "is_commercial", "organisation_forms", "words"),
    _agreement,
)
DATASETS = Table(
    DatasetRow,
    _names(room.DatasetRow),
    (
        "is_sensitive",
        "access_method",
        "dataset_forms",
        "legal_basis_form",
        "type_form",
        "words",
    ),
    _dataset,
)
FILES = Table(FileRow, _names(room.FileRow))
USES = Table(UseRow, _names(room.UseRow))
OVERLAPS = Table(OverlapRow, ("reference", "earlier", "later", "from_day", "to_day", "days"))
MIXED = Table(
    MixedRow, ("reference", "organisation", "dataset", "month", "with_opt_outs", "without")
)
TALLIES = Table(
    TallyRow,
    (
        "applicant_id",
        "name",
        "agreements",
        "versions",
        "files",
        "files_explained",
        "uses",
        "uses_explained",
    ),
)


def values(record: Any) -> Row:
    """A record of the room as a plain row."""
    return tuple(getattr(record, name) for name in record.__slots__)


def read(table: Table, edition: Edition, where: str = "", given: Sequence[Any] = ()) -> list[Row]:
    """The rows of an edition, in the order in which they were first taken in.

    ``where`` is a further condition in SQL, with its parameters.
    """
    return [row[1:] for row in _read(table, edition, where, given)]


def held(table: Table, edition: Edition) -> dict[Row, int]:
    """The rows of the latest edition of a series, with their keys."""
    return {row[1:]: row[0] for row in _read(table, edition, "", ())}


def _read(table: Table, edition: Edition, where: str, given: Sequence[Any]) -> list[Row]:
    columns = ", ".join(f'"{name}"' for name in table.kept)
    statement = (
        f'SELECT id, {columns} FROM "{table.model._meta.db_table}" WHERE series = %s '
        f"AND first <= %s AND (until IS NULL OR until > %s) {where} ORDER BY id"
    )
    given = (edition.series, edition.number, edition.number, *given)
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        found = cursor.fetchall()
    lists = [
        index for index, value in enumerate(found[0] if found else ()) if isinstance(value, list)
    ]
    if not lists:
        return found
    return [
        tuple(tuple(value) if index in lists else value for index, value in enumerate(row))
        for row in found
    ]


def keep(
    table: Table,
    edition: Edition,
    rows: Iterable[Row],
    before: dict[Row, int],
    applicants: Mapping[str, int],
) -> dict[Row, int]:
    """Stores what the edition has and the one before had not, and closes what it has no longer.

    ``before`` are the rows of the edition before it in the series; returns those of this one.
    """
    now = dict.fromkeys(rows)
    fresh = [row for row in now if row not in before]
    closed = [key for row, key in before.items() if row not in now]
    name = table.model._meta.db_table
    with connection.cursor() as cursor:
        if closed:
            cursor.execute(
                f'UPDATE "{name}" SET until = %s WHERE id = ANY(%s)', [edition.number, closed]
            )
        keys = _new_keys(cursor, name, len(fresh))
        columns = ("id", "series", "first", *table.kept, *table.derived)
        listed = ", ".join(f'"{column}"' for column in columns)
        with cursor.copy(f'COPY "{name}" ({listed}) FROM STDIN') as copy:
            for key, row in zip(keys, fresh, strict=True):
                derived = table.derive(row, applicants)
                copy.write_row((key, edition.series, edition.number, *map(_plain, row), *derived))
    added = dict(zip(fresh, keys, strict=True))
    return {row: before[row] if row in before else added[row] for row in now}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _new_keys(cursor: Any, table: str, count: int) -> list[int]:
    cursor.execute(
        "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
        [f'"{table}"', count],
    )
    return [key for (key,) in cursor.fetchall()]
