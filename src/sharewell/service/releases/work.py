"""Preparing a release, by a worker."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone

from sharewell.flows.errors import FlowError
from sharewell.flows.preparing import as_rows, check_prepared, prepare
from sharewell.service.accounts.interface import acting_person, notify
from sharewell.service.agreements.interface import at_hand, governing
from sharewell.service.home import home
from sharewell.service.jobs.interface import Running, WorkFailed, work
from sharewell.service.releases.actions import PREPARE, declared, settle_preparation, stop
from sharewell.service.releases.checks import further_checks
from sharewell.service.releases.counts import counts_at
from sharewell.service.releases.models import Release
from sharewell.service.releases.permissions import reviewers_for
from sharewell.service.releases.states import State


@work(PREPARE, attempts=3)
def prepare_release(job: Running, *, release: str) -> str:
    """Makes and checks its files. Begun again after its worker was killed, it finds what it made:
    the ledger knows for which request something was prepared."""
    asked = Release.objects.select_related("requester").get(pk=release)
    today = timezone.localdate()
    versions = tuple(a for a in at_hand() if a.reference == asked.reference)
    agreement = governing(versions, today)
    person = acting_person(asked.requester, role=asked.role, agreement=asked.reference)
    try:
        entry = prepare(
            home(),
            person,
            agreement,
            on=today,
            request=release,
            audience=asked.audience,
            tables=asked.tables,
            combined=asked.combined,
            counted_in=None if asked.source is None else counts_at(agreement, asked.source),
            progress=lambda stage, part: job.progress(int(90 * part), f"{stage}."),
        )
        job.progress(95, "Checking what was made.")
        checks = check_prepared(home(), entry, agreement, declared(asked), today)
        checks += further_checks(entry)
        settled = settle_preparation(asked, entry, as_rows(checks))
    except FlowError as failure:
        stop(asked, str(failure))
        raise
    except Exception:
        stop(asked, "Preparing it failed because of an error in Sharewell. Ask for it anew.")
        raise
    if settled.state == State.STOPPED:
        raise WorkFailed(settled.reasons)
    where = reverse("releases:release", args=[settled.pk])
    for reviewer in reviewers_for(settled):
        notify(reviewer, f"{settled} waits for review", f"See {where}")
    return where
