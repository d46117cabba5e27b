"""Files of a release as a page can show them: rows, words, or the text as it is.

A reviewer looks at what a reader will get without any program but the browser, and nothing in a
file can run here: a page of a release is taken apart into its headings, paragraphs and tables.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath

from python_calamine import CalamineWorkbook

from sharewell.flows.home import leaving
from sharewell.ledger import Entry, FileRef

Row = Sequence[object]

REVIEWERS_PAGE = "inside/review.html"
"""What the attack on the tables found out, before repair: for reviewers, and it never leaves."""

_BLOCKS = {"h1", "h2", "h3", "h4", "p", "li", "dt", "dd", "caption", "figcaption", "pre"}
_UNSEEN = {"style", "title", "head", "svg"}


@dataclass(frozen=True)
class Sheet:
    """A table: a title, the words above each column, and rows. ``same`` are the columns that hold
    one value in every row, told once instead; ``coded`` those left out because the column of
    their labels says the same."""

    title: str
    head: Row
    rows: Sequence[Row]
    same: tuple[tuple[object, object], ...] = ()
    coded: tuple[object, ...] = ()


@dataclass
class Block:
    """A heading ('h'), a paragraph ('p') or a table ('table') of a page."""

    kind: str
    text: str = ""
    rows: list[list[str]] = field(default_factory=list)


@dataclass(frozen=True)
class Shown:
    """One of: sheets (a table each), blocks (a page), or text."""

    sheets: tuple[Sheet, ...] = ()
    blocks: tuple[Block, ...] = ()
    text: str = ""


def file_called(entry: Entry, name: str) -> FileRef | None:
    """The file of a release with exactly this name; whatever else is asked for is not there."""
    return next((ref for ref in leaving(entry) if ref.name == name), None)


def reviewers_page(entry: Entry) -> FileRef | None:
    """The page that disclosure control made for reviewers, if it made one."""
    return next((ref for ref in entry.files if ref.name == REVIEWERS_PAGE), None)


def show(name: str, path: Path) -> Shown:
    """The file, taken apart by what its name says it is."""
    match PurePosixPath(name).suffix:
        case ".csv":
            with path.open(encoding="utf-8-sig", newline="") as file:
                rows = list(csv.reader(file))
            return Shown(sheets=(_shorter(rows[0] if rows else [], rows[1:]),))
        case ".xlsx":
            return Shown(sheets=_sheets(path))
        case ".html":
            taker = _Taker()
            taker.feed(path.read_text("utf-8"))
            taker.close()
            tidied = (_tidy(block) for block in taker.blocks)
            return Shown(blocks=tuple(block for block in tidied if block.text or block.rows))
        case ".json":
            return Shown(text=json.dumps(json.loads(path.read_bytes()), indent=1))
        case _:
            return Shown()


def containing(rows: Sequence[Row], words: str) -> Sequence[Row]:
    """The rows in which every one of the words stands somewhere."""
    wanted = words.casefold().split()
    if not wanted:
        return rows
    return [row for row in rows if all(w in " ".join(map(str, row)).casefold() for w in wanted)]


def _sheets(path: Path) -> tuple[Sheet, ...]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
    found = []
    for name in book.sheet_names:
        rows = [[_plain(cell) for cell in row] for row in book.get_sheet_by_name(name).to_python()]
        width = max(map(len, rows), default=0)
        found.append(Sheet(name, [_letters(n) for n in range(width)], rows))
    return tuple(found)


def _plain(cell: object) -> object:
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell


def _letters(number: int) -> str:
    head, last = divmod(number, 26)
    return (_letters(head - 1) if head else "") + chr(ord("A") + last)


def _shorter(head: Row, rows: Sequence[Row]) -> Sheet:
    """The table without what it says twice, so that the figures are in sight."""
    width = len(head)
    if len(rows) < 2 or any(len(row) != width for row in rows):
        return Sheet("", head, rows)
    coded = {column for column in range(width) if f"{head[column]}_label" in head}
    same = {c for c in range(width) if c not in coded and len({row[c] for row in rows}) == 1}
    kept = [column for column in range(width) if column not in same | coded]
    return Sheet(
        title="",
        head=[head[column] for column in kept],
        rows=[[row[column] for column in kept] for row in rows],
        same=tuple((head[column], rows[0][column] or "empty") for column in sorted(same)),
        coded=tuple(head[column] for column in sorted(coded)),
    )


def _tidy(block: Block) -> Block:
    """White space as a browser shows it."""
    rows = [[" ".join(cell.split()) for cell in row] for row in block.rows]
    return Block(block.kind, " ".join(block.text.split()), rows)


class _Taker(HTMLParser):
    """Takes a page apart."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self._unseen = 0
        self._cell = False

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        """Begins a block, a row or a cell."""
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag == "table":
            self.blocks.append(Block("table"))
        elif tag == "tr" and self._table:
            self._table.rows.append([])
        elif tag in ("td", "th") and self._table and self._table.rows:
            self._table.rows[-1].append("")
            self._cell = True
        elif tag in _BLOCKS:
            self.blocks.append(Block("h" if tag[0] == "h" else "p"))

    def handle_endtag(self, tag: str) -> None:
        """Ends it."""
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag in ("td", "th"):
            self._cell = False
        elif tag == "table" or tag in _BLOCKS:
            self.blocks.append(Block("p"))

    def handle_data(self, data: str) -> None:
        """Adds words to where they stand."""
        if self._unseen or not self.blocks:
            return
        if self._cell and self._table and self._table.rows:
            row = self._table.rows[-1]
            row[-1] += data
        elif self.blocks[-1].kind != "table":
            self.blocks[-1].text += data

    @property
    def _table(self) -> Block | None:
        last = self.blocks[-1] if self.blocks else None
        return last if last is not None and last.kind == "table" else None
