"""Records: episodes as numbers while they are invented, and as Arrow columns when written.

A `Frame` maps a field to a NumPy array of one small number a row: a code, a day, or an index
into a vocabulary. Only `to_arrow` turns numbers into text, by dictionaries, so that no row is
ever touched from Python.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sharewell.catalogue import areas
from sharewell.catalogue.episodes import EPISODE_SCHEMA
from sharewell.synthesis.patterns import MOST, Library

Frame = dict[str, npt.NDArray[Any]]

FIELDS: dict[str, type] = {
    "pattern": np.int16,  # number in the library
    "sex": np.uint8,  # index into SEXES
    "ethnos": np.uint8,  # index into ETHNICITIES
    "age": np.int16,  # STARTAGE as HES writes it; -1 is not known
    "district": np.int16,  # index into RESIDENCES
    "end": np.int32,  # days since 1970-01-01; NO_DATE is none
    "start": np.int32,
    "admitted": np.int32,
    "status": np.int8,  # EPISTAT
    "order": np.int16,  # EPIORDER; -1 is none
    "type": np.int8,  # EPITYPE
    "class": np.int8,  # CLASSPAT
    "admission": np.uint8,  # index into ADMISSIONS
    "discharge": np.int8,  # DISMETH
    "serial": np.int16,  # which of the people alike in all of these
}

SEXES = ("1", "2", "9", "0", "X")
ETHNICITIES = (*"ABCDEFGHJKLMNPRSZ", "X", "99")
ADMISSIONS = (
    *("11", "12", "13", "21", "22", "23", "24", "25", "28", "2A", "2B", "2C", "2D"),
    *("31", "32", "81", "82", "83", "98", "99"),
)
RESIDENCES: tuple[str, ...] = (*areas.districts(), *areas.PSEUDO_CODES)
PROVIDERS = tuple(f"ZS{digit}" for digit in "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ")
"""Invented provider codes: no hospital has one that starts with ZS."""

NO_DATE = -62_091
"""1800-01-01, the date that HES writes where there is none, in days since 1970-01-01."""
INVALID_DATE = NO_DATE + 365

DIAGNOSES = tuple(f"DIAG_4_{n:02d}" for n in range(1, MOST + 1))
_EXTRA = {
    "CAUSE_3": pa.string(),
    **dict.fromkeys(DIAGNOSES[1:], pa.string()),
    "PROCODE3": pa.string(),
    "FCE": pa.int8(),
    "FAE": pa.int8(),
    "FAE_EMERGENCY": pa.int8(),
}
RAW_SCHEMA = pa.schema(
    [
        *(field.with_nullable(True) for field in EPISODE_SCHEMA),
        *(pa.field(name, kind) for name, kind in _EXTRA.items()),
    ]
)
"""A file as supplied: the vault's columns and types, with sentinel dates and derived flags."""

KEYS = ("EPIKEY", "TOKEN_PERSON_ID")
_CODE = pa.dictionary(pa.int16(), pa.string())
CODED_SCHEMA = pa.schema(
    [
        field.with_type(_CODE) if field.type == pa.string() and field.name not in KEYS else field
        for field in RAW_SCHEMA
    ]
)
"""RAW_SCHEMA while in memory: every text but the keys is an index into a dictionary."""


def take(frame: Frame, rows: npt.NDArray[Any]) -> Frame:
    """The given rows (numbers, or a mask) of a frame."""
    return {name: values[rows] for name, values in frame.items()}


def join(frames: list[Frame]) -> Frame:
    """Frames below one another."""
    return {name: np.concatenate([frame[name] for frame in frames]) for name in FIELDS}


def length(frame: Frame) -> int:
    """How many rows a frame has."""
    return len(frame["pattern"])


