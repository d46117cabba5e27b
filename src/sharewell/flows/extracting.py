"""Extract: the part of a supply that one processor may have, encrypted to that processor's key."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from sharewell.agreements import Agreement, Request
from sharewell.agreements.model import Flow
from sharewell.catalogue.breakdowns import TOTAL
from sharewell.flows.asking import ask
from sharewell.flows.errors import FlowError
from sharewell.flows.home import Home
from sharewell.flows.notes import LABELS, notes_for
from sharewell.flows.people import Person, Recipient
from sharewell.flows.releases import Progress, Release, latest_release, make_release, no_progress
from sharewell.flows.supplying import chosen_tables, described, read_counted, the_flow
from sharewell.publication import UnsuppressedTable, encrypt_directory, write_unsuppressed
from sharewell.tabulation import CountedTable, TableSpec, select


def extract(
    home: Home,
    person: Person,
    agreement: Agreement,
    *,
    to: str,
    on: date,
    tables: Sequence[str] = (),
    breakdowns: Sequence[str] = (),
    first: date | None = None,
    progress: Progress = no_progress,
) -> Release:
    """Passes on exactly what the agreement lets the recipient have, from the latest supply.

    Without ``tables`` and ``breakdowns``: all that the flow carries. With them: just that, or a
    refusal. Raises Refused, NotPermitted, or FlowError when there is no supply or no key.
    """
    flow, recipient = _flow_and_recipient(
        home, person, agreement, to, on, tables, breakdowns, first
    )
    wanted = chosen_tables(agreement, flow, tables)
    withheld = flow.withheld.breakdowns if flow.withheld else ()
    supplies = {table.id: latest_release(home, "supply", agreement, table.id) for table in wanted}
    kept: list[CountedTable] = []
    for table in wanted:
        progress("Selecting", len(kept) / len(wanted))
        whole = read_counted(home, supplies[table.id], agreement, table.id)
        since = max(d for d in (flow.since, first, whole.spec.first) if d)
        crossings = _asked_for(whole, breakdowns)
        kept.append(select(whole, without=withheld, first=since, crossings=crossings))
    decisions = ask(
        home,
        person,
        "extract",
        agreement,
        [request for part in kept for request in _requests(person, recipient, part.spec, on)],
    )
    for part in kept:
        check_withheld(part, withheld, flow.since)

    def work(directory: Path, release_id: str) -> Mapping[str, Any]:
        plain = directory / "plain"
        plain.mkdir()
        notes = notes_for(
            agreement,
            flow,
            release_id,
            [part.spec for part in kept],
            on,
            released_by=person.organisation,
            released_to=recipient.short,
            source="Supplies under the same agreement",
            summary="Counts with small numbers, for the recipient named here and nobody else.",
            clauses=[flow.withheld] if flow.withheld else [],
            synthetic=any(entry.body["synthetic"] for entry in supplies.values()),
        )
        write_unsuppressed(
            plain,
            notes,
            [UnsuppressedTable(part.spec.id, part.spec.title, part.cells) for part in kept],
            LABELS,
        )
        progress("Encrypting", 0.5)
        try:
            encrypt_directory(plain, [recipient.age], directory / f"{release_id}.tar.age")
        except ValueError as error:
            raise FlowError(f"The key of {recipient.short} in people.yaml: {error}") from None
        shutil.rmtree(plain)
        return {
            "clause": flow.id,
            "unsuppressed": True,
            "encrypted_to": recipient.age,
            "withheld": list(withheld),
            "since": flow.since.isoformat() if flow.since else None,
            "synthetic": any(entry.body["synthetic"] for entry in supplies.values()),
            "inputs": sorted({entry.seq for entry in supplies.values()}),
            "tables": [described(part) for part in kept],
        }

    return make_release(home, person, "extract", agreement, recipient.short, on, decisions, work)


def check_withheld(part: CountedTable, withheld: Sequence[str], since: date | None) -> None:
    """A second look at the very cells that would leave; FlowError if one should not.

    It reads the cells and not the specification, so that a fault in selecting shows.
    """
    cells = part.cells
    leaked = [
        name
        for name in withheld
        if name in cells.column_names and cells.column(name).null_count < cells.num_rows
    ]
    times = [name for name in ("financial_year", "month") if name in cells.column_names]
    periods = cells.group_by(times).aggregate([]).to_pylist() if times else [{}]
    early = since is not None and any(_begins(period) < since for period in periods)
    if leaked or early:
        what = f"the breakdowns {', '.join(leaked)}" if leaked else f"data from before {since}"
        raise FlowError(
            f"The extract of {part.spec.id} would have held {what}. Nothing left. This is a fault "
            "in Sharewell: please report it."
        )


def _begins(period: Mapping[str, str | None]) -> date:
    """The first day that a cell of this period can count; the beginning of time if it has none."""
    month, year = period.get("month"), period.get("financial_year")
    if month and month != TOTAL:
        return date.fromisoformat(f"{month}-01")
    return date(int(year), 4, 1) if year and year != TOTAL else date.min


def _flow_and_recipient(
    home: Home,
    person: Person,
    agreement: Agreement,
    to: str,
    on: date,
    tables: Sequence[str],
    breakdowns: Sequence[str],
    first: date | None,
) -> tuple[Flow, Recipient]:
    """The flow to this recipient, once the agreement has been asked just as the person asked."""
    ask(
        home,
        person,
        "extract",
        agreement,
        [
            Request(
                act="extract",
                on=on,
                by=person.organisation,
                to=to,
                table=table,
                breakdowns=tuple(breakdowns),
                first=first,
                unsuppressed=True,
            )
            for table in (tables or (None,))
        ],
    )
    return the_flow(agreement, "extract", to), home.directory.recipient(to)


def _asked_for(
    whole: CountedTable, breakdowns: Sequence[str]
) -> tuple[tuple[str, ...], ...] | None:
    if not breakdowns:
        return None
    return tuple(c for c in whole.spec.crossings if set(breakdowns) <= set(c))


def _requests(person: Person, recipient: Recipient, spec: TableSpec, on: date) -> list[Request]:
    return [
        Request(
            act="extract",
            on=on,
            by=person.organisation,
            to=recipient.short,
            dataset=spec.dataset,
            table=spec.id,
            measures=spec.measures,
            breakdowns=crossing,
            first=spec.first,
            last=spec.last,
            territory=recipient.territory,
            storage=recipient.storage,
            unsuppressed=True,
        )
        for crossing in spec.crossings
    ]
