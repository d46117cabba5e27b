"""Questions to PostgreSQL about a service's own data. Plain values come back, a row for a visit or
a sum, never a model; `figures` makes tables of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import (
    Case,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    IntegerField,
    Q,
    Sum,
    TextField,
    Value,
    When,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Collate, Concat, TruncDate, TruncMonth

from sharewell.service.monitoring import reach
from sharewell.service.monitoring.models import Service
from sharewell.service.monitoring.own import rows
from sharewell.service.monitoring.own.period import Period

_SUBSTANCES = ("main_substance", "second_substance", "third_substance", "substance")
_EVERY_TRACE = 7
"""A client whose attributor is another's shares all its digests: of it, and of it without each of
its parts (`sealing.traces`). One part that differs leaves one of them."""


class Visit(NamedTuple):
    """What was recorded of one client (or of nobody) in one module on one day, and belongs
    together: the rows of one transaction, or of a module without transactions all of that day."""

    client: UUID | None
    objected: bool
    module: str
    day: date
    contacts: int
    rows: int


class Person(NamedTuple):
    """A client as statistics see them; codes, '' for what is not recorded."""

    client: UUID
    birth_year: int
    sex: str
    ethnicity: str
    local_authority: str
    district: str
    main_substance: str
    second_substance: str
    injecting: str
    registered_on: date


class Sums(NamedTuple):
    """A sum of a module by month and code: rows, and the numbers that they hold (0 for none)."""

    month: date
    code: str
    detail: str
    rows: int
    number: int
    other: int


class Referral(NamedTuple):
    """Referrals of a month that are alike, by their codes."""

    month: date
    direction: str
    agency: str
    arrived: str
    many: int


def visits(service: Service, period: Period) -> list[Visit]:
    """Every visit of the period. A transaction is one contact, however many items it has; a row
    of a module without transactions is one."""
    found = (
        rows.records(service, period)
        .values_list("client", "objected", "module", "day", "transaction")
        .annotate(rows=Count("pk"))
    )
    return [
        Visit(client, objected, module, day, 1 if transaction else count, count)
        for client, objected, module, day, transaction, count in found
    ]


def contacts(service: Service, period: Period) -> dict[UUID, int]:
    """How many contacts each client had who was seen in the period, as `visits` has them."""
    parts = (Cast("day", TextField()), Value(" "), Collate(Cast("transaction", TextField()), "C"))
    whole = Case(
        When(transaction="", then=Cast("pk", TextField())),
        default=Concat("module", Value(" "), *parts, output_field=TextField()),
    )
    found = (
        rows.records(service, period)
        .filter(client__isnull=False)
        .values_list("client")
        .annotate(many=Count(whole, distinct=True))
    )
    return dict(found)


def people(service: Service) -> list[Person]:
    """The clients of the service who consent."""
    return [
        Person(*row)
        for row in rows.clients(service).values_list(
            "pk", "birth_year", "sex", "ethnicity", "local_authority", "district",
            "main_substance", "second_substance", "injecting", "registered_on",
        )
    ]  # fmt: skip


def substances(service: Service, period: Period) -> dict[UUID, set[str]]:
    """The substances that records of the period name, by client; alcohol where its module was
    recorded."""
    found: dict[UUID, set[str]] = {}
    asked = (
        rows.records(service, period)
        .filter(client__isnull=False)
        .values_list("client", "module", *(KT(f"fields__{name}") for name in _SUBSTANCES))
        .distinct()
    )
    for client, module, *codes in asked:
        named = {code for code in codes if code} | ({"ALCOHOL"} if module == "alcohol" else set())
        if named:
            found.setdefault(client, set()).update(named)
    return found


def duplicates(service: Service) -> list[list[UUID]]:
    """Clients with exactly the same attributor, in groups of two and more.

    No attributor is opened for it: the digests by which clients are found are compared.
    """
    shared = (
        reach.traces()
        .filter(service=service, identity__current=True, identity__client__consent=True)
        .order_by()
        .values("digest")
        .annotate(clients=ArrayAgg("identity__client", distinct=True), many=Count("pk"))
        .filter(many__gt=1)
        .values_list("clients", flat=True)
    )
    times: dict[frozenset[UUID], int] = {}
    for group in shared:
        times[frozenset(group)] = times.get(frozenset(group), 0) + 1
    return exactly_alike(times)


def exactly_alike(times: dict[frozenset[UUID], int]) -> list[list[UUID]]:
    """From how many digests each set of clients shares, those who share all of them.

    Of two who differ in one part the digest without it is the same, and so it is of everybody
    like one of them; so a pair is looked at through all the sets that it is in.
    """
    alike: dict[UUID, set[UUID]] = {}
    for group in times:
        for one in group:
            alike.setdefault(one, set()).update(group)
    shared: dict[frozenset[UUID], int] = {}
    for group, count in times.items():
        members = sorted(group)
        for place, one in enumerate(members):
            for other in members[place + 1 :]:
                pair = frozenset((one, other))
                shared[pair] = shared.get(pair, 0) + count
    groups: list[set[UUID]] = []
    for pair, count in shared.items():
        if count < _EVERY_TRACE:
            continue
        known = next((group for group in groups if group & pair), None)
        if known is None:
            groups.append(set(pair))
        else:
            known |= pair
    return [sorted(group) for group in groups]


def needle_items(service: Service, period: Period) -> list[Sums]:
    """Items out (``number``) by item and month, and needles returned (``other``) by how they were
    counted (``detail``)."""
    return _sums(service, period, "needle", "item", "returned_how", "items_out", "returned")


def naloxone(service: Service, period: Period) -> list[Sums]:
    """What happened, with kits issued (``number``), doses used (``other``), by who received it."""
    return _sums(service, period, "naloxone", "action", "recipient", "kits", "doses")


def referrals(service: Service, period: Period) -> list[Referral]:
    """Referrals by month, direction, agency and whether the client arrived."""
    found = (
        rows.records(service, period)
        .filter(module="referral")
        .annotate(
            month=TruncMonth("day"),
            direction=KT("fields__direction"),
            agency=KT("fields__agency"),
            arrived=KT("fields__arrived"),
        )
        .values("month", "direction", "agency", "arrived")
        .annotate(many=Count("pk"))
        .values_list("month", "direction", "agency", "arrived", "many")
    )
    return [Referral(month, *(text or "" for text in codes), many) for month, *codes, many in found]


@dataclass(frozen=True)
class Entered:
    """The records of a month: all, those entered within 1 day of their day, 2 to 7 days after, 8
    to 30, and more than 30; and those of people who object."""

    all: int
    spans: tuple[int, int, int, int]
    objected: int


def entered(service: Service, period: Period) -> dict[date, Entered]:
    """When records were entered, and whose are of people who object, by month."""
    lag = ExpressionWrapper(TruncDate("entered") - F("day"), DurationField())
    spans = ((None, 1), (1, 7), (7, 30), (30, None))
    sums = {"objecting": Count("pk", filter=Q(objected=True))}
    for place, (more_than, up_to) in enumerate(spans):
        within = Q() if up_to is None else Q(lag__lte=timedelta(days=up_to))
        if more_than is not None:
            within &= Q(lag__gt=timedelta(days=more_than))
        sums[f"span_{place}"] = Count("pk", filter=within)
    found = (
        rows.records(service, period)
        .annotate(month=TruncMonth("day"), lag=lag)
        .values("month")
        .annotate(many=Count("pk"), **sums)
        .values_list("month", "many", *sums)
    )
    return {
        month: Entered(many, tuple(numbers), objecting)
        for month, many, objecting, *numbers in found
    }


def _sums(service: Service, period: Period, module: str, *names: str) -> Sequence[Sums]:
    code, detail, number, other = names
    found = (
        rows.records(service, period)
        .filter(module=module)
        .annotate(
            month=TruncMonth("day"),
            code=KT(f"fields__{code}"),
            detail=KT(f"fields__{detail}"),
        )
        .values("month", "code", "detail")
        .annotate(
            many=Count("pk"),
            number=Sum(Cast(KT(f"fields__{number}"), IntegerField())),
            other=Sum(Cast(KT(f"fields__{other}"), IntegerField())),
        )
        .values_list("month", "code", "detail", "many", "number", "other")
    )
    return [
        Sums(month, code or "", detail or "", many, number or 0, other or 0)
        for month, code, detail, many, number, other in found
    ]
