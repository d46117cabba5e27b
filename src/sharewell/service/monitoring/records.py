"""Recording activity, correcting it and deleting it: one function per change.

Activity comes and goes as rows of a module of the declared data set. The day, the transaction
and the place are columns; the module's own fields are kept by name, as codes and numbers.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from sharewell.monitoring import Field, Module
from sharewell.service.monitoring import bulk, versions
from sharewell.service.monitoring.bundling import texts
from sharewell.service.monitoring.errors import MonitoringFault
from sharewell.service.monitoring.keys import key_store
from sharewell.service.monitoring.models import Client, Record, Service
from sharewell.service.monitoring.reach import records
from sharewell.service.monitoring.versions import Row

COLUMNS = {"date": "day", "record_id": "record_id", "transaction_id": "transaction",
            "place": "place"}  # fmt: skip
ELSEWHERE = frozenset(
    {"service", "client_id", "first_initial", "last_initial", "birth_date", "sex"}
)


def fields_of(module: Module) -> tuple[Field, ...]:
    """The fields that a form asks for: not whose the record is, and not its own ids."""
    ids = ELSEWHERE | {"record_id", "transaction_id"}
    return tuple(field for field in module.fields if field.name not in ids)


def new_id() -> str:
    """An id of a record or transaction that is typed here."""
    return f"W-{uuid.uuid4().hex[:16]}"


def add(
    service: Service,
    module: Module,
    rows: Sequence[Row],
    *,
    client: Client | None = None,
    objected: bool = False,
    once: str = "",
) -> list[Record]:
    """Records rows of one module. Without a client they are a session that nobody named or,
    ``objected``, what was done for somebody who objects.

    With the same ``once`` they are recorded once, however often it is asked.
    """
    if once:
        ids = [f"W-{once}-{number}" for number, _ in enumerate(rows)]
        known = records().filter(service=service, module=module.id, record_id__in=ids)
        if there := list(known):
            return there
        rows = [dict(row) | {"record_id": id_} for row, id_ in zip(rows, ids, strict=True)]
        try:
            with transaction.atomic():
                return add(service, module, rows, client=client, objected=objected)
        except IntegrityError:  # the same form was sent twice at once, and the other was quicker
            return list(known.all())
    if client is None:
        key_store().make([service.pk])
    made = []
    for row in rows:
        record = Record(
            pk=uuid.uuid4(),
            service=service,
            client=client,
            objected=objected,
            module=module.id,
            record_id=row.get("record_id") or new_id(),
        )
        _fill(record, module, row)
        made.append(record)
    bulk.create_all(made)
    versions.keep_all({record.pk: (record, row_of(record)) for record in made}, "added")
    return made


def row_of(record: Record) -> dict[str, str]:
    """The record as a row of its module, without whose it is."""
    row = {name: str(getattr(record, column)) for name, column in COLUMNS.items()}
    return row | texts(record.fields)


def change(record: Record, module: Module, seen: int, row: Row, reason: str) -> Record:
    """Changes a record from the version that was ``seen`` to ``row``, with the reason.

    What others changed since stays, where they changed something else; where not, Conflict.
    """
    now = records().select_for_update(of=("self",)).get(pk=record.pk)
    theirs = row_of(now)
    key = now.client_id or now.service_id
    base = theirs if seen == now.version else versions.row_at(now.pk, seen, key)
    row = versions.merge(base, theirs, theirs | dict(row), now.version)
    if row == theirs:
        return now
    _fill(now, module, row)
    now.version += 1
    now.changed = timezone.now()
    now.upload = None
    now.save()
    versions.keep(now, "changed", row_of(now), reason)
    return now


def delete(record: Record, seen: int, reason: str) -> None:
    """Deletes a record; what it was is kept, sealed. MonitoringFault when it changed since."""
    now = records().select_for_update(of=("self",)).get(pk=record.pk)
    if now.version != seen:
        raise MonitoringFault("Somebody changed this record since you looked. Look again first.")
    row = row_of(now)
    now.version += 1
    versions.keep(now, "deleted", row, reason)
    now.delete()


def last_transaction(client: Client, module: str) -> list[Record]:
    """The records of the client's latest visit in a module."""
    found = records().filter(client=client, module=module)
    latest = found.first()
    if latest is None:
        return []
    if not latest.transaction:
        return [latest]
    return list(found.filter(transaction=latest.transaction))


def _fill(record: Record, module: Module, row: Row) -> None:
    record.day = date.fromisoformat(row["date"])
    record.transaction = row.get("transaction_id", "")
    record.place = row.get("place", "")
    record.fields = {
        field.name: _value(field, row[field.name])
        for field in module.fields
        if field.name not in COLUMNS
        and field.name not in ELSEWHERE
        and row.get(field.name, "") != ""
    }


def _value(field: Field, text: str) -> Any:
    match field.kind:
        case "integer":
            return int(text)
        case "decimal":
            return float(text)
        case _:
            return text
