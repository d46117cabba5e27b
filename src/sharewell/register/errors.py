"""What can be wrong with a register: where, what, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_TOLD = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a file: its sheet, row (from 1, as Excel shows it) and column."""

    message: str
    remedy: str
    file: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""

    def __str__(self) -> str:
        place = ", ".join(
            part
            for part in (
                self.file,
                f"sheet {self.sheet}" if self.sheet else "",
                f"row {self.row}" if self.row else "",
                f"column '{self.column}'" if self.column else "",
            )
            if part
        )
        return f"{place}: {self.message} {self.remedy}".removeprefix(": ")


class RegisterError(Exception):
    """A register cannot be read; ``problems`` says all that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        told = [str(problem) for problem in self.problems[:_TOLD]]
        if more := len(self.problems) - len(told):
            told.append(f"And {more:,} more problems like these.")
        super().__init__("\n".join(told))
