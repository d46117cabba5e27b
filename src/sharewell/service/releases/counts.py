"""Which counts a release is made from, where somebody names them."""

from __future__ import annotations

from datetime import date

from sharewell.agreements import Agreement
from sharewell.flows.releases import COUNT
from sharewell.ledger import Entry
from sharewell.service.home import home


def counts_at(agreement: Agreement, source: int) -> Entry | None:
    """The counts at this place of the ledger, made under any version of the agreement; None where
    there are none."""
    entry = next(home().ledger.entries(after=source - 1), None)
    if entry is None or entry.seq != source or entry.kind != COUNT:
        return None
    return entry if entry.body["reference"] == agreement.reference else None


def in_words(counts: Entry) -> str:
    """What was counted, and when."""
    first, last = (
        choose(date.fromisoformat(table[name]) for table in counts.body["tables"])
        for choose, name in ((min, "first"), (max, "last"))
    )
    on = date.fromisoformat(counts.body["on"])
    return f"Of {_day(first)} to {_day(last)}, counted on {_day(on)}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
