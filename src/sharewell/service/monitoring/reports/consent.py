"""Whether anybody in a report said No since, and the moment in which nobody can.

The keys of the clients whose records are in a report are kept until another report takes its
place. So it is known exactly, also of clients who were deleted: nothing rests on clocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.db import OperationalError, connection
from django.db.models import Exists, OuterRef, Subquery

from sharewell.service.monitoring import reach
from sharewell.service.monitoring.errors import MonitoringFault
from sharewell.service.monitoring.models import Report, Reported
from sharewell.service.monitoring.reach import counting_reach, within

_PATIENCE = "3s"
_AT_ONCE = 20_000


class AnswersChanged(MonitoringFault):
    """Somebody in the report says No now, so it may not be let out."""


@dataclass(frozen=True)
class Changed:
    """Clients whose answer changed since a report was counted.

    ``withdrew``: in it, and say No now or are deleted. ``gave``: said No then, say Yes now, and
    have records in its period.
    """

    withdrew: int
    gave: int

    @property
    def answers(self) -> int:
        """How many answers changed."""
        return self.withdrew + self.gave


def keep_reported(report: Report, clients: Iterable[UUID]) -> None:
    """Keeps whose records are in a report, in place of what was kept; for the counting reach."""
    reach.reported().filter(report=report).delete()
    keys = list(clients)
    for start in range(0, len(keys), _AT_ONCE):
        Reported.objects.bulk_create(
            Reported(report=report, client=key) for key in keys[start : start + _AT_ONCE]
        )


def changed(report: Report) -> Changed:
    """Whose answers changed since the report was counted."""
    with within(counting_reach()):
        return Changed(_withdrew(report), _gave(report))


@contextmanager
def answers_held(report: Report) -> Iterator[None]:
    """Holds every answer as it is, once it is sure that nobody in the report says No.

    AnswersChanged otherwise. Until the transaction around it ends, whoever changes a client waits.
    Enter it before the ledger is held: who changes a client may wait for that.
    """
    with within(counting_reach()):
        hold_answers()
        check_holds(report)
        yield


def hold_answers() -> None:
    """Keeps clients and their answers as they are until the transaction ends. MonitoringFault
    where somebody who changes many of them has them for longer."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{_PATIENCE}'")
            cursor.execute("LOCK TABLE monitoring_client, monitoring_consent IN SHARE MODE")
            cursor.execute("SET LOCAL lock_timeout = DEFAULT")
    except OperationalError as error:
        raise MonitoringFault(
            "Clients are being changed just now, by a file perhaps. Try again in a minute."
        ) from error


def check_holds(report: Report) -> None:
    """AnswersChanged where somebody in the report says No; for the counting reach."""
    if withdrew := _withdrew(report):
        raise AnswersChanged(
            f"{withdrew:,} {'client' if withdrew == 1 else 'clients'} in this report said No, or "
            "were deleted, since it was counted. Make the report anew first."
        )


def _withdrew(report: Report) -> int:
    still = reach.clients().filter(pk=OuterRef("client"))
    return reach.reported().filter(report=report).exclude(Exists(still)).count()


def _gave(report: Report) -> int:
    """A record in the period, not in the report, and the answer at that time was No."""
    if report.counted_at is None:
        return 0
    period = (report.first, report.last)
    mine = {"client": OuterRef("pk")}
    answers = reach.answers().filter(at__lte=report.counted_at)
    then = answers.filter(**mine).order_by("-pk")
    # Few ever said No; asked of every client, what was true then takes a second and more.
    refused = set(answers.filter(answer=False).values_list("client", flat=True))
    found = (
        reach.clients()
        .filter(pk__in=refused)
        .annotate(then=Subquery(then.values("answer")[:1]))
        .filter(then=False)
    )
    return found.filter(
        ~Exists(reach.reported().filter(report=report, client=OuterRef("pk"))),
        Exists(reach.records().filter(**mine, day__range=period)),
    ).count()
