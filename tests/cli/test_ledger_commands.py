"""What the ledger commands say of a damaged home: they look, and repair nothing."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from psycopg.conninfo import make_conninfo

from sharewell.cli import main
from sharewell.flows.home import open_home
from sharewell.ledger import postgres


@pytest.fixture
def recorded(home: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, str]:
    """A home whose ledger has an import and a supply, with a file each."""
    monkeypatch.setenv("DATABASE_URL", database)
    actor = {"id": "x", "name": "X", "organisation": "Y", "role": "Z"}
    with open_home(home) as opened:
        for kind, body in (
            ("import", {"dataset": "hes_apc", "financial_year": "2526", "partyear": "202513"}),
            ("supply", {"release": "a-release", "reference": "R", "tables": []}),
        ):
            ref = opened.files.put_bytes("file.csv", kind.encode())
            opened.ledger.append(kind=kind, actor=actor, body=body, files=[ref])
    return home, database


def verify(home: Path) -> tuple[int, dict[str, object]]:
    """The exit code and the answer of ``ledger verify``."""
    result = CliRunner().invoke(main, ["--home", str(home), "ledger", "verify", "--format", "json"])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, json.loads(result.stdout)


def test_a_sound_ledger_verifies(recorded: tuple[Path, str]) -> None:
    code, answer = verify(recorded[0])
    assert code == 0
    assert answer["ok"] is True


@pytest.mark.parametrize("seq", [1, 2])
def test_a_changed_entry_is_named(recorded: tuple[Path, str], seq: int) -> None:
    home, database = recorded
    with psycopg.connect(make_conninfo(database, user=postgres.SUPERUSER)) as connection:
        connection.execute("ALTER TABLE ledger.entry DISABLE TRIGGER ALL")
        connection.execute("ALTER TABLE ledger.entry DROP CONSTRAINT hash_is_of_entry")
        connection.execute(
            "UPDATE ledger.entry SET entry = replace(entry, '\"X\"', '\"Q\"') WHERE seq = %s", [seq]
        )
    code, answer = verify(home)
    assert code == 1
    problems = answer["problems"]
    assert isinstance(problems, list)
    assert problems[0]["seq"] == seq


def test_a_lost_file_is_named(recorded: tuple[Path, str]) -> None:
    home, _ = recorded
    with open_home(home) as opened:
        (entry,) = opened.ledger.entries(kind="supply")
        opened.files.path(entry.files[0].sha256).unlink()
    code, answer = verify(home)
    assert code == 1
    assert "file.csv" in json.dumps(answer["problems"])


def test_a_lost_file_stops_no_other_command(
    recorded: tuple[Path, str], caplog: pytest.LogCaptureFixture
) -> None:
    home, _ = recorded
    with open_home(home) as opened:
        (entry,) = opened.ledger.entries(kind="supply")
        opened.files.path(entry.files[0].sha256).unlink()
    (home / "releases" / "a-release" / "file.csv").unlink()
    (home / "releases" / "a-release").rmdir()
    with open_home(home):
        assert "file.csv" in caplog.text
