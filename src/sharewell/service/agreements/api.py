"""Agreements for programs: the same agreements as the pages, and the same question."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Path, Router, Schema
from pydantic import Field

from sharewell.agreements import ACTS, Agreement, Request, RequestError
from sharewell.flows.asking import inquire
from sharewell.service.accounts.interface import acting_person
from sharewell.service.agreements.facts import clauses
from sharewell.service.agreements.interface import READERS, governing, versions_for, visible_to
from sharewell.service.api.interface import Needs, Refusal, add_scopes
from sharewell.service.home import home

add_scopes(
    {
        "agreements:read": "Read agreements.",
        "agreements:ask": "Ask agreements what they allow. Every answer is in the ledger.",
    }
)
router = Router(tags=["Agreements"])

Act = Literal[*ACTS]
Reference = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,80}$")]
Name = Annotated[
    str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*\S[^\x00-\x1f]*$")
]
Names = Annotated[tuple[Name, ...], Field(max_length=100)]


class AgreementListed(Schema):
    """An agreement in the version that governs today, in short."""

    reference: str
    version: str
    title: str
    first: date
    last: date
    governs: bool


class Clause(Schema):
    """A clause: its words, where they stand, and how it executes."""

    id: str
    words: str
    source: str
    execution: str


class AgreementFull(AgreementListed):
    """An agreement with all its clauses, and the versions that there are."""

    versions: list[str]
    clauses: list[Clause]


class Question(Schema):
    """What somebody wants to do. What is left out is not part of the question."""

    act: Act
    on: date | None = None
    by: Name | None = None
    role: Name | None = None
    to: Name | None = None
    dataset: Name | None = None
    table: Name | None = None
    measures: Names = ()
    breakdowns: Names = ()
    columns: Names = ()
    first: date | None = None
    last: date | None = None
    with_data: Name | None = None
    keys: Names = ()
    territory: Name | None = None
    storage: Name | None = None
    cloud: Name | None = None
    audience: Name | None = None
    rule: Name | None = None
    unsuppressed: bool | None = None
    purpose: Name | None = None


class Cited(Schema):
    """A clause that an answer rests on, and why."""

    id: str
    words: str
    because: str


class Answer(Schema):
    """Yes or no, the clauses that say so, and what would be allowed instead."""

    allowed: bool
    agreement: str
    sentence: str
    clauses: list[Cited]
    would_allow: list[str]


@router.get("/", response=list[AgreementListed], auth=Needs("agreements:read", *READERS))
def agreements(request: HttpRequest) -> Any:
    """The agreements of the organisations for which the person holds a role."""
    found = visible_to(request.user)
    groups: dict[str, tuple[Agreement, ...]] = {}
    for agreement in found:
        groups[agreement.reference] = (*groups.get(agreement.reference, ()), agreement)
    return [_listed(versions) for versions in groups.values()]


@router.get("/{reference}", response=AgreementFull, auth=Needs("agreements:read", *READERS))
def agreement(request: HttpRequest, reference: Reference) -> Any:
    """One agreement, in the version that governs today."""
    versions = versions_for(request.user, reference)
    now = governing(versions, timezone.localdate())
    return {
        **_listed(versions),
        "versions": [each.version for each in versions],
        "clauses": clauses(now),
    }


@router.post("/{reference}/decide", response=Answer, auth=Needs("agreements:ask", *READERS))
def decide(request: HttpRequest, reference: Reference, question: Question) -> Any:
    """May this be done? The answer quotes its clauses, and is in the ledger."""
    versions = versions_for(request.user, reference)
    given = question.dict()
    given["on"] = given["on"] or timezone.localdate()
    try:
        asked = Request(**given)
    except RequestError as error:
        raise Refusal(422, str(error), "Correct the question.") from None
    person = acting_person(request.user, agreement=reference)
    decision = inquire(home(), person, governing(versions, asked.on), asked, request.id)
    return {**decision.as_dict(), "sentence": decision.sentence()}


def _listed(versions: tuple[Agreement, ...]) -> dict[str, Any]:
    today = timezone.localdate()
    now = governing(versions, today)
    return {
        "reference": now.reference,
        "version": now.version,
        "title": now.title,
        "first": now.term.first,
        "last": now.term.last,
        "governs": now.term.first <= today <= now.term.last,
    }
