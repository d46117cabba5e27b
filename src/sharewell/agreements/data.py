"""Checks of what is asked for: dataset, period, columns, table, measures and breakdowns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sharewell.agreements.findings import (
    FLOW_ACTS,
    Finding,
    among,
    least_refused,
    listed,
    outside,
    refuse,
)
from sharewell.agreements.model import Agreement, Clause, Dataset, Table, Withheld
from sharewell.agreements.request import Request


def check_dataset(agreement: Agreement, request: Request) -> Iterator[Finding]:
    """The dataset is part of the agreement, and the data asked for lie within it."""
    table = agreement.table(request.table) if request.table else None
    name = request.dataset or (table.dataset if table else None)
    held = [d for d in agreement.datasets if name is None or d.dataset == name]
    if not held:
        yield refuse(
            agreement.scope,
            f"The agreement does not cover the dataset {name}.",
            f"Ask for one of: {listed(d.dataset for d in agreement.datasets)}.",
        )
        return
    yield from least_refused(held, lambda dataset: _judge_dataset(dataset, request))[0]


def _judge_dataset(dataset: Dataset, request: Request) -> Iterator[Finding]:
    if outside(request, dataset.first, dataset.last):
        yield refuse(
            dataset,
            f"It covers data from {dataset.first} to {dataset.last or 'the latest'}.",
            "Ask for data within that period, or amend the agreement.",
        )
    if not request.columns:
        return
    if dataset.level == "aggregated":
        yield refuse(
            dataset,
            "It covers aggregated counts, which have breakdowns and no columns of records.",
            "Ask for a table and its breakdowns.",
        )
        return
    forbidden = _columns_in(request.columns, dataset.withheld.columns if dataset.withheld else ())
    if dataset.withheld and forbidden:
        yield refuse(
            dataset.withheld,
            f"It keeps back {listed(forbidden)}.",
            f"Ask without {listed(forbidden)}.",
        )
    known = _columns_in(request.columns, dataset.columns)
    if unknown := [c for c in request.columns if c not in known and c not in forbidden]:
        yield refuse(
            dataset,
            f"It does not hold {listed(unknown)}.",
            f"Ask for some of: {listed(dataset.columns)}.",
        )


def _columns_in(asked: Iterable[str], columns: Iterable[str]) -> list[str]:
    """Those of the asked columns that are among ``columns``; DIAGNOSIS_CODE_2 is DIAGNOSIS_CODE."""
    bases = [_base(column) for column in columns]
    return [column for column in asked if among(_base(column), bases)]


def _base(column: str) -> str:
    return re.sub(r"_\d{1,2}$", "", column.strip())


def check_table(agreement: Agreement, request: Request) -> Iterator[Finding]:
    """Outside a flow, too, a table is one that the agreement names, and holds what is asked."""
    if request.act not in FLOW_ACTS:
        yield from judge_tables(agreement.scope, agreement.tables, request)


def judge_tables(
    carrier: Clause,
    tables: Iterable[Table],
    request: Request,
    withheld: Withheld | None = None,
) -> Iterator[Finding]:
    """What stands against the request when ``carrier`` offers ``tables``, some breakdowns withheld.

    One table must hold all that is asked.
    """
    offered = list(tables)
    named = [table for table in offered if request.table in (None, table.id)]
    if request.table and not named:
        yield refuse(
            carrier,
            f"It carries no table called {request.table}.",
            f"Ask for one of: {listed(table.id for table in offered)}."
            if offered
            else "Amend the agreement with the table; it names none.",
        )
    elif named:
        if withheld and (kept := set(request.breakdowns) & set(withheld.breakdowns)):
            yield refuse(withheld, f"It keeps back {listed(kept)}.", f"Ask without {listed(kept)}.")
        yield from least_refused(named, lambda table: _judge_table(table, request, withheld))[0]
    elif request.breakdowns or request.measures:
        yield refuse(
            carrier,
            f"It names no table, so none with {listed(request.breakdowns + request.measures)}.",
            "Amend the agreement with the table.",
        )


def _judge_table(table: Table, request: Request, withheld: Withheld | None) -> Iterator[Finding]:
    if request.dataset and request.dataset != table.dataset:
        yield refuse(table, f"It counts {table.dataset}.", f"Ask for the dataset {table.dataset}.")
    if missing := set(request.measures) - set(table.measures):
        yield refuse(
            table, f"It does not count {listed(missing)}.", f"Ask for {listed(table.measures)}."
        )
    if outside(request, table.first, table.last):
        yield refuse(
            table,
            f"It covers data from {table.first} to {table.last or 'the latest'}.",
            "Ask for data within that period.",
        )
    kept = set(withheld.breakdowns) if withheld else set()
    left = set(request.breakdowns) - kept
    if not any(left <= set(crossing) for crossing in table.crossings):
        offered = listed(
            " x ".join(sorted(crossing)) for crossing in table.crossings if not kept & set(crossing)
        )
        yield refuse(
            table,
            f"It does not split by {' x '.join(sorted(left))}.",
            f"Ask for one of: {offered}.",
        )
