"""Seals what identifies a client under the client's own key, and finds it without opening.

Sealed values are AES-256-GCM: 12 bytes of nonce, then ciphertext and tag, bound to whose key it is
and to what the value is. The index is HMAC-SHA256 under a key of its own. Without that key a
digest says nothing, although all attributors could be tried in a minute; and as the service is a
part of what is digested, the same person has different digests at two services.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sharewell.linkage import Attributor, parse_attributor
from sharewell.service.monitoring.keys import KeyTroubleError, key_store

_NONCE = 12
_DIGEST = 16
_AT_ONCE = 5_000

EXACT = "exactly the same"
_PARTS = (
    "first initial",
    "last initial",
    "day of birth",
    "month of birth",
    "year of birth",
    "sex",
)


Keys = Mapping[UUID, bytes]
"""Keys that were fetched already, by whose they are: for who seals and opens much."""


def seal(owner: UUID, what: str, value: Any, keys: Keys | None = None) -> bytes:
    """The value, as JSON, under the owner's key. ``what`` it is must be said again to open it."""
    content = json.dumps(value, sort_keys=True, default=str).encode()
    return seal_bytes(owner, what, content, keys)


def seal_bytes(owner: UUID, what: str, content: bytes, keys: Keys | None = None) -> bytes:
    """The same, of bytes as they are."""
    nonce = secrets.token_bytes(_NONCE)
    key = key_store().get(owner) if keys is None else keys[owner]
    return nonce + AESGCM(key).encrypt(nonce, content, _bound(owner, what))


def unseal(owner: UUID, what: str, sealed: bytes, keys: Keys | None = None) -> Any:
    """The value again. KeyGone when the key was destroyed."""
    return json.loads(unseal_bytes(owner, what, sealed, keys))


def unseal_bytes(owner: UUID, what: str, sealed: bytes, keys: Keys | None = None) -> bytes:
    """The bytes that `seal_bytes` sealed. KeyGone when the key was destroyed."""
    key = key_store().get(owner) if keys is None else keys[owner]
    return _opened(key, owner, what, bytes(sealed))


def unseal_each(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Rows that begin with whose it is, what it is, and the sealed value, with the value in its
    place: however many, a few at a time. Those whose key is gone are left out."""
    waiting = iter(rows)
    while some := list(islice(waiting, _AT_ONCE)):
        keys = key_store().get_all({owner for owner, *_ in some})
        for owner, what, sealed, *rest in some:
            if owner in keys:
                text = _opened(keys[owner], owner, what, bytes(sealed))
                yield owner, what, json.loads(text), *rest


def unseal_all(what: str, sealed: Mapping[UUID, bytes]) -> dict[UUID, Any]:
    """One value of each of many owners; those whose key is gone are left out."""
    keys = key_store().get_all(sealed)
    return {
        owner: json.loads(_opened(keys[owner], owner, what, bytes(value)))
        for owner, value in sealed.items()
        if owner in keys
    }


def plain(attributor: Attributor) -> list[str]:
    """An attributor as it is sealed."""
    return [attributor.first, attributor.last, attributor.born.isoformat(), attributor.sex]


def attributor_of(parts: list[str]) -> Attributor:
    """The attributor that was sealed as `plain`."""
    return parse_attributor(*parts)


def traces(service: UUID, attributor: Attributor) -> tuple[bytes, ...]:
    """What is kept of an attributor for finding it: the digest of it, and of it without each of
    its parts."""
    return tuple(_digests(service, attributor).values())


def sought(service: UUID, attributor: Attributor) -> dict[bytes, str]:
    """The digests to look for, each with why what has it is alike, the most alike first.

    Exact; then what differs in one part, has its initials swapped, or day and month.
    """
    own = _digests(service, attributor)
    found = {own[""]: EXACT}
    swapped = replace(attributor, first=attributor.last, last=attributor.first)
    found.setdefault(_digests(service, swapped)[""], "initials swapped")
    if turned := _day_and_month_swapped(attributor):
        found.setdefault(_digests(service, turned)[""], "day and month of birth swapped")
    for part in ("sex", *_PARTS[:-1]):
        found.setdefault(own[part], f"{part} differs")
    return found


def exact_trace(service: UUID, attributor: Attributor) -> bytes:
    """The digest of the whole attributor, by which the same one is found."""
    born = attributor.born
    parts = (attributor.first, attributor.last, born.day, born.month, born.year, attributor.sex)
    return _digest(f"{service}|{'|'.join(map(str, parts))}")


def number_of(*parts: object) -> int:
    """A number of 63 bits that tells what was sent from something else, and says nothing else."""
    digest = _digest(f"sent|{'|'.join(map(str, parts))}")
    return int.from_bytes(digest[:8], "big") >> 1


def file_mark(service: UUID, content: Iterable[bytes]) -> bytes:
    """What is kept of files to know whether the same ones come again."""
    found = hmac.new(_index_key(), service.bytes, "sha256")
    for piece in content:
        found.update(piece)
    return found.digest()[:_DIGEST]


def record_trace(service: UUID, record_id: str) -> bytes:
    """What is kept of a file's own id of a client's row, which may be the client's card."""
    return _digest(f"{service}|row|{record_id}")


def reference_trace(service: UUID, reference: str) -> bytes:
    """What is kept of a service's own reference of a client for finding it."""
    return _digest(f"{service}|reference|{reference.strip().casefold()}")


def mark(service: UUID, attributor: Attributor) -> str:
    """A few letters that tell one attributor from another in an address, and say nothing else."""
    return _digest(f"{service}|mark|{attributor}").hex()[:12]


def pseudonym(client: UUID) -> str:
    """What analysts know a client by: the same every time, and no way back."""
    return _digest(f"pseudonym|{client}").hex()


def _digests(service: UUID, attributor: Attributor) -> dict[str, bytes]:
    born = attributor.born
    parts = [attributor.first, attributor.last, born.day, born.month, born.year, attributor.sex]
    masked = {"": parts}
    for place, name in enumerate(_PARTS):
        masked[name] = [*parts[:place], "*", *parts[place + 1 :]]
    return {name: _digest(f"{service}|{'|'.join(map(str, each))}") for name, each in masked.items()}


def _day_and_month_swapped(attributor: Attributor) -> Attributor | None:
    born = attributor.born
    if born.day > 12 or born.day == born.month:
        return None
    try:
        return replace(attributor, born=born.replace(month=born.day, day=born.month))
    except ValueError:  # 30 February
        return None


def _digest(text: str) -> bytes:
    return hmac.digest(_index_key(), text.encode(), "sha256")[:_DIGEST]


@cache
def _index_key() -> bytes:
    return key_store().derived("index")


def _bound(owner: UUID, what: str) -> bytes:
    return owner.bytes + what.encode()


def _opened(key: bytes, owner: UUID, what: str, sealed: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], _bound(owner, what))
    except InvalidTag:
        raise KeyTroubleError(
            f"The {what} of {owner} was changed in the database, or its key was. Restore both from "
            "backups of the same day."
        ) from None
