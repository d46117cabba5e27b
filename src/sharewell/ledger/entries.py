"""Entries of the ledger, their one canonical form, and the chain of hashes that joins them.

The canonical form is JSON (RFC 8259) with these choices: UTF-8, no white space, keys sorted by
code point, strings as they are (no Unicode normalisation) with only `"`, `\\` and control
characters escaped, and whole numbers only. In Python it is
``json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, NamedTuple, NoReturn

from sharewell.ledger.errors import EntryError

GENESIS = sha256(b"sharewell ledger").hexdigest()
"""What the first entry gives as the hash before it: SHA-256 of the words 'sharewell ledger'."""

GREATEST_INTEGER = 2**53 - 1
"""The greatest whole number that every JSON reader keeps exactly (RFC 7493, section 2.2)."""

GREATEST_ENTRY = 2**20
"""Bytes of the longest canonical entry: an entry describes; what it describes goes in a file."""

_DEEPEST = 50


class Head(NamedTuple):
    """A place in the ledger and the hash there: enough to prove everything up to it."""

    seq: int
    hash: str


START = Head(0, GENESIS)
"""The head of an empty ledger."""


@dataclass(frozen=True)
class FileRef:
    """A file that an entry speaks of: its name, SHA-256 (64 hex digits) and size in bytes."""

    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Entry:
    """One thing that happened.

    ``seq`` counts from 1; ``at`` is UTC to the microsecond; ``kind`` says what happened
    ('publish', 'refusal'); ``actor`` who did it; ``body`` the particulars; ``previous`` is the
    hash of the entry before (`GENESIS` for the first), ``hash`` that of this one.
    """

    seq: int
    at: datetime
    kind: str
    actor: Mapping[str, Any]
    body: Mapping[str, Any]
    files: tuple[FileRef, ...]
    previous: str
    hash: str

    @property
    def head(self) -> Head:
        """This entry as a head, to print where others can see it."""
        return Head(self.seq, self.hash)


def canonical(value: Any) -> bytes:
    """The one canonical form of a value (see the module).

    Takes str, bool, None, int (to `GREATEST_INTEGER`), lists and tuples, and mappings with str
    keys. Days and moments are written as ISO 8601 strings (moments in UTC, to the microsecond,
    with 'Z'). Raises EntryError for anything else, naming where it is: a float has more than
    one spelling, and PostgreSQL cannot hold the character NUL.
    """
    try:
        return _written(_plain(value, "")).encode("utf-8")
    except RecursionError:  # a value that holds itself
        raise EntryError(f"The value is nested deeper than {_DEEPEST} levels.") from None


def canonical_entry(
    *,
    seq: int,
    at: datetime,
    kind: str,
    actor: Mapping[str, Any],
    body: Mapping[str, Any],
    files: Iterable[FileRef],
    previous: str,
) -> bytes:
    """The bytes whose SHA-256 is the entry's hash: the canonical form of all its other fields."""
    if not kind:
        raise EntryError("An entry needs a kind, such as 'publish'.")
    form = canonical(
        {
            "actor": actor,
            "at": at,
            "body": body,
            "files": [asdict(file) for file in files],
            "kind": kind,
            "previous": previous,
            "seq": seq,
        }
    )
    if len(form) > GREATEST_ENTRY:
        raise EntryError(
            f"An entry of {len(form):,} bytes is too long (the most is {GREATEST_ENTRY:,}). "
            "Keep the long part in the file store and give the entry its reference."
        )
    return form


def chain(
    previous: str,
    *,
    seq: int,
    at: datetime,
    kind: str,
    actor: Mapping[str, Any],
    body: Mapping[str, Any],
    files: Iterable[FileRef],
) -> str:
    """The hash of an entry that follows the one with hash ``previous`` (64 hex digits)."""
    form = canonical_entry(
        seq=seq, at=at, kind=kind, actor=actor, body=body, files=files, previous=previous
    )
    return sha256(form).hexdigest()


