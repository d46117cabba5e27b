"""Who may do what with a release, whatever its state: each rule as `check_x`, which raises
ReleaseError with a sentence, and `x`, which answers. What the state allows is in `states`."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from sharewell.agreements.lifecycle import MANAGER
from sharewell.flows.people import VERBS
from sharewell.flows.preparing import makers, prepared_entry
from sharewell.service.accounts.interface import grants_of, people_who_hold
from sharewell.service.agreements.interface import at_hand, reaches, visible_to
from sharewell.service.home import home
from sharewell.service.releases.errors import ReleaseError
from sharewell.service.releases.models import Release
from sharewell.service.releases.states import State

ASKERS = tuple(role for role, verbs in VERBS.items() if "publish" in verbs)
REVIEWER = "output reviewer"
READERS = (*ASKERS, REVIEWER, "auditor", MANAGER)
_UNDER_WAY = (State.REVIEW, State.APPROVED)


def own_releases(user: Any) -> QuerySet[Release]:
    """What the person asked for under agreements that they still reach in such a role: who moved
    on leaves their releases behind."""
    reached = {agreement.reference for agreement in visible_to(user, *ASKERS)}
    return Release.objects.filter(requester=user, reference__in=reached)


def visible_releases(user: Any) -> QuerySet[Release]:
    """What the person asked for, what falls under agreements that they review or audit, and what
    somebody left behind where they manage agreements."""
    reached = {agreement.reference for agreement in visible_to(user, REVIEWER, "auditor")}
    mine = own_releases(user).values("pk")
    left = [release.pk for release in left_behind(user)]
    found = Q(pk__in=mine) | Q(reference__in=reached) | Q(pk__in=left)
    return Release.objects.filter(found).select_related("requester")


def left_behind(user: Any) -> list[Release]:
    """Releases under way whose requester has left, and that the person may withdraw for them: they
    manage the agreement, for the organisation for which the requester asked."""
    managed = {agreement.reference for agreement in visible_to(user, MANAGER)}
    if not managed:
        return []
    found = Release.objects.filter(state__in=_UNDER_WAY, reference__in=managed)
    return [each for each in found.select_related("requester") if _manages(user, each)]


def is_left_to(user: Any, release: Release) -> bool:
    """Whether a release is one of those that were `left_behind` to the person."""
    return release.state in _UNDER_WAY and _manages(user, release)


def has_left(release: Release) -> bool:
    """Whether whoever asked does not act under the agreement any more."""
    return not release.requester.is_active or not asking_role(release.requester, release.reference)


def _manages(user: Any, release: Release) -> bool:
    if release.prepared is None or user == release.requester or not has_left(release):
        return False
    house = prepared_entry(home(), release.prepared).actor["organisation"]
    agreements = [each for each in at_hand() if each.reference == release.reference]
    return any(
        grant.role == MANAGER
        and grant.organisation is not None
        and grant.organisation.name == house
        and any(reaches(grant, agreement) for agreement in agreements)
        for grant in grants_of(user)
    )


def reviews_under(user: Any, release: Release) -> bool:
    """Whether the person is a reviewer of this agreement's releases, of this one or of others."""
    return any(a.reference == release.reference for a in visible_to(user, REVIEWER))


def looks_inside(user: Any, release: Release) -> bool:
    """Whether the person may look at the files before they are out."""
    return user == release.requester or reviews_under(user, release)


def check_may_review(user: Any, release: Release) -> None:
    """Reviewers are independent: not whoever asked, nor of their team, nor whoever made the
    tables."""
    if not reviews_under(user, release):
        raise ReleaseError(f"To review this takes the role {REVIEWER} for {release.reference}.")
    if user == release.requester:
        raise ReleaseError("You asked for this release, so two others review it.")
    team = release.requester.team_id
    if team is not None and team == user.team_id:
        raise ReleaseError("You work in the requester's team, so two others review it.")
    if release.prepared is not None and str(user.pk) in makers(
        home(), prepared_entry(home(), release.prepared)
    ):
        raise ReleaseError("You made the tables it comes from, so two others review it.")


def may_review(user: Any, release: Release) -> bool:
    """Whether `check_may_review` lets the person."""
    try:
        check_may_review(user, release)
    except ReleaseError:
        return False
    return True


def check_owns(user: Any, release: Release) -> None:
    """Only whoever asked releases it and hands it over."""
    if user != release.requester:
        raise ReleaseError("Only whoever asked for a release does that.")


def check_may_withdraw(user: Any, release: Release) -> None:
    """Whoever asked withdraws it. Where they have left, an agreement manager of their organisation
    does."""
    if user != release.requester and not _manages(user, release):
        raise ReleaseError(
            "Only whoever asked for a release withdraws it; once they have left, an agreement "
            "manager of their organisation."
        )


def reviewers_for(release: Release) -> tuple[Any, ...]:
    """Everybody who may review it, by name."""
    houses = {
        party.short
        for agreement in at_hand()
        if agreement.reference == release.reference
        for party in agreement.organisations
    }
    people = {
        person
        for house in sorted(houses)
        for person in people_who_hold(REVIEWER, organisation=house, agreement=release.reference)
    }
    return tuple(
        sorted((p for p in people if may_review(p, release)), key=lambda person: person.name)
    )


def asking_role(user: Any, reference: str) -> str:
    """The role in which the person asks for releases under an agreement; '' for none."""
    for grant in grants_of(user):
        if grant.role in ASKERS and any(
            a.reference == reference for a in visible_to(user, grant.role)
        ):
            return grant.role
    return ""
