"""The three cohorts of the annual reports, by what was recorded of somebody in a period.

Each person is in one, the first that fits. The area's own rules were not at hand: these, and their
order, are Sharewell's own (docs/how-to/count-people.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db.models import Case, IntegerField, Max, Q, QuerySet, Value, When

from sharewell.catalogue import monitoring_codes
from sharewell.service.monitoring.models import Record

COHORTS: Mapping[str, str] = {
    "psychoactive": "Psychoactive injectors",
    "image": "Users of steroids and other image and performance drugs",
    "other": "Alcohol and drugs without injecting",
}

_OWN = ("fields__main_substance", "fields__second_substance", "fields__third_substance")
_STATED = ("client__main_substance", "client__second_substance")


def cohort_of(records: QuerySet[Record], person: Mapping[UUID, int]) -> dict[int, str]:
    """The cohort of each person: ``person`` is the number of each client with such records."""
    flags = {name: _whether(condition) for name, condition in _conditions().items()}
    found: dict[int, str] = {}
    order = {name: place for place, name in enumerate(COHORTS)}
    for client, *fulfilled in (
        records.order_by().values("client").annotate(**flags).values_list("client", *flags)
    ):
        for name, holds in zip(flags, fulfilled, strict=True):
            mine = person.get(client)
            if holds and mine is not None:
                found[mine] = min(found.get(mine, name), name, key=order.__getitem__)
    return found


def _conditions() -> dict[str, Q]:
    """Which records make somebody one of each cohort, where no earlier one fits."""
    groups = monitoring_codes.groups("substance")
    psychoactive = (*groups["opiate"], *groups["non-opiate"])
    image, drinks = groups["image and performance"], groups["alcohol"]
    # What a brief intervention was about says nothing of what somebody uses.
    use = ~Q(module="brief_intervention")
    main, client_main = _OWN[0], _STATED[0]
    uses = _any(_STATED, psychoactive) | (use & _any(_OWN, psychoactive))
    unstated = Q(**{f"{main}__isnull": True}) | Q(**{main: ""})
    injects = (
        (Q(module="needle") & _any([main], psychoactive))
        | (Q(module="needle") & unstated & ~_any([client_main], image))
        | (Q(client__injecting="C") & uses)
        | (Q(fields__route="INJECT") & _any([main], psychoactive))
    )
    takes_image = Q(module="steroid") | _any([client_main], image) | (use & _any([main], image))
    other = uses | _any(_STATED, drinks) | (use & _any(_OWN, drinks)) | Q(module="alcohol")
    return {"psychoactive": injects, "image": takes_image, "other": other}


def _any(columns: Iterable[str], codes: Iterable[str]) -> Q:
    found = Q()
    for column in columns:
        found |= Q(**{f"{column}__in": list(codes)})
    return found


def _whether(condition: Q) -> Max:
    return Max(Case(When(condition, then=Value(1)), default=0, output_field=IntegerField()))
