"""What a measure and a breakdown are, whatever dataset they count."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

TOTAL = "total"
"""The value of a breakdown in a margin: summed, or counted afresh, over all its categories."""

UNKNOWN = "unknown"

Kind = Literal["time", "geography", "person", "clinical", "activity"]


@dataclass(frozen=True)
class Measure:
    """One thing to count.

    ``condition`` is SQL over a form's columns (DuckDB dialect) that says which rows count.
    ``distinct`` names the column whose different values are counted, ``amount`` the one whose
    numbers are summed; without either, rows are counted. A distinct measure does not add: a margin
    is counted afresh, never summed. ``within`` are measures that this one never exceeds, all of
    them and not only the next. ``things``: neither people nor what happened to them, so that
    disclosure rules exempt it. ``meaning`` defines it for readers, in sentences.
    """

    id: str
    title: str
    condition: str
    distinct: str | None = None
    amount: str | None = None
    within: tuple[str, ...] = ()
    things: bool = False
    meaning: str = ""

    @property
    def adds(self) -> bool:
        """Whether a margin equals the sum of its cells."""
        return self.distinct is None

    def defined(self) -> str:
        """What readers are told that it is."""
        return self.meaning or f"Episodes where {self.condition}."


@dataclass(frozen=True)
class Breakdown:
    """One way to split a count; ``kind`` tells disclosure rules what it reveals.

    ``expression`` is SQL in DuckDB's dialect over the row (alias ``e``) and, where its form has a
    place, the area (alias ``a``). It never yields null: what is not known is a category of its
    own, so that the categories of a breakdown always add to its total. ``labels`` gives code to
    label of every category in the order to print them; None where the period (time) or the code
    list (clinical) decides which there are. ``dimension`` is what several breakdowns show in
    different detail (age in bands of two widths), its own id by default; ``groups`` says which
    categories of a finer one make up each of its own. Breakdowns that are ``apart`` show different
    things, are never crossed, and share a dimension to save room. ``meaning`` defines it for
    readers.
    """

    id: str
    title: str
    kind: Kind
    expression: str
    total_label: str
    labels: Callable[[], Mapping[str, str]] | None = None
    dimension: str = ""
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    apart: bool = False
    meaning: str = ""

    def defined(self) -> str:
        """What readers are told that it is."""
        return self.meaning or f"The breakdown '{self.id}'."


def bands(edges: tuple[int, ...], expression: str) -> tuple[str, tuple[str, ...]]:
    """SQL and labels for age bands that start at ``edges``; the last one is open."""
    labels = [f"{low}-{high - 1}" for low, high in itertools.pairwise(edges)]
    labels.append(f"{edges[-1]}+")
    whens = " ".join(
        f"WHEN {expression} < {high} THEN '{label}'"
        for high, label in zip(edges[1:], labels, strict=False)
    )
    known = f"{expression} BETWEEN 0 AND 130"
    sql = f"CASE WHEN {known} THEN CASE {whens} ELSE '{labels[-1]}' END ELSE '{UNKNOWN}' END"
    return sql, (*labels, UNKNOWN)


def from_codes(column: str, codes: Mapping[str, str]) -> str:
    """SQL: the column's value where it is one of ``codes``, else not known."""
    known = ", ".join(f"'{code}'" for code in codes if code != UNKNOWN)
    return f"CASE WHEN {column} IN ({known}) THEN {column} ELSE '{UNKNOWN}' END"
