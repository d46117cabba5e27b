"""From the tables that an agreement names to specifications that can be counted."""

from __future__ import annotations

from datetime import date

from sharewell.agreements import Agreement, AgreementError, Problem
from sharewell.agreements.model import Table
from sharewell.catalogue.breakdowns import breakdown
from sharewell.catalogue.codelists import code_list
from sharewell.catalogue.measures import MEASURES
from sharewell.tabulation import TableSpec


def specify(table: Table, until: date, dataset: str | None = None) -> TableSpec:
    """The specification of an agreement's table, for data up to ``until``.

    ``dataset`` counts the same table in another dataset of the same form (the Welsh one).
    Raises AgreementError when the catalogue lacks a code list, measure or breakdown it names.
    """
    if problems := unknown_names(table):
        raise AgreementError(problems)
    return TableSpec(
        id=table.id,
        title=table.title,
        dataset=dataset or table.dataset,
        cohort=code_list(table.code_list),
        measures=table.measures,
        crossings=table.crossings,
        first=table.first,
        last=min(until, table.last) if table.last else until,
    )


def unknown_names(table: Table) -> tuple[Problem, ...]:
    """What a table names and the catalogue does not know."""
    problems: list[Problem] = []

    def note(error: KeyError) -> None:
        problems.append(
            Problem(
                str(error.args[0]), "Correct the name, or add it to the catalogue.", clause=table.id
            )
        )

    try:
        code_list(table.code_list)
    except KeyError as error:
        note(error)
    for measure in table.measures:
        if measure not in MEASURES:
            known = ", ".join(sorted(MEASURES))
            note(KeyError(f"No measure is called '{measure}'. Known: {known}."))
    for name in sorted({name for crossing in table.crossings for name in crossing}):
        try:
            breakdown(name)
        except KeyError as error:
            note(error)
    return tuple(problems)


def check_catalogue(agreement: Agreement) -> tuple[Problem, ...]:
    """Everything that an agreement's tables name and the catalogue does not know."""
    return tuple(problem for table in agreement.tables for problem in unknown_names(table))
