"""Finding who is who through the whole of the service."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import StringIO
from itertools import combinations
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow.parquet as pq
import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from monitoring_rows import SEFTON, a_client, a_record, a_service, at, client_row

from sharewell.linkage import recovery
from sharewell.monitoring import data_set
from sharewell.monitoring.synthesis import Size, synthesise
from sharewell.service.accounts.models import User
from sharewell.service.jobs.models import Job
from sharewell.service.jobs.queue import run_job
from sharewell.service.monitoring import clients, reach, records
from sharewell.service.monitoring.keys import KeyGone, key_store
from sharewell.service.monitoring.models import Client, Linking
from sharewell.service.monitoring.people import work, workings
from sharewell.service.monitoring.people.linking import find_who_is_who
from sharewell.service.monitoring.reach import counting_reach, within


def who_is_who() -> dict[UUID, tuple[int, int]]:
    """The exact and the person number of each client."""
    with within(counting_reach()):
        found = reach.memberships().values_list("client", "exact", "person")
        return {client: (exact, person) for client, exact, person in found}


def groups(numbers: dict[UUID, Any]) -> set[frozenset[UUID]]:
    """The clients that have the same number."""
    by_number: dict[Any, set[UUID]] = {}
    for client, number in numbers.items():
        by_number.setdefault(number, set()).add(client)
    return {frozenset(each) for each in by_number.values()}


def _joined(held: dict[UUID, set[Any]]) -> set[frozenset[UUID]]:
    """The oracle: clients who ever had an attributor in common, and theirs in turn."""
    found = [{client} for client in held]
    for one, other in combinations(held, 2):
        if held[one] & held[other]:
            left, right = (next(g for g in found if c in g) for c in (one, other))
            if left is not right:
                found.remove(right)
                left |= right
    return {frozenset(each) for each in found}


class AgainstBruteForce(TestCase):
    """Memberships by attributor alone, against a search through every pair."""

    @settings(
        max_examples=12, deadline=None, suppress_health_check=[HealthCheck.differing_executors]
    )
    @given(
        st.lists(
            st.tuples(st.sampled_from("JK"), st.sampled_from("ST"), st.sampled_from("FM"),
                      st.booleans(), st.sampled_from(["", "J", "K"])),
            max_size=7,
        )
    )  # fmt: skip
    def test_who_ever_had_an_attributor_in_common_is_one_person(self, people: list[Any]) -> None:
        services = [a_service(), a_service(area=SEFTON)]
        held: dict[UUID, set[Any]] = {}
        for number, (first, last, sex, consents, changed) in enumerate(people):
            given_ = {"first_initial": first, "last_initial": last, "sex": sex,
                      "consent": "Y" if consents else "N"}  # fmt: skip
            service = services[number % 2]
            client = a_client(service, **given_)
            mine = {(first, last, sex)}
            if changed and changed != first:
                row = client_row(**given_ | {"first_initial": changed})
                with at(service):
                    clients.change(client, 1, row, "Corrected")
                mine.add((changed, last, sex))
            if consents:
                held[client.pk] = mine
        find_who_is_who()
        found = who_is_who()
        assert groups({client: exact for client, (exact, _) in found.items()}) == _joined(held)


def _two_alike() -> tuple[Client, Client]:
    return a_client(a_service(), postcode="ZX1 1AA"), a_client(a_service(area=SEFTON))


def test_it_is_found_once_while_nothing_changes_and_again_when_something_does() -> None:
    one, other = _two_alike()
    first = find_who_is_who()
    assert (first.clients, first.exact, first.people) == (2, 1, 1)
    assert find_who_is_who() == first
    with at(one.service):
        clients.change(one, 1, client_row(first_initial="A", last_initial="B"), "Somebody else")
    second = find_who_is_who()
    assert second != first
    assert len(set(who_is_who().values())) == 1, "they once had the same attributor"
    a_client(other.service, birth_date="1990-10-10")
    third = find_who_is_who()
    assert (third.clients, third.people) == (3, 2)
    assert Linking.objects.count() == 0, "nobody sees it outside of a reach"


def test_no_is_in_no_membership_at_once_and_in_nothing_that_is_kept_from_then_on() -> None:
    one, other = _two_alike()
    find_who_is_who()
    assert set(who_is_who()) == {one.pk, other.pk}
    with at(one.service):
        clients.change(one, 1, client_row(postcode="ZX1 1AA", consent="N"), "Said so")
    assert set(who_is_who()) == {other.pk}
    assert find_who_is_who().clients == 1
    with within(counting_reach()):
        kept = workings.kept()
        assert kept is not None
        assert kept.clients == (other.pk,)
    with at(one.service):
        now = clients.clients().get(pk=one.pk)
        clients.change(now, 2, client_row(postcode="ZX1 1AA", consent="Y"), "Said so again")
    assert set(who_is_who()) == {other.pk}, "who was taken out is not there until it is found again"
    find_who_is_who()
    assert set(who_is_who()) == {one.pk, other.pk}


def test_the_key_of_what_is_no_longer_used_is_destroyed() -> None:
    one, _ = _two_alike()
    find_who_is_who()
    with within(counting_reach()):
        before = reach.workings().get()
    with at(one.service):
        clients.delete(one, 1, "Asked for it")
    find_who_is_who()
    with pytest.raises(KeyGone):
        key_store().get(before.pk)
    with within(counting_reach()):
        assert reach.workings().get() != before


def test_it_is_found_again_where_the_key_of_the_workings_is_lost() -> None:
    _two_alike()
    first = find_who_is_who()
    with within(counting_reach()):
        key_store().destroy(reach.workings().get().pk)
    assert find_who_is_who() != first
    with within(counting_reach()):
        assert workings.kept() is not None


def test_who_was_erased_is_in_no_link() -> None:
    one, other = _two_alike()
    key_store().destroy(one.pk)
    find_who_is_who()
    assert set(who_is_who()) == {other.pk}


@pytest.mark.parametrize("typed", [("X", "X", "1955-05-05", "M"), ("X", "X", "1955-05-05", "U")])
def test_who_objects_is_never_linked(typed: tuple[str, ...]) -> None:
    service = a_service()
    names = ("first_initial", "last_initial", "birth_date", "sex")
    with pytest.raises(clients.MonitoringFault):
        a_client(service, **dict(zip(names, typed, strict=True)))
    a_record(service, None, objected=True)
    assert find_who_is_who().clients == 0


def test_many_who_ask_make_one_job(
    make_person: Callable[..., User], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(5):
            work.ask()
    jobs = Job.objects.filter(kind=work.FIND)
    assert jobs.count() == 1
    ann, ben = make_person("monitoring analyst"), make_person("monitoring analyst")
    assert work.ask_for(ann) == work.ask_for(ann) != work.ask_for(ben)
    _two_alike()
    for job in jobs:
        run_job.func(str(job.pk))
    assert {job.state for job in jobs.all()} == {"done"}
    assert len(who_is_who()) == 2
    work.ask_for(ann)
    assert jobs.all().count() == 4, "what is done does not wait"


def test_an_operator_has_it_found_every_night() -> None:
    _two_alike()
    said = StringIO()
    call_command("find_who_is_who", stdout=said)
    assert "1 people of 2 client records" in said.getvalue()


def _oddities() -> set[tuple[str, UUID, UUID, date]]:
    with within(counting_reach()):
        found = reach.oddities().values_list("kind", "one", "other", "day")
        return set(found)


def test_what_no_one_person_can_have_done_is_flagged() -> None:
    here, there = a_service(), a_service(area=SEFTON)
    died = a_client(here, closed_on="2026-03-01", closed_reason="DIED")
    alive = a_client(there)
    a_record(there, alive, date="2026-02-01")
    a_record(there, alive, date="2026-03-09")
    unborn = a_client(here, first_initial="U", last_initial="V", birth_date="2001-01-07")
    a_record(here, unborn, date="2000-06-08")
    twice = [a_client(service, birth_date="1991-11-21") for service in (here, there)]
    others = [
        a_client(here, last_initial="P", birth_date="1972-07-30"),
        a_client(there, last_initial="Q", birth_date="1966-12-05"),
    ]
    for client in twice + others:
        with at(client.service):
            row = {"date": "2026-06-08", "place": "STREET", "started_at": "10:05"}
            records.add(client.service, data_set().module("outreach"), [row], client=client)
    find_who_is_who()
    found = _oddities()
    assert {(kind, frozenset(pair)) for kind, *pair, _ in found} == {
        ("after-death", frozenset((died.pk, alive.pk))),
        ("before-birth", frozenset([unborn.pk])),
        ("two-services-at-once", frozenset(client.pk for client in twice)),
    }
    assert len(found) == 3
    assert {day for kind, *_, day in found if kind == "after-death"} == {date(2026, 3, 9)}
    with at(here):
        row = client_row(closed_on="2026-03-10", closed_reason="DIED")
        clients.change(died, 1, row, "Corrected")
    find_who_is_who()
    assert {kind for kind, *_ in _oddities()} == {"before-birth", "two-services-at-once"}


def test_activity_is_looked_at_anew_also_where_who_is_who_is_as_it_was() -> None:
    service = a_service()
    client = a_client(service, birth_date="2001-01-01")
    first = find_who_is_who()
    a_record(service, client, date="2000-06-08")
    assert find_who_is_who() == first
    assert {kind for kind, *_ in _oddities()} == {"before-birth"}


def test_the_true_people_are_found_through_the_whole_of_the_service(tmp_path: Path) -> None:
    """The oracle: invented people with their errors, whose truth the service never sees."""
    synthesise(tmp_path, Size(people=160, services=4, activities=100))
    rows = pq.read_table(tmp_path / "client.parquet").to_pylist()
    services = {code: a_service() for code in {row["service"] for row in rows}}
    truth: dict[UUID, int] = {}
    silent = 0
    names = ("first_initial", "last_initial", "birth_date", "sex", "postcode", "consent")
    for code, service in services.items():
        mine = [client_row(**{n: r[n] for n in names}) | {"truth": r["truth"]} for r in rows
                if r["service"] == code]  # fmt: skip
        people = [row for row in mine if not clients.attributor_in(row).is_dummy]
        silent += sum(row["consent"] == "N" for row in people)
        true = [row.pop("truth") for row in people]
        with at(service):
            made = clients.add_all(service, people)
        truth |= {c.pk: t for c, t in zip(made, true, strict=True) if c.consent}
    assert silent, "some do not consent"
    find_who_is_who()
    found = who_is_who()
    assert set(found) == set(truth), "all who consent, and nobody else"
    ours = recovery(
        np.array([truth[client] for client in found], np.int64),
        np.array([person for _, person in found.values()], np.int64),
    )
    exact = len({exact for exact, _ in found.values()})
    assert ours.precision > 0.95
    assert ours.f1 > 0.93
    assert abs(len({p for _, p in found.values()}) - len(set(truth.values()))) <= abs(
        exact - len(set(truth.values()))
    )
