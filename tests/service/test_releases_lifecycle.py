"""The life of a release: every step, whoever takes it, in whatever order, and two at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import pytest
from django.db import connections
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from release_rows import (
    ANALYST,
    HERS,
    SAID,
    TABLE,
    Asking,
    a_release,
    approved,
    prepare_entry,
    review_by,
)

from sharewell.flows.errors import FlowError, Refused
from sharewell.flows.preparing import Checked, as_rows
from sharewell.ledger import Entry
from sharewell.service.accounts.models import Team, User
from sharewell.service.agreements.interface import at_hand
from sharewell.service.home import home
from sharewell.service.jobs.models import Job
from sharewell.service.jobs.queue import run_job
from sharewell.service.releases import actions, states, work
from sharewell.service.releases import checks as releases_checks
from sharewell.service.releases.errors import ReleaseError
from sharewell.service.releases.models import Release, Review
from sharewell.service.releases.permissions import check_may_review, reviewers_for
from sharewell.service.releases.states import TRANSITIONS, State, Step

MakePerson = Callable[..., User]
REVIEWER = "output reviewer"


def test_every_state_is_reached_and_told() -> None:
    reached = {State.PREPARING, *TRANSITIONS.values()}
    assert reached == set(State) == set(states.TOLD)
    assert {step for _, step in TRANSITIONS} == set(Step)


class Life(RuleBasedStateMachine):
    """One release and everybody who may meddle with it, against a model of what may happen."""

    people: ClassVar[dict[str, User]] = {}
    start: ClassVar[tuple[bool, ...]] = ()
    reached: ClassVar[set[State]] = set()

    def __init__(self) -> None:
        super().__init__()
        self.release = a_release(self.people["requester"])
        self.state = State.REVIEW
        self.given: dict[str, bool] = {}

    @initialize()
    def begin(self) -> None:
        """Some lives begin later, so that few steps reach every end."""
        for who, approve in zip(("one", "two"), self.start, strict=False):
            self._review(who, approve)

    def _try(self, allowed: bool, action: Callable[[], Any]) -> bool:
        if allowed:
            action()
        else:
            with pytest.raises(FlowError):
                action()
        return allowed

    @rule(
        who=st.sampled_from(["one", "two", "three", "mate", "requester"]),
        approve=st.sampled_from([True, True, False]),
    )
    def review(self, who: str, approve: bool) -> None:
        """Only the independent, once each, two in all."""
        self._review(who, approve)

    def _review(self, who: str, approve: bool) -> None:
        independent = who in ("one", "two", "three")
        allowed = independent and self.state == State.REVIEW and who not in self.given
        if self._try(allowed, lambda: review_by(self.people[who], self.release, approve=approve)):
            self.given[who] = approve
            if len(self.given) == 2:
                good = all(self.given.values())
                self.state = State.APPROVED if good else State.RETURNED

    @rule(who=st.sampled_from(["requester", "requester", "one"]))
    def let_out(self, who: str) -> None:
        """Only the requester, and only what two approved; again does nothing more."""
        allowed = who == "requester" and self.state in (State.APPROVED, State.RELEASED)
        if self._try(allowed, lambda: actions.let_out(self.people[who], self.release)):
            self.state = State.RELEASED

    @rule(who=st.sampled_from(["one", "two", "requester"]))
    def withdraw(self, who: str) -> None:
        """Only the requester, and only before it is out."""
        allowed = who == "requester" and self.state in (State.REVIEW, State.APPROVED)
        if self._try(allowed, lambda: actions.withdraw(self.people[who], self.release)):
            self.state = State.WITHDRAWN

    @invariant()
    def what_is_kept_is_what_happened(self) -> None:
        """The row, the reviews and the ledger agree with the model."""
        now = Release.objects.get(pk=self.release.pk)
        assert now.state == self.state
        assert dict(now.reviews.values_list("reviewer__name", "approve")) == self.given
        ends = [
            entry.kind
            for kind in ("publish", "returned")
            for entry in home().ledger.entries(kind=kind, where={"prepared": now.prepared})
        ]
        self.reached.add(self.state)
        went_back = self.state in (State.RETURNED, State.WITHDRAWN)
        assert ends == ["publish"] * (self.state == State.RELEASED) + ["returned"] * went_back


def test_any_order_of_steps_ends_as_it_should(make_person: MakePerson) -> None:
    requester = make_person(ANALYST, REVIEWER, name="requester")
    team = Team.objects.create(organisation=requester.organisation, name="Violence")
    User.objects.filter(pk=requester.pk).update(team=team)
    Life.people = {
        "requester": User.objects.get(pk=requester.pk),
        "mate": make_person(REVIEWER, name="mate", team=team),
        **{name: make_person(REVIEWER, name=name) for name in ("one", "two", "three")},
    }
    few = settings(
        derandomize=True,
        max_examples=6,
        stateful_step_count=5,
        suppress_health_check=list(HealthCheck),
    )
    for Life.start in ((), (True, True), (True, False)):
        run_state_machine_as_test(Life, settings=few)
    assert Life.reached == set(State) - {State.PREPARING, State.STOPPED}


def test_reviewers_are_independent(make_person: MakePerson) -> None:
    requester = make_person(ANALYST)
    supplier = make_person(REVIEWER, "data supplier")
    entry = home().ledger.append(
        "supply", actor={"id": str(supplier.pk)}, body={"agreement": "none", "release": "none"}
    )
    release = a_release(requester, inputs=(entry.seq,))
    with pytest.raises(ReleaseError, match="You made the tables"):
        check_may_review(supplier, release)
    with pytest.raises(ReleaseError, match="takes the role"):
        check_may_review(make_person("auditor"), release)
    other = make_person(REVIEWER)
    assert reviewers_for(release) == (other,)


def test_a_verdict_is_recorded_at_once_and_told_only_with_the_second(
    make_person: MakePerson, recorded: Callable[..., list[Entry]]
) -> None:
    release = a_release(make_person(ANALYST))
    one, two = make_person(REVIEWER), make_person(REVIEWER)
    review_by(one, release, approve=False, comment="The secret reason.")
    (said,) = recorded("decide")
    assert said.actor["id"] == str(one.pk)
    assert "secret" not in str(said.body)
    review_by(two, release)
    (returned,) = recorded("returned")
    assert returned.body["reasons"] == "The secret reason."
    assert [review["approve"] for review in returned.body["reviews"]] == [False, True]


def test_a_failing_check_stops_it_before_anybody_reviews(make_person: MakePerson) -> None:
    requester = make_person(ANALYST)
    release = a_release(requester, State.PREPARING)
    entry = prepare_entry(requester)
    checks = as_rows([Checked("Size", True, "Small."), Checked("File types", False, "A macro.")])
    actions.settle_preparation(release, entry, checks)
    release.refresh_from_db()
    assert (release.state, release.reasons) == ("stopped", "File types: A macro.")
    assert list(home().ledger.entries(kind="returned", where={"prepared": entry.seq}))
    with pytest.raises(ReleaseError, match="is stopped"):
        review_by(make_person(REVIEWER), release)


def test_what_another_app_checks_holds_up_to_the_last_moment(
    make_person: MakePerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    requester = make_person(ANALYST)
    release = approved(requester, make_person)
    fine = Checked("Consent", True, "Nobody said No.")
    said = [Checked("Consent", False, "Two people said No."), fine, None]
    monkeypatch.setattr(releases_checks, "_FURTHER", [lambda _entry: None, lambda _e: said[0]])
    with pytest.raises(ReleaseError, match="Two people said No"):
        actions.let_out(requester, release)
    assert not list(home().ledger.entries(kind="publish", where={"release": release.name}))
    said.pop(0)
    assert actions.let_out(requester, release).state == State.RELEASED


def test_asking_is_refused_with_the_clause_and_makes_nothing(
    make_person: MakePerson, recorded: Callable[..., list[Entry]]
) -> None:
    agreement = next(a for a in at_hand() if a.reference == HERS and a.version == "1.3")
    user = make_person(ANALYST)
    with pytest.raises(Refused):
        actions.ask_for(user, agreement, actions.Wanted("newspapers", (TABLE,), False, SAID))
    assert recorded("refused")
    with pytest.raises(ReleaseError, match="no role"):
        actions.ask_for(
            make_person("auditor"), agreement, actions.Wanted("public", (TABLE,), False, SAID)
        )
    assert not Release.objects.exists()


def _asked(make_person: MakePerson) -> Release:
    agreement = next(a for a in at_hand() if a.reference == HERS and a.version == "1.3")
    return actions.ask_for(
        make_person(ANALYST), agreement, actions.Wanted("public", (TABLE,), False, SAID)
    )


def _job() -> Job:
    return Job.objects.latest("asked")


def test_what_cannot_be_prepared_stops_and_says_why(
    make_person: MakePerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = _asked(make_person)

    def fail(*_: Any, **__: Any) -> Entry:
        raise FlowError("No supply is in the ledger.")

    monkeypatch.setattr(work, "prepare", fail)
    run_job.func(str(_job().pk))
    release.refresh_from_db()
    assert (release.state, release.reasons) == ("stopped", "No supply is in the ledger.")
    assert _job().message == "No supply is in the ledger."


def test_a_worker_killed_after_preparing_leaves_one_release(
    make_person: MakePerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger had the entry when the worker died; the next one finds it by the request."""
    release = _asked(make_person)
    entry = prepare_entry(release.requester)
    made = []

    def prepare(*_: Any, request: str, **__: Any) -> Entry:
        made.append(request)
        if len(made) == 1:
            raise SystemExit  # as a kill would, past every handler
        return entry

    monkeypatch.setattr(work, "prepare", prepare)
    with pytest.raises(SystemExit):
        run_job.func(str(_job().pk))
    release.refresh_from_db()
    assert release.state == State.PREPARING
    Job.objects.update(state="waiting")  # as `rescue` does
    run_job.func(str(_job().pk))
    release.refresh_from_db()
    assert (release.state, release.prepared) == ("in review", entry.seq)
    assert made == [str(release.pk)] * 2


