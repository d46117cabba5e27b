"""Checks of the files that are about to leave: their types, what is in them, and their size."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath

GREATEST_FILE = 50_000_000  # bytes
GREATEST_RELEASE = 200_000_000  # bytes, of all files together
MOST_FILES = 200
GREATEST_UNPACKED = 500_000_000  # bytes of an unpacked workbook
GREATEST_RATIO = 200  # of unpacked to packed bytes; a real workbook has about 10

_NUMBER = re.compile(r"[-+]?[\d,.]+%?$")
_ACTIVE = re.compile(
    rb"<\s*(script|iframe|object|embed|base|form)\b|javascript:|<[^>]*\son\w+\s*=", re.IGNORECASE
)


def type_problems(files: Mapping[str, Path]) -> tuple[str, ...]:
    """What is wrong with files, by name: an unknown type, or content that is not of its type or
    that would do something when opened (macros, formulas, scripts, zip bombs)."""
    return tuple(problem for name, path in sorted(files.items()) for problem in _judge(name, path))


def size_problems(files: Mapping[str, Path]) -> tuple[str, ...]:
    """What is too large, or too many."""
    sizes = {name: path.stat().st_size for name, path in files.items()}
    found = [
        f"{name} has {size:,} bytes; the most is {GREATEST_FILE:,}."
        for name, size in sorted(sizes.items())
        if size > GREATEST_FILE
    ]
    if sum(sizes.values()) > GREATEST_RELEASE:
        found.append(f"All files together have more than {GREATEST_RELEASE:,} bytes.")
    if len(sizes) > MOST_FILES:
        found.append(f"There are {len(sizes)} files; the most is {MOST_FILES}.")
    return tuple(found)


def _judge(name: str, path: Path) -> Iterator[str]:
    pure = PurePosixPath(name)
    if pure.is_absolute() or ".." in pure.parts or "\\" in name or not name.isprintable():
        yield f"'{name}' is no plain file name."
        return
    judge = _TYPES.get(pure.suffix.lower())
    if judge is None:
        yield f"{name}: this type does not leave. Types that do: {', '.join(sorted(_TYPES))}."
    elif path.stat().st_size <= GREATEST_FILE:
        for problem in judge(path):
            yield f"{name}: {problem}"


def _judge_csv(path: Path) -> Iterator[str]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        yield f"it is not CSV in UTF-8 ({error})."
        return
    if "\0" in text:
        yield "it is not text."
    for number, row in enumerate(rows, 1):
        for cell in row:
            if cell[:1] in "=+-@\t\r" and cell and not _NUMBER.match(cell):
                yield f"row {number} has a cell that a spreadsheet would run: '{cell[:40]}'."
                return


def _judge_json(path: Path) -> Iterator[str]:
    try:
        json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        yield f"it is not JSON ({error})."


def _judge_workbook(path: Path) -> Iterator[str]:
    try:
        with zipfile.ZipFile(path) as packed:
            parts = packed.infolist()
    except zipfile.BadZipFile:
        yield "it is no workbook."
        return
    names = {part.filename for part in parts}
    unpacked = sum(part.file_size for part in parts)
    if "[Content_Types].xml" not in names or "xl/workbook.xml" not in names:
        yield "it is no workbook."
    if unpacked > GREATEST_UNPACKED or unpacked > GREATEST_RATIO * max(path.stat().st_size, 1):
        yield f"it unpacks to {unpacked:,} bytes, which no workbook of its size does."
    if any("vbaproject" in name.lower() or name.lower().endswith(".bin") for name in names):
        yield "it holds macros or other programs."
    if any(name.startswith(("xl/externalLinks/", "xl/embeddings/")) for name in names):
        yield "it fetches from, or holds, other files."


def _judge_page(path: Path) -> Iterator[str]:
    raw = path.read_bytes()
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        yield "it is not text in UTF-8."
    if _ACTIVE.search(raw):
        yield "the page would run something when opened."


def _judge_sealed(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        if not file.read(21).startswith(b"age-encryption.org/v1"):
            yield "it is not encrypted with age."


_TYPES: Mapping[str, Callable[[Path], Iterator[str]]] = {
    ".csv": _judge_csv,
    ".json": _judge_json,
    ".xlsx": _judge_workbook,
    ".html": _judge_page,
    ".age": _judge_sealed,
}
