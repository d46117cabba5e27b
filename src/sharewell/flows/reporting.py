"""Report: tables of records that are not kept here, from a count of them to a release.

Whoever holds the records brings them as files (see `sharewell.catalogue.activity`), for one
period, and throws them away afterwards: consent may change, and then the records of somebody who
withdrew must be nowhere. They are counted, and only the counts are kept, under an entry of the
kind 'count', which no view shows. What follows is as for any release: the tables are protected,
attacked together with everything released before, repaired, proved, reviewed and recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sharewell.agreements import Agreement
from sharewell.catalogue.breakdowns import financial_year
from sharewell.catalogue.forms import forms_of
from sharewell.engine import DuckDBEngine
from sharewell.flows.asking import ask
from sharewell.flows.errors import FlowError
from sharewell.flows.home import Home
from sharewell.flows.people import Person
from sharewell.flows.preparing import prepare
from sharewell.flows.publishing import PUBLIC
from sharewell.flows.releases import CORRECTION, COUNT, Progress, no_progress
from sharewell.flows.supplying import (
    chosen_tables,
    described,
    supply_requests,
    the_flow,
    write_counted,
)
from sharewell.flows.tables import specify
from sharewell.ledger import Entry
from sharewell.linkage import Correction
from sharewell.tabulation import TableSpec, tabulate


def report(
    home: Home,
    person: Person,
    agreement: Agreement,
    *,
    sources: Sequence[Path],
    first: date,
    last: date,
    on: date,
    request: str,
    audience: str = PUBLIC,
    tables: Sequence[str] = (),
    synthetic: bool = False,
    progress: Progress = no_progress,
) -> Entry:
    """Counts the tables for the period and prepares their release, which waits for its reviews.

    ``sources`` are Parquet files of the dataset's records; ``first`` and ``last``, both included,
    bound the period of which people are counted once. ``request`` names what this is for: asked
    again after work was killed, it gives what was done and goes on from there. Returns the entry
    of the kind 'prepared' (see `preparing.prepare`). Raises Refused, NotPermitted or FlowError.
    """
    counted = count_records(
        home,
        person,
        agreement,
        sources=sources,
        first=first,
        last=last,
        on=on,
        request=request,
        tables=tables,
        synthetic=synthetic,
        progress=progress,
    )
    return prepare(
        home,
        person,
        agreement,
        on=on,
        request=request,
        audience=audience,
        tables=tables,
        counted_in=counted,
        progress=progress,
    )


def count_records(
    home: Home,
    person: Person,
    agreement: Agreement,
    *,
    sources: Sequence[Path],
    first: date,
    last: date,
    on: date,
    request: str,
    tables: Sequence[str] = (),
    synthetic: bool = False,
    correction: Correction | None = None,
    progress: Progress = no_progress,
) -> Entry:
    """Counts the tables (all that the agreement lets be counted, or those named) and keeps the
    counts, and nothing of the records. The same entry again for the same ``request``.

    ``correction`` is how many people those that are counted stand for; it goes with the release.
    Raises Refused, NotPermitted, or FlowError for a period that is not over and for files that
    are not records of the dataset.
    """
    for entry in home.ledger.entries(kind=COUNT, where={"request": request}):
        return entry
    flow = the_flow(agreement, "supply", None)
    specs = [
        replace(specify(table, last), first=first, last=last)
        for table in chosen_tables(agreement, flow, tables)
    ]
    _check_period(first, last, on)
    dataset = _one_dataset(specs)
    decisions = ask(home, person, COUNT, agreement, supply_requests(specs, on, person, flow.to[0]))
    _check_files(sources, dataset)
    with home.staging() as staging:
        with DuckDBEngine(temp_directory=staging) as engine:
            counted = tabulate(
                engine,
                specs,
                {dataset: sources},
                progress=lambda done: progress("Counting", done),
            )
        write_counted(staging, counted)
        body: dict[str, Any] = {
            "request": request,
            "agreement": agreement.name,
            "reference": agreement.reference,
            "on": on.isoformat(),
            "clause": flow.id,
            "decisions": [decision.as_dict() for decision in decisions],
            "unsuppressed": True,
            "synthetic": synthetic,
            "provisional_from": None,
            **({CORRECTION: correction.facts()} if correction else {}),
            "inputs": [],
            "editions": _editions(dataset, first, last, sources),
            "tables": [described(table) for table in counted],
        }
        with home.ledger.transaction() as transaction:
            files = [
                home.files.put_file(f"counts/{path.name}", path)
                for path in sorted((staging / "counts").iterdir())
            ]
            transaction.wait_turn()
            for entry in home.ledger.entries(kind=COUNT, where={"request": request}):
                return entry  # another process did it meanwhile
            return transaction.append(COUNT, actor=person.as_actor(), body=body, files=files)


def _check_period(first: date, last: date, on: date) -> None:
    if first > last:
        raise FlowError(
            f"The period starts on {first} and ends before, on {last}. Turn them round."
        )
    if last > on:
        raise FlowError(
            f"The period ends on {last}, and today is {on}: what is not over cannot be counted. "
            "Choose a period that is."
        )


def _one_dataset(specs: Sequence[TableSpec]) -> str:
    datasets = sorted({spec.dataset for spec in specs})
    if len(datasets) != 1 or forms_of(datasets[0])[0].kept:
        raise FlowError(
            f"These tables are of {', '.join(datasets)}. A report is of one dataset whose records "
            "are not kept in the vault."
        )
    return datasets[0]


def _check_files(sources: Sequence[Path], dataset: str) -> None:
    """FlowError unless each file is Parquet with the columns of the dataset's records."""
    schema = forms_of(dataset)[0].schema
    for path in sources:
        try:
            found = pq.read_schema(path)
        except (OSError, pa.ArrowException) as error:
            raise FlowError(
                f"{path.name} is not a Parquet file that can be read. Export the records again."
            ) from error
        for field in schema:
            if field.name not in found.names:
                raise FlowError(
                    f"{path.name} has no column '{field.name}'. Write the columns of "
                    "sharewell.catalogue.activity."
                )
            kind = found.field(field.name).type
            if kind != field.type:
                raise FlowError(
                    f"{path.name}, column '{field.name}': it is {kind} and must be {field.type}."
                )
        if extra := [name for name in found.names if name not in schema.names]:
            raise FlowError(
                f"{path.name} has the columns {', '.join(extra)}, which no table needs. Leave "
                "them out, so that nothing more about people is handed on than is counted."
            )


def _editions(
    dataset: str, first: date, last: date, sources: Sequence[Path]
) -> list[list[str | int]]:
    """Which data were counted: for each financial year, a text that is the same for the same
    files."""
    digests = []
    for path in sources:
        with path.open("rb") as file:
            digests.append(file_digest(file, "sha256").hexdigest())
    text = sha256("".join(sorted(digests)).encode()).hexdigest()[:16]
    years = range(financial_year(first), financial_year(last) + 1)
    return [[dataset, year, text] for year in years]
