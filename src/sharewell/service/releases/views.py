"""Asking for a release, and its page. Who neither asked for it nor reviews or audits under its
agreement does not find one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from sharewell.agreements import Agreement
from sharewell.agreements.lifecycle import MANAGER
from sharewell.flows.errors import FlowError, Refused
from sharewell.flows.preparing import prepared_entry, releases_of
from sharewell.ledger import Entry
from sharewell.service.agreements.interface import governing, versions_for, visible_to
from sharewell.service.gate import role, seen_by
from sharewell.service.home import home
from sharewell.service.jobs.interface import job_at
from sharewell.service.releases import actions, facts, looking
from sharewell.service.releases.counts import counts_at, in_words
from sharewell.service.releases.forms import AskForm, WithdrawForm, agreement_words
from sharewell.service.releases.models import Release
from sharewell.service.releases.permissions import (
    ASKERS,
    READERS,
    has_left,
    is_left_to,
    looks_inside,
    may_review,
    own_releases,
    reviewers_for,
    visible_releases,
)
from sharewell.service.releases.states import State, Step, can
from sharewell.service.releases.waiting import to_review

askers, readers = role(*ASKERS), role(*READERS)
withdrawers = role(*ASKERS, MANAGER)


@seen_by(readers)
def releases(request: HttpRequest) -> HttpResponse:
    """What waits for my review, and everything that I may see, the latest first."""
    seen = visible_releases(request.user)
    context = {
        "waiting": to_review(request.user),
        "releases": Paginator(seen, 25).get_page(request.GET.get("page")),
        "asks": bool(visible_to(request.user, *ASKERS)),
    }
    return render(request, "releases/list.html", context)


@seen_by(askers)
def choose(request: HttpRequest) -> HttpResponse:
    """Under which agreement is the release?"""
    found = visible_to(request.user, *ASKERS)
    now = {}
    for each in found:
        versions = tuple(a for a in found if a.reference == each.reference)
        now[each.reference] = governing(versions, timezone.localdate())
    return render(request, "releases/choose.html", {"agreements": list(now.values())})


@seen_by(askers)
def ask(request: HttpRequest, reference: str) -> HttpResponse:
    """Which tables, for whom, and what they are for. A refusal quotes its clause."""
    versions = versions_for(request.user, reference, *ASKERS)
    agreement = governing(versions, timezone.localdate())
    follows = _followed(request)
    source = _source(request, agreement, follows)
    earlier = releases_of(home(), {held.dataset for held in agreement.datasets})
    form = AskForm(
        request.POST or None,
        agreement=agreement,
        before=len(earlier),
        initial=_again(follows) if follows else {},
    )
    context: dict[str, Any] = {
        "agreement": agreement,
        "form": form,
        "words": agreement_words(agreement),
        "earlier": [(e.body["release"], e.body["to"], e.body["on"]) for e in earlier],
        "earlier_head": ("Release", "For", "On"),
        "follows": follows,
        "source": in_words(source) if source else "",
    }
    if form.is_valid():
        try:
            release = actions.ask_for(
                request.user, agreement, form.wanted(source and source.seq), follows=follows
            )
        except Refused as refusal:
            context["refused"] = refusal.decision
            context["entry"] = refusal.entry
        except FlowError as error:
            form.add_error(None, str(error))
        else:
            return redirect(release.job)
    return render(request, "releases/ask.html", context)


@seen_by(readers)
def release(request: HttpRequest, release_id: UUID) -> HttpResponse:
    """One release: what was asked, what was checked, what the reviewers say."""
    found = find_release(request, release_id)
    if found.state == State.PREPARING:
        found = _catch_up(found)
    entry = None if found.prepared is None else prepared_entry(home(), found.prepared)
    mine = found.requester == request.user
    in_both = actions.both_in(found)
    own = found.reviews.filter(reviewer=request.user).first()
    under_way = can(found.state, Step.WITHDRAW)
    reviews_now = found.state == State.REVIEW and may_review(request.user, found)
    context = {
        "release": found,
        "mine": mine,
        "asked": facts.asked(found),
        "quoted": facts.quoted(entry) if entry else (),
        "files": facts.files(entry) if entry else (),
        "opens": looks_inside(request.user, found) and found.state != State.STOPPED,
        "reviewers_page": (
            entry is not None
            and not mine
            and found.state != State.STOPPED
            and looks_inside(request.user, found)
            and looking.reviewers_page(entry)
        ),
        "disclosure": facts.disclosure(entry) if entry else None,
        "treated": facts.treated(entry) if entry else (),
        "treated_head": ("Table", "Rules", "Cells"),
        "before": facts.before(entry) if entry else (),
        "before_head": ("Release", "For", "Tables", "On"),
        "own": own,
        "reviews": found.reviews.select_related("reviewer") if in_both else (),
        "notes": found.notes.select_related("reviewer") if in_both else (),
        "given": found.reviews.count(),
        "to_review": reviews_now and own is None,
        "reviewers": len(reviewers_for(found)) if mine and found.state == State.REVIEW else None,
        "releases_it": mine and can(found.state, Step.RELEASE),
        "withdraws": under_way and (mine or is_left_to(request.user, found)),
        "left": under_way and not mine and has_left(found),
        "asks_anew": mine and found.state in (State.STOPPED, State.RETURNED, State.WITHDRAWN),
        "links": found.links.select_related("person") if mine else (),
    }
    return render(request, "releases/release.html", context)


@seen_by(askers, fresh=True)
def let_out(request: HttpRequest, release_id: UUID) -> HttpResponse:
    """Releases what both reviewers approved."""
    found = own_release(request, release_id)
    if request.method == "POST":
        try:
            actions.let_out(request.user, found)
        except FlowError as error:
            messages.warning(request, str(error))
        else:
            messages.success(request, "It is released.")
        return redirect("releases:release", found.pk)
    return render(request, "releases/let_out.html", {"release": found})


@seen_by(withdrawers)
def withdraw(request: HttpRequest, release_id: UUID) -> HttpResponse:
    """Takes back what is not out yet: one's own, or for a reason what somebody left behind."""
    asked = Release.objects.filter(pk=release_id).select_related("requester").first()
    behind = asked if asked is not None and is_left_to(request.user, asked) else None
    found = behind or own_release(request, release_id)
    form = WithdrawForm(request.POST or None) if behind else None
    if request.method == "POST" and (form is None or form.is_valid()):
        reason = form.cleaned_data["reason"] if form else ""
        try:
            actions.withdraw(request.user, found, reason)
        except FlowError as error:
            messages.warning(request, str(error))
        else:
            messages.success(request, "It is withdrawn. Nothing left.")
        return redirect("releases:list") if behind else redirect("releases:release", found.pk)
    return render(request, "releases/withdraw.html", {"release": found, "form": form})


