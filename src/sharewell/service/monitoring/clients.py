"""Adding clients, changing and deleting them: one function per change, for pages and files alike.

A client comes and goes as a row of the module ``client`` of the declared data set. What
identifies is sealed; the rest fills the columns that statistics use.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from sharewell.linkage import Attributor, parse_attributor
from sharewell.service.monitoring import bulk, reach, versions
from sharewell.service.monitoring.errors import MonitoringFault
from sharewell.service.monitoring.keys import KeyGone, key_store
from sharewell.service.monitoring.models import Client, Consent, Identity, Service, Trace
from sharewell.service.monitoring.postcodes import Place, places_of
from sharewell.service.monitoring.reach import acting, clients, identities, records
from sharewell.service.monitoring.records import delete as delete_record
from sharewell.service.monitoring.sealing import (
    attributor_of,
    plain,
    reference_trace,
    seal,
    traces,
    unseal,
    unseal_all,
)
from sharewell.service.monitoring.versions import Row

ATTRIBUTOR = ("first_initial", "last_initial", "birth_date", "sex")
SEALED = {"postcode": Identity.Kind.POSTCODE, "client_id": Identity.Kind.REFERENCE}
"""Fields that are sealed, beside the attributor."""

_CODES = (
    "gender_identity", "ethnicity", "nationality", "accommodation", "employment",
    "main_substance", "second_substance", "injecting", "closed_reason",
)  # fmt: skip
_CHANGED = (
    *_CODES, "birth_year", "sex", "consent", "consent_date", "registered_on", "closed_on",
    "district", "local_authority", "police_force", "region", "version", "changed", "upload",
    "sent", "sent_as", "sent_record",
)  # fmt: skip
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_OWN_KEY = ("record_id", "service")


def attributor_in(row: Row) -> Attributor:
    """The attributor of a row."""
    return parse_attributor(*(row[name] for name in ATTRIBUTOR))


def add(service: Service, row: Row, *, once: str = "") -> Client:
    """A new client of the service. The dummy attributor makes none: MonitoringFault.

    With the same ``once`` it is the same client, entered once however often it is asked.
    """
    if not once:
        return add_all(service, [row])[0]
    id_ = uuid.uuid5(service.pk, once)
    try:
        with transaction.atomic():
            return clients().filter(pk=id_).first() or add_all(service, [row], ids=[id_])[0]
    except IntegrityError:  # the same form was sent twice at once, and the other was quicker
        return clients().get(pk=id_)


def add_all(
    service: Service,
    rows: Iterable[Row],
    *,
    ids: Sequence[UUID] | None = None,
    also: Sequence[Mapping[str, Any]] = (),
    reason: str = "",
) -> list[Client]:
    """Many new clients of the service, at once; ``ids`` are theirs, new ones by default, and
    ``also`` what else is kept of each. A row without ``consent`` is of somebody who was not asked
    yet: they are treated as who does not consent."""
    given = [_own_fields(row) for row in rows]
    ids = ids or [uuid.uuid4() for _ in given]
    if any(attributor_in(row).is_dummy for row in given):
        raise MonitoringFault(
            "X X, 5 May 1955, stands for somebody who objects, and is no client. Record what was "
            "done without a client."
        )
    made = [Client(pk=id_, service=service, reference=_reference()) for id_ in ids]
    for client, values in zip(made, also, strict=False):
        for name, value in values.items():
            setattr(client, name, value)
    key_store().make(client.pk for client in made)
    keys = key_store().get_all(client.pk for client in made)
    pairs = list(zip(made, given, strict=True))
    _fill_all(pairs)
    bulk.create_all(made)
    secrets_ = [(client, kind, value) for client, row in pairs for kind, value in _secrets(row)]
    _identify(secrets_, keys)
    bulk.create_all([_answer(client) for client, row in pairs if row["consent"]])
    versions.keep_all({c.pk: (c, row) for c, row in pairs}, "added", reason, keys)
    return made


def row_of(client: Client) -> dict[str, str]:
    """The client as a row of the data set, with who they are. KeyGone after erasure."""
    found = rows_of([client])
    if client.pk not in found:
        raise KeyGone(f"The key of {client.pk} is gone: what it sealed cannot be read.")
    return found[client.pk]


def rows_of(some: Sequence[Client]) -> dict[UUID, dict[str, str]]:
    """Many clients as rows, by client; those whose key is gone are left out."""
    ids = [client.pk for client in some]
    keys = key_store().get_all(ids)
    opened: dict[tuple[UUID, str], Any] = {
        (each.client_id, each.kind): unseal(each.client_id, each.kind, each.sealed, keys)
        for each in identities().filter(client__in=ids, current=True)
        if each.client_id in keys
    }
    rows = {}
    for client in some:
        if client.pk not in keys:
            continue
        row = details_of(client)
        for name, kind in SEALED.items():
            row[name] = opened.get((client.pk, kind), "")
        parts = opened[client.pk, Identity.Kind.ATTRIBUTOR]
        rows[client.pk] = dict(zip(ATTRIBUTOR, parts, strict=True)) | row
    return rows


def details_of(client: Client) -> dict[str, str]:
    """The client as a row of the data set, without who they are."""
    return {name: getattr(client, name) for name in _CODES} | {
        "consent": "Y" if client.consent else "N",
        "consent_date": _text(client.consent_date),
        "registered_on": _text(client.registered_on),
        "closed_on": _text(client.closed_on),
    }


def attributors(of: Iterable[UUID]) -> dict[UUID, Attributor]:
    """The attributors of clients in reach as they are now, by client."""
    kind = Identity.Kind.ATTRIBUTOR
    found = identities().filter(client__in=list(of), kind=kind, current=True)
    sealed = dict(found.values_list("client_id", "sealed"))
    return {client: attributor_of(parts) for client, parts in unseal_all(kind, sealed).items()}


def former_attributors(client: Client) -> list[Attributor]:
    """What the client's attributor was before, the latest first."""
    kind = Identity.Kind.ATTRIBUTOR
    found = identities().filter(client=client, kind=kind, current=False).order_by("-pk")
    return [attributor_of(unseal(client.pk, kind, each.sealed)) for each in found]


