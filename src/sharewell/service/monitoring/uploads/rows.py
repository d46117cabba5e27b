"""The sound rows of an upload, as the test left them: read by the plan, tested once.

What is applied is what was tested, to the letter. Each table that was read is a Parquet file of its
sound rows (see `Checked.sound_rows`), sealed like the files themselves.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from sharewell.monitoring import Checked, DataSet, Field, Module, data_set
from sharewell.service.monitoring.records import COLUMNS, ELSEWHERE
from sharewell.service.monitoring.uploads import vault

MEMORY = "256MB"
"""What the engine may use before it spills to disk."""

PERSON = ("client_id", "first_initial", "last_initial", "birth_date", "sex")
_TABLES = "prepared-tables"
_TEXT_OF = {"date": "strftime({0}, '%Y-%m-%d')", "time": "left(CAST({0} AS VARCHAR), 5)"}


@dataclass(frozen=True)
class Sound:
    """One table of sound rows: its number in the check, its module, the fields that it has."""

    src: int
    module: str
    present: tuple[str, ...]


@dataclass
class Rows:
    """Sound rows, open. Each module that has some is a view of its name, with ``src``, ``row`` and
    the fields of the module; rows that were refused since are not in it."""

    con: duckdb.DuckDBPyConnection
    declared: DataSet
    tables: tuple[Sound, ...]

    @property
    def activity(self) -> list[Module]:
        """The modules of activity that have rows."""
        return [self.declared.module(name) for name in self._modules() if name != "client"]

    @property
    def has_clients(self) -> bool:
        """Whether there are rows of clients."""
        return "client" in self._modules()

    def present(self, module: str) -> frozenset[str]:
        """The fields of a module that some of its tables have."""
        return frozenset(n for t in self.tables if t.module == module for n in t.present)

    def refuse(self, found: Sequence[tuple[int, int]]) -> None:
        """Leaves out rows, each by its table's number and its own."""
        if found:
            src, row = zip(*found, strict=True)
            self.con.register("out", pa.table({"src": src, "row": row}))
            self.con.execute("INSERT INTO refused SELECT * FROM out")
            self.con.unregister("out")

    def pairs(self, sql: str) -> list[tuple[int, int]]:
        """Rows by table and number, of a query for ``src`` and ``row``."""
        return self.con.execute(sql).fetchall()

    def _modules(self) -> list[str]:
        return list(dict.fromkeys(table.module for table in self.tables))


def prepare(checked: Checked, folder: Path) -> tuple[Sound, ...]:
    """Writes the sound rows of files that were checked into the folder."""
    tables = []
    for src, fitted in enumerate(checked.tables):
        tables.append(Sound(src, fitted.module.id, tuple(sorted(fitted.present))))
        writer: pq.ParquetWriter | None = None
        for piece in checked.sound_rows(src):
            writer = writer or pq.ParquetWriter(_path(folder, src), piece.schema)
            writer.write_table(piece)
        if writer is None:
            tables.pop()
        else:
            writer.close()
    return tuple(tables)


def keep(upload: UUID, rows: Rows, year: int, folder: Path) -> None:
    """Keeps the prepared rows with their upload, sealed, and which of them were refused."""
    for table in rows.tables:
        with _path(folder, table.src).open("rb") as file:
            vault.seal_file(
                upload, vault.PREPARED.format(table.src), iter(lambda: file.read(2**20), b"")
            )
    told = {
        "year": year,
        "tables": [[t.src, t.module, list(t.present)] for t in rows.tables],
        "refused": rows.pairs("SELECT src, row FROM refused"),
    }
    vault.seal_file(upload, _TABLES, [json.dumps(told).encode()])


def forget(upload: UUID) -> None:
    """Forgets the prepared rows, which are of no use once they are applied."""
    vault.drop(upload, *(name for name in vault.kept(upload) if name.startswith("prepared-")))


@contextmanager
def kept_rows(upload: UUID, folder: Path) -> Iterator[Rows]:
    """The prepared rows of an upload, opened in the folder."""
    told = json.loads(b"".join(vault.opened(upload, _TABLES)))
    tables = tuple(Sound(src, module, tuple(names)) for src, module, names in told["tables"])
    for table in tables:
        vault.unseal_to(upload, vault.PREPARED.format(table.src), _path(folder, table.src))
    with open_rows(tables, data_set(told["year"]), folder) as rows:
        rows.refuse([(src, row) for src, row in told["refused"]])
        yield rows


@contextmanager
def open_rows(tables: Sequence[Sound], declared: DataSet, folder: Path) -> Iterator[Rows]:
    """Prepared rows in the folder, with an engine over them."""
    con = duckdb.connect(
        str(folder / "rows.duckdb"),
        config={
            "memory_limit": MEMORY,
            "temp_directory": str(folder / "spill"),
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        },
    )
    try:
        con.execute("CREATE OR REPLACE TABLE refused (src INTEGER, row BIGINT)")
        by_module: dict[str, list[str]] = {}
        for t in tables:
            by_module.setdefault(t.module, []).append(
                f"SELECT {t.src} AS src, * FROM read_parquet('{_path(folder, t.src)}')"
            )
        for module, parts in by_module.items():
            con.execute(
                f"CREATE OR REPLACE VIEW {module} AS SELECT * FROM ({' UNION ALL '.join(parts)}) "
                "ANTI JOIN refused USING (src, row)"
            )
        yield Rows(con, declared, tuple(tables))
    finally:
        con.close()


def fields_json(module: Module) -> str:
    """SQL for what a record keeps of a row of the module: its own fields, as JSON without nulls."""
    parts = ", ".join(
        f"""'"{field.name}":' || to_json({text_of(field)})"""
        for field in module.fields
        if field.name not in COLUMNS and field.name not in ELSEWHERE
    )
    return f"'{{' || concat_ws(',', {parts}) || '}}'"


def text_of(field: Field) -> str:
    """SQL for the value of a field as a record keeps it: numbers as numbers, the rest as text."""
    return _TEXT_OF.get(field.kind, "{0}").format(field.name)


def texts(module: Module, row: Mapping[str, Any]) -> dict[str, str]:
    """A row as a file of the data set has it: text by the name of the field, '' for nothing."""
    return {
        field.name: "" if row[field.name] is None else str(row[field.name])
        for field in module.fields
    }


def _path(folder: Path, src: int) -> Path:
    return folder / f"{src}.parquet"