def test_killed_too_often_its_page_says_so(make_person: MakePerson, sign_in: Any) -> None:
    release = _asked(make_person)
    Job.objects.update(state="running", attempts=3)
    page = sign_in(release.requester).get(f"/releases/{release.pk}/").content.decode()
    assert "Ask for it again" in page
    assert "Ask anew" in page


def test_reviewers_are_told_what_waits_and_requesters_how_it_ended(
    make_person: MakePerson, monkeypatch: pytest.MonkeyPatch, mailoutbox: list[Any]
) -> None:
    release = _asked(make_person)
    reviewers = [make_person(REVIEWER) for _ in range(2)]
    monkeypatch.setattr(work, "prepare", lambda *_, **__: prepare_entry(release.requester))
    run_job.func(str(_job().pk))
    assert {to for mail in mailoutbox for to in mail.to} == {r.email for r in reviewers}
    for reviewer in reviewers:
        review_by(reviewer, release)
    assert mailoutbox[-1].to == [release.requester.email]


@pytest.mark.django_db(transaction=True)
def test_six_reviewers_at_once_make_two_reviews(make_person: MakePerson) -> None:
    release = a_release(make_person(ANALYST))
    reviewers = [make_person(REVIEWER) for _ in range(6)]

    def review(reviewer: User) -> bool:
        try:
            review_by(reviewer, release)
        except ReleaseError:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(review, reviewers)) == 2
    release.refresh_from_db()
    assert release.state == State.APPROVED
    assert sorted(Review.objects.values_list("place", flat=True)) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_released_and_withdrawn_at_once_it_is_one_of_them(make_person: MakePerson) -> None:
    release = approved(make_person(ANALYST), make_person)
    steps = [actions.let_out, actions.withdraw, actions.let_out, actions.withdraw]

    def take(step: Callable[[User, Release], Release]) -> None:
        try:
            step(release.requester, release)
        except FlowError:
            pass
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(take, steps))
    release.refresh_from_db()
    ends = [
        entry.kind
        for kind in ("publish", "returned")
        for entry in home().ledger.entries(kind=kind, where={"prepared": release.prepared})
    ]
    expected = "publish" if release.state == State.RELEASED else "returned"
    assert ends == [expected]


def test_a_release_that_died_before_its_row_changed_is_finished_by_the_button(
    make_person: MakePerson,
) -> None:
    release = approved(make_person(ANALYST), make_person)
    actions.let_out(release.requester, release)
    first = Release.objects.get(pk=release.pk).released
    Release.objects.filter(pk=release.pk).update(state=State.APPROVED, released=None)
    actions.let_out(release.requester, release)
    assert Release.objects.get(pk=release.pk).released == first


def test_a_note_is_the_reviewers_while_their_verdict_is_open(make_person: MakePerson) -> None:
    release = a_release(make_person(ANALYST))
    reviewer = make_person(REVIEWER)
    actions.note(Asking(reviewer), release, "index.html", "Too fine.")
    review_by(reviewer, release)
    with pytest.raises(ReleaseError, match="reviewed this already"):
        actions.note(Asking(reviewer), release, "index.html", "One more.")