def find_release(request: HttpRequest, release_id: UUID) -> Release:
    """A release that the person may see; Http404."""
    return get_object_or_404(visible_releases(request.user), pk=release_id)


def own_release(request: HttpRequest, release_id: UUID) -> Release:
    """A release that the person asked for; Http404."""
    return get_object_or_404(own_releases(request.user), pk=release_id)


def _followed(request: HttpRequest) -> Release | None:
    anew = request.GET.get("anew")
    if not anew:
        return None
    try:
        return own_release(request, UUID(anew))
    except ValueError:
        raise Http404 from None


def _source(request: HttpRequest, agreement: Agreement, follows: Release | None) -> Entry | None:
    """The counts that are asked for, where it is not the latest; Http404 where there are none."""
    if follows is not None and follows.source is not None:
        return counts_at(agreement, follows.source)
    asked = request.GET.get("source", "")
    if not asked:
        return None
    found = counts_at(agreement, int(asked)) if _is_place(asked) else None
    if found is None:
        raise Http404
    return found


def _is_place(text: str) -> bool:
    """Whether it can be a place in the ledger."""
    return text.isascii() and text.isdecimal() and 0 < int(text) < 2**63


def _again(release: Release) -> dict[str, Any]:
    """What was asked for before, to begin from."""
    names = ("audience", "tables", "combined", "context", "earlier", "safe_setting")
    return {name: getattr(release, name) for name in names}


def _catch_up(release: Release) -> Release:
    """Finds out that nobody prepares it any more, when its worker was killed too often."""
    job = job_at(release.job)
    if job.state == job.State.FAILED:
        actions.stop(release, job.message)
    release.refresh_from_db()
    return release
