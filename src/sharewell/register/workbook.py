"""The official workbook of the NHS England Data Uses Register, read into records.

Three sheets, joined by the reference number: Agreements (one row for each version of an
agreement), Datasets (dataset by version), DataReleases (one row for each file that left).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from python_calamine import CalamineError, CalamineWorkbook

from sharewell.register import cells
from sharewell.register.errors import Problem, RegisterError
from sharewell.register.guard import check_workbook
from sharewell.register.model import DatasetRow, Edition, FileRow, RegisterAgreement
from sharewell.register.names import fold, split_names

KEY = "Reference Number"

AGREEMENTS = (
    (KEY, cells.reference),
    ("Application Title", cells.text),
    ("Applicant Organisation", cells.text),
    ("Applicant Organisation Type", cells.text),
    ("Data Controller(s)", cells.text),
    ("Sole/Joint Data Controller", cells.text),
    ("DSA Start Date", cells.day),
    ("DSA End Date", cells.day),
    ("Does Sublicensing Apply", cells.text),
    ("For Commercial Purposes", cells.text),
    ("Objective for Processing", cells.text),
    ("Processing Activities", cells.text),
    ("Expected Output", cells.text),
    ("Expected Measurable Benefits", cells.text),
    ("Yielded Benefits", cells.text),
)
DATASETS = (
    (KEY, cells.name),
    ("Dataset", cells.text),
    ("Type of Data", cells.text),
    ("Sensitive or Non-Sensitive", cells.text),
    ("Frequency", cells.text),
    ("Legal Basis for Provision of Data", cells.text),
    ("Common Law Duty of Confidentiality", cells.text),
)
FILES = (
    ("File Reference", cells.text),
    (KEY, cells.name),
    ("Dataset", cells.text),
    ("Type of Data", cells.text),
    ("Sensitive or Non-Sensitive", cells.text),
    ("Patient Opt-Outs Applied", cells.text),
    ("Legal Basis for Provision of Data", cells.text),
    ("Frequency", cells.text),
    ("Month File Released", cells.month),
)
SHEETS = {"Agreements": AGREEMENTS, "Datasets": DATASETS, "DataReleases": FILES}
"""The columns of each sheet, by their headers, and how each is read."""

_Columns = Sequence[tuple[str, Callable[[Any], Any]]]
_HEADER_WITHIN = 10
_MOST_PROBLEMS = 1000
_MONTH_IN_NAME = re.compile(
    r"(20\d\d)[-_. ]?(0[1-9]|1[0-2])(?:[-_. ]?(0[1-9]|[12]\d|3[01]))?(?!\d)"
)


def read_workbook(
    source: Path | bytes | BinaryIO, *, name: str = "", published: date | None = None
) -> Edition:
    """The edition in an .xlsx file, given by path, content or open file.

    ``name`` is how errors and readers call it (default: the file's name); ``published`` is its
    day (default: a year and month in the name, such as 2022-09, if there is one). RegisterError
    tells all that is wrong, with sheet, row, column and remedy; nothing is then returned.
    """
    if isinstance(source, Path):
        name = name or source.name
        content = source.read_bytes()
    else:
        name = name or "register.xlsx"
        content = source if isinstance(source, bytes) else source.read()
    check_workbook(BytesIO(content), name)
    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(content))
        read = _Reading(name, workbook)
        agreements = _agreements(read)
        datasets = _datasets(read)
        files = _files(read)
    except CalamineError as error:
        remedy = "Open it in a spreadsheet program and save it again as .xlsx."
        raise RegisterError([Problem(f"It is damaged: {error}.", remedy, name)]) from None
    if read.problems:
        raise RegisterError(read.problems)
    read.note_orphans(agreements, datasets, files)
    return Edition(
        name=name,
        source="workbook",
        digest=sha256(content).hexdigest(),
        published=published or day_in_name(name),
        agreements=agreements,
        datasets=datasets,
        files=files,
        remarks=tuple(read.remarks),
    )


def day_in_name(name: str) -> date | None:
    """The day that a file's name gives (register_2022-09.xlsx: 1 September 2022), if any."""
    found = _MONTH_IN_NAME.search(name)
    if not found:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3] or 1))
    except ValueError:
        return None


