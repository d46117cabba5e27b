"""Arrow tables in: columns of text, however typed, to records and to what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sharewell.linkage.attributor import (
    SEXES,
    AttributorError,
    parse_born,
    parse_initial,
    parse_initials,
    parse_sex,
)
from sharewell.linkage.postcode import parse_postcode
from sharewell.linkage.records import EPOCH, Bools, Ints, Records, codes


@dataclass(frozen=True)
class Columns:
    """The names of a table's columns; None for what it does not have.

    Initials are in two columns, or in one (``initials``). ``consent``: rows that say no (N, No,
    0, false) are left out.
    """

    first: str | None = "first_initial"
    last: str | None = "last_initial"
    initials: str | None = None
    born: str = "date_of_birth"
    sex: str = "sex"
    postcode: str | None = "postcode"
    client: str | None = None
    consent: str | None = None

    @property
    def needed(self) -> tuple[str, ...]:
        """Every column named, in order."""
        initials = (self.initials,) if self.initials else (self.first, self.last)
        rest = (self.born, self.sex, self.postcode, self.client, self.consent)
        return tuple(name for name in (*initials, *rest) if name)


@dataclass(frozen=True)
class Problem:
    """What is wrong in a field. ``row`` counts from 1, without the heading."""

    row: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"Row {self.row:,}, {self.column}: {self.message}"


@dataclass(frozen=True)
class Reading:
    """Records of the rows that could be read; ``rows[i]`` (from 0) is where record i stands.

    ``client_names[c]`` is the client with code c. ``refused``: rows without consent.
    """

    records: Records
    rows: Ints
    problems: tuple[Problem, ...]
    client_names: tuple[str, ...]
    refused: int


class ColumnError(ValueError):
    """A column that is named is not there."""


def read_records(table: pa.Table, columns: Columns | None = None, *, on: date) -> Reading:
    """Reads a table of text columns; each different text is parsed once.

    ``on``: the day of reading; nobody is born after it. Raises `ColumnError`.
    """
    named = columns or Columns()
    missing = [name for name in named.needed if name not in table.column_names]
    if missing:
        raise ColumnError(
            f"There is no column '{missing[0]}'. Columns: {', '.join(table.column_names)}. Name "
            "the right one."
        )
    problems: list[Problem] = []
    willing = np.ones(table.num_rows, np.bool_)
    if named.consent:
        texts, place = _distinct(table[named.consent])
        no = np.array([t.strip().casefold() in {"n", "no", "0", "false"} for t in texts], np.bool_)
        willing = ~no[place]
    readable = willing.copy()

    def read(column: str, parse: Callable[[str], Any], width: int = 1) -> Ints:
        texts, place = _distinct(table[column])
        values = np.zeros((len(texts), width), np.int64)
        wrong: dict[int, str] = {}
        for number, text in enumerate(texts):
            try:
                values[number] = parse(text)
            except AttributorError as error:
                wrong[number] = str(error)
        if wrong:
            bad = np.isin(place, list(wrong))
            problems.extend(
                Problem(row + 1, column, wrong[int(place[row])])
                for row in np.flatnonzero(bad & willing).tolist()
            )
            np.logical_and(readable, ~bad, out=readable)
        return values[place]

    if named.initials:
        both = read(named.initials, lambda t: [ord(c) - 65 for c in parse_initials(t)], 2)
        first, last = both[:, 0], both[:, 1]
    else:
        first = read(str(named.first), lambda t: ord(parse_initial(t, "first initial")) - 65)[:, 0]
        last = read(str(named.last), lambda t: ord(parse_initial(t, "last initial")) - 65)[:, 0]
    born = read(named.born, lambda t: (parse_born(t, on=on) - EPOCH).days)[:, 0]
    sex = read(named.sex, lambda t: SEXES.index(parse_sex(t)))[:, 0]
    district, sector = _places(table, named.postcode)
    client, names = _clients(table, named.client)
    records = Records(first, last, born, sex, district, sector, client)
    return Reading(
        records.take(readable),
        np.flatnonzero(readable),
        tuple(sorted(problems, key=lambda p: p.row)),
        names,
        int((~willing).sum()),
    )


def _distinct(column: pa.ChunkedArray) -> tuple[list[str], Ints]:
    """The different texts of a column, and which of them each row has; null is empty."""
    text = pc.fill_null(pc.cast(column, pa.string()), "")
    encoded = pa.chunked_array(text).combine_chunks().dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy().astype(np.int64)


def _places(table: pa.Table, column: str | None) -> tuple[Ints, Ints]:
    if column is None:
        nowhere = np.full(table.num_rows, -1, np.int64)
        return nowhere, nowhere
    texts, place = _distinct(table[column])
    parts = [parse_postcode(text) for text in texts]
    district, sector = codes([p.district for p in parts]), codes([p.sector for p in parts])
    return district[place], sector[place]


def _clients(table: pa.Table, column: str | None) -> tuple[Ints, tuple[str, ...]]:
    """A code for each client, in order of their names; a row that names none is its own."""
    if column is None:
        return np.arange(table.num_rows, dtype=np.int64), ()
    texts, place = _distinct(table[column])
    names = sorted({text.strip() for text in texts} - {""})
    number = {name: code for code, name in enumerate(names)}
    code = np.array([number.get(text.strip(), -1) for text in texts], np.int64)[place]
    alone: Bools = code < 0
    code[alone] = len(names) + np.arange(int(alone.sum()))
    return code, tuple(names)
