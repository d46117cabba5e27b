"""Dirty rows: one deliberate defect of each kind, under the code of the rule that finds it.

Defects go into extra background rows only, so that the totals of the cohorts stay true when
importing drops or keeps them. A kind that a year cannot have is left out of its files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from sharewell.synthesis.calendar import month_end
from sharewell.synthesis.records import CODED_SCHEMA, RAW_SCHEMA

Row = dict[str, Any]

TEXT_SCHEMA = pa.schema([pa.field(name, pa.string()) for name in RAW_SCHEMA.names])
"""The same columns as text, for CSV."""


@dataclass(frozen=True)
class Extract:
    """The file that is being spoiled: dataset, first year, month of extract, and as text or not."""

    dataset: str
    year: int
    month: int
    text: bool


@dataclass(frozen=True)
class DirtKind:
    """A kind of defect. ``rule`` is the validation rule that finds it; ``spoil`` gives the new
    values, or None where the file cannot have the defect."""

    name: str
    rule: str
    spoil: Callable[[Row, Extract], Row | None]


def _put(**values: Any) -> Callable[[Row, Extract], Row | None]:
    return lambda _row, _extract: values


def _when(possible: Callable[[Extract], bool], **values: Any) -> Callable[..., Row | None]:
    return lambda _row, extract: values if possible(extract) else None


def _shifted(field: str, days: int, since: str = "EPIEND") -> Callable[..., Row | None]:
    return lambda row, _extract: {field: row[since] + timedelta(days=days)}


def _diagnoses(*codes: str | None) -> Row:
    """Values of every diagnosis column for these codes, and no external cause."""
    padded: tuple[str | None, ...] = (*codes, *[None] * (5 - len(codes)))
    row: Row = {f"DIAG_4_{n:02d}": code for n, code in enumerate(padded, 1)}
    joined = ",".join(code for code in codes if code) or None
    return {**row, "DIAG_4_CONCAT": joined, "CAUSE_3": None, "CAUSE_4": None}


def _earlier(row: Row, _extract: Extract) -> Row:
    return {name: row[name] - timedelta(days=366) for name in ("EPISTART", "EPIEND", "ADMIDATE")}


def _after_extract(_row: Row, extract: Extract) -> Row | None:
    if extract.month >= 12:
        return None
    return {"EPIEND": month_end(extract.year, extract.month) + timedelta(days=9)}


def _flipped(flag: str) -> Callable[[Row, Extract], Row]:
    return lambda row, _extract: {flag: 1 - row[flag]}


def _has_residence(extract: Extract) -> bool:
    """Whether HES had codes of the Office for National Statistics: from 2011-12."""
    return extract.year >= 2011


_NULL, _INVALID = date(1800, 1, 1), date(1801, 1, 1)

DIRT_KINDS: tuple[DirtKind, ...] = (
    DirtKind("key missing", "HES101", _put(EPIKEY=None)),
    DirtKind("key not a number", "HES102", _put(EPIKEY="5.1E+11")),
    DirtKind(
        "key of the wrong length",
        "HES103",
        lambda row, extract: (
            {"EPIKEY": row["EPIKEY"][1:]} if extract.dataset == "hes_apc" else None
        ),
    ),
    DirtKind("key repeated", "HES104", _put()),  # the row is written twice
    DirtKind("financial year malformed", "HES105", _put(FYEAR="1921")),
    DirtKind("extract malformed", "HES106", _put(PARTYEAR="201914")),
    DirtKind(
        "years disagree", "HES107", lambda _row, extract: {"PARTYEAR": f"{extract.year - 1}13"}
    ),
    DirtKind("person missing", "HES108", _put(TOKEN_PERSON_ID=None)),
    DirtKind("person malformed", "HES109", lambda _row, _extract: {"TOKEN_PERSON_ID": "SYNTHETIC"}),
    DirtKind("start not a date", "HES201", _when(lambda e: e.text, EPISTART="31/02/2020")),
    DirtKind("end not a date", "HES202", _when(lambda e: e.text, EPIEND="last week")),
    DirtKind("admission not a date", "HES203", _when(lambda e: e.text, ADMIDATE="2020-13-01")),
    DirtKind("start is the invalid date", "HES204", _put(EPISTART=_INVALID)),
    DirtKind("end is the null date", "HES205", _put(EPIEND=_NULL)),
    DirtKind("admission is the null date", "HES206", _put(ADMIDATE=_NULL)),
    DirtKind("end missing", "HES207", _put(EPIEND=None)),
    DirtKind("start missing", "HES208", _put(EPISTART=None)),
    DirtKind("admission missing", "HES209", _put(ADMIDATE=None)),
    DirtKind("end before start", "HES210", _shifted("EPISTART", 5)),
    DirtKind("start before admission", "HES211", _shifted("ADMIDATE", 3, "EPISTART")),
    DirtKind("end in another year", "HES212", _earlier),
    DirtKind("end after the extract", "HES213", _after_extract),
    DirtKind("status unknown", "HES301", _put(EPISTAT=7)),
    DirtKind("status derived unfinished", "HES302", _put(EPISTAT=9)),
    DirtKind("order out of range", "HES303", _put(EPIORDER=95)),
    DirtKind("order not known", "HES304", _put(EPIORDER=99, FAE=0, FAE_EMERGENCY=0)),
    DirtKind("type unknown", "HES305", _put(EPITYPE=8)),
    DirtKind("type retired", "HES306", _when(lambda e: e.year > 2016, EPITYPE=4)),
    DirtKind("classification unknown", "HES307", _put(CLASSPAT=7)),
    DirtKind("admission method unknown", "HES308", _put(ADMIMETH="77")),
    DirtKind(
        "admission method of other years",
        "HES309",
        lambda _row, extract: (
            {"ADMIMETH": "2A"}
            if extract.year < 2013
            else {"ADMIMETH": "28"}
            if extract.year > 2022
            else None
        ),
    ),
    DirtKind("admission method missing", "HES310", _put(ADMIMETH=None, FAE_EMERGENCY=0)),
    DirtKind("discharge method unknown", "HES311", _put(DISMETH=0)),
    DirtKind(
        "discharge method of other years",
        "HES312",
        lambda _row, extract: (
            {"DISMETH": 6 if extract.year < 2022 else 2} if extract.year != 2022 else None
        ),
    ),
    DirtKind("sex unknown", "HES313", _put(SEX="7")),
    DirtKind(
        "sex code of other years",
        "HES314",
        lambda _row, extract: (
            {"SEX": "X" if extract.year < 2022 else "0"} if extract.year != 2022 else None
        ),
    ),
    DirtKind("age impossible", "HES315", _put(STARTAGE=200)),
    DirtKind("age missing", "HES316", _put(STARTAGE=None)),
    DirtKind("ethnic category unknown", "HES317", _put(ETHNOS="Q")),
    DirtKind("ethnic category of other years", "HES318", _put(ETHNOS="0")),
    DirtKind("diagnosis missing", "HES401", _put(**_diagnoses())),
    DirtKind("diagnosis malformed", "HES402", _put(**_diagnoses("J18.9"))),
    DirtKind("later diagnosis malformed", "HES403", _put(**_diagnoses("J189", "I1O"))),
    DirtKind(
        "diagnoses disagree", "HES404", _put(**{**_diagnoses("J189"), "DIAG_4_CONCAT": "J189,I10X"})
    ),
    DirtKind(
        "too many diagnoses",
        "HES405",
        _put(**{**_diagnoses("J189"), "DIAG_4_CONCAT": ",".join(["J189", *["I10X"] * 21])}),
    ),
    DirtKind("cause malformed", "HES406", _put(CAUSE_4="A09X", CAUSE_3="A09")),
    DirtKind(
        "cause not among the diagnoses",
        "HES407",
        _put(**{**_diagnoses("J189"), "CAUSE_4": "W010", "CAUSE_3": "W01"}),
    ),
    DirtKind("district missing", "HES501", _when(_has_residence, RESLADST_ONS=None)),
    DirtKind("district unknown", "HES502", _put(RESLADST_ONS="E07999999")),
    DirtKind("region missing", "HES503", _when(_has_residence, RESGOR_ONS=None)),
    DirtKind("region unknown", "HES504", _put(RESGOR_ONS="E12000010")),
    DirtKind("region of another district", "HES505", _put(RESGOR_ONS="N99999999")),
    DirtKind("FCE flag disagrees", "HES601", _flipped("FCE")),
    DirtKind("FAE flag disagrees", "HES602", _flipped("FAE")),
    DirtKind("emergency flag disagrees", "HES603", _flipped("FAE_EMERGENCY")),
)
"""Every kind of defect. A real file has other defects too: an episode can have several at once."""


def spoil(rows: Sequence[Row], extract: Extract) -> tuple[list[Row], dict[str, int]]:
    """Give each clean row one defect, kind after kind in turn; and how many rows of each kind.

    A repeated key takes two rows, so the second of them is added.
    """
    possible = [
        kind for kind in DIRT_KINDS if not rows or kind.spoil(dict(rows[0]), extract) is not None
    ]
    dirty: list[Row] = []
    tally: dict[str, int] = {}
    for number, row in enumerate(rows):
        kind = possible[number % len(possible)]
        spoiled = {**row, **(kind.spoil(row, extract) or {})}
        copies = 2 if kind.name == "key repeated" else 1
        dirty += [spoiled] * copies
        tally[kind.name] = tally.get(kind.name, 0) + copies
    return dirty, tally


def as_table(rows: Sequence[Row], extract: Extract) -> pa.Table:
    """Rows as a table of CODED_SCHEMA, or all text for CSV."""
    if not extract.text:
        columns = []
        for field in CODED_SCHEMA:
            column = pa.array([row[field.name] for row in rows], RAW_SCHEMA.field(field.name).type)
            if pa.types.is_dictionary(field.type):
                coded = column.dictionary_encode()
                index = coded.indices.cast(pa.int16())
                column = pa.DictionaryArray.from_arrays(index, coded.dictionary)
            columns.append(column)
        return pa.table(columns, schema=CODED_SCHEMA)
    text = [{name: None if v is None else str(v) for name, v in row.items()} for row in rows]
    return pa.Table.from_pylist(text, schema=TEXT_SCHEMA)
