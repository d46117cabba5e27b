"""Empty files to fill in: a CSV with the headings, or a workbook that also explains itself."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sharewell.monitoring.errors import MonitoringError
from sharewell.monitoring.model import DataSet, Field, Module
from sharewell.monitoring.workbook import ABOUT, CODES

_ROWS = 20_000
_WIDTH = 18


def write_template(declared: DataSet, modules: Sequence[Module], path: Path) -> None:
    """Write the template of ``modules`` to ``path``, .csv (one module) or .xlsx.

    A workbook has a sheet for each module, with a list to choose from where codes are few enough
    and a note at each heading, a sheet of all codes, and one that names the year. MonitoringError
    for another kind of file.
    """
    if path.suffix.lower() == ".csv":
        if len(modules) != 1:
            raise MonitoringError("A CSV file has one module. Name one, or write .xlsx for all.")
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerow(modules[0].names)
    elif path.suffix.lower() == ".xlsx":
        _write_workbook(declared, modules, path)
    else:
        raise MonitoringError(f"{path.name}: a template ends in .csv or .xlsx.")


def _write_workbook(declared: DataSet, modules: Sequence[Module], path: Path) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path))
    formats = {
        "heading": book.add_format({"bold": True, "text_wrap": True, "valign": "top"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "text": book.add_format({"num_format": "@"}),
    }
    _about(book.add_worksheet(ABOUT), declared, modules, formats)
    sheets = [(module, book.add_worksheet(module.id)) for module in modules]
    ranges = _codes(book.add_worksheet(CODES), declared, modules, formats)
    for module, sheet in sheets:
        sheet.freeze_panes(1, 0)
        for place, field in enumerate(module.fields):
            sheet.set_column(place, place, _WIDTH, formats[_form(field)])
            sheet.write_string(0, place, field.name, formats["heading"])
            sheet.write_comment(0, place, _explained(field), {"x_scale": 2})
            if field.code_list is not None:
                sheet.data_validation(1, place, _ROWS, place, _choice(field, ranges))
    book.close()


def _form(field: Field) -> str:
    return "date" if field.kind == "date" else "text"


def _explained(field: Field) -> str:
    needed = "Required" if field.required else "Optional"
    return f"{field.label}. {needed}: {field.form}. {field.hint}".strip()


def _choice(field: Field, ranges: dict[str, str]) -> dict[str, Any]:
    codes = field.code_list
    assert codes is not None  # noqa: S101 - asked for lists only
    return {
        "validate": "list",
        "source": ranges[codes.id],
        "error_title": field.label[:32],
        "error_message": f"Choose a code of the list '{codes.title}' in the sheet {CODES}."[:255],
        "error_type": "warning",
    }


def _about(sheet: Any, declared: DataSet, modules: Sequence[Module], formats: Any) -> None:
    sheet.set_column(0, 0, _WIDTH)
    sheet.set_column(1, 1, 100)
    rows = [
        ("Data set", declared.label),
        ("Title", declared.title),
        (
            "How to fill in",
            "One row for each record. Leave empty what is not known. Keep headings.",
        ),
        ("Names", "Never write a name anywhere. Initials are one letter each."),
        *((module.id, module.about) for module in modules),
    ]
    for number, (name, words) in enumerate(rows):
        sheet.write_string(number, 0, name, formats["heading"])
        sheet.write_string(number, 1, words)


def _codes(
    sheet: Any, declared: DataSet, modules: Sequence[Module], formats: Any
) -> dict[str, str]:
    """Write the lists that the modules use, side by side; the cells of each by its id."""
    from xlsxwriter.utility import xl_range_abs

    used = {f.code_list.id: f.code_list for m in modules for f in m.fields if f.code_list}
    ranges = {}
    for number, codes in enumerate(used.values()):
        place, current = 3 * number, codes.of_year(declared.year)
        sheet.set_column(place + 1, place + 1, 2 * _WIDTH)
        sheet.write_string(0, place, codes.title, formats["heading"])
        for line, code in enumerate(current, start=1):
            sheet.write_string(line, place, code.code)
            sheet.write_string(line, place + 1, code.label)
        ranges[codes.id] = f"={CODES}!{xl_range_abs(1, place, len(current), place)}"
    return ranges
