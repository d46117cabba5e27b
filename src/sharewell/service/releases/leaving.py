"""Releases of those who leave."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sharewell.service.accounts.interface import also_held
from sharewell.service.releases.models import Release
from sharewell.service.releases.states import State


@also_held
def unfinished(person: Any) -> Iterator[str]:
    """Releases that they asked for and that have not ended."""
    going = (State.PREPARING, State.REVIEW, State.APPROVED)
    for release in Release.objects.filter(requester=person, state__in=going):
        yield f"The release {release}, which is {release.state}."
