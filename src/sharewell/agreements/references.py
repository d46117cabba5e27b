"""What a type cannot say: names that must exist, dates that must agree, ids that must differ."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sharewell.agreements.model import Agreement, Table, located_clauses

Wrong = tuple[tuple[str | int, ...], str, str]


def check_references(agreement: Agreement) -> Iterator[Wrong]:
    """Yields (path, message, remedy) for everything in the agreement that does not hold."""
    yield from _ids(agreement)
    yield from _dates(agreement)
    yield from _parties(agreement)
    yield from _tables(agreement)
    yield from _flows(agreement)


def _ids(agreement: Agreement) -> Iterator[Wrong]:
    documents = {document.id for document in agreement.documents}
    seen: set[str] = set()
    for path, clause in located_clauses(agreement):
        if clause.id in seen:
            yield (*path, "id"), f"Two clauses are called '{clause.id}'.", "Rename one of them."
        seen.add(clause.id)
        if clause.source.split(" / ")[0] not in documents:
            yield (
                (*path, "source"),
                f"'{clause.source}' names no document of this agreement.",
                f"Begin with one of: {', '.join(sorted(documents))}.",
            )


def _dates(agreement: Agreement) -> Iterator[Wrong]:
    if agreement.term.last < agreement.term.first:
        yield ("term", "last"), "The term ends before it starts.", "Correct the dates."
    periods: list[tuple[str, int, date, date | None]] = [
        *(
            ("datasets", i, dataset.first, dataset.last)
            for i, dataset in enumerate(agreement.datasets)
        ),
        *(("tables", i, table.first, table.last) for i, table in enumerate(agreement.tables)),
    ]
    for section, index, first, last in periods:
        if last and last < first:
            yield (section, index, "last"), "It ends before it starts.", "Correct the dates."
    starts = {dataset.dataset: dataset.first for dataset in agreement.datasets}
    for index, table in enumerate(agreement.tables):
        if table.dataset in starts and table.first < starts[table.dataset]:
            yield (
                ("tables", index, "first"),
                f"It starts before the data that the agreement covers ({starts[table.dataset]}).",
                "Start it later, or widen the dataset's period.",
            )


def _parties(agreement: Agreement) -> Iterator[Wrong]:
    parties = {organisation.short for organisation in agreement.organisations}
    remedy = f"Use one of: {', '.join(sorted(parties))}; or add it to organisations."
    named: list[tuple[tuple[str | int, ...], str]] = []
    for index, storage in enumerate(agreement.storage):
        named.append((("storage", index, "organisation"), storage.organisation))
    for index, access in enumerate(agreement.access):
        named.append((("access", index, "organisation"), access.organisation))
    for index, duty in enumerate(agreement.duties):
        named.append((("duties", index, "party"), duty.party))
    for index, flow in enumerate(agreement.flows):
        named.append((("flows", index, "by"), flow.by))
        if flow.act in ("supply", "extract"):
            named += [(("flows", index, "to", n), to) for n, to in enumerate(flow.to)]
    for index, organisation in enumerate(agreement.organisations):
        if organisation.engaged_by:
            named.append((("organisations", index, "engaged_by"), organisation.engaged_by))
    for index, purpose in enumerate(agreement.purposes):
        named += [(("purposes", index, "limited_to"), name) for name in purpose.limited_to]
    for path, name in named:
        if name not in parties:
            yield path, f"'{name}' is not a party to this agreement.", remedy


def _tables(agreement: Agreement) -> Iterator[Wrong]:
    datasets = {dataset.dataset for dataset in agreement.datasets}
    cohorts = {cohort.id: cohort for cohort in agreement.cohorts}
    for index, table in enumerate(agreement.tables):
        if table.dataset not in datasets:
            yield (
                ("tables", index, "dataset"),
                f"The agreement does not cover '{table.dataset}'.",
                f"Use one of: {', '.join(sorted(datasets))}.",
            )
        cohort = cohorts.get(table.cohort)
        if cohort is None:
            yield (
                ("tables", index, "cohort"),
                f"There is no cohort called '{table.cohort}'.",
                f"Use one of: {', '.join(sorted(cohorts))}.",
            )
        elif table.code_list not in cohort.code_lists:
            yield (
                ("tables", index, "code_list"),
                f"The cohort {cohort.id} does not hold '{table.code_list}'.",
                f"Use one of: {', '.join(cohort.code_lists)}.",
            )


def _flows(agreement: Agreement) -> Iterator[Wrong]:
    tables = {table.id: table for table in agreement.tables}
    purposes = {purpose.id for purpose in agreement.purposes}
    for index, flow in enumerate(agreement.flows):
        for n, name in enumerate(flow.tables):
            if name not in tables:
                yield (
                    ("flows", index, "tables", n),
                    f"There is no table called '{name}'.",
                    f"Use one of: {', '.join(sorted(tables))}.",
                )
        for n, purpose in enumerate(flow.purposes):
            if purpose not in purposes:
                yield (
                    ("flows", index, "purposes", n),
                    f"There is no purpose called '{purpose}'.",
                    f"Use one of: {', '.join(sorted(purposes))}.",
                )
        if flow.withheld:
            used = {b for name in flow.tables if name in tables for b in _breakdowns(tables[name])}
            for breakdown in flow.withheld.breakdowns:
                if breakdown not in used:
                    yield (
                        ("flows", index, "withheld", "breakdowns"),
                        f"None of its tables is split by '{breakdown}'.",
                        f"Withhold some of: {', '.join(sorted(used))}.",
                    )
    for index, combination in enumerate(agreement.combinations):
        for n, name in enumerate(combination.tables):
            if name not in tables:
                yield (
                    ("combinations", index, "tables", n),
                    f"There is no table called '{name}'.",
                    f"Use one of: {', '.join(sorted(tables))}.",
                )


def _breakdowns(table: Table) -> set[str]:
    return {breakdown for crossing in table.crossings for breakdown in crossing}
