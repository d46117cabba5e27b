"""A service's own data as files that can be uploaded again: CSV in the data set's headings, zipped.

Nothing is kept on disk. What is sent is read a few thousand rows at a time, and each time the gate
is asked again: whoever lost their role, and whoever said No since it began, is in none of the rest.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from sharewell.monitoring import DataSet, Module, data_set, years
from sharewell.publication.labels import safe_for_spreadsheet
from sharewell.service.monitoring import reach
from sharewell.service.monitoring import records as recording
from sharewell.service.monitoring.checks import DUMMY, data_set_of
from sharewell.service.monitoring.clients import ATTRIBUTOR, details_of
from sharewell.service.monitoring.models import Client, Identity, Record, Service
from sharewell.service.monitoring.own import rows
from sharewell.service.monitoring.own.period import Period
from sharewell.service.monitoring.reach import Reach, within
from sharewell.service.monitoring.sealing import unseal_all

_AT_ONCE = 2_000
_ABOUT = """\
{what}

Taken from Sharewell on {today}. There is one file for each module and year of the data set; the
client's file has clients as they are now. Headings and codes are those of the data set, so the
files can be uploaded again: give the year that the file's name says. A client's code stands as the
id of their row and, where the service has no reference of its own for them, as that.

Clients who say No to the processing of their data are in no extract of all clients. A value that a
spreadsheet would run as a formula has an apostrophe before it.

These files say who people are. Keep them where nobody else reads them, and delete them as soon as
you have done with them.
"""

Give = Callable[[], Reach]
Pieces = Iterator[list[dict[str, str]]]


def zipped(
    service: Service, period: Period, give: Give, only: Client | None = None
) -> Iterator[bytes]:
    """The zip in pieces of bytes. ``give`` gives the reach in which each piece is read.

    With ``only`` it is one client's, whatever they answered: their own data, for them.
    """
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, pieces in _files(service, period, give, only):
            with archive.open(name, "w") as file:
                for piece in pieces:
                    file.write(piece)
                    yield sink.taken()
        archive.writestr("READ ME.txt", _about(service, only))
    yield sink.taken()


def _files(
    service: Service, period: Period, give: Give, only: Client | None
) -> Iterator[tuple[str, Iterator[bytes]]]:
    known: dict[UUID, dict[str, str]] = {}
    today = data_set_of()
    clients = _clients(service, give, only)
    yield f"client-{today.label}.csv", _csv(today.module("client"), clients)
    for declared, part in _years(period):
        for module in declared.modules:
            if module.id == "client":
                continue
            found = _records(service, module, part, give, only, known)
            if first := next(found, None):
                yield f"{module.id}-{declared.label}.csv", _csv(module, _again(first, found))


def _clients(service: Service, give: Give, only: Client | None) -> Pieces:
    after = None
    while True:
        with within(give()):
            found = _whole_clients(service, only).order_by("pk")
            some = list(found.filter(pk__gt=after)[:_AT_ONCE] if after else found[:_AT_ONCE])
            who = identified(some)
        if not some:
            return
        after = some[-1].pk
        yield [
            {"record_id": client.reference, "service": service.code}
            | details_of(client)
            | who[client.pk]
            for client in some
            if client.pk in who
        ]


def _records(
    service: Service, module: Module, period: Period, give: Give, only: Client | None,
    known: dict[UUID, dict[str, str]],
) -> Pieces:  # fmt: skip
    """``known`` keeps who clients are from one piece to the next."""
    after: tuple[date, UUID] | None = None
    while True:
        with within(give()):
            found = _whole_records(service, only).filter(
                module=module.id, day__range=(period.first, period.last)
            )
            if after:
                day, key = after
                found = found.filter(Q(day__gt=day) | Q(day=day, pk__gt=key), day__gte=day)
            some = list(found.select_related("client").order_by("day", "pk")[:_AT_ONCE])
            new = {r.client_id: r.client for r in some if r.client and r.client_id not in known}
            known |= identified(new.values())
        if not some:
            return
        after = (some[-1].day, some[-1].pk)
        yield [
            recording.row_of(record) | {"service": service.code} | _whose(record, known)
            for record in some
            if record.client_id is None or record.client_id in known
        ]


def identified(some: Iterable[Client]) -> dict[UUID, dict[str, str]]:
    """Who clients are, as the fields of a row; those whose key is gone are left out."""
    people = {client.pk: client for client in some}
    sealed: dict[str, dict[UUID, bytes]] = {}
    found = reach.identities().filter(client__in=list(people), current=True).order_by()
    for client, kind, value in found.values_list("client_id", "kind", "sealed"):
        sealed.setdefault(kind, {})[client] = value
    opened = {kind: unseal_all(kind, values) for kind, values in sealed.items()}
    postcodes = opened.get(Identity.Kind.POSTCODE, {})
    references = opened.get(Identity.Kind.REFERENCE, {})
    return {
        client: dict(zip(ATTRIBUTOR, parts, strict=True))
        | {
            "postcode": postcodes.get(client, ""),
            "client_id": references.get(client, people[client].reference),
        }
        for client, parts in opened.get(Identity.Kind.ATTRIBUTOR, {}).items()
    }


def _whose(record: Record, known: Mapping[UUID, dict[str, str]]) -> dict[str, str]:
    if record.client_id is not None:
        return known[record.client_id]
    return DUMMY if record.objected else {}


def _whole_clients(service: Service, only: Client | None) -> QuerySet[Client]:
    if only is not None:
        return reach.clients().filter(service=service, pk=only.pk)
    return rows.clients(service)


def _whole_records(service: Service, only: Client | None) -> QuerySet[Record]:
    if only is not None:
        return reach.records().filter(service=service, client=only).order_by()
    return rows.records(service)


def _years(period: Period) -> Iterator[tuple[DataSet, Period]]:
    """The data sets of the period, each with its part; the first has all that came before it."""
    known = years()
    for year in known:
        declared = data_set(year)
        first = period.first if year == known[0] else max(period.first, declared.first_day)
        last = period.last if year == known[-1] else min(period.last, declared.last_day)
        if first <= last:
            yield declared, Period(first, last)


def _csv(module: Module, pieces: Iterable[list[dict[str, str]]]) -> Iterator[bytes]:
    yield "\ufeff".encode() + _lines([module.names])
    for piece in pieces:
        yield _lines(
            [safe_for_spreadsheet(row.get(name, "")) for name in module.names] for row in piece
        )


def _lines(table: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(table)
    return text.getvalue().encode()


def _again(
    first: list[dict[str, str]], rest: Iterable[list[dict[str, str]]]
) -> Iterator[list[dict[str, str]]]:
    yield first
    yield from rest


def _about(service: Service, only: Client | None) -> str:
    today = timezone.localdate()
    what = f"What {service.name} holds of one client." if only else f"The data of {service.name}."
    return _ABOUT.format(what=what, today=f"{today.day} {today:%B %Y}").replace("\n", "\r\n")


class _Sink(io.RawIOBase):
    """Where a zip is written that is sent at once."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any) -> int:
        """Holds the bytes until they are taken."""
        self._held += data
        return len(data)

    def taken(self) -> bytes:
        """What was written since the last time."""
        held = bytes(self._held)
        self._held.clear()
        return held
