"""What linking and counting need of clients: every attributor and place that each ever had.

They are unsealed in memory alone, for the machine. What a count needs of them is kept in one
piece, sealed under a key of its own that lasts as long as the linking does.
"""

from __future__ import annotations

import hashlib
import io
from array import array
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

import numpy as np
import numpy.typing as npt

from sharewell.linkage import Records, parse_postcode
from sharewell.linkage.records import EPOCH, SEXES
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.keys import key_store
from sharewell.service.monitoring.models import Identity, Linking, Workings
from sharewell.service.monitoring.sealing import seal_bytes, unseal_bytes, unseal_each

_METHOD = b"1"
"""Changes when who is who is found in another way, so that it is found again."""

_WHAT = "workings"
_COLUMNS = ("first", "last", "born", "sex", "district", "sector", "client")

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Material:
    """Clients in the order of their keys, and a row for each attributor and place of each.

    ``areas``: the local authority of each client ('' not known). ``records.client`` is a place in
    ``clients``; ``now``: rows with the attributor that the client has now. A client whose key is
    gone has no row.
    """

    clients: tuple[UUID, ...]
    areas: tuple[str, ...]
    records: Records
    now: Bools

    def rows_of(self, wanted: Collection[UUID]) -> Bools:
        """Which rows are of these clients."""
        mine = np.fromiter((c in wanted for c in self.clients), np.bool_, len(self.clients))
        return mine[self.records.client]


def consented() -> tuple[dict[UUID, str], str]:
    """The clients whom the reach counts, in order, each with its local authority; and the digest
    of what says who is who."""
    digest = hashlib.sha256(_METHOD)
    found: dict[UUID, str] = {}
    rows = reach.clients().order_by("pk").values_list("pk", "version", "local_authority")
    for key, version, area in rows.iterator():
        digest.update(key.bytes + version.to_bytes(4, "big"))
        found[key] = area
    for decision in reach.decisions().values_list("pk", flat=True).iterator():
        digest.update(decision.to_bytes(8, "big"))
    return found, digest.hexdigest()


def gather(clients: Mapping[UUID, str]) -> Material:
    """Unseals every attributor and place that these clients, each with its area, ever had."""
    kinds = (Identity.Kind.ATTRIBUTOR, Identity.Kind.POSTCODE)
    found = reach.identities().filter(kind__in=kinds).order_by("client_id", "pk")
    rows = found.values_list("client_id", "kind", "sealed", "current").iterator(chunk_size=5_000)
    number = {client: place for place, client in enumerate(clients)}
    columns = [array("q") for _ in (*_COLUMNS, "now")]
    codes: dict[str, int] = {}

    def code(text: str | None) -> int:
        return -1 if text is None else codes.setdefault(text, len(codes))

    for client, own in groupby(unseal_each(rows), key=lambda row: row[0]):
        attributors, places = [], []
        for _, kind, value, current in own:
            if kind == Identity.Kind.ATTRIBUTOR:
                attributors.append((_parts(value), current))
            else:
                where = parse_postcode(value)
                places.append((code(where.district), code(where.sector)))
        if client not in number:  # entered between the two queries
            continue
        for parts, current in attributors:
            for where in places or ((-1, -1),):
                for column, each in zip(
                    columns, (*parts, *where, number[client], current), strict=True
                ):
                    column.append(each)
    *arrays, now = (np.frombuffer(column, np.int64) for column in columns)
    given = dict(zip(_COLUMNS, arrays, strict=True))
    return Material(tuple(clients), tuple(clients.values()), Records(**given), now.astype(np.bool_))


def keep(linking: Linking, material: Material) -> None:
    """Seals the material of a linking under a new key."""
    made = Workings(linking=linking)
    key_store().make([made.pk])
    content = io.BytesIO()
    keys = np.frombuffer(b"".join(key.bytes for key in material.clients), np.uint8)
    columns = {name: getattr(material.records, name) for name in _COLUMNS}
    np.savez_compressed(
        content, keys=keys, areas=np.array(material.areas, "U9"), now=material.now, **columns
    )
    made.sealed = seal_bytes(made.pk, _WHAT, content.getvalue())
    made.save(force_insert=True)


def kept() -> Material | None:
    """The material of the last linking; None before the first. KeyGone where it cannot be read."""
    found = reach.workings().order_by("-linking_id").first()
    if found is None:
        return None
    content = io.BytesIO(unseal_bytes(found.pk, _WHAT, found.sealed))
    with np.load(content, allow_pickle=False) as given:
        raw = given["keys"].tobytes()
        clients = tuple(UUID(bytes=raw[at : at + 16]) for at in range(0, len(raw), 16))
        records = Records(*(given[name] for name in _COLUMNS))
        return Material(clients, tuple(given["areas"].tolist()), records, given["now"])


def retire() -> None:
    """Destroys the keys of all workings but the last, and then what they sealed.

    It is done after the last are committed. Killed between, the next linking does it.
    """
    for old in reach.workings().order_by("-linking_id").only("pk")[1:]:
        key_store().destroy(old.pk)
        old.delete()


def _parts(value: Iterable[str]) -> tuple[int, int, int, int]:
    first, last, born, sex = value
    days = (date.fromisoformat(born) - EPOCH).days
    return ord(first) - 65, ord(last) - 65, days, SEXES.index(sex)  # type: ignore[arg-type]
