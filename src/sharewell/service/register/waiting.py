"""Whether Sharewell's own register has what left since."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse

from sharewell.flows.registering import counted_since
from sharewell.service.accounts.interface import roles_of
from sharewell.service.home import home
from sharewell.service.register import reading
from sharewell.service.register.models import Series
from sharewell.service.waiting import Waiting, also_waits


@also_waits
def own_register(user: Any) -> Iterator[Waiting]:
    """For who keeps the register: releases that its latest edition of our own lacks."""
    if "data protection officer" not in roles_of(user):
        return
    newest = reading.latest(Series.OWN)
    since = counted_since(home().ledger, newest and newest.taken_in)
    if since:
        yield Waiting(
            "Bring Sharewell's own register up to date",
            f"Released since its latest edition: {since}. Make today's edition.",
            reverse("register:import"),
        )
