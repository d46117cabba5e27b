"""What somebody may send who means harm: files, forms, sessions, addresses, headers."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from addresses_register import taken_in
from django.conf import settings
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from register_rows import AGREEMENT, edition, rows_of, workbook

from sharewell.register import guard
from sharewell.service.accounts.interface import notify
from sharewell.service.accounts.models import User
from sharewell.service.api.models import Token
from sharewell.service.jobs.models import Job
from sharewell.service.register.feeds import _cell
from sharewell.service.register.models import Series
from sharewell.service.register.taking import Intake
from sharewell.service.register.work import uploads

MakePerson = Callable[..., User]
SignIn = Callable[[User], Client]


def _with_part(name: str, content: bytes) -> bytes:
    file = io.BytesIO(workbook(rows_of(edition())))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("macros.xlsx", _with_part("xl/vbaProject.bin", b"Sub AutoOpen()"), "It holds macros."),
        ("bomb.xlsx", _with_part("xl/big.xml", bytes(8 * 2**20)), "It unpacks to"),
        ("page.xlsx", b"<html><script>alert(1)</script></html>", "not an Excel workbook"),
        ("paper.xlsx", b"%PDF-1.7\n", "not an Excel workbook"),
        ("program.xlsx", b"\x7fELF\x02\x01\x01", "not an Excel workbook"),
    ],
    ids=["macros", "zip bomb", "html", "pdf", "program"],
)
def test_a_hostile_upload_is_refused_before_anything_reads_it(
    name: str,
    content: bytes,
    says: str,
    make_person: MakePerson,
    sign_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(guard, "GREATEST_CONTENT", 4 * 2**20)
    client = sign_in(make_person("administrator"))
    answer = client.post("/register/import/", {"workbook": SimpleUploadedFile(name, content)})
    assert answer.status_code == 200
    assert says in answer.content.decode()
    assert not Job.objects.exists()
    assert list(uploads().iterdir()) == []


@given(first=st.sampled_from("=+-@\t\r"), rest=st.text(max_size=20))
def test_no_cell_of_a_csv_begins_a_formula(first: str, rest: str) -> None:
    file = io.StringIO()
    csv.writer(file).writerow([_cell(first + rest), _cell([first + rest, "x"])])
    for cell in next(csv.reader(io.StringIO(file.getvalue(), newline=""))):
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_forms_of_other_sites_change_nothing(make_person: MakePerson, sign_in: SignIn) -> None:
    person = make_person("administrator")
    known = sign_in(person)
    client = Client(enforce_csrf_checks=True)
    client.cookies = known.cookies
    for where, given_ in (
        ("/register/import/", {}),
        ("/register/import/own/", {}),
        ("/account/me/tokens/make/", {"name": "x", "scopes": ["ledger:read"], "days": 1}),
    ):
        assert client.post(where, given_).status_code == 403, where
    assert not Token.objects.exists()
    assert not Job.objects.exists()


def test_what_changes_something_is_never_a_get(make_person: MakePerson, sign_in: SignIn) -> None:
    client = sign_in(make_person("administrator"))
    token = Token.objects.create(
        person=User.objects.get(), name="x", scopes=[], digest="x", expires=timezone.now()
    )
    for where in ("/register/import/own/", f"/account/me/tokens/{token.pk}/revoke/"):
        assert client.get(where).status_code == 405
    assert client.post("/register/").status_code == 405
    assert client.get("/api/v1/agreements/x/decide").status_code == 405


def test_methods_that_tell_of_the_server_are_refused() -> None:
    for method in ("TRACE", "TRACK", "CONNECT"):
        answer = Client().generic(method, "/register/", headers={"cookie": "session=secret"})
        assert answer.status_code == 405
        assert b"secret" not in answer.content
        assert "default-src 'none'" in answer["Content-Security-Policy"]


@override_settings(SECURE_SSL_REDIRECT=True)
def test_people_are_sent_on_to_https_and_programs_are_refused_without() -> None:
    client = Client()
    assert client.get("/register/")["Location"].startswith("https://")
    for where in ("/api/v1/register/editions", "/api/v1/ledger/head"):
        answer = client.get(where, headers={"authorization": "Bearer sharewell_x"})
        assert answer.status_code == 403
        assert "HTTPS alone" in answer.json()["title"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert client.get(where, secure=True).status_code in (200, 401)


def test_no_name_begins_a_header_of_an_email(make_person: MakePerson, sign_in: SignIn) -> None:
    person = make_person("administrator", name="Ann")
    sign_in(person).post(
        reverse("me:edit"), {"name": "Ann\r\nBcc: evil@example.org", "wants_email": "on"}
    )
    person.refresh_from_db()
    assert person.name == "Ann Bcc: evil@example.org"
    notify(person, "A release\r\nBcc: evil@example.org", "It waits.")
    assert mail.outbox[-1].subject == "Sharewell: A release Bcc: evil@example.org"
    assert mail.outbox[-1].recipients() == [person.email]


def test_a_session_that_somebody_fixed_before_is_worth_nothing(make_person: MakePerson) -> None:
    person = make_person(second_factor=False)
    victim = Client()
    victim.get("/account/login/")
    victim.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32
    victim.post("/account/login/", {"login": person.email, "password": "four quiet words here"})
    assert victim.get("/account/me/").status_code == 200
    assert victim.cookies[settings.SESSION_COOKIE_NAME].value != "x" * 32
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32
    assert thief.get("/account/me/").status_code == 302


@pytest.mark.parametrize(
    "where",
    [
        "/register/editions/..%2f..%2fsecret/files.csv",
        "/register/editions/2024-01/..%2f..%2fsecret.csv",
        "/register/agreements/..%2f..%2fetc%2fpasswd/",
        "/static/../secret",
        "/static/..%2f..%2fsecret",
        "/static/%2e%2e/%2e%2e/settings.py",
        "/api/v1/register/editions/..%2fsecret",
    ],
)
def test_no_address_leads_out_of_its_place(where: str) -> None:
    taken_in()
    assert Client().get(where).status_code in (404, 422)


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_no_page_sends_to_another_site(elsewhere: str, make_person: MakePerson) -> None:
    person = make_person(second_factor=False)
    answer = Client().post(
        "/account/login/",
        {"login": person.email, "password": "four quiet words here", "next": elsewhere},
    )
    assert answer.status_code == 302
    assert "evil" not in answer["Location"]


def test_a_false_host_is_not_answered() -> None:
    assert Client(headers={"host": "evil.example"}).get("/register/").status_code == 400


def test_what_a_register_says_reaches_no_header_and_runs_nothing() -> None:
    said = 'x"\r\nSet-Cookie: a=b <img src=x onerror=alert(1)>'
    bad = replace(AGREEMENT, title=said, organisation=said)
    Intake(Series.OFFICIAL, "a test").take_in(edition(agreements=[bad], digest="3" * 64))
    for where in ("/register/", f"/register/agreements/{AGREEMENT.reference}/"):
        answer: Any = Client().get(where)
        assert "<img src=x" not in answer.content.decode()
        assert "a" not in answer.cookies
