"""The report on a file: what was found, as values, as JSON and as plain text."""

from __future__ import annotations

import json
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sharewell.catalogue.rules import Severity


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, with how often and where first.

    ``count`` is in rows (in lines or columns for a finding about the file). ``first_rows`` are
    the first five rows, counted from 1 after the header and without empty lines; for a finding
    about the file (codes below HES100, except HES014) they are line numbers, the header being 1.
    """

    code: str
    severity: Severity
    fields: tuple[str, ...]
    count: int
    first_rows: tuple[int, ...]
    message: str
    remedy: str


@dataclass(frozen=True)
class Report:
    """What a file holds and what is wrong with it.

    ``rows`` is 0 where the file could not be read as a whole. ``fyear`` and ``partyear`` are
    those of the file, None where no row has sound ones. ``columns`` are as the file has them.
    """

    path: Path
    dataset: str
    format: str
    rows: int
    columns: tuple[str, ...]
    fyear: str | None
    partyear: str | None
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings of severity error."""
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings of severity warning."""
        return tuple(finding for finding in self.findings if finding.severity == "warning")

    @property
    def ok(self) -> bool:
        """Whether there is no error."""
        return not self.errors

    @property
    def usable(self) -> bool:
        """Whether import takes the file: errors are of single rows, which it drops."""
        return not any(finding.code < "HES100" for finding in self.errors)

    def finding(self, code: str) -> Finding | None:
        """The finding with ``code``, if there is one."""
        return next((finding for finding in self.findings if finding.code == code), None)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "path": str(self.path),
            "dataset": self.dataset,
            "format": self.format,
            "rows": self.rows,
            "columns": list(self.columns),
            "fyear": self.fyear,
            "partyear": self.partyear,
            "ok": self.ok,
            "usable": self.usable,
            "errors": len(self.errors),
            "warnings": len(self.warnings),
            "findings": [
                {
                    "code": finding.code,
                    "severity": finding.severity,
                    "fields": list(finding.fields),
                    "count": finding.count,
                    "first_rows": list(finding.first_rows),
                    "message": finding.message,
                    "remedy": finding.remedy,
                }
                for finding in self.findings
            ],
        }

    def to_json(self) -> str:
        """`as_dict` as JSON, indented by two blanks."""
        return json.dumps(self.as_dict(), indent=2, ensure_ascii=False)

    def to_text(self, width: int = 100) -> str:
        """The report for a terminal or a log: no colour, at most ``width`` columns."""
        head = f"{self.path}\n{self.format or 'Not read'}"
        if self.columns:
            head += f", {self.rows:,} rows, {len(self.columns)} columns"
        if self.fyear is not None:
            head += f", FYEAR {self.fyear}, PARTYEAR {self.partyear}"
        lines = [head, ""]
        for finding in sorted(self.findings, key=lambda f: (f.severity != "error", f.code)):
            lines += _lines(finding, width)
        lines.append(_verdict(self))
        return "\n".join(lines) + "\n"


def _where(finding: Finding) -> str:
    if not finding.first_rows:
        return ""
    unit = "line" if finding.code < "HES100" and finding.code != "HES014" else "row"
    numbers = ", ".join(str(row) for row in finding.first_rows)
    more = ", ..." if finding.count > len(finding.first_rows) else ""
    plural = "s" if len(finding.first_rows) > 1 else ""
    return f" ({unit}{plural} {numbers}{more})"


def _lines(finding: Finding, width: int) -> list[str]:
    label = f"{finding.code}  {finding.severity:<7}  {finding.count:>9,}  "
    body = finding.message + _where(finding) + "."
    indent = " " * len(label)
    wrapped = textwrap.wrap(
        body, width, initial_indent=label, subsequent_indent=indent, break_long_words=False
    )
    remedy = textwrap.wrap(
        finding.remedy, width, initial_indent=indent, subsequent_indent=indent
    )  # fmt: skip
    return [*wrapped, *remedy, ""]


def _verdict(report: Report) -> str:
    errors, warnings = len(report.errors), len(report.warnings)
    found = f"{errors} kind{'s' * (errors != 1)} of error, {warnings} of warning."
    if report.ok:
        return f"No error. {warnings} kind{'s' * (warnings != 1)} of warning."
    if report.usable:
        return f"{found} The rows with errors are dropped on import."
    return f"{found} The file cannot be imported."
