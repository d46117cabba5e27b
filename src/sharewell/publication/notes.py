"""What accompanies the figures of a release: frozen, plain, and given by whoever releases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

import pyarrow as pa


class ProtectedTable(Protocol):
    """A table that a disclosure rule has protected, as `disclosure` makes it.

    ``cells``: a string column for each breakdown (a code, 'total', or null where the crossing
    does not use it), ``crossing``, ``measure``, ``printed``, ``treatment``, ``low`` and ``high``.
    """

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def rules(self) -> tuple[str, ...]: ...
    @property
    def cells(self) -> pa.Table: ...


@dataclass(frozen=True)
class UnsuppressedTable:
    """True counts, for those whom an agreement lets have them; ``count`` instead of ``printed``."""

    id: str
    title: str
    cells: pa.Table


@dataclass(frozen=True)
class Definition:
    """A term and what it means: a measure, a cohort, a breakdown."""

    term: str
    meaning: str


@dataclass(frozen=True)
class RuleNote:
    """A rule that protected the figures, in sentences; ``source`` says where it comes from."""

    id: str
    title: str
    words: tuple[str, ...]
    source: str = ""


@dataclass(frozen=True)
class ClauseNote:
    """A clause of the agreement under which the files were made, in its own words."""

    id: str
    words: str


@dataclass(frozen=True)
class ReleaseNotes:
    """What a reader should know of a release besides its figures.

    Optional texts are left out of the files when empty. ``made`` is the only date that the files
    carry, so that the same input gives the same bytes. ``licence`` is stated only as given.
    ``first`` and ``last`` are the days between which the data lie; with them the chart can tell
    a part year where no table has months.
    """

    release_id: str
    title: str
    agreement: str
    agreement_version: str
    released_by: str
    released_to: str
    source: str
    period: str
    made: date
    contact: str
    summary: str = ""
    agreement_title: str = ""
    agreement_link: str = ""
    definitions: tuple[Definition, ...] = ()
    notes: tuple[str, ...] = ()
    rules: tuple[RuleNote, ...] = ()
    clauses: tuple[ClauseNote, ...] = ()
    provisional: str = ""
    synthetic: str = ""
    licence: str = ""
    ledger_entry: str = ""
    first: date | None = None
    last: date | None = None

    @property
    def under(self) -> str:
        """The agreement, for a sentence: 'DARS-NIC-... version 1.3'."""
        return f"{self.agreement} version {self.agreement_version}"

    @property
    def made_on(self) -> str:
        """The day, as readers write it: 5 July 2025."""
        return f"{self.made.day} {self.made:%B %Y}"


@dataclass(frozen=True)
class WrittenFile:
    """A file of a release; ``rows`` is None where it has none, ``size`` is in bytes."""

    name: str
    media_type: str
    rows: int | None
    size: int
    sha256: str
    what: str


@dataclass(frozen=True)
class Symbol:
    """A symbol printed instead of a number, or a way of printing one, and what it says."""

    treatment: str
    printed: str
    name: str
    meaning: str


SYMBOLS: tuple[Symbol, ...] = (
    Symbol("exact", "a number", "As it is", "The count itself."),
    Symbol("zero", "0", "Zero", "Nothing was counted."),
    Symbol("rounded", "a number", "Rounded", "The count, rounded as its rule says."),
    Symbol("starred", "*", "Small", "A small number, hidden because it could point to a person."),
    Symbol("withheld", "[c]", "Withheld", "Confidential: nothing is said of the count."),
)
