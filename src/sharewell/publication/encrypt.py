"""Encryption to a recipient's age key: one file that only the recipient can open.

The files travel as a tar inside an age file (age-encryption.org/v1). The tar of the same files is
always the same; the age file is not, for each has a key of its own.
"""

from __future__ import annotations

import os
import shutil
import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import pyrage


@dataclass(frozen=True)
class Identity:
    """A key pair: ``recipient`` may be told to anyone, ``secret`` to nobody."""

    recipient: str
    secret: str = field(repr=False)


def generate_identity() -> Identity:
    """A new key pair. For the demo's invented recipients: real ones make and keep their own."""
    identity = pyrage.x25519.Identity.generate()
    return Identity(str(identity.to_public()), str(identity))


def encrypt_directory(directory: Path, recipients: Sequence[str], to: Path) -> Path:
    """Encrypt the files of ``directory`` to every one of ``recipients``, as one file at ``to``.

    ``recipients`` are age public keys ('age1...'). The file appears whole or not at all. Raises
    ValueError for a key that is none, naming it unless it is secret, and when there is nothing
    to encrypt or nobody to encrypt it to.
    """
    keys = [_recipient(text) for text in recipients]
    if not keys:
        raise ValueError("Nobody to encrypt to. Give at least one recipient's age key (age1...).")
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    if not files:
        raise ValueError(f"{directory} has no files to encrypt.")
    part = to.with_name(to.name + ".part")
    with tempfile.TemporaryFile(dir=to.parent) as spool:
        _write_tar(spool, directory, files)
        spool.seek(0)
        try:
            with part.open("wb") as out:
                pyrage.encrypt_io(spool, out, keys)
                out.flush()
                os.fsync(out.fileno())
            part.replace(to)
        finally:
            part.unlink(missing_ok=True)
    return to


def decrypt(path: Path, secret: str, directory: Path) -> tuple[Path, ...]:
    """Open ``path`` with a secret key and put its files into ``directory``; returns them in order.

    Raises ValueError when the key is none, or not one that the file was encrypted to, or when
    the file was damaged.
    """
    try:
        identity = pyrage.x25519.Identity.from_str(secret.strip())
    except pyrage.IdentityError:
        raise ValueError(
            "This is no age secret key. It begins with AGE-SECRET-KEY-1 and is one line."
        ) from None
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=directory.parent) as spool:
        try:
            with path.open("rb") as encrypted:
                pyrage.decrypt_io(encrypted, spool, [identity])
        except (pyrage.DecryptError, OSError) as error:
            raise ValueError(
                f"{path.name} does not open with this key: it was encrypted to another, or the "
                f"file is damaged ({error}). Ask the sender to check the recipient."
            ) from None
        spool.seek(0)
        with tarfile.open(fileobj=spool) as tar:
            return tuple(_put(tar, member, directory) for member in tar.getmembers())


def _put(tar: tarfile.TarFile, member: tarfile.TarInfo, directory: Path) -> Path:
    """One plain file of the tar, under ``directory`` and for its owner's eyes only."""
    target = directory / member.name
    content = tar.extractfile(member) if member.isfile() else None
    if content is None or not target.resolve().is_relative_to(directory.resolve()):
        raise ValueError(f"'{member.name}' is no plain file of an extract. Nothing more was put.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:  # noqa: PTH123
        shutil.copyfileobj(content, out)
    return target


def _recipient(text: str) -> pyrage.x25519.Recipient:
    if text.strip().upper().startswith("AGE-SECRET-KEY-"):
        raise ValueError(
            "A secret key was given as a recipient. Give the public key (age1...), and make a new "
            "pair: a secret key that was shown to anybody is no longer secret."
        )
    try:
        return pyrage.x25519.Recipient.from_str(text.strip())
    except pyrage.RecipientError:
        raise ValueError(
            f"'{text.strip()}' is no age public key. It begins with age1 and has 62 characters; "
            "ask the recipient for it again."
        ) from None


def _write_tar(out: IO[bytes], directory: Path, files: Sequence[Path]) -> None:
    """A tar that depends on the files' names and contents only."""
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in files:
            entry = tarfile.TarInfo(path.relative_to(directory).as_posix())
            entry.size, entry.mode = path.stat().st_size, 0o600
            with path.open("rb") as content:
                tar.addfile(entry, content)
