"""Links by which a person fetches a release once.

The secret is shown once and kept as its SHA-256. A link works for one person, signed in with a
second factor, until it expires. Only a button uses it up, so no mail scanner does. A download
that broke off can be given anew; one that was sent to its last byte cannot.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import IO, Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from sharewell.agreements import Agreement
from sharewell.flows.errors import FlowError
from sharewell.flows.preparing import package
from sharewell.ledger import Entry
from sharewell.service.accounts.interface import notify
from sharewell.service.agreements.interface import at_hand
from sharewell.service.home import home
from sharewell.service.recording import record_access
from sharewell.service.releases.errors import ReleaseError
from sharewell.service.releases.models import Link, Release
from sharewell.service.releases.permissions import check_owns
from sharewell.service.releases.sending import pieces
from sharewell.service.releases.states import State

LASTS = timedelta(days=7)


def give_link(request: HttpRequest, release: Release, person: Any) -> str:
    """Makes the person's link, in place of an unused one; its secret. Raises ReleaseError."""
    check_owns(request.user, release)
    if release.state != State.RELEASED:
        raise ReleaseError(f"This release is {release.state}: there is nothing to fetch yet.")
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        link = Link.objects.select_for_update().filter(release=release, person=person).first()
        if link is not None and link.whole is not None:
            raise ReleaseError(f"{person.name} has fetched it. Each person fetches a release once.")
        values = {
            "digest": _digest(secret),
            "made": timezone.now(),
            "expires": timezone.now() + LASTS,
            "used": None,
        }
        Link.objects.update_or_create(release=release, person=person, defaults=values)
        record_access(
            request,
            f"Gave {person.name} ({person.pk}) a link to {release.name}.",
            act="decide",
            agreement=release.reference,
            role=release.role,
        )
    return secret


def tell(person: Any, release: Release, address: str) -> None:
    """Sends the link to whom it is for."""
    text = (
        f"{release.requester.name} gives you the release {release.name}. Sign in and fetch it "
        f"within {LASTS.days} days; the link works once, and only for you.\n\n{address}"
    )
    notify(person, "a release for you", text)


def find_link(user: Any, secret: str) -> Link | None:
    """The person's own link with this secret, used or not."""
    return (
        Link.objects.filter(digest=_digest(secret), person=user)
        .select_related("release", "release__requester")
        .first()
    )


def works(link: Link) -> bool:
    """Whether it can be used now."""
    return link.used is None and link.expires > timezone.now()


@dataclass(frozen=True)
class Parcel:
    """A packed release, to be sent: its name, its size in bytes, and its content."""

    name: str
    size: int
    content: Iterator[bytes]


def fetch(request: HttpRequest, link: Link) -> Parcel:
    """Packs the release and uses the link up, which is recorded. Raises ReleaseError."""
    release = link.release
    entry, agreement = released(release)
    with home().staging() as folder:
        try:
            packed = package(home(), entry, agreement, folder)
        except FlowError as error:
            raise ReleaseError(f"It cannot be packed. {error}") from None
        size, file = packed.stat().st_size, packed.open("rb")  # readable after its folder is gone
    with transaction.atomic():
        fresh = Link.objects.select_for_update().get(pk=link.pk)
        if fresh.digest != link.digest or not works(fresh):
            file.close()
            raise ReleaseError("This link was used, or it has expired.")
        fresh.used = timezone.now()
        fresh.save(update_fields=["used"])
        record_access(
            request,
            f"{release.name}, whole, as {packed.name}",
            act="download",
            agreement=release.reference,
            clause=entry.body["clause"],
        )
    return Parcel(packed.name, size, _send(fresh, file))


def released(release: Release) -> tuple[Entry, Agreement]:
    """What went out, and the version of the agreement under which it did."""
    entry = next(home().ledger.entries(after=release.released - 1))
    (agreement,) = [a for a in at_hand() if a.name == entry.body["agreement"]]
    return entry, agreement


def _send(link: Link, file: IO[bytes]) -> Iterator[bytes]:
    with file:
        yield from pieces(file)
    Link.objects.filter(pk=link.pk, digest=link.digest).update(whole=timezone.now())


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
