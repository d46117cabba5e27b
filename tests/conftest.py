"""A real PostgreSQL for any test that asks.

``database`` is the connection string of an empty database of its own, on an embedded server that
one test session shares and that stops when the session ends; the ledger's schema is in it
already. ``home`` is an empty directory to use as SHAREWELL_HOME. A test of the command line sets
``DATABASE_URL`` to ``database``, so that no server starts for it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from sharewell.ledger import postgres
from sharewell.ledger.store import Ledger

# A busy machine is no failure: the timeout of a whole test is enough.
settings.register_profile("sharewell", deadline=None)
settings.load_profile("sharewell")

_TEMPLATE = "sharewell_template"
_numbers = count(1)


@pytest.fixture(scope="session")
def _server() -> Iterator[str]:
    """The connection string of the session's server, with a template database prepared."""
    with tempfile.TemporaryDirectory(prefix="sharewell-tests-") as folder:
        home = Path(folder)
        server = postgres.embedded(home)
        # No power cut is tested here, and waiting for the disk would take most of the time.
        superuser = make_conninfo(server, user=postgres.SUPERUSER)
        with psycopg.connect(superuser, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(_TEMPLATE)))
        Ledger.open(make_conninfo(server, dbname=_TEMPLATE), home).close()
        yield server
        postgres.release(home, wait=30)


@pytest.fixture
def database(_server: str) -> Iterator[str]:
    """The connection string of an empty database, the test's own."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(_server, autocommit=True) as connection:
        made = SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(_TEMPLATE))
        connection.execute(made)
    yield make_conninfo(_server, dbname=name)
    # As the superuser, who may also end a superuser's session that has not quite left.
    superuser = make_conninfo(_server, user=postgres.SUPERUSER)
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty directory to use as SHAREWELL_HOME."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder
