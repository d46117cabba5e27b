"""A ledger of ten entries, and the means to tamper with it that only a superuser has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from sharewell.ledger import postgres
from sharewell.ledger.files import FileStore
from sharewell.ledger.store import Ledger

ACTOR = {"name": "Ada Synthetic", "role": "analyst"}

Tamper = Callable[..., None]


@pytest.fixture
def ledger(database: str, home: Path) -> Iterator[Ledger]:
    """An empty ledger."""
    with Ledger.open(database, home) as opened:
        yield opened


@pytest.fixture
def files(home: Path) -> FileStore:
    return FileStore(home / "files")


@pytest.fixture
def ten(ledger: Ledger, files: FileStore) -> Ledger:
    """A ledger of ten entries; each even one names a file."""
    for n in range(1, 11):
        kept = (files.put_bytes(f"table-{n}.csv", f"cell,{n}\n".encode()),) if n % 2 == 0 else ()
        ledger.append("publish", actor=ACTOR, body={"table": f"file-{n}", "n": n}, files=kept)
    return ledger


@pytest.fixture
def superuser(database: str) -> str:
    """The test's database, as the superuser of its server."""
    return make_conninfo(database, user=postgres.SUPERUSER)


@pytest.fixture
def tamper(superuser: str) -> Tamper:
    """Run statements as a superuser who has put the ledger's guards to sleep."""

    def run(*statements: str) -> None:
        with psycopg.connect(superuser) as connection:
            connection.execute("ALTER TABLE ledger.entry DISABLE TRIGGER ALL")
            connection.execute("ALTER TABLE ledger.entry DROP CONSTRAINT hash_is_of_entry")
            for statement in statements:
                connection.execute(statement)
            connection.execute("ALTER TABLE ledger.entry ENABLE ALWAYS TRIGGER append_only")

    return run
