"""What is done with a release: each action asks who you are, asks the state, changes it, and
records it, in one transaction that holds the release. Pages, the API and programs call these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from sharewell.agreements import Agreement
from sharewell.agreements.lifecycle import MANAGER
from sharewell.flows.preparing import (
    Declared,
    Verdict,
    ask_to_prepare,
    prepared_entry,
    release_prepared,
    released_entry,
    return_prepared,
)
from sharewell.ledger import Entry
from sharewell.service.accounts.interface import acting_person, notify
from sharewell.service.agreements.interface import at_hand, governing
from sharewell.service.home import home
from sharewell.service.jobs.interface import enqueue
from sharewell.service.recording import record_access
from sharewell.service.releases.checks import further_checks
from sharewell.service.releases.counts import counts_at
from sharewell.service.releases.errors import ReleaseError
from sharewell.service.releases.models import Note, Release, Review
from sharewell.service.releases.permissions import (
    REVIEWER,
    asking_role,
    check_may_review,
    check_may_withdraw,
    check_owns,
)
from sharewell.service.releases.states import State, Step, after

PREPARE = "prepare a release"
REVIEWS = 2


@dataclass(frozen=True)
class Wanted:
    """A release that somebody asks for: which tables, for whom, and what they declare.

    ``source`` is the place in the ledger of the counts that it is made from; None: the latest."""

    audience: str
    tables: tuple[str, ...]
    combined: bool
    declared: Declared
    source: int | None = None


def ask_for(
    user: Any, agreement: Agreement, wanted: Wanted, *, follows: Release | None = None
) -> Release:
    """Asks the agreement, and has the release prepared by a job.

    Raises Refused (with the clause, and in the ledger), NotPermitted or ReleaseError. ``follows``
    is the release that was returned and that this one asks for anew.
    """
    role = asking_role(user, agreement.reference)
    if not role:
        raise ReleaseError(f"You hold no role that asks for releases under {agreement.reference}.")
    if not wanted.tables:
        raise ReleaseError("Choose at least one table.")
    if wanted.source is not None and counts_at(agreement, wanted.source) is None:
        raise ReleaseError(f"Entry {wanted.source} of the ledger holds no counts of this.")
    person = acting_person(user, role=role, agreement=agreement.reference)
    ask_to_prepare(
        home(),
        person,
        agreement,
        on=timezone.localdate(),
        audience=wanted.audience,
        tables=wanted.tables,
    )
    with transaction.atomic():
        release = Release.objects.create(
            requester=user,
            role=role,
            reference=agreement.reference,
            agreement=agreement.name,
            audience=wanted.audience,
            tables=list(wanted.tables),
            combined=wanted.combined,
            source=wanted.source,
            context=wanted.declared.context,
            earlier=wanted.declared.earlier,
            safe_setting=wanted.declared.safe_setting,
            follows=follows,
        )
        title = f"Prepare {release.title}, for {release.whom}"
        release.job = enqueue(PREPARE, user, title=title[:200], release=str(release.pk))
        release.save(update_fields=["job"])
    return release


def note(request: HttpRequest, release: Release, file: str, text: str) -> Note:
    """Notes something on a file, while the reviewer's own verdict is not given."""
    with _held(release) as now:
        _check_reviews_now(request.user, now)
        return Note.objects.create(release=now, reviewer=request.user, file=file, text=text)


def give_verdict(request: HttpRequest, release: Release, *, approve: bool, comment: str) -> Release:
    """Takes in a review; with the second one the release is approved or returned.

    Nobody learns a verdict before both are in: the ledger says until then only that one was
    given. Raises ReleaseError when the person may not, or did already, or two others did.
    """
    if not approve and not comment.strip():
        raise ReleaseError("Say why it goes back, so that the requester can mend it.")
    with _held(release) as now:
        _check_reviews_now(request.user, now)
        place = now.reviews.count() + 1
        Review.objects.create(
            release=now, place=place, reviewer=request.user, approve=approve, comment=comment
        )
        what = f"Reviewed {now.name}; the verdict is shown when both reviews are in."
        record_access(request, what, act="decide", agreement=now.reference, role=REVIEWER)
        if place == REVIEWS:
            _settle(now)
    return now


