"""Does a chain of entries still say what was written, and if not, what happened to it?

Pure: the database and exports hand over their records as they find them (`Record`), and get a
`Verification`. The first bad entry is certain; what was done to it is inferred from the entries
around it, and reads as such.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from sharewell.ledger.entries import (
    START,
    Entry,
    FileRef,
    Head,
    canonical_entry,
    parse_entry,
)
from sharewell.ledger.errors import EntryError

Kind = Literal[
    "changed", "removed", "reordered", "inserted", "truncated", "file changed", "file missing"
]

MOST_PROBLEMS = 100
"""Broken links that are explained one by one; a ledger with more has lost its meaning."""


@dataclass(frozen=True)
class Problem:
    """Something wrong: the number of the entry (None where no entry is meant) and what it is."""

    seq: int | None
    kind: Kind
    words: str


@dataclass(frozen=True)
class Verification:
    """The outcome: ``ok``, how many entries were ``checked``, the ``head`` found (of an intact
    ledger, worth noting down elsewhere), ``problems`` in the order of the ledger, and
    ``cautions``: what this check could not have seen."""

    ok: bool
    checked: int
    head: Head
    problems: tuple[Problem, ...] = ()
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Record:
    """An entry as found: the text that was hashed, the hash kept with it, and the number under
    which it is filed (None in an export, where only the order counts)."""

    text: str
    hash: str
    filed: int | None = None


FileCheck = Callable[[FileRef], Problem | None]


def verify(entries: Iterable[Entry], expected_head: Iterable[tuple[int, str]] = ()) -> Verification:
    """Check a complete run of entries, from the first."""

    def records() -> Iterator[Record]:
        for entry in entries:
            form = canonical_entry(
                seq=entry.seq,
                at=entry.at,
                kind=entry.kind,
                actor=entry.actor,
                body=entry.body,
                files=entry.files,
                previous=entry.previous,
            )
            yield Record(form.decode("utf-8"), entry.hash)

    return verify_records(records(), expected_head)


def verify_records(
    records: Iterable[Record],
    expected_head: Iterable[tuple[int, str]] = (),
    *,
    noted: Callable[[int], str | None] = lambda _: None,
    check_file: FileCheck | None = None,
    progress: Callable[[int], None] | None = None,
) -> Verification:
    """Check records from the first, the files they name, and hashes known from outside.

    ``expected_head`` holds (seq, hash) pairs noted elsewhere: the anchor, printed registers.
    They show what a chain alone cannot: a missing tail, and a history rewritten with all its
    hashes. ``noted`` gives the hash noted for a seq, if one was; it names the first entry that
    was rewritten. ``progress`` is called with the number of records read so far.
    """
    walk = _Walk(check_file)
    known: dict[int, set[str]] = {}
    for seq, kept in expected_head:
        if seq > 0:
            known.setdefault(seq, set()).add(kept)
    sure = 0  # the last entry that a note outside confirms
    drift: int | None = None  # the first one that a note contradicts
    for record in records:
        link = walk.take(record)
        outside = known.get(link.place, set()) | {noted(link.place) or link.hash}
        if drift is None and outside != {link.hash}:
            drift = link.place
        elif drift is None and (link.place in known or noted(link.place)):
            sure = link.place
        if progress:
            progress(walk.checked)
    problems = walk.finish()
    last = walk.last.head
    if drift is not None and not problems:  # a broken chain has named its first bad entry
        problems.append(_rewritten_history(sure, drift))
    if missing := [seq for seq in known if seq > walk.greatest]:
        problems.append(_truncated(walk.greatest, min(missing)))
    problems += walk.file_problems
    return Verification(not problems, walk.checked, last, tuple(problems))


def _rewritten_history(sure: int, drift: int) -> Problem:
    which = f"Entry {drift}" if drift == sure + 1 else f"An entry from {sure + 1} to {drift}"
    words = (
        f"{which} was changed and every later hash computed afresh: entry {drift} no longer has "
        "the hash that was noted outside the ledger."
    )
    return Problem(sure + 1, "changed", words)


def _truncated(last: int, missing: int) -> Problem:
    words = (
        f"The ledger was truncated: it ends at entry {last}, but entry {missing} was noted "
        f"outside it. What came after entry {last} is gone."
    )
    return Problem(last + 1, "truncated", words)


@dataclass(frozen=True, slots=True)
class _Link:
    """What one record says of its place in the chain."""

    place: int  # where it was found, from 1
    filed: int  # the number under which it is filed
    seq: int | None  # the number in its text; None where the text is no entry
    previous: str | None
    hash: str  # kept with it
    digest: str  # computed from its text

    @property
    def intact(self) -> bool:
        return self.seq is not None and self.hash == self.digest

    @property
    def head(self) -> Head:
        return Head(self.filed, self.hash)

    def follows(self, head: Head) -> bool:
        return self.seq == head.seq + 1 and self.previous == head.hash


_BEFORE_ALL = _Link(0, 0, 0, None, START.hash, START.hash)


class _Walk:
    """Goes along the chain with one link in hand; keeps more only once something is wrong."""

    def __init__(self, check_file: FileCheck | None) -> None:
        self.checked = 0
        self.greatest = 0  # the greatest number of an entry
        self.last = _BEFORE_ALL
        self.file_problems: list[Problem] = []
        self._check_file = check_file
        self._before: _Link = _BEFORE_ALL  # the last good link
        self._doubtful: list[_Link] = []  # the first bad link and everything after it
        self._whole: set[FileRef] = set()  # files that were read and found right

    def take(self, record: Record) -> _Link:
        self.checked += 1
        link, entry = _link(record, self.checked)
        if self._doubtful or not (
            link.intact and link.follows(self._before.head) and link.filed == link.seq
        ):
            self._doubtful.append(link)
        else:
            self._before = link
        self.last = link
        self.greatest = max(self.greatest, link.seq or link.filed)
        if entry and self._check_file:
            for file in (one for one in entry.files if one not in self._whole):
                if problem := self._check_file(file):
                    words = f"Entry {entry.seq}: {problem.words}"
                    self.file_problems.append(Problem(entry.seq, problem.kind, words))
                else:
                    self._whole.add(file)
        return link

    def finish(self) -> list[Problem]:
        return _explain(self._before, self._doubtful) if self._doubtful else []


def _link(record: Record, place: int) -> tuple[_Link, Entry | None]:
    # Text from outside can hold what UTF-8 cannot; such a text has no digest that matches.
    digest = sha256(record.text.encode("utf-8", "surrogatepass")).hexdigest()
    try:
        entry = parse_entry(record.text)
    except EntryError:
        return _Link(place, record.filed or place, None, None, record.hash, digest), None
    filed = entry.seq if record.filed is None else record.filed
    return _Link(place, filed, entry.seq, entry.previous, record.hash, digest), entry


def _explain(before: _Link, rest: Sequence[_Link]) -> list[Problem]:
    """What happened, from the first bad link on; ``before`` is the last good one."""
    problems: list[Problem] = []
    while rest and len(problems) < MOST_PROBLEMS:
        link = rest[0]
        if link.intact and link.follows(before.head) and link.filed == link.seq:
            before, rest = link, rest[1:]
            continue
        problem, before, rest = _explain_first(before, rest)
        problems.append(problem)
    return problems


def _explain_first(before: _Link, rest: Sequence[_Link]) -> tuple[Problem, _Link, Sequence[_Link]]:
    """The first problem of ``rest``, and where to take up the chain again after it."""
    link, after = rest[0], rest[1:]
    expected = before.filed + 1

    if not link.intact:
        if after and after[0].intact and after[0].follows(before.head):
            words = f"Entry {expected} was inserted: the entry after it follows the one before it."
            return Problem(expected, "inserted", words), before, _refiled(after, expected)
        if link.seq is not None and after and after[0].previous == link.digest:
            what = "the hash kept with it was altered"
        else:
            what = "its content does not match its hash"
        words = f"Entry {expected} was changed: {what}."
        # Take the chain up as the next entry knows it, so that one change is one problem.
        following = bool(after) and after[0].intact and after[0].seq == expected + 1
        known = (following and after[0].previous) or link.hash
        taken_up = _Link(link.place, expected, expected, None, known, known)
        return Problem(expected, "changed", words), taken_up, after

    if link.follows(before.head):  # in its place, but filed under another number
        words = f"Entry {expected} was renumbered: it is filed as {link.filed}."
        taken_up = _filed_as(link, expected)
        return Problem(expected, "changed", words), taken_up, _refiled(after, expected + 1)

    comes_later = any(one.intact and one.follows(before.head) for one in after)
    if link.seq == expected and not comes_later:
        return _rewritten(before, link, after)

    if (size := _reordered(before, rest)) is not None:
        words = f"Entry {expected} was reordered: entry {link.seq} stands in its place."
        final = max(rest[:size], key=lambda one: one.seq or 0)
        return Problem(expected, "reordered", words), _as_itself(final), rest[size:]

    if comes_later:
        words = f"An entry was inserted at {expected}: the one that belongs there comes later."
        return Problem(expected, "inserted", words), before, _refiled(after, expected)

    if link.seq is not None and link.seq > expected:
        gone = f"Entry {expected} was" if link.seq == expected + 1 else "Entries {} to {} were"
        words = f"{gone.format(expected, link.seq - 1)} removed: entry {link.seq} comes next."
        taken_up = _as_itself(link)
        return Problem(expected, "removed", words), taken_up, _refiled(after, link.seq + 1)

    if link.seq == before.filed and link.previous == before.previous:
        # Two entries claim one place; the one on which the next builds is the real one.
        if after and after[0].previous == before.hash:
            words = f"An entry was inserted after {before.filed}: two entries claim that place."
            return Problem(expected, "inserted", words), before, _refiled(after, expected)
        words = f"Entry {before.filed} was inserted: the real entry {before.filed} comes after it."
        taken_up = _as_itself(link)
        return Problem(before.filed, "inserted", words), taken_up, _refiled(after, expected)

    words = f"An entry was inserted at {expected}: it is a copy of entry {link.seq} or no entry."
    return Problem(expected, "inserted", words), before, _refiled(after, expected)


def _rewritten(
    before: _Link, link: _Link, after: Sequence[_Link]
) -> tuple[Problem, _Link, Sequence[_Link]]:
    """The link has the right number, but knows the entry before it under another hash."""
    if before.filed == 0:
        words = "Entry 1 was changed: it does not begin the ledger as a first entry does."
        return Problem(1, "changed", words), _as_itself(link), after
    words = (
        f"Entry {before.filed} was changed and given a new hash: entry {link.seq} still holds "
        "the hash that it had."
    )
    return Problem(before.filed, "changed", words), _as_itself(link), after


def _reordered(before: _Link, rest: Sequence[_Link]) -> int | None:
    """How many links, out of order, are together the genuine next ones; None where none are."""
    greatest = 0
    head = before.head
    waiting: dict[str | None, _Link] = {}
    for size, link in enumerate(rest, start=1):
        if not link.intact or link.seq is None:
            return None
        greatest = max(greatest, link.seq)
        waiting[link.previous] = link
        while (follower := waiting.get(head.hash)) and follower.follows(head):
            head = Head(head.seq + 1, follower.hash)
        if head.seq == greatest == before.filed + size:
            return size
    return None


def _as_itself(link: _Link) -> _Link:
    return _filed_as(link, link.seq or link.filed)


def _filed_as(link: _Link, number: int) -> _Link:
    return _Link(link.place, number, number, link.previous, link.hash, link.digest)


def _refiled(links: Sequence[_Link], number: int) -> list[_Link]:
    """The links after an inserted one, filed as they were before the insertion moved them."""
    shift = links[0].filed - number if links else 0
    return [
        _Link(one.place, one.filed - shift, one.seq, one.previous, one.hash, one.digest)
        for one in links
    ]
