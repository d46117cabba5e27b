"""Tabulate: look at the plan, or at national totals, before anything is supplied."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pyarrow.compute as pc

from sharewell.agreements import Agreement
from sharewell.catalogue.breakdowns import BREAKDOWNS, TOTAL
from sharewell.flows.asking import ask
from sharewell.flows.home import Home
from sharewell.flows.people import Person
from sharewell.flows.releases import Progress, no_progress
from sharewell.flows.supplying import (
    chosen_tables,
    count,
    supply_requests,
    the_flow,
    to_be_counted,
)
from sharewell.flows.tables import specify
from sharewell.flows.vault import check_covers
from sharewell.tabulation import CountedTable
from sharewell.tabulation import explain as sql_of


def explain(agreement: Agreement, tables: Sequence[str], until: date, dialect: str) -> str:
    """The SQL that would answer the tables, in the engine's dialect. Reads no data."""
    flow = the_flow(agreement, "supply", None)
    specs = [specify(table, until) for table in chosen_tables(agreement, flow, tables)]
    return sql_of(specs, dialect)


def national_totals(
    home: Home,
    person: Person,
    agreement: Agreement,
    *,
    on: date,
    tables: Sequence[str] = (),
    first: date | None = None,
    last: date | None = None,
    progress: Progress = no_progress,
) -> list[dict[str, Any]]:
    """Each table's totals for all areas by measure and financial year, as rows.

    Reading counts is recorded in the ledger, although nothing leaves. Raises as `supply` does.
    """
    flow, held, specs = to_be_counted(home, agreement, tables, first, last)
    decisions = ask(
        home, person, "tabulate", agreement, supply_requests(specs, on, person, flow.to[0])
    )
    for spec in specs:
        check_covers(held, spec.first, spec.last)
    counted = count(home, specs, held, progress)
    home.ledger.append(
        kind="tabulate",
        actor=person.as_actor(),
        body={
            "agreement": agreement.name,
            "on": on.isoformat(),
            "decisions": [decision.as_dict() for decision in decisions],
            "inputs": list(held.entries),
            "tables": [spec.id for spec in specs],
        },
    )
    return [row for table in counted for row in _totals(table)]


def _totals(table: CountedTable) -> list[dict[str, Any]]:
    """The rows of the table's first crossing in which all but the year is a total."""
    cells = table.cells
    cells = cells.filter(pc.equal(cells["crossing"], " x ".join(table.spec.crossings[0])))
    for name in table.spec.crossings[0]:
        if name != "financial_year" and name in BREAKDOWNS:
            cells = cells.filter(pc.equal(cells[name], TOTAL))
    return [
        {
            "table": table.spec.id,
            "measure": row["measure"],
            "financial_year": row["financial_year"],
            "count": row["count"],
        }
        for row in cells.to_pylist()
    ]
