"""A real PostgreSQL for any test that asks.

``database`` is the connection string of an empty database of its own, on an embedded server that
one test session shares and that stops when the session ends; the ledger's schema is in it
already. ``home`` is an empty directory to use as SHAREWELL_HOME. A test of the command line sets
``DATABASE_URL`` to ``database``, so that no server starts for it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

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

# The files that take longest, longest first: begun last, one would keep a single worker busy while
# the others have nothing left to do. A file that is not named here comes after these.
LONGEST = (
    "service/test_demo_service.py",
    "service/test_in_browser.py",
    "spark",
    "service/test_addresses.py",
    "flows/test_combining_and_publishing.py",
    "disclosure/test_attacker_oracles.py",
    "service/test_releases_browser.py",
    "flows/test_defending.py",
    "disclosure/test_attacker_pieces.py",
    "flows/test_preparing.py",
    "flows/test_killed.py",
    "service/test_serving.py",
    "disclosure/test_repair.py",
    "publication/test_page_in_browser.py",
    "disclosure/test_repair_pieces.py",
    "cli/test_command_line.py",
    "service/test_monitoring_in_browser.py",
    "service/test_agreements_in_browser.py",
    "ledger/test_embedded_postgres.py",
    "synthesis/test_synthetic_files.py",
)
# Starting a Spark cluster takes as long as all that is counted on it: one worker runs these files.
ON_SPARK = ("tabulation/test_tabulate.py", "tabulation/test_monitoring_counts.py")

_TEMPLATE = "sharewell_template"
_numbers = count(1)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Gives each worker whole files, as ``--dist loadfile`` does, in the order of `LONGEST`."""
    from xdist.scheduler import LoadFileScheduling

    class LongestFirst(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid).removeprefix("tests/")
            return "spark" if file in ON_SPARK else file

        def _assign_work_unit(self, node: Any) -> None:
            place = {file: position for position, file in enumerate(LONGEST)}
            first = min(self.workqueue, key=lambda file: place.get(file, len(LONGEST)))
            self.workqueue.move_to_end(first, last=False)
            super()._assign_work_unit(node)

    return LongestFirst(config, log)


@pytest.fixture(scope="session", autouse=True)
def _no_waiting_for_the_disk() -> Iterator[None]:
    """No power cut is tested here, and waiting for the disk would take much of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _descriptor: None)
        yield


@pytest.fixture(scope="session")
def _server() -> Iterator[str]:
    """The connection string of the session's server, with a template database prepared."""
    with tempfile.TemporaryDirectory(prefix="sharewell-tests-") as folder:
        home = Path(folder)
        server = postgres.embedded(home)
        superuser = make_conninfo(server, user=postgres.SUPERUSER)
        with psycopg.connect(superuser, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(_TEMPLATE)))
        Ledger.open(make_conninfo(server, dbname=_TEMPLATE), home).close()
        yield server
        postgres.release(home, wait=30)


@pytest.fixture(scope="session")
def drop_database(_server: str) -> Callable[[str], None]:
    """Drops a database by name, whoever is still in it."""
    # As the superuser, who may also end a superuser's session, or the server's own, in it.
    superuser = make_conninfo(_server, user=postgres.SUPERUSER)

    def drop(name: str) -> None:
        with psycopg.connect(superuser, autocommit=True) as connection:
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))

    return drop


@pytest.fixture
def database(_server: str, drop_database: Callable[[str], None]) -> Iterator[str]:
    """The connection string of an empty database, the test's own."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(_server, autocommit=True) as connection:
        made = SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(_TEMPLATE))
        connection.execute(made)
    yield make_conninfo(_server, dbname=name)
    drop_database(name)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty directory to use as SHAREWELL_HOME."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder
