"""Agreements on their way, in the browser: drafted, signed by all, amended, renewed, ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from agreement_texts import new_reference, text
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from sharewell.agreements import read_agreement
from sharewell.flows.agreeing import find_recorded
from sharewell.ledger import Entry
from sharewell.service.accounts.models import Organisation, User
from sharewell.service.home import home
from sharewell.service.register.work import take_in_own

MakePerson = Callable[..., User]
SignIn = Callable[[User], Client]
Recorded = Callable[..., list[Entry]]


@pytest.fixture
def nhs() -> Organisation:
    return Organisation.objects.get_or_create(
        short="NHS England", defaults={"name": "NHS England", "kind": "supplier"}
    )[0]


@pytest.fixture
def manager(make_person: MakePerson, sign_in: SignIn) -> Client:
    return sign_in(make_person("agreement manager", name="Max (invented)"))


def _upload(client: Client, raw: bytes, name: str = "mine.yaml", **more: str) -> Any:
    return client.post(reverse("agreements:new"), {"file": SimpleUploadedFile(name, raw), **more})


def _seen(name: str) -> str:
    terms = find_recorded(home(), name).life.terms
    assert terms
    return terms.digest


def _step(client: Client, name: str, verb: str, seen: str = "", follow: bool = True) -> str:
    answer = client.post(
        reverse(f"agreements:{verb}", args=[name]),
        {"sure": "on", "seen": seen or _seen(name)},
        follow=follow,
    )
    return answer.content.decode()


def _day(field: str, day: date) -> dict[str, str]:
    return {f"{field}_{n}": str(v) for n, v in enumerate((day.day, day.month, day.year))}


def _signed(manager: Client, make_person: MakePerson, sign_in: SignIn, nhs: Organisation) -> str:
    reference = new_reference()
    name = f"{reference}-v1.0"
    _upload(manager, text(reference))
    _step(manager, name, "issue")
    _step(sign_in(make_person("signatory")), name, "sign")
    page = _step(sign_in(make_person("signatory", organisation=nhs)), name, "sign")
    assert "All have signed." in page
    return reference


def test_uploaded_issued_and_signed_by_two_it_is_an_agreement(
    manager: Client, make_person: MakePerson, sign_in: SignIn, nhs: Organisation, recorded: Recorded
) -> None:
    reference = new_reference()
    name = f"{reference}-v1.0"
    hope, nell = make_person("signatory"), make_person("signatory", organisation=nhs)
    answer = _upload(manager, text(reference))
    assert answer["Location"] == reverse("agreements:draft", args=[name])
    page = manager.get(answer["Location"]).content.decode()
    assert "Not yet" in page
    assert "not signing: London School" in page
    assert "Government<br>Police<br>Ministers</dt>" in page
    assert manager.get(reverse("agreements:agreement", args=[reference])).status_code == 404
    mail.outbox.clear()
    assert "Still to sign: NHS England, Home Office." in _step(manager, name, "issue")
    assert {letter.to[0] for letter in mail.outbox} == {hope.email, nell.email}
    assert "Still to sign: NHS England." in _step(sign_in(hope), name, "sign")
    assert "All have signed. It has effect from" in _step(sign_in(nell), name, "sign")
    assert manager.get(reverse("agreements:agreement", args=[reference])).status_code == 200
    steps = recorded("agreement")
    assert [entry.body["step"] for entry in steps] == ["draft", "issue", "sign", "sign"]
    assert steps[3].actor["name"] == nell.name


def test_what_was_signed_here_is_in_sharewells_own_register(
    manager: Client, make_person: MakePerson, sign_in: SignIn, nhs: Organisation
) -> None:
    reference = _signed(manager, make_person, sign_in, nhs)
    take_in_own("a test")
    page = Client().get(reverse("register:agreement", args=[reference]))
    assert page.status_code == 200
    assert "Every file with small numbers that was handed over is in the ledger." in (
        page.content.decode()
    )


def test_signing_asks_to_sign_in_again(
    manager: Client, make_person: MakePerson, sign_in: SignIn
) -> None:
    reference = new_reference()
    _upload(manager, text(reference))
    client = sign_in(make_person("signatory"))
    session = client.session
    hour_ago = timezone.now().timestamp() - 3600
    methods = session["account_authentication_methods"]
    session["account_authentication_methods"] = [{**each, "at": hour_ago} for each in methods]
    session.save()
    answer = client.get(reverse("agreements:sign", args=[f"{reference}-v1.0"]))
    assert answer.status_code == 302
    assert "reauthenticate" in answer["Location"]


def test_until_the_first_signature_it_can_be_changed_and_then_not(
    manager: Client, make_person: MakePerson, sign_in: SignIn, nhs: Organisation
) -> None:
    reference = new_reference()
    name = f"{reference}-v1.0"
    _upload(manager, text(reference))
    _step(manager, name, "issue")
    before = _seen(name)
    other = text(reference, last=timezone.localdate() + timedelta(days=200)).decode()
    where = reverse("agreements:change", args=[name])
    changed = {"text": other.replace("\n", "\r\n"), "seen": before}
    assert manager.post(where, changed).status_code == 302
    assert "another one now than you saw" in manager.post(where, changed).content.decode()
    assert manager.get(reverse("agreements:draft_file", args=[name])).content == other.encode()
    hope, nell = sign_in(make_person("signatory")), make_person("signatory", organisation=nhs)
    _step(manager, name, "issue")
    assert "another one now than you saw" in _step(hope, name, "sign", seen=before)
    _step(hope, name, "sign")
    assert "it is signed by some" in _step(manager, name, "withdraw").lower()
    assert "is issued" in _step(hope, name, "unsign")
    _step(hope, name, "sign")
    _step(sign_in(nell), name, "sign")
    assert "it is signed by all" in _step(hope, name, "unsign").lower()


def test_a_withdrawn_draft_is_gone_from_the_list(manager: Client) -> None:
    reference = new_reference()
    name = f"{reference}-v1.0"
    _upload(manager, text(reference))
    assert name in manager.get(reverse("agreements:list")).content.decode()
    _step(manager, name, "withdraw")
    assert name not in manager.get(reverse("agreements:list")).content.decode()


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "The file is empty."),
        (b"\xff\xfe\x00a", "mine.yaml, line 1: It is not UTF-8 text. Save it as UTF-8."),
        (b"a: &x [1]\nb: *x\n", "mine.yaml, line 2: It uses a YAML alias"),
        (b"!!python/object/apply:os.system [id]\n", "This is not an agreement"),
        (b"[" * 300, "mine.yaml, line 1: It is nested too deeply."),
        (
            b"reference: 1\nreference: 2\n",
            "mine.yaml, line 2: &#x27;reference&#x27; is given twice",
        ),
        (b"x" * 200_001, "Check that it is the right file."),
        (b"PK\x03\x04\x00\x00", "mine.yaml"),
        (b"<script>alert(1)</script>", "This is not an agreement."),
    ],
)
def test_a_hostile_file_is_refused_with_its_reason(
    manager: Client, recorded: Recorded, raw: bytes, said: str
) -> None:
    answer = _upload(manager, raw)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert "<script>alert" not in answer.content.decode()
    assert recorded("agreement") == []


def test_every_problem_of_a_file_is_said_with_line_clause_and_remedy(manager: Client) -> None:
    raw = text(new_reference()).decode()
    raw = raw.replace("role: supplier", "role: giver").replace("\n    to: [LSE]", "\n    to: [LSD]")
    page = _upload(manager, raw.encode()).content.decode()
    assert "clause nhs-england: &#x27;role&#x27; cannot be &#x27;giver&#x27;." in page
    assert "Use one of:" in page
    page = _upload(manager, raw.replace("role: giver", "role: supplier").encode()).content.decode()
    assert "clause extract-lse: There is no party called &#x27;LSD&#x27;." in page


def test_amended_it_shows_what_changes_before_it_is_signed(
    manager: Client, make_person: MakePerson, sign_in: SignIn, nhs: Organisation
) -> None:
    reference = _signed(manager, make_person, sign_in, nhs)
    where = reverse("agreements:amend", args=[reference])
    raw = manager.get(where).context["form"].initial["text"]
    assert read_agreement(raw.encode(), "x").version == "1.1"
    raw = raw.replace("to: [government, police, ministers]", "to: [government, police]")
    raw = raw.replace("No ethnicity or gender data will be shared.", "No such data will be shared.")
    first = read_agreement(raw.encode(), "x").term.first
    assert first > timezone.localdate()
    assert manager.post(where, {"text": raw}).status_code == 302
    name = f"{reference}-v1.1"
    _step(manager, name, "issue")
    page = sign_in(make_person("signatory")).get(reverse("agreements:sign", args=[name]))
    shown = page.content.decode()
    assert "Home Office may share to ministers for question-1." in shown
    assert "<del>ethnicity or gender</del><ins>such</ins>" in shown
    both = reverse("agreements:changes", args=[reference, "1.0", "1.0"])
    assert "No clause changes its words." in manager.get(both).content.decode()


def test_renewed_it_says_what_it_has_yielded(
    manager: Client, make_person: MakePerson, sign_in: SignIn, nhs: Organisation, recorded: Recorded
) -> None:
    reference = _signed(manager, make_person, sign_in, nhs)
    where = reverse("agreements:renew", args=[reference])
    today = timezone.localdate()
    form = {
        "version": "2.0",
        "words": "It is renewed.",
        **_day("first", today + timedelta(days=300)),
        **_day("last", today + timedelta(days=1500)),
    }
    assert "Say which benefits" in manager.post(where, form).content.decode()
    early = {**form, "yielded": "Two.", **_day("last", today + timedelta(days=400))}
    assert "Enter a later day." in manager.post(where, early).content.decode()
    answer = manager.post(where, {**form, "yielded": "Two briefings."})
    assert answer["Location"] == reverse("agreements:draft", args=[f"{reference}-v2.0"])
    page = manager.get(answer["Location"]).content.decode()
    assert "renewal" in page
    assert "Two briefings." in page
    assert recorded("agreement")[-1].body["yielded"] == "Two briefings."


def test_a_start_more_than_twelve_months_after_issue_is_refused(manager: Client) -> None:
    reference = new_reference()
    first = timezone.localdate() + timedelta(days=367)
    _upload(manager, text(reference, first=first))
    page = _step(manager, f"{reference}-v1.0", "issue")
    assert "twelve months later. Change the first day of its term." in page


def test_ended_it_says_why_and_which_duties_run(
    manager: Client, make_person: MakePerson, sign_in: SignIn, nhs: Organisation
) -> None:
    reference = _signed(manager, make_person, sign_in, nhs)
    where = reverse("agreements:end", args=[reference])
    assert "a certificate of destruction" in manager.get(where).content.decode()
    today = timezone.localdate()
    form = {**_day("until", today), "reason": "The work is done.", "sure": "on"}
    past = {**form, **_day("until", today - timedelta(days=1))}
    assert "it can be ended from" in manager.post(where, past).content.decode()
    page = manager.post(where, form, follow=True).content.decode()
    assert "The work is done." in page
    assert "These duties run:" in page
    assert "#clause-certificate-of-destruction" in page
    assert "Ended" in page
    assert "No version of" in manager.post(where, form).content.decode()


def test_a_manager_of_no_party_drafts_nothing(
    make_person: MakePerson, sign_in: SignIn, recorded: Recorded
) -> None:
    elsewhere = Organisation.objects.create(short="Elsewhere", name="Elsewhere", kind="auditor")
    client = sign_in(make_person("agreement manager", organisation=elsewhere))
    page = _upload(client, text(new_reference())).content.decode()
    assert "Elsewhere is no party of" in page
    assert recorded("agreement") == []
