"""Who says No after a report was counted is in nothing of it that is let out from then on."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.utils import timezone
from monitoring_rows import a_client, a_record, a_service, at, client_row

from sharewell.service.accounts.models import User
from sharewell.service.monitoring import clients, reach
from sharewell.service.monitoring.errors import MonitoringFault
from sharewell.service.monitoring.models import Client, Report, Reported
from sharewell.service.monitoring.reach import Reach, counting_reach, within
from sharewell.service.monitoring.reports.consent import (
    AnswersChanged,
    Changed,
    answers_held,
    changed,
    keep_reported,
)
from sharewell.service.monitoring.reports.periods import Period

MakePerson = Callable[..., User]
SUMMER = Period(2026, 1)


def a_report(person: User, *of: Client, period: Period = SUMMER) -> Report:
    """A report that was counted just now, with the records of these clients."""
    with within(counting_reach()):
        report = Report.objects.create(
            first=period.first, last=period.last, asked_by=person, counted_at=timezone.now()
        )
        keep_reported(report, [each.pk for each in of])
    return report


def say(client: Client, answer: str) -> None:
    """The client answers anew."""
    with at(client.service):
        now = reach.clients().get(pk=client.pk)
        clients.change(now, now.version, client_row(consent=answer), "Asked again")


def test_an_answer_that_changes_is_counted_once(make_person: MakePerson) -> None:
    service = a_service()
    kept, goes, deleted = (a_client(service) for _ in range(3))
    refused, elsewhen = a_client(service, consent="N"), a_client(service, consent="N")
    for client in (kept, goes, deleted, refused):
        a_record(service, client)
    a_record(service, elsewhen, date="2025-06-08")
    report = a_report(make_person("monitoring analyst"), kept, goes, deleted)
    assert changed(report) == Changed(0, 0)
    say(goes, "N")
    with at(service):
        clients.delete(deleted, 1, "Asked for it")
    a_record(service, a_client(service))
    assert changed(report) == Changed(2, 0), "who is new changed no answer"
    for client in (refused, elsewhen):
        say(client, "Y")
    assert changed(report) == Changed(2, 1), "one of them has nothing in the period"
    say(goes, "Y")
    assert changed(report) == Changed(1, 1)
    assert changed(report).answers == 2


def test_what_is_let_out_asks_and_holds_the_answers(make_person: MakePerson) -> None:
    service = a_service()
    client = a_client(service)
    report = a_report(make_person("monitoring analyst"), client)
    with answers_held(report):
        pass
    say(client, "N")
    with (
        pytest.raises(AnswersChanged, match="1 client in this report said No"),
        answers_held(report),
    ):
        pytest.fail("It would have been let out.")


@pytest.mark.django_db(transaction=True)
def test_nobody_can_say_no_between_the_question_and_the_release(make_person: MakePerson) -> None:
    service = a_service()
    client = a_client(service)
    report = a_report(make_person("monitoring analyst"), client)
    said = threading.Event()

    def say_no() -> None:
        say(client, "N")
        said.set()
        connection.close()

    other = threading.Thread(target=say_no)
    with answers_held(report):
        other.start()
        assert not said.wait(0.5), "the answer waits until the release is out"
    other.join(10)
    assert said.is_set()
    with pytest.raises(AnswersChanged), answers_held(report):
        pass


@pytest.mark.django_db(transaction=True)
def test_it_gives_way_to_who_changes_many(make_person: MakePerson) -> None:
    service = a_service()
    client = a_client(service)
    report = a_report(make_person("monitoring analyst"), client)
    ready, done = threading.Event(), threading.Event()

    def change_many() -> None:
        with at(service), transaction.atomic():
            now = reach.clients().get(pk=client.pk)
            clients.change(now, now.version, client_row(ethnicity="A"), "A file")
            ready.set()
            done.wait(10)
        connection.close()

    other = threading.Thread(target=change_many)
    other.start()
    assert ready.wait(10)
    with pytest.raises(MonitoringFault, match="Try again in a minute"), answers_held(report):
        pytest.fail("It did not wait.")
    done.set()
    other.join(10)


def test_reports_are_found_by_whom_they_are_for(make_person: MakePerson) -> None:
    person = make_person("monitoring analyst")
    client = a_client(a_service())
    report = a_report(person, client)
    seen = {
        "analyst": (1, 0),
        "counting": (1, 1),
        "commissioner": (0, 0),
        "administrator": (0, 0),
        "staff": (0, 0),
    }
    for purpose, expected in seen.items():
        with within(Reach(purpose, person.pk)):
            assert (reach.reports().count(), reach.reported().count()) == expected, purpose
            assert (Report.objects.count(), Reported.objects.count()) == expected, purpose
    with within(counting_reach()):
        reach.reports().filter(pk=report.pk).update(state="shared", counted=1, shared=2)
    with within(Reach("commissioner", person.pk)):
        assert reach.reports().count() == Report.objects.count() == 1