def complete(frame: Mapping[str, npt.ArrayLike], rows: int) -> Frame:
    """A frame with every field of the right type; single values are repeated."""
    return {
        name: np.broadcast_to(np.asarray(frame[name], dtype=kind), (rows,)).copy()
        for name, kind in FIELDS.items()
    }


@dataclass(frozen=True)
class Source:
    """What all records of one file share: where they come from and how they are numbered."""

    dataset: str
    year: int
    month: int
    library: Library
    salt: int

    @cached_property
    def dictionaries(self) -> dict[str, tuple[npt.NDArray[np.int16], pa.Array]]:
        """For each column of codes: pattern number to index (-1 is null), and its values."""
        patterns = self.library.patterns
        texts: dict[str, list[str | None]] = {
            "DIAG_4_CONCAT": [",".join(pattern) for pattern in patterns],
            "CAUSE_4": list(self.library.causes),
            "CAUSE_3": [cause and cause[:3] for cause in self.library.causes],
        }
        for n, name in enumerate(DIAGNOSES):
            texts[name] = [p[n] if n < len(p) else None for p in patterns]
        result = {}
        for name, column in texts.items():
            values = sorted({text for text in column if text is not None})
            index = {text: n for n, text in enumerate(values)}
            numbers = [-1 if text is None else index[text] for text in column]
            result[name] = (np.array(numbers, np.int16), pa.array(values, pa.string()))
        return result

    @property
    def fyear(self) -> str:
        """FYEAR: '1920' for 2019-20."""
        return f"{self.year % 100:02d}{(self.year + 1) % 100:02d}"

    @property
    def partyear(self) -> str:
        """PARTYEAR: year and extract number, '201913'."""
        return f"{self.year}{self.month:02d}"


_FOUR_DIGITS = np.frombuffer("".join(f"{n:04d}" for n in range(10_000)).encode(), np.uint8)
_FOUR_DIGITS = _FOUR_DIGITS.reshape(10_000, 4)


