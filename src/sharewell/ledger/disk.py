"""Locks between processes, and files that appear whole or not at all."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def lock(path: Path, *, shared: bool = False, timeout: float = 60.0) -> int:
    """An open file descriptor that holds a lock on ``path``; close it to let go.

    The kernel lets go when the process ends, however it ends. Raises TimeoutError after
    ``timeout`` seconds; 0 tries once.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    wanted = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    deadline = time.monotonic() + timeout
    while True:
        try:
            fcntl.flock(descriptor, wanted | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError:
            if time.monotonic() >= deadline:
                os.close(descriptor)
                raise TimeoutError(f"{path} is locked by another process.") from None
            time.sleep(0.01)
        except BaseException:
            os.close(descriptor)
            raise


@contextmanager
def locked(path: Path, *, shared: bool = False, timeout: float = 60.0) -> Iterator[None]:
    """Hold a lock on ``path`` for the length of the block (see `lock`)."""
    descriptor = lock(path, shared=shared, timeout=timeout)
    try:
        yield
    finally:
        os.close(descriptor)


def sync_directory(path: Path) -> None:
    """Make the names in a directory survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_atomically(path: Path, chunks: Iterator[bytes]) -> None:
    """Write a file that is either the old one or the new one, whenever the power goes.

    The bytes go to a neighbour (``.name.pid.partial``), to the disk, and then take the name.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as out:
            for chunk in chunks:
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    sync_directory(path.parent)
