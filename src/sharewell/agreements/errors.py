"""Errors of agreement files: where, in which clause, what is wrong, and what to do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing wrong, and its remedy."""

    message: str
    remedy: str
    file: str = ""
    line: int | None = None
    clause: str = ""

    def __str__(self) -> str:
        where = self.file + (f", line {self.line}" if self.line else "")
        what = f"clause {self.clause}" if self.clause else ""
        place = ", ".join(part for part in (where, what) if part)
        return (
            f"{place}: {self.message} {self.remedy}" if place else f"{self.message} {self.remedy}"
        )


class AgreementError(Exception):
    """An agreement cannot be read or used; ``problems`` says all that is wrong with it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class RequestError(AgreementError, ValueError):
    """Something cannot be asked of any agreement."""
