"""Records without names, for an analyst who studies them here.

Only clients who consent at that moment, by gate and policy; only derived columns and codes; each
client under the pseudonym that stands for them every time. They are records about people all the
same: they are not for leaving, and each taking is in the ledger.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.fields.json import KeyTextTransform

from sharewell.service.monitoring import reach
from sharewell.service.monitoring.activity import OF_MODULE
from sharewell.service.monitoring.models import Record
from sharewell.service.monitoring.reach import DERIVED, Reach, within
from sharewell.service.monitoring.reports.periods import Period
from sharewell.service.monitoring.sealing import pseudonym

_OWN = ("module", "day", "place")
_CODED = tuple(sorted({name for fields in OF_MODULE.values() for _module, name in fields}))
_CLIENT = tuple(name for name in DERIVED if name != "service_id")
COLUMNS = ("pseudonym", "service", *_OWN, *(f"client_{name}" for name in _CLIENT), *_CODED)
"""The columns of a row: whose it is, where, what it is, the client as derived, and the codes."""


def rows(period: Period, most: int | None = None) -> Iterator[Sequence[Any]]:
    """The records of a period in reach, by day: the first ``most`` of them, or all."""
    found = _records(period)
    known = lru_cache(maxsize=200_000)(pseudonym)
    for client, *values in (found if most is None else found[:most]).iterator(chunk_size=5_000):
        yield [known(client) if client else "", *("" if v is None else v for v in values)]


def count(period: Period) -> int:
    """How many records there are in reach."""
    return reach.records().filter(day__range=(period.first, period.last)).count()


def as_csv(reader: Reach, period: Period) -> Iterator[str]:
    """The same as lines of CSV, asked for within the reach as they are sent."""
    writer = csv.writer(_Line())
    yield writer.writerow(COLUMNS)
    with within(reader):
        for row in rows(period):
            yield writer.writerow(row)


def _records(period: Period) -> QuerySet[Record, Any]:
    found = reach.records().filter(day__range=(period.first, period.last))
    coded = {f"code_{name}": KeyTextTransform(name, "fields") for name in _CODED}
    client = {f"of_{name}": F(f"client__{name}") for name in _CLIENT}
    named = found.annotate(**client, **coded).order_by("day", "pk")
    return named.values_list("client_id", "service__code", *_OWN, *client, *coded)


class _Line:
    """Gives back what is written to it."""

    def write(self, text: str) -> str:
        """The line."""
        return text
