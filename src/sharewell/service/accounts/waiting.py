"""Roles that end soon, and invitations that nobody used."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from sharewell.service.accounts.interface import roles_of
from sharewell.service.accounts.models import Invitation
from sharewell.service.waiting import Waiting, also_waits

_SOON = timedelta(days=30)


@also_waits
def roles(user: Any) -> Iterator[Waiting]:
    """My roles that end within a month."""
    soon = timezone.localdate() + _SOON
    for grant in user.grants.current().filter(ends__lte=soon).select_related("given_by"):
        yield Waiting(
            f"Your role '{grant.role}' ends on {grant.ends:%-d %B %Y}",
            f"{grant.where}. If you need it longer, ask "
            f"{grant.given_by or 'your administrator'} to give it anew.",
            reverse("me:account"),
            "Ends soon",
        )


@also_waits
def invitations(user: Any) -> Iterator[Waiting]:
    """My invitations of the last month that expired unused."""
    if "administrator" not in roles_of(user):
        return
    now = timezone.now()
    lapsed = Invitation.objects.filter(
        invited_by=user, used=None, withdrawn=None, expires__lt=now, expires__gt=now - _SOON
    )
    for invitation in lapsed:
        yield Waiting(
            f"{invitation.name} did not use your invitation",
            f"It expired on {timezone.localdate(invitation.expires):%-d %B %Y}. Invite them again "
            "if they still join.",
            reverse("people:invite"),
            "Expired",
        )
