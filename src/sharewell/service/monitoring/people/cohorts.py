"""The three cohorts of the annual reports, by what was recorded of somebody in a period.

Each person is in one, the first that fits. The rules are those of the report's tables
(`catalogue.people_of_period`), asked of PostgreSQL. The area's own rules were not at hand: these,
and their order, are Sharewell's own (docs/how-to/count-people.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from sharewell.catalogue import people_of_period
from sharewell.service.monitoring.activity import CLIENT, as_activity
from sharewell.service.monitoring.models import Record

COHORTS: Mapping[str, str] = {
    name: people_of_period.COHORTS[name] for name in people_of_period.cohort_conditions()
}
_NEEDED = (
    CLIENT, "module", "main_substance", "second_substance", "third_substance", "route",
    "injecting", "client_main", "client_second", "client_injecting",
)  # fmt: skip


def cohort_of(records: QuerySet[Record], person: Mapping[UUID, int]) -> dict[int, str]:
    """The cohort of each person: ``person`` is the number of each client with such records."""
    conditions = people_of_period.cohort_conditions()
    sql, parameters = as_activity(records.order_by(), _NEEDED).query.sql_with_params()
    flags = ", ".join(f"coalesce(bool_or({rule}), FALSE)" for rule in conditions.values())
    found: dict[int, str] = {}
    order = {name: place for place, name in enumerate(conditions)}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {CLIENT}, {flags} FROM ({sql}) AS r ({', '.join(_NEEDED)}) GROUP BY {CLIENT}",
            parameters,
        )
        for client, *fulfilled in cursor.fetchall():
            mine = person.get(client)
            for name, holds in zip(conditions, fulfilled, strict=True):
                if holds and mine is not None:
                    found[mine] = min(found.get(mine, name), name, key=order.__getitem__)
    return found
