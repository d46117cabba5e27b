"""Several processes at once, and processes killed in the middle: one unbroken chain."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sharewell.ledger.store import Ledger

WRITER = """
import sys
from pathlib import Path
from sharewell.ledger.files import FileStore
from sharewell.ledger.store import Ledger

conninfo, home, count, name = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
files = FileStore(home / "files")
with Ledger.open(conninfo, home) as ledger:
    for n in range(count):
        with ledger.transaction() as transaction:
            kept = files.put_bytes("table.csv", f"{name},{n}".encode())
            for half in (1, 2):
                transaction.append(
                    "note", actor={"name": name}, body={"n": n, "half": half}, files=[kept]
                )
        print(n, flush=True)
"""


def start(database: str, home: Path, count: int, name: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, database, str(home), str(count), name],
        stdout=subprocess.PIPE,
        start_new_session=True,
    )


def test_four_processes_make_one_chain(ledger: Ledger, database: str, home: Path) -> None:
    writers = [start(database, home, 25, f"writer-{n}") for n in range(4)]
    for writer in writers:
        writer.communicate(timeout=120)
        assert writer.returncode == 0
    outcome = ledger.verify()
    assert (outcome.ok, outcome.checked, outcome.cautions) == (True, 200, ())
    for n in range(4):
        mine = [one for one in ledger.entries() if one.actor == {"name": f"writer-{n}"}]
        halves = [(one.body["n"], one.body["half"]) for one in mine]
        assert halves == [(k, half) for k in range(25) for half in (1, 2)]
        # What one transaction appended stands together.
        assert all(b.seq == a.seq + 1 for a, b in zip(mine[::2], mine[1::2], strict=True))


def test_a_process_killed_in_the_middle_leaves_no_half_and_stops_nobody(
    ledger: Ledger, database: str, home: Path
) -> None:
    chance = random.Random(612092)
    for n in range(10):
        writer = start(database, home, 10_000, f"killed-{n}")
        assert writer.stdout is not None
        writer.stdout.readline()  # it has recorded something
        time.sleep(chance.uniform(0, 0.1))
        os.killpg(writer.pid, signal.SIGKILL)
        said = writer.communicate()[0].split()
        recorded = [one for one in ledger.entries() if one.actor == {"name": f"killed-{n}"}]
        assert len(recorded) % 2 == 0
        # All that was reported is there, and at most the one transaction that was under way.
        reported = int(said[-1]) + 1 if said else 1
        assert reported <= len(recorded) // 2 <= reported + 1
        assert ledger.append("note", actor={}, body={}).seq == ledger.head().seq
    outcome = ledger.verify()
    assert outcome.ok
    assert outcome.problems == ()


@pytest.mark.parametrize("behind", [0, 1])
def test_an_append_waits_for_the_other_writer(
    ledger: Ledger, database: str, home: Path, behind: int
) -> None:
    with ledger.transaction() as transaction:
        first = transaction.append("note", actor={}, body={})
        writer = start(database, home, 1, "other")
        time.sleep(0.5 * behind)
    writer.communicate(timeout=60)
    assert next(ledger.entries(where={"half": 1})).previous == first.hash
