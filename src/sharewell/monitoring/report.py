"""What was found, in frozen dataclasses and in plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sharewell.monitoring.model import Check


@dataclass(frozen=True)
class Finding:
    """One fault at one place. ``row`` is as a spreadsheet shows it, None for a whole table;
    ``column`` is the file's own heading, ``field`` the field of the data set. No value is kept."""

    check: Check
    table: str
    row: int | None = None
    column: str = ""
    field: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Count:
    """How often a check found something in a column of a table, with the first rows."""

    check: Check
    table: str
    column: str
    field: str
    rows: int
    first: tuple[int, ...]
    detail: str = ""


@dataclass(frozen=True)
class TableSummary:
    """A table that was read: its module and its rows; with errors, with warnings only, sound."""

    name: str
    path: Path
    sheet: str
    module: str
    rows: int
    with_errors: int
    with_warnings: int

    @property
    def sound(self) -> int:
        """Rows without an error, which would be taken."""
        return self.rows - self.with_errors


@dataclass(frozen=True)
class Report:
    """The summary of a check: of which year, on which day, by whose mapping; tables and counts."""

    year: str
    as_of: date
    supplier: str
    tables: tuple[TableSummary, ...]
    counts: tuple[Count, ...]

    @property
    def errors(self) -> int:
        """How many errors were found."""
        return sum(count.rows for count in self.counts if count.check.is_error)

    @property
    def warnings(self) -> int:
        """How many warnings were found."""
        return sum(count.rows for count in self.counts if not count.check.is_error)

    @property
    def ok(self) -> bool:
        """Whether there is no error: everything would be taken."""
        return self.errors == 0

    def plain(self) -> dict[str, Any]:
        """The report in plain values, as JSON has them."""
        return {
            "ok": self.ok,
            "data_set": self.year,
            "as_of": self.as_of.isoformat(),
            "supplier": self.supplier,
            "errors": self.errors,
            "warnings": self.warnings,
            "tables": [
                {
                    "name": table.name,
                    "file": str(table.path),
                    "sheet": table.sheet,
                    "module": table.module,
                    "rows": table.rows,
                    "rows_with_errors": table.with_errors,
                    "rows_with_warnings_only": table.with_warnings,
                    "rows_that_would_be_taken": table.sound,
                }
                for table in self.tables
            ],
            "findings": [
                {
                    "code": count.check.code,
                    "level": count.check.level,
                    "kind": count.check.kind,
                    "table": count.table,
                    "column": count.column,
                    "field": count.field,
                    "wrong": count.check.wrong,
                    "do": count.check.do,
                    "detail": count.detail,
                    "count": count.rows,
                    "first_rows": list(count.first),
                }
                for count in self.counts
            ],
        }


def in_order(counts: Sequence[Count]) -> tuple[Count, ...]:
    """Errors first; then by table, code and column."""
    return tuple(
        sorted(counts, key=lambda c: (not c.check.is_error, c.table, c.check.code, c.column))
    )
