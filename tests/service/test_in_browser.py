"""The pages in a real browser: joining and signing in, the keyboard, phones, no JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from address_table import Asked
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from browsing import PHONE, check_page, check_phone, picture
from django.core import mail
from django.urls import reverse
from playwright.sync_api import Error, Page, expect
from test_addresses import PARTS

from sharewell.service.accounts import granting
from sharewell.service.accounts.models import Organisation, User
from sharewell.service.accounts.roles import ROLES
from sharewell.service.jobs.models import Job

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MakePerson = Callable[..., User]
Visit = Callable[..., Page]
PASSWORD = "four quiet words here"
NEW = "seven lamps over water"


def _code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


@pytest.mark.parametrize("javascript", [True, False])
def test_invited_joined_and_signed_in_with_a_second_factor(
    javascript: bool, make_person: MakePerson, organisation: Organisation, visit: Visit
) -> None:
    root = make_person(name="Root (invented)")
    granting.give_everything(root)
    page = visit("/people/", root, java_script_enabled=javascript)
    page.get_by_role("button", name="Invite somebody").click()
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_role("link", name="Enter their email address.")).to_be_visible()
    if javascript:
        check_page(page)
        assert page.title().startswith("Error: ")
    page.goto("/people/invite/")
    page.get_by_label("Email address").fill("viv@example.org")
    page.get_by_label("Name").fill("Viv (invented)")
    page.get_by_label("Organisation").select_option("Home Office")
    page.get_by_label("Role").select_option("Output reviewer")
    if javascript:
        picture(page, "invite")
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text("Viv (invented) is invited")).to_be_visible()

    link = re.search(r"http://localhost:8000(/join/\S+)", mail.outbox[0].body)
    assert link
    page = visit(link[1], java_script_enabled=javascript)
    page.get_by_label("A password").fill("short")
    page.get_by_role("button", name="Make my account").click()
    expect(page.get_by_role("link", name=re.compile("too short"))).to_be_visible()
    page.get_by_label("A password").fill(NEW)
    page.get_by_role("button", name="Make my account").click()
    secret = page.get_by_label("Authenticator secret").input_value()
    if javascript:
        check_page(page)
        picture(page, "second-factor")
    page.get_by_label("Authenticator code").fill(_code(secret))
    page.get_by_role("button", name="Activate").click()
    codes = page.get_by_label("Unused codes").input_value().split()
    assert len(codes) == 10
    if javascript:
        check_page(page)

    page.goto("/account/logout/")
    page.get_by_role("button", name="Sign out").click()
    page.goto("/jobs/")
    page.get_by_label("Email address").fill("viv@example.org")
    page.get_by_label("Password").fill(NEW)
    page.get_by_role("button", name="Sign in").click()
    if javascript:
        check_page(page)
    page.get_by_label("Code", exact=False).first.fill(codes[0])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Jobs")).to_be_visible()
    page.get_by_role("link", name="My account").click()
    expect(page.get_by_text("Reviews what others ask to release.")).to_be_visible()
    if javascript:
        picture(page, "my-account")


@pytest.mark.parametrize("part", PARTS)
def test_every_page_of_the_table_is_for_everybody(
    part: str, make_person: MakePerson, visit: Visit
) -> None:
    """axe finds nothing and nothing scrolls sideways, on each page that the table names."""
    person = make_person(*ROLES, name="Long-Name Of-The-Person (invented)")
    page = visit("/", person, viewport=PHONE)
    checked = 0
    for name, address in PARTS[part].items():
        if address.method != "get":
            continue
        where = reverse(name, kwargs=address.own(Asked(person, "administrator", make_person)))
        if _shows_a_page(page, where):
            check_phone(page)
            checked += 1
    assert checked, "no page of this part was looked at"


def _shows_a_page(page: Page, where: str) -> bool:
    """Opens it; False where there is a file, or nothing, instead of a page."""
    try:
        answer = page.goto(where)
    except Error as error:
        if "Download is starting" not in error.message:
            raise
        return False
    assert answer is not None
    return answer.status in (200, 410) and "html" in answer.headers["content-type"]


def test_pages_of_those_who_are_not_signed_in_or_not_allowed_are_for_everybody(
    make_person: MakePerson, visit: Visit
) -> None:
    for where in ("/account/login/", "/nowhere/", "/account/password/reset/"):
        check_page(visit(where))
    check_page(visit("/people/", make_person("auditor")))


def test_a_jobs_page_follows_it_by_itself(make_person: MakePerson, visit: Visit) -> None:
    ann = make_person()
    job = Job.objects.create(kind="x", title="Import the register", who=ann)
    page = visit(reverse("jobs:job", args=[job.pk]), ann)
    expect(page.get_by_text("Waiting", exact=True)).to_be_visible()
    Job.objects.filter(pk=job.pk).update(state="done", progress=100, result="/")
    expect(page.get_by_role("button", name="See the result")).to_be_visible()
    check_page(page)


def test_signing_in_with_the_keyboard_alone(make_person: MakePerson, visit: Visit) -> None:
    person = make_person(second_factor=False)
    page = visit("/account/login/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Email address")).to_be_focused()
    page.keyboard.type(person.email)
    page.keyboard.press("Tab")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    summary = page.get_by_role("alert")
    expect(summary).to_be_visible()
    page.get_by_label("Password").focus()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    menu = page.get_by_role("navigation", name="Menu")
    expect(menu.get_by_role("link", name="My account")).to_be_visible()


def test_the_time_out_is_warned_of_and_can_be_extended(
    make_person: MakePerson, visit: Visit, settings: Any
) -> None:
    settings.SESSION_IDLE = timedelta(seconds=4)
    settings.SESSION_WARNING = timedelta(seconds=2)
    page = visit("/account/me/", make_person())
    dialog = page.get_by_role("alertdialog")
    expect(dialog).to_be_hidden()
    expect(dialog).to_be_visible()
    check_page(page)
    with page.expect_response("**/stay/"):
        page.get_by_role("button", name="Stay signed in").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible(timeout=15_000)


def test_a_security_key_is_a_second_factor(make_person: MakePerson, visit: Visit) -> None:
    person = make_person("auditor")
    page = visit("/account/2fa/webauthn/add/", person)
    developer = page.context.new_cdp_session(page)
    developer.send("WebAuthn.enable")
    developer.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "usb",
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    page.get_by_label("Name").fill("My key")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("You have added 1 security key.")).to_be_visible()
    assert Authenticator.objects.filter(user=person, type="webauthn").count() == 1
    page.goto("/account/logout/")
    page.get_by_role("button", name="Sign out").click()
    page.goto("/jobs/")
    page.get_by_label("Email address").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Use a security key").click()
    expect(page.get_by_role("heading", name="Jobs")).to_be_visible()
