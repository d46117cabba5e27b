"""When two texts are the same: case, Unicode form and white space set aside, aliases resolved."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Literal

from sharewell.register.errors import Problem, RegisterError

AliasKind = Literal["organisation", "dataset", "value"]
_KINDS = ("organisation", "dataset", "value")

_TYPOGRAPHY = {
    **dict.fromkeys(map(ord, "‘’‚‛′´`"), "'"),
    **dict.fromkeys(map(ord, "“”„‟″"), '"'),
    **dict.fromkeys(map(ord, "‐‑‒–—―−"), "-"),
    **dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"), None),
}
_SPACE = re.compile(r"\s+")
_SPACE_BEFORE = re.compile(r" (?=[.,;:!?)\]])")
_SPACE_AFTER = re.compile(r"(?<=[(\[]) ")


@lru_cache(maxsize=1 << 14)
def fold(text: str) -> str:
    """The text without what is only looks.

    Unicode compatibility form (NFKC), case, the shape of quotation marks and dashes, invisible
    characters, and white space: at the ends, repeated, and before punctuation or within
    brackets. Two texts with the same fold differ cosmetically.
    """
    if text.isascii():
        text = text.replace("`", "'").casefold()
    else:
        text = unicodedata.normalize("NFKC", text.translate(_TYPOGRAPHY)).casefold()
        text = unicodedata.normalize("NFKC", text).translate(_TYPOGRAPHY)
    text = _SPACE.sub(" ", text).strip()
    return _SPACE_AFTER.sub("", _SPACE_BEFORE.sub("", text))


@dataclass(frozen=True)
class Aliases:
    """Names known to mean the same, by kind; keys and values are folded."""

    names: Mapping[tuple[str, str], str]

    def canonical(self, kind: AliasKind, text: str) -> str:
        """The folded name under which all its aliases go; the fold of the text if it has none."""
        folded = fold(text)
        return self.names.get((kind, folded), folded)

    def __or__(self, other: Aliases) -> Aliases:
        """These and the others, resolved through each other."""
        return _resolved({**self.names, **other.names})


def read_aliases(path: Path) -> Aliases:
    """Aliases from a CSV with the columns kind, name, also (and because, for its readers).

    ``kind`` is organisation, dataset or value. RegisterError names the row that cannot be used.
    """
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        problem = Problem("This is not UTF-8 text.", "Save it as CSV in UTF-8.", path.name)
        raise RegisterError([problem]) from None
    return _parsed(text, path.name)


@lru_cache(maxsize=1)
def known_aliases() -> Aliases:
    """The aliases that Sharewell has evidence for, each with its reason in ``aliases.csv``."""
    file = resources.files("sharewell.register").joinpath("data/aliases.csv")
    return _parsed(file.read_text("utf-8"), "aliases.csv")


def split_names(text: str, known: Iterable[str] = (), *, sole: bool = False) -> tuple[str, ...]:
    """The organisations in a cell that may name several.

    Semicolons and line ends always divide. Commas divide too, except within brackets, within a
    name in ``known`` (folded or not), and where the register says that there is a ``sole``
    controller: names hold commas ("NHS Bristol, North Somerset and South Gloucestershire ICB").
    """
    parts = [part.strip() for part in re.split(r"[;\n]", text)]
    if sole:
        return tuple(part for part in parts if part)
    folded = frozenset(fold(name) for name in known if "," in name)
    return tuple(name for part in parts for name in _split_commas(part, folded) if name)


def _split_commas(text: str, known: frozenset[str]) -> list[str]:
    pieces = re.split(r",(?![^(\[]*[)\]])", text)
    names: list[str] = []
    start = 0
    while start < len(pieces):
        # The longest run of pieces that is a known name, else the single piece.
        end = next(
            (
                stop
                for stop in range(len(pieces), start + 1, -1)
                if fold(",".join(pieces[start:stop])) in known
            ),
            start + 1,
        )
        names.append(",".join(pieces[start:end]).strip())
        start = end
    return names


def _parsed(text: str, file: str) -> Aliases:
    found: dict[tuple[str, str], str] = {}
    problems = []
    for number, row in enumerate(csv.DictReader(text.splitlines()), start=2):
        kind, name, also = (row.get(key) or "" for key in ("kind", "name", "also"))
        if kind not in _KINDS or not name or not also:
            remedy = f"Give a kind ({', '.join(_KINDS)}), a name, and what it is also called."
            problems.append(Problem("This is not an alias.", remedy, file, row=number))
        else:
            found[kind, fold(also)] = fold(name)
    if problems:
        raise RegisterError(problems)
    return _resolved(found)


def _resolved(names: Mapping[tuple[str, str], str]) -> Aliases:
    """Aliases of aliases lead to the last name; of a circle, to its alphabetically first."""
    settled = {}
    for (kind, also), name in names.items():
        passed = [also]
        while name not in passed:
            passed.append(name)
            name = names.get((kind, name), name)
        circle = passed[passed.index(name) :]
        settled[kind, also] = min(circle)
    return Aliases(settled)
