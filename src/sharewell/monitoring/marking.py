"""What was found, as files: a CSV of findings, and the original with the findings marked."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sharewell.monitoring.opening import Fitted
from sharewell.monitoring.report import Finding
from sharewell.monitoring.tables import ahead
from sharewell.monitoring.validating import Checked

COLUMNS = ("table", "row", "column", "field", "code", "level", "wrong", "do", "detail")
ERRORS, WARNINGS = "Sharewell errors", "Sharewell warnings"

_RED, _YELLOW = "#f6d7d2", "#fff7bf"


def write_findings(checked: Checked, path: Path) -> int:
    """Write every finding as a row of a CSV file (UTF-8 with its mark, so that spreadsheets know);
    how many. It says where and what, and holds no value of the files."""
    rows = path.with_name(f"{path.name}.rows")
    count = checked.write_findings(rows)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for found in checked.of_whole:
            where = "" if found.row is None else found.row
            writer.writerow(
                (found.table, where, found.column, found.field, found.check.code,
                 found.check.level, found.check.wrong, found.check.do, found.detail)
            )  # fmt: skip
    with path.open("ab") as whole, rows.open("rb") as part:
        shutil.copyfileobj(part, whole)
    rows.unlink()
    return count + len(checked.of_whole)


def write_marked(checked: Checked, directory: Path) -> list[Path]:
    """Write each file that could be read anew into ``directory``, with two more columns that name
    its errors and warnings; in workbooks the cells at fault are coloured too. The paths."""
    by_path: dict[Path, list[int]] = {}
    for src, fitted in enumerate(checked.tables):
        by_path.setdefault(fitted.table.path, []).append(src)
    written = []
    for path, numbers in by_path.items():
        is_csv = not checked.tables[numbers[0]].table.sheet
        target = directory / f"{path.stem}.marked{'.csv' if is_csv else '.xlsx'}"
        (_mark_csv if is_csv else _mark_workbook)(checked, numbers, target)
        written.append(target)
    return written


def _mark_csv(checked: Checked, numbers: Sequence[int], target: Path) -> None:
    (src,) = numbers
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerow((*checked.tables[src].table.headings, ERRORS, WARNINGS))
        found = checked.findings_by_row(src)
        words = [
            pa.array([_words(kind, level) for kind in found.kinds], pa.string())
            for level in ("error", "warning")
        ]
        for batch in ahead(checked.tables[src].table.read()):
            kinds = pa.array(found.of(batch.numbers.to_numpy()))
            lines = _lines([*batch.columns, *(each.take(kinds) for each in words)])
            file.write("\r\n".join([*lines.to_pylist(), ""]))


def _lines(columns: Sequence[pa.StringArray]) -> pa.StringArray:
    """Rows of texts as lines of CSV (RFC 4180)."""
    told = [
        pc.if_else(
            pc.match_substring_regex(column, '[",\r\n]'),
            pc.binary_join_element_wise('"', pc.replace_substring(column, '"', '""'), '"', ""),
            column,
        )
        for column in columns
    ]
    return pc.binary_join_element_wise(*told, ",")


def _mark_workbook(checked: Checked, numbers: Sequence[int], target: Path) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(str(target), {"constant_memory": True})
    bold = book.add_format({"bold": True})
    colours = {
        "error": book.add_format({"bg_color": _RED}),
        "warning": book.add_format({"bg_color": _YELLOW}),
    }
    for src in numbers:
        fitted = checked.tables[src]
        sheet = book.add_worksheet(fitted.table.sheet)
        sheet.freeze_panes(1, 0)
        for place, heading in enumerate((*fitted.table.headings, ERRORS, WARNINGS)):
            sheet.write_string(0, place, heading, bold)
        found = checked.findings_by_row(src)
        rows = (
            (row, found.kinds[kind])
            for batch in fitted.table.read()
            for row, kind in zip(batch.rows, found.of(batch.numbers.to_numpy()), strict=True)
        )
        for line, (row, wrong) in enumerate(rows, start=1):
            marks = _marks(fitted, wrong)
            for place, value in enumerate(row):
                # Text, never a formula: what came from outside is shown and not run.
                if value or place in marks:
                    sheet.write_string(line, place, value, colours.get(marks.get(place, "")))
            sheet.write_string(line, len(row), _words(wrong, "error"))
            sheet.write_string(line, len(row) + 1, _words(wrong, "warning"))
    book.close()


def _words(found: Sequence[Finding], level: str) -> str:
    return "; ".join(
        f"{each.column or each.field}: {each.check.wrong} ({each.check.code})"
        for each in found
        if each.check.level == level
    )


def _marks(fitted: Fitted, found: Sequence[Finding]) -> dict[int, Any]:
    """The level of the cells at fault, by column; an error outweighs a warning."""
    ordered = chain(
        (each for each in found if not each.check.is_error),
        (each for each in found if each.check.is_error),
    )
    return {
        fitted.places[each.field]: each.check.level
        for each in ordered
        if each.field in fitted.places
    }
