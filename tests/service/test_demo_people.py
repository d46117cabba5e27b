"""Invented people: one for each role, who sign in as anybody else does, on one machine alone."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.urls import reverse

from sharewell.service.accounts import demo
from sharewell.service.accounts.errors import AccountError
from sharewell.service.accounts.interface import roles_of
from sharewell.service.accounts.models import User
from sharewell.service.accounts.roles import ROLES


def test_each_role_has_somebody_who_can_sign_in() -> None:
    people = demo.make_people()
    assert {person.role for person in people} == set(ROLES)
    assert [person.role for person in people].count("output reviewer") == 2, "a release needs two"
    assert demo.make_people() == people, "nobody is made twice"
    for person in people:
        assert roles_of(User.objects.get(email=person.email)) == {person.role}
    client = Client()
    reviewer = next(person for person in people if person.called == "output reviewer")
    client.post(reverse("account_login"), {"login": reviewer.email, "password": reviewer.password})
    client.post(reverse("mfa_authenticate"), {"code": demo.code(reviewer.email)})
    assert client.get(reverse("jobs:list")).status_code == 200


def test_there_are_none_in_production() -> None:
    production = replace(settings.CONFIG, address="https://sharewell.example.org")
    with override_settings(CONFIG=production):
        with pytest.raises(AccountError, match="not for production"):
            demo.make_people()
        with pytest.raises(AccountError, match="not for production"):
            demo.code("output.reviewer@demo.invalid")


def test_a_code_that_is_about_to_end_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    now, slept = [30 * 1000 + 25.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    monkeypatch.setattr(demo, "time", SimpleNamespace(time=lambda: now[0], sleep=sleep))
    monkeypatch.setattr(demo, "code", lambda _email: str(int(now[0] // 30)))
    assert demo.code_with_time_to_type("x") == "1001"
    assert demo.code_with_time_to_type("x") == "1001"
    assert slept == [5.0]


def test_nobody_elses_code_is_shown(make_person: object) -> None:
    with pytest.raises(AccountError, match="not one of the invented"):
        demo.code("person1@example.org")
