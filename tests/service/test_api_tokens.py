"""Tokens: shown once, hashed, scoped, expiring, recorded; and errors that say what to do."""

from __future__ import annotations

import gc
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
from monitoring_rows import a_service
from upload_rows import csv_of, needle, send

from sharewell.service import home as service_home
from sharewell.service.accounts.leaving import still_held
from sharewell.service.accounts.models import User
from sharewell.service.accounts.roles import ROLES
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


DRUGS = "DARS-NIC-698171-K4M0B"


def _token(person: User, *scopes: str) -> dict[str, str]:
    return {"authorization": f"Bearer {tokens.make(person, 'x', list(scopes), 1)[1]}"}


def test_an_agreement_is_read_and_asked_as_on_its_pages(
    make_person: MakePerson, recorded: Callable[..., Any]
) -> None:
    headers = _token(make_person("drugs analyst"), "agreements:read", "agreements:ask")
    client = Client(headers=headers)
    listed = client.get("/api/v1/agreements/").json()
    assert DRUGS in {each["reference"] for each in listed}
    one = client.get(f"/api/v1/agreements/{DRUGS}").json()
    assert any(clause["id"] == "extract-lse-withheld" for clause in one["clauses"])
    question = {"act": "extract", "by": "Home Office", "to": "LSE", "breakdowns": ["ethnicity"]}
    where = f"/api/v1/agreements/{DRUGS}/decide"
    answer = client.post(where, question, content_type="application/json").json()
    assert answer["allowed"] is False
    assert any("ethnicity" in clause["words"] for clause in answer["clauses"])
    assert "extract-lse-withheld" in recorded("decide")[-1].body["clause"]
    wrong = client.post(where, {"act": "dance"}, content_type="application/json")
    assert wrong.status_code == 422
    back = question | {"first": "2020-01-02", "last": "2020-01-01"}
    assert client.post(where, back, content_type="application/json").status_code == 422
    assert client.get("/api/v1/agreements/DARS-NIC-687582-X2P3K").status_code == 404


def test_reading_is_not_asking(make_person: MakePerson) -> None:
    client = Client(headers=_token(make_person("drugs analyst"), "agreements:read"))
    refused = client.post(
        f"/api/v1/agreements/{DRUGS}/decide", {"act": "extract"}, content_type="application/json"
    )
    assert refused.status_code == 403
    assert "agreements:ask" in refused.json()["remedy"]


def test_a_release_is_asked_for_and_only_ones_own_are_found(make_person: MakePerson) -> None:
    both = ("releases:read", "releases:ask")
    client = Client(headers=_token(make_person("drugs analyst"), *both))
    wanted = {"reference": DRUGS, "audience": "public", "tables": ["poisonings"], "context": "x"}
    made = client.post("/api/v1/releases/", wanted, content_type="application/json")
    assert made.status_code == 202, made.content
    mine = made.json()
    assert (mine["state"], mine["tables"]) == ("preparing", ["poisonings"])
    assert [each["id"] for each in client.get("/api/v1/releases/").json()] == [mine["id"]]
    assert client.get(f"/api/v1/releases/{mine['id']}").json() == mine
    early = client.post(f"/api/v1/releases/{mine['id']}/withdraw")
    assert early.status_code == 409
    assert "preparing" in early.json()["detail"]
    other = Client(headers=_token(make_person("drugs analyst"), *both))
    assert other.get("/api/v1/releases/").json() == []
    assert other.get(f"/api/v1/releases/{mine['id']}").status_code == 404
    assert other.post(f"/api/v1/releases/{mine['id']}/withdraw").status_code == 404
    refused = client.post(
        "/api/v1/releases/", wanted | {"audience": "nobody"}, content_type="application/json"
    )
    assert refused.status_code == 409
    assert refused.json()["remedy"]


@pytest.fixture
def _connection_stays() -> Iterator[None]:
    """Requests through WSGI end the connection that the test has its transaction on."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


def as_a_server(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
    """The application, asked as servers do: they close what it answers (PEP 3333), and only then
    are the files of a request closed. Schemathesis leaves that to chance."""
    answer = application(environ, start_response)
    try:
        return iter([b"".join(answer)])
    finally:
        answer.close()


@pytest.mark.usefixtures("_connection_stays")
@pytest.mark.parametrize("place", range(7))
def test_no_request_makes_it_fail_or_break_its_own_description(
    place: int, make_person: MakePerson
) -> None:
    taken_in()
    person = make_person(*ROLES)
    service = a_service(person.organisation)
    upload = send(service, None, ("n.csv", csv_of("needle", service, [needle()])))
    there = {"code": service.code, "upload_id": str(upload.pk)}
    _, secret = tokens.make(person, "x", list(tokens.SCOPES), 1)
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", as_a_server)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 10
    for operation in operations[place::7]:

        @settings(max_examples=12, suppress_health_check=list(HealthCheck), derandomize=True)
        @given(case=operation.as_strategy())
        def answer(case: Any) -> None:
            # What is there, so that more than "not found" is asked for.
            case.path_parameters |= {n: there[n] for n in there.keys() & case.path_parameters}
            response = case.call(headers={"Authorization": f"Bearer {secret}"})
            assert response.status_code < 500
            if response.status_code < 300:
                case.operation.validate_response(response)

        answer()
    gc.collect()  # a file that was left open is warned of here, and warnings are errors
