"""Signing in: passwords, second factors, rates, sessions; and what every answer carries."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.usersessions.models import UserSession
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from sharewell.service.accounts.models import SignIn, User

MakePerson = Callable[..., User]
SignIn_ = Callable[[User], Client]
PASSWORD = "four quiet words here"
NEW = "seven lamps over water"
LOGIN = {"login": "person1@example.org", "password": PASSWORD}


def code_of(person: User) -> str:
    """What the person's authenticator app shows now."""
    secret = get_adapter().decrypt(
        Authenticator.objects.get(user=person, type="totp").data["secret"]
    )
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def test_a_password_alone_does_not_sign_in_who_has_a_second_factor(
    make_person: MakePerson,
) -> None:
    person = make_person("auditor")
    client = Client()
    response = client.post(reverse("account_login"), LOGIN)
    assert response["Location"].startswith(reverse("mfa_authenticate"))
    assert client.get(reverse("jobs:list")).status_code == 302
    anonymous_key = client.session.session_key
    response = client.post(reverse("mfa_authenticate"), {"code": code_of(person)})
    assert response["Location"] == "/"
    assert client.get(reverse("jobs:list")).status_code == 200
    assert client.session.session_key != anonymous_key, "no session is taken over"
    assert [entry.outcome for entry in person.sign_ins.all()] == ["signed in"]


def test_a_recovery_code_works_once(make_person: MakePerson) -> None:
    person = make_person("auditor")
    codes = Authenticator.objects.get(user=person, type="recovery_codes").wrap()
    code = codes.get_unused_codes()[0]
    for attempt, status in ((1, 302), (2, 200)):
        client = Client()
        client.post(reverse("account_login"), LOGIN)
        answer = client.post(reverse("mfa_authenticate"), {"code": code})
        assert answer.status_code == status, attempt


def test_a_code_of_an_authenticator_works_once(make_person: MakePerson) -> None:
    person = make_person("auditor")
    code = code_of(person)
    for attempt, status in ((1, 302), (2, 200)):
        client = Client()
        client.post(reverse("account_login"), LOGIN)
        answer = client.post(reverse("mfa_authenticate"), {"code": code})
        assert answer.status_code == status, attempt


def test_guessing_is_slowed_for_all_workers_alike(make_person: MakePerson) -> None:
    make_person(second_factor=False)
    for _ in range(10):
        answer = Client().post(reverse("account_login"), LOGIN | {"password": "wrong"})
    assert "Too many failed login attempts" in answer.content.decode()
    assert settings.CACHES["default"]["BACKEND"].endswith("DatabaseCache")
    right = Client().post(reverse("account_login"), LOGIN)
    assert right.status_code == 200, "also with the right password, for a while"
    assert SignIn.objects.filter(outcome="wrong password").count() >= 5


def test_second_factors_are_sealed_in_the_database(make_person: MakePerson) -> None:
    person = make_person("auditor")
    for kind, field in (("totp", "secret"), ("recovery_codes", "seed")):
        kept = Authenticator.objects.get(user=person, type=kind).data[field]
        assert kept.startswith("sealed:")
        text = get_adapter().decrypt(kept)
        assert text not in kept
        with override_settings(SECRET_KEY="another" * 8), pytest.raises(InvalidToken):
            get_adapter().decrypt(kept)
        with override_settings(
            SECRET_KEY="another" * 8, SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]
        ):
            assert get_adapter().decrypt(kept) == text, "the secret can be changed"
    assert get_adapter().decrypt("JBSWY3DP") == "JBSWY3DP", "kept before there was a seal"


def test_wrong_passwords_are_told_by_email_once(make_person: MakePerson) -> None:
    make_person(second_factor=False, wants_email=False)
    for count in range(1, 8):
        Client().post(reverse("account_login"), LOGIN | {"password": "wrong"})
        Client().post(reverse("account_login"), LOGIN | {"login": "nobody@example.org"})
        assert len(mail.outbox) == (count >= 5), count
    assert mail.outbox[0].to == ["person1@example.org"]
    assert "wrong password for your account 5 times" in mail.outbox[0].body


