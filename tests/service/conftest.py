"""People, organisations and a ledger for the tests of the service.

All of them share one database on the session's server: Django's tables in its own schema, and
the ledger, which keeps what each test appended (``recorded`` gives the test's own entries).
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connections
from django.test import Client
from django.utils import timezone
from monitoring_rows import let_tests_empty_tables
from playwright.sync_api import Browser, Page, sync_playwright
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from sharewell.ledger import Entry
from sharewell.service import database as service_database
from sharewell.service import home as service_home
from sharewell.service.accounts.models import Grant, Organisation, User

# Playwright keeps an event loop in the thread in which Django's tests make their records.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

PASSWORD = "four quiet words here"
_NAME = "service_tests"


@pytest.fixture(scope="session")
def _service_database(_server: str) -> str:
    with psycopg.connect(_server, autocommit=True) as connection:
        connection.execute(
            SQL("CREATE DATABASE {} TEMPLATE sharewell_template").format(Identifier(_NAME))
        )
    conninfo = make_conninfo(_server, dbname=_NAME)
    service_database.make_schema(conninfo)
    return conninfo


@pytest.fixture(scope="session")
def django_db_setup(_service_database: str, django_db_blocker: Any) -> Iterator[None]:
    """In place of pytest-django's: our schema in the session's embedded server."""
    connections["default"].settings_dict.update(service_database.settings_of(_service_database))
    connections["default"].settings_dict["CONN_MAX_AGE"] = 0
    with django_db_blocker.unblock():
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
        let_tests_empty_tables()
    yield
    if service_home.home.cache_info().currsize:
        service_home.home().ledger.close()
    with django_db_blocker.unblock():
        connections.close_all()
    shutil.rmtree(settings.SHAREWELL_HOME, ignore_errors=True)


@pytest.fixture(autouse=True)
def _in_the_service(_service_database: str, monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    """Every test of the service has its database, and finds the ledger in it."""
    monkeypatch.setenv("DATABASE_URL", _service_database)
    cache.clear()


@pytest.fixture
def recorded(db: None) -> Callable[..., list[Entry]]:
    """What this test appended to the ledger, of one kind or of all."""
    before = service_home.home().ledger.head().seq

    def entries(kind: str | None = None) -> list[Entry]:
        return list(service_home.home().ledger.entries(kind=kind, after=before))

    return entries


@pytest.fixture
def organisation(db: None) -> Organisation:
    """The Home Office, which invented people work for."""
    return Organisation.objects.get_or_create(
        short="Home Office", defaults={"name": "Home Office", "kind": "controller"}
    )[0]


@pytest.fixture
def make_person(organisation: Organisation) -> Callable[..., User]:
    """Makes a person with the roles given, who has a second factor when ``second_factor``."""

    def make(*roles: str, name: str = "", second_factor: bool = True, **fields: Any) -> User:
        number = User.objects.count() + 1
        fields.setdefault("organisation", organisation)
        person = User.objects.create_user(
            fields.pop("email", f"person{number}@example.org"),
            PASSWORD,
            name=name or f"Person {number} (invented)",
            **fields,
        )
        person.emailaddress_set.create(email=person.email, verified=True, primary=True)
        for role in roles:
            Grant.objects.create(
                person=person,
                role=role,
                organisation=person.organisation,
                starts=timezone.localdate() - timedelta(days=1),
            )
        if second_factor:
            TOTP.activate(person, generate_totp_secret())
            RecoveryCodes.activate(person)
        return person

    return make


@pytest.fixture
def sign_in() -> Callable[[User], Client]:
    """A browser in which the person just gave their password (and second factor, if any)."""

    def signed_in(person: User) -> Client:
        client = Client()
        client.force_login(person, "allauth.account.auth_backends.AuthenticationBackend")
        session = client.session
        now = timezone.now().timestamp()
        methods: list[dict[str, Any]] = [
            {"method": "password", "at": now, "email": person.email, "reauthenticated": True}
        ]
        if factor := Authenticator.objects.filter(user=person, type="totp").first():
            methods.append({"method": "mfa", "at": now, "id": factor.pk, "type": "totp"})
        methods[-1]["reauthenticated"] = True
        session["account_authentication_methods"] = methods
        session["account_authentication_methods_user"] = str(person.pk)
        session.save()
        return client

    return signed_in


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs Debian's Chromium: apt-get install chromium")
    arguments = ["--no-sandbox", "--disable-background-networking", "--disable-gpu"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium, args=[*arguments, "--headless=new"]
        )
        yield started
        started.close()


def _wait_for_the_server() -> None:
    """Until it answers nobody any more: what a closed page had asked for may still be in work, and
    the tables are emptied next."""
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND state IN ('active', 'idle in transaction')"
    )
    deadline = time.monotonic() + 20
    with connections["default"].cursor() as cursor:
        while cursor.execute(others).fetchone() != (0,) and time.monotonic() < deadline:
            time.sleep(0.05)


@pytest.fixture
def visit(browser: Browser, live_server: Any, sign_in: Any) -> Iterator[Callable[..., Page]]:
    """Opens a page in a new browser window, signed in as somebody or as nobody.

    At the end: nothing was fetched from elsewhere, and the console said nothing (so the content
    security policy stopped nothing either).
    """
    opened: list[tuple[Page, list[str]]] = []

    def open_page(where: str, person: User | None = None, **options: Any) -> Page:
        context = browser.new_context(base_url=live_server.url, **options)
        context.set_default_timeout(10_000)
        if person is not None:
            cookie = sign_in(person).cookies[settings.SESSION_COOKIE_NAME]
            context.add_cookies(
                [{"name": cookie.key, "value": cookie.value, "url": live_server.url}]
            )
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(f"{message.text} ({page.url})"))
        page.on("pageerror", lambda error: said.append(f"{error} ({page.url})"))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((live_server.url, "data:"))
                else said.append(f"fetched {request.url}")
            ),
        )
        opened.append((page, said))
        page.goto(where)
        return page

    yield open_page
    for page, _said in opened:
        page.context.close()
    _wait_for_the_server()
    for _page, said in opened:
        unexpected = [line for line in said if "Failed to load resource" not in line]
        assert unexpected == []
