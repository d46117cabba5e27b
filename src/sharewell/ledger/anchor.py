"""The anchor: where the ledger ended, noted outside the database.

A chain cannot show that its tail is gone, nor that it was rewritten with all its hashes. So
whoever commits notes the head in ``head.json``, and each entry's hash in ``hashes`` (65 bytes an
entry: 64 hex digits and a newline; what was never noted is left blank). The anchor may be behind
the database, when a process was killed between the commit and the note; never ahead of it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from sharewell.ledger.disk import locked, write_atomically
from sharewell.ledger.entries import Head, canonical
from sharewell.ledger.errors import AnchorError

_LINE = 65


class Anchor:
    """The notes in ``folder``, which is made if absent."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "head.json"
        self._hashes = folder / "hashes"
        self._lock = folder / "anchor.lock"

    def read(self) -> Head | None:
        """The head noted last; None when none was noted. AnchorError when it cannot be read."""
        try:
            noted = json.loads(self.path.read_bytes())
            head = Head(int(noted["seq"]), str(noted["hash"]))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as trouble:
            raise AnchorError(
                f"The ledger's anchor {self.path} cannot be read. It is written whole or not at "
                "all, so someone or something else has changed it. Restore it from a copy; when "
                "there is none, check the ledger with 'sharewell ledger verify', compare its head "
                "with a printed register, and then remove the file."
            ) from trouble
        return head

    def noted(self) -> dict[int, str]:
        """The hashes noted, by seq. Those of a ledger of a million entries take 0.2 GB."""
        with suppress(FileNotFoundError):
            lines = self._hashes.read_bytes()
            return {
                place // _LINE + 1: line.decode("ascii")
                for place in range(0, len(lines), _LINE)
                if re.fullmatch(rb"[0-9a-f]{64}", line := lines[place : place + 64])
            }
        return {}

    def advance(self, heads: Sequence[Head]) -> None:
        """Note new heads, in order; the anchor moves forwards only, whoever comes first."""
        with locked(self._lock):
            notes = os.open(self._hashes, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                for head in heads:
                    os.pwrite(notes, f"{head.hash}\n".encode("ascii"), (head.seq - 1) * _LINE)
            finally:
                os.close(notes)
            last = heads[-1]
            before = self.read()
            if before is None or before.seq < last.seq:
                line = canonical({"seq": last.seq, "hash": last.hash}) + b"\n"
                write_atomically(self.path, iter([line]))
