"""Whose rows are they? Finds the clients of an upload's rows, or plans to make them.

The supplier's own id of a client's row comes first, then the service's reference of the client,
then the attributor: exactly, and among the clients of this service alone. What differs by a part is
left to the pages that link people. Nothing is written here.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sharewell.linkage import Attributor
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.models import Identity, Service
from sharewell.service.monitoring.sealing import (
    exact_trace,
    number_of,
    record_trace,
    reference_trace,
)
from sharewell.service.monitoring.uploads.rows import PERSON, Rows

_AT_ONCE = 5_000
_AT = "(src::BIGINT << 40) + row"


@dataclass
class Person:
    """A client whom rows are about: known (``new`` False) or to be made.

    ``reference`` is the service's own that the rows give; ``said_as`` a digest of who the rows of
    activity say they are, and ``as_kept`` whether that is what is kept of them; ``row`` the place
    of their row among those of clients, if any; ``at`` where findings about them stand (`place`).
    """

    id: UUID
    new: bool
    attributor: Attributor | None
    at: int
    reference: str = ""
    since: date | None = None
    said_as: int | None = None
    as_kept: bool = False
    row: int | None = None
    record_id: str = ""


@dataclass
class Found:
    """Everybody whom an upload is about. ``whose`` leads from the numbers of the table ``who``
    (made in the engine) to people; ``nowhere`` are the numbers of those who are neither known nor
    said."""

    people: dict[UUID, Person] = field(default_factory=dict)
    of_row: dict[int, UUID] = field(default_factory=dict)
    whose: dict[int, UUID] = field(default_factory=dict)
    nowhere: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class _Said:
    """What rows say of somebody. ``number`` is theirs in ``who``, or that of a client's row; ``at``
    where they say it first."""

    number: int
    reference: str
    attributor: Attributor | None
    since: date
    at: int
    record_id: str = ""


class _Search:
    """What is known of those who are sought."""

    def __init__(self, service: Service, said: Sequence[_Said], upload: UUID) -> None:
        self.service, self.upload = service, upload
        digests: set[bytes] = set()
        for each in said:
            if each.reference:
                digests.add(reference_trace(service.pk, each.reference))
            if each.attributor:
                digests.add(exact_trace(service.pk, each.attributor))
        self.by_reference: dict[bytes, UUID] = {}
        self.by_attributor: dict[bytes, list[UUID]] = {}
        for some in _pieces(digests):
            found = reach.traces().filter(
                service=service, digest__any_of=some, identity__current=True
            ).values_list("digest", "identity__client_id", "identity__kind")  # fmt: skip
            for digest, client, kind in found.order_by("identity_id"):
                if kind == Identity.Kind.REFERENCE:
                    self.by_reference[bytes(digest)] = client
                elif kind == Identity.Kind.ATTRIBUTOR:
                    self.by_attributor.setdefault(bytes(digest), []).append(client)
        rows = {record_trace(service.pk, each.record_id) for each in said if each.record_id}
        self.by_row: dict[bytes, UUID] = {}
        for some in _pieces(rows):
            found = reach.clients().filter(service=service, sent_record__any_of=some)
            for digest, client in found.values_list("sent_record", "pk"):
                self.by_row[bytes(digest)] = client
        self._kept = (
            dict(self.by_reference),
            {digest: frozenset(found) for digest, found in self.by_attributor.items()},
        )
        self.have_reference = set(self.by_reference.values())
        for some in _pieces({c for found in self.by_attributor.values() for c in found}):
            kept = reach.identities().filter(
                client__in=some, kind=Identity.Kind.REFERENCE, current=True
            )
            self.have_reference |= set(kept.values_list("client_id", flat=True))

    def known(self, said: _Said) -> UUID | None:
        """The client, by the id of their row or their reference, else by their attributor alone."""
        if said.record_id:
            found = self.by_row.get(record_trace(self.service.pk, said.record_id))
            if found:
                return found
        if said.reference:
            found = self.by_reference.get(reference_trace(self.service.pk, said.reference))
            if found:
                return found
        alike = self.alike(said.attributor)
        if said.reference:  # with a reference of their own they are somebody else
            alike = [client for client in alike if client not in self.have_reference]
        return alike[0] if alike else None

    def kept_so(self, said: _Said, client: UUID) -> bool:
        """Whether a client is kept with exactly the reference and the attributor that were said."""
        references, attributors = self._kept
        if said.attributor is None:
            return False
        digest = exact_trace(self.service.pk, said.attributor)
        reference = reference_trace(self.service.pk, said.reference)
        return references.get(reference) == client and client in attributors.get(digest, ())

    def alike(self, attributor: Attributor | None) -> list[UUID]:
        """Clients with exactly this attributor now, the first entered first."""
        if attributor is None:
            return []
        return self.by_attributor.get(exact_trace(self.service.pk, attributor), [])

    def take(self, said: _Said, client: UUID) -> None:
        """Remembers that what was said is of this client."""
        if said.record_id:
            self.by_row[record_trace(self.service.pk, said.record_id)] = client
        if said.reference:
            self.by_reference[reference_trace(self.service.pk, said.reference)] = client
            self.have_reference.add(client)
        if said.attributor:
            digest = exact_trace(self.service.pk, said.attributor)
            here = self.by_attributor.setdefault(digest, [])
            if client not in here:
                here.append(client)


def find(service: Service, rows: Rows, upload: UUID) -> Found:
    """Finds everybody, and makes ``who`` in the engine: a number for each way in which rows say
    who somebody is."""
    _number(rows)
    clients = list(_clients(rows))
    activity = list(_activity(rows))
    search = _Search(service, [*clients, *activity], upload)
    found = Found()
    for said in clients:
        person = _person(found, search, said)
        if person is None:  # not reached: a client's row always has an attributor
            continue
        person.row, person.record_id = said.number, said.record_id
        person.attributor, person.reference = said.attributor, said.reference or person.reference
        found.of_row[said.number] = person.id
    for said in activity:
        person = _person(found, search, said)
        if person is None:
            found.nowhere.append(said.number)
            continue
        found.whose[said.number] = person.id
        person.since = min(person.since or said.since, said.since)
        if said.attributor and person.row is None:
            _hear(person, said, as_kept=search.kept_so(said, person.id))
    return found


def place(at: int) -> tuple[int, int]:
    """Table and row of where something was said."""
    return at >> 40, at & (2**40 - 1)


def _person(found: Found, search: _Search, said: _Said) -> Person | None:
    known = search.known(said)
    if known is None and said.attributor is None:
        return None
    # A number and nothing of what was said: an id stands in addresses.
    kind = "client" if said.record_id else "activity"
    id_ = known or uuid.uuid5(search.upload, f"{kind} {said.number}")
    person = found.people.get(id_)
    if person is None:
        person = Person(id_, known is None, said.attributor if known is None else None, said.at)
        found.people[id_] = person
        if known is None:
            person.since = said.since
    person.reference = person.reference or said.reference
    search.take(said, id_)
    return person


def _hear(person: Person, said: _Said, *, as_kept: bool) -> None:
    """Notes who rows of activity say that somebody is, where no row of clients says it."""
    as_ = number_of("who", said.reference, said.attributor)
    if person.new:
        person.said_as = as_
        return
    if said.reference:
        person.said_as, person.as_kept = as_, as_kept
        person.attributor = said.attributor


def _number(rows: Rows) -> None:
    person = ", ".join(PERSON)
    parts = [
        f"SELECT {person}, min(date) AS since, min({_AT}) AS spot FROM {module.id} "
        f"WHERE NOT dummy AND (client_id IS NOT NULL OR ({_complete()})) GROUP BY ALL"
        for module in rows.activity
    ]
    if not parts:
        parts = [
            "SELECT NULL::VARCHAR AS client_id, NULL::VARCHAR AS first_initial, "
            "NULL::VARCHAR AS last_initial, NULL::DATE AS birth_date, NULL::VARCHAR AS sex, "
            "NULL::DATE AS since, 0::BIGINT AS spot WHERE false"
        ]
    rows.con.execute(
        f"CREATE OR REPLACE TABLE who AS SELECT row_number() OVER (ORDER BY {person}) AS who, "
        f"{person}, min(since) AS since, min(spot) AS spot FROM ({' UNION ALL '.join(parts)}) "
        f"GROUP BY {person}"
    )


def _complete() -> str:
    return " AND ".join(f"{name} IS NOT NULL" for name in PERSON[1:])


def _clients(rows: Rows) -> Iterator[_Said]:
    """Rows of clients in their order; each is known by its place in it."""
    if not rows.has_clients:
        return
    person = ", ".join(PERSON)
    rows.con.execute(
        "CREATE OR REPLACE TABLE clients AS SELECT row_number() OVER (ORDER BY src, row) AS place, "
        "* FROM client WHERE NOT dummy"
    )
    told = rows.con.execute(
        f"SELECT place, {person}, registered_on, {_AT}, record_id FROM clients ORDER BY place"
    )
    yield from _said(told)


def _activity(rows: Rows) -> Iterator[_Said]:
    """Who rows of activity are about; those with a reference first."""
    person = ", ".join(PERSON)
    told = rows.con.execute(
        f"SELECT who, {person}, since, spot, '' FROM who ORDER BY client_id IS NULL, since, who"
    )
    yield from _said(told)


def _said(told: Any) -> Iterator[_Said]:
    while some := told.fetchmany(_AT_ONCE):
        for number, reference, first, last, born, sex, since, at, record_id in some:
            attributor = (
                Attributor(first, last, born, sex) if None not in (first, last, born, sex) else None
            )
            yield _Said(number, reference or "", attributor, since, at, record_id)


def _pieces(digests: Iterable[Any]) -> Iterator[list[Any]]:
    kept = list(digests)
    for start in range(0, len(kept), _AT_ONCE):
        yield kept[start : start + _AT_ONCE]
