"""The quality of data in numbers: complete, late, objected to. No database is asked here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt

from sharewell.monitoring import Field, Module

_LEAST = 5
_BEFORE = 6
_TIMES = 2
_SIGMAS = 3

UNKNOWN = ("Not known", "Not stated")
"""Labels of codes that answer a question and leave it open."""

LATE = timedelta(days=7)
"""Entered later than this after its day, a record is late."""

_NOT_EXPECTED = frozenset(
    {"second_substance", "second_route", "third_substance", "gender_identity", "closed_on",
     "other_service", "consent_date", "client_id", "on_behalf_of", "returned", "started_at",
     "ended_at"}
)  # fmt: skip


@dataclass(frozen=True)
class Share:
    """So many of so many; ``share`` is None where there is nothing to be a share of."""

    part: int
    whole: int

    @property
    def share(self) -> float | None:
        """From 0 to 1."""
        return self.part / self.whole if self.whole else None

    @property
    def lacking(self) -> int:
        """The others."""
        return self.whole - self.part

    def __add__(self, other: Share) -> Share:
        return Share(self.part + other.part, self.whole + other.whole)


@dataclass(frozen=True)
class Trend:
    """One share over the months of a period, and as a whole."""

    name: str
    label: str
    months: tuple[Share, ...]
    module: str = ""

    @property
    def all(self) -> Share:
        """The whole period."""
        return sum(self.months, Share(0, 0))

    @property
    def mend(self) -> str:
        """What the list is called of those that lack it."""
        return f"{self.module}.{self.name}"

    @property
    def spark(self) -> str:
        """A name for its picture."""
        return f"spark-{self.name}"

    @property
    def shares(self) -> tuple[float | None, ...]:
        """The share of each month."""
        return tuple(month.share for month in self.months)


@dataclass(frozen=True)
class Lateness:
    """Records of a month by how long after their day they were entered."""

    month: date
    records: int
    next_day: int
    week: int
    days_30: int
    later: int

    @property
    def late(self) -> Share:
        """Those entered more than 7 days after."""
        return Share(self.days_30 + self.later, self.records)


def expected(module: Module) -> tuple[Field, ...]:
    """The fields whose completeness says something: not those that a row cannot be without, and
    not those that many people have no answer to."""
    return tuple(
        field for field in module.fields if not field.required and field.name not in _NOT_EXPECTED
    )


def open_codes(field: Field) -> tuple[str, ...]:
    """The codes of the field that leave its question open."""
    codes = field.code_list.codes if field.code_list else ()
    return tuple(code.code for code in codes if code.label in UNKNOWN)


def trends(
    module: Module, fields: Sequence[Field], months: Sequence[date],
    found: Mapping[date, Mapping[str, tuple[int, int]]],
) -> list[Trend]:  # fmt: skip
    """How complete each field was; ``found`` has (known, asked) by month and field. A field that
    was never asked in the period is left out."""
    made = [
        Trend(
            field.name,
            field.label,
            tuple(Share(*found.get(month, {}).get(field.name, (0, 0))) for month in months),
            module.id,
        )
        for field in fields
    ]
    return [trend for trend in made if trend.all.whole]


def jumps(months: Sequence[Share]) -> list[int]:
    """The places of months whose share jumped.

    A share jumps when it is more than twice that of the (up to six) months before it together, by
    more than three standard deviations of what chance makes of that share, and at least five.
    """
    found = []
    for place, month in enumerate(months):
        before = sum(months[max(0, place - _BEFORE) : place], Share(0, 0))
        if month.part < _LEAST or before.share is None:
            continue
        usual = before.share * month.whole
        spread = sqrt(usual * (1 - before.share))
        if month.part > _TIMES * usual and month.part > usual + _SIGMAS * spread:
            found.append(place)
    return found


def lateness(
    months: Sequence[date], found: Mapping[date, tuple[int, int, int, int, int]]
) -> list[Lateness]:
    """Each month's records by when they were entered; ``found`` has all, and those within 1 day,
    2 to 7, 8 to 30, and more than 30."""
    return [Lateness(month, *found.get(month, (0, 0, 0, 0, 0))) for month in months]
