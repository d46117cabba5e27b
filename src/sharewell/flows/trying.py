"""Try a release before it is made, and plan those after it: nothing leaves.

Each trial runs the whole defence. A later one takes those before it to be out, so that the answer
to "may I publish by local authority as well, without losing the monthly table?" is what the second
would have to withhold, while the first stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date

from sharewell.agreements import Agreement
from sharewell.disclosure.coordinates import Shown
from sharewell.flows.access import Access, record_access
from sharewell.flows.defending import Defence, treatments
from sharewell.flows.errors import FlowError
from sharewell.flows.home import Home
from sharewell.flows.people import Person
from sharewell.flows.publishing import PUBLIC, counted_tables, defended, permitted
from sharewell.flows.releases import Progress, no_progress


@dataclass(frozen=True)
class TriedTable:
    """A table as it would leave: its cells by treatment, and how many repair would withhold."""

    id: str
    title: str
    cells: int
    treatments: dict[str, int]
    withheld_by_repair: int


@dataclass(frozen=True)
class Trial:
    """What would happen: the tables, how many small numbers a reader would have known without
    repair, how many earlier releases give away already, and what it was attacked with.
    ``why_not`` says why it cannot be made safe, where it cannot."""

    tables: tuple[TriedTable, ...]
    exposed: int
    already_known: int
    compared_with: tuple[str, ...]
    why_not: str = ""

    def as_dict(self) -> dict[str, object]:
        """Plain values."""
        return asdict(self)


def try_publishing(
    home: Home,
    person: Person,
    agreement: Agreement,
    *,
    on: date,
    audience: str = PUBLIC,
    tables: Sequence[str] = (),
    then: Sequence[str] = (),
    combined: bool = False,
    progress: Progress = no_progress,
) -> tuple[Trial, ...]:
    """Tries to publish ``tables`` (all that the flow carries, without names), and after them each
    table of ``then``. The ledger records that somebody tried.

    Raises Refused, NotPermitted, or FlowError when there is nothing to publish yet.
    """
    permit = permitted(home, person, agreement, on=on, audience=audience, tables=(*tables, *then))
    carried = tables or [name for name in permit.flow.tables if name not in then]
    found: list[Trial] = []
    out: tuple[Shown, ...] = ()
    for names in (carried, *([name] for name in then)):
        counted, sources = counted_tables(home, agreement, names, names, combined)
        try:
            defence = defended(home, counted, sources, permit.output, progress, also=out)
        except FlowError as error:
            found.append(Trial((), 0, 0, (), str(error)))
            continue
        found.append(_trial(defence))
        out += tuple(
            replace(shown, table=table, released=True)
            for shown, table in zip(defence.new, defence.tables, strict=True)
        )
    what = f"Tried to {permit.act} {', '.join((*carried, *then))} to {permit.audience}."
    record_access(
        home, person, "preview", Access(what=what, agreement=agreement.name, clause=permit.flow.id)
    )
    return tuple(found)


def _trial(defence: Defence) -> Trial:
    done = defence.done
    return Trial(
        tables=tuple(
            TriedTable(
                table.id, table.title, table.cells.num_rows, treatments(table), int(rows.sum())
            )
            for table, rows in zip(done.tables, done.withheld, strict=True)
        ),
        exposed=len(done.exposed),
        already_known=len(done.already),
        compared_with=tuple(sorted({shown.title for shown in defence.known.tables})),
    )
