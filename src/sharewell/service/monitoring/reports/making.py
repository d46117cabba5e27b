"""Making a report: asked for once, counted as of one moment, protected, and shared.

Killed at any moment it begins again and makes one report. The ledger knows for which one, and for
which moment of it, something was counted, and what was shared of a count.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from sharewell.agreements import Agreement
from sharewell.flows.publishing import publish
from sharewell.flows.releases import COUNT
from sharewell.flows.reporting import count_records
from sharewell.ledger import Entry
from sharewell.linkage import Correction
from sharewell.service.accounts.interface import acting_person, invented_people
from sharewell.service.agreements.interface import governing, visible_to
from sharewell.service.home import home
from sharewell.service.jobs.interface import enqueue, job_at
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.errors import MonitoringFault
from sharewell.service.monitoring.models import Report
from sharewell.service.monitoring.people.counting import Question, count
from sharewell.service.monitoring.people.linking import find_who_is_who
from sharewell.service.monitoring.reach import ANALYST, analyst_reach, counting_reach, within
from sharewell.service.monitoring.reports.consent import (
    AnswersChanged,
    answers_held,
    keep_reported,
)
from sharewell.service.monitoring.reports.export import export
from sharewell.service.monitoring.reports.periods import Period, period_of

MAKE = "make a monitoring report"
AUDIENCE = "commissioners"
DATASET = "monitoring"
_ATTEMPTS = 3  # while answers change faster than a report is made

Progress = Callable[[int, str], None]
"""Called with per cent and what is being done."""


def ask_for_report(user: Any, period: Period) -> Report:
    """Has a report of the period made for all areas. MonitoringFault where one is being made, the
    period has not ended, or no agreement lets it be counted."""
    if period.last >= timezone.localdate():
        raise MonitoringFault(f"{period} has not ended yet. Choose one that has.")
    the_agreement(user)
    with within(analyst_reach(user)):
        for waiting in _being_made(period):
            caught_up(waiting)
        try:
            with transaction.atomic():
                made = Report.objects.create(first=period.first, last=period.last, asked_by=user)
        except IntegrityError:
            raise MonitoringFault(f"The report of {period} is being made already.") from None
        made.job = enqueue(MAKE, user, title=f"Report: {period}"[:200], report=str(made.pk))
        made.save(update_fields=["job"])
    return made


def make(report: Report, progress: Progress) -> Report:
    """Counts, protects and shares it; again from the start where somebody said No meanwhile.

    Raises MonitoringFault, or what the flows raise.
    """
    agreement = the_agreement(report.asked_by)
    for _ in range(_ATTEMPTS):
        counted = _count_of(report) or _count(report, agreement, progress)
        try:
            shared = _share_of(counted) or _share(report, agreement, counted, progress)
        except AnswersChanged:
            _forget(report)
            progress(5, "Somebody said No meanwhile, so it is counted again.")
            continue
        return _finish(report, counted, shared)
    raise MonitoringFault("Answers about consent change faster than it is made. Ask again later.")


def the_agreement(user: Any) -> Agreement:
    """The agreement under which the person has monitoring data counted and shared.
    MonitoringFault where there is none."""
    found = [
        agreement
        for agreement in visible_to(user, ANALYST)
        if any(held.dataset == DATASET for held in agreement.datasets)
        and any(flow.act == "share" and AUDIENCE in flow.to for flow in agreement.flows)
    ]
    if not found:
        raise MonitoringFault(
            "No agreement of your organisation lets monitoring data be counted for commissioners. "
            "Ask an agreement manager to draft one."
        )
    versions = tuple(each for each in found if each.reference == found[-1].reference)
    return governing(versions, timezone.localdate())


def caught_up(report: Report) -> Report:
    """The report as it stands: one whose worker was killed too often has failed."""
    if report.state == Report.State.MAKING and report.job:
        job = job_at(report.job)
        if job.state == job.State.FAILED:
            fail(report, job.message)
    return report


def fail(report: Report, reasons: str) -> None:
    """Notes that it could not be made, and why."""
    _set(report, state=Report.State.FAILED, reasons=reasons)


def where_to_ask(user: Any, report: Report) -> str:
    """Where the person asks to publish the report; '' where they may not."""
    try:
        agreement = the_agreement(user)
    except MonitoringFault:
        return ""
    return f"{reverse('releases:ask', args=[agreement.reference])}?source={report.counted}"


def _being_made(period: Period) -> list[Report]:
    days = {"first": period.first, "last": period.last}
    return list(reach.reports().filter(state=Report.State.MAKING, **days))


def _count(report: Report, agreement: Agreement, progress: Progress) -> Entry:
    """Counts it as of now. Whose records are counted is kept before anything is counted, so that
    there is no count of which that is not known."""
    find_who_is_who(lambda part, _words: progress(part // 10, "Finding who is who."))
    with home().staging() as staging:
        path = _exported(report, staging, progress)
        everybody = count(Question(report.first, report.last))
        return count_records(
            home(),
            acting_person(report.asked_by, role=ANALYST, agreement=agreement.reference),
            agreement,
            sources=[path],
            first=report.first,
            last=report.last,
            on=timezone.localdate(),
            request=_request(report),
            synthetic=invented_people(),
            correction=Correction.of(everybody.people),
            progress=lambda stage, part: progress(20 + int(20 * part), f"{stage}."),
        )


def _exported(report: Report, directory: Path, progress: Progress) -> Path:
    progress(12, "Reading the records of who consents.")
    counted_at = timezone.now()
    with within(counting_reach()):
        made = export(directory / "activity.parquet", report.first, report.last)
        keep_reported(report, made.clients)
        _set(report, counted_at=counted_at, records=made.records)
    if not made.records:
        raise MonitoringFault(
            f"Nothing was recorded in {period_of(report.first, report.last)} of who consents."
        )
    return made.path


def _share(report: Report, agreement: Agreement, counted: Entry, progress: Progress) -> Entry:
    """Protects and attacks it, and shares it if everybody in it still consents at that moment."""
    guarded = replace(home(), guard=lambda: answers_held(report))
    return publish(
        guarded,
        acting_person(report.asked_by, role=ANALYST, agreement=agreement.reference),
        agreement,
        on=timezone.localdate(),
        audience=AUDIENCE,
        counted_in=counted,
        progress=lambda stage, part: progress(40 + int(58 * part), f"{stage}."),
    ).entry


def _request(report: Report) -> str:
    """What its count is for: this report, as of that moment."""
    assert report.counted_at is not None  # noqa: S101 - it was exported
    return f"report {report.pk} of {report.counted_at.isoformat()}"


def _count_of(report: Report) -> Entry | None:
    """The count that a worker made before it was killed."""
    if report.counted_at is None:
        return None
    return next(home().ledger.entries(kind=COUNT, where={"request": _request(report)}), None)


def _share_of(counted: Entry) -> Entry | None:
    """What was shared of a count, by a worker that was killed afterwards."""
    same = {"reference": counted.body["reference"]}
    shared = home().ledger.entries(kind="share", where=same, after=counted.seq)
    return next((entry for entry in shared if counted.seq in entry.body["inputs"]), None)


def _forget(report: Report) -> None:
    """Its count is used for nothing more."""
    _set(report, counted_at=None)


def _finish(report: Report, counted: Entry, shared: Entry) -> Report:
    """It takes the place of the earlier reports of its period; whom those counted is forgotten."""
    with within(counting_reach()):
        _set(
            report,
            state=Report.State.SHARED,
            counted=counted.seq,
            shared=shared.seq,
            name=shared.body["release"],
        )
        same = {"report__first": report.first, "report__last": report.last}
        reach.reported().filter(**same).exclude(report=report).delete()
    return report


def _set(report: Report, **facts: Any) -> None:
    for name, value in facts.items():
        setattr(report, name, value)
    with within(counting_reach()):
        report.save(update_fields=list(facts))
