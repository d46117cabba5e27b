"""Who opened which client's record, and why; and whether it shows that there was need.

Each opening is kept here, and each view of the record in the ledger. Nobody is stopped at a busy
hatch. What stands out is shown to the manager of the service.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.utils import timezone

from sharewell.service.monitoring.models import Client, Opening
from sharewell.service.monitoring.reach import acting, openings, records, versions

REASONS: Mapping[str, str] = {
    "here": "The client is here now",
    "finishing": "To finish or correct what I recorded",
    "asked": "The client, or somebody for them, asked about the record",
    "quality": "To check the quality of records",
    "other": "For another reason",
}
"""Why a record is opened. All but the first are chosen on a page of their own."""

HOLDS = timedelta(minutes=30)
"""How long an opening holds: after that, the reason is asked again."""

_NEAR = timedelta(days=1)


@dataclass(frozen=True)
class Reviewed:
    """An opening, and why it stands out ('' where it does not)."""

    opening: Opening
    stands_out: str


def note(client: Client, reason: str, words: str) -> Opening:
    """Keeps that the person opened a client's record."""
    return Opening.objects.create(
        service_id=client.service_id,
        client=client.pk,
        reference=client.reference,
        person_id=acting(),
        reason=reason,
        words=words,
    )


def holding(client: Client) -> Opening | None:
    """The opening under which the person may look at the client now."""
    since = timezone.now() - HOLDS
    return openings().filter(client=client.pk, person=acting(), at__gt=since).first()


def reviewed(found: Iterable[Opening]) -> list[Reviewed]:
    """Openings with whether there was need: a change by the same person on that day, or activity
    of the client within a day of it."""
    found = list(found)
    ids = {each.client for each in found}
    changed = {
        (key, by, timezone.localdate(at))
        for key, by, at in versions().filter(key__in=ids).values_list("key", "by", "at")
    }
    active = set(records().filter(client__in=ids).values_list("client", "day"))
    return [Reviewed(each, _stands_out(each, changed, active)) for each in found]


def _stands_out(
    opening: Opening,
    changed: set[tuple[UUID, UUID | None, date]],
    active: set[tuple[UUID, date]],
) -> str:
    day = timezone.localdate(opening.at)
    if (opening.client, opening.person_id, day) in changed:
        return ""
    if any((opening.client, day + near) in active for near in (-_NEAR, timedelta(0), _NEAR)):
        return ""
    if opening.reason == "here":
        return "Said to be here, and nothing was recorded."
    return "Nothing was recorded or corrected."
