"""What a clerk decides about a pair of client records, and which pairs wait for one.

Decisions are only ever added; who is who is worked out from all of them each time it is found. So
a merge or a split is undone by leaving the pair open, and nothing of it is left but its history.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Abs
from django.utils import timezone

from sharewell.linkage import Decision as Decided
from sharewell.linkage import DecisionError
from sharewell.linkage import decide as add_to
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.errors import MonitoringFault
from sharewell.service.monitoring.models import Decision, Pair
from sharewell.service.monitoring.people.comparing import Seen
from sharewell.service.monitoring.reach import acting, counting_reach, within
from sharewell.service.monitoring.sealing import pseudonym

_ONE_AT_A_TIME = 0x4445_4349
"""The advisory lock under which decisions are added, so that none contradicts another."""

_HELD = 5 * 60
"""Seconds for which a pair that somebody looks at is not given to another."""


class DecidedMeanwhile(MonitoringFault):
    """Somebody else decided about the pair since it was shown; ``decision`` is what."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(
            "Somebody else decided about this pair while you looked at it. Your decision was not "
            "kept: look at theirs first."
        )
        self.decision = decision


def waiting(*, left: bool = False) -> QuerySet[Pair]:
    """Doubtful pairs in reach that nobody decided about, the most even first; or those ``left``
    open by somebody."""
    latest = reach.decisions().filter(one=OuterRef("one_id"), other=OuterRef("other_id"))
    found = (
        reach.pairs()
        .annotate(latest=Subquery(latest.order_by("-pk").values("verdict")[:1]))
        .filter(Q(latest=Decision.Verdict.OPEN) if left else Q(latest=None, doubtful=True))
    )
    return found.annotate(evenness=Abs(F("probability") - Value(0.5))).order_by("evenness", "pk")


def next_waiting(*, but: Pair | None = None) -> Pair | None:
    """The next pair that nobody else looks at now; None where all are done."""
    pairs = waiting().exclude(pk=but.pk) if but else waiting()
    return next((pair for pair in pairs[:50] if held_by(pair.one_id, pair.other_id) is None), None)


def hold(one: UUID, other: UUID) -> bool:
    """Keeps a pair for the person for a few minutes; False where somebody else has it."""
    mine = str(acting())
    return bool(cache.add(_name(one, other), mine, _HELD)) or held_by(one, other) is None


def held_by(one: UUID, other: UUID) -> str | None:
    """Who else looks at the pair now."""
    holder = cache.get(_name(one, other))
    return None if holder in (None, str(acting())) else str(holder)


def history(of: Iterable[UUID]) -> list[Decision]:
    """Every decision about any of these clients, the latest first."""
    keys = list(of)
    found = reach.decisions().filter(Q(one__in=keys) | Q(other__in=keys))
    return list(found.order_by("-pk"))


def last_about(one: UUID, other: UUID) -> Decision | None:
    """What stands about a pair."""
    one, other = sorted((one, other))
    return reach.decisions().filter(one=one, other=other).last()


def decide(one: Seen, other: Seen, verdict: str, why: str, *, saw: int | None) -> Decision:
    """Adds a decision by the person about two client records, having seen the one numbered
    ``saw`` (None: no decision yet).

    DecidedMeanwhile where there is a later one; MonitoringFault where it contradicts others.
    """
    first, second = sorted((one.client, other.client))
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
        standing = last_about(first, second)
        if standing and standing.pk != saw:
            raise DecidedMeanwhile(standing)
        with within(counting_reach()):
            log = [_as_decided(each) for each in reach.decisions()]
        made = Decision(one=first, other=second, verdict=verdict, why=why, by_id=acting())
        try:
            add_to(log, _as_decided(made))
        except DecisionError as error:
            raise MonitoringFault(str(error)) from None
        made.save(force_insert=True)
    cache.delete(_name(first, second))
    return made


def _as_decided(decision: Decision) -> Decided:
    """The decision as the library knows it, with clients by the names that analysts see."""
    verdict: Any = decision.verdict
    return Decided(
        verdict,
        pseudonym(decision.one)[:8],
        pseudonym(decision.other)[:8],
        str(decision.by_id),
        decision.at or timezone.now(),
        decision.why,
    )


def _name(one: UUID, other: UUID) -> str:
    return "pair {} {}".format(*sorted((pseudonym(one), pseudonym(other)))).replace(" ", ":")