def test_a_sign_in_from_where_nobody_was_seen_is_told_by_email(make_person: MakePerson) -> None:
    make_person(second_factor=False)
    places = [
        ("192.0.2.1", "Firefox", 0),  # the first of all
        ("192.0.2.1", "Chromium", 0),  # another browser, in the same place
        ("198.51.100.7", "Firefox", 0),  # the same browser, elsewhere
        ("203.0.113.9", "curl", 1),
        ("203.0.113.9", "curl", 1),  # known from now on
    ]
    for ip, browser, letters in places:
        client = Client(REMOTE_ADDR=ip, headers={"User-Agent": browser})
        assert client.post(reverse("account_login"), LOGIN).status_code == 302
        assert len(mail.outbox) == letters, (ip, browser)
    assert "203.0.113.9 with curl" in mail.outbox[0].body


def test_nobody_learns_who_has_an_account(make_person: MakePerson) -> None:
    make_person(second_factor=False)
    known = Client().post(reverse("account_login"), LOGIN | {"password": "wrong"})
    unknown = Client().post(reverse("account_login"), LOGIN | {"login": "nobody@example.org"})
    said = "This email address and this password do not belong together."
    assert said in known.content.decode()
    assert said in unknown.content.decode()
    for address in ("person1@example.org", "nobody@example.org"):
        answer = Client().post(reverse("account_reset_password"), {"email": address})
        assert answer["Location"] == reverse("account_reset_password_done")
    assert [letter.to for letter in mail.outbox] == [["person1@example.org"]]


def test_nobody_signs_up(db: None) -> None:
    answer = Client().post(reverse("account_signup"), {"email": "x@example.org", "password1": NEW})
    assert not User.objects.exists()
    assert "Sign Up Closed" in answer.content.decode()


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("short words", "too short"),
        ("manchesterunited", "too common"),
        ("annabel's own words", "contains 'annabel'"),
        ("sharewell is lovely", "contains 'sharewell'"),
        ("Password-1234", "soon be guessed"),
        ("P4ssw0rd!!!!", "soon be guessed"),
        ("letmeinletmein", "soon be guessed"),
        ("1qaz2wsx3edc4rfv", "soon be guessed"),
        ("x" * 128, "soon be guessed"),
        ("four quiet words here", None),
        ("correcthorsebattery", None),
        ("kitten-over-lamp " * 7 + "again", None),
    ],
)
def test_passwords_are_long_and_not_soon_guessed_and_nothing_else(
    password: str, said: str | None
) -> None:
    person = User(name="Annabel Lee", email="al@example.org")
    if said is None:
        validate_password(password, person)
        return
    with pytest.raises(ValidationError, match=said):
        validate_password(password, person)


@override_settings(PASSWORD_PROFILE="IMS")
def test_the_ims_profile_wants_signs_and_digits() -> None:
    with pytest.raises(ValidationError, match="a capital letter and a digit and a sign"):
        validate_password("four quiet words here".replace(" ", ""))
    validate_password("Four quiet words, 4 of them")


def test_the_ims_profile_wants_a_new_password_after_sixty_days(
    make_person: MakePerson, sign_in: SignIn_
) -> None:
    person = make_person("auditor")
    User.objects.update(password_set=timezone.now() - timedelta(days=61))
    client = sign_in(person)
    assert client.get(reverse("jobs:list")).status_code == 200, "NCSC: never for its age"
    with override_settings(PASSWORD_PROFILE="IMS"):
        assert client.get(reverse("jobs:list"))["Location"] == reverse("account_change_password")
        changed = {
            "oldpassword": PASSWORD,
            "password1": "Seven lamps, 1 river",
            "password2": "Seven lamps, 1 river",
        }
        client.post(reverse("account_change_password"), changed)
        assert client.get(reverse("jobs:list")).status_code == 200
    assert "password" in mail.outbox[-1].subject.lower(), "the change is told by email"


@override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.Argon2PasswordHasher"])
def test_passwords_are_kept_as_argon2id(db: None) -> None:
    person = User.objects.create_user("a@example.org", NEW, name="A")
    assert person.password.startswith("argon2$argon2id$")
    assert person.check_password(NEW)


def test_the_settings_hash_with_argon2id_alone() -> None:
    from sharewell.service import settings as shipped

    assert shipped.PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"]


# Sessions


