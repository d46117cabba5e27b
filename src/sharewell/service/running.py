"""Starts, watches and stops the processes of the service."""

from __future__ import annotations

import io
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import webbrowser
from contextlib import suppress
from pathlib import Path
from types import FrameType

from django.conf import settings
from django.core.management import call_command

from sharewell.service.database import make_schema

_log = logging.getLogger("sharewell.service")

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_PATIENCE = 15  # seconds that a process is given to end by itself
_DEATHS, _DEATHS_WITHIN = 3, 60  # so many in so many seconds are no accident
_THREADS = 4  # of each web worker; each has a connection to the database


def prepare() -> None:
    """Makes or updates the tables, checks the service, and gathers its static files."""
    make_schema(os.environ["DATABASE_URL"])
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    call_command(
        "check",
        fail_level="WARNING",
        deploy=settings.CONFIG.production,
        stdout=io.StringIO(),
    )
    call_command("collectstatic", verbosity=0, interactive=False)


def serve(home: Path, host: str, port: int, workers: int, start: str = "") -> int:
    """Runs the web server and a worker until told to stop; the exit code.

    ``start`` is the page to begin with, opened in a browser where there is a screen.
    What dies is started again, as long as it does not keep dying; a worker begins by finding the
    jobs that it left.
    """
    _check_free(host, port)
    stop = threading.Event()
    web_command = ["web", "--host", host, "--port", str(port), "--workers", str(workers)]
    commands = {"web": web_command, "worker": ["worker"]}
    children = {name: _start(home, *command) for name, command in commands.items()}
    deaths: dict[str, list[float]] = {name: [] for name in commands}

    def asked_to_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in _SIGNALS:
        signal.signal(number, asked_to_stop)
    threading.Thread(target=_announce, args=(host, port, start, stop), daemon=True).start()
    code = 0
    while not stop.wait(0.5):
        for name, command in commands.items():
            if children[name].poll() is None:
                continue
            now = time.monotonic()
            deaths[name] = [at for at in deaths[name] if now - at < _DEATHS_WITHIN] + [now]
            if len(deaths[name]) > _DEATHS:
                _log.error("The %s process keeps ending by itself; the service stops.", name)
                code = 1
                stop.set()
                break
            _log.warning("The %s process ended by itself; another is started.", name)
            children[name] = _start(home, *command)
    for child in children.values():
        child.terminate()
    for child in children.values():
        try:
            child.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
    return code


def web(host: str, port: int, workers: int) -> None:
    """Serves pages until told to stop."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    _follow_parent()
    certificate, key = settings.CONFIG.certificate, settings.CONFIG.key
    Granian(
        "sharewell.service.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=_THREADS,
        respawn_failed_workers=True,
        log_level=LogLevels.warning,
        ssl_cert=Path(certificate) if certificate else None,
        ssl_key=Path(key) if key else None,
    ).serve()


def worker() -> None:
    """Does jobs until told to stop, beginning with those whose worker died."""
    from django_tasks_db.management.commands.db_worker import Worker
    from django_tasks_db.models import DBTaskResult

    from sharewell.service.jobs.queue import rescue

    _follow_parent()
    if rescued := rescue():
        _log.warning("Jobs whose worker had died: %d.", rescued)
    DBTaskResult.objects.finished().delete()
    queue = Worker(
        queue_names=["*"],
        excluded_queue_names=[],
        interval=0.5,
        batch=False,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=f"{socket.gethostname()[:40]}-{os.getpid()}",
    )
    queue.configure_signals()
    queue.run()


def _start(home: Path, *command: str) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C reaches the parent alone, which stops its children in order.
    arguments = [sys.executable, "-m", "sharewell.service", "--home", str(home), *command]
    return subprocess.Popen(arguments, start_new_session=True)  # noqa: S603


def _check_free(host: str, port: int) -> None:
    """A second server on the same port would answer half of the requests without any error."""
    with socket.socket() as probe:
        if probe.connect_ex((host if host != "0.0.0.0" else "127.0.0.1", port)) == 0:  # noqa: S104
            raise SystemExit(f"Something already answers on port {port}. Choose another: --port.")


def _announce(host: str, port: int, start: str, stop: threading.Event) -> None:
    """Prints the address once the web server answers there."""
    scheme = "https" if settings.CONFIG.certificate else "http"
    there = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104
    health = urllib.request.Request(  # noqa: S310
        f"{scheme}://{there}:{port}/health/",
        headers={"Host": settings.CONFIG.host, "X-Forwarded-Proto": "https"},
    )
    while not stop.is_set():
        with suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(health, timeout=2).close()  # noqa: S310
            break
        time.sleep(0.1)
    if not stop.is_set():
        address = settings.CONFIG.address + start
        print(f"Sharewell runs at {address}. Ctrl-C stops it.", flush=True)  # noqa: T201
        if start and _has_screen():
            webbrowser.open(address)


def _has_screen() -> bool:
    """Without one, Python would open a browser of letters in this very terminal."""
    return sys.platform in ("darwin", "win32") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )


def _follow_parent() -> None:
    """Ends this process when the one that started it is gone, also after kill -9."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
