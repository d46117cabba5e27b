"""The gate: closed unless declared; a second factor, a recent password; refusals recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core import checks
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path, reverse
from django.utils import timezone

from sharewell.service import urls as project
from sharewell.service.accounts.models import Grant, User
from sharewell.service.gate import every_view_declares


def _undeclared(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("nobody should see this")


urlpatterns = [*project.urlpatterns, path("open/", include(([path("", _undeclared)], "open")))]


@override_settings(ROOT_URLCONF="test_gate")
def test_a_view_that_declares_nothing_is_closed_to_everybody(
    make_person: Callable[..., User], sign_in: Callable[[User], Client]
) -> None:
    assert Client().get("/open/").status_code == 404
    assert sign_in(make_person("administrator")).get("/open/").status_code == 404
    assert [error.id for error in every_view_declares()] == ["sharewell.E001"]
    assert any(error.id == "sharewell.E001" for error in checks.run_checks())


def test_whoever_has_a_role_sets_up_a_second_factor_first(
    make_person: Callable[..., User], sign_in: Callable[[User], Client]
) -> None:
    client = sign_in(make_person("auditor", second_factor=False))
    assert client.get(reverse("jobs:list"))["Location"] == reverse("mfa_index")
    assert client.get(reverse("mfa_index")).status_code == 200
    assert client.get(reverse("home")).status_code == 200
    without_role = sign_in(make_person(second_factor=False))
    assert without_role.get(reverse("jobs:list")).status_code == 200


def test_taking_the_second_factor_away_closes_the_pages_again(
    make_person: Callable[..., User], sign_in: Callable[[User], Client]
) -> None:
    auditor = make_person("auditor")
    client = sign_in(auditor)
    assert client.get(reverse("jobs:list")).status_code == 200
    Authenticator.objects.filter(user=auditor).delete()
    assert client.get(reverse("jobs:list"))["Location"] == reverse("mfa_index")


@pytest.mark.parametrize(
    "change",
    [
        {"ends": timezone.localdate() - timedelta(days=1)},
        {"starts": timezone.localdate() + timedelta(days=1), "ends": None},
        {"revoked": timezone.now()},
        {"purpose": Grant.Purpose.GIVE},
    ],
)
def test_a_role_that_does_not_hold_today_opens_nothing(
    change: dict[str, Any], make_person: Callable[..., User], sign_in: Callable[[User], Client]
) -> None:
    person = make_person("administrator")
    Grant.objects.filter(person=person).update(
        **({"starts": timezone.localdate() - timedelta(days=2)} | change)
    )
    assert sign_in(person).get(reverse("people:list")).status_code == 403


def test_a_refused_page_is_in_the_ledger(
    make_person: Callable[..., User],
    sign_in: Callable[[User], Client],
    recorded: Callable[..., list[Any]],
) -> None:
    auditor = make_person("auditor")
    response = sign_in(auditor).get(reverse("people:list"))
    (entry,) = recorded("decide")
    assert entry.actor["id"] == str(auditor.pk)
    assert entry.actor["role"] == "auditor"
    assert entry.body == {
        "what": "GET /people/: for administrator",
        "agreement": "",
        "clause": "",
        "allowed": False,
        "request": response["X-Request-ID"],
    }


def test_sensitive_acts_want_the_password_again(
    make_person: Callable[..., User], sign_in: Callable[[User], Client]
) -> None:
    client = sign_in(make_person("administrator"))
    assert client.get(reverse("people:invite")).status_code == 200
    session = client.session
    for method in session["account_authentication_methods"]:
        method["at"] -= 301
    session.save()
    response = client.get(reverse("people:invite"))
    assert response.status_code == 302
    assert response["Location"].startswith("/account/")
    assert "reauthenticate" in response["Location"]


def test_signing_in_leads_nowhere_else(make_person: Callable[..., User]) -> None:
    person = make_person(second_factor=False)
    response = Client().post(
        reverse("account_login") + "?next=https://evil.example.org/",
        {"login": person.email, "password": "four quiet words here"},
    )
    assert response.status_code == 302
    assert response["Location"] == "/"
