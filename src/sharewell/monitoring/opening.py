"""From a path to tables, and from a table's headings to a module and its fields."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sharewell.monitoring.csvfile import read_csv
from sharewell.monitoring.declared import read_year
from sharewell.monitoring.errors import FileFaultError, MonitoringError
from sharewell.monitoring.mapping import Column, ModuleMapping, SupplierMapping
from sharewell.monitoring.model import DataSet, Module
from sharewell.monitoring.tables import Table
from sharewell.monitoring.workbook import is_workbook, read_workbook

_LEAST_KNOWN = 3


@dataclass(frozen=True)
class Fitted:
    """A table with its module: the number of each field's column, and what the headings say.

    ``notes`` are checks that hold for the table, with the heading and what was found. With an
    error among them no row of the table is read.
    """

    table: Table
    module: Module
    places: Mapping[str, int]
    columns: Mapping[str, Column]
    notes: tuple[tuple[str, str, str], ...]

    @property
    def present(self) -> frozenset[str]:
        """The fields that have a column or one value for all rows."""
        fixed = {name for name, column in self.columns.items() if column.value is not None}
        return frozenset(self.places) | fixed

    def heading(self, field: str) -> str:
        """The file's own heading of the field; '' for a value that the mapping gives."""
        place = self.places.get(field)
        return "" if place is None else self.table.headings[place]


def open_tables(path: Path, declared: DataSet) -> tuple[Table, ...]:
    """The tables in the file: one of a CSV, one for each sheet of a workbook that holds anything.

    Raises FileFaultError with the code of the check that says why not.
    """
    try:
        if path.is_dir():
            raise FileFaultError("MON001", "it is a directory; give a file")
        if not path.is_file():
            raise FileFaultError("MON001", "no such file")
        if not is_workbook(path):
            return (read_csv(path),)
    except OSError as error:
        raise FileFaultError("MON001", error.strerror or str(error)) from None
    tables, said = read_workbook(path)
    if said:
        try:
            year = read_year(said)
        except MonitoringError as error:
            raise FileFaultError("MON018", str(error)) from None
        if year != declared.year:
            raise FileFaultError("MON018", f"it says {said}, and {declared.label} is checked")
    if not tables:
        raise FileFaultError("MON002", "no sheet holds anything")
    return tuple(tables)


def fit(table: Table, declared: DataSet, mapping: SupplierMapping) -> Fitted | None:
    """The table with the module that its sheet's name or else its headings speak for; None if
    none does."""
    by_sheet = [
        module
        for module in declared.modules
        if table.sheet
        and fold(table.sheet)
        in {fold(module.id), fold(module.title), fold(_mapped(mapping, module).sheet)}
    ]
    candidates = by_sheet or [
        module for module in declared.modules if not mapping.modules or module.id in mapping.modules
    ]
    fitted = [_fit(table, module, _mapped(mapping, module)) for module in candidates]
    best = max(fitted, key=_likeness)
    required = sum(field.required for field in best.module.fields)
    has = sum(field.required and field.name in best.present for field in best.module.fields)
    known = len(best.places)
    return best if by_sheet or (known >= _LEAST_KNOWN and 2 * has >= required) else None


def fold(heading: str) -> str:
    """A heading as it is compared: lower case, letters and digits only."""
    return re.sub(r"[^a-z0-9]", "", heading.lower())


def _mapped(mapping: SupplierMapping, module: Module) -> ModuleMapping:
    return mapping.modules.get(module.id, ModuleMapping({}))


def _likeness(fitted: Fitted) -> tuple[int, int]:
    missing = sum(f.required and f.name not in fitted.present for f in fitted.module.fields)
    return len(fitted.present) - 3 * missing, -len(fitted.module.fields)


def _fit(table: Table, module: Module, mapping: ModuleMapping) -> Fitted:
    folded = [fold(heading) for heading in table.headings]
    notes: list[tuple[str, str, str]] = []
    places: dict[str, int] = {}
    used: set[int] = set()
    for name, column in mapping.columns.items():
        if column.heading and fold(column.heading) in folded:
            places[name] = folded.index(fold(column.heading))
            used.add(places[name])
        elif column.heading:
            notes.append(("MON021", column.heading, f"the mapping of '{name}' names it"))
    for field in module.fields:
        if field.name in mapping.columns:
            continue
        own = [
            place
            for place, heading in enumerate(folded)
            if heading in (fold(field.name), fold(field.label)) and place not in used
        ]
        if len({folded[place] for place in own}) > 1:
            said = ", ".join(table.headings[place] for place in own)
            notes.append(("MON022", table.headings[own[1]], f"{said}: all '{field.label}'"))
        if own:
            places[field.name] = own[0]
    notes += _headings_twice(table.headings, folded, set(places.values()))
    known = set(places.values()) | used
    for place, heading in enumerate(table.headings):
        again = folded[place] in {folded[other] for other in known}
        if place not in known and heading and not again and folded[place] not in _own(module):
            notes.append(("MON011", heading, "it is not read"))
    given = set(places) | {n for n, column in mapping.columns.items() if column.value is not None}
    for field in module.fields:
        if field.name not in given:
            code = "MON009" if field.required else "MON012"
            notes.append((code, field.name, field.label))
    return Fitted(table, module, places, mapping.columns, tuple(notes))


def _own(module: Module) -> set[str]:
    return {fold(text) for field in module.fields for text in (field.name, field.label)}


def _headings_twice(
    headings: Sequence[str], folded: Sequence[str], used: set[int]
) -> list[tuple[str, str, str]]:
    counts = Counter(folded[place] for place in range(len(folded)) if folded[place])
    seen = {folded[place] for place in used}
    return [
        ("MON010", headings[folded.index(name)], f"{count} times")
        for name, count in counts.items()
        if count > 1 and name in seen
    ]
