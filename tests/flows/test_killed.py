"""Killed at any moment, a flow leaves the old state or the new, and nothing between."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sharewell.flows.home import RELEASE_KINDS, Home, current_imports, leaving, open_home

MOMENTS = 20
REFERENCE = "DARS-NIC-612092-Q0Y6F"
SUPPLY = ["supply", "--agreement", REFERENCE, "--table", "sharp-object-monthly"]
SUPPLY += ["--from", "2025-07-01"]
PUBLISH = ["publish", "--agreement", REFERENCE, "--table", "sharp-object-monthly"]
# The agreements end one day, and these tests should not: the process is told another day.
ON_A_DAY = "import datetime, sharewell.cli.context as c; from sharewell.cli import main; "
ON_A_DAY += "c.today = lambda: datetime.date(2026, 11, 22); main()"


def start(home: Path, person: str, arguments: list[str]) -> subprocess.Popen[bytes]:
    """The command line in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", ON_A_DAY, "--home", str(home), "--as", person, *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "COLUMNS": "100"},
    )


def whole(home: Home) -> None:
    """Everything that the ledger names is there, and nothing half made is in sight."""
    outcome = home.ledger.verify(home.files)
    assert outcome.ok, outcome.problems
    named = {
        entry.body["release"]: {ref.name for ref in leaving(entry)}
        for kind in RELEASE_KINDS
        for entry in home.ledger.entries(kind=kind)
    }
    seen = (
        {
            view.name: {str(p.relative_to(view)) for p in view.rglob("*") if p.is_file()}
            for view in home.releases.iterdir()
        }
        if home.releases.exists()
        else {}
    )
    assert seen == named
    assert not list((home.path / "staging").iterdir())
    for (dataset, year), entry in current_imports(home.ledger).items():
        (view,) = (home.vault / dataset / f"fyear={year}").iterdir()
        assert {p.name for p in view.iterdir()} == {ref.name for ref in entry.files}


@pytest.mark.timeout(280)
def test_killed_at_random_moments(nation_path: Path, invented: Path) -> None:
    (older,) = (invented / "earlier").glob("*2025-26*")
    jobs = [
        ("s.supplier", ["import", "hes-apc", str(older)]),
        ("s.supplier", SUPPLY),
        ("v.violence", PUBLISH),
    ]
    # Each job once to the end: how long it takes says among which moments to choose.
    seconds = []
    for person, arguments in jobs[1:]:
        began = time.monotonic()
        process = start(nation_path, person, arguments)
        _, error = process.communicate()
        assert process.returncode == 0, error.decode()
        seconds.append(time.monotonic() - began)
    seconds.insert(0, seconds[0])
    with open_home(nation_path) as home:
        head = home.ledger.head()
    chance = random.Random(612092)
    finished = 0
    for moment in range(MOMENTS):
        person, arguments = jobs[moment % len(jobs)]
        process = start(nation_path, person, arguments)
        try:
            process.wait(timeout=chance.uniform(0.1, 1.1) * seconds[moment % len(jobs)])
            finished += process.returncode == 0
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        process.communicate()
        with open_home(nation_path) as home:
            whole(home)
            later = home.ledger.head()
            assert later.seq >= head.seq  # nothing is lost
            head = later
    assert finished < MOMENTS  # some were killed
    for person, arguments in jobs:  # and everything still works
        process = start(nation_path, person, arguments)
        _, error = process.communicate()
        assert process.returncode == 0, error.decode()
    with open_home(nation_path) as home:
        whole(home)
