"""Activity for one count: streamed from PostgreSQL to Parquet, in the form that is counted.

It runs within the counting reach, so consent is asked of the rows as they are at that moment, by
the gate and by PostgreSQL. Nothing is held in memory but one piece at a time, and the keys of the
clients. The file is for the machine alone: whoever asks for it throws it away.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from django.db import connection

from sharewell.catalogue.activity import ACTIVITY_SCHEMA
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.activity import CLIENT, as_activity
from sharewell.service.monitoring.planning import plan_for_many

_PIECE = 2**20  # bytes
_BLOCK = 2**24  # bytes that are read into one row group


@dataclass(frozen=True)
class Exported:
    """The file, how many records it has, and whose: the clients in it."""

    path: Path
    records: int
    clients: frozenset[UUID]


def export(path: Path, first: date, last: date) -> Exported:
    """Writes all activity of the days to a file of `ACTIVITY_SCHEMA` that only this user may read.

    For the counting reach; raises `reach.OutOfReach` outside of one. The connection does nothing
    else meanwhile.
    """
    in_period = reach.records().filter(day__range=(first, last))
    found = as_activity(in_period, (*ACTIVITY_SCHEMA.names[1:], CLIENT))
    found = found.order_by("day", "changed", "pk")
    sql, parameters = found.query.sql_with_params()
    seen: set[str] = set()
    records = 0
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "wb") as sink, connection.cursor() as cursor:
        plan_for_many()
        with (
            pq.ParquetWriter(sink, ACTIVITY_SCHEMA, compression="zstd") as writer,
            cursor.copy(f"COPY ({sql}) TO STDOUT WITH (FORMAT csv)", parameters) as copy,
        ):
            for batch in _batches(_pieces(copy)):
                seen.update(pc.unique(batch[CLIENT]).drop_null().to_pylist())
                writer.write_batch(_numbered(batch, records))
                records += batch.num_rows
    return Exported(path, records, frozenset(map(UUID, seen)))


class _Flow(io.RawIOBase):
    """Pieces of bytes as a file that is read once."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces, self._left = pieces, b""

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """The next bytes; 0 at the end."""
        if not self._left:
            self._left = next(self._pieces, b"")
        given, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(given)] = given
        return len(given)


def _pieces(copy: Any) -> Iterator[bytes]:
    """What COPY sends, row by row, in larger pieces."""
    piece = bytearray()
    for row in copy:
        piece += row
        if len(piece) >= _PIECE:
            yield bytes(piece)
            piece.clear()
    if piece:
        yield bytes(piece)


def _batches(pieces: Iterator[bytes]) -> Iterator[pa.RecordBatch]:
    first = next(pieces, b"")
    if not first:  # a file without a row is no CSV
        return
    flow = _Flow(chain([first], pieces))
    types = {field.name: field.type for field in ACTIVITY_SCHEMA if field.name != "record"}
    types[CLIENT] = pa.string()
    yield from pa_csv.open_csv(
        pa.PythonFile(flow, mode="r"),
        read_options=pa_csv.ReadOptions(column_names=list(types), block_size=_BLOCK),
        parse_options=pa_csv.ParseOptions(newlines_in_values=True),
        convert_options=pa_csv.ConvertOptions(
            column_types=types, null_values=[""], strings_can_be_null=True
        ),
    )


def _numbered(batch: pa.RecordBatch, before: int) -> pa.RecordBatch:
    """The batch with the numbers of its records, in the order in which they come."""
    number = pa.array(range(before, before + batch.num_rows), pa.int64())
    columns = [number, *(batch[name] for name in ACTIVITY_SCHEMA.names[1:])]
    return pa.RecordBatch.from_arrays(columns, schema=ACTIVITY_SCHEMA)
