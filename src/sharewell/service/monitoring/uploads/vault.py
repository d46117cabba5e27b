"""Keeps the files of uploads sealed on disk, under a key of each upload, by names of its own.

A sealed file is pieces of 1 MiB, each AES-256-GCM with a nonce of its own and bound to the upload,
the name, its number and whether it is the last: nothing can be cut, moved or exchanged unseen.
"""

from __future__ import annotations

import os
import secrets
import shutil
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from sharewell.service.monitoring.keys import KeyTroubleError, key_store

_PIECE = 2**20
_NONCE = 12
_LENGTH = struct.Struct(">I")

ORIGINAL, MARKED, FINDINGS, PREPARED = "original-{}", "marked-{}", "findings", "prepared-{}"
"""What an upload keeps: its files, the same with what was found, a list, and its sound rows."""


def seal_file(upload: UUID, name: str, content: Iterable[bytes]) -> int:
    """Keeps the content under the name, whole or not at all; how many bytes it had."""
    key_store().make([upload])
    cipher = AESGCM(key_store().get(upload))
    folder = _folder(upload)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = folder / f"{name}.{secrets.token_hex(4)}.partial"
    size = 0
    try:
        with partial.open("xb") as file:
            for number, piece, last in _even(content):
                nonce = secrets.token_bytes(_NONCE)
                sealed = nonce + cipher.encrypt(nonce, piece, _bound(upload, name, number, last))
                file.write(_LENGTH.pack(len(sealed)) + sealed)
                size += len(piece)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(folder / name)
    finally:
        partial.unlink(missing_ok=True)
    return size


def opened(upload: UUID, name: str) -> Iterator[bytes]:
    """The content again, piece by piece. FileNotFoundError where nothing is kept under the name."""
    cipher = AESGCM(key_store().get(upload))
    with (_folder(upload) / name).open("rb") as file:
        left = os.fstat(file.fileno()).st_size
        number = 0
        while left:
            (length,) = _LENGTH.unpack(file.read(_LENGTH.size))
            sealed = file.read(length)
            left -= _LENGTH.size + length
            try:
                yield cipher.decrypt(
                    sealed[:_NONCE], sealed[_NONCE:], _bound(upload, name, number, left == 0)
                )
            except InvalidTag:
                raise KeyTroubleError(
                    f"The file {name} of upload {upload} was changed on disk, or its key was. "
                    "Restore both from backups of the same day."
                ) from None
            number += 1


def unseal_to(upload: UUID, name: str, path: Path) -> Path:
    """Writes the content to a path; it is for the worker's own folder alone."""
    with path.open("wb") as file:
        file.writelines(opened(upload, name))
    return path


def kept(upload: UUID) -> list[str]:
    """The names under which something is kept."""
    folder = _folder(upload)
    return sorted(each.name for each in folder.iterdir()) if folder.exists() else []


def size_of(upload: UUID, name: str) -> int:
    """The bytes of what is kept under the name, as they were before they were sealed."""
    path = _folder(upload) / name
    sealed = path.stat().st_size
    piece = _PIECE + _LENGTH.size + _NONCE + 16
    pieces = -(-sealed // piece)
    return sealed - pieces * (piece - _PIECE)


def drop(upload: UUID, *names: str) -> None:
    """Forgets what is kept under the names."""
    for name in names:
        (_folder(upload) / name).unlink(missing_ok=True)


@contextmanager
def workshop(upload: UUID) -> Iterator[Path]:
    """A folder for the worker to open files in, empty at first and gone at the end. What a killed
    worker left in it is removed first."""
    tidy(upload)
    folder = _open(upload)
    folder.mkdir(parents=True, mode=0o700)
    try:
        yield folder
    finally:
        tidy(upload)


def tidy(upload: UUID) -> None:
    """Removes what a killed worker left open of an upload."""
    shutil.rmtree(_open(upload), ignore_errors=True)


def _open(upload: UUID) -> Path:
    return settings.SHAREWELL_HOME / "service" / "opened" / str(upload)


def _folder(upload: UUID) -> Path:
    return settings.SHAREWELL_HOME / "service" / "sent" / str(upload)


def _bound(upload: UUID, name: str, number: int, last: bool) -> bytes:
    return upload.bytes + name.encode() + _LENGTH.pack(number) + bytes([last])


def _even(content: Iterable[bytes]) -> Iterator[tuple[int, bytes, bool]]:
    """The content in pieces of one size, each with its number and whether it is the last."""
    held, number = bytearray(), 0
    for some in content:
        held += some
        while len(held) > _PIECE:
            yield number, bytes(held[:_PIECE]), False
            del held[:_PIECE]
            number += 1
    yield number, bytes(held), True