def test_who_signs_in_again_goes_on_under_another_key(
    make_person: MakePerson, sign_in: SignIn_
) -> None:
    ann = make_person("auditor")
    client, me = sign_in(ann), reverse("me:account")
    client.get(me)
    old = client.session.session_key
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert client.session.session_key != old
    assert client.get(me).status_code == 200
    stale = Client()
    stale.cookies[settings.SESSION_COOKIE_NAME] = old
    assert stale.get(me).status_code == 302
    (listed,) = UserSession.objects.filter(user=ann)
    assert listed.session_key == client.session.session_key
    assert ann.sign_ins.first().outcome == "signed in again"


def test_a_wrong_second_factor_is_noted(make_person: MakePerson, sign_in: SignIn_) -> None:
    ann = make_person("auditor")
    sign_in(ann).post(reverse("mfa_reauthenticate"), {"code": "000000"})
    assert ann.sign_ins.first().outcome == "wrong second factor"


def _age(client: Client, name: str, seconds: float) -> None:
    session = client.session
    session[name] = int(time.time() - seconds)
    session.save()


def test_a_session_ends_when_it_was_idle_too_long(
    make_person: MakePerson, sign_in: SignIn_
) -> None:
    client = sign_in(make_person())
    client.get(reverse("jobs:list"))
    _age(client, "seen", 29 * 60)
    assert client.get(reverse("jobs:list")).status_code == 200
    _age(client, "seen", 31 * 60)
    answer = client.get(reverse("jobs:list"), follow=True)
    assert answer.redirect_chain[0][0].startswith(reverse("account_login"))
    assert "not active for a while" in answer.content.decode()


def test_a_session_ends_when_it_was_long_however_busy(
    make_person: MakePerson, sign_in: SignIn_
) -> None:
    client = sign_in(make_person())
    client.get(reverse("jobs:list"))
    _age(client, "started", 12 * 3600 + 60)
    assert client.get(reverse("jobs:list")).status_code == 302


def test_staying_extends_an_idle_session(make_person: MakePerson, sign_in: SignIn_) -> None:
    client = sign_in(make_person())
    client.get(reverse("jobs:list"))
    _age(client, "seen", 29 * 60)
    assert client.post(reverse("me:stay")).status_code == 204
    assert time.time() - client.session["seen"] < 60
    page = client.get(reverse("jobs:list")).content.decode()
    assert 'data-timeout="1800" data-warning="300"' in page
    assert "After 30 minutes without activity" in page, "said also without JavaScript"


def test_other_sessions_are_listed_and_can_be_ended(
    make_person: MakePerson, sign_in: SignIn_
) -> None:
    person = make_person()
    here, there = sign_in(person), sign_in(person)
    for client in (here, there):
        assert client.get(reverse("jobs:list")).status_code == 200
    assert here.get(reverse("usersessions_list")).content.decode().count("127.0.0.1") >= 2
    here.post(reverse("usersessions_list"))
    assert here.get(reverse("jobs:list")).status_code == 200
    assert there.get(reverse("jobs:list")).status_code == 302


# Every answer


def test_every_answer_is_strict(make_person: MakePerson, sign_in: SignIn_) -> None:
    answer = sign_in(make_person()).get(reverse("me:account"))
    policy = dict(
        part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cache-Control"] == "no-store"
    page = answer.content.decode()
    assert " style=" not in page
    assert " onclick" not in page


def test_pages_that_are_not_there_or_not_allowed_are_as_strict(db: None) -> None:
    answer = Client().get("/nowhere/")
    assert answer.status_code == 404
    assert "Content-Security-Policy" in answer
    assert "Page not found" in answer.content.decode()


def test_a_form_from_another_site_is_not_taken(make_person: MakePerson) -> None:
    person = make_person()
    client = Client(enforce_csrf_checks=True)
    client.force_login(person, "allauth.account.auth_backends.AuthenticationBackend")
    answer = client.post(reverse("me:stay"))
    assert answer.status_code == 403
    assert "The form was not sent" in answer.content.decode()


def test_cookies_are_out_of_reach_of_scripts(make_person: MakePerson) -> None:
    make_person(second_factor=False)
    client = Client()
    client.get(reverse("account_login"))
    client.post(reverse("account_login"), LOGIN)
    for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME):
        cookie: Any = client.cookies[name]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
