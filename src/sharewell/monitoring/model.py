"""The monitoring data set in frozen dataclasses: modules, fields, code lists, checks, years.

A year is a financial year, named by the calendar year in which it starts: 2026 is 2026-27.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sharewell.monitoring.errors import MonitoringError

Kind = Literal["text", "initial", "postcode", "list", "date", "time", "integer", "decimal"]
Level = Literal["error", "warning"]
Widget = Literal["input", "radios", "select", "date"]

_MOST_RADIOS = 6


@dataclass(frozen=True)
class Code:
    """One code of a list. ``also`` are other spellings that are read as it; ``since`` and
    ``until`` the first and last year in which it is used (None: always)."""

    code: str
    label: str
    group: str = ""
    also: tuple[str, ...] = ()
    since: int | None = None
    until: int | None = None

    def used_in(self, year: int) -> bool:
        """Whether the code belongs to ``year``."""
        return _within(year, self.since, self.until)


@dataclass(frozen=True)
class CodeList:
    """A list of codes, with where it comes from. Codes of every year are in it."""

    id: str
    title: str
    source: str
    codes: tuple[Code, ...]

    def of_year(self, year: int) -> tuple[Code, ...]:
        """The codes that are used in ``year``, in their order."""
        return tuple(code for code in self.codes if code.used_in(year))


@dataclass(frozen=True)
class Field:
    """One field of a module.

    ``personal`` fields identify, ``key`` fields are what cross-record checks read. ``least`` and
    ``most`` bound numbers, ``longest`` and ``pattern`` text; ``shape`` says the pattern in words.
    """

    name: str
    label: str
    kind: Kind
    hint: str = ""
    required: bool = False
    personal: bool = False
    key: bool = False
    code_list: CodeList | None = None
    longest: int = 200
    pattern: str = ""
    shape: str = ""
    least: float | None = None
    most: float | None = None
    since: int | None = None
    until: int | None = None

    def used_in(self, year: int) -> bool:
        """Whether the field belongs to ``year``."""
        return _within(year, self.since, self.until)

    @property
    def widget(self) -> Widget:
        """How a form asks for it: radios for a few codes, a list to choose from for many."""
        if self.code_list is not None:
            return "radios" if len(self.code_list.codes) <= _MOST_RADIOS else "select"
        return "date" if self.kind == "date" else "input"

    @property
    def form(self) -> str:
        """What a value looks like, in words."""
        if self.code_list is not None:
            return "a code"
        if self.kind in ("integer", "decimal"):
            number = "a whole number" if self.kind == "integer" else "a number"
            return f"{number} from {self.least:g} to {self.most:g}"
        if self.kind == "text":
            return f"up to {self.longest} characters: {self.shape}"
        return {
            "date": "a date, 2026-06-30 or 30/06/2026",
            "time": "a time, 14:30",
            "initial": "one letter",
            "postcode": "a postcode, ZX1 2AB or ZX1",
        }[self.kind]


@dataclass(frozen=True)
class Module:
    """A part of the data set that a service switches on; a file or sheet has rows of one module.

    ``day`` is the field with the day of the record. ``about_people`` says that rows have an
    attributor. ``example`` is a sound row, by field name.
    """

    id: str
    title: str
    about: str
    fields: tuple[Field, ...]
    day: str
    about_people: bool
    example: Mapping[str, str]

    def field(self, name: str) -> Field:
        """The field called ``name``; MonitoringError if there is none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise MonitoringError(f"The module '{self.id}' has no field '{name}'.")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the fields, in order."""
        return tuple(field.name for field in self.fields)


@dataclass(frozen=True)
class Check:
    """One thing that can be wrong.

    ``kind`` is file, format, code list, range, cross-field, cross-record, across services or
    journey. ``when`` is a predicate over one row (checks of values and rows), ``find`` a query
    over the key fields of all rows (checks of records against one another); checks of files have
    neither. ``modules`` are those it looks at, ``each`` says to which fields a check of values
    applies. ``trips`` and ``passes`` are the examples that the tests run.
    """

    code: str
    level: Level
    kind: str
    wrong: str
    do: str
    fields: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    when: str = ""
    find: str = ""
    needs: tuple[str, ...] = ()
    each: Mapping[str, object] | None = None
    example: Mapping[str, str] | None = None
    trips: object = None
    passes: object = None

    @property
    def is_error(self) -> bool:
        """Whether a row with it is not taken."""
        return self.level == "error"


@dataclass(frozen=True)
class DataSet:
    """The data set of one year. ``changes`` says in sentences what differs from the year before;
    ``note`` why."""

    title: str
    source: str
    year: int
    modules: tuple[Module, ...]
    code_lists: tuple[CodeList, ...]
    checks: tuple[Check, ...]
    note: str
    changes: tuple[str, ...]

    @property
    def label(self) -> str:
        """'2026-27'."""
        return year_label(self.year)

    @property
    def first_day(self) -> date:
        """1 April of the year."""
        return date(self.year, 4, 1)

    @property
    def last_day(self) -> date:
        """31 March at its end."""
        return date(self.year + 1, 3, 31)

    def module(self, name: str) -> Module:
        """The module with this id, '-' and '_' alike; MonitoringError names the known ones."""
        for module in self.modules:
            if module.id == name.lower().replace("-", "_"):
                return module
        known = ", ".join(module.id for module in self.modules)
        raise MonitoringError(f"There is no module '{name}'. Known: {known}.")

    def check(self, code: str) -> Check:
        """The check with this code; KeyError if there is none."""
        return {check.code: check for check in self.checks}[code]


def year_label(year: int) -> str:
    """2026 -> '2026-27'."""
    return f"{year}-{(year + 1) % 100:02d}"


def _within(year: int, since: int | None, until: int | None) -> bool:
    return (since is None or since <= year) and (until is None or year <= until)
