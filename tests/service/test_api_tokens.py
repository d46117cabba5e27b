"""Tokens: shown once, hashed, scoped, expiring, recorded; and errors that say what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from addresses_register import taken_in
from allauth.mfa.models import Authenticator
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings

from sharewell.service import home as service_home
from sharewell.service.accounts.leaving import still_held
from sharewell.service.accounts.models import User
from sharewell.service.api import tokens
from sharewell.service.api.models import Token, TokenUse
from sharewell.service.wsgi import application

HEAD = "/api/v1/ledger/head"
MakePerson = Callable[..., User]


def ask(secret: str, where: str = HEAD) -> Any:
    return Client().get(where, headers={"authorization": f"Bearer {secret}"})


def test_a_token_is_made_shown_once_used_and_revoked(
    make_person: MakePerson, sign_in: Callable[[User], Client], recorded: Callable[..., Any]
) -> None:
    auditor = make_person("auditor")
    client = sign_in(auditor)
    page = client.post(
        "/account/me/tokens/make/", {"name": "Nightly", "scopes": ["ledger:read"], "days": 30}
    ).content.decode()
    (secret,) = re.findall(r"sharewell_[\w-]{43}", page)
    token = Token.objects.get()
    assert secret not in client.get("/account/me/tokens/").content.decode()
    assert secret not in str(token.__dict__)
    answer = ask(secret)
    assert answer.status_code == 200
    assert answer.json()["seq"] <= service_home.home().ledger.head().seq
    assert answer["Cache-Control"] == "no-store"
    assert TokenUse.objects.get().path == HEAD
    assert recorded("read")[0].body["what"] == "The head of the ledger."
    assert "The API token 'Nightly'." in still_held(auditor)
    client.post(f"/account/me/tokens/{token.pk}/revoke/")
    assert ask(secret).status_code == 401


def test_what_a_token_may_not_do_says_why_and_what_to_do(make_person: MakePerson) -> None:
    auditor, nobody = make_person("auditor"), make_person()
    for person, scopes, detail in (
        (auditor, [], "The token is not for 'ledger:read'."),
        (nobody, ["ledger:read"], "holds none of these roles: administrator, auditor."),
    ):
        _, secret = tokens.make(person, "x", scopes, 1)
        answer = ask(secret)
        assert answer.status_code == 403
        assert answer["Content-Type"] == "application/problem+json"
        assert detail in answer.json()["detail"]
        assert answer.json()["remedy"]
    assert TokenUse.objects.filter(refused__gt="").count() == 2


def test_expired_unknown_closed_and_unprotected_are_refused(make_person: MakePerson) -> None:
    auditor = make_person("auditor")
    token, secret = tokens.make(auditor, "x", ["ledger:read"], 1)
    assert ask(secret).status_code == 200
    Authenticator.objects.filter(user=auditor).delete()
    assert ask(secret).status_code == 403
    Token.objects.filter(pk=token.pk).update(expires=timezone.now() - timedelta(seconds=1))
    assert ask(secret).status_code == 401
    Token.objects.filter(pk=token.pk).update(expires=timezone.now() + timedelta(days=1))
    User.objects.filter(pk=auditor.pk).update(is_active=False, closed=timezone.now())
    assert ask(secret).status_code == 401
    for unknown in ("", "x", "sharewell_" + "x" * 43):
        assert ask(unknown).status_code == 401
    assert ask("x")["WWW-Authenticate"] == "Bearer"


def test_no_session_stands_in_for_a_token(
    make_person: MakePerson, sign_in: Callable[[User], Client]
) -> None:
    assert sign_in(make_person("auditor")).get(HEAD).status_code == 401


def test_a_token_opens_no_page(make_person: MakePerson) -> None:
    _, secret = tokens.make(make_person("administrator"), "x", ["ledger:read"], 1)
    assert ask(secret, "/people/").status_code == 302


def test_errors_are_problems() -> None:
    taken_in()
    client = Client()
    missing = client.get("/api/v1/register/agreements/none")
    assert (missing.status_code, missing["Content-Type"]) == (404, "application/problem+json")
    assert "remedy" in missing.json()
    wrong = client.get("/api/v1/register/agreements", {"year": "soon", "limit": 0})
    assert wrong.status_code == 422
    assert {each["where"].split(".")[-1] for each in wrong.json()["errors"]} == {"year", "limit"}


def test_the_register_is_open_and_says_null_for_what_is_not_known() -> None:
    slug = taken_in().slug
    client = Client()
    (newest, _) = client.get("/api/v1/register/editions").json()
    assert newest["slug"] == slug
    assert newest["safe_setting_uses"] is None
    found = client.get("/api/v1/register/agreements", {"text": "fal", "commercial": "false"}).json()
    assert found["count"] == 1
    one = client.get(f"/api/v1/register/agreements/{found['items'][0]['reference']}").json()
    assert one["files_left"]["value"] == 1
    assert one["safe_setting_uses"]["value"] is None
    rows = client.get(f"/api/v1/register/editions/{slug}/tables/files").json()
    assert rows["items"][0]["month"] == "2022-03-01"


@pytest.fixture
def _connection_stays() -> Iterator[None]:
    """Requests through WSGI end the connection that the test has its transaction on."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("_connection_stays")
@pytest.mark.parametrize("place", range(7))
def test_no_request_makes_it_fail_or_break_its_own_description(place: int) -> None:
    taken_in()
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 5
    for operation in operations[place::7]:

        @settings(max_examples=12, suppress_health_check=list(HealthCheck), derandomize=True)
        @given(case=operation.as_strategy())
        def answer(case: Any) -> None:
            response = case.call()
            assert response.status_code < 500
            if response.status_code == 200:
                case.operation.validate_response(response)

        answer()
