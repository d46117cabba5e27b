"""The difference of two texts, word by word, as runs that a page can render."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from sharewell.register.names import fold

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text that is in both texts, only in the later, or only in the earlier.

    ``cosmetic`` marks a deletion and the insertion after it that differ only in looks.
    """

    kind: Literal["equal", "insert", "delete"]
    text: str
    cosmetic: bool = False


def redline(before: str, after: str) -> tuple[Run, ...]:
    """The runs that lead from one text to the other, in reading order.

    Equal and deleted runs together are ``before``; equal and inserted runs are ``after``. Where
    words are replaced, the deletion comes first. Time grows with the words that differ: what the
    texts share at their ends is set aside first.
    """
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    head = _shared(zip(old, new, strict=False))
    room = min(len(old), len(new)) - head
    tail = min(room, _shared(zip(reversed(old), reversed(new), strict=False)))
    middle = _middle(old[head : len(old) - tail], new[head : len(new) - tail])
    pieces = [(old[:head],) * 2, *middle, (old[len(old) - tail :],) * 2]
    return tuple(_runs(_joined(pieces)))


def _shared(pairs: Iterable[tuple[str, str]]) -> int:
    count = 0
    for one, other in pairs:
        if one != other:
            break
        count += 1
    return count


def _middle(old: list[str], new: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Pairs of what stood and what stands, equal or not, in order."""
    for _, i1, i2, j1, j2 in SequenceMatcher(None, old, new).get_opcodes():
        yield old[i1:i2], new[j1:j2]


def _joined(pieces: Iterable[tuple[Sequence[str], Sequence[str]]]) -> list[list[str]]:
    """Pairs of texts: neighbours of one sort together, and changes that only white space
    separates as one, because a reader sees them as one."""
    joined: list[list[str]] = []
    for old, new in pieces:
        before, after = "".join(old), "".join(new)
        if not (before or after):
            continue
        if joined and _same(joined[-1]) == (before == after):
            _extend(joined[-1], before, after)
        elif len(joined) > 1 and before != after and joined[-1][0].isspace():
            space, _ = joined.pop()
            _extend(joined[-1], space + before, space + after)
        else:
            joined.append([before, after])
    return joined


def _same(pair: Sequence[str]) -> bool:
    return pair[0] == pair[1]


def _extend(pair: list[str], before: str, after: str) -> None:
    pair[0] += before
    pair[1] += after


def _runs(pairs: Iterable[Sequence[str]]) -> Iterator[Run]:
    for before, after in pairs:
        if before == after:
            yield Run("equal", before)
            continue
        cosmetic = fold(before) == fold(after)
        if before:
            yield Run("delete", before, cosmetic)
        if after:
            yield Run("insert", after, cosmetic)
