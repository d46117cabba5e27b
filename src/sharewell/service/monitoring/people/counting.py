"""How many people: exact, stepwise and corrected, of an area, a period, a module and a cohort.

    count(Question(area="E08000012", first=date(2026, 4, 1), last=date(2026, 6, 30)))

A count reads as the machine does (`reach.counting_reach`), and gives numbers alone. They are not
protected: they are for who may see clients without names, and leave only by a release.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal
from uuid import UUID

import numpy as np
from django.db.models import Count, Q, QuerySet

from sharewell.linkage import PeopleCount, count_people, link
from sharewell.linkage.records import Ints
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.keys import KeyGone
from sharewell.service.monitoring.models import Linking, Record
from sharewell.service.monitoring.people import workings
from sharewell.service.monitoring.people.cohorts import cohort_of
from sharewell.service.monitoring.people.errors import NotFoundYet
from sharewell.service.monitoring.people.workings import Material
from sharewell.service.monitoring.reach import counting_reach, within

By = Literal["home", "service"]


@dataclass(frozen=True)
class Question:
    """Whom to count: people with activity from ``first`` to ``last``, both included.

    ``area``: an ONS code, '' for all; ``by``: of who lives there ('home'), or of services there
    ('service'). ``module`` and ``cohort``: '' for any.
    """

    first: date
    last: date
    area: str = ""
    by: By = "home"
    module: str = ""
    cohort: str = ""


@dataclass(frozen=True)
class Answer:
    """The figures of a question.

    ``strict``: people by steps where the district must agree. ``clients``: client records of the
    people counted, ``records``: their activity; ``objected`` and ``unnamed``: activity of who
    objects, and of nobody that was named, at services of the area. ``waiting``: clients entered
    since who is who was found (``linking``), who are not counted yet.
    """

    question: Question
    people: PeopleCount
    strict: int
    clients: int
    records: int
    objected: int
    unnamed: int
    waiting: int
    linking: Linking


def count(question: Question) -> Answer:
    """Counts; NotFoundYet where who is who was never found."""
    with within(counting_reach(question.area)):
        linking, material = reach.linkings().first(), _material()
        if linking is None:
            raise NotFoundYet
        found = _records(question)
        named = found.filter(client__isnull=False)
        activity = dict(
            named.order_by()
            .values("client")
            .annotate(many=Count("pk"))
            .values_list("client", "many")
        )
        members = {
            client: (exact, person, strict)
            for client, exact, person, strict in reach.memberships().values_list(
                "client", "exact", "person", "strict"
            )
            if client in activity
        }
        waiting = len(activity) - len(members)
        if question.cohort:
            of = cohort_of(named, {client: person for client, (_, person, _) in members.items()})
            members = {c: m for c, m in members.items() if of.get(m[1]) == question.cohort}
        nobodys = found.filter(client__isnull=True)
        return Answer(
            question,
            _figures(material, members),
            len({strict for _, _, strict in members.values()}),
            len(members),
            sum(activity[client] for client in members),
            nobodys.filter(objected=True).count(),
            nobodys.filter(objected=False).count(),
            waiting,
            linking,
        )


def outdated(linking: Linking) -> bool:
    """Whether clients or decisions changed since who is who was found."""
    return (
        reach.people().filter(changed__gt=linking.began).exists()
        or reach.decisions().filter(pk__gt=linking.decisions).exists()
    )


def _material() -> Material:
    try:
        material = workings.kept()
    except KeyGone:
        material = None
    if material is None:
        raise NotFoundYet
    return material


def _records(question: Question) -> QuerySet[Record]:
    found = reach.records().filter(day__gte=question.first, day__lte=question.last)
    if question.module:
        found = found.filter(module=question.module)
    if question.area and question.by == "home":
        found = found.filter(Q(client__isnull=True) | Q(client__local_authority=question.area))
    elif question.area:
        found = found.filter(service__area=question.area)
    return found


def _figures(material: Material, members: Mapping[UUID, tuple[int, int, int]]) -> PeopleCount:
    """The three figures of these clients, who are the people that all clients make them.

    How often attributors are wrong, and shared, is learnt from these clients alone.
    """
    records = material.records.take(material.rows_of(members.keys()))
    numbers = [members.get(client, (-1, -1, -1)) for client in material.clients]
    by_client = np.array(numbers, np.int64).reshape(-1, 3)[records.client]
    linked = replace(
        link(records), exact=_from_zero(by_client[:, 0]), person=_from_zero(by_client[:, 1])
    )
    return count_people(records, linked)


def _from_zero(numbers: Ints) -> Ints:
    places: Ints = np.unique(numbers, return_inverse=True)[1].astype(np.int64)
    return places