def let_out(user: Any, release: Release) -> Release:
    """Releases what both reviewers approved, if every check holds today.

    Raises ReleaseError, or FlowError when something changed since it was prepared.
    """
    with _held(release) as now:
        check_owns(user, now)
        if now.state == State.RELEASED:
            return now
        state = after(now.state, Step.RELEASE)
        today = timezone.localdate()
        versions = tuple(a for a in at_hand() if a.reference == now.reference)
        prepared = prepared_entry(home(), now.prepared)
        if released_entry(home(), prepared) is None:
            _check_further(prepared)
        entry = release_prepared(
            home(),
            prepared,
            governing(versions, today),
            declared(now),
            verdicts(now),
            today,
        )
        _change(now, state, released=entry.seq)
    for review in now.reviews.all():
        notify(review.reviewer, f"{now} is released", f"{now} is out. You reviewed it.")
    return now


def withdraw(user: Any, release: Release, reason: str = "") -> Release:
    """Takes back what is not out yet. Who does so for somebody who left gives a ``reason``. Raises
    ReleaseError."""
    with _held(release) as now:
        state = after(now.state, Step.WITHDRAW)
        check_may_withdraw(user, now)
        by, reasons = None, "Withdrawn by whoever asked for it."
        if user != now.requester:
            if not reason.strip():
                raise ReleaseError("Say why it is withdrawn: whoever asked for it cannot.")
            by = acting_person(user, role=MANAGER, agreement=now.reference)
            reasons = f"Withdrawn by {by.name}, as {now.requester} has left. {reason.strip()}"
        entry = prepared_entry(home(), now.prepared)
        return_prepared(home(), entry, verdicts(now), reasons, by)
        _change(now, state, reasons=reasons)
    return now


def settle_preparation(
    release: Release, entry: Entry, checks: Sequence[Mapping[str, Any]]
) -> Release:
    """Takes in what was prepared: it goes to review, or stops where a check fails."""
    failed = [check for check in checks if not check["ok"]]
    with _held(release) as now:
        if now.state != State.PREPARING:
            return now
        facts = {
            "name": entry.body["release"],
            "prepared": entry.seq,
            "checks": list(checks),
            "checked": timezone.now(),
        }
        if failed:
            reasons = " ".join(f"{check['name']}: {check['said']}" for check in failed)
            return_prepared(home(), entry, (), reasons)
            _change(now, after(now.state, Step.STOP), reasons=reasons, **facts)
        else:
            _change(now, after(now.state, Step.PREPARE), **facts)
    return now


def stop(release: Release, reasons: str) -> None:
    """Notes that it could not be prepared, and why."""
    with _held(release) as now:
        if now.state == State.PREPARING:
            _change(now, after(now.state, Step.STOP), reasons=reasons)


def declared(release: Release) -> Declared:
    """What the requester declared."""
    return Declared(release.context, release.earlier, release.safe_setting)


def verdicts(release: Release) -> tuple[Verdict, ...]:
    """The reviews as the flows know them."""
    return tuple(
        Verdict(str(review.reviewer_id), review.reviewer.name, review.approve, review.comment)
        for review in release.reviews.select_related("reviewer")
    )


def both_in(release: Release) -> bool:
    """Whether both reviews are in, so that everybody may see them."""
    return release.reviews.count() == REVIEWS


def _settle(release: Release) -> None:
    """Both reviews are in. One that returns it is enough: see the docs for why there is no
    third reviewer."""
    given = verdicts(release)
    if all(verdict.approve for verdict in given):
        _change(release, after(release.state, Step.APPROVE))
        said = "Both reviewers approve it. You can release it now."
    else:
        reasons = " ".join(v.comment.strip() for v in given if not v.approve)
        return_prepared(home(), prepared_entry(home(), release.prepared), given, reasons)
        _change(release, after(release.state, Step.RETURN), reasons=reasons)
        said = f"It was returned: {reasons} You can ask for it anew."
    where = reverse("releases:release", args=[release.pk])
    notify(release.requester, f"{release}: reviewed", f"{said}\n\nSee {where}")


def _check_reviews_now(user: Any, release: Release) -> None:
    check_may_review(user, release)
    if release.state != State.REVIEW:
        raise ReleaseError(f"This release is {release.state}, so it is not reviewed now.")
    if release.reviews.filter(reviewer=user).exists():
        raise ReleaseError("You have reviewed this already. A verdict is given once.")


def _check_further(prepared: Entry) -> None:
    if failed := [each.said for each in further_checks(prepared) if not each.ok]:
        raise ReleaseError(" ".join(failed))


def _change(release: Release, state: State, **facts: Any) -> None:
    facts |= {"state": state.value, "changed": timezone.now()}
    for name, value in facts.items():
        setattr(release, name, value)
    release.save(update_fields=list(facts))


@contextmanager
def _held(release: Release) -> Iterator[Release]:
    """The release as it is now, in a transaction in which nobody else changes it."""
    with transaction.atomic():
        yield Release.objects.select_for_update(of=("self",)).get(pk=release.pk)
