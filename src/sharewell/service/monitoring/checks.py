"""What the declared checks say of rows that are typed: the same checks as those of files."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.utils import timezone

from sharewell.linkage import parse_postcode
from sharewell.monitoring import DataSet, Finding, Module, checking, data_set, years
from sharewell.service.monitoring.versions import Row

DUMMY = {
    "first_initial": "X",
    "last_initial": "X",
    "birth_date": "1955-05-05",
    "sex": "U",
}
"""Who objects, as a file would say it."""

_SOMEBODY = {"client_id": "C1", "first_initial": "A", "last_initial": "B"}


@dataclass(frozen=True)
class Found:
    """What is wrong with a field of a row, and what to do; errors are not saved."""

    field: str
    code: str
    is_error: bool
    sentence: str


def data_set_of(day: date | None = None) -> DataSet:
    """The data set of the year of a day (today), or the nearest that there is."""
    day = day or timezone.localdate()
    year = day.year if day.month > 3 else day.year - 1
    known = years()
    return data_set(min(max(year, known[0]), known[-1]))


def found_in(declared: DataSet, module: Module, code: str, rows: Sequence[Row]) -> list[Found]:
    """What the checks find in rows of one module, of the service with this code.

    The checks read files, so the rows become one for a moment. Initials and the end of a postcode
    are no matter to them, and stay out of it.
    """
    with tempfile.TemporaryDirectory(prefix="sharewell-") as folder:
        path = Path(folder) / f"{module.id}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, module.names, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(_masked(module, code, rows))
        with checking([path], declared, as_of=timezone.localdate()) as checked:
            return list(_rows_found(checked.findings(), rows))


def _masked(module: Module, code: str, rows: Sequence[Row]) -> Iterator[dict[str, str]]:
    for number, row in enumerate(rows):
        whole = dict(row) | {"record_id": f"R{number}", "service": code}
        if row.get("birth_date") and row.get("first_initial") != DUMMY["first_initial"]:
            whole |= _SOMEBODY
        if "transaction_id" in module.names:
            whole["transaction_id"] = "T1"
        if parse_postcode(whole.get("postcode", "")).sector:
            whole["postcode"] = f"{parse_postcode(whole['postcode']).district} 1AA"
        yield whole


def _rows_found(findings: Iterator[Finding], rows: Sequence[Row]) -> Iterator[Found]:
    for each in findings:
        if each.row is None:
            continue
        check, empty = each.check, not rows[each.row - 2].get(each.field)
        # What is only left out is no reason to stop anybody at a hatch: quality pages ask for it.
        if check.is_error or not (empty and check.kind == "format"):
            sentence = f"{check.wrong.rstrip('.')}. {check.do}"
            yield Found(each.field, check.code, check.is_error, sentence)
