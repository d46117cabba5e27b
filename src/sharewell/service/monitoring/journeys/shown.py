"""What a page shows of an area's journeys: from protected tables alone."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings

from sharewell.journeys import Terms, read_terms
from sharewell.journeys.tables import NOWHERE_YET
from sharewell.publication.flowchart import Column, Flow, flow_chart
from sharewell.publication.labels import clean, safe_for_spreadsheet
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.journeys.counting import as_print
from sharewell.service.monitoring.journeys.protecting import TOTAL, Print

NAMES = ("moves", "onward", "ends", "referrals-said", "referrals-seen", "apart")

_NOTHING = "0"


@dataclass(frozen=True)
class Shown:
    """The last tables of an area and year, by name; when they were counted, and by which terms."""

    tables: Mapping[str, Print]
    counted: datetime
    until: date
    terms: Terms


def last_shown(area: str, year: int) -> Shown | None:
    """What was counted last of an area and year; None where nothing was, or where somebody
    withdrew since, so that nobody may see it. Within a reach."""
    stored = list(
        reach.journey_tables().filter(area=area, year=year, terms=str(settings.JOURNEYS))[
            : len(NAMES)
        ]
    )
    if not stored or stored[0].withdrawn != reach.withdrawals().count():
        return None
    return Shown(
        {each.name: as_print(each) for each in stored},
        stored[0].counted,
        stored[0].until,
        read_terms(stored[0].terms),
    )


def values(table: Print, name: str) -> list[str]:
    """The categories of a breakdown, in order, without the total."""
    at = table.breakdowns.index(name)
    return [value for value in dict.fromkeys(row[at] for row in table.rows) if value != TOTAL]


def cells(table: Print) -> dict[tuple[str, ...], str]:
    """What is printed, by categories."""
    return {row[:-1]: row[-1] for row in table.rows}


def chart(shown: Shown, title: str) -> Any:
    """The flow diagram: from, to, then."""
    moves, onward = shown.tables["moves"], shown.tables["onward"]
    moved, went = cells(moves), cells(onward)
    services, then = values(moves, "from"), values(onward, "then")
    columns = [
        Column("From", {each: moved[each, TOTAL, TOTAL] for each in services}),
        Column("To", {each: moved[TOTAL, each, TOTAL] for each in services}),
        Column("Then", {each: went[TOTAL, TOTAL, each] for each in then}),
    ]
    flows = [
        [Flow(a, b, moved[a, b, TOTAL]) for a in services for b in services if a != b],
        [Flow(b, c, went[TOTAL, b, c]) for b in services for c in then if b != c],
    ]
    if all(flow.people == 0 for flow in flows[0]):
        return ""
    words = "The tables below say the same. Hatched bands are 1 to 4 people, a range or withheld."
    return flow_chart(columns, flows, title=title, words=words)


@dataclass(frozen=True)
class Table:
    """A table of a page: caption, head and rows; ``name`` of the file that it can be had as."""

    name: str
    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def moves_table(shown: Shown) -> Table:
    """Each move with the days between."""
    return _pairs_table(shown.tables["moves"], "Moves, and the days between", ("From", "To"))


def onward_table(shown: Shown) -> Table:
    """From A to B to C: where those who moved went then."""
    table = shown.tables["onward"]
    found = cells(table)
    rows = [
        (a, b, c, found[a, b, c])
        for a in values(table, "from")
        for b in values(table, "to")
        for c in values(table, "then")
        if c != NOWHERE_YET and found[a, b, c] != _NOTHING
    ]
    return Table("onward", "From A to B to C", ("From", "To", "Then", "People"), rows)


def ends_table(shown: Shown) -> Table:
    """What followed after the last contact at each service."""
    table = shown.tables["ends"]
    found, after = cells(table), values(table, "after")
    rows = [
        (name, found[service, TOTAL], *(found[service, each] for each in after))
        for service, name in _with_total(values(table, "service"), "All services")
        if found[service, TOTAL] != _NOTHING
    ]
    head = ("Service", "People", *map(_capital, after))
    return Table("ends", "After the last contact at a service", head, rows)


def said_table(shown: Shown) -> Table:
    """Referrals, and whether the record says that they arrived."""
    caption = "Referred, and arrived as recorded"
    return _pairs_table(shown.tables["referrals-said"], caption, ("From", "Referred to"))


def seen_table(shown: Shown) -> Table:
    """Referrals, and where they were seen afterwards."""
    caption = "Referred, and seen afterwards"
    return _pairs_table(shown.tables["referrals-seen"], caption, ("From", "Referred to"))


def apart_table(shown: Shown) -> Table:
    """Who could not be followed."""
    table = shown.tables["apart"]
    rows = [(_capital(why), printed) for why, printed in table.rows if why != TOTAL]
    return Table("apart", "People left out", ("Their records say that they were", "People"), rows)


def tables(shown: Shown) -> list[Table]:
    """All tables of a page, in order."""
    made = (moves_table, onward_table, ends_table, said_table, seen_table, apart_table)
    return [make(shown) for make in made]


def as_csv(table: Print, area: str, year: str) -> str:
    """A whole protected table as a file: every cell with its totals, as printed."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("area", "financial year", *table.breakdowns, "people"))
    for row in table.rows:
        writer.writerow(safe_for_spreadsheet(clean(each)) for each in (area, year, *row))
    return out.getvalue()


def _pairs_table(table: Print, caption: str, places: tuple[str, str]) -> Table:
    found, last = cells(table), table.breakdowns[2]
    each_last = values(table, last)
    rows = [
        (came, to, found[a, b, TOTAL], *(found[a, b, each] for each in each_last))
        for a, came in _with_total(values(table, "from"), "All services")
        for b, to in _with_total(values(table, "to"), "All")
        if found[a, b, TOTAL] != _NOTHING
    ]
    head = (*places, "People", *map(_capital, each_last))
    return Table(table.name, caption, head, rows)


def _with_total(each: Sequence[str], word: str) -> Iterator[tuple[str, str]]:
    for value in each:
        yield value, value
    yield TOTAL, word


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
