"""The demo: a page that leads through it, and one command from nothing to a running service."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from django.test import Client, override_settings

from sharewell.register import compare, mixed_opt_outs, overlapping_versions, read_workbook
from sharewell.service import demo
from sharewell.service import home as service_home
from sharewell.service.accounts.models import User
from sharewell.service.register.models import Edition

INVENTED = Path(__file__).parents[2] / "examples" / "register"


@pytest.fixture
def client() -> Client:
    """Somebody in the demo who has not signed in."""
    demo.fill(INVENTED)
    return Client()


def test_every_step_leads_to_a_page_for_the_person_it_names(
    client: Client, sign_in: object
) -> None:
    page = client.get("/start/").content.decode()
    steps = demo.steps()
    assert len(steps) >= 6
    for step in steps:
        assert f'href="{step.address}"' in page
        visitor = sign_in(User.objects.get(email=step.email)) if step.email else Client()  # type: ignore[operator]
        assert visitor.get(step.address).status_code == 200, step.title
        if step.email:
            assert step.email in page
            assert client.get(step.address).status_code == 302, step.title
    assert "-m sharewell.service" in page
    assert "/start/" in client.get("/").content.decode()


def test_to_fill_again_changes_nothing(client: Client) -> None:
    editions, people = list(Edition.objects.all()), User.objects.count()
    head = service_home.home().ledger.head()
    demo.fill(INVENTED)
    assert list(Edition.objects.all()) == editions
    assert User.objects.count() == people
    assert service_home.home().ledger.head() == head


def test_there_is_no_such_page_elsewhere() -> None:
    assert Client().get("/start/").status_code == 404
    demo.fill(INVENTED)
    production = replace(settings.CONFIG, address="https://sharewell.example.org")
    with override_settings(CONFIG=production):
        assert Client().get("/start/").status_code == 404


def test_the_invented_registers_show_every_kind_of_change() -> None:
    before, after = (read_workbook(path) for path in sorted(INVENTED.glob("*.xlsx")))
    found = compare(before, after)
    assert {each.kind for each in found.fields} == {"real", "alias", "cosmetic"}
    for something in (found.new, found.new_versions, found.gone, found.ended, found.files_added):
        assert something
    assert overlapping_versions(after)
    assert mixed_opt_outs(after)
    flags = {(a.is_commercial, a.permits_sublicensing) for a in after.agreements}
    assert (True, True) in flags
    assert {row.access_method for row in after.datasets} >= {"ongoing", "one-off", "system access"}


@pytest.mark.timeout(600)
def test_one_command_goes_from_nothing_to_a_running_service_and_ctrl_c_ends_it(
    tmp_path: Path, database: str
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path / "log"
    command = [sys.executable, "-m", "sharewell", "demo", "--out", str(tmp_path / "out")]
    command += ["--port", str(port), "--background", "0", "--first-year", "2026"]
    environment = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("SHAREWELL_", "DJANGO_", "COV_", "DISPLAY", "WAYLAND_"))
    }
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            env=environment | {"DATABASE_URL": database},
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + 480
        while "Ctrl-C stops it" not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        said = log.read_text()
        (address,) = re.findall(r"Sharewell runs at (\S+)\.", said)
        assert address == f"http://localhost:{port}/start/"
        assert "output.reviewer@demo.invalid" in said
        page = urllib.request.urlopen(address, timeout=10).read().decode()
        assert "Review who had access" in page
        everybody = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, signal.SIGINT)  # as the terminal does
        assert process.wait(30) == 0, log.read_text()
        _gone, alive = psutil.wait_procs(everybody, timeout=10)
        assert alive == []
        assert "Traceback" not in log.read_text()
    finally:
        if process.poll() is None:
            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()
            process.kill()
            process.wait()