def parse_entry(text: str) -> Entry:
    """The entry whose canonical form is ``text``; its hash is computed, not believed.

    Raises EntryError when the text is not an entry in canonical form.
    """
    value = parse(text)
    try:
        if _written(value) != text:
            raise EntryError("The entry is not in canonical form.")
        entry = Entry(
            seq=value["seq"],
            at=datetime.fromisoformat(value["at"]).astimezone(UTC),
            kind=value["kind"],
            actor=value["actor"],
            body=value["body"],
            files=tuple(FileRef(**file) for file in value["files"]),
            previous=value["previous"],
            hash=sha256(text.encode("utf-8")).hexdigest(),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as trouble:
        raise EntryError(f"This is not an entry of the ledger: {trouble}") from trouble
    if set(value) != {"actor", "at", "body", "files", "kind", "previous", "seq"}:
        raise EntryError("The entry has a field too many.")
    if type(entry.seq) is not int or type(entry.kind) is not str or type(entry.previous) is not str:
        raise EntryError("The entry's number, kind or previous hash is of the wrong type.")
    return entry


def parse(text: str) -> Any:
    """JSON as the canonical form allows it; EntryError for anything else.

    A key that comes twice is refused: two readers could see two different values.
    """
    try:
        return _plain(
            json.loads(
                text,
                object_pairs_hook=_no_key_twice,
                parse_float=_no_float,
                parse_constant=_no_float,
            ),
            "",
        )
    except (json.JSONDecodeError, RecursionError) as trouble:
        raise EntryError(f"This is not JSON: {trouble}") from trouble


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise EntryError("A key comes twice in one object.")
    return found


def _no_float(written: str) -> NoReturn:
    raise EntryError(f"The number {written} is not whole.")


def _written(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _plain(value: Any, where: str, depth: int = 0) -> Any:
    """The value in JSON's own types, checked; ``where`` names it in errors ('body.table')."""
    at = where or "The value"
    if depth > _DEEPEST:
        raise EntryError(f"{at} is nested deeper than {_DEEPEST} levels.")
    match value:
        case None | bool():
            return value
        case str():
            return _sound(str(value), at)
        case int():
            if abs(value) > GREATEST_INTEGER:
                raise EntryError(
                    f"{at} holds {value:.3e}, beyond what every JSON reader keeps exactly. "
                    "Write it as a string."
                )
            return int(value)
        case float():
            raise EntryError(
                f"{at} holds the float {value!r}. The ledger keeps no floats, because one number "
                "can be written in several ways: give a whole number or a string."
            )
        case datetime():
            if value.tzinfo is None:
                raise EntryError(f"{at} holds {value}, which has no time zone. Give it in UTC.")
            moment = value.astimezone(UTC).replace(tzinfo=None)
            return moment.isoformat(timespec="microseconds") + "Z"
        case date():
            return value.isoformat()
        case Mapping():
            plain = {}
            for key, held in value.items():
                if not isinstance(key, str):
                    raise EntryError(f"{at} has the key {key!r}; keys are strings.")
                inner = f"{where}.{key}" if where else key
                plain[_sound(str(key), f"A key of {at}")] = _plain(held, inner, depth + 1)
            return plain
        case list() | tuple():
            return [_plain(held, f"{where}[{i}]", depth + 1) for i, held in enumerate(value)]
        case _:
            raise EntryError(
                f"{at} holds a {type(value).__name__}. The ledger keeps strings, whole numbers, "
                "true, false, null, lists and mappings."
            )


def _sound(text: str, at: str) -> str:
    """The text, if UTF-8 and PostgreSQL can hold it."""
    if "\0" in text:
        raise EntryError(f"{at} holds the character NUL, which cannot be stored. Take it out.")
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        raise EntryError(
            f"{at} holds half of a surrogate pair, which is not Unicode text. "
            "Decode it properly first."
        )
    return text
