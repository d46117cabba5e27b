"""Changes as a reader is told them: what happened, to what, and each thing once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sharewell.service.register.models import AgreementRow, Change

MINOR = (Change.Kind.ALIAS, Change.Kind.COSMETIC)
"""Changes in which nothing that is meant changed."""
FILE_KINDS = (Change.Kind.FILES, Change.Kind.FILES_GONE)

_SHOWN = 10


@dataclass(frozen=True)
class Told:
    """One change, at all the rows where it happened in the same words."""

    change: Change
    title: str
    rows: tuple[str, ...]

    @property
    def where(self) -> str:
        """The rows, the first by name."""
        if len(self.rows) < 2:
            return self.rows[0] if self.rows else ""
        return f"{self.rows[0]} and {len(self.rows) - 1} more rows"


def told(changes: Iterable[Change]) -> list[Told]:
    """In their order; neighbours that say the same of several rows are taken together."""
    kept = list(changes)
    titles = _titles(kept)
    found = []
    for _, group in groupby(kept, key=_what):
        same = tuple(group)
        first = same[0]
        rows = tuple(each.row for each in same if each.row)
        found.append(Told(first, titles.get(first.reference, ""), rows))
    return found


@dataclass(frozen=True)
class History:
    """What became of an organisation or an agreement: what matters, and how much else there is."""

    latest: Sequence[Told]
    minor: int


def history(changes: Any) -> History:
    """The latest changes of a query, without those of looks and names, which are counted."""
    real = changes.exclude(kind__in=MINOR).select_related("edition", "applicant")
    latest = real.order_by("-edition__as_of", "-edition__number", "position")[:_SHOWN]
    return History(told(latest), changes.filter(kind__in=MINOR).count())


def _what(change: Change) -> tuple[Any, ...]:
    alone = change.pk if change.files or not change.label else None
    return (
        change.edition_id,
        change.kind,
        change.agreement,
        change.label,
        change.before,
        change.after,
        alone,
    )


def _titles(changes: Sequence[Change]) -> dict[str, str]:
    references = {each.reference for each in changes}
    rows = AgreementRow.objects.filter(reference__in=references).order_by("first", "pk")
    return dict(rows.values_list("reference", "title"))
