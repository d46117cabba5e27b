"""Two client records side by side: what agrees and what differs, and never what it is.

Attributors are compared by the machine, in memory. What a clerk sees of them is whether a part
agrees; what stands in clear beside it (district, codes, days) is what an analyst sees anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min

from sharewell.linkage import Attributor
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.checks import data_set_of
from sharewell.service.monitoring.models import Identity
from sharewell.service.monitoring.reach import counting_reach, within
from sharewell.service.monitoring.sealing import attributor_of, unseal_each

AGREES, DIFFERS, UNKNOWN = "agrees", "differs", "not known"

_PARTS: Mapping[str, Callable[[Attributor], Any]] = {
    "First initial": lambda a: a.first,
    "Last initial": lambda a: a.last,
    "Day of birth": lambda a: a.born.day,
    "Month of birth": lambda a: a.born.month,
    "Year of birth": lambda a: a.born.year,
    "Sex": lambda a: a.sex,
}
_CODES = {
    "Gender identity": "gender_identity",
    "Ethnicity": "ethnicity",
    "Nationality": "nationality",
    "Main substance": "main_substance",
}


@dataclass(frozen=True)
class Seen:
    """A client record as an analyst sees it: ``fields`` as `reach.people` gives them; activity."""

    client: UUID
    pseudonym: str
    person: int
    exact: int
    fields: Mapping[str, Any]
    service: str
    records: int
    first: date | None
    last: date | None
    modules: Sequence[str]

    @property
    def when(self) -> str:
        """How much activity there is, and from when to when."""
        return activity(self)

    @property
    def short(self) -> str:
        """The pseudonym as pages show it."""
        return self.pseudonym[:8]


@dataclass(frozen=True)
class Likeness:
    """One line of a comparison: what it is, whether it agrees, and what is to be seen of each."""

    what: str
    verdict: str
    one: str = ""
    other: str = ""


def seen(**which: Any) -> list[Seen]:
    """Client records in reach, by conditions on their memberships."""
    members = list(reach.memberships().filter(**which))
    keys = [member.client_id for member in members]
    fields = {row["id"]: row for row in reach.people().filter(pk__in=keys)}
    names = {service.pk: service.name for service in reach.services()}
    activity = {
        row.pop("client"): row
        for row in reach.records()
        .filter(client__in=keys)
        .order_by()
        .values("client")
        .annotate(records=Count("pk"), first=Min("day"), last=Max("day"))
    }
    modules: dict[UUID, list[str]] = {}
    titles = {module.id: module.title for module in data_set_of().modules}
    used = reach.records().filter(client__in=keys).order_by("module")
    for client, module in used.values_list("client", "module").distinct():
        modules.setdefault(client, []).append(titles.get(module, module))
    none: dict[str, Any] = {"records": 0, "first": None, "last": None}
    return [
        Seen(
            member.client_id,
            member.pseudonym,
            member.person,
            member.exact,
            fields[member.client_id],
            names.get(fields[member.client_id]["service_id"], "A service of another area"),
            modules=modules.get(member.client_id, []),
            **activity.get(member.client_id, none),
        )
        for member in members
        if member.client_id in fields
    ]


def compare(one: Seen, other: Seen) -> list[Likeness]:
    """What agrees and what differs."""
    held = _attributors(one.client, other.client)
    left, right = held.get(one.client, []), held.get(other.client, [])
    found = [_part(name, part, left, right) for name, part in _PARTS.items()]
    found.append(_plain("Postcode district", "district", one, other))
    found += [_coded(what, name, one, other) for what, name in _CODES.items()]
    found.append(
        Likeness(
            "Service",
            AGREES if one.fields["service_id"] == other.fields["service_id"] else DIFFERS,
            one.service,
            other.service,
        )
    )
    found.append(Likeness("Activity", _overlap(one, other), activity(one), activity(other)))
    return found


def turned(one: Seen, other: Seen) -> str:
    """Whether initials, or day and month of birth, are those of the other turned round."""
    held = _attributors(one.client, other.client)
    for a in held.get(one.client, []):
        for b in held.get(other.client, []):
            if (a.first, a.last) == (b.last, b.first) != (b.first, b.last):
                return "The initials of one are those of the other, swapped."
            born, there = a.born, b.born
            if (born.day, born.month) == (there.month, there.day) != (there.day, there.month):
                return "Day and month of birth of one are those of the other, swapped."
    return ""


def _attributors(*clients: UUID) -> dict[UUID, list[Attributor]]:
    """Every attributor of these clients, the one they have now first."""
    found: dict[UUID, list[Attributor]] = {}
    with within(counting_reach()):
        kind = Identity.Kind.ATTRIBUTOR
        rows = reach.identities().filter(client__in=clients, kind=kind).order_by("-current", "-pk")
        for client, _, value in unseal_each(rows.values_list("client_id", "kind", "sealed")):
            found.setdefault(client, []).append(attributor_of(value))
    return found


def _part(
    name: str,
    part: Callable[[Attributor], Any],
    left: Sequence[Attributor],
    right: Sequence[Attributor],
) -> Likeness:
    if not left or not right:
        return Likeness(name, UNKNOWN)
    if part(left[0]) == part(right[0]):
        return Likeness(name, AGREES)
    if {part(each) for each in left} & {part(each) for each in right}:
        return Likeness(name, "agrees by a former attributor")
    return Likeness(name, DIFFERS)


def _plain(what: str, name: str, one: Seen, other: Seen) -> Likeness:
    return _verdict(what, one.fields[name], other.fields[name], str)


def _coded(what: str, name: str, one: Seen, other: Seen) -> Likeness:
    codes = data_set_of().module("client").field(name).code_list
    labels = {code.code: code.label for code in codes.codes} if codes else {}
    return _verdict(what, one.fields[name], other.fields[name], lambda code: labels.get(code, code))


def _verdict(what: str, one: str, other: str, words: Callable[[str], str]) -> Likeness:
    verdict = AGREES if one == other else DIFFERS
    if not one or not other:
        verdict = UNKNOWN
    return Likeness(what, verdict, words(one) or "–", words(other) or "–")


def activity(one: Seen) -> str:
    """How much activity a record has, and when."""
    if one.first is None or one.last is None:
        return "none"
    if one.first == one.last:
        return f"{one.records:,}, on {one.first:%-d %B %Y}"
    return f"{one.records:,}, from {one.first:%-d %B %Y} to {one.last:%-d %B %Y}"


def _overlap(one: Seen, other: Seen) -> str:
    if one.first is None or other.first is None or one.last is None or other.last is None:
        return UNKNOWN
    if one.first <= other.last and other.first <= one.last:
        return "at the same time"
    return "one after the other"
