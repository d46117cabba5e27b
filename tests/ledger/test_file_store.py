"""Files by digest: whole or not at all, and found out when touched."""

from __future__ import annotations

import random
import signal
import stat
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sharewell.ledger.entries import FileRef
from sharewell.ledger.errors import StoredFileError
from sharewell.ledger.files import FileStore


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None
)
@given(st.binary(max_size=200))
def test_what_is_put_can_be_read_back_by_its_digest(files: FileStore, data: bytes) -> None:
    ref = files.put_bytes("table.csv", data)
    assert ref == FileRef("table.csv", sha256(data).hexdigest(), len(data))
    with files.open(ref.sha256) as file:
        assert file.read() == data
    assert files.check(ref) is None
    assert files.put_bytes("again.csv", data).sha256 == ref.sha256


def test_a_file_is_copied_in_pieces(files: FileStore, tmp_path: Path) -> None:
    data = random.Random(1).randbytes(3_000_001)
    source = tmp_path / "big.parquet"
    source.write_bytes(data)
    ref = files.put_file("big.parquet", source)
    assert ref == FileRef("big.parquet", sha256(data).hexdigest(), len(data))
    source.write_bytes(b"")  # a copy: what happens to the source is of no concern
    assert files.check(ref) is None
    assert files.verify() == ()


def test_files_are_closed_to_others_and_to_writing(files: FileStore) -> None:
    path = files.path(files.put_bytes("a", b"a").sha256)
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_file_changed_or_missing_is_found_and_putting_it_again_repairs_it(
    files: FileStore,
) -> None:
    ref = files.put_bytes("table.csv", b"true")
    path = files.path(ref.sha256)
    path.chmod(0o600)
    for spoilt in (b"fals", b"longer"):
        path.write_bytes(spoilt)
        problem = files.check(ref)
        assert problem is not None
        assert problem.kind == "file changed"
        assert "'table.csv'" in problem.words
        assert [one.kind for one in files.verify()] == ["file changed"]
    path.unlink()
    problem = files.check(ref)
    assert problem is not None
    assert problem.kind == "file missing"
    files.put_bytes("table.csv", b"true")
    assert files.check(ref) is None


def test_a_missing_file_is_an_error_with_a_remedy(files: FileStore, tmp_path: Path) -> None:
    with pytest.raises(StoredFileError, match="Restore it"):
        files.open("0" * 64)
    with pytest.raises(StoredFileError, match=r"no file .*nothing\.csv"):
        files.put_file("nothing.csv", tmp_path / "nothing.csv")


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "A" * 64, "0" * 63 + "/"])
def test_only_a_digest_leads_to_a_file(files: FileStore, digest: str) -> None:
    with pytest.raises(StoredFileError, match="not a SHA-256"):
        files.path(digest)
    problem = files.check(FileRef("x", digest, 0))
    assert problem is not None
    assert problem.kind == "file missing"


PUTTER = """
import sys
from pathlib import Path
from sharewell.ledger.files import FileStore

files = FileStore(Path(sys.argv[1]))
print("ready", flush=True)
for n in range(10_000):
    files.put_bytes("big", bytes([n % 251]) * 3_000_000 + str(n).encode())
"""


def test_a_process_killed_while_writing_leaves_whole_files_or_none(tmp_path: Path) -> None:
    root = tmp_path / "files"
    chance = random.Random(5)
    for _ in range(5):
        putter = subprocess.Popen([sys.executable, "-c", PUTTER, str(root)], stdout=subprocess.PIPE)
        assert putter.stdout is not None
        putter.stdout.readline()
        time.sleep(chance.uniform(0.01, 0.1))
        putter.send_signal(signal.SIGKILL)
        putter.communicate()
    files = FileStore(root)
    assert files.verify() == ()
    assert list((root / "partial").iterdir()) == []


def test_leftovers_are_not_cleared_from_under_a_writer(files: FileStore) -> None:
    class Slow:
        def __iter__(self) -> Slow:
            self.state = 0
            return self

        def __next__(self) -> bytes:
            self.state += 1
            if self.state > 2:
                raise StopIteration
            FileStore(files.root)  # another process opens the store meanwhile
            return b"half"

    ref = files._put("slow", iter(Slow()))
    assert files.check(ref) is None


def test_what_cannot_be_read_leaves_nothing_behind(files: FileStore, tmp_path: Path) -> None:
    with pytest.raises(StoredFileError, match="cannot be kept"):
        files.put_file("directory", tmp_path)
    assert list((files.root / "partial").iterdir()) == []
