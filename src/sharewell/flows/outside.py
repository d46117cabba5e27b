"""Tables that others published about the same data: registered by their files, so that new tables
are attacked together with them too.

A table file (a CSV as printed, a YAML beside it) says what is printed. What it counts is said
when it is registered: the dataset, whom (a code list), and which days.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sharewell.catalogue.breakdowns import BREAKDOWNS, TOTAL, financial_year
from sharewell.catalogue.codelists import CODE_LISTS, CodeList
from sharewell.catalogue.datasets import DATASETS
from sharewell.disclosure import PublishedTable
from sharewell.disclosure.protect import STARRED, WITHHELD
from sharewell.disclosure.system import UNBOUNDED
from sharewell.disclosure.tablefile import TableFile, TableFileError, shown
from sharewell.disclosure.tablereading import read_table_file
from sharewell.flows.errors import FlowError
from sharewell.flows.home import Home, current_imports
from sharewell.flows.known import DROPPED, OUTSIDE, PUBLISHED, edition_of
from sharewell.flows.people import Person, check_may
from sharewell.ledger import Entry

MEASURE = "measure"
COLUMNS = (*BREAKDOWNS, "financial_year", MEASURE)


def add_outside(
    home: Home,
    person: Person,
    path: Path,
    *,
    dataset: str,
    cohort: str,
    first: date,
    last: date,
    edition: str | None = None,
    on: date,
) -> Entry:
    """Registers the table at ``path``, which counts ``cohort`` (a code list) in ``dataset`` (two
    joined with '+' where they are combined) from ``first`` to ``last``.

    Without ``edition`` it was counted from the extracts in use here; any text says that it was
    counted from others. Raises NotPermitted, or FlowError naming what is wrong with the file.
    """
    check_may(person, "publish")
    codes, datasets = _cohort(cohort), _datasets(dataset)
    if last < first:
        raise FlowError(f"The table would end ({last}) before it starts ({first}).")
    try:
        published = as_published(read_table_file(path))
    except TableFileError as error:
        raise FlowError(str(error)) from error
    facts = {
        "id": published.id,
        "title": published.title,
        "dataset": dataset,
        "code_list": codes.id,
        "codes": list(codes.codes),
        "position": codes.position,
        "first": first.isoformat(),
        "last": last.isoformat(),
        "cells": published.cells.num_rows,
    }
    with home.staging() as staging:
        kept = staging / f"{published.id}.parquet"
        pq.write_table(published.cells, kept, compression="zstd")
        with home.ledger.transaction() as transaction:
            files = [
                home.files.put_file(f"{PUBLISHED}/{published.id}.parquet", kept),
                home.files.put_file(path.name, path),
                home.files.put_file(path.with_suffix(".yaml").name, path.with_suffix(".yaml")),
            ]
            return transaction.append(
                OUTSIDE,
                actor=person.as_actor(),
                body={
                    "release": path.name,
                    "on": on.isoformat(),
                    "tables": [facts],
                    "protection": [{"table": published.id, "rules": list(published.rules)}],
                    "editions": _editions(home, datasets, first, last, edition),
                },
                files=files,
            )


def drop_outside(home: Home, person: Person, seq: int, why: str) -> Entry:
    """Takes a registration back, as when the wrong file was given. Raises FlowError for an entry
    that registers nothing."""
    check_may(person, "publish")
    if seq not in {entry.seq for entry in outside_tables(home)}:
        raise FlowError(f"Entry {seq} registers no table from outside. See 'sharewell known list'.")
    if not why.strip():
        raise FlowError("Say why the registration is taken back.")
    return home.ledger.append(DROPPED, actor=person.as_actor(), body={"entry": seq, "why": why})


def outside_tables(home: Home) -> tuple[Entry, ...]:
    """The entries of tables from outside that count today."""
    dropped = {entry.body["entry"] for entry in home.ledger.entries(kind=DROPPED)}
    return tuple(e for e in home.ledger.entries(kind=OUTSIDE) if e.seq not in dropped)


def as_published(file: TableFile) -> PublishedTable:
    """A table file in the form of the tables made here. FlowError for a column that is no
    breakdown of the catalogue, and for a table without a measure."""
    for column in file.columns:
        if column.name not in COLUMNS:
            raise FlowError(
                f"{file.name}: the column '{column.name}' is no breakdown of the catalogue. Call "
                f"it one of {', '.join(COLUMNS)}."
            )
    values = {c.name: _values(file, c.name, c.total) for c in file.columns}
    values |= {name: [value] * len(file) for name, value in file.fixed.items() if name in COLUMNS}
    if MEASURE not in values:
        raise FlowError(
            f"{file.name}: nothing says what is counted. Add 'fixed: {{measure: FAE}}', or a "
            "column 'measure'."
        )
    measures = values.pop(MEASURE)
    said = shown(file)
    columns: Mapping[str, Any] = {
        "crossing": [" x ".join(name for name in values if name != "financial_year")] * len(file),
        **values,
        "measure": measures,
        "printed": file.printed,
        "treatment": [_treatment(text, file) for text in file.printed],
    }
    cells = pa.table({name: pa.array(each, pa.string()) for name, each in columns.items()})
    cells = cells.append_column("low", pa.array(said.low))
    high = pa.array(said.high, mask=said.high >= UNBOUNDED)
    cells = cells.append_column("high", high)
    name = re.sub(r"[^a-zA-Z0-9_-]+", "-", Path(file.name).stem).strip("-") or "table"
    rules = (file.rule.id,) if file.rule else ("none",)
    return PublishedTable(name, file.title, rules, cells)


def _values(file: TableFile, column: str, total: str | None) -> list[str]:
    return [TOTAL if value == total else value for value in file.cells[column].to_pylist()]


def _treatment(printed: str, file: TableFile) -> str:
    if printed in (STARRED, WITHHELD):
        return "starred" if printed == STARRED else "withheld"
    return "exact" if file.rule is None else "rounded"


def _cohort(name: str) -> CodeList:
    if name not in CODE_LISTS:
        known = ", ".join(sorted(CODE_LISTS))
        raise FlowError(f"There is no code list '{name}'. Give one of: {known}.")
    return CODE_LISTS[name]


def _datasets(joined: str) -> list[str]:
    names = joined.split("+")
    for name in names:
        if name not in DATASETS:
            raise FlowError(f"There is no dataset '{name}'. Give one of: {', '.join(DATASETS)}.")
    return names


def _editions(
    home: Home, datasets: list[str], first: date, last: date, edition: str | None
) -> list[tuple[str, int, str]]:
    current = {
        (entry.body["dataset"], int(entry.body["partyear"][:4])): edition_of(entry)
        for entry in current_imports(home.ledger).values()
    }
    return [
        (name, year, f"outside: {edition}" if edition else current.get((name, year), "not here"))
        for name in datasets
        for year in range(financial_year(first), financial_year(last) + 1)
    ]
