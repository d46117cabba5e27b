"""An accessible workbook by gptables: cover, contents, notes, and one sheet for each crossing.

Follows the Government Analysis Function's guidance for spreadsheets, which asks for shorthand in
brackets instead of symbols: a small number, ``*`` in the CSV, is ``[1 to 7]`` here, and says so.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sharewell.catalogue.breakdowns import BREAKDOWNS, TOTAL
from sharewell.publication.labels import MEASURE, clean, column_title, crossing_title
from sharewell.publication.notes import ReleaseNotes
from sharewell.publication.tidy import TidyTable

SHEET_ROWS = 20_000
"""More rows than this are of no use to a person: such a crossing is in the CSV only."""

WORKBOOK_ROWS = 60_000
"""All sheets together: beyond it a workbook is slow to open. Simpler crossings come first."""

_LONGEST = 200  # characters of a label; what is longer is cut here and whole in the CSV
_LONGEST_NOTE = 2_000
_NOTE_WIDTH = 100  # characters to a line
_NOT_COUNTED = "[z]"


@dataclass(frozen=True)
class Sheet:
    """One crossing of a table: ``columns`` are headings, ``rows`` a list for each row."""

    name: str
    title: str
    columns: tuple[str, ...]
    counts: tuple[str, ...]
    rows: list[list[object]]


def sheets(tables: Sequence[TidyTable]) -> tuple[list[Sheet], list[str]]:
    """The sheets of a workbook, and the titles of the crossings that are too long for it."""
    fitting: list[Sheet] = []
    too_long: list[str] = []
    space = WORKBOOK_ROWS
    for table in tables:
        for crossing in table.crossings:
            title = f"{table.title}, {crossing_title(crossing)}"
            cells = table.of_crossing(crossing)
            length = len(cells) // max(pc.count_distinct(cells[MEASURE].cast("string")).as_py(), 1)
            if length > min(SHEET_ROWS, space):
                too_long.append(title)
                continue
            fitting.append(_sheet(f"Table_{len(fitting) + 1}", title, table, cells))
            space -= length
    return fitting, too_long


def write_workbook(
    path: Path, of: Sequence[Sheet], too_long: Sequence[str], notes: ReleaseNotes
) -> None:
    """Write the workbook. The same sheets and notes give the same bytes."""
    said = _notes(notes, too_long)
    with warnings.catch_warnings():
        # gptables uses what pandas deprecates, and leaves a file open on import.
        for category in (DeprecationWarning, FutureWarning, ResourceWarning):
            warnings.simplefilter("ignore", category)
        import gptables
        import pandas as pd  # type: ignore[import-untyped]

        book = gptables.produce_workbook(
            str(path),
            {sheet.name: gptables.GPTable(**_page(sheet, notes, list(said))) for sheet in of},
            cover=gptables.Cover(**_cover(notes, too_long)),
            notes_table=pd.DataFrame({"Reference": list(said), "Note": list(said.values())}),
            workbook_options={
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
    book.get_worksheet_by_name("Notes").set_column(1, 1, _NOTE_WIDTH)
    book.set_properties(
        {
            "title": _plain(notes.title),
            "author": _plain(notes.released_by),
            "subject": _plain(notes.under),
            "comments": _plain(notes.synthetic),
            "created": datetime(notes.made.year, notes.made.month, notes.made.day),  # noqa: DTZ001
        }
    )
    book.close()


def _sheet(name: str, title: str, table: TidyTable, cells: pa.Table) -> Sheet:
    """A row for each place in the crossing, a column for the count of each measure."""
    used = [column for column in cells.column_names if column in table.breakdowns]
    with_code = {column for column in used if _has_codes(column, table.labels[column])}
    codes = [cells[column].to_pylist() for column in used]
    places = zip(*codes, strict=True) if used else iter([()] * len(cells))
    counts: dict[tuple[str, ...], dict[str, object]] = {}
    for place, measure, value in zip(
        places, cells[MEASURE].to_pylist(), _values(cells), strict=True
    ):
        counts.setdefault(place, {})[measure] = value
    measures = list(dict.fromkeys(measure for counted in counts.values() for measure in counted))
    headings: list[str] = []
    for column in used:
        headings.append(_plain(column_title(column)))
        headings += [f"{headings[-1]} code"] if column in with_code else []
    headings += [_plain(table.labels[MEASURE][measure], measure) for measure in measures]
    rows = []
    for place, counted in counts.items():
        row: list[object] = []
        for column, code in zip(used, place, strict=True):
            row.append(_plain(table.labels[column][code], code))
            row += [_plain(code)] if column in with_code else []
        rows.append([*row, *(counted.get(measure, _NOT_COUNTED) for measure in measures)])
    columns = tuple(_distinct(headings))
    return Sheet(name, _plain(title), columns, columns[-len(measures) :], rows)


def _has_codes(column: str, labels: dict[str, str]) -> bool:
    """Whether readers know the categories by codes, as they know areas and ICD-10."""
    coded = column not in BREAKDOWNS or BREAKDOWNS[column].kind in ("geography", "clinical")
    return coded and any(code not in (TOTAL, label) for code, label in labels.items())


def _values(cells: pa.Table) -> Iterator[object]:
    """What a sheet shows for each cell: the number as printed, or shorthand."""
    columns = (cells[name].to_pylist() for name in ("printed", "treatment", "low", "high"))
    for printed, treatment, low, high in zip(*columns, strict=True):
        if treatment == "starred":
            yield f"[{low} to {high}]"
        elif treatment == "withheld":
            yield printed
        else:
            yield int(printed)


def _page(sheet: Sheet, notes: ReleaseNotes, references: list[str]) -> dict[str, Any]:
    """The arguments of a gptables.GPTable."""
    import pandas as pd

    subtitles = [_plain(text) for text in (notes.synthetic, notes.provisional) if text]
    subtitles.append("Notes to this table:" + "".join(f"$${each}$$" for each in references))
    shown = {str(value) for row in sheet.rows for value in row[-len(sheet.counts) :]}
    return {
        "table": pd.DataFrame(sheet.rows, columns=list(sheet.columns), dtype=object),
        "table_name": sheet.name.lower(),
        "title": sheet.title,
        "subtitles": subtitles,
        "scope": _plain(f"Period: {notes.period}"),
        "source": _plain(f"Source: {notes.source}"),
        "legend": [text for symbol, text in _legend(shown)],
        "index_columns": {2: 0} if len(sheet.columns) > len(sheet.counts) else {},
        "additional_formatting": [
            {
                "column": {
                    "columns": list(sheet.counts),
                    "format": {"num_format": "#,##0", "align": "right"},
                    "include_names": True,
                }
            }
        ],
    }


def _legend(shown: set[str]) -> Iterator[tuple[str, str]]:
    for symbol in sorted(each for each in shown if each.startswith("[")):
        if symbol == "[c]":
            yield symbol, "[c] means confidential: nothing is said of the count."
        elif symbol == _NOT_COUNTED:
            yield symbol, "[z] means not applicable: this is not counted here."
        else:
            low_to_high = symbol.strip("[]")
            yield (
                symbol,
                f"{symbol} means a small number, {low_to_high}, hidden because it could point to "
                "a person. It is printed as * in the CSV file.",
            )


def _cover(notes: ReleaseNotes, too_long: Sequence[str]) -> dict[str, Any]:
    """The arguments of a gptables.Cover."""
    intro = [notes.synthetic, notes.summary, notes.provisional]
    about = [
        f"Released by {notes.released_by} to {notes.released_to} on {notes.made_on}, "
        f"as release {notes.release_id}.",
        f"Agreement: {notes.under}. {notes.agreement_title}",
        f"Source: {notes.source}.",
        f"Period: {notes.period}.",
        *(f"{each.term}: {each.meaning}" for each in notes.definitions),
    ]
    if notes.licence:
        about.append(f"Licence: {notes.licence}")
    if too_long:
        about.append("Too long for a sheet, and so in the CSV files only:")
        about += list(too_long)
    return {
        "title": _plain(notes.title),
        "intro": [_plain(text) for text in intro if text] or [_plain(notes.title)],
        "about": [_plain(text) for text in about],
        "contact": [_plain(notes.contact)],
    }


def _notes(notes: ReleaseNotes, too_long: Sequence[str]) -> dict[str, str]:
    """Reference to text of each note: how the figures are protected, then the release's own."""
    said = [
        f"{rule.title}. {' '.join(rule.words)}"
        + (f" Source: {rule.source}." if rule.source else "")
        for rule in notes.rules
    ]
    said += list(notes.notes)
    if too_long:
        said.append("Longer tables are in the CSV files that come with this workbook.")
    said = said or ["The counts are as the tables print them."]
    return {f"note{place}": _plain(text) for place, text in enumerate(said, start=1)}


def _plain(text: str, otherwise: str = "") -> str:
    """Text that gptables writes as it stands: no link, no note reference, something to read.

    It refuses cells without a letter or figure of ASCII, so such a label gets its code.
    """
    text = clean(text).replace("$$", "$ $").replace("](", "] (")
    longest = _LONGEST if otherwise else _LONGEST_NOTE
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    if text and not re.search("[a-zA-Z0-9]", text):
        code = clean(otherwise)
        text = f"{text} ({code if re.search('[a-zA-Z0-9]', code) else 'category'})"
    return text


def _distinct(headings: list[str]) -> Iterator[str]:
    """The headings, numbered where Excel would take two for the same."""
    seen: set[str] = set()
    for heading in headings:
        name, number = heading, 1
        while name.casefold() in seen:
            number += 1
            name = f"{heading} ({number})"
        seen.add(name.casefold())
        yield name
