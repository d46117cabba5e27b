"""Letters about uploads: how many rows and errors, never a value of the files."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from sharewell.service.accounts.interface import notify, people_who_hold
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.models import Service
from sharewell.service.monitoring.reach import MANAGER, Reach, within


def tell_people(service: Service, subject: str, text: str) -> None:
    """Writes to who works at the service and who manages it."""
    everything = frozenset({service.pk})
    with within(Reach("staff", None, everything, everything)):
        staff = [each.person for each in reach.staff().filter(service=service)]
    managers = people_who_hold(MANAGER, organisation=service.organisation.short)
    for person in {*staff, *managers}:
        tell(person, subject, text)


def tell(person: Any, subject: str, text: str) -> None:
    """Writes to somebody. A letter that cannot be sent undoes nothing: the pages say the same."""
    with suppress(OSError):
        notify(person, subject, text)
