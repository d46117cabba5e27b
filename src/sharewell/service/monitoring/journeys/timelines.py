"""Timelines: of a service's own client, and of a person under a pseudonym for analysts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Max, Min, QuerySet
from django.http import Http404

from sharewell.publication.timeline import Arrived, Lane, Referred, bins_of, counts, said, timeline
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.checks import data_set_of
from sharewell.service.monitoring.journeys.counting import names_of
from sharewell.service.monitoring.models import Client

ELSEWHERE = "A service elsewhere"
_ARRIVED: Mapping[str, Arrived] = {"Y": "yes", "N": "no"}
_REFERRAL = ("fields__agency", "fields__other_service", "fields__arrived", "fields__arrived_on")
_OTHER_WORDS = ("Day", "To", "Arrived")


@dataclass(frozen=True)
class Timeline:
    """A picture, and the same as two tables: records by month, and referrals out."""

    picture: Any
    rows: Sequence[tuple[str, str, int]]
    head: tuple[str, str, str]
    referrals: Sequence[tuple[str, ...]]
    referrals_head: tuple[str, ...] = _OTHER_WORDS


def of_client(client: Client) -> Timeline:
    """A client of a service, from that service's own records alone: by module and month, with
    referrals out and whether the record says that they arrived."""
    mine = reach.records().filter(client=client)
    titles = {module.id: module.title for module in data_set_of().modules}
    days = mine.order_by("day").values_list("module", "day")
    lanes = _lanes(((titles.get(module, module), day) for module, day in days), titles.values())
    referred = [
        (None, day, to, arrived) for _, day, to, arrived in _referred(mine, by_service=False)
    ]
    return _timeline(lanes, referred, "What was recorded of this client", "Kind of record")


def of_person(pseudonym: str) -> Timeline:
    """A person across services, as analysts see them: who consents, and derived columns alone.

    Http404 where nobody in reach has the pseudonym.
    """
    member = reach.memberships().filter(pseudonym=pseudonym).first()
    if member is None:
        raise Http404
    clients = reach.memberships().filter(person=member.person).values("client")
    mine = reach.records().filter(client__in=clients)
    names = service_names()
    days = mine.order_by("day").values_list("service", "day")
    lanes = _lanes(
        ((names.get(service, ELSEWHERE), day) for service, day in days),
        [*names.values(), ELSEWHERE],
    )
    referred = [
        (names.get(service, ELSEWHERE), day, to, arrived)
        for service, day, to, arrived in _referred(mine, by_service=True)
    ]
    return _timeline(lanes, referred, "Contacts of this person by service", "Service")


def derived_of(pseudonym: str) -> list[tuple[str, str]]:
    """What an analyst sees of somebody's client records, in words: one row for each service."""
    member = reach.memberships().get(pseudonym=pseudonym)
    clients = reach.memberships().filter(person=member.person).values("client")
    names = service_names()
    return [
        (
            names.get(each["service_id"], ELSEWHERE),
            f"Born {each['birth_year']}, {each['sex']}, first seen "
            f"{each['registered_on']:%-d %B %Y}"
            + (f", left {each['closed_on']:%-d %B %Y}" if each["closed_on"] else ""),
        )
        for each in reach.people().filter(pk__in=clients).order_by("registered_on", "service_id")
    ]


def people_who_move() -> QuerySet[Any, dict[str, Any]]:
    """People seen at two services or more, most services first; each under one pseudonym."""
    return (
        reach.memberships()
        .values("person")
        .annotate(
            services=Count("client__service", distinct=True),
            called=Min("pseudonym"),
            born=Min("client__birth_year"),
            since=Min("client__registered_on"),
            last=Max("client__registered_on"),
        )
        .filter(services__gt=1)
        .order_by("-services", "called")
    )


def service_names() -> dict[Any, str]:
    """What the services in reach are called, by key."""
    services = list(reach.services())
    return {s.pk: name for s, name in zip(services, names_of(services), strict=True)}


def _referred(mine: Any, *, by_service: bool) -> list[tuple[Any, date, str, Arrived]]:
    """Referrals out: service, day, where to, and whether the record says that they arrived."""
    declared = data_set_of().module("referral").field("agency").code_list
    labels = {code.code: code.label for code in declared.codes} if declared else {}
    by_code = dict(reach.services().values_list("code", "name"))
    rows = mine.filter(module="referral", fields__direction="OUT").order_by("day", "pk")
    return [
        (
            service,
            day,
            by_code.get(other or "", other if other and not by_service else "")
            or labels.get(agency, agency or "not said where"),
            _ARRIVED.get(arrived or "", "not known"),
        )
        for service, day, agency, other, arrived, _ in rows.values_list(
            "service", "day", *_REFERRAL
        )
    ]


def _lanes(days: Iterable[tuple[str, date]], order: Iterable[str]) -> list[Lane]:
    found: dict[str, list[date]] = {}
    for label, day in days:
        found.setdefault(label, []).append(day)
    return [
        Lane(label, found[label]) for label in dict.fromkeys([*order, *found]) if label in found
    ]


def _timeline(
    lanes: Sequence[Lane],
    referred: Sequence[tuple[str | None, date, str, Arrived]],
    title: str,
    kind: str,
) -> Timeline:
    words = "The tables below say the same."
    shapes = [Referred(day, to, arrived) for _, day, to, arrived in referred]
    days = [day for lane in lanes for day in lane.days]
    bins = bins_of(days) if days else None
    found = [
        (place, at, lane.label, many)
        for at, lane in enumerate(lanes)
        for place, many in (counts(lane, bins).items() if bins else ())
    ]
    rows = [(bins.label(place), label, many) for place, _, label, many in sorted(found) if bins]
    across = any(service is not None for service, *_ in referred)
    referrals = [
        (f"{day:%-d %B %Y}", *([service or ""] if across else []), to, said(arrived))
        for service, day, to, arrived in referred
    ]
    head = ("Day", "By", "To", "Arrived") if across else _OTHER_WORDS
    picture = timeline(lanes, shapes, title=title, words=words)
    return Timeline(picture, rows, ("When", kind, "Records"), referrals, head)
