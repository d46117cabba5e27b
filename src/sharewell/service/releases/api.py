"""Releases for programs: to ask for one, to follow it, and to take it back. People review."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from sharewell.flows.errors import FlowError
from sharewell.flows.preparing import Declared
from sharewell.service.agreements.interface import governing, versions_for
from sharewell.service.api.interface import Needs, Refusal, add_scopes
from sharewell.service.releases.actions import Wanted, ask_for
from sharewell.service.releases.actions import withdraw as take_back
from sharewell.service.releases.models import Release
from sharewell.service.releases.permissions import ASKERS, READERS, visible_releases

add_scopes(
    {
        "releases:read": "Follow releases: their state, and why one was returned.",
        "releases:ask": "Ask for releases, and take them back.",
    }
)
router = Router(tags=["Releases"])

Name = Annotated[
    str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]*\S[^\x00-\x1f]*$")
]
Text = Annotated[str, Field(max_length=5000, pattern=r"^[^\x00]*$")]


class ReleaseOut(Schema):
    """A release: what was asked for, and how far it has come."""

    id: UUID
    name: str
    agreement: str
    audience: str
    tables: list[str]
    combined: bool
    safe_setting: bool
    asked: datetime
    changed: datetime
    state: str
    meaning: str
    reasons: str

    @staticmethod
    def resolve_meaning(release: Release) -> str:
        """What its state means."""
        return release.told.meaning


class ReleaseWanted(Schema):
    """What is asked for, and what is declared of it."""

    reference: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,80}$")]
    audience: Name
    tables: Annotated[list[Name], Field(min_length=1, max_length=100)]
    combined: bool = False
    context: Text
    earlier: Text = ""
    safe_setting: bool = False
    source: Annotated[int | None, Field(ge=1, lt=2**63)] = None


@router.get("/", response=list[ReleaseOut], auth=Needs("releases:read", *READERS))
def releases(request: HttpRequest, limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> Any:
    """What the person asked for, reviews or audits, the newest first."""
    return visible_releases(request.user)[:limit]


@router.get("/{uuid:release_id}", response=ReleaseOut, auth=Needs("releases:read", *READERS))
def release(request: HttpRequest, release_id: UUID) -> Any:
    """One release."""
    return get_object_or_404(visible_releases(request.user), pk=release_id)


@router.post("/", response={202: ReleaseOut}, auth=Needs("releases:ask", *ASKERS))
def ask(request: HttpRequest, wanted: ReleaseWanted) -> Any:
    """Asks for a release. It is prepared and checked by the worker, and then reviewed."""
    versions = versions_for(request.user, wanted.reference, *ASKERS)
    declared = Declared(wanted.context, wanted.earlier, wanted.safe_setting)
    asked = Wanted(wanted.audience, tuple(wanted.tables), wanted.combined, declared, wanted.source)
    try:
        made = ask_for(request.user, governing(versions, timezone.localdate()), asked)
    except FlowError as error:
        raise Refusal(409, str(error), "Ask for what the agreement allows.") from None
    return Status(202, made)


@router.post(
    "/{uuid:release_id}/withdraw", response=ReleaseOut, auth=Needs("releases:ask", *ASKERS)
)
def withdraw(request: HttpRequest, release_id: UUID) -> Any:
    """Takes back what is not out yet."""
    mine = Release.objects.filter(requester=request.user)
    found = get_object_or_404(mine, pk=release_id)
    try:
        return take_back(request.user, found)
    except FlowError as error:
        raise Refusal(409, str(error), "Look at its state.") from None
