"""The ledger as JSON lines, which anyone can check without the database.

Each line holds one entry in its canonical form and its hash, ``{"entry":{...},"hash":"..."}``;
the last line holds the head, ``{"head":{"hash":"...","seq":...}}``, so that a file that was cut
short shows it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from sharewell.ledger.disk import write_atomically
from sharewell.ledger.entries import Head, canonical, parse
from sharewell.ledger.errors import EntryError, LedgerError
from sharewell.ledger.files import FileStore
from sharewell.ledger.verification import Problem, Record, Verification, verify_records


def write(path: Path, records: Iterable[Record], head: Head) -> None:
    """Write records and the head they end at; the file appears whole or not at all."""

    def lines() -> Iterator[bytes]:
        for record in records:
            yield f'{{"entry":{record.text},"hash":{json.dumps(record.hash)}}}\n'.encode()
        yield canonical({"head": head._asdict()}) + b"\n"

    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, lines())


def verify_export(
    path: Path,
    files: FileStore | None = None,
    expected_head: Iterable[tuple[int, str]] = (),
    progress: Callable[[int], None] | None = None,
) -> Verification:
    """Check an export (see `store.Ledger.verify`); ``progress`` counts the entries read.

    Whoever can edit the file can edit its last line too: give an ``expected_head`` noted
    elsewhere to be sure of the end. Raises LedgerError when there is no such file.
    """
    try:
        reading = _Reading(path.read_text("utf-8", errors="surrogateescape"))
    except OSError as trouble:
        raise LedgerError(f"The export {path} cannot be read: {trouble.strerror}.") from trouble
    heads = [Head(*pair) for pair in expected_head]
    end = reading.head
    outcome = verify_records(
        reading.records(),
        [*heads, end] if end else heads,
        check_file=files.check if files else None,
        progress=progress,
    )
    more: list[Problem] = []
    if end is None:
        words = "The export was truncated: its last line, which gives the head, is missing."
        more.append(Problem(outcome.checked + 1, "truncated", words))
    elif outcome.ok and outcome.checked > end.seq:
        words = f"Entry {end.seq + 1} was inserted: the export says that it ends at {end.seq}."
        more.append(Problem(end.seq + 1, "inserted", words))
    problems = outcome.problems + tuple(more)
    cautions = () if heads else (ONLY_ITSELF,)
    return replace(outcome, ok=not problems, problems=problems, cautions=cautions)


ONLY_ITSELF = (
    "The end of the export was compared only with its own last line. "
    "Compare the head with the ledger or a printed register."
)


class _Reading:
    """The lines of an export: its entries as records, and the head of the last line."""

    def __init__(self, text: str) -> None:
        self._lines = [line for line in text.split("\n") if line]
        self.head: Head | None = None
        if self._lines:
            try:
                match parse(self._lines[-1]):
                    case {"head": {"seq": int(seq), "hash": str(kept)}}:
                        self.head = Head(seq, kept)
                        self._lines.pop()
            except EntryError:
                pass  # no head: the end is missing

    def records(self) -> Iterator[Record]:
        for line in self._lines:
            try:
                match parse(line):
                    case {"entry": entry, "hash": str(kept), **rest} if not rest:
                        yield Record(canonical(entry).decode("utf-8"), kept)
                        continue
            except EntryError:
                pass
            yield Record(line, "")  # not an entry; it will be found so
