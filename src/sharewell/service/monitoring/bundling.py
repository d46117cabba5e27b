"""The versions that files made, sealed together: one bundle for each client and upload.

A file may change a million records, so what each of them was is not sealed by itself. A bundle is
JSON, packed, under the client's key (of nobody's records, the service's): a list of entries
``{t: thing, n: version, w: what, k: kind, ...}`` with the row as it was after the change and, where
there was one before, what it was.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sharewell.service.monitoring.keys import key_store
from sharewell.service.monitoring.models import Bundle, Upload, Version
from sharewell.service.monitoring.reach import acting, bundles
from sharewell.service.monitoring.sealing import Keys, seal_bytes, unseal_bytes

_WHAT = "bundle"
_LEVEL = 1
NOBODYS_AT_ONCE = 20_000
"""Entries in one bundle of records that are nobody's."""


@dataclass(frozen=True)
class Entry:
    """One version of one thing that a file made, or the undoing of it."""

    bundle: Bundle
    given: Mapping[str, Any]

    @property
    def thing(self) -> UUID:
        """Whose version it is."""
        return UUID(self.given["t"])

    @property
    def number(self) -> int:
        """Which version."""
        return int(self.given["n"])

    @property
    def row(self) -> dict[str, str]:
        """The row as it was after the change, as a file has it."""
        given = self.given
        own = {"date": given["d"], "record_id": given["i"], "transaction_id": given["x"]}
        return own | {"place": given["p"]} | texts(given["f"])

    def version(self) -> Version:
        """The same as a version that was kept by itself."""
        upload = self.bundle.upload
        undone = "Undone: " if self.bundle.undoing else ""
        return Version(
            service_id=self.bundle.service_id,
            thing=self.thing,
            kind="record",
            number=self.number,
            what=self.given["w"],
            reason=f"{undone}{upload}",
            at=self.bundle.at,
            by=self.bundle.by,
            key=self.bundle.key,
        )


def texts(fields: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a record as a file has them."""
    return {
        name: f"{value:g}" if isinstance(value, float) else str(value)
        for name, value in fields.items()
    }


def bundle(
    upload: Upload, key: UUID, keys: Keys, entries: str, count: int, *, undoing: bool = False
) -> Bundle:
    """A bundle of entries that were written as JSON, with commas between them; not yet kept."""
    return sealed_bundle(upload, key, sealed(key, keys, entries), count, undoing=undoing)


def sealed(key: UUID, keys: Keys, entries: str) -> bytes:
    """Entries packed and sealed. It asks nothing of the database, so any thread may do it."""
    return seal_bytes(key, _WHAT, zlib.compress(f"[{entries}]".encode(), _LEVEL), keys)


def sealed_bundle(
    upload: Upload, key: UUID, content: bytes, count: int, *, undoing: bool = False
) -> Bundle:
    """A bundle of ``count`` entries that are sealed already; not yet kept."""
    return Bundle(
        upload=upload,
        service_id=upload.service_id,
        key=key,
        undoing=undoing,
        entries=count,
        by_id=acting(),
        sealed=content,
    )


def entries_of(some: Iterable[Bundle]) -> Iterator[tuple[Bundle, list[dict[str, Any]]]]:
    """The entries of bundles, without those whose key is gone."""
    kept = list(some)
    keys = key_store().get_all({each.key for each in kept})
    for each in kept:
        if each.key in keys:
            packed = unseal_bytes(each.key, _WHAT, each.sealed, keys)
            yield each, json.loads(zlib.decompress(packed))


def entries_under(key: UUID) -> Iterator[Entry]:
    """Every version of records that files made under a key."""
    for each, given in entries_of(bundles().filter(key=key)):
        for entry in given:
            if entry["k"] == "record":
                yield Entry(each, entry)
