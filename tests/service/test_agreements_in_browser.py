"""An agreement in a real browser: read, asked, drafted, signed by two people, in force."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from agreement_texts import new_reference, text
from browsing import check_page, picture
from django.utils import timezone
from playwright.sync_api import Page, expect

from sharewell.service.accounts.models import Organisation, User

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DRUGS = "DARS-NIC-698171-K4M0B"
MakePerson = Callable[..., User]
Visit = Callable[..., Page]


def test_read_asked_drafted_and_signed_by_two(
    make_person: MakePerson, organisation: Organisation, visit: Visit, tmp_path: Path
) -> None:
    nhs = Organisation.objects.create(short="NHS England", name="NHS England", kind="supplier")
    manager = make_person("agreement manager", name="Max Manager (invented)")
    hope = make_person("signatory", name="Hope Home (invented)")
    nell = make_person("signatory", name="Nell North (invented)", organisation=nhs)

    page = visit(f"/agreements/{DRUGS}/", manager)
    expect(page.get_by_text("No ethnicity or gender data will be shared.").first).to_be_visible()
    page.get_by_role("button", name="Ask this agreement").click()
    page.get_by_label("Who does it").select_option("Home Office")
    page.get_by_label("What is to be done").select_option("extract")
    page.get_by_label("To whom").fill("LSE")
    page.get_by_label("Ethnic group", exact=True).check()
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_text("Refused", exact=True)).to_be_visible()
    check_page(page)

    reference = new_reference()
    file = tmp_path / "agreement.yaml"
    page.goto("/agreements/new/")
    file.write_bytes(text(reference).replace(b"role: supplier", b"role: giver"))
    page.get_by_label("The agreement's file").set_input_files(file)
    page.get_by_role("button", name="Keep as a draft").click()
    expect(page.get_by_role("alert").get_by_text("'role' cannot be 'giver'")).to_be_visible()
    check_page(page)
    file.write_bytes(text(reference, first=timezone.localdate()))
    page.get_by_label("The agreement's file").set_input_files(file)
    page.get_by_role("button", name="Keep as a draft").click()
    expect(page.get_by_role("alert").get_by_text("is a draft")).to_be_visible()
    page.get_by_role("button", name="Issue for signature").click()
    check_page(page)
    page.get_by_label("The text is ready").check()
    page.get_by_role("button", name="Issue for signature").click()
    expect(page.get_by_text("Still to sign: NHS England, Home Office.")).to_be_visible()
    check_page(page)

    for person, said in ((hope, "Still to sign: NHS England."), (nell, "All have signed.")):
        page = visit("/agreements/", person)
        page.locator(".govuk-summary-card", has_text=reference).get_by_role("link").click()
        page.get_by_role("button", name="Sign", exact=True).click()
        check_page(page)
        page.get_by_label("I have read the text").check()
        if person is hope:
            picture(page, "sign-agreement")
        page.get_by_role("button", name="Sign", exact=True).click()
        expect(page.get_by_text(said)).to_be_visible()
    page.get_by_role("link", name="See it as an agreement").click()
    expect(page.get_by_text("In force", exact=True).first).to_be_visible()
    expect(page.get_by_text(re.compile("27 March 2027"))).to_have_count(0)


@pytest.mark.parametrize("javascript", [True, False])
def test_the_guided_form_leads_on_and_says_what_is_missing(
    javascript: bool, make_person: MakePerson, visit: Visit
) -> None:
    page = visit(
        "/agreements/new/", make_person("agreement manager"), java_script_enabled=javascript
    )
    page.get_by_role("button", name="Begin the form").click()
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_role("link", name="Enter: reference.")).to_be_visible()
    for label, value in (
        ("Reference", new_reference()),
        ("Version", "1.0"),
        ("Title", "Drugs"),
        ("Title of the document", "Data sharing agreement"),
        ("By whom", "NHS England"),
        ("The words of the term", "Two years."),
        ("The words that limit", "These data alone."),
    ):
        page.get_by_label(label).first.fill(value)
    page.get_by_label("Title", exact=True).fill("Drugs")
    for name, day in (("First day", ("1", "12", "2026")), ("Last day", ("30", "11", "2028"))):
        group = page.get_by_role("group", name=name)
        for part, value in zip(("Day", "Month", "Year"), day, strict=True):
            group.get_by_label(part).fill(value)
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_role("heading", name="Parties")).to_be_visible()
    page.get_by_role("button", name="Add another: party").click()
    expect(page.get_by_text("Party 3")).to_be_visible()
    if javascript:
        for number in range(2, 9):
            page.goto(f"/agreements/new/{number}/")
            check_page(page)
