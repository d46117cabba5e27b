"""The store of files by digest: what a ledger entry names can be fetched, and checked.

A file lies at ``root/ab/abcdef…`` under its SHA-256, is written once and never changed, and is
readable by its owner alone. It appears whole or not at all, whenever the process is killed.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from hashlib import file_digest, sha256
from pathlib import Path
from typing import BinaryIO

from sharewell.ledger.disk import locked, sync_directory
from sharewell.ledger.entries import FileRef
from sharewell.ledger.errors import StoredFileError
from sharewell.ledger.verification import Problem

_CHUNK = 1 << 20


class FileStore:
    """Files by digest under ``root``, which is made if absent.

    What a killed process left half written is cleared away when a store opens and nobody is
    writing.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._partial = root / "partial"
        self._partial.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._writing = root / "writing.lock"
        try:
            with locked(self._writing, timeout=0):
                for leftover in self._partial.iterdir():
                    leftover.unlink()
        except TimeoutError:
            pass  # someone is writing: the next opening will clear up

    def put_bytes(self, name: str, data: bytes) -> FileRef:
        """Keep ``data``; ``name`` is only what entries call it. Keeping it twice is harmless."""
        return self._put(name, iter([data]))

    def put_file(self, name: str, path: Path) -> FileRef:
        """Keep a copy of the file at ``path`` (see `put_bytes`).

        Raises StoredFileError when it cannot be read, or there is no room for it.
        """
        try:
            source = path.open("rb")
        except FileNotFoundError:
            raise StoredFileError(f"There is no file {path} to keep as '{name}'.") from None
        except OSError as trouble:
            raise StoredFileError(
                f"The file {path} cannot be kept as '{name}': {trouble.strerror}."
            ) from trouble
        with source:
            return self._put(name, iter(lambda: source.read(_CHUNK), b""))

    def _put(self, name: str, chunks: Iterator[bytes]) -> FileRef:
        partial = self._partial / secrets.token_hex(16)
        digest, size = sha256(), 0
        with locked(self._writing, shared=True):
            try:
                with partial.open("xb") as out:
                    for chunk in chunks:
                        out.write(chunk)
                        digest.update(chunk)
                        size += len(chunk)
                    out.flush()
                    os.fchmod(out.fileno(), 0o400)
                    os.fsync(out.fileno())
                home = self.path(digest.hexdigest())
                if not home.parent.exists():
                    home.parent.mkdir(exist_ok=True, mode=0o700)
                    sync_directory(self.root)
                # Also over a file that is there: if that one was damaged, it is whole again.
                partial.replace(home)
                sync_directory(home.parent)
            except OSError as trouble:
                raise StoredFileError(
                    f"'{name}' cannot be kept in {self.root}: {trouble.strerror}. Look at the "
                    "rights and the free space there, and try again; nothing was left half done."
                ) from trouble
            finally:
                partial.unlink(missing_ok=True)
        return FileRef(name, digest.hexdigest(), size)

    def path(self, sha256: str) -> Path:
        """Where the file with this SHA-256 (64 hex digits) lies, if it is kept here."""
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise StoredFileError(f"'{sha256}' is not a SHA-256 in 64 lower-case hex digits.")
        return self.root / sha256[:2] / sha256

    def open(self, sha256: str) -> BinaryIO:
        """The file with this SHA-256, open for reading; StoredFileError when it is not kept."""
        try:
            return self.path(sha256).open("rb")
        except FileNotFoundError:
            raise StoredFileError(
                f"No file with SHA-256 {sha256} is kept in {self.root}. Restore it from a copy "
                "of the store; 'sharewell ledger verify' says which entries speak of it."
            ) from None

    def check(self, ref: FileRef) -> Problem | None:
        """What is wrong with the file that ``ref`` names; None when it is whole."""
        try:
            path = self.path(ref.sha256)
            with path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                if size == ref.bytes and file_digest(file, "sha256").hexdigest() == ref.sha256:
                    return None
        except FileNotFoundError:
            words = f"the file '{ref.name}' is missing from {path}."
            return Problem(None, "file missing", words)
        except (StoredFileError, OSError) as trouble:
            words = f"the file '{ref.name}' cannot be read: {trouble}"
            return Problem(None, "file missing", words)
        words = f"the file '{ref.name}' ({path}) is not the one that was recorded."
        return Problem(None, "file changed", words)

    def verify(self, progress: Callable[[int], None] | None = None) -> tuple[Problem, ...]:
        """Check every file kept, whether or not an entry names it, against its digest.

        ``progress`` is called with the number of files read so far.
        """
        problems = []
        for count, path in enumerate(sorted(self.root.glob("??/*")), start=1):
            problem = self.check(FileRef(path.name, path.name, path.stat().st_size))
            if problem:
                problems.append(problem)
            if progress:
                progress(count)
        return tuple(problems)
