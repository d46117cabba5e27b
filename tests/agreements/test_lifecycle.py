"""The life of a version of an agreement, step by step, against a plain account of the rules."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sharewell.agreements.lifecycle import (
    TRANSITIONS,
    Life,
    LifecycleError,
    State,
    Step,
    Terms,
    Verb,
    may_take,
    take,
    twelve_months_after,
)

TODAY = date(2026, 11, 24)
PARTIES = ("NHS England", "Home Office", "Ministry")
TERMS = Terms("a" * 64, date(2026, 12, 1), date(2029, 11, 30), PARTIES)


class Lives(RuleBasedStateMachine):
    """Anybody tries anything; what came of it is also kept in the plainest way."""

    def __init__(self) -> None:
        super().__init__()
        self.life = Life("X-v1.0")
        self.today = TODAY
        self.signed: dict[str, tuple[str, date]] = {}
        self.text = ""
        self.final = False  # signed by all
        self.ended: date | None = None

    def _try(self, verb: Verb, **more: object) -> bool:
        person = more.pop("person", "ann")
        step = Step(verb, self.today, str(person), str(person).title(), **more)  # type: ignore[arg-type]
        allowed = may_take(self.life, verb)
        try:
            self.life = take(self.life, step)
        except LifecycleError:
            return False
        assert allowed
        assert self.life.steps[-1] is step
        return True

    @rule(days=st.integers(1, 200))
    def wait(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule(
        verb=st.sampled_from(["draft", "change", "adopt"]),
        digest=st.sampled_from(["a" * 64, "b" * 64]),
        start=st.integers(-30, 400),
        stale=st.booleans(),
    )
    def bring(self, verb: Verb, digest: str, start: int, stale: bool) -> None:
        first = self.today + timedelta(days=start)
        terms = Terms(digest, first, first + timedelta(days=500), PARTIES)
        seen = "c" * 64 if stale else self.text
        if self._try(verb, terms=terms, seen=seen):
            assert not self.signed or verb == "draft"
            assert not (stale and verb == "change")
            self.text, self.signed, self.final = digest, {}, verb == "adopt"

    @rule(stale=st.booleans())
    def issue(self, stale: bool) -> None:
        if self._try("issue", seen="c" * 64 if stale else self.text):
            assert self.life.terms is not None
            assert self.today <= self.life.terms.first
            assert self.life.terms.first <= self.today + timedelta(days=366)
            assert not stale

    @rule()
    def withdraw(self) -> None:
        if self._try("withdraw", seen=self.text):
            assert not self.signed
            assert not self.final

    @rule(
        party=st.sampled_from([*PARTIES, "LSE"]),
        person=st.sampled_from(["ann", "ben", "cat", "dan"]),
        stale=st.booleans(),
    )
    def sign(self, party: str, person: str, stale: bool) -> None:
        if self._try("sign", seen="c" * 64 if stale else self.text, party=party, person=person):
            assert not stale
            assert party in PARTIES
            assert party not in self.signed
            assert person not in {who for who, _day in self.signed.values()}
            self.signed[party] = (person, self.today)
            self.final = len(self.signed) == len(PARTIES)

    @rule(party=st.sampled_from([*PARTIES, "LSE"]))
    def unsign(self, party: str) -> None:
        if self._try("unsign", seen=self.text, party=party):
            assert not self.final
            del self.signed[party]

    @rule(after=st.integers(-5, 900), reason=st.sampled_from(["", "  ", "The work is done."]))
    def end(self, after: int, reason: str) -> None:
        until = self.today + timedelta(days=after)
        if self._try("end", seen=self.text, until=until, reason=reason):
            assert self.final
            assert self.ended is None
            assert reason.strip()
            self.ended = until

    @invariant()
    def the_state_is_what_the_plain_account_says(self) -> None:
        assert (self.life.state in (State.SIGNED, State.ENDED)) == self.final
        assert (self.life.state is State.ENDED) == (self.ended is not None)
        assert (self.life.state is State.PARTLY_SIGNED) == (bool(self.signed) and not self.final)
        assert {step.party for step in self.life.signatures} == set(self.signed)

    @invariant()
    def it_has_effect_once_all_signed_and_not_before(self) -> None:
        effect = self.life.effect(7)
        assert (effect is not None) == self.final
        if effect is not None:
            days = [day for _who, day in self.signed.values()]
            assert effect.first == (max(days) if days else None)
            assert effect.last == self.ended

    @invariant()
    def its_steps_make_it_again(self) -> None:
        again = Life("X-v1.0")
        for step in self.life.steps:
            again = take(again, step)
        assert again == self.life


Lives.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
test_lives = Lives.TestCase


def test_every_step_can_be_reached_and_no_state_is_idle() -> None:
    reached = {State.ABSENT}
    for _ in State:
        reached |= {
            after for each in TRANSITIONS if reached & set(each.before) for after in each.after
        }
    assert reached == set(State)


def _issued(*signers: str) -> Life:
    life = take(Life("X-v1.0"), Step("draft", TODAY, "max", "Max", terms=TERMS))
    life = take(life, Step("issue", TODAY, "max", "Max", seen=TERMS.digest))
    for party in signers:
        life = take(life, _signing(party))
    return life


def _signing(party: str, on: date = TODAY) -> Step:
    return Step("sign", on, f"{party}-1", f"Sig of {party}", seen=TERMS.digest, party=party)


def test_the_loser_of_two_is_told_what_the_winner_did() -> None:
    life = _issued("Home Office")
    with pytest.raises(LifecycleError, match=r"Last, Sig of Home Office signed for Home Office on"):
        take(life, Step("withdraw", TODAY, "max", "Max", seen=TERMS.digest))


def test_the_last_signature_gives_effect_from_its_day() -> None:
    late = date(2027, 1, 15)
    life = _issued(*PARTIES[:2])
    assert life.effect(3) is None
    signed = take(life, _signing(PARTIES[2], late))
    effect = signed.effect(9)
    assert effect is not None
    assert (effect.first, effect.last) == (late, None)
    with pytest.raises(LifecycleError, match="signed by all"):
        take(signed, Step("unsign", late, "x", "X", seen=TERMS.digest, party=PARTIES[0]))


def test_what_ended_before_it_was_signed_is_not_signed() -> None:
    with pytest.raises(LifecycleError, match="Draft another version"):
        take(_issued(), _signing("Home Office", date(2030, 1, 1)))


@given(day=st.dates(date(1990, 1, 1), date(2090, 1, 1)))
def test_twelve_months_are_a_year(day: date) -> None:
    after = twelve_months_after(day)
    assert after - day in (timedelta(days=365), timedelta(days=366))
    assert after.month == day.month
