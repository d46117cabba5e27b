"""Making a release: files, a ledger entry and a view of them, whole or not at all.

The order makes a crash harmless. Files go into the store first, where nothing refers to them
yet; then one transaction writes the entry, which makes the release; then the view is linked,
which `open_home` does again if the process was killed before it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sharewell.agreements import Agreement, Decision
from sharewell.flows.errors import FlowError
from sharewell.flows.home import Home, make_view
from sharewell.flows.people import Person
from sharewell.ledger import Entry

PREPARED = "prepared"
"""The kind of an entry whose files wait for their reviews."""

COUNT = "count"
"""The kind of an entry that holds counts of records that are not kept: see `reporting`."""

CORRECTION = "correction"
"""In the body of a count and of its releases: how many people those that are counted stand for."""

Progress = Callable[[str, float], None]
"""Called with what is being done and how far it is, from 0 to 1."""


def no_progress(stage: str, fraction: float) -> None:
    """Says nothing."""


@dataclass(frozen=True)
class Release:
    """What left, where to look at it, and the entry that proves it."""

    id: str
    act: str
    agreement: str
    directory: Path
    entry: Entry


def new_release_id(act: str, agreement: Agreement, to: str, on: date) -> str:
    """A readable id that no other release has."""
    number = agreement.reference.split("-")[2]
    who = "-".join(to.lower().split())
    return f"{on:%Y%m%d}-{act}-{number}-{who}-{secrets.token_hex(3)}"


def make_release(
    home: Home,
    person: Person,
    act: str,
    agreement: Agreement,
    to: str,
    on: date,
    decisions: Iterable[Decision],
    work: Callable[[Path, str], Mapping[str, Any]],
    last_look: Callable[[], None] = lambda: None,
) -> Release:
    """Runs ``work(directory, release id)``, which writes the files and returns what to record.

    ``last_look`` is called when nobody else can append any more, just before the entry is: what
    it raises stops the release. `Home.guard` is asked before it, while others still can.

    In a home that holds it for a request, the entry is of the kind 'prepared' and nothing is
    shown: see `preparing`.
    """
    held = home.held_for
    release_id = new_release_id(act, agreement, to, on)
    with home.staging() as staging:
        details = work(staging, release_id)
        with home.guard(), home.ledger.transaction() as transaction:
            files = [
                home.files.put_file(str(path.relative_to(staging)), path)
                for path in sorted(staging.rglob("*"))
                if path.is_file()
            ]
            transaction.wait_turn()
            last_look()
            entry = transaction.append(
                kind=act if held is None else PREPARED,
                actor=person.as_actor(),
                body={
                    **({} if held is None else {"act": act, "request": held}),
                    "release": release_id,
                    "agreement": agreement.name,
                    "reference": agreement.reference,
                    "to": to,
                    "on": on.isoformat(),
                    "decisions": [decision.as_dict() for decision in decisions],
                    **details,
                },
                files=files,
            )
    if held is None:
        make_view(home, home.releases / release_id, entry)
    return Release(release_id, act, agreement.name, home.releases / release_id, entry)


def latest_release(home: Home, act: str, agreement: Agreement, table: str | None = None) -> Entry:
    """The newest release of this kind under any version of the agreement, holding the table.

    FlowError says which command makes one.
    """
    found: Entry | None = None
    for entry in home.ledger.entries(kind=act, where={"reference": agreement.reference}):
        if table is None or table in [t["id"] for t in entry.body["tables"]]:
            found = entry
    if found is None:
        what = f"the table {table}" if table else "anything"
        if act == COUNT:
            raise FlowError(
                f"Nobody has counted {what} under {agreement.reference}. Make a report first."
            )
        raise FlowError(
            f"No {act} of {what} under {agreement.reference} is in the ledger. "
            f"Run 'sharewell {act} --agreement {agreement.reference}' first."
        )
    return found
