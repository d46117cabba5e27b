"""The life of one version of an agreement: drafted, issued, signed by every party, ended.

A pure state machine. `TRANSITIONS` says which step leads from where to where and which role takes
it; `take` applies one step to a `Life` or says why it cannot be. Whoever takes a step names the
text that they saw by its digest, so that nobody signs, changes or withdraws another one.

Two rules are NHS England's, from its standard on the term: an agreement has no effect before the
last party signed, and it starts on the day of issue or at most twelve months after it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Literal

from sharewell.agreements.effect import Effect
from sharewell.agreements.errors import AgreementError, Problem
from sharewell.agreements.model import Agreement, Organisation

Verb = Literal["draft", "change", "issue", "withdraw", "sign", "unsign", "adopt", "end"]
Kind = Literal["new", "amendment", "renewal"]


class State(StrEnum):
    """Where a version stands. What is signed is in force on the days that it has effect."""

    ABSENT = "not there"
    DRAFT = "draft"
    ISSUED = "issued"
    PARTLY_SIGNED = "signed by some"
    SIGNED = "signed by all"
    ENDED = "ended early"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Transition:
    """One step: whence, whither, who takes it (a role), and what it means."""

    verb: Verb
    before: tuple[State, ...]
    after: tuple[State, ...]
    role: str
    words: str


MANAGER, SIGNATORY = "agreement manager", "signatory"

TRANSITIONS: tuple[Transition, ...] = (
    Transition(
        "draft", (State.ABSENT, State.WITHDRAWN), (State.DRAFT,), MANAGER, "A first text is kept."
    ),
    Transition(
        "change",
        (State.DRAFT, State.ISSUED),
        (State.DRAFT,),
        MANAGER,
        "Another text takes its place, and must be issued anew.",
    ),
    Transition(
        "issue",
        (State.DRAFT,),
        (State.ISSUED,),
        MANAGER,
        "It is put to the parties. Its term starts that day or at most twelve months later.",
    ),
    Transition(
        "withdraw",
        (State.DRAFT, State.ISSUED),
        (State.WITHDRAWN,),
        MANAGER,
        "It is given up, before anybody signed.",
    ),
    Transition(
        "sign",
        (State.ISSUED, State.PARTLY_SIGNED),
        (State.PARTLY_SIGNED, State.SIGNED),
        SIGNATORY,
        "One party signs; with the last signature it has effect, and not before its first day.",
    ),
    Transition(
        "unsign",
        (State.PARTLY_SIGNED,),
        (State.ISSUED, State.PARTLY_SIGNED),
        SIGNATORY,
        "A party takes its signature back, while another is missing.",
    ),
    Transition(
        "adopt",
        (State.ABSENT,),
        (State.SIGNED,),
        MANAGER,
        "A file of the agreements' folder, which was signed elsewhere, is ended here.",
    ),
    Transition(
        "end",
        (State.SIGNED,),
        (State.ENDED,),
        MANAGER,
        "It stops before its last day, for a reason; the duties to destroy begin.",
    ),
)


@dataclass(frozen=True)
class Terms:
    """What the life of a text depends on: which text (the SHA-256 of its file), its first and
    last day, and the short names of the parties that sign it."""

    digest: str
    first: date
    last: date
    parties: tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """Somebody takes a step on a day.

    ``seen`` is the digest of the text that they saw; ``terms`` the text that they bring (draft,
    change, adopt); ``party`` for whom they sign; ``until`` and ``reason`` those of an end.
    """

    verb: Verb
    on: date
    person: str
    name: str
    seen: str = ""
    terms: Terms | None = None
    party: str = ""
    until: date | None = None
    reason: str = ""

    def sentence(self) -> str:
        """What was done, by whom and when."""
        did = {
            "draft": "drafted it",
            "change": "changed the text",
            "issue": "issued it",
            "withdraw": "withdrew it",
            "sign": f"signed for {self.party}",
            "unsign": f"took back the signature of {self.party}",
            "adopt": "took it over as a file",
            "end": f"ended it with {self.until}: {self.reason}",
        }[self.verb]
        return f"{self.name} {did} on {self.on}."


@dataclass(frozen=True)
class Life:
    """What became of one version so far."""

    agreement: str
    state: State = State.ABSENT
    terms: Terms | None = None
    issued: date | None = None
    signatures: tuple[Step, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """The parties that have not signed."""
        signed = {step.party for step in self.signatures}
        return tuple(p for p in (self.terms.parties if self.terms else ()) if p not in signed)

    @property
    def undecided(self) -> bool:
        """Whether it is still on its way to be signed by all."""
        return self.state in (State.DRAFT, State.ISSUED, State.PARTLY_SIGNED)

    def effect(self, entry: int) -> Effect | None:
        """From when until when it has effect, as the ledger's ``entry`` has it; None before it
        has any."""
        if self.state not in (State.SIGNED, State.ENDED):
            return None
        last = self.steps[-1].until if self.state is State.ENDED else None
        signed = max((step.on for step in self.signatures), default=None)
        return Effect(signed, last, entry)


class LifecycleError(AgreementError, ValueError):
    """A step cannot be taken; its message says why and what to do."""


def signs(party: Organisation) -> bool:
    """Whether a party signs. One that another party engaged is bound by its contract with it."""
    return not party.engaged_by


def terms_of(agreement: Agreement, digest: str) -> Terms:
    """The terms of a text whose file has this SHA-256."""
    parties = tuple(party.short for party in agreement.organisations if signs(party))
    return Terms(digest, agreement.term.first, agreement.term.last, parties)


def kind_of(new: Agreement, before: Agreement | None) -> Kind:
    """What a text is to the version that it follows: a later last day makes it a renewal."""
    if before is None:
        return "new"
    return "renewal" if new.term.last > before.term.last else "amendment"


def twelve_months_after(day: date) -> date:
    """The same day of the next year; the last of February after a 29th."""
    leap = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year + 1, day=28 if leap else day.day)


def transition(verb: Verb) -> Transition:
    """The one with this verb."""
    return next(each for each in TRANSITIONS if each.verb == verb)


def may_take(life: Life, verb: Verb) -> bool:
    """Whether a version stands where this step can be taken, whoever takes it."""
    return life.state in transition(verb).before


def take(life: Life, step: Step) -> Life:
    """The life after a step. Raises LifecycleError."""
    if not may_take(life, step.verb):
        wanted = " or ".join(transition(step.verb).before)
        raise _no(
            life,
            f"It is {life.state}; to {step.verb} it, it must be {wanted}.{_last(life)}",
            "Look at it again.",
        )
    if life.terms and step.verb not in ("draft", "adopt") and step.seen != life.terms.digest:
        raise _no(life, f"Its text is another one now than you saw.{_last(life)}", "Read it again.")
    moved = _STEPS[step.verb](life, step)
    return replace(moved, steps=(*life.steps, step))


def _bring(life: Life, step: Step) -> Life:
    if step.terms is None or not step.terms.parties:
        raise _no(life, "No party signs this text.", "Name those that do among its organisations.")
    state = State.SIGNED if step.verb == "adopt" else State.DRAFT
    return Life(life.agreement, state, step.terms)


def _issue(life: Life, step: Step) -> Life:
    first, latest = _terms(life).first, twelve_months_after(step.on)
    if not step.on <= first <= latest:
        raise _no(
            life,
            f"Its term starts on {first}; issued on {step.on}, it must start from then to "
            f"{latest}, twelve months later.",
            "Change the first day of its term.",
        )
    return replace(life, state=State.ISSUED, issued=step.on)


def _withdraw(life: Life, _step: Step) -> Life:
    return replace(life, state=State.WITHDRAWN)


def _sign(life: Life, step: Step) -> Life:
    terms = _terms(life)
    if step.party not in terms.parties:
        raise _no(
            life,
            f"{step.party or 'Nobody'} does not sign it.",
            f"Those who sign are: {', '.join(terms.parties)}.",
        )
    if step.party not in life.missing:
        done = next(each for each in life.signatures if each.party == step.party)
        raise _no(
            life,
            f"{step.party} has signed it already: {done.sentence()}",
            "Nothing more is needed of it.",
        )
    if step.person in {each.person for each in life.signatures}:
        raise _no(life, f"{step.name} has signed it for another party.", "Let somebody else sign.")
    if step.on > terms.last:
        raise _no(life, f"Its term ended on {terms.last}.", "Draft another version.")
    signed = replace(life, signatures=(*life.signatures, step))
    return replace(signed, state=State.PARTLY_SIGNED if signed.missing else State.SIGNED)


def _unsign(life: Life, step: Step) -> Life:
    kept = tuple(each for each in life.signatures if each.party != step.party)
    if kept == life.signatures:
        raise _no(life, f"{step.party or 'Nobody'} has not signed it.", "Look at it again.")
    state = State.PARTLY_SIGNED if kept else State.ISSUED
    return replace(life, state=state, signatures=kept)


def _end(life: Life, step: Step) -> Life:
    last = _terms(life).last
    if not step.reason.strip():
        raise _no(life, "An end needs a reason.", "Say why it ends.")
    if step.until is None or not step.on <= step.until < last:
        raise _no(
            life,
            f"It runs to {last}; it can be ended from {step.on} to the day before.",
            "Give a day between these.",
        )
    return replace(life, state=State.ENDED)


_STEPS = {
    "draft": _bring,
    "change": _bring,
    "adopt": _bring,
    "issue": _issue,
    "withdraw": _withdraw,
    "sign": _sign,
    "unsign": _unsign,
    "end": _end,
}


def _terms(life: Life) -> Terms:
    if life.terms is None:
        raise _no(life, "It has no text.", "Draft it first.")
    return life.terms


def _no(life: Life, message: str, remedy: str) -> LifecycleError:
    return LifecycleError((Problem(message, remedy, file=life.agreement),))


def _last(life: Life) -> str:
    """What happened last, for whoever came second."""
    return f" Last, {life.steps[-1].sentence()}" if life.steps else ""
