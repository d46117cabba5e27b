"""Excel workbooks: whether one is safe to open, and its sheets as tables of text."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from sharewell.monitoring.errors import FileFaultError
from sharewell.monitoring.tables import ROWS, Batch, Table, even

GREATEST_FILE = 100 * 2**20
GREATEST_CONTENT = 600 * 2**20
"""Bytes of a workbook, and of what it unpacks to. Larger data are sent as CSV."""

ABOUT, CODES = "About", "Codes"
"""The sheets in which the template names its year and lists its codes."""

_MOST_PARTS = 500
_MOST_COLUMNS = 256
_CHUNK = 2**20
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_FAR_CELL = re.compile(rb"""r\s*=\s*["']([B-Z][A-Z]{2}\d+|[J-Z][A-Z]\d+|A?[A-Z]{3}\d+)["']""")
_OVERLAP = 64
_HEADINGS_WITHIN = 10


def is_workbook(path: Path) -> bool:
    """Whether the file starts as a workbook does: a zip with a part of a spreadsheet."""
    with path.open("rb") as file:
        head = file.read(4096)
    if not head.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.startswith("xl/") for name in archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError):
        return b"xl/" in head or b"[Content_Types].xml" in head


def read_workbook(path: Path) -> tuple[list[Table], str]:
    """The sheets of the workbook at ``path``, without those that describe it, and the year
    that they name ('' without it). Raises FileFaultError (MON005, MON006)."""
    _check_safe(path)
    try:
        workbook = CalamineWorkbook.from_path(path)
        sheets = [workbook.get_sheet_by_name(name) for name in workbook.sheet_names]
        about = next((sheet for sheet in sheets if sheet.name == ABOUT), None)
        passed = {ABOUT, CODES} if about else set()
        tables = [_table(path, sheet) for sheet in sheets if sheet.name not in passed]
        return [table for table in tables if table], _year(about)
    except CalamineError as error:
        raise FileFaultError("MON006", str(error)) from None


def text(cell: Any) -> str:
    """A cell as a CSV file would have it: days as 2026-06-30, whole numbers without a point."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        midnight = cell.time() == time()
        return cell.date().isoformat() if midnight else cell.isoformat(" ", "seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return cell.isoformat("seconds")
    if isinstance(cell, timedelta):
        return str(cell)
    return "" if cell is None else str(cell)


def _table(path: Path, sheet: CalamineSheet) -> Table | None:
    """The sheet as a table; None if nothing is in it. Headings are in its first row that holds
    anything, of the first ten."""
    if sheet.start is None:
        return None
    offset = sheet.start[0]
    start = [list(map(text, row)) for row in islice(sheet.iter_rows(), offset + _HEADINGS_WITHIN)]
    number = next((n for n, row in enumerate(start) if any(map(str.strip, row))), None)
    if number is None:
        return None
    headings = [heading.strip() for heading in start[number]]
    while not headings[-1]:
        headings.pop()
    first, width, height = number + 2, len(headings), max(sheet.total_height, 1)

    def read() -> Iterator[Batch]:
        rows = islice(sheet.iter_rows(), first - 1, None)
        at = first
        while some := [[text(cell) for cell in row] for row in islice(rows, ROWS)]:
            yield even(some, at, width, min(at / height, 1.0), pad=True)
            at += len(some)

    return Table(path, sheet.name, tuple(headings), (), read)


def _year(about: CalamineSheet | None) -> str:
    if about is None:
        return ""
    for row in islice(about.iter_rows(), _HEADINGS_WITHIN):
        cells = [text(cell).strip() for cell in row]
        if len(cells) > 1 and cells[0].lower() == "data set":
            return cells[1]
    return ""


def _check_safe(path: Path) -> None:
    """Looks at the sizes that the zip declares, then unpacks each part without keeping it, so that
    a lie about a size is found before a reader believes it."""
    if (size := path.stat().st_size) > GREATEST_FILE:
        raise _unsafe(f"it has {size:,} bytes, the most is {GREATEST_FILE:,}; send CSV")
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as file:
            parts = archive.infolist()
            if "xl/workbook.xml" not in {part.filename for part in parts}:
                raise FileFaultError("MON006", "it has no workbook inside")
            if len(parts) > _MOST_PARTS:
                raise _unsafe(f"it has {len(parts):,} parts")
            if (total := sum(part.file_size for part in parts)) > GREATEST_CONTENT:
                raise _unsafe(f"it unpacks to {total:,} bytes; send CSV")
            for part in parts:
                _check_part(file, part)
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError) as error:
        raise FileFaultError("MON006", str(error) or "its zip ends early") from None


def _check_part(file: Any, part: zipfile.ZipInfo) -> None:
    if part.flag_bits & 1 or part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _unsafe(f"its part {part.filename} is encrypted or packed unusually")
    if part.filename.lower().endswith("vbaproject.bin"):
        raise _unsafe("it holds macros")
    file.seek(part.header_offset)
    mark, name_length, extra_length = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    if mark != b"PK\x03\x04":
        raise zipfile.BadZipFile("a part is not where its zip says")
    file.seek(name_length + extra_length, 1)
    is_sheet = "worksheets/" in part.filename
    unpack = zlib.decompressobj(-15) if part.compress_type == zipfile.ZIP_DEFLATED else None
    left, grown, tail = part.compress_size, 0, b""
    while left > 0:
        packed = file.read(min(_CHUNK, left))
        if not packed:
            raise EOFError
        left -= len(packed)
        while packed:
            plain = unpack.decompress(packed, _CHUNK) if unpack else packed
            packed = unpack.unconsumed_tail if unpack else b""
            grown += len(plain)
            if grown > part.file_size:
                raise _unsafe(f"its part {part.filename} is longer than it declares")
            if is_sheet:
                if found := _FAR_CELL.search(tail + plain):
                    raise _unsafe(
                        f"{part.filename} has the cell {found[1].decode()}, beyond "
                        f"{_MOST_COLUMNS} columns"
                    )
                tail = plain[-_OVERLAP:]


def _unsafe(why: str) -> FileFaultError:
    return FileFaultError("MON005", why)
