"""The reviewers' page: what the attack found before repair, what repair did, and what to check.

It stays inside, for what a reader would have found out is what must not be found out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

SQUARE, LEFT, TOP = 14, 190, 54  # px
LABEL = 26  # characters


@dataclass(frozen=True)
class Exposure:
    """A count that a reader would have known: its name, what is printed for it, and how."""

    name: str
    printed: str
    because: str


@dataclass(frozen=True)
class Grid:
    """One table by area and year: for (row, column) how many counts were exposed, and how many
    figures repair withheld. Squares that the table does not have are in neither ``present``."""

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    present: frozenset[tuple[int, int]]
    exposed: Mapping[tuple[int, int], int]
    withheld: Mapping[tuple[int, int], int]


@dataclass(frozen=True)
class Repaired:
    """A table after repair: its treatments, and the names of what repair withheld."""

    title: str
    cells: int
    treatments: Mapping[str, int]
    withheld: tuple[str, ...]


@dataclass(frozen=True)
class ReviewNotes:
    """What a reviewer should know of a release's disclosure control.

    ``width``: counts that must be possible; ``linked``, ``protected``: counts in the attack and
    those that it tried; ``exposed`` of them would have been known, ``exact`` of these to the
    very number. ``compared`` are the tables it was attacked with, ``silent`` earlier releases that
    could not be; ``already`` (of ``already_count``) counts that are known from those alone.
    """

    title: str
    width: int
    linked: int
    protected: int
    exposed: int
    exact: int
    exposures: tuple[Exposure, ...]
    tables: tuple[Repaired, ...]
    grids: tuple[Grid, ...]
    compared: tuple[str, ...]
    silent: tuple[str, ...]
    already: tuple[str, ...]
    already_count: int
    witnesses: int
    proof: str


def write_review(path: Path, notes: ReviewNotes) -> None:
    """Writes the page: one file, no script, nothing fetched from elsewhere."""
    environment = Environment(
        loader=PackageLoader("sharewell.publication"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = lambda value: f"{value:,}"
    html = environment.get_template("review.html.j2").render(
        notes=notes, square=SQUARE, left=LEFT, top=TOP, short=_short
    )
    path.write_text(html, encoding="utf-8", newline="\n")


def _short(text: str) -> str:
    return text if len(text) <= LABEL else f"{text[: LABEL - 1]}…"
