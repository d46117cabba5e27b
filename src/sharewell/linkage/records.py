"""Records to be linked, as columns of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import numpy.typing as npt

from sharewell.linkage.attributor import DUMMY_BORN, SEXES, Attributor, Sex

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

EPOCH = date(1970, 1, 1)
X = ord("X") - ord("A")
DAY_SPAN = 1 << 17
"""Days of birth are packed as numbers from 0 (1 January 1900) to below this."""
ORIGIN = (date(1900, 1, 1) - EPOCH).days


@dataclass(frozen=True)
class Records:
    """One row for each record; all arrays have the same length.

    ``first``, ``last``: 0 to 25 for A to Z. ``born``: days since 1 January 1970. ``sex``: the
    place in `SEXES`. ``district`` and ``sector``: codes of the postcode's parts, -1 where not
    known. ``client``: a code for each client record of a service; records of one client are one
    person because the service says so. Without client records, every record is its own.
    """

    first: Ints
    last: Ints
    born: Ints
    sex: Ints
    district: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    sector: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    client: Ints = field(default_factory=lambda: np.empty(0, np.int64))

    def __post_init__(self) -> None:
        size = len(self.first)
        for name, fill in (("district", -1), ("sector", -1), ("client", None)):
            if len(getattr(self, name)) == 0 and size:
                array = np.arange(size) if fill is None else np.full(size, fill)
                object.__setattr__(self, name, array.astype(np.int64))
        lengths = {name: len(column) for name, column in vars(self).items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"The columns have different lengths: {lengths}.")

    def __len__(self) -> int:
        return len(self.first)

    @property
    def dummy(self) -> Bools:
        """Which records carry the dummy attributor."""
        dummy: Bools = (
            (self.first == X) & (self.last == X) & (self.born == (DUMMY_BORN - EPOCH).days)
        )
        return dummy

    def take(self, rows: Ints | Bools) -> Records:
        """These rows alone."""
        return replace(self, **{name: column[rows] for name, column in vars(self).items()})

    def attributor(self, row: int) -> Attributor:
        """The attributor of a row."""
        return unpack(int(pack(self.take(np.array([row])))[0]))


def make_records(
    attributors: Sequence[Attributor],
    districts: Sequence[str | None] | None = None,
    clients: Sequence[str | int] | None = None,
) -> Records:
    """Records of these attributors, for small numbers of them."""
    return Records(
        np.array([ord(a.first) - 65 for a in attributors], np.int64),
        np.array([ord(a.last) - 65 for a in attributors], np.int64),
        np.array([(a.born - EPOCH).days for a in attributors], np.int64),
        np.array([SEXES.index(a.sex) for a in attributors], np.int64),
        district=codes(districts) if districts is not None else np.empty(0, np.int64),
        client=codes(clients) if clients is not None else np.empty(0, np.int64),
    )


def codes(values: Sequence[object]) -> Ints:
    """A number for each value in order of the values' text; -1 for None."""
    known = {v: i for i, v in enumerate(sorted({v for v in values if v is not None}, key=str))}
    return np.array([-1 if v is None else known[v] for v in values], np.int64)


def pack(records: Records) -> Ints:
    """One number for each record's attributor; equal when the attributors are equal."""
    group = (records.first * 26 + records.last) * len(SEXES) + records.sex
    return group * DAY_SPAN + (records.born - ORIGIN)


def unpack(packed: int) -> Attributor:
    """The attributor that a number stands for."""
    group, day = divmod(packed, DAY_SPAN)
    initials, sex = divmod(group, len(SEXES))
    first, last = divmod(initials, 26)
    born = date.fromordinal(EPOCH.toordinal() + day + ORIGIN)
    found: Sex = SEXES[sex]
    return Attributor(chr(65 + first), chr(65 + last), born, found)
