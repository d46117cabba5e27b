"""What a type cannot say: names that must exist, dates that must agree, ids that must differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from sharewell.agreements.model import Agreement, Table, located_clauses

Path_ = tuple[str | int, ...]
Wrong = tuple[Path_, str, str]


def check_references(agreement: Agreement) -> Iterator[Wrong]:
    """Yields (path, message, remedy) for everything in the agreement that does not hold."""
    yield from _ids(agreement)
    yield from _dates(agreement)
    yield from _parties(agreement)
    yield from _datasets(agreement)
    yield from _tables(agreement)
    yield from _flows(agreement)
    yield from _combinations(agreement)


def _unknown(path: Path_, what: str, name: str, known: Iterable[str]) -> Iterator[Wrong]:
    """The problem of a name that must be one of ``known`` and is not."""
    known = sorted(known)
    if name not in known:
        yield (
            path,
            f"There is no {what} called '{name}'.",
            f"Use one of: {', '.join(known) or 'none is declared'}.",
        )


def _ids(agreement: Agreement) -> Iterator[Wrong]:
    documents = {document.id for document in agreement.documents}
    seen: set[str] = set()
    for path, clause in located_clauses(agreement):
        if clause.id in seen:
            yield (*path, "id"), f"Two clauses are called '{clause.id}'.", "Rename one of them."
        seen.add(clause.id)
        yield from _unknown((*path, "source"), "document", clause.source.split(" / ")[0], documents)


def _dates(agreement: Agreement) -> Iterator[Wrong]:
    periods: list[tuple[Path_, date, date | None]] = [
        (("term", "last"), agreement.term.first, agreement.term.last)
    ]
    for section in ("datasets", "tables"):
        for index, part in enumerate(getattr(agreement, section)):
            periods.append(((section, index, "last"), part.first, part.last))
    for path, first, last in periods:
        if last and last < first:
            yield path, f"It ends ({last}) before it starts ({first}).", "Correct the dates."
    starts = {dataset.dataset: dataset.first for dataset in agreement.datasets}
    for index, table in enumerate(agreement.tables):
        if table.dataset in starts and table.first < starts[table.dataset]:
            yield (
                ("tables", index, "first"),
                f"It starts before the data that the agreement covers ({starts[table.dataset]}).",
                "Start it later, or widen the dataset's period.",
            )


def _parties(agreement: Agreement) -> Iterator[Wrong]:
    called: set[str] = set()
    for index, party in enumerate(agreement.organisations):
        names = {party.short.casefold(), party.name.casefold()}
        if names & called:
            yield (
                ("organisations", index, "name"),
                f"Another party is called '{party.short}' or '{party.name}' too.",
                "Give every party names of its own.",
            )
        called |= names
    parties = {party.short for party in agreement.organisations}
    for path, name in _named_parties(agreement):
        yield from _unknown(path, "party", name, parties)


def _named_parties(agreement: Agreement) -> Iterator[tuple[Path_, str]]:
    """Every place where the file names a party, and the name."""
    single = (("storage", "organisation"), ("access", "organisation"), ("duties", "party"))
    several = (("storage", "cloud"), ("purposes", "limited_to"), ("prohibitions", "limited_to"))
    for section, field in (*single, ("flows", "by"), ("organisations", "engaged_by")):
        for index, part in enumerate(getattr(agreement, section)):
            if name := getattr(part, field):
                yield (section, index, field), name
    for section, field in several:
        for index, part in enumerate(getattr(agreement, section)):
            yield from (((section, index, field, n), x) for n, x in enumerate(getattr(part, field)))
    for index, flow in enumerate(agreement.flows):
        if flow.act in ("supply", "extract"):
            yield from ((("flows", index, "to", n), to) for n, to in enumerate(flow.to))
    if remote := agreement.remote_access:
        yield from (
            (("remote_access", "limited_to", n), x) for n, x in enumerate(remote.limited_to)
        )


def _datasets(agreement: Agreement) -> Iterator[Wrong]:
    for index, dataset in enumerate(agreement.datasets):
        if (dataset.level == "record") != bool(dataset.columns):
            yield (
                ("datasets", index, "columns"),
                "Columns go with records, and records with columns.",
                "List the columns of a record-level dataset, and none of an aggregated one.",
            )


def _tables(agreement: Agreement) -> Iterator[Wrong]:
    datasets = {dataset.dataset for dataset in agreement.datasets}
    cohorts = {cohort.id: cohort for cohort in agreement.cohorts}
    for index, declared in enumerate(agreement.cohorts):
        yield from _unknown(("cohorts", index, "dataset"), "dataset", declared.dataset, datasets)
    for index, table in enumerate(agreement.tables):
        yield from _unknown(("tables", index, "dataset"), "dataset", table.dataset, datasets)
        yield from _unknown(("tables", index, "cohort"), "cohort", table.cohort, cohorts)
        cohort = cohorts.get(table.cohort)
        if cohort and cohort.dataset != table.dataset:
            yield (
                ("tables", index, "dataset"),
                f"The cohort {cohort.id} is one of {cohort.dataset}.",
                "Use a cohort of the table's own dataset.",
            )
        if cohort and table.code_list not in cohort.code_lists:
            yield (
                ("tables", index, "code_list"),
                f"The cohort {cohort.id} does not hold '{table.code_list}'.",
                f"Use one of: {', '.join(sorted(cohort.code_lists))}.",
            )


def _flows(agreement: Agreement) -> Iterator[Wrong]:
    tables = {table.id: table for table in agreement.tables}
    purposes = {purpose.id for purpose in agreement.purposes}
    audiences = {name for output in agreement.outputs for name in output.audiences}
    for index, flow in enumerate(agreement.flows):
        for n, name in enumerate(flow.tables):
            yield from _unknown(("flows", index, "tables", n), "table", name, tables)
        for n, purpose in enumerate(flow.purposes):
            yield from _unknown(("flows", index, "purposes", n), "purpose", purpose, purposes)
        if flow.act in ("share", "publish"):
            for n, to in enumerate(flow.to):
                yield from _unknown(("flows", index, "to", n), "audience", to, audiences)
        if flow.withheld:
            used = {b for name in flow.tables if name in tables for b in _breakdowns(tables[name])}
            for n, breakdown in enumerate(flow.withheld.breakdowns):
                path = ("flows", index, "withheld", "breakdowns", n)
                yield from _unknown(path, "breakdown of its tables", breakdown, used)


def _combinations(agreement: Agreement) -> Iterator[Wrong]:
    tables = {table.id: table for table in agreement.tables}
    for index, combination in enumerate(agreement.combinations):
        keys = {*combination.keys, *combination.carried}
        for n, name in enumerate(combination.tables):
            path = ("combinations", index, "tables", n)
            yield from _unknown(path, "table", name, tables)
            table = tables.get(name)
            if table and not any(keys <= set(crossing) for crossing in table.crossings):
                yield (
                    path,
                    f"{name} is nowhere split by {' x '.join(sorted(keys))}.",
                    "Combine a table that is, or correct the keys.",
                )


def _breakdowns(table: Table) -> set[str]:
    return {breakdown for crossing in table.crossings for breakdown in crossing}