@dataclass
class _Reading:
    """A workbook being read, and what was found wrong so far."""

    file: str
    workbook: CalamineWorkbook
    problems: list[Problem] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def rows(self, sheet: str) -> list[tuple[int, tuple[Any, ...]]]:
        """The rows of a sheet that hold anything, each with its number, as values in the order
        of `SHEETS`. A row with a problem is left out."""
        columns = SHEETS[sheet]
        found = next((n for n in self.workbook.sheet_names if _plain(n) == _plain(sheet)), None)
        if found is None:
            have = ", ".join(self.workbook.sheet_names)
            self.wrong(
                f"There is no such sheet. The workbook has: {have}.",
                "Give the register's own workbook, with Agreements, Datasets and DataReleases.",
                sheet,
            )
            return []
        raw = self.workbook.get_sheet_by_name(found).to_python(skip_empty_area=False)
        header = next(
            (i for i, r in enumerate(raw[:_HEADER_WITHIN]) if fold(KEY) in map(_header, r)), 0
        )
        places = self._places(sheet, raw[header] if raw else [], columns)
        if places is None:
            return []
        key = places[[name for name, _ in columns].index(KEY)]
        numbered = [
            (number, row)
            for number, row in enumerate(raw[header + 1 :], start=header + 2)
            if row[key] or (_holds_anything(row, places) and not self._footer(sheet, number, row))
        ]
        return self._values(sheet, columns, places, numbered)

    def _values(
        self,
        sheet: str,
        columns: _Columns,
        places: Sequence[int],
        numbered: Sequence[tuple[int, Sequence[Any]]],
    ) -> list[tuple[int, tuple[Any, ...]]]:
        """The rows' values. Column by column, each different cell read once: it is fast."""
        bad: set[int] = set()
        values = []
        for place, (name, read) in zip(places, columns, strict=True):
            column = [row[place] for _, row in numbered]
            known: dict[Any, Any] = {}
            for cell in {(type(cell), cell) for cell in column}:
                try:
                    known[cell] = read(cell[1])
                except cells.CellError as error:
                    known[cell] = error
            wrong = {cell for cell, value in known.items() if isinstance(value, cells.CellError)}
            read_column = [known[type(cell), cell] for cell in column]
            values.append(read_column)
            for index, value in enumerate(read_column) if wrong else ():
                if isinstance(value, cells.CellError):
                    number, row = numbered[index]
                    bad.add(index)
                    if name != KEY or not self._footer(sheet, number, row):
                        self.wrong(value.message, value.remedy, sheet, number, name)
        rows = zip((number for number, _ in numbered), zip(*values, strict=True), strict=True)
        return [row for index, row in enumerate(rows) if index not in bad]

    def wrong(
        self, message: str, remedy: str, sheet: str, row: int | None = None, column: str = ""
    ) -> None:
        """Notes a problem; gives up when there are too many to be worth listing."""
        self.problems.append(Problem(message, remedy, self.file, sheet, row, column))
        if len(self.problems) >= _MOST_PROBLEMS:
            raise RegisterError(self.problems)

    def once(
        self, seen: dict[Hashable, int], key: Hashable, sheet: str, row: int, column: str, what: str
    ) -> bool:
        """Whether the key is new; a problem that names both rows if it is not."""
        first = seen.setdefault(key, row)
        if first == row:
            return True
        self.wrong(
            f"{what} stands in row {first} already.", "Remove one of them.", sheet, row, column
        )
        return False

    def note_orphans(
        self,
        agreements: Sequence[RegisterAgreement],
        datasets: Sequence[DatasetRow],
        files: Sequence[FileRow],
    ) -> None:
        """Remarks on rows whose agreement has no row of its own; they are kept."""
        known = {agreement.name for agreement in agreements}
        for sheet, rows in (("Datasets", datasets), ("DataReleases", files)):
            lost = sorted({row.agreement for row in rows} - known)
            if lost:
                self.remarks.append(
                    f"{sheet} names {len(lost):,} agreements that the sheet Agreements does not "
                    f"have: {', '.join(lost[:5])}{' and others' if len(lost) > 5 else ''}."
                )

    def _places(self, sheet: str, header: Sequence[Any], columns: _Columns) -> list[int] | None:
        have = [_header(cell) for cell in header]
        missing = [name for name, _ in columns if fold(name) not in have]
        twice = [name for name, _ in columns if have.count(fold(name)) > 1]
        for name in missing:
            self.wrong("The column is missing.", "Add it, with this header.", sheet, None, name)
        for name in twice:
            self.wrong("Two columns have this header.", "Rename one.", sheet, None, name)
        return None if missing or twice else [have.index(fold(name)) for name, _ in columns]

    def _footer(self, sheet: str, number: int, row: Sequence[Any]) -> bool:
        """Whether the row is a note of the export ("No filters applied") and no record."""
        words = [cell for cell in row if cell != ""]
        if len(words) != 1 or "filters" not in fold(str(words[0])):
            return False
        self.remarks.append(f"{sheet}, row {number}, was passed over: '{words[0]}'.")
        return True


