"""Files of monitoring data made from the examples that the data set declares."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter

from sharewell.monitoring import (
    Check,
    Checked,
    DataSet,
    Module,
    SupplierMapping,
    checking,
    data_set,
)
from sharewell.monitoring.mapping import OWN

AS_OF = date(2026, 11, 24)


def row_of(module: Module, **changes: str) -> dict[str, str]:
    """The module's sound row with changes; 'day' stands for the field of its day."""
    if "day" in changes:
        changes[module.day] = changes.pop("day")
    return {name: changes.get(name, module.example.get(name, "")) for name in module.names}


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """A CSV file of the rows, with the names of the first as headings."""
    rows = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_sheets(path: Path, sheets: Mapping[str, list[list[Any]]]) -> Path:
    """A workbook of the sheets."""
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "dd/mm/yyyy"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    book.close()
    return path


def narrowed(code: str) -> DataSet:
    """The data set with no checks but this one and those of files."""
    declared = data_set()
    checks = tuple(c for c in declared.checks if c.kind == "file" or c.code == code)
    return replace(declared, checks=checks)


def codes_found(
    paths: list[Path],
    year: int | None = None,
    mapping: SupplierMapping = OWN,
    only: Check | None = None,
) -> set[str]:
    """The codes of what is wrong with the files; with ``only`` no other checks but those of files
    are made, which is quicker."""
    declared = data_set(year) if only is None else narrowed(only.code)
    with checking(paths, declared, mapping=mapping, as_of=AS_OF) as checked:
        return {count.check.code for count in checked.report.counts}


def sound(module_id: str) -> list[list[str]]:
    """Headings and one sound row of a module."""
    module = data_set().module(module_id)
    return [list(module.names), list(row_of(module).values())]


__all__ = [
    "AS_OF",
    "Checked",
    "codes_found",
    "narrowed",
    "row_of",
    "sound",
    "write_rows",
    "write_sheets",
]
