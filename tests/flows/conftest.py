"""A small nation, made once: two years of invented episodes, imported and supplied."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from itertools import count
from pathlib import Path

import psycopg
import pytest
import yaml
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from sharewell.agreements import Agreement, load_agreement
from sharewell.flows.home import Home, open_home
from sharewell.flows.importing import import_file
from sharewell.flows.people import Person
from sharewell.publication import Identity, generate_identity
from sharewell.synthesis import synthesise

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
TODAY = date(2026, 11, 22)
FIRST = date(2024, 4, 1)
_numbers = count(1)

# A home and the name of its database: for copying, not for changing.
Start = tuple[Path, str]


@pytest.fixture(scope="session")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of two years for England and Wales, and an earlier extract of the second year."""
    folder = tmp_path_factory.mktemp("invented")
    for name, last in (("earlier", date(2025, 8, 31)), ("now", date(2025, 9, 30))):
        synthesise(folder / name, first_year=2024, last=last, background=0.001)
    synthesise(
        folder / "wales", dataset="pedw", first_year=2024, last=date(2025, 9, 30), background=0.001
    )
    return folder


@pytest.fixture(scope="session")
def identity() -> Identity:
    """An invented recipient's key."""
    return generate_identity()


def write_people(home: Path, key: str) -> None:
    """The example people, and recipients with an invented key."""
    data = yaml.safe_load((EXAMPLES / "people.yaml").read_text("utf-8"))
    for short, storage in (
        ("LSE", "LSE servers"),
        ("RAND", "RAND servers"),
        ("Hull", "Hull Data Safe Haven"),
    ):
        data["recipients"][short] = {"age": key, "territory": "England", "storage": storage}
    home.mkdir(parents=True, exist_ok=True)
    (home / "people.yaml").write_text(yaml.safe_dump(data), "utf-8")


@pytest.fixture(scope="session")
def prepared(
    _server: str, invented: Path, identity: Identity, tmp_path_factory: pytest.TempPathFactory
) -> Start:
    """A home with everything imported."""
    path = tmp_path_factory.mktemp("prepared") / "home"
    write_people(path, identity.recipient)
    with psycopg.connect(_server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE prepared TEMPLATE sharewell_template")
    conninfo = make_conninfo(_server, dbname="prepared")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", conninfo)
        with open_home(path) as home:
            supplier = home.directory.person("s.supplier")
            for file in sorted((invented / "now").glob("*.parquet")):
                import_file(home, supplier, file, "hes_apc")
            for file in sorted((invented / "wales").glob("*.parquet")):
                import_file(home, supplier, file, "pedw")
    return path, "prepared"


@contextmanager
def copied(server: str, start: Start, path: Path) -> Iterator[Start]:
    """A copy of a start at ``path``, with a database of its own, which is the one in use within."""
    name = f"nation_{next(_numbers)}"
    shutil.copytree(start[0], path)
    with (
        psycopg.connect(server, autocommit=True) as connection,
        pytest.MonkeyPatch.context() as patch,
    ):
        connection.execute(
            SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(start[1]))
        )
        patch.setenv("DATABASE_URL", make_conninfo(server, dbname=name))
        yield path, name


@pytest.fixture(scope="session")
def further(
    _server: str, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Start, Callable[[Home], object]], Start]:
    """Makes another start of one: copies it and takes it further, once for many tests."""

    def go(start: Start, change: Callable[[Home], object]) -> Start:
        path = tmp_path_factory.mktemp("further") / "home"
        with copied(_server, start, path) as made, open_home(path) as home:
            change(home)
        return made

    return go


@pytest.fixture
def start(prepared: Start) -> Start:
    """What `nation` is a copy of; a module whose tests begin further on has its own."""
    return prepared


@pytest.fixture
def nation_path(
    _server: str, drop_database: Callable[[str], None], start: Start, tmp_path: Path
) -> Iterator[Path]:
    """A copy of the start for one test, with a database of its own."""
    with copied(_server, start, tmp_path / "nation") as (path, name):
        yield path
    drop_database(name)


@pytest.fixture
def nation(nation_path: Path) -> Iterator[Home]:
    """The copied home, opened."""
    with open_home(nation_path) as home:
        yield home


@pytest.fixture
def empty(
    home: Path, database: str, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Home]:
    """A home with people and nothing else."""
    monkeypatch.setenv("DATABASE_URL", database)
    write_people(home, identity.recipient)
    with open_home(home) as opened:
        yield opened


@pytest.fixture(scope="session")
def violence() -> Agreement:
    """The serious violence agreement in force today."""
    return load_agreement(EXAMPLES / "agreements" / "DARS-NIC-612092-Q0Y6F-v1.3.yaml")


@pytest.fixture(scope="session")
def drugs() -> Agreement:
    """The drugs agreement."""
    return load_agreement(EXAMPLES / "agreements" / "DARS-NIC-698171-K4M0B-v0.3.yaml")


@pytest.fixture
def supplier(nation: Home) -> Person:
    """Who may import and supply."""
    return nation.directory.person("s.supplier")


@pytest.fixture
def violence_analyst(nation: Home) -> Person:
    """Who may publish under the serious violence agreement."""
    return nation.directory.person("v.violence")


@pytest.fixture
def drugs_analyst(nation: Home) -> Person:
    """Who may extract under the drugs agreement."""
    return nation.directory.person("d.drugs")
