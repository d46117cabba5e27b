"""Every address by every role: allowed, refused, not found.

Each app has its rows in ``addresses_<app>.py``. An address that is in none of them fails here.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
from address_table import ANONYMOUS, EVERYBODY, NO_ROLE, Address, Asked
from django.core import checks
from django.test import Client
from django.urls import reverse

from sharewell.service.accounts.models import User
from sharewell.service.gate import addresses

PARTS: dict[str, dict[str, Address]] = {
    part.stem.removeprefix("addresses_"): import_module(part.stem).ADDRESSES
    for part in sorted(Path(__file__).parent.glob("addresses_*.py"))
}
TABLE: dict[str, Address] = {name: row for part in PARTS.values() for name, row in part.items()}

MakePerson = Callable[..., User]
SignIn = Callable[[User], Client]


def test_every_address_is_in_the_table_and_the_table_has_no_other() -> None:
    assert {name for name, _route, _view in addresses()} == set(TABLE)


def test_every_view_declares_who_may_see_it() -> None:
    assert checks.run_checks() == []


@pytest.mark.parametrize("role", EVERYBODY)
def test_an_address_answers_each_role_as_the_table_says(
    role: str, make_person: MakePerson, sign_in: SignIn
) -> None:
    roles = () if role in (ANONYMOUS, NO_ROLE) else (role,)

    def arrive() -> tuple[User | None, Client]:
        person = None if role == ANONYMOUS else make_person(*roles)
        return person, sign_in(person) if person else Client()

    person, client = arrive()
    for name, address in TABLE.items():
        asked = Asked(person, role, make_person)
        where = reverse(name, kwargs=address.own(asked))
        response = getattr(client, address.method)(where)
        if role in address.seen_by:
            assert response.status_code in address.answers, f"{name} for {role}"
        elif person is None:
            assert response.status_code == 302, f"{name} for {role}"
            assert response["Location"].startswith(reverse("account_login")), name
        else:
            assert response.status_code == 403, f"{name} for {role}"
        assert "Content-Security-Policy" in response, name
        # Who only read, or was refused, is as before and goes on; after a change, somebody new.
        if role in address.seen_by and address.method != "get":
            person, client = arrive()


@pytest.mark.parametrize("role", [role for role in EVERYBODY if role != ANONYMOUS])
def test_somebody_elses_record_is_not_found(
    role: str, make_person: MakePerson, sign_in: SignIn
) -> None:
    person = make_person(*(() if role == NO_ROLE else (role,)))
    client = sign_in(person)
    for name, address in TABLE.items():
        if address.other is None or role not in address.seen_by:
            continue
        where = reverse(name, kwargs=address.other(Asked(person, role, make_person)))
        response = getattr(client, address.method)(where)
        assert response.status_code in address.other_answers, f"{name} for {role}"