def _agreements(read: _Reading) -> tuple[RegisterAgreement, ...]:
    rows = read.rows("Agreements")
    seen: dict[Hashable, int] = {}
    known = {row[2] for _, row in rows} | {row[4] for _, row in rows if _sole(row[5])}
    found = []
    for number, row in rows:
        reference, version = row[0]
        written, arrangement = row[4], row[5]
        if not read.once(seen, row[0], "Agreements", number, KEY, "This version"):
            continue
        if row[6] and row[7] and row[7] < row[6]:
            message = f"The agreement ends ({row[7]}) before it starts ({row[6]})."
            read.wrong(message, "Correct the dates.", "Agreements", number, "DSA End Date")
        found.append(
            RegisterAgreement(
                reference=reference,
                version=version,
                title=row[1],
                organisation=row[2],
                organisation_type=row[3],
                controllers=split_names(written, known, sole=_sole(arrangement)),
                controllers_written=written,
                controller_arrangement=arrangement,
                start=row[6],
                end=row[7],
                sublicensing=row[8],
                commercial=row[9],
                objective=row[10],
                processing=row[11],
                outputs=row[12],
                benefits=row[13],
                yielded_benefits=row[14],
            )
        )
    return tuple(found)


def _datasets(read: _Reading) -> tuple[DatasetRow, ...]:
    seen: dict[Hashable, int] = {}
    found = []
    for number, values in read.rows("Datasets"):
        row = DatasetRow(*values)
        if read.once(seen, row, "Datasets", number, "Dataset", "The same row"):
            found.append(row)
    return tuple(found)


def _files(read: _Reading) -> tuple[FileRow, ...]:
    seen: dict[Hashable, int] = {}
    found = []
    for number, values in read.rows("DataReleases"):
        file = values[0]
        if not file:
            read.wrong(
                "The file has no reference.",
                "Give it one: files look like FILE0151449.",
                "DataReleases",
                number,
                "File Reference",
            )
        elif read.once(seen, file, "DataReleases", number, "File Reference", f"The file {file}"):
            found.append(FileRow(*values))
    return tuple(found)


def _sole(arrangement: str) -> bool:
    return fold(arrangement).startswith("sole")


def _plain(sheet: str) -> str:
    return fold(sheet).replace(" ", "").replace("_", "")


def _holds_anything(row: Sequence[Any], places: Sequence[int]) -> bool:
    return any(row[place] != "" for place in places)


def _header(cell: object) -> str:
    return fold(cell) if isinstance(cell, str) else ""
