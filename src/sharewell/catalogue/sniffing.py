"""What kind of file this is, from its first bytes: never from its name."""

from __future__ import annotations

import csv
import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_HEAD = 256 * 1024

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Word document"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"BZh", "a bzip2 file; use gzip"),
    (b"\x28\xb5\x2f\xfd", "a zstd file; use gzip"),
    (b"\xfd7zXZ\x00", "an xz file; use gzip"),
    (b"Rar!", "a RAR archive"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"ARROW1", "an Arrow (Feather) file"),
    (b"Obj\x01", "an Avro file"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"age-encryption.org/", "a file encrypted with age: decrypt it first"),
    (b"-----BEGIN PGP", "a file encrypted with PGP: decrypt it first"),
    (b"<?xml", "an XML document"),
    (b"<!DOCTYPE html", "a web page: perhaps a sign-in page that was saved instead of the file"),
    (b"<html", "a web page: perhaps a sign-in page that was saved instead of the file"),
    (b"{", "JSON"),
    (b"[", "JSON"),
)
_OFFICE = ((b"xl/", "an Excel workbook (xlsx)"), (b"word/", "a Word document (docx)"))


class FileFaultError(Exception):
    """A file that cannot be read as a table. ``code`` is that of the rule in `rules.FILE_RULES`.

    ``detail`` says what was found; ``rows`` are line numbers, counted from 1 for the header.
    """

    def __init__(self, code: str, detail: str, rows: tuple[int, ...] = (), count: int = 1) -> None:
        super().__init__(detail)
        self.code, self.detail, self.rows, self.count = code, detail, rows, count


@dataclass(frozen=True)
class Layout:
    """How to read a file. ``columns`` are the names as the file has them."""

    path: Path
    kind: Literal["csv", "parquet"]
    columns: tuple[str, ...]
    delimiter: str = ","
    newline: str = "\\n"
    gzipped: bool = False
    ends_with_newline: bool = True

    @property
    def format(self) -> str:
        """In words: 'CSV (comma)', 'CSV (pipe), gzip' or 'Parquet'."""
        if self.kind == "parquet":
            return "Parquet"
        name = {",": "comma", "|": "pipe"}[self.delimiter]
        return f"CSV ({name})" + (", gzip" if self.gzipped else "")


def sniff(path: Path) -> Layout:
    """How ``path`` is to be read. Raises FileFaultError with HES001 to HES007."""
    try:
        if path.is_dir():
            raise FileFaultError("HES001", "it is a directory; give one file")
        with path.open("rb") as file:
            head = file.read(_HEAD)
            last = _last_byte(path)
    except OSError as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else error.strerror
        raise FileFaultError("HES001", str(reason or error)) from None
    if not head:
        raise FileFaultError("HES002", "0 bytes")
    if head[:4] == b"PAR1":
        return Layout(path, "parquet", _parquet_columns(path))
    gzipped = head[:2] == b"\x1f\x8b"
    if gzipped:
        head = _unzipped_head(path)
        if head[:4] == b"PAR1":
            raise FileFaultError("HES004", "it is a Parquet file inside gzip: unzip it first")
        if not head:
            raise FileFaultError("HES002", "0 bytes inside the gzip file")
    delimiter, newline, columns = _header(head)
    return Layout(
        path, "csv", columns, delimiter, newline, gzipped, gzipped or last in (b"\n", b"\r")
    )


def _last_byte(path: Path) -> bytes:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(size - 1, 0))
        return file.read(1)


def _unzipped_head(path: Path) -> bytes:
    try:
        with gzip.open(path, "rb") as file:
            return file.read(_HEAD)
    except EOFError:
        raise FileFaultError("HES006", "the gzip file ends before its end mark") from None
    except (OSError, zlib.error) as error:
        raise FileFaultError("HES006", f"the gzip file is damaged ({error})") from None


def _parquet_columns(path: Path) -> tuple[str, ...]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return tuple(pq.read_schema(path).names)
    except (pa.ArrowException, OSError) as error:
        first = str(error).splitlines()[0]
        raise FileFaultError("HES006", f"it starts as a Parquet file but: {first}") from None


def _looks_like(head: bytes) -> str | None:
    if head[:4] == b"PK\x03\x04":
        return next((name for mark, name in _OFFICE if mark in head), "a zip archive; unzip it")
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for mark, name in _SIGNATURES:
        if start[: len(mark)].lower() == mark.lower():
            return name
    return None


def _header(head: bytes) -> tuple[str, str, tuple[str, ...]]:
    """Delimiter, line end and column names of a CSV file that starts with ``head``."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or head[1:2] == b"\0" or head[:1] == b"\0":
        raise FileFaultError("HES005", "it looks like UTF-16, already in the header", (1,))
    if (name := _looks_like(head)) is not None:
        raise FileFaultError("HES004", f"it looks like {name}")
    if b"\0" in head:
        raise FileFaultError("HES004", "it is binary, of no kind known here")
    end = head.find(b"\n")
    newline = "\\n"
    if end > 0 and head[end - 1 : end] == b"\r":
        newline = "\\r\\n"
    elif end < 0 and b"\r" in head:
        end, newline = head.find(b"\r"), "\\r"
    line = head if end < 0 else head[:end]
    try:
        text = line.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise FileFaultError("HES005", f"byte {error.start + 1} of the header", (1,)) from None
    counts = {mark: text.count(mark) for mark in (",", "|", "\t", ";")}
    delimiter = max(counts, key=lambda mark: counts[mark])
    if counts[delimiter] == 0:
        raise FileFaultError("HES004", "its first line is not a list of column names", (1,))
    if delimiter not in ",|":
        name = "tabs" if delimiter == "\t" else "semicolons"
        raise FileFaultError(
            "HES004", f"its values are separated by {name}, not commas or pipes", (1,)
        )
    names = next(csv.reader([text], delimiter=delimiter))
    return delimiter, newline, tuple(name.strip() for name in names)
