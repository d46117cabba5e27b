"""The clerk's pages: doubtful pairs, one pair, one person, and what no one person can have done."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from sharewell.linkage import explain_kind
from sharewell.linkage.impossible import KINDS
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.errors import MonitoringFault
from sharewell.service.monitoring.models import Decision, Pair
from sharewell.service.monitoring.people import comparing, counting, deciding
from sharewell.service.monitoring.people.comparing import Seen
from sharewell.service.monitoring.people.forms import DecideForm, FindRecordForm
from sharewell.service.monitoring.people.views import for_analysts, tell

VERDICTS = {"same": "One person", "different": "Two people", "open": "Left open"}
_HEAD = ("When", "Who", "Records", "Decision", "Why")
_PAGE = 50


@for_analysts
def doubts(request: HttpRequest) -> HttpResponse:
    """Pairs that may be one person, the most even first."""
    left = "left" in request.GET
    page = Paginator(deciding.waiting(left=left), _PAGE).get_page(request.GET.get("page"))
    names = _names(page)
    linking = reach.linkings().first()
    context = {
        "page": page,
        "rows": [(pair, names[pair.one_id], names[pair.other_id], _why(pair)) for pair in page],
        "left": left,
        "others": deciding.waiting(left=not left).count(),
        "odd": reach.oddities().count(),
        "areas": request.areas,
        "area": request.area,
        "linking": linking,
        "outdated": linking is not None and counting.outdated(linking),
        "since": reach.decisions().filter(pk__gt=linking.decisions).count() if linking else 0,
    }
    tell(request, f"{page.paginator.count} potential matches.")
    return render(request, "monitoring/people/doubts.html", context)


@for_analysts
def next_doubt(request: HttpRequest) -> HttpResponse:
    """The next pair that nobody else looks at."""
    return _to_next(request)


@for_analysts
def pair(request: HttpRequest, one: str, other: str) -> HttpResponse:
    """Two client records side by side, and the decision about them."""
    found = {each.pseudonym: each for each in comparing.seen(pseudonym__in=(one, other))}
    if len(found) != 2:
        raise Http404
    left, right = found[one], found[other]
    keys = sorted((left.client, right.client))
    linked = reach.pairs().filter(one=keys[0], other=keys[1]).first()
    last = deciding.last_about(left.client, right.client)
    form = DecideForm(request.POST or None, initial={"seen": last.pk if last else None})
    if form.is_valid():
        given = form.cleaned_data
        try:
            made = deciding.decide(left, right, given["verdict"], given["why"], saw=given["seen"])
        except deciding.DecidedMeanwhile as fault:
            last = fault.decision
            again = request.POST.copy()
            again["seen"] = str(last.pk)
            form = DecideForm(again)
            form.add_error(None, str(fault))
        except MonitoringFault as fault:
            form.add_error(None, str(fault))
        else:
            tell(request, f"client records {one} and {other}: {made.verdict}.", act="decide")
            messages.success(request, f"{VERDICTS[made.verdict]}: kept, with your reason.")
            if linked is None or not linked.doubtful:
                return redirect(_at(request, "monitoring:person", one))
            return _to_next(request, but=linked)
    mine = deciding.hold(left.client, right.client)
    tell(request, f"client records {one} and {other} compared.")
    likenesses = comparing.compare(left, right)
    context = {
        "one": left,
        "other": right,
        "likenesses": likenesses,
        "turned": comparing.turned(left, right),
        "pair": linked,
        "why": _why(linked) if linked else "",
        "one_person": left.person == right.person,
        "same_attributor": left.exact == right.exact,
        "last": last,
        "history": _told(deciding.history(keys), keys),
        "verdict_head": _HEAD,
        "verdicts": VERDICTS,
        "form": form,
        "held": not mine,
        "waiting": deciding.waiting().count(),
        "area": request.area,
    }
    return render(request, "monitoring/people/pair.html", context)


@for_analysts
def person(request: HttpRequest, pseudonym: str) -> HttpResponse:
    """One person: the client records that are theirs, and why."""
    member = reach.memberships().filter(pseudonym=pseudonym).first()
    if member is None:
        raise Http404
    form = FindRecordForm(request.POST or None)
    if form.is_valid():
        with_ = form.cleaned_data["with_"].strip()
        if with_ != pseudonym and reach.memberships().filter(pseudonym=with_).exists():
            return redirect(_at(request, "monitoring:pair", pseudonym, with_))
        form.add_error("with_", "There is no other record with this pseudonym that you may see.")
    records = comparing.seen(person=member.person)
    records.sort(key=lambda each: (each.pseudonym != pseudonym, each.fields["registered_on"]))
    keys = [each.client for each in records]
    names = {each.client: each for each in records}
    pairs = reach.pairs().filter(one__in=keys, other__in=keys)
    tell(request, f"the client records of one person: {', '.join(r.pseudonym for r in records)}.")
    context = {
        "records": records,
        "here": records[0],
        "rest": records[1:],
        "why": _reasons(records, [(names[p.one_id], names[p.other_id], p) for p in pairs]),
        "odd": [
            (KINDS[each.kind], names[each.one_id], names[each.other_id], each.day)
            for each in reach.oddities().filter(one__in=keys, other__in=keys)
        ],
        "history": _told(deciding.history(keys), keys),
        "verdict_head": _HEAD,
        "form": form,
        "area": request.area,
    }
    return render(request, "monitoring/people/person.html", context)


@for_analysts
def oddities(request: HttpRequest) -> HttpResponse:
    """What no one person can have done, to be looked at."""
    page = Paginator(reach.oddities(), _PAGE).get_page(request.GET.get("page"))
    names = _names(page)
    decided = {
        frozenset((each.one, each.other)): VERDICTS[each.verdict] for each in reach.decisions()
    }
    rows = [
        (
            odd,
            names[odd.one_id],
            names[odd.other_id],
            KINDS[odd.kind],
            decided.get(frozenset((odd.one_id, odd.other_id)), ""),
        )
        for odd in page
    ]
    tell(request, f"{page.paginator.count} impossible combinations.")
    context = {"page": page, "rows": rows, "areas": request.areas, "area": request.area}
    return render(request, "monitoring/people/oddities.html", context)


def _to_next(request: Any, *, but: Pair | None = None) -> HttpResponse:
    found = deciding.next_waiting(but=but)
    if found is None:
        messages.success(request, "No potential match waits for you.")
        return redirect(_at(request, "monitoring:doubts"))
    names = _names([found])
    return redirect(_at(request, "monitoring:pair", names[found.one_id], names[found.other_id]))


def _at(request: Any, name: str, *arguments: str) -> str:
    """An address of these pages, in the area that one works in."""
    query = f"?{urlencode({'area': request.area})}" if request.area else ""
    return reverse(name, args=arguments) + query


def _names(found: Any) -> dict[Any, str]:
    """The pseudonyms of the clients of rows."""
    keys = {key for each in found for key in (each.one_id, each.other_id)}
    rows = reach.memberships().filter(client__in=keys)
    return dict(rows.values_list("client_id", "pseudonym"))


def _why(found: Pair) -> str:
    return explain_kind(
        (found.step, found.relation, found.times),
        found=found.found,
        expected=found.expected,
        probability=found.probability,
        linked=found.linked,
    )


def _reasons(records: list[Seen], pairs: list[tuple[Seen, Seen, Pair]]) -> list[tuple[Any, ...]]:
    """Why each record is this person's: pairs of records and the words for them."""
    found: list[tuple[Any, ...]] = []
    first: dict[int, Seen] = {}
    for each in records:
        if before := first.get(each.exact):
            found.append((before, each, "They had the same attributor, now or before."))
        else:
            first[each.exact] = each
    return found + [(one, other, _why(each)) for one, other, each in pairs if each.linked]


def _told(decisions: list[Decision], keys: list[Any]) -> list[tuple[Any, ...]]:
    """Decisions in words: when, by whom, about which records, what and why."""
    about = {key for each in decisions for key in (each.one, each.other)} | set(keys)
    names = dict(reach.memberships().filter(client__in=about).values_list("client", "pseudonym"))
    return [
        (
            f"{each.at:%-d %B %Y %H:%M}",
            each.by.name,
            f"{names.get(each.one, '?')[:8]} and {names.get(each.other, '?')[:8]}",
            VERDICTS[each.verdict],
            each.why,
        )
        for each in decisions
    ]
