"""The tables of an edition as plain rows, for files and programs: the same columns everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sharewell.register.report import plain
from sharewell.service.register.models import (
    AgreementRow,
    Change,
    DatasetRow,
    Edition,
    FileRow,
    MixedRow,
    OverlapRow,
    TallyRow,
    UseRow,
)

_AGREEMENT = (
    "name", "reference", "version", "title", "organisation", "organisation_type", "controllers",
    "controller_arrangement", "start", "end", "sublicensing", "commercial", "objective",
    "processing", "outputs", "benefits", "yielded_benefits",
)  # fmt: skip
_CHANGE = ("kind", "agreement", "sheet", "row", "label", "before", "after", "files")
_TALLY = (
    "name", "agreements", "versions", "files", "files_explained", "uses", "uses_explained",
)  # fmt: skip
_KEPT: Mapping[str, tuple[Any, tuple[str, ...]]] = {
    "agreements": (AgreementRow, _AGREEMENT),
    "datasets": (
        DatasetRow,
        ("agreement", "dataset", "type_of_data", "sensitivity", "frequency", "legal_basis",
         "confidentiality"),
    ),
    "files": (
        FileRow,
        ("file", "agreement", "dataset", "type_of_data", "sensitivity", "opt_outs",
         "legal_basis", "frequency", "month", "recipient"),
    ),
    "uses": (UseRow, ("use", "agreement", "dataset", "month", "recipient")),
    "organisations": (TallyRow, _TALLY),
    "overlaps": (OverlapRow, ("reference", "earlier", "later", "from_day", "to_day", "days")),
    "mixed-opt-outs": (
        MixedRow,
        ("reference", "organisation", "dataset", "month", "with_opt_outs", "without"),
    ),
}  # fmt: skip
NAMES = (*_KEPT, "changes")

Dictionaries = Iterator[dict[str, Any]]
Rows = Callable[[], Dictionaries]


def columns(table: str) -> tuple[str, ...]:
    """The columns of a table. KeyError: there is none of that name."""
    return _CHANGE if table == "changes" else _KEPT[table][1]


def query(edition: Edition, table: str) -> Any:
    """The rows of a table, to be filtered or cut; each a dictionary by column."""
    if table == "changes":
        return Change.objects.filter(edition=edition).order_by("position").values(*_CHANGE)
    model, names = _KEPT[table]
    return model.objects.of(edition).order_by("pk").values(*names)


def rows(found: Any) -> Dictionaries:
    """Rows as JSON can keep them: days as text, what is not known as None."""
    for row in found.iterator(chunk_size=2000):
        yield plain(row)
