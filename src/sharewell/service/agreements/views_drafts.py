"""The page of a draft and the steps of its life, until all have signed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from sharewell.agreements.lifecycle import MANAGER, SIGNATORY, State, Verb, signs, transition
from sharewell.flows.agreeing import change as change_text
from sharewell.flows.agreeing import move, text_bytes
from sharewell.service.accounts.interface import acting_person, roles_of
from sharewell.service.agreements import facts
from sharewell.service.agreements.draft_forms import StepForm, TextForm
from sharewell.service.agreements.drafts import DRAFT_READERS, Draft, draft_for, tell
from sharewell.service.agreements.interface import at_hand
from sharewell.service.agreements.views_new import attempt, download
from sharewell.service.gate import role, seen_by
from sharewell.service.home import home

readers = role(*DRAFT_READERS)

_SURE: dict[Verb, str] = {
    "issue": "The text is ready for the parties to sign",
    "withdraw": "Nobody shall sign this version",
    "sign": "I have read the text, and may sign it for my organisation",
    "unsign": "My organisation takes its signature back",
}
_TITLES: dict[Verb, str] = {
    "issue": "Issue for signature",
    "withdraw": "Withdraw the draft",
    "sign": "Sign",
    "unsign": "Take the signature back",
}


@seen_by(readers)
def draft(request: HttpRequest, name: str) -> HttpResponse:
    """What it says, what it changes, who has signed, and what comes next."""
    found = draft_for(request.user, name)
    mine = roles_of(request.user)
    verbs: tuple[Verb, ...] = ("issue", "sign", "unsign", "withdraw")
    context = _told(found) | {
        "clauses": facts.clauses(found.agreement),
        "steps": [(_TITLES[v], v) for v in verbs if found.can(v) and transition(v).role in mine],
        "changes": found.can("change") and MANAGER in mine,
        "history": [step.sentence() for step in reversed(found.life.steps)],
    }
    return render(request, "agreements/draft.html", context)


@seen_by(readers)
def file(request: HttpRequest, name: str) -> HttpResponse:
    """The text as a file."""
    found = draft_for(request.user, name)
    return download(text_bytes(home(), found.recorded), f"{name}.yaml")


@seen_by(role(MANAGER))
def change(request: HttpRequest, name: str) -> HttpResponse:
    """Another text in its place."""
    found = draft_for(request.user, name, MANAGER)
    kept = text_bytes(home(), found.recorded).decode("utf-8-sig")
    initial = {"text": kept, "yielded": found.yielded, "seen": found.seen}
    form = TextForm(request.POST or None, initial=initial)
    if form.is_valid():
        given = form.cleaned_data

        def changed() -> Any:
            return change_text(
                home(),
                acting_person(request.user, role=MANAGER, agreement=found.agreement.reference),
                at_hand(),
                form.raw(),
                seen=given["seen"],
                name=name,
                on=timezone.localdate(),
                yielded=given["yielded"],
            )

        if attempt(form, changed):
            messages.success(request, f"{name} has another text. Issue it when it is ready.")
            return redirect("agreements:draft", name)
    title = "Change the text"
    context = {"form": form, "title": title, "draft": found, "action": "Keep this text"}
    return render(request, "agreements/text.html", context)


@seen_by(role(MANAGER), fresh=True)
def issue(request: HttpRequest, name: str) -> HttpResponse:
    """Puts it to the parties."""
    return _step(request, name, "issue")


@seen_by(role(MANAGER), fresh=True)
def withdraw(request: HttpRequest, name: str) -> HttpResponse:
    """Gives it up."""
    return _step(request, name, "withdraw")


@seen_by(role(SIGNATORY), fresh=True)
def sign(request: HttpRequest, name: str) -> HttpResponse:
    """Signs it for one's organisation, with the differences in view."""
    return _step(request, name, "sign")


@seen_by(role(SIGNATORY), fresh=True)
def unsign(request: HttpRequest, name: str) -> HttpResponse:
    """Takes the signature back."""
    return _step(request, name, "unsign")


def _step(request: HttpRequest, name: str, verb: Verb) -> HttpResponse:
    needed = transition(verb).role
    found = draft_for(request.user, name, needed)
    person = acting_person(request.user, role=needed, agreement=found.agreement.reference)
    form = StepForm(request.POST or None, sure=_SURE[verb], initial={"seen": found.seen})
    if form.is_valid():
        seen, today = form.cleaned_data["seen"], timezone.localdate()
        life = attempt(
            form, lambda: move(home(), person, at_hand(), name, verb, seen=seen, on=today)
        )
        if life is not None:
            _announce(request, found, verb, life)
            return redirect("agreements:draft", name)
    context = _told(found) | {
        "form": form,
        "verb": verb,
        "title": _TITLES[verb],
        "words": transition(verb).words,
        "signs_for": person.organisation,
        "can": found.can(verb),
        "last": found.life.steps[-1].sentence(),
    }
    return render(request, "agreements/take.html", context)


def _announce(request: HttpRequest, found: Draft, verb: Verb, life: Any) -> None:
    """Says what came of it, here and by email to those whose turn it is."""
    address = request.build_absolute_uri(f"/agreements/drafts/{found.name}/")
    if verb == "issue":
        text = f"{found.agreement.title} waits for your signature: {address}"
        tell(found, SIGNATORY, life.missing, "to sign", text)
    if life.state is State.SIGNED:
        text = f"{found.agreement.title} is signed by all parties: {address}"
        tell(found, MANAGER, life.terms.parties, "signed by all", text)
        first = max(found.agreement.term.first, timezone.localdate())
        messages.success(request, f"All have signed. It has effect from {first:%-d %B %Y}.")
        return
    waiting = f" Still to sign: {', '.join(life.missing)}." if verb in ("sign", "issue") else ""
    messages.success(request, f"Done: {found.name} is {life.state}.{waiting}")


def _told(found: Draft) -> dict[str, Any]:
    """What every page of a draft shows: the text in short, and what it changes."""
    return {
        "draft": found,
        "agreement": found.agreement,
        "summary": facts.summary(found.agreement),
        "recipients": facts.recipients(found.agreement),
        "others": [p.name for p in found.agreement.organisations if not signs(p)],
    } | (facts.differences(found.before, found.agreement) if found.before else {})
