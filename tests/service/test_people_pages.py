"""Counting people on pages: the three figures, the clerk's queue, and what nobody may see."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from monitoring_rows import LIVERPOOL, SEFTON, a_client, a_record, a_service, at, client_row
from people_rows import Town, a_town, called

from sharewell.linkage import count_people, link
from sharewell.service.accounts.models import Organisation, User
from sharewell.service.monitoring import clients, reach
from sharewell.service.monitoring.people import counting, workings
from sharewell.service.monitoring.people.counting import Question, count
from sharewell.service.monitoring.people.linking import find_who_is_who
from sharewell.service.monitoring.reach import analyst_reach, counting_reach, within

EVER = Question(date(2000, 1, 1), date(2027, 1, 1))
SENT = {"first_0": "1", "first_1": "1", "first_2": "2020", "last_0": "1", "last_1": "1",
        "last_2": "2027", "by": "home"}  # fmt: skip


@pytest.fixture
def town(make_person: Callable[..., User]) -> Town:
    return a_town(make_person)


@pytest.fixture
def page(town: Town, sign_in: Callable[[User], Browser]) -> Browser:
    return sign_in(town.analyst)


def _text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


# --- counting -------------------------------------------------------------------------------------


def test_a_count_of_everybody_is_the_librarys_own_of_the_same_records(town: Town) -> None:
    """The oracle: the same clients, linked and counted by the library with no service at all."""
    answer = count(EVER)
    with within(counting_reach()):
        material = workings.gather(workings.consented()[0])
    own = count_people(material.records, link(material.records))
    assert (answer.people.exact, answer.people.stepwise) == (own.exact, own.stepwise)
    assert answer.people.corrected == pytest.approx(own.corrected)
    assert answer.clients == 19
    assert answer.people.exact == 18, "the twins are one person"
    assert answer.people.stepwise < 18, "and so are some whose sex differs"
    assert (answer.objected, answer.unnamed, answer.waiting) == (1, 0, 0)
    assert answer.records == 19


def test_a_count_is_of_who_was_there_in_the_period_and_did_that(town: Town) -> None:
    assert count(replace(EVER, first=date(2026, 6, 9))).people.exact == 0
    assert count(replace(EVER, module="outreach")).people.exact == 0
    assert count(replace(EVER, module="needle")).people.exact == 18
    at_services = {
        area: count(replace(EVER, area=area, by="service")).clients for area in (LIVERPOOL, SEFTON)
    }
    assert at_services == {LIVERPOOL: 8, SEFTON: 11}
    assert count(replace(EVER, area=SEFTON, by="service")).objected == 0


def test_each_person_is_in_one_cohort() -> None:
    here, there = a_service(modules=("needle", "alcohol")), a_service()
    injects = a_client(here, main_substance="HEROIN", injecting="C")
    a_record(here, injects)
    drinks = a_client(here, birth_date="1971-12-30", main_substance="ALCOHOL")
    a_record(here, drinks, main_substance="STEROID")
    # One of one person's two records says that they inject: the person is counted once.
    a_record(there, a_client(there, main_substance="ALCOHOL"), main_substance="ALCOHOL")
    find_who_is_who()
    found = {
        cohort: count(replace(EVER, cohort=cohort)).people.exact
        for cohort in ("psychoactive", "image", "other", "")
    }
    assert found == {"psychoactive": 1, "image": 1, "other": 0, "": 2}


def test_no_takes_somebody_out_of_every_count_at_once(town: Town) -> None:
    before = count(EVER)
    for client in town.twins:
        with at(client.service):
            clients.change(client, 1, client_row(consent="N", postcode="ZX1 1AA"), "Said so")
    after = count(EVER)
    assert (before.people.exact - after.people.exact, before.clients - after.clients) == (1, 2)
    assert after.waiting == 0


def test_who_came_since_is_told_and_not_counted(town: Town) -> None:
    client = a_client(town.here, birth_date="1999-09-09")
    a_record(town.here, client)
    assert count(EVER).waiting == 1
    with within(analyst_reach(town.analyst)):
        linking = reach.linkings().first()
        assert linking is not None
        assert counting.outdated(linking)
    find_who_is_who()
    assert count(EVER).waiting == 0


def test_a_count_on_the_page_tells_its_figures_method_and_that_they_stay_inside(
    page: Browser, recorded: Callable[..., Any]
) -> None:
    before = _text(page.get(reverse("monitoring:count")))
    assert "Corrected" not in before
    assert not [e for e in recorded("read") if "count of people" in str(e.body)]
    shown = _text(page.get(reverse("monitoring:count"), SENT))
    for words in ("Exact", "Stepwise", "Corrected", "with 95% confidence", "occupancy estimator",
                  "district must agree", "leave only by a release", "1, of nobody"):  # fmt: skip
        assert words in shown
    told = [e for e in recorded("read") if "count of people: All areas" in str(e.body)]
    assert len(told) == 1


def test_what_is_asked_wrongly_is_said(page: Browser) -> None:
    turned = SENT | {"first_2": "2027", "last_2": "2020"}
    assert "The last day is before the first" in _text(
        page.get(reverse("monitoring:count"), turned)
    )
    odd = SENT | {"first_1": "13"}
    assert "enter a real date" in _text(page.get(reverse("monitoring:count"), odd)).lower()


def test_before_who_is_who_was_found_the_page_says_so(
    make_person: Callable[..., User], sign_in: Callable[[User], Browser]
) -> None:
    page = sign_in(make_person("monitoring analyst"))
    assert "Have it found now" in _text(page.get(reverse("monitoring:count"), SENT))
    assert page.post(reverse("monitoring:find_who_is_who")).status_code == 302


def test_an_analyst_of_one_area_counts_that_alone(
    town: Town, make_person: Callable[..., User], sign_in: Callable[[User], Browser]
) -> None:
    authority = Organisation.objects.create(
        name="Sefton", short="Sefton", kind=Organisation.Kind.LOCAL_AUTHORITY, area=SEFTON
    )
    page = sign_in(make_person("monitoring analyst", organisation=authority))
    for given in ({}, {"area": ""}, {"area": SEFTON}):
        shown = _text(page.get(reverse("monitoring:count"), SENT | {"by": "service"} | given))
        assert "11 Their activity" in shown, "the client records of Sefton alone"
    for name in ("count", "doubts", "oddities", "next_doubt"):
        assert page.get(reverse(f"monitoring:{name}"), {"area": LIVERPOOL}).status_code == 404
    ours = called(town.twins[0])
    assert page.get(reverse("monitoring:person", args=[ours])).status_code == 404


# --- the clerk ------------------------------------------------------------------------------------


def _pair(*of: Any) -> str:
    return reverse("monitoring:pair", args=[called(client) for client in of])


def _decide(page: Browser, where: str, verdict: str, why: str = "Looked", seen: str = "") -> Any:
    return page.post(where, {"verdict": verdict, "why": why, "seen": seen})


def _persons() -> dict[Any, int]:
    with within(counting_reach()):
        return dict(reach.memberships().values_list("client", "person"))


def test_a_clerk_sees_what_agrees_and_never_what_it_is(town: Town, page: Browser) -> None:
    one, other = town.doubtful
    listed = page.get(reverse("monitoring:doubts"))
    assert "1 potential match" in _text(listed)
    began = page.get(reverse("monitoring:next_doubt"))
    assert began["Location"] in (_pair(one, other), _pair(other, one))
    shown = _text(page.get(began["Location"]))
    for words in ("First initial agrees", "Year of birth differs", "Month of birth agrees",
                  "Postcode district not known", "Sex agrees", "at the same time"):  # fmt: skip
        assert words in shown, words
    for response in (listed, page.get(began["Location"]), _person(page, one)):
        html = response.content.decode()
        for secret in ("1980", "1983", "VW", "V W", "1980-02-01", one.reference, str(one.pk)):
            assert secret not in html, secret


def _person(page: Browser, client: Any) -> Any:
    return page.get(reverse("monitoring:person", args=[called(client)]))


def test_a_merge_and_a_split_hold_and_are_undone_with_their_history(
    town: Town, page: Browser
) -> None:
    one, other = town.doubtful
    where = _pair(one, other)
    _decide(page, where, "different", "Two birthdays")
    assert "0 potential matches" in _text(page.get(reverse("monitoring:doubts")))
    find_who_is_who()
    assert _persons()[one.pk] != _persons()[other.pk]
    with within(analyst_reach(town.analyst)):
        last = reach.decisions().last()
    assert last is not None
    _decide(page, where, "same", "The service told that it was a slip", str(last.pk))
    find_who_is_who()
    assert _persons()[one.pk] == _persons()[other.pk]
    shown = _text(_person(page, one))
    assert "One person, 2 client records" in shown
    for words in ("Two birthdays", "The service told that it was a slip", "Ada Analyst"):
        assert words in shown
    with within(analyst_reach(town.analyst)):
        last = reach.decisions().last()
    assert last is not None
    _decide(page, where, "open", "Asked again", str(last.pk))
    find_who_is_who()
    with within(analyst_reach(town.analyst)):
        assert [each.verdict for each in reach.decisions()] == ["different", "same", "open"]


def test_records_with_one_attributor_can_be_split(town: Town, page: Browser) -> None:
    one, other = town.twins
    assert _persons()[one.pk] == _persons()[other.pk]
    assert "They had the same attributor" in _text(page.get(_pair(one, other)))
    _decide(page, _pair(one, other), "different", "Seen together")
    find_who_is_who()
    assert _persons()[one.pk] != _persons()[other.pk]


def test_a_decision_needs_a_reason_and_may_not_contradict_others(town: Town, page: Browser) -> None:
    (a, b), c = town.doubtful, town.twins[0]
    assert "Give the reason" in _text(_decide(page, _pair(a, b), "same", " "))
    assert "Say whether" in _text(_decide(page, _pair(a, b), "", "Because"))
    _decide(page, _pair(a, b), "same")
    _decide(page, _pair(b, c), "same")
    said = _text(_decide(page, _pair(a, c), "different"))
    assert "cannot be kept apart and be one person" in said
    assert called(a)[:8] in said
    assert str(a.pk) not in said
    with within(analyst_reach(town.analyst)):
        assert reach.decisions().count() == 2


def test_of_two_clerks_at_once_the_second_sees_what_the_first_decided(
    town: Town,
    page: Browser,
    make_person: Callable[..., User],
    sign_in: Callable[[User], Browser],
) -> None:
    second = sign_in(make_person("monitoring analyst"))
    where = _pair(*town.doubtful)
    page.get(where)
    assert "Somebody else looks at this pair" in _text(second.get(where))
    assert reverse("monitoring:doubts") in second.get(reverse("monitoring:next_doubt"))["Location"]
    _decide(page, where, "same", "First")
    said = _text(_decide(second, where, "different", "Second"))
    assert "Somebody else decided about this pair" in said
    assert "First" in said
    with within(analyst_reach(town.analyst)):
        last = reach.decisions().get()
    _decide(second, where, "different", "Second", str(last.pk))
    with within(analyst_reach(town.analyst)):
        assert [each.why for each in reach.decisions()] == ["First", "Second"]


def test_what_is_left_open_waits_apart(town: Town, page: Browser) -> None:
    _decide(page, _pair(*town.doubtful), "open", "Ask the service")
    doubts = reverse("monitoring:doubts")
    assert "0 potential matches" in _text(page.get(doubts))
    assert "1 potential match left open" in _text(page.get(doubts, {"left": ""}))
    assert "1 decision will take effect" in _text(page.get(doubts))


def test_no_takes_somebody_off_every_page_of_the_clerk(town: Town, page: Browser) -> None:
    one, other = town.doubtful
    where = _pair(one, other)
    _decide(page, where, "same")
    with at(one.service):
        row = client_row(first_initial="V", last_initial="W", postcode="ZX1 1AA", consent="N")
        clients.change(one, 1, row, "Said so")
    assert page.get(where).status_code == _person(page, one).status_code == 404
    shown = _text(_person(page, other))
    assert called(one)[:8] not in shown
    assert "Looked" not in shown, "not even that somebody decided about them"
    assert "0 potential matches left open" in _text(
        page.get(reverse("monitoring:doubts"), {"left": ""})
    )


def test_another_record_is_compared_by_its_pseudonym(town: Town, page: Browser) -> None:
    one, other = town.twins[0], town.doubtful[0]
    where = reverse("monitoring:person", args=[called(one)])
    assert page.post(where, {"with_": called(other)})["Location"] == _pair(one, other)
    for wrong in (called(one), "0" * 32, "x"):
        assert "pseudonym" in _text(page.post(where, {"with_": wrong}))


def test_impossible_combinations_have_a_queue_of_their_own(town: Town, page: Browser) -> None:
    one, other = town.twins
    a_record(other.service, other, date="2026-06-20")
    with at(one.service):
        row = client_row(postcode="ZX1 1AA", closed_on="2026-06-10", closed_reason="DIED")
        clients.change(one, 1, row, "Died")
    find_who_is_who()
    shown = _text(page.get(reverse("monitoring:oddities")))
    assert "Recorded after the day of death" in shown
    assert called(one)[:8] in shown
    assert "recorded after the day of death" in _text(_person(page, other))
    _decide(page, _pair(one, other), "different", "One is dead")
    assert "Two people" in _text(page.get(reverse("monitoring:oddities")))
    find_who_is_who()
    assert "0 impossible combinations" in _text(page.get(reverse("monitoring:oddities")))


def test_the_ledger_has_what_was_seen_and_decided_by_pseudonym(
    town: Town, page: Browser, recorded: Callable[..., Any]
) -> None:
    where = _pair(*town.doubtful)
    page.get(where)
    _decide(page, where, "same")
    _person(page, town.twins[0])
    said = " ".join(str(entry.body) for entry in recorded())
    assert "compared" in said
    assert f"{called(town.doubtful[1])}: same" in said
    assert called(town.twins[1]) in said
    assert "1980" not in said
