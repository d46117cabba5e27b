"""A key for each client, kept apart from the database.

The keys are in a file of their own (SQLite) in a directory of their own: SHAREWELL_KEYS, or
``keys`` in Sharewell's home. Each is wrapped by a master key in a file beside it. Whoever has the
database without that directory has ciphertext; whoever destroys a key has erased what it sealed,
in backups of the database too. Back the directory up apart from the database, and not for longer
than erasure may wait.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_BYTES = 32
_NONCE = 12
_BUSY = 30  # seconds to wait for another process that writes keys
_AT_ONCE = 500


class KeyGone(Exception):
    """The key was destroyed: what it sealed cannot be read again."""


class KeyTroubleError(Exception):
    """The keys do not belong to this master key, or cannot be read; the message says what to do."""


class KeyStore:
    """The keys of one installation. Threads may share it; processes open the same files."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = directory / "clients.sqlite"
        self._master = _kept(directory / "master.key")
        self._wrap = AESGCM(self.derived("wrapping"))
        self._own = threading.local()
        with self._writing() as con:
            con.execute("CREATE TABLE IF NOT EXISTS key (id BLOB PRIMARY KEY, wrapped BLOB)")
        self._path.chmod(0o600)

    def derived(self, purpose: str) -> bytes:
        """32 bytes for one purpose, the same as long as the master key is."""
        return HKDF(SHA256(), _BYTES, None, purpose.encode()).derive(self._master)

    def make(self, ids: Iterable[UUID]) -> None:
        """A key for each id that has none. To make it again changes nothing."""
        rows = [(id_.bytes, self._wrapped(id_, secrets.token_bytes(_BYTES))) for id_ in ids]
        with self._writing() as con:
            con.executemany("INSERT OR IGNORE INTO key VALUES (?, ?)", rows)

    def get(self, id_: UUID) -> bytes:
        """The key; KeyGone where there is none."""
        found = self.get_all([id_])
        if id_ not in found:
            raise KeyGone(f"The key of {id_} is gone: what it sealed cannot be read.")
        return found[id_]

    def get_all(self, ids: Iterable[UUID]) -> Mapping[UUID, bytes]:
        """The keys that are there, by id."""
        wanted, found = list(ids), {}
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(some))
            rows = self._con().execute(
                f"SELECT id, wrapped FROM key WHERE id IN ({marks})", [id_.bytes for id_ in some]
            )
            for raw, wrapped in rows:
                id_ = UUID(bytes=raw)
                found[id_] = self._unwrapped(id_, wrapped)
        return found

    def destroy(self, id_: UUID) -> None:
        """Destroys a key for good: overwritten in the file, not only unlinked."""
        with self._writing() as con:
            con.execute("DELETE FROM key WHERE id = ?", [id_.bytes])
        self._con().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _wrapped(self, id_: UUID, key: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._wrap.encrypt(nonce, key, id_.bytes)

    def _unwrapped(self, id_: UUID, wrapped: bytes) -> bytes:
        try:
            return self._wrap.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], id_.bytes)
        except InvalidTag:
            raise KeyTroubleError(
                f"The key of {id_} was not wrapped by the master key in {self._path.parent}. "
                "Put back the directory of keys as it was backed up."
            ) from None

    def _con(self) -> sqlite3.Connection:
        # One for each thread of each process: SQLite's connections do not survive a fork.
        if getattr(self._own, "process", None) != os.getpid():
            con = sqlite3.connect(self._path, timeout=_BUSY, isolation_level=None)
            con.execute("PRAGMA journal_mode = WAL")
            con.execute("PRAGMA synchronous = FULL")
            con.execute("PRAGMA secure_delete = ON")
            self._own.con, self._own.process = con, os.getpid()
        return self._own.con

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        con = self._con()
        con.execute("BEGIN IMMEDIATE")
        try:
            yield con
        except BaseException:
            con.execute("ROLLBACK")
            raise
        con.execute("COMMIT")


@cache
def key_store() -> KeyStore:
    """The keys of this installation."""
    return KeyStore(settings.SHAREWELL_KEYS)


def _kept(path: Path) -> bytes:
    """The secret in the file, made when there is none; whole or not at all."""
    if not path.exists():
        partial = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(partial, path)
        except FileExistsError:  # another process was quicker
            pass
        finally:
            partial.unlink()
    secret = path.read_bytes()
    if len(secret) != _BYTES:
        raise KeyTroubleError(f"{path} is not a master key of {_BYTES} bytes. Put it back.")
    return secret
