"""CSV files as suppliers write them: any usual encoding, separator and line end, streamed."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TextIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from sharewell.monitoring.errors import FileFaultError
from sharewell.monitoring.tables import ROWS, Batch, Table, even, without_blank

_HEAD = 256 * 1024
_CHUNK = 2**20
_PIECE = 2**23  # characters: some 50,000 rows
_SEPARATORS = (",", ";", "\t", "|")
_SAYS_SEPARATOR = re.compile(r'"?sep=(.)"?\s*')
_OTHER_KINDS = (
    (b"%PDF", "a PDF document"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file (.xls), or a workbook with a password"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"<", "a web page or XML"),
    (b"{", "JSON"),
    (b"-----BEGIN", "an encrypted file"),
    (b"age-encryption.org/", "an encrypted file"),
)


def read_csv(path: Path) -> Table:
    """The table in the CSV file at ``path``. Raises FileFaultError (MON002, MON004, MON007).

    UTF-8, UTF-16 with its mark, or Windows-1252; commas, semicolons, tabs or pipes; a first line
    ``sep=;`` is understood. Rows are read when the table is, in bounded memory.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
        size = file.seek(0, 2)
    if not head.strip():
        raise FileFaultError("MON002", "0 bytes" if not head else "only blanks")
    encoding = _encoding(path, head)
    notes = []
    if encoding == "cp1252":
        notes.append(("MON017", "it holds letters with accents or other signs"))
    if encoding != "utf-16" and _last_byte(path) not in b"\r\n":
        notes.append(("MON020", "every value of it may still be right"))
    with _opened(path, encoding) as text:
        separator, skipped = _separator(text.read(_HEAD))
    with _opened(path, encoding) as text:
        lines = csv.reader(text, delimiter=separator, strict=True)
        try:
            headings = next(islice(lines, skipped, None), [])
        except csv.Error as error:
            raise FileFaultError("MON013", str(error), 1) from None
    while headings and not headings[-1].strip():
        headings.pop()
    if not headings:
        raise FileFaultError("MON008", "the first line is empty")

    def read() -> Iterator[Batch]:
        with _opened(path, encoding) as text:
            lines = csv.reader(text, delimiter=separator, strict=True)
            found: list[str] = []
            for _ in range(skipped + 1):
                found = next(lines, [])
            yield from _body(
                text, separator, len(headings), len(found), skipped + 2,
                lambda: min(text.buffer.tell() / size, 1.0),
            )  # fmt: skip

    return Table(path, "", tuple(name.strip() for name in headings), tuple(notes), read)


def _body(
    text: TextIO,
    separator: str,
    width: int,
    columns: int,
    first: int,
    done: Callable[[], float],
) -> Iterator[Batch]:
    """The rows after the headings, from number ``first``. Whole pieces are read at once while no
    quotation marks are in them; from there on, row by row. ``columns`` are those of the heading
    line, with empty ones at its end that have no heading."""
    rest = ""
    while piece := text.read(_PIECE):
        whole, end, rest_of_it = (rest + piece).rpartition("\n")
        if not end or not _is_plain(whole):
            rest += piece
            break
        rest = rest_of_it
        batch = _at_once(whole + end, separator, width, columns, first, done())
        if batch is None:
            rows = list(csv.reader(io.StringIO(whole + end, newline=""), delimiter=separator))
            batch = even(rows, first, width, done())
        yield batch
        first += len(batch.numbers) + len(batch.odd)
    yield from _by_row(_lines(rest, text), separator, width, first, done)


def _by_row(
    lines: Iterable[str], separator: str, width: int, first: int, done: Callable[[], float]
) -> Iterator[Batch]:
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        rows: list[list[str]] = []
        fault: FileFaultError | None = None
        try:
            rows.extend(islice(reader, ROWS))  # keeps what came before a fault
        except csv.Error as error:
            fault = FileFaultError("MON013", str(error), first + len(rows))
        if rows:
            yield even(rows, first, width, done())
            first += len(rows)
        if fault is not None:
            raise fault
        if len(rows) < ROWS:
            return


def _lines(begun: str, text: TextIO) -> Iterator[str]:
    """The lines of what was read already, and of what follows it."""
    lines = list(io.StringIO(begun, newline=""))
    yield from lines[:-1]
    last = lines[-1] if lines else ""
    follows = next(text, "") if not last.endswith("\n") else ""
    # A carriage return at the end of what was read may be half of a line end.
    if last.endswith("\r") and follows not in ("", "\n"):
        yield last
        last = ""
    if last or follows:
        yield last + follows
    yield from text


def _is_plain(piece: str) -> bool:
    """Whether each line of it is a row, whose values stand between separators."""
    marks = '"' in piece or "\0" in piece
    return not marks and piece.count("\r") == piece.count("\r\n") + piece.endswith("\r")


def _at_once(
    piece: str, separator: str, width: int, columns: int, first: int, done: float
) -> Batch | None:
    """The rows of a plain piece; None where not every row has as many values as the headings."""
    names = [str(n) for n in range(columns)]
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(piece.encode()),
            pa_csv.ReadOptions(column_names=names, block_size=2 * len(piece) + 2**20),
            pa_csv.ParseOptions(delimiter=separator, quote_char=False, ignore_empty_lines=False),
            pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        ).combine_chunks()
    except pa.ArrowInvalid:
        return None
    texts = [
        table[name].chunk(0) if table.num_rows else pa.array([], pa.string()) for name in names
    ]
    if any(pc.any(pc.not_equal(column, "")).as_py() for column in texts[width:]):
        return None
    return without_blank(texts[:width], first, done)


def _opened(path: Path, encoding: str) -> TextIO:
    return path.open(encoding=encoding, newline="")


def _encoding(path: Path, head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _checked(path, "utf-16")
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    for mark, name in _OTHER_KINDS:
        if start.startswith(mark):
            raise FileFaultError("MON004", f"it looks like {name}")
    if b"\0" in head:
        raise FileFaultError("MON007", "it holds zero bytes: binary, or UTF-16 without its mark")
    try:
        return _checked(path, "utf-8-sig")
    except FileFaultError:
        return _checked(path, "cp1252")


def _checked(path: Path, encoding: str) -> str:
    """The encoding, if all of the file is in it."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise FileFaultError("MON007", f"neither UTF-8 nor Windows-1252 ({error})") from None
    return encoding


def _separator(head: str) -> tuple[str, int]:
    """The separator of the values, and how many lines come before the headings (0 or 1)."""
    first = head.splitlines()[0] if head else ""
    if said := _SAYS_SEPARATOR.fullmatch(first):
        return said[1], 1
    bare = re.sub(r'"[^"]*"', "", first)
    return max(_SEPARATORS, key=bare.count), 0


def _last_byte(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read(1)