def change(client: Client, seen: int, row: Row, reason: str) -> Client:
    """Changes a client from the version that was ``seen`` to ``row``, with the reason.

    What others changed since stays, where they changed something else; where not, Conflict.
    """
    now = clients().select_for_update(of=("self",)).get(pk=client.pk)
    theirs = row_of(now)
    row = theirs | _own_fields(row)
    if row["consent"] != theirs["consent"] and row["consent_date"] == theirs["consent_date"]:
        row["consent_date"] = _text(timezone.localdate())
    base = theirs if seen == now.version else versions.row_at(now.pk, seen, now.pk)
    row = versions.merge(base, theirs, row, now.version)
    if row != theirs:
        change_all([(now, theirs, row)], reason)
    return now


def change_all(
    changes: Sequence[tuple[Client, Row, Row]], reason: str, upload: UUID | None = None
) -> None:
    """Changes clients that are locked from one row to another, with the reason: each is a client,
    what it was and what it becomes. ``upload`` is the one that changes them, if a file does."""
    if any(attributor_in(row).is_dummy for _, _, row in changes):
        raise MonitoringFault("X X, 5 May 1955, stands for somebody who objects, and is no client.")
    _fill_all([(client, row) for client, _, row in changes])
    for client, _, _ in changes:
        client.version += 1
        client.changed = timezone.now()
        client.upload_id = upload
    if len(changes) == 1:
        changes[0][0].save()
    else:
        clients().bulk_update([client for client, _, _ in changes], _CHANGED, batch_size=500)
    keys = key_store().get_all(client.pk for client, _, _ in changes)
    _identify_anew(changes, keys)
    answered = [c for c, was, row in changes if row["consent"] and _consent(row) != _consent(was)]
    bulk.create_all([_answer(client) for client in answered])
    versions.keep_all({c.pk: (c, row) for c, _, row in changes}, "changed", reason, keys)


def delete(client: Client, seen: int, reason: str) -> None:
    """Deletes a client and their records; what they were is kept, sealed.

    MonitoringFault when somebody changed the client since the version that was ``seen``.
    """
    now = clients().select_for_update(of=("self",)).get(pk=client.pk)
    if now.version != seen:
        raise MonitoringFault("Somebody changed this client since you looked. Look again first.")
    for record in records().filter(client=now):
        delete_record(record, record.version, reason)
    row = row_of(now)
    now.version += 1
    versions.keep(now, "deleted", row, reason)
    now.delete()


def remove_all(some: Sequence[Client], reason: str) -> None:
    """Removes clients who have no record and are locked; what they were is kept, sealed."""
    if not some:
        return
    rows = rows_of(some)
    kept = [client for client in some if client.pk in rows]
    for client in kept:
        client.version += 1
    keys = key_store().get_all(client.pk for client in kept)
    versions.keep_all({c.pk: (c, rows[c.pk]) for c in kept}, "deleted", reason, keys)
    clients().filter(pk__in=[client.pk for client in some]).delete()


