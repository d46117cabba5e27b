"""Supply: the tables that an agreement names, counted from the vault, unsuppressed, to the
controller."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from sharewell.agreements import Agreement, Request
from sharewell.agreements.model import Flow, Table
from sharewell.engine import DuckDBEngine
from sharewell.flows.asking import ask
from sharewell.flows.errors import FlowError
from sharewell.flows.home import Home
from sharewell.flows.notes import LABELS, notes_for
from sharewell.flows.people import Person
from sharewell.flows.releases import Progress, Release, make_release, no_progress
from sharewell.flows.tables import specify
from sharewell.flows.vault import Holding, check_covers, holding
from sharewell.ledger import Entry
from sharewell.publication import UnsuppressedTable, write_unsuppressed
from sharewell.tabulation import CountedTable, TableSpec, tabulate


def supply(
    home: Home,
    person: Person,
    agreement: Agreement,
    *,
    on: date,
    tables: Sequence[str] = (),
    first: date | None = None,
    last: date | None = None,
    progress: Progress = no_progress,
) -> Release:
    """Counts the tables (all that the flow carries, or those named) and hands them over.

    Raises Refused, NotPermitted, or FlowError when data are missing.
    """
    flow, held, specs = to_be_counted(home, agreement, tables, first, last)
    to = flow.to[0]
    decisions = ask(home, person, "supply", agreement, supply_requests(specs, on, person, to))
    for spec in specs:
        check_covers(held, spec.first, spec.last)

    def work(directory: Path, release_id: str) -> Mapping[str, Any]:
        counted = count(home, specs, held, progress)
        progress("Writing files", 0.0)
        notes = notes_for(
            agreement,
            flow,
            release_id,
            specs,
            on,
            released_by=person.organisation,
            released_to=to,
            source=held.dataset,
            summary="Counts with small numbers, for the recipient named here and nobody else.",
            provisional_from=held.provisional_from,
            synthetic=held.synthetic,
        )
        write_unsuppressed(
            directory,
            notes,
            [UnsuppressedTable(t.spec.id, t.spec.title, t.cells) for t in counted],
            LABELS,
        )
        write_counted(directory, counted)
        progress("Writing files", 1.0)
        return {
            "clause": flow.id,
            "unsuppressed": True,
            "synthetic": held.synthetic,
            "provisional_from": _iso(held.provisional_from),
            "inputs": list(held.entries),
            "tables": [described(table) for table in counted],
        }

    return make_release(home, person, "supply", agreement, to, on, decisions, work)


def to_be_counted(
    home: Home,
    agreement: Agreement,
    tables: Sequence[str],
    first: date | None,
    last: date | None,
) -> tuple[Flow, Holding, list[TableSpec]]:
    """The supply flow, the data at hand, and the tables asked for, within the period asked for."""
    flow = the_flow(agreement, "supply", None)
    wanted = chosen_tables(agreement, flow, tables)
    held = holding(home, wanted[0].dataset)
    return flow, held, [narrow(specify(table, held.last), first, last) for table in wanted]


def supply_requests(specs: Iterable[TableSpec], on: date, person: Person, to: str) -> list[Request]:
    """What a supply asks of its agreement: each table, in each of its crossings."""
    return [
        Request(
            act="supply",
            on=on,
            by=person.organisation,
            to=to,
            dataset=spec.dataset,
            table=spec.id,
            measures=spec.measures,
            breakdowns=crossing,
            first=spec.first,
            last=spec.last,
            unsuppressed=True,
        )
        for spec in specs
        for crossing in spec.crossings
    ]


def the_flow(agreement: Agreement, act: str, to: str | None) -> Flow:
    """The agreement's flow for this act (to this recipient); FlowError when it has none."""
    party = agreement.organisation(to) if to else None
    name = (party.short if party else to or "").casefold()
    for flow in agreement.flows:
        if flow.act == act and (not to or name in (short.casefold() for short in flow.to)):
            return flow
    raise FlowError(f"{agreement.name} has no clause to {act} data{f' to {to}' if to else ''}.")


def chosen_tables(agreement: Agreement, flow: Flow, names: Sequence[str]) -> list[Table]:
    """The tables named, or all of the flow; FlowError for a name the agreement lacks."""
    found = [agreement.table(name) for name in names or flow.tables]
    if not found:
        raise FlowError(f"{agreement.name} names no tables: it covers records, not counts.")
    if None in found:
        known = ", ".join(table.id for table in agreement.tables) or "none"
        raise FlowError(
            f"{agreement.name} has no table called {', '.join(names)}. It has: {known}."
        )
    return [table for table in found if table]


def narrow(spec: TableSpec, first: date | None, last: date | None) -> TableSpec:
    """The specification for a shorter period; FlowError when nothing is left."""
    start, end = max(first or spec.first, spec.first), min(last or spec.last, spec.last)
    if start > end:
        raise FlowError(f"The table {spec.id} has no data from {start} to {end}.")
    return replace(spec, first=start, last=end)


def count(
    home: Home, specs: Sequence[TableSpec], held: Holding, progress: Progress
) -> tuple[CountedTable, ...]:
    """Counts every table in one scan. What does not fit in memory stays within the home."""
    with home.staging() as spill, DuckDBEngine(temp_directory=spill) as engine:
        return tabulate(
            engine,
            specs,
            {held.dataset: held.paths},
            progress=lambda fraction: progress(f"Counting {held.dataset}", fraction),
        )


def write_counted(directory: Path, tables: Iterable[CountedTable]) -> None:
    """Keeps the exact counts beside the readable files, for the flows that follow."""
    (directory / "counts").mkdir()
    for table in tables:
        pq.write_table(
            table.cells, directory / "counts" / f"{table.spec.id}.parquet", compression="zstd"
        )


def read_counted(home: Home, entry: Entry, agreement: Agreement, table_id: str) -> CountedTable:
    """The counts that an earlier release holds for a table."""
    table = agreement.table(table_id)
    (facts,) = [facts for facts in entry.body["tables"] if facts["id"] == table_id]
    if table is None:
        raise FlowError(f"{agreement.name} no longer has the table {table_id}.")
    spec = replace(
        specify(table, date.fromisoformat(facts["last"]), facts["dataset"]),
        title=facts["title"],
        crossings=tuple(tuple(crossing) for crossing in facts["crossings"]),
        first=date.fromisoformat(facts["first"]),
        last=date.fromisoformat(facts["last"]),
    )
    (ref,) = [ref for ref in entry.files if ref.name == f"counts/{table_id}.parquet"]
    return CountedTable(spec, pq.read_table(home.files.path(ref.sha256)))


def described(table: CountedTable) -> dict[str, Any]:
    """What the ledger keeps of a table: enough to know it by, and no count."""
    spec = table.spec
    return {
        "id": spec.id,
        "title": spec.title,
        "dataset": spec.dataset,
        "code_list": spec.cohort.id,
        "codes": list(spec.cohort.codes),
        "position": spec.cohort.position,
        "measures": list(spec.measures),
        "crossings": [list(crossing) for crossing in spec.crossings],
        "first": spec.first.isoformat(),
        "last": spec.last.isoformat(),
        "cells": table.cells.num_rows,
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
