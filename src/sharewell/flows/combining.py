"""Combine: England with Wales, on the keys that the agreement names and on nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.csv as csv

from sharewell.agreements import Agreement, Request
from sharewell.agreements.model import Combination
from sharewell.flows.asking import ask
from sharewell.flows.errors import FlowError
from sharewell.flows.home import Home
from sharewell.flows.people import Person
from sharewell.flows.releases import Progress, Release, latest_release, make_release, no_progress
from sharewell.flows.supplying import count, described, read_counted, write_counted
from sharewell.flows.tables import specify
from sharewell.flows.vault import Holding, check_covers, holding
from sharewell.tabulation import Combined, CountedTable, combine, select


def combine_with(
    home: Home,
    person: Person,
    agreement: Agreement,
    *,
    with_dataset: str,
    keys: Sequence[str],
    on: date,
    tables: Sequence[str] = (),
    progress: Progress = no_progress,
) -> Release:
    """Combines supplied tables with the same tables of another dataset in the vault.

    Residents are counted once: England's from the supply, Wales's from the other dataset; what
    was dropped is kept in ``dropped.csv``. Raises Refused, NotPermitted or FlowError.
    """
    clauses = [c for c in agreement.combinations if c.with_dataset == with_dataset]
    names = tables or tuple(dict.fromkeys(name for c in clauses for name in c.tables)) or (None,)
    decisions = ask(
        home,
        person,
        "combine",
        agreement,
        [
            Request(
                act="combine",
                on=on,
                by=person.organisation,
                table=name,
                with_data=with_dataset,
                keys=tuple(keys),
            )
            for name in names
        ],
    )
    combined: list[Combined] = []
    supplies = []
    held = holding(home, with_dataset)
    for name in (name for name in names if name):
        supplies.append(latest_release(home, "supply", agreement, name))
        whole = read_counted(home, supplies[-1], agreement, name)
        (clause,) = [c for c in clauses if name in c.tables]
        combined.append(_with_wales(home, clause, whole, held, agreement, progress))

    def work(directory: Path, _release_id: str) -> Mapping[str, Any]:
        write_counted(directory, [part.table for part in combined])
        for part in combined:
            csv.write_csv(part.dropped, directory / f"{part.table.spec.id}-dropped.csv")
        return {
            "clause": clauses[0].id,
            "unsuppressed": True,
            "with": with_dataset,
            "keys": list(keys),
            "provisional_from": _earliest(
                [held.provisional_from, *(_day(e.body["provisional_from"]) for e in supplies)]
            ),
            "synthetic": held.synthetic or any(e.body["synthetic"] for e in supplies),
            "inputs": sorted({*(e.seq for e in supplies), *held.entries}),
            "tables": [described(part.table) for part in combined],
        }

    return make_release(
        home, person, "combine", agreement, person.organisation, on, decisions, work
    )


def _with_wales(
    home: Home,
    clause: Combination,
    england: CountedTable,
    held: Holding,
    agreement: Agreement,
    progress: Progress,
) -> Combined:
    """One table of both nations: the crossings of the keys and of what the clause lets stay."""
    last = min(england.spec.last, held.last)
    england = select(england, last=last)  # neither nation's figures may stand for both
    spec, keys = england.spec, set(clause.keys)
    crossings = tuple(
        crossing
        for crossing in spec.crossings
        if keys <= set(crossing) and set(crossing) - keys <= set(clause.carried)
    )
    if not crossings:
        raise FlowError(
            f"The table {spec.id} is not split by {' and '.join(clause.keys)}, so it cannot be "
            "combined."
        )
    check_covers(held, spec.first, spec.last)
    table = agreement.table(spec.id)
    assert table is not None  # noqa: S101 - read_counted has found it
    welsh = replace(
        specify(table, spec.last, dataset=held.dataset),
        crossings=crossings,
        first=spec.first,
        last=spec.last,
    )
    (wales,) = count(home, [welsh], held, progress)
    both = combine(select(england, crossings=crossings), wales)
    # It stays the table that the agreement names.
    return replace(both, table=replace(both.table, spec=replace(both.table.spec, id=spec.id)))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _earliest(days: Sequence[date | None]) -> str | None:
    known = [day for day in days if day]
    return min(known).isoformat() if known else None
