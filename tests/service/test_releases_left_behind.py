"""Releases whose requester has left: who finds them, and who may withdraw them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from release_rows import ANALYST, CSV, a_release, review_by

from sharewell.ledger import Entry
from sharewell.service.accounts.models import Grant, Organisation, User
from sharewell.service.releases import actions
from sharewell.service.releases.errors import ReleaseError
from sharewell.service.releases.states import State
from sharewell.service.waiting import Waiting, waiting_for

MANAGER = "agreement manager"
MakePerson = Callable[..., User]
SignIn = Callable[[User], Client]


def _fresh(person: User) -> User:
    """The person in a request of their own: roles are asked for once in each."""
    return User.objects.get(pk=person.pk)


def _left(person: User) -> list[Waiting]:
    return [each for each in waiting_for(_fresh(person)) if each.status == "Left behind"]


def test_a_manager_of_the_same_organisation_withdraws_it_with_a_reason(
    make_person: MakePerson, sign_in: SignIn, recorded: Callable[..., list[Entry]]
) -> None:
    ann, manager = make_person(ANALYST, name="Ann (invented)"), make_person(MANAGER)
    release = a_release(ann)
    review_by(make_person("output reviewer"), release)
    Grant.objects.filter(person=ann).update(revoked=timezone.now())
    where = reverse("releases:withdraw", args=[release.pk])
    client = sign_in(manager)
    (told,) = _left(manager)
    page = client.get(told.address).content.decode()
    assert "Ann (invented), who asked for it, has left" in page
    assert f'href="{where}"' in page
    assert CSV in page
    assert reverse("releases:file", args=[release.pk, CSV]) not in page, "nor what is in it"
    with pytest.raises(ReleaseError, match="Say why"):
        actions.withdraw(_fresh(manager), release, " ")
    assert "Say why it is withdrawn" in client.post(where, {"reason": ""}).content.decode()
    assert recorded("returned") == []
    answer = client.post(where, {"reason": "Its question is answered."}, follow=True)
    assert "Nothing left." in answer.content.decode()
    release.refresh_from_db()
    assert release.state == State.WITHDRAWN
    assert release.reasons == (
        f"Withdrawn by {manager.name}, as Ann (invented) has left. Its question is answered."
    )
    (entry,) = recorded("returned")
    assert (entry.actor["name"], entry.actor["role"]) == (manager.name, MANAGER)
    assert entry.body["reasons"] == release.reasons
    assert not _left(manager)


def test_nobody_else_does_and_not_while_the_requester_is_there(
    make_person: MakePerson, sign_in: SignIn
) -> None:
    ann, manager = make_person(ANALYST), make_person(MANAGER)
    nhs = Organisation.objects.get_or_create(
        short="NHS England", defaults={"name": "NHS England", "kind": "supplier"}
    )[0]
    elsewhere = make_person(MANAGER, organisation=nhs)  # another party of the same agreement
    colleague, auditor = make_person(ANALYST), make_person("auditor")
    release = a_release(ann)
    where = reverse("releases:withdraw", args=[release.pk])

    def is_refused(person: User) -> None:
        assert sign_in(person).post(where, {"reason": "x"}).status_code in (403, 404)
        assert not _left(person)
        with pytest.raises(ReleaseError, match="once they have left"):
            actions.withdraw(_fresh(person), release, "In the way.")

    is_refused(manager)
    User.objects.filter(pk=ann.pk).update(is_active=False, closed=timezone.now())
    for person in (elsewhere, colleague, auditor):
        is_refused(person)
    assert len(_left(manager)) == 1, "also where the account is closed"
    release.refresh_from_db()
    assert release.state == State.REVIEW
