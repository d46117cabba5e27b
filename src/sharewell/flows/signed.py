"""The lives of agreements as the ledger has them, and the files of those that were signed here.

The entries are the truth. What is in the home's ``agreements`` directory is made from them, and
made again when it is missing.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sharewell.agreements.effect import EFFECT, write_effect
from sharewell.agreements.lifecycle import Life, State, Step, Terms, take
from sharewell.ledger import Entry, FileStore, Ledger

AGREEMENT = "agreement"
"""The kind of an entry that is a step in the life of an agreement."""


@dataclass(frozen=True)
class Recorded:
    """The life of a version, the entry of its last step, and that of its text."""

    life: Life
    last: Entry
    text: Entry


def recorded(ledger: Ledger, name: str | None = None) -> dict[str, Recorded]:
    """The versions whose life is in the ledger (or the one called ``name``), by name."""
    where = {"agreement": name} if name else None
    found: dict[str, Recorded] = {}
    for entry in ledger.entries(kind=AGREEMENT, where=where):
        called = entry.body["agreement"]
        before = found.get(called)
        life = take(before.life if before else Life(called), _step(entry))
        text = before.text if before and entry.body["terms"] is None else entry
        found[called] = Recorded(life, entry, text)
    return found


def show_signed(ledger: Ledger, files: FileStore, directory: Path, name: str | None = None) -> None:
    """Puts what has effect into the directory: the text, and beside it what narrows its term."""
    for called, found in recorded(ledger, name).items():
        effect = found.life.effect(found.last.seq)
        if effect is None:
            continue
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        narrows = found.life.state is State.ENDED or _late(found.life)
        if narrows:
            _write(directory / f"{called}{EFFECT}", write_effect(effect))
        for ref in found.text.files:  # none, where the file is in a folder of its own
            stored = files.path(ref.sha256)
            if stored.exists():
                _write(directory / f"{called}.yaml", stored.read_bytes())


def _late(life: Life) -> bool:
    """Whether the last party signed after the first day of the term."""
    return bool(life.terms and any(step.on > life.terms.first for step in life.signatures))


def _write(path: Path, content: bytes) -> None:
    """Writes a file whole or not at all; one that is there as it should be stays."""
    if path.exists() and path.read_bytes() == content:
        return
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}.partial")
    partial.write_bytes(content)
    partial.replace(path)


def _step(entry: Entry) -> Step:
    body: Mapping[str, Any] = entry.body
    terms = body["terms"]
    return Step(
        verb=body["step"],
        on=date.fromisoformat(body["on"]),
        person=entry.actor["id"],
        name=entry.actor["name"],
        seen=body["seen"],
        terms=terms
        and Terms(
            terms["digest"],
            date.fromisoformat(terms["first"]),
            date.fromisoformat(terms["last"]),
            tuple(terms["parties"]),
        ),
        party=body["party"],
        until=date.fromisoformat(body["until"]) if body["until"] else None,
        reason=body["reason"],
    )