def _numbered(prefix: str, numbers: npt.NDArray[np.int64], digits: int) -> pa.Array:
    """Text of ``prefix`` and a number with leading zeros; ``digits`` is a multiple of 4."""
    width = len(prefix) + digits
    text = np.empty((len(numbers), width), np.uint8)
    text[:, : len(prefix)] = np.frombuffer(prefix.encode(), np.uint8)
    for place in range(digits // 4):
        part = numbers // 10_000**place % 10_000
        end = width - 4 * place
        text[:, end - 4 : end] = _FOUR_DIGITS[part]
    offsets = np.arange(0, (len(numbers) + 1) * width, width, dtype=np.int32)
    return pa.Array.from_buffers(
        pa.string(), len(numbers), [None, pa.py_buffer(offsets), pa.py_buffer(text)]
    )


def record_keys(source: Source, numbers: npt.NDArray[np.int64]) -> pa.Array:
    """EPIKEY: 12 digits to 2020-21 and 19 from 2021-22, different in every year and dataset."""
    which = 1 + (source.dataset == "pedw")
    if source.year <= 2020:
        return _numbered(f"9{source.year % 100:02d}{which}", numbers, 8)
    return _numbered(f"9{source.year}{which}00000", numbers, 8)


_TODAY = np.array([RESIDENCES.index(areas.rebase(code)) for code in RESIDENCES], np.int64)
_SEX_OF = np.array([0, 1, 2, 3, 3], np.int64)  # 0 and X are the same person
_ETHNOS_OF = np.minimum(np.arange(len(ETHNICITIES)), len(ETHNICITIES) - 2)
MOST_ALIKE = 256


def people(source: Source, frame: Frame) -> npt.NDArray[np.int64]:
    """A number for each patient, below 2**32.

    People alike in year of birth, sex, district of today, ethnic group and serial number are one
    person, so those who come more than once stay the same in every episode.
    """
    baby = frame["age"] >= 7001
    born = source.year - np.where(baby, 0, frame["age"]).astype(np.int64)
    number = (born - 1850) * 4 + _SEX_OF[frame["sex"]]
    number = number * len(RESIDENCES) + _TODAY[frame["district"]]
    number = number * len(ETHNICITIES) + _ETHNOS_OF[frame["ethnos"]]
    number = number * MOST_ALIKE + frame["serial"]
    # An odd factor modulo 2**32 only reorders, so that different people stay different.
    return ((number ^ source.salt) * 2_654_435_761) & 0xFFFF_FFFF


def _coded(numbers: npt.NDArray[Any], values: pa.Array) -> pa.Array:
    numbers = numbers.astype(np.int16, copy=False)
    missing = numbers < 0
    index = pa.array(numbers, mask=missing) if missing.any() else pa.array(numbers)
    return pa.DictionaryArray.from_arrays(index, values)


_RESGOR = [
    "W99999999" if areas.region_of(code) == areas.WALES else areas.region_of(code)
    for code in RESIDENCES
]
_RESGOR_VALUES = sorted(set(_RESGOR))
_RESGOR_OF = np.array([_RESGOR_VALUES.index(code) for code in _RESGOR], np.int8)
_EMERGENCY = np.array([method.startswith("2") for method in ADMISSIONS])


def to_arrow(source: Source, frame: Frame, keys: pa.Array) -> pa.Table:
    """Frame to a table of CODED_SCHEMA."""
    rows = length(frame)
    constant = np.zeros(rows, np.int8)
    pattern = frame["pattern"]
    unfinished = frame["status"] != 3
    counts = ~unfinished & (frame["class"] != 3) & (frame["class"] != 4)
    admission = counts & (frame["order"] == 1)
    columns: dict[str, pa.Array] = {
        "EPIKEY": keys,
        "FYEAR": _coded(constant, pa.array([source.fyear])),
        "PARTYEAR": _coded(constant, pa.array([source.partyear])),
        "EPISTART": pa.array(frame["start"]).cast(pa.date32()),
        "EPIEND": pa.array(frame["end"]).cast(pa.date32()),
        "ADMIDATE": pa.array(frame["admitted"]).cast(pa.date32()),
        "EPISTAT": pa.array(frame["status"]),
        "EPIORDER": pa.array(frame["order"], mask=frame["order"] < 0),
        "EPITYPE": pa.array(frame["type"]),
        "CLASSPAT": pa.array(frame["class"]),
        "ADMIMETH": _coded(frame["admission"], pa.array(ADMISSIONS)),
        "DISMETH": pa.array(frame["discharge"]),
        "SEX": _coded(frame["sex"], pa.array(SEXES)),
        "STARTAGE": pa.array(frame["age"], mask=frame["age"] < 0),
        "ETHNOS": _coded(frame["ethnos"], pa.array(ETHNICITIES)),
        "RESLADST_ONS": _coded(frame["district"], pa.array(RESIDENCES)),
        "RESGOR_ONS": _coded(_RESGOR_OF[frame["district"]], pa.array(_RESGOR_VALUES)),
        "TOKEN_PERSON_ID": _numbered("SYNTHETICPERSON00000", people(source, frame), 12),
        "PROCODE3": _coded(
            (frame["district"] * 7 + frame["serial"]) % len(PROVIDERS),
            pa.array(PROVIDERS),
        ),
        "FCE": pa.array(counts.astype(np.int8)),
        "FAE": pa.array(admission.astype(np.int8)),
        "FAE_EMERGENCY": pa.array((admission & _EMERGENCY[frame["admission"]]).astype(np.int8)),
    }
    for name, (numbers, values) in source.dictionaries.items():
        index = numbers[pattern]
        if name.startswith("CAUSE"):  # null where the episode is unfinished
            index = np.where(unfinished, np.int16(-1), index)
        columns[name] = _coded(index, values)
    return pa.table([columns[name] for name in CODED_SCHEMA.names], schema=CODED_SCHEMA)