def find_by_reference(service: Service, text: str) -> Client | None:
    """The client with this anonymous code, or with this reference of the service's own."""
    code = text.strip().upper()
    found = clients().filter(service=service)
    digest = reference_trace(service.pk, text)
    return (
        found.filter(reference=code).first()
        or found.filter(pk__in=_ids_traced(service, digest)).first()
    )


def last_seen(of: Iterable[UUID]) -> Mapping[UUID, date]:
    """The day of each client's latest record."""
    found = records().filter(client__in=list(of)).order_by()
    return dict(found.values("client").annotate(last=Max("day")).values_list("client", "last"))


def _ids_traced(service: Service, digest: bytes) -> list[UUID]:
    found = reach.traces().filter(service=service, digest=digest, identity__current=True)
    return list(found.values_list("identity__client", flat=True))


def _own_fields(row: Row) -> dict[str, str]:
    return {name: value for name, value in row.items() if name not in _OWN_KEY}


def _reference() -> str:
    """An anonymous code such as ``K7PQ-3MXW``: letters and digits that are not mistaken."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def _fill_all(pairs: Sequence[tuple[Client, Row]]) -> None:
    """The columns of clients, derived from rows."""
    places = places_of({row.get("postcode", "") for _, row in pairs})
    for client, row in pairs:
        _fill(client, row, places[row.get("postcode", "")])


def _fill(client: Client, row: Row, place: Place) -> None:
    for name in _CODES:
        setattr(client, name, row.get(name, ""))
    attributor = attributor_in(row)
    client.birth_year, client.sex = attributor.born.year, attributor.sex
    client.consent = row["consent"] == "Y"
    registered = date.fromisoformat(row["registered_on"])
    client.registered_on = registered
    client.consent_date = _date(row.get("consent_date", "")) or registered
    client.closed_on = _date(row.get("closed_on", ""))
    client.district, client.local_authority = place.district, place.local_authority
    client.police_force, client.region = place.police_force, place.region


def _secrets(row: Row) -> list[tuple[Identity.Kind, Any]]:
    """What a row says of who somebody is."""
    found: list[tuple[Identity.Kind, Any]] = [(Identity.Kind.ATTRIBUTOR, plain(attributor_in(row)))]
    return found + [(kind, row[name]) for name, kind in SEALED.items() if row.get(name)]


def _identify(
    given: Iterable[tuple[Client, Identity.Kind, Any]], keys: Mapping[UUID, bytes]
) -> None:
    """Keeps identities sealed, each with the traces by which it is found."""
    kept = list(given)
    made = [
        Identity(
            client=client,
            service_id=client.service_id,
            kind=kind,
            sealed=seal(client.pk, kind, value, keys),
            by_id=acting(),
        )
        for client, kind, value in kept
    ]
    bulk.create_all(made)
    bulk.insert(
        Trace,
        ("identity_id", "service_id", "digest"),
        [
            (identity.pk, identity.service_id, digest)
            for identity, (_, kind, value) in zip(made, kept, strict=True)
            for digest in _traces_of(identity.service_id, kind, value)
        ],
    )


def _traces_of(service: UUID, kind: Identity.Kind, value: Any) -> tuple[bytes, ...]:
    match kind:
        case Identity.Kind.ATTRIBUTOR:
            return traces(service, attributor_of(value))
        case Identity.Kind.REFERENCE:
            return (reference_trace(service, value),)
        case _:
            return ()


def _identify_anew(changes: Sequence[tuple[Client, Row, Row]], keys: Mapping[UUID, bytes]) -> None:
    """Keeps what changed of who somebody is, beside what it was."""
    fresh: list[tuple[Client, Identity.Kind, Any]] = []
    former: dict[Identity.Kind, list[UUID]] = {}
    for client, before, row in changes:
        was, now = dict(_secrets(before)), dict(_secrets(row))
        for kind in {**was, **now}:
            if was.get(kind) != now.get(kind):
                former.setdefault(kind, []).append(client.pk)
                if kind in now:
                    fresh.append((client, kind, now[kind]))
    for kind, ids in former.items():
        identities().filter(client__in=ids, kind=kind, current=True).update(current=False)
    _identify(fresh, keys)


def _consent(row: Row) -> tuple[str, str]:
    return row["consent"], row.get("consent_date", "")


def _answer(client: Client) -> Consent:
    return Consent(
        client=client,
        service_id=client.service_id,
        answer=client.consent,
        on=client.consent_date,
        by_id=acting(),
    )


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _text(day: date | None) -> str:
    return day.isoformat() if day else ""
