"""Rules: what can be wrong with a file of episodes or with a row of it, as coded findings.

A row rule is an SQL predicate (DuckDB dialect) over one typed row (see `reading.typed_rows`). A
predicate that is null does not hold. A rule is an error where the row cannot be counted
correctly (import drops it) or the file cannot be read for certain (import refuses it), and a
warning otherwise. The rules of rows are in `row_rules`, those of whole files here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from sharewell.catalogue.fields import Dataset

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Extract:
    """What the rules of a row need to know of its file.

    ``fyear`` and ``partyear`` are those of the file ('1920', '201913'), None where no row has
    a sound one; ``columns`` are the columns that the file has, in capitals.
    """

    dataset: Dataset
    fyear: str | None
    partyear: str | None
    columns: frozenset[str]

    @property
    def year(self) -> int | None:
        """The year in which the financial year starts."""
        return None if self.fyear is None else year_of(self.fyear)

    @property
    def label(self) -> str:
        """'2019-20', or 'an unknown year'."""
        return "an unknown year" if self.year is None else year_label(self.year)

    @property
    def first_day(self) -> date | None:
        """1 April of the financial year."""
        return None if self.year is None else date(self.year, 4, 1)

    @property
    def last_day(self) -> date | None:
        """31 March at the end of the financial year."""
        return None if self.year is None else date(self.year + 1, 3, 31)

    @property
    def reaches(self) -> date | None:
        """The last day of the month up to which the extract reaches."""
        if self.partyear is None:
            return None
        start, number = int(self.partyear[:4]), int(self.partyear[4:])
        if number > 12:  # the annual refresh
            return date(start + 1, 3, 31)
        months = start * 12 + 3 + number  # the month after it, counted from zero
        return date(months // 12, months % 12 + 1, 1) - timedelta(days=1)


def year_of(fyear: str) -> int:
    """'1920' -> 2019 and '9798' -> 1997: HES starts in 1989-90."""
    first = int(fyear[:2])
    return first + (1900 if first >= 89 else 2000)


def year_label(year: int) -> str:
    """2019 -> '2019-20'."""
    return f"{year}-{(year + 1) % 100:02d}"


Predicate = str | Callable[[Extract], str | None]


@dataclass(frozen=True)
class Rule:
    """One thing that can be wrong. ``meaning`` may hold {year}, the label of the file's year."""

    code: str
    severity: Severity
    fields: tuple[str, ...]
    meaning: str
    remedy: str
    predicate: Predicate = ""

    @property
    def refuses_file(self) -> bool:
        """Whether an error of this rule keeps the whole file from being imported."""
        return self.severity == "error" and self.code < "HES100"

    def sql(self, extract: Extract) -> str | None:
        """The predicate for the rows of ``extract``; None where the rule has nothing to say."""
        return self.predicate(extract) if callable(self.predicate) else self.predicate


_AGAIN = "Ask for the file again."

FILE_RULES: tuple[Rule, ...] = (
    Rule("HES001", "error", (), "the file is not there or cannot be read",
         "Check the path, and that you may read the file."),
    Rule("HES002", "error", (), "the file is empty", _AGAIN + " It was not written or not sent."),
    Rule("HES003", "error", (), "the file has a header and no rows", _AGAIN),
    Rule("HES004", "error", (), "the file is not a table that can be read here",
         "Give a CSV file (comma or pipe, plain or gzip) or a Parquet file."),
    Rule("HES005", "error", (), "the text is not UTF-8",
         "Save the file as UTF-8, or ask for it in UTF-8."),
    Rule("HES006", "error", (), "the file is cut off or damaged",
         "Compare its size or checksum with the supplier's and transfer it again."),
    Rule("HES007", "error", (), "lines do not have as many values as the header has columns",
         "The file is cut off, or a value holds the separator without quotes. " + _AGAIN),
    Rule("HES008", "error", (), "quotation marks are not closed or stand inside a value",
         "A quote inside a quoted value is written twice. " + _AGAIN),
    Rule("HES009", "error", (), "columns without which nothing can be counted are missing",
         "Check that this is the right dataset, and ask for the columns."),
    Rule("HES010", "error", (), "column names appear more than once",
         "Have each column named once, so that it is certain which one is meant."),
    Rule("HES011", "error", (), "the file is of another dataset",
         "Give the file under the dataset it belongs to."),
    Rule("HES012", "warning", (), "the file has columns that the dataset is not known to have",
         "Nothing to do: they are not read. If the agreement does not list them, tell the "
         "supplier that too much was sent."),
    Rule("HES013", "warning", (), "the last line has no line end",
         "The file may have been cut off: compare its number of rows with the supplier's."),
    Rule("HES015", "warning", (), "columns that the dataset has are missing",
         "They are imported as null, and breakdowns by them are not known."),
)  # fmt: skip
"""What can be wrong with a file as a whole. After an error of these none of its rows is read."""
