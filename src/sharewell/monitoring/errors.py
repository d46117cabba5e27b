"""What a person can mend, told as such."""

from __future__ import annotations


class MonitoringError(ValueError):
    """A year, a module or a mapping that cannot be used as given, and what to do."""


class FileFaultError(Exception):
    """A file or sheet that cannot be read as a table; ``code`` is that of the check that says so.

    ``row`` is the row at which reading stopped (1 is the headings), where there is one; ``detail``
    says what was found.
    """

    def __init__(self, code: str, detail: str, row: int | None = None) -> None:
        super().__init__(detail)
        self.code, self.detail, self.row = code, detail, row
