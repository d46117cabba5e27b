"""Is this file a workbook that is safe to open? Asked before any reader unpacks it.

A workbook is a zip of XML. A small one can unpack to more than memory holds (a "zip bomb"), can
declare less than it unpacks to, and can name one cell so far away that a reader makes room for
billions. None of that is a register.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from typing import BinaryIO

from sharewell.register.errors import Problem, RegisterError

GREATEST_FILE = 200 * 2**20
"""Bytes of the longest workbook that is read; the national register has about 30 million."""

GREATEST_CONTENT = 2**30
"""Bytes that all its parts may unpack to."""

_MOST_PARTS = 2000
_CHUNK = 2**20
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_FAR_CELL = re.compile(rb"""r\s*=\s*["']([A-Z]{2,3}\d+|[A-Z]?(?:[5-9]\d{5}|\d{7,}))["']""")
_FAR = "column Z or row 500,000"
_OVERLAP = 64


def check_workbook(file: BinaryIO, name: str) -> None:
    """Raises RegisterError unless the file is an .xlsx workbook of a reasonable size.

    Looks at the sizes that the zip declares, then unpacks each part without keeping it, so that
    a lie about a size is found.
    """
    size = file.seek(0, 2)
    file.seek(0)
    if size > GREATEST_FILE:
        raise _unsafe(name, f"It has {size:,} bytes; the most is {GREATEST_FILE:,}.")
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            _check_declared(parts, name)
            for part in parts:
                _check_part(file, part, name)
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError):
        raise RegisterError(
            [
                Problem(
                    "This is not an Excel workbook (.xlsx).",
                    "Download the register again, and give the file as it was downloaded.",
                    name,
                )
            ]
        ) from None
    file.seek(0)


def _check_declared(parts: list[zipfile.ZipInfo], name: str) -> None:
    if "xl/workbook.xml" not in {part.filename for part in parts}:
        raise zipfile.BadZipFile
    if len(parts) > _MOST_PARTS:
        raise _unsafe(name, f"It has {len(parts):,} parts.")
    if (total := sum(part.file_size for part in parts)) > GREATEST_CONTENT:
        raise _unsafe(name, f"It unpacks to {total:,} bytes; the most is {GREATEST_CONTENT:,}.")
    for part in parts:
        if part.flag_bits & 1 or part.compress_type not in (
            zipfile.ZIP_STORED,
            zipfile.ZIP_DEFLATED,
        ):
            raise _unsafe(name, f"Its part {part.filename} is encrypted or packed unusually.")
        if part.filename.lower().endswith("vbaproject.bin"):
            raise _unsafe(name, "It holds macros.")


def _check_part(file: BinaryIO, part: zipfile.ZipInfo, name: str) -> None:
    """Unpacks one part; raises if it grows beyond its declared size or holds a far cell."""
    file.seek(part.header_offset)
    _, name_length, extra_length = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
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
            if unpack:
                plain = unpack.decompress(packed, _CHUNK)
                packed = unpack.unconsumed_tail
            else:
                plain, packed = packed, b""
            grown += len(plain)
            if grown > part.file_size:
                raise _unsafe(name, f"Its part {part.filename} is longer than it declares.")
            if is_sheet:
                if found := _FAR_CELL.search(tail + plain):
                    where = found[1].decode()
                    raise _unsafe(name, f"{part.filename} has the cell {where}, beyond {_FAR}.")
                tail = plain[-_OVERLAP:]


def _unsafe(name: str, why: str) -> RegisterError:
    remedy = "It is not opened. Give the register as NHS England publishes it."
    return RegisterError([Problem(why, remedy, name)])
