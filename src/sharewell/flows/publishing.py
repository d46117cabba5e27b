"""Publish: protected figures, to the public or to an audience that the agreement names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sharewell.agreements import Agreement, Decision, Request
from sharewell.agreements.model import Flow, Output
from sharewell.catalogue.breakdowns import BREAKDOWNS
from sharewell.catalogue.datasets import dataset as find_dataset
from sharewell.catalogue.forms import forms_of
from sharewell.catalogue.measures import MEASURES
from sharewell.disclosure import (
    REPAIR,
    WELSH_AREAS,
    ExtraRule,
    PublishedTable,
    check,
    protect,
    rule,
)
from sharewell.disclosure.coordinates import Shown
from sharewell.flows.asking import ask
from sharewell.flows.defending import (
    Defence,
    defend_tables,
    ledger_facts,
    make_proof,
    record,
    treatments,
    write_inside,
)
from sharewell.flows.errors import FlowError
from sharewell.flows.home import Home
from sharewell.flows.known import known_releases
from sharewell.flows.notes import AUDIENCES, LABELS, notes_for
from sharewell.flows.people import Person
from sharewell.flows.releases import (
    CORRECTION,
    COUNT,
    Progress,
    Release,
    latest_release,
    make_release,
    no_progress,
)
from sharewell.flows.supplying import described, read_counted, the_flow
from sharewell.ledger import Entry
from sharewell.linkage import Correction
from sharewell.publication import RuleNote, write_release
from sharewell.tabulation import CountedTable

KINDS: Mapping[str, str] = {name: each.kind for name, each in BREAKDOWNS.items()}
THINGS = frozenset(name for name, measure in MEASURES.items() if measure.things)
PUBLIC = "public"
REPAIRED = (
    "Further figures are withheld, because a reader could have worked out a small number from "
    "them by adding and subtracting: within these tables, or together with tables released "
    "before. Most of them are not small themselves.",
    "Every small number was then attacked: at least three counts stay possible for each.",
)


def publish(
    home: Home,
    person: Person,
    agreement: Agreement,
    *,
    on: date,
    audience: str = PUBLIC,
    tables: Sequence[str] = (),
    combined: bool = False,
    counted_in: Entry | None = None,
    progress: Progress = no_progress,
) -> Release:
    """Protects the latest supplied (or combined) tables and releases them to an audience.

    ``counted_in`` names the count to take them from, where records are not kept (see `reporting`).
    Raises Refused, NotPermitted, or FlowError when there is nothing to publish yet.
    """
    permit = permitted(home, person, agreement, on=on, audience=audience, tables=tables)
    act, audience, output, flow = permit.act, permit.audience, permit.output, permit.flow
    counted, sources = counted_tables(home, agreement, flow.tables, tables, combined, counted_in)
    defence = defended(home, counted, sources, output, progress)
    protected = defence.tables
    title = _title(counted, agreement)
    corrections = [entry.body[CORRECTION] for entry in sources if CORRECTION in entry.body]
    progress("Proving", 0.0)
    proof = make_proof(defence)

    def work(directory: Path, release_id: str) -> Mapping[str, Any]:
        notes = notes_for(
            agreement,
            flow,
            release_id,
            [table.spec for table in counted],
            on,
            released_by=person.organisation,
            released_to=AUDIENCES.get(audience, audience.capitalize()),
            source=_source(agreement, counted),
            title=title,
            summary=(
                f"{_listed([table.spec.title for table in counted])}. Small numbers are "
                "protected by the rules named below."
            ),
            provisional_from=_provisional_from(sources),
            rules=_rule_notes(protected, output),
            clauses=[output, *output.extra],
            caveats=[Correction.from_facts(facts).words for facts in corrections],
            synthetic=any(entry.body["synthetic"] for entry in sources),
        )
        progress("Writing files", 0.1)
        write_release(directory, notes, protected, LABELS, record=record(defence, proof))
        write_inside(home, directory, defence, proof, title)
        return {
            "clause": flow.id,
            "unsuppressed": False,
            "synthetic": any(entry.body["synthetic"] for entry in sources),
            "inputs": sorted({entry.seq for entry in sources}),
            "tables": [described(table) for table in counted],
            **({CORRECTION: corrections[0]} if len(corrections) == 1 else {}),
            "protection": [
                {"table": table.id, "rules": list(table.rules), "cells": treatments(table)}
                for table in protected
            ],
            "disclosure": ledger_facts(defence, proof),
        }

    def last_look() -> None:
        if known_releases(home, defence.new).entries != defence.known.entries:
            raise FlowError(
                "Nothing left: while these tables were attacked, others that count the same data "
                "came out. Publish again, and they are taken into account."
            )

    return make_release(
        home, person, act, agreement, audience, on, permit.decisions, work, last_look=last_look
    )


@dataclass(frozen=True)
class Permit:
    """What the agreement allowed: the act, to whom, under which clauses, by which decisions."""

    act: str
    audience: str
    output: Output
    flow: Flow
    decisions: tuple[Decision, ...]


def permitted(
    home: Home,
    person: Person,
    agreement: Agreement,
    *,
    on: date,
    audience: str,
    tables: Sequence[str],
) -> Permit:
    """Asks the agreement whether the tables may go to the audience. Raises Refused or
    NotPermitted."""
    audience = audience.casefold()
    act = "publish" if audience == PUBLIC else "share"
    output = _output(agreement, audience)
    requests = [
        Request(
            act=act,
            on=on,
            by=person.organisation,
            to=audience,
            audience=audience,
            table=name,
            rule=output.disclosure_rule if output else None,
            unsuppressed=False,
        )
        for name in (tables or (None,))
    ]
    decisions = ask(home, person, act, agreement, requests)
    assert output is not None  # noqa: S101 - an audience without an output clause was refused
    return Permit(act, audience, output, the_flow(agreement, act, audience), decisions)


def defended(
    home: Home,
    counted: Sequence[CountedTable],
    sources: Sequence[Entry],
    output: Output,
    progress: Progress,
    also: Sequence[Shown] = (),
) -> Defence:
    """The tables under the clause's rules, attacked beside everything released and what is
    ``also`` out, and repaired. Raises FlowError as `defend_tables` does."""
    protected: list[PublishedTable] = []
    for table in counted:
        progress("Protecting", len(protected) / len(counted))
        protected.append(protect_table(table, output))
    progress("Protecting", 1.0)
    by_rule = rule(output.disclosure_rule)
    return defend_tables(home, counted, protected, sources, by_rule, progress, also)


def protect_table(table: CountedTable, output: Output) -> PublishedTable:
    """The table under the output clause's rules; FlowError if the result breaks one."""
    how: dict[str, Any] = {
        "breakdown_kinds": {k: v for k, v in KINDS.items() if k in table.cells.column_names},
        "rule": rule(output.disclosure_rule),
        "overrides": WELSH_AREAS,
        "extra": [
            ExtraRule(extra.id, extra.words, extra.geography, extra.split_by)
            for extra in output.extra
        ],
        "exempt_measures": THINGS,
    }
    published = protect(table.cells, id=table.spec.id, title=table.spec.title, **how)
    if problems := check(published, **how):
        raise FlowError(
            f"The table {table.spec.id} does not obey its rule: {problems[0]} Nothing left. This "
            "is a fault in Sharewell: please report it."
        )
    return published


