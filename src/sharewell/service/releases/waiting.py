"""Releases that wait for a person: to be reviewed, to be let out, to be asked for anew."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from sharewell.service.accounts.interface import roles_of
from sharewell.service.releases.models import Release
from sharewell.service.releases.permissions import (
    ASKERS,
    REVIEWER,
    left_behind,
    may_review,
    own_releases,
    visible_releases,
)
from sharewell.service.releases.states import State
from sharewell.service.waiting import Waiting, also_waits

_LATELY = timedelta(days=30)


def to_review(user: Any) -> list[Release]:
    """Those that wait for the person's verdict."""
    if REVIEWER not in roles_of(user):
        return []
    waiting = visible_releases(user).filter(state=State.REVIEW).exclude(reviews__reviewer=user)
    return [release for release in waiting if may_review(user, release)]


@also_waits
def reviews(user: Any) -> Iterator[Waiting]:
    """Releases that lack my verdict."""
    for release in to_review(user):
        asked = timezone.localdate(release.asked)
        words = f"For {release.whom}, asked by {release.requester} on {asked:%-d %B %Y}."
        yield _waiting(release, words, "To review")


@also_waits
def mine(user: Any) -> Iterator[Waiting]:
    """What I asked for and must see to: approved, returned or stopped."""
    if not roles_of(user) & set(ASKERS):
        return
    asked = own_releases(user)
    for release in asked.filter(state=State.APPROVED):
        yield _waiting(release, "Both reviewers approve it. Release it.", "To release")
    since = timezone.now() - _LATELY
    back = asked.filter(
        state__in=(State.RETURNED, State.STOPPED), followed_by=None, changed__gt=since
    )
    for release in back:
        yield _waiting(release, "See why, and ask anew.", str(release.state).capitalize())


@also_waits
def left(user: Any) -> Iterator[Waiting]:
    """What somebody left behind, and I may withdraw."""
    for release in left_behind(user):
        words = f"{release.requester} asked for it and has left, so it can only be withdrawn."
        yield _waiting(release, words, "Left behind")


def _waiting(release: Release, words: str, status: str) -> Waiting:
    where = reverse("releases:release", args=[release.pk])
    return Waiting(release.title, words, where, status)
