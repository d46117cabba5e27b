"""The service as a whole: one command starts it, and one signal stops all of it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

PRODUCTION = {
    "SHAREWELL_ADDRESS": "https://sharewell.example.org",
    "SHAREWELL_SECRET": "9f3kQz_7LmPx2VtR8bNw4YcH6sJd1GaE5uKo0iTqZrXyWvBnMlC",
    "SHAREWELL_BEHIND_PROXY": "yes",
}
_CHECK = """
import django, os
django.setup()
from django.core.management import call_command
call_command("check", deploy=True, fail_level="INFO")
from django.conf import settings
print(settings.SESSION_COOKIE_NAME, settings.SECURE_HSTS_SECONDS, settings.SECURE_SSL_REDIRECT)
"""


def _python(home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = _clean() | {"SHAREWELL_HOME": str(home)} | more
    return subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False
    )


def _clean() -> dict[str, str]:
    return {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("SHAREWELL_", "DJANGO_", "COV_"))
    }


def test_in_production_djangos_own_checks_find_nothing(home: Path) -> None:
    done = _python(
        home,
        "-W",
        "error",
        "-c",
        _CHECK,
        **PRODUCTION,
        DJANGO_SETTINGS_MODULE="sharewell.service.settings",
    )
    assert done.stderr == "System check identified no issues (0 silenced).\n" or not done.stderr
    assert "__Host-session 31536000 True" in done.stdout


def test_an_unsafe_production_does_not_start_and_says_why(home: Path, database: str) -> None:
    unsafe = PRODUCTION | {"SHAREWELL_SECRET": "weak", "SHAREWELL_DEBUG": "1"}
    done = _python(home, "-m", "sharewell.service", "serve", DATABASE_URL=database, **unsafe)
    assert done.returncode == 2
    assert "SHAREWELL_SECRET is missing or weak" in done.stderr
    assert "SHAREWELL_DEBUG is on" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def served(
    home: Path, database: str, tmp_path: Path
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """A running service: its port and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "sharewell",
                "--home",
                str(home),
                "serve",
                "--port",
                str(port),
                "--workers",
                "1",
            ],
            env=_clean() | {"DATABASE_URL": database, "SHAREWELL_SECRET": "s" * 60},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            _until(lambda: b"Sharewell runs at" in log.read_bytes(), log)
            yield port, process
        finally:
            with suppress(psutil.NoSuchProcess):
                for child in psutil.Process(process.pid).children(recursive=True):
                    child.kill()
            process.kill()
            process.wait()


def test_one_command_serves_and_one_signal_stops_all(
    served: tuple[int, subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    port, process = served
    page = urllib.request.urlopen(f"http://localhost:{port}/", timeout=10)
    assert "Safe statistics" in page.read().decode()
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    told = " ".join(value for name, value in page.headers.items() if name != "x-request-id")
    assert not re.search(r"\d+\.\d+", told), "no version of anything is told"
    style = urllib.request.urlopen(f"http://localhost:{port}/static/sharewell/sharewell.css")
    assert len(style.read()) > 100_000
    # A worker that is killed is started again.
    (first,) = _workers(process)
    psutil.Process(first).kill()
    _until(lambda: _workers(process) - {first} != set(), tmp_path / "log")
    everybody = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    _gone, alive = psutil.wait_procs(everybody, timeout=10)
    assert alive == []


def test_a_second_server_on_the_port_is_refused(
    served: tuple[int, subprocess.Popen[bytes]], home: Path, database: str
) -> None:
    port, _process = served
    done = _python(
        home, "-m", "sharewell.service", "serve", "--port", str(port), DATABASE_URL=database
    )
    assert done.returncode != 0
    assert f"already answers on port {port}" in done.stderr


def _workers(process: subprocess.Popen[bytes]) -> set[int]:
    found = set()
    for child in psutil.Process(process.pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            if child.cmdline()[-1:] == ["worker"]:
                found.add(child.pid)
    return found


def _until(true: object, log: Path | None = None) -> None:
    deadline = time.monotonic() + 60
    while not true():  # type: ignore[operator]
        assert time.monotonic() < deadline, log.read_text() if log else "it never came"
        time.sleep(0.1)
