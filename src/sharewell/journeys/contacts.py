"""What is followed: contacts, referrals and leavings, as columns of numbers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

PERSON_BITS, SERVICE_BITS, DAY_BITS = 31, 14, 17
ORIGIN = -25_567
"""1 January 1900, in days since 1970: days are packed as numbers from 0 (then) to below 2**17."""

DIED, LEFT = 0, 1
"""How somebody left: they died, or the service recorded another reason."""


@dataclass(frozen=True)
class Terms:
    """How long is long, in days. See ``docs/explanation/journeys.md`` for why these.

    ``gap``: a longer one between two contacts at a service ends the spell, and after a longer one
    without any contact nobody comes *from* anywhere. ``lost``: who is seen nowhere for so long
    after a spell or a referral is lost to follow-up. ``arrive``: within so many days of a referral
    a contact at the other service is an arrival.
    """

    gap: int = 182
    lost: int = 182
    arrive: int = 28

    def __post_init__(self) -> None:
        for name, days in vars(self).items():
            if not 1 <= days <= 3_660:
                raise ValueError(f"{name} is {days} days. Give 1 to 3,660 days.")

    def __str__(self) -> str:
        return ",".join(f"{name}={days}" for name, days in vars(self).items())


def read_terms(text: str) -> Terms:
    """Terms from ``gap=120,lost=120``; what is not named is as in `Terms`. Raises ValueError."""
    given: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, days = (each.strip() for each in part.partition("="))
        if name not in vars(Terms()) or name in given or not days.isascii() or not days.isdigit():
            raise ValueError(
                f"'{part}' is no term of journeys. Give days for gap, lost and arrive, each once, "
                f"such as {Terms()}."
            )
        given[name] = int(days)
    return Terms(**given)


@dataclass(frozen=True)
class Contacts:
    """One row for each record; all arrays have the same length, in any order.

    ``person``: a number, -1 for nobody (a session, or who objects), whose rows are left out.
    ``service``: a number below 2**14. ``day``: days since 1 January 1970. ``minute``: of the
    day, -1 where not known. Raises ValueError for numbers out of range.
    """

    person: Ints
    service: Ints
    day: Ints
    minute: Ints = field(default_factory=lambda: np.empty(0, np.int64))

    def __post_init__(self) -> None:
        if len(self.minute) == 0 and len(self.person):
            object.__setattr__(self, "minute", np.full(len(self.person), -1, np.int64))
        _same_length(self)
        check_numbers(self.person, self.service, self.day)

    def __len__(self) -> int:
        return len(self.person)

    def take(self, rows: Bools | Ints) -> Contacts:
        """These rows alone."""
        return Contacts(**{name: column[rows] for name, column in vars(self).items()})


@dataclass(frozen=True)
class Leavings:
    """That a service recorded why somebody left: ``kind`` is `DIED` (on ``day``) or `LEFT`."""

    person: Ints
    service: Ints
    day: Ints
    kind: Ints

    def __post_init__(self) -> None:
        _same_length(self)
        check_numbers(self.person, self.service, self.day)

    def __len__(self) -> int:
        return len(self.person)


@dataclass(frozen=True)
class Referrals:
    """Referrals that services made, one row for each.

    ``service`` refers to ``other`` (-1: none that reports here) on ``day``. ``agency`` is a code
    for what kind of place. ``said``: whether the record says that they arrived, 1 yes, 0 no,
    -1 not known.
    """

    person: Ints
    service: Ints
    day: Ints
    other: Ints
    agency: Ints
    said: Ints

    def __post_init__(self) -> None:
        _same_length(self)
        check_numbers(self.person, self.service, self.day)

    def __len__(self) -> int:
        return len(self.person)


def nobody() -> Leavings:
    """That nobody left."""
    empty = np.empty(0, np.int64)
    return Leavings(empty, empty, empty, empty)


def check_numbers(person: Ints, service: Ints, day: Ints) -> None:
    """Raises ValueError where a number does not fit in its place."""
    for name, column, low, high in (
        ("person", person, -1, 2**PERSON_BITS),
        ("service", service, 0, 2**SERVICE_BITS),
        ("day", day, ORIGIN, ORIGIN + 2**DAY_BITS),
    ):
        outside = np.flatnonzero((column < low) | (column >= high))
        if len(outside):
            row = int(outside[0])
            raise ValueError(
                f"Row {row}: {name} is {int(column[row])}. Give a number from {low} to {high - 1}; "
                "number people and services from 0, and days since 1 January 1970."
            )


def pack(person: Ints, service: Ints, day: Ints) -> Ints:
    """One number for each row, that sorts by person, then service, then day."""
    place = (person << SERVICE_BITS) | service
    packed: Ints = (place << DAY_BITS) | (day - ORIGIN)
    return packed


def unpack(packed: Ints) -> tuple[Ints, Ints, Ints]:
    """Person, service and day again."""
    place = packed >> DAY_BITS
    return (
        place >> SERVICE_BITS,
        place & (2**SERVICE_BITS - 1),
        (packed & (2**DAY_BITS - 1)) + ORIGIN,
    )


def _same_length(columns: object) -> None:
    lengths = {name: len(column) for name, column in vars(columns).items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"The columns have different lengths: {lengths}.")
