"""Fields: what a column of a dataset of episodes may hold, and in which years.

A year is that in which a financial year starts: 2019 is 2019-20, from 1 April 2019.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Kind = Literal["text", "code", "number", "date", "icd10"]
"""``code``: one of a closed set, kept as text; ``number``: a whole number, coded or counted."""


@dataclass(frozen=True)
class Code:
    """One value of a field. ``since`` and ``until`` are the first and last year of its use."""

    value: str
    meaning: str
    since: int | None = None
    until: int | None = None

    def valid_in(self, year: int) -> bool:
        """Whether the value is in use in the financial year that starts in ``year``."""
        return (self.since is None or self.since <= year) and (
            self.until is None or year <= self.until
        )


@dataclass(frozen=True)
class Field:
    """One column: how it is written, since when, and what to beware of.

    ``pattern`` is a regular expression that the whole text matches; it is for fields without a
    closed set of ``codes``. ``sentinels`` are values that stand for a null. ``stand_ins`` are
    columns read in its place where the column itself is absent, the best first. ``required``
    says that no episode can be counted without it, so a file without it is refused (in the years
    in which it exists); any other absent column is imported as null.
    """

    name: str
    title: str
    kind: Kind
    codes: tuple[Code, ...] = ()
    pattern: str | None = None
    sentinels: tuple[tuple[str, str], ...] = ()
    since: int | None = None
    until: int | None = None
    required: bool = False
    stand_ins: tuple[str, ...] = ()
    traps: tuple[str, ...] = ()

    def exists_in(self, year: int | None) -> bool:
        """Whether files of ``year`` have the column; None, a year not known, counts as today's."""
        return year is None or (
            (self.since is None or self.since <= year)
            and (self.until is None or year <= self.until)
        )

    def values(self, year: int | None = None) -> tuple[str, ...]:
        """The codes in use in ``year``, or ever."""
        return tuple(c.value for c in self.codes if year is None or c.valid_in(year))


@dataclass(frozen=True)
class Dataset:
    """A dataset of episodes: the fields that we read, and the names of those that we do not.

    ``other_columns`` are regular expressions for columns that the dataset is known to have and
    that nothing here uses. ``key_lengths`` gives the length of EPIKEY from a year on, oldest
    first; empty where it is not known. ``assumptions`` says what no source confirms.
    """

    id: str
    title: str
    source: str
    fields: tuple[Field, ...]
    other_columns: tuple[str, ...] = ()
    key_lengths: tuple[tuple[int, int], ...] = ()
    assumptions: tuple[str, ...] = ()

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """The fields by name."""
        return {field.name: field for field in self.fields}

    def field(self, name: str) -> Field:
        """The field called ``name``; KeyError names the dataset."""
        try:
            return self.by_name[name]
        except KeyError:
            raise KeyError(f"{self.title} has no field '{name}' that is read here.") from None

    def knows(self, column: str) -> bool:
        """Whether ``column`` (in capitals) is a column of this dataset, used here or not."""
        if column in self.by_name or any(column in f.stand_ins for f in self.fields):
            return True
        return any(re.fullmatch(pattern, column) for pattern in self.other_columns)

    def key_length(self, year: int) -> int | None:
        """How many digits EPIKEY has in ``year``; None where that is not known."""
        lengths = [length for since, length in self.key_lengths if since <= year]
        return lengths[-1] if lengths else None
