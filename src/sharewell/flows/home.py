"""Sharewell's home: one directory with everything, and how it comes back after a crash.

    people.yaml   who acts, and where extracts go
    store/        every file ever referred to, by its SHA-256
    vault/        a readable view of the current episodes (links into the store)
    releases/     a readable view of every release (links into the store)
    agreements/   agreements that were signed here (see `agreeing`), made from the ledger
    staging/      work in progress; whatever a killed process left is removed at the next start
    postgres/     the embedded database, unless DATABASE_URL names another
    ledger/       the anchor of the ledger
    proofs.key    the key that proofs are encrypted to; whoever has it can read true counts

The ledger says what is true. Views are made from it, so a view that a killed process left
unmade, or half made, is made again at the next start.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sharewell.flows.errors import FlowError
from sharewell.flows.people import Directory, load_directory
from sharewell.flows.signed import show_signed
from sharewell.ledger import Entry, FileRef, FileStore, Ledger, connect_info

_log = logging.getLogger(__name__)

KEPT_INSIDE = "inside/"
"""Where a release keeps what the next one must know and no reader gets."""

RELEASE_KINDS = ("supply", "extract", "combine", "share", "publish")


@dataclass(frozen=True)
class Home:
    """An opened home."""

    path: Path
    ledger: Ledger
    files: FileStore
    directory: Directory
    held_for: str | None = None
    """The request for which a release is only prepared here: recorded, and not yet let out."""
    guard: Callable[[], AbstractContextManager[Any]] = nullcontext
    """Entered when all work on a release is done, before its entry, and left when it is there:
    what must not change in between is held, and what it raises stops the release."""

    @property
    def vault(self) -> Path:
        """The view of current episodes."""
        return self.path / "vault"

    @property
    def releases(self) -> Path:
        """The view of releases."""
        return self.path / "releases"

    @property
    def agreements(self) -> Path:
        """The view of agreements that were signed here."""
        return self.path / "agreements"

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """An empty directory for work in progress, gone afterwards."""
        directory = self.path / "staging" / f"{os.getpid()}-{secrets.token_hex(4)}"
        _own(directory.parent)
        directory.mkdir(mode=0o700)
        try:
            yield directory
        finally:
            shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def open_home(path: Path, *, only_read: bool = False) -> Iterator[Home]:
    """Opens (or makes) the home, tidies what a killed process left, and closes it afterwards.

    ``only_read`` makes and restores nothing, so that a damaged home can be looked at; then
    FlowError says where no home is.
    """
    path = path.expanduser().resolve()
    if only_read and not path.is_dir():
        raise FlowError(f"There is no Sharewell home at {path}. Name it with --home.")
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    _tidy(path / "staging")
    ledger = Ledger.open(connect_info(path), path)
    try:
        home = Home(
            path=path,
            ledger=ledger,
            files=FileStore(path / "store"),
            directory=load_directory(path / "people.yaml"),
        )
        if not only_read:
            restore_views(home)
        yield home
    finally:
        ledger.close()


def restore_views(home: Home) -> None:
    """Makes every view that the ledger calls for and that is not there."""
    for kind in RELEASE_KINDS:
        for entry in home.ledger.entries(kind=kind):
            make_view(home, home.releases / entry.body["release"], entry)
    for entry in current_imports(home.ledger).values():
        show_import(home, entry)
    show_signed(home.ledger, home.files, home.agreements)


def make_view(home: Home, directory: Path, entry: Entry) -> None:
    """Links the files of an entry that leave into a directory, whole or not at all."""
    if directory.exists():
        return
    if lost := [ref.name for ref in entry.files if not home.files.path(ref.sha256).exists()]:
        # The ledger can still be read and verified, and that says what is wrong.
        _log.warning(
            "Entry %d names %s, which the store no longer holds, so it is not shown. "
            "Run 'sharewell ledger verify'.",
            entry.seq,
            lost[0],
        )
        return
    _own(directory.parent)
    with home.staging() as staging:
        (staging / "view").mkdir(mode=0o700)
        for ref in leaving(entry):
            target = staging / "view" / ref.name
            _own(target.parent)
            _link(home.files.path(ref.sha256), target)
        try:
            (staging / "view").rename(directory)
        except OSError:
            if not directory.exists():  # another process was quicker
                raise


def leaving(entry: Entry) -> tuple[FileRef, ...]:
    """The files of a release that leave: all but what is kept inside."""
    return tuple(ref for ref in entry.files if not ref.name.startswith(KEPT_INSIDE))


def current_imports(ledger: Ledger) -> dict[tuple[str, str], Entry]:
    """For each dataset and financial year, the entry of the extract in use.

    The latest extract (PARTYEAR) supersedes the others of its year; of two with the same
    PARTYEAR, the one imported last.
    """
    current: dict[tuple[str, str], Entry] = {}
    for entry in ledger.entries(kind="import"):
        key = (entry.body["dataset"], entry.body["financial_year"])
        if key not in current or entry.body["partyear"] >= current[key].body["partyear"]:
            current[key] = entry
    return current


def show_import(home: Home, entry: Entry) -> None:
    """Shows an import in the vault, in place of the one it supersedes."""
    body = entry.body
    year = home.vault / body["dataset"] / f"fyear={body['financial_year']}"
    name = f"partyear={body['partyear']}-entry={entry.seq}"
    make_view(home, year / name, entry)
    for other in year.iterdir() if (year / name).exists() else ():
        if other.name != name:
            shutil.rmtree(other, ignore_errors=True)


def _own(directory: Path) -> None:
    """Makes a directory, and those above it that are missing, into which nobody else can look."""
    if not directory.is_dir():
        _own(directory.parent)
        directory.mkdir(mode=0o700, exist_ok=True)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without links
        shutil.copy2(source, target)


def _tidy(staging: Path) -> None:
    """Removes the staging directories of processes that no longer run."""
    for left in staging.glob("*-*"):
        pid = left.name.split("-")[0]
        if not (pid.isdigit() and _runs(int(pid))):
            shutil.rmtree(left, ignore_errors=True)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