def _output(agreement: Agreement, audience: str) -> Output | None:
    return next(
        (
            output
            for output in agreement.outputs
            if audience.casefold() in (name.casefold() for name in output.audiences)
        ),
        None,
    )


def counted_tables(
    home: Home,
    agreement: Agreement,
    carried: Sequence[str],
    names: Sequence[str],
    combined: bool,
    counted_in: Entry | None = None,
) -> tuple[list[CountedTable], list[Entry]]:
    """The tables named, or all that the flow carries, from the latest supply (or combination)
    of each; where records are not kept, all from one count. FlowError when there is none."""
    kind = "combine" if combined else "supply"
    if combined and not names:
        covered = {name for clause in agreement.combinations for name in clause.tables}
        names = [name for name in carried if name in covered]
        if not names:
            raise FlowError(f"No table of {agreement.name} may be combined and published.")
    wanted = names or carried
    if counted_in is not None or not _kept(agreement, wanted):
        entry = counted_in or latest_release(home, COUNT, agreement, wanted[0])
        held = {table["id"] for table in entry.body["tables"]}
        wanted = [name for name in wanted if names or name in held]
        missing = [name for name in wanted if name not in held]
        if missing or not wanted:
            what = ", ".join(missing) or "any of the tables"
            raise FlowError(f"The count {entry.seq} does not hold {what}. Count them together.")
        tables = [read_counted(home, entry, agreement, name) for name in wanted]
        return tables, [entry] * len(tables)
    sources = [latest_release(home, kind, agreement, name) for name in wanted]
    tables = [
        read_counted(home, entry, agreement, name)
        for name, entry in zip(wanted, sources, strict=True)
    ]
    return tables, sources


def _kept(agreement: Agreement, names: Sequence[str]) -> bool:
    """Whether the records of these tables are kept in the vault."""
    tables = [table for name in names if (table := agreement.table(name))]
    return all(form.kept for table in tables for form in forms_of(table.dataset))


def _provisional_from(sources: Sequence[Entry]) -> date | None:
    days = [entry.body.get("provisional_from") for entry in sources]
    known = [date.fromisoformat(day) for day in days if day]
    return min(known) if known else None


def _rule_notes(protected: Sequence[PublishedTable], output: Output) -> list[RuleNote]:
    notes = []
    extras = {extra.id: extra for extra in output.extra}
    for name in dict.fromkeys(name for table in protected for name in table.rules):
        if name == REPAIR:
            notes.append(RuleNote(name, "Withheld so that nothing can be worked out", REPAIRED))
        elif name in extras:
            notes.append(RuleNote(name, "Withheld under the agreement", (extras[name].words,)))
        else:
            declared = rule(name)
            notes.append(RuleNote(name, declared.title, declared.words(), declared.source))
    return notes


def _title(counted: Sequence[CountedTable], agreement: Agreement) -> str:
    return counted[0].spec.title if len(counted) == 1 else agreement.title


def _source(agreement: Agreement, counted: Sequence[CountedTable]) -> str:
    titles = {dataset.dataset: dataset.title for dataset in agreement.datasets}
    names = {name for table in counted for name in table.spec.dataset.split("+")}
    return _listed([titles.get(name) or find_dataset(name).title for name in sorted(names)])


def _listed(names: Sequence[str]) -> str:
    """'A', 'A and B', 'A, B and C'."""
    different = list(dict.fromkeys(names))
    head, last = ", ".join(different[:-1]), different[-1]
    return f"{head} and {last}" if head else last
