"""Write the files of a release: protected, for readers; or unsuppressed, for those allowed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sharewell.publication import csvw, page
from sharewell.publication.labels import Labels, clean, labeller
from sharewell.publication.notes import (
    ProtectedTable,
    ReleaseNotes,
    UnsuppressedTable,
    WrittenFile,
)
from sharewell.publication.tidy import TidyTable, tidy
from sharewell.publication.workbook import sheets, write_workbook

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_CSVW = "application/csvm+json"


def write_release(
    directory: Path,
    notes: ReleaseNotes,
    tables: Sequence[ProtectedTable],
    labels: Labels,
    *,
    record: Mapping[str, Any] | None = None,
) -> tuple[WrittenFile, ...]:
    """Write workbook.xlsx, each table's CSV with CSVW metadata, disclosure.json and index.html.

    ``directory`` is made if need be and must be empty. ``labels`` gives readers words for codes:
    a function of breakdown and code, or labels that go before the catalogue's. ``record`` is the
    disclosure record in plain values; without one, disclosure.json is left out. The same input
    gives the same bytes. Raises ValueError for a directory in use, a table id that is no file name
    or stands twice, and for a table that still holds counts.
    """
    for table in tables:
        if "count" in table.cells.column_names or "printed" not in table.cells.column_names:
            raise ValueError(
                f"Table '{table.id}' is not protected: it has the columns "
                f"{', '.join(table.cells.column_names)}. "
                "Protect it by a disclosure rule before it is published."
            )
    _prepare(directory, [table.id for table in tables])
    label = labeller(labels)
    tidied = [tidy(table, label) for table in tables]
    fitting, too_long = sheets(tidied)
    files = []
    if fitting:
        write_workbook(directory / "workbook.xlsx", fitting, too_long, notes)
        rows = sum(len(sheet.rows) for sheet in fitting)
        what = "Accessible workbook, a sheet for each cross-classification"
        files.append(_written(directory / "workbook.xlsx", _XLSX, rows, what))
    for each in tidied:
        files += _write_csv(directory, each, notes)
    if record is not None:
        recorded = directory / "disclosure.json"
        text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
        recorded.write_text(text, encoding="utf-8", newline="\n")
        what = "How the tables were protected and attacked, for machines"
        files.append(_written(recorded, "application/json", None, what))
    applied = {table.id: table.rules for table in tables}
    html = page.render(notes, tidied, applied, files, too_long, record)
    (directory / "index.html").write_text(html, encoding="utf-8", newline="\n")
    register = _written(directory / "index.html", "text/html", None, "This release, explained")
    return (register, *files)


def write_unsuppressed(
    directory: Path, notes: ReleaseNotes, tables: Sequence[UnsuppressedTable], labels: Labels
) -> tuple[WrittenFile, ...]:
    """Write each table's true counts as CSV with CSVW metadata, and a README.txt.

    The README says what the files are, under which clauses (``notes.clauses``), and that they
    are not for sharing. Raises ValueError as `write_release` does.
    """
    for unprotected in tables:
        if "count" not in unprotected.cells.column_names:
            raise ValueError(f"Table '{unprotected.id}' has no column count. Give the true counts.")
    _prepare(directory, [table.id for table in tables])
    label = labeller(labels)
    files = []
    for table in (tidy(each, label) for each in tables):
        files += _write_csv(directory, table, notes)
    (directory / "README.txt").write_text(_readme(notes, files), encoding="utf-8", newline="\n")
    return (_written(directory / "README.txt", "text/plain", None, "Read this first"), *files)


def _prepare(directory: Path, ids: Sequence[str]) -> None:
    for name in ids:
        if not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9_-]{0,99}", name):
            raise ValueError(
                f"Table id '{clean(name)}' cannot name a file. "
                "Use letters, figures, hyphens and underscores."
            )
        if ids.count(name) > 1:
            raise ValueError(f"Two tables have the id '{name}'. Give each its own.")
    directory.mkdir(parents=True, exist_ok=True)
    if any(directory.iterdir()):
        raise ValueError(f"{directory} is not empty. A release is written into an empty directory.")


def _write_csv(directory: Path, table: TidyTable, notes: ReleaseNotes) -> list[WrittenFile]:
    data = directory / f"{table.id}.csv"
    rows = csvw.write_csv(data, table)
    described = directory / f"{table.id}.csv-metadata.json"
    described.write_text(csvw.metadata(table, data.name, notes), encoding="utf-8", newline="\n")
    return [
        _written(data, "text/csv", rows, f"{table.title}: every cell, for machines"),
        _written(described, _CSVW, None, f"{table.title}: what the columns and symbols mean"),
    ]


def _written(path: Path, media_type: str, rows: int | None, what: str) -> WrittenFile:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return WrittenFile(path.name, media_type, rows, path.stat().st_size, digest, what)


def _readme(notes: ReleaseNotes, files: Sequence[WrittenFile]) -> str:
    lines = [clean(notes.title), "=" * len(clean(notes.title)), ""]
    if notes.synthetic:
        lines += [notes.synthetic, ""]
    lines += [
        "UNSUPPRESSED: NOT FOR SHARING OUTSIDE THE TEAM.",
        "",
        "These files hold true counts. Small numbers in them can point to a person. Whatever",
        "leaves the team must first be protected under the agreement's disclosure rule.",
        "",
        f"For:        {notes.released_to}",
        f"From:       {notes.released_by}",
        f"Agreement:  {notes.under}" + (f", {notes.agreement_title}" * bool(notes.agreement_title)),
        f"Source:     {notes.source}",
        f"Period:     {notes.period}",
        f"Made on:    {notes.made_on}",
        f"Release:    {notes.release_id}",
        f"Contact:    {notes.contact}",
    ]
    if notes.ledger_entry:
        lines.append(f"Ledger:     {notes.ledger_entry}")
    lines += ["", *([notes.summary, ""] if notes.summary else [])]
    lines += [notes.provisional, ""] if notes.provisional else []
    if notes.clauses:
        lines += ["What the agreement says", "-----------------------", ""]
        for clause in notes.clauses:
            lines += [f"{clause.id}:", f'    "{clean(clause.words)}"', ""]
    if notes.definitions or notes.notes:
        lines += ["What a reader should know", "-------------------------", ""]
        lines += [f"- {each.term}: {each.meaning}" for each in notes.definitions]
        lines += [f"- {each}" for each in notes.notes]
        lines.append("")
    lines += ["Files (size in bytes, SHA-256)", "------------------------------", ""]
    for file in files:
        rows = f", {file.rows:,} rows" if file.rows is not None else ""
        lines += [f"{file.name}{rows}", f"    {file.what}", f"    {file.size}  {file.sha256}"]
    return "\n".join(lines) + "\n"
