"""A release in a real browser: asked for, prepared from invented records, reviewed twice,
released, handed over, fetched. The pictures of the docs come from here."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from browsing import check_page, picture
from django.core import mail
from django.urls import reverse
from playwright.sync_api import Page, expect
from release_rows import ANALYST, HERS, a_release

from sharewell.flows.importing import import_file
from sharewell.flows.people import Person
from sharewell.flows.supplying import supply
from sharewell.service.accounts.models import User
from sharewell.service.agreements.interface import at_hand
from sharewell.service.home import home
from sharewell.service.jobs.models import Job
from sharewell.service.jobs.queue import run_job
from sharewell.service.releases.models import Release
from sharewell.service.releases.states import State
from sharewell.synthesis import synthesise

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MakePerson = Callable[..., User]
Visit = Callable[..., Page]
TODAY = date(2026, 11, 24)


@pytest.fixture
def _supplied(tmp_path: Path) -> None:
    """Three invented months, imported and supplied."""
    synthesise(tmp_path, first_year=2025, last=date(2025, 6, 30), background=0.0005)
    supplier = Person("s.supplier", "Sam Supplier (invented)", "NHS England", "data supplier")
    for file in sorted(tmp_path.glob("*.parquet")):
        import_file(home(), supplier, file, "hes_apc")
    agreement = next(a for a in at_hand() if a.name == f"{HERS}-v1.3")
    tables = ["sharp-object-monthly"]
    supply(home(), supplier, agreement, on=TODAY, tables=tables, first=date(2025, 4, 1))


@pytest.mark.usefixtures("_supplied")
def test_from_asking_to_fetching(make_person: MakePerson, visit: Visit) -> None:
    viv = make_person(ANALYST, name="Viv Violence (invented)")
    pat = make_person(name="Pat Police (invented)")
    page = visit("/releases/", viv)
    page.get_by_role("button", name="Ask for a release").click()
    page.get_by_role("link", name=re.compile("violence", re.IGNORECASE)).first.click()
    page.get_by_role("button", name="Ask for the release").click()
    expect(page.get_by_role("link", name="Choose at least one table.")).to_be_visible()
    check_page(page)
    page.goto(reverse("releases:ask", args=[HERS]))
    page.get_by_role("radio", name="Police").check()
    page.get_by_role("checkbox", name="File b").check()
    page.get_by_label("What are the figures for").fill(
        "Police forces plan patrols by where assaults with sharp objects rise."
    )
    page.get_by_label("How do they relate").fill("Nothing of these months was released before.")
    picture(page, "release-ask")
    page.get_by_role("button", name="Ask for the release").click()
    expect(page.get_by_text("Waiting", exact=True)).to_be_visible()
    run_job.func(str(Job.objects.get().pk))
    assert Job.objects.get().state == "done", Job.objects.get().message
    page.get_by_role("button", name="See the result").click()
    expect(page.get_by_text("0 of 2 reviews are in.", exact=False)).to_be_visible()
    check_page(page)
    release = Release.objects.get()

    for number, name in enumerate(("Rea Reviewer (invented)", "Rob Reviewer (invented)")):
        reviewer = visit("/releases/", make_person("output reviewer", name=name))
        check_page(reviewer)
        reviewer.get_by_role("link", name=release.title).first.click()
        if not number:
            picture(reviewer, "release")
        reviewer.get_by_role("link", name="sharp-object-monthly.csv", exact=True).click()
        if not number:
            check_page(reviewer)
            reviewer.get_by_label("Rows with these words").fill("metropolitan")
            reviewer.get_by_role("button", name="Find").click()
            expect(reviewer.get_by_text(re.compile(r"^\d+ of \d+ rows\.$"))).to_be_visible()
            picture(reviewer, "release-file")
            reviewer.get_by_label("Note on this file").fill("Every small number is starred.")
            reviewer.get_by_role("button", name="Keep the note").click()
            expect(reviewer.get_by_text("Your note is kept.")).to_be_visible()
        reviewer.goto(reverse("releases:review", args=[release.pk]))
        reviewer.get_by_role("button", name="Give your verdict").click()
        expect(reviewer.get_by_role("link", name="Choose a verdict.")).to_be_visible()
        reviewer.get_by_label("Approve").check()
        reviewer.get_by_role("button", name="Give your verdict").click()
        expect(reviewer.get_by_text("Your review is in.", exact=False)).to_be_visible()
        if number:
            expect(reviewer.get_by_text("Every small number is starred.")).to_be_visible()
            check_page(reviewer)

    page.reload()
    page.get_by_role("button", name="Release it").click()
    check_page(page)
    page.get_by_role("button", name="Release it").click()
    expect(page.get_by_text("It is released.", exact=True)).to_be_visible()
    page.get_by_role("button", name="Hand it to somebody").click()
    page.get_by_label("Their email address").fill(pat.email)
    page.get_by_label("I have checked").check()
    page.get_by_role("button", name="Give a link").click()
    expect(page.get_by_text("This is their link, shown once.", exact=False)).to_be_visible()
    check_page(page)

    link = re.search(r"https?://[^/]+(/releases/fetch/\S+)", mail.outbox[-1].body)
    assert link
    police = visit(link[1], pat)
    check_page(police)
    with police.expect_download() as download:
        police.get_by_role("button", name="Fetch it").click()
    assert download.value.suggested_filename == f"{release.name}.zip"
    police.reload()
    expect(police.get_by_role("heading", name="This link no longer works")).to_be_visible()
    check_page(police)


def test_a_review_without_javascript_and_with_the_keyboard(
    make_person: MakePerson, visit: Visit
) -> None:
    release = a_release(make_person(ANALYST))
    reviewer = make_person("output reviewer")
    where = reverse("releases:review", args=[release.pk])
    page = visit(where, reviewer, java_script_enabled=False)
    page.get_by_label("Approve").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Why")).to_be_focused()
    page.keyboard.type("Nothing to be found.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Yours is in: you approve it.", exact=False)).to_be_visible()


def test_what_somebody_left_behind_is_withdrawn_from_the_first_page(
    make_person: MakePerson, visit: Visit
) -> None:
    release = a_release(make_person(name="Ann Analyst (invented)"))
    page = visit("/", make_person("agreement manager", name="Max Manager (invented)"))
    expect(page.get_by_text("has left, so it can only be withdrawn")).to_be_visible()
    page.get_by_role("link", name=release.title).click()
    check_page(page)
    page.get_by_role("link", name="Withdraw this release").click()
    page.get_by_role("button", name="Withdraw it").click()
    expect(page.get_by_role("link", name="Say why it is withdrawn")).to_be_visible()
    check_page(page)
    page.get_by_label("Why is it withdrawn?").fill("Its question is answered.")
    page.get_by_role("button", name="Withdraw it").click()
    expect(page.get_by_text("It is withdrawn. Nothing left.")).to_be_visible()


@pytest.mark.parametrize("state", list(State))
def test_the_page_of_every_state_is_for_everybody(
    state: State, make_person: MakePerson, visit: Visit
) -> None:
    requester = make_person(ANALYST, "output reviewer")
    release = a_release(requester, state)
    Release.objects.update(reasons="Too fine: South is alone in its row.")
    if state == State.PREPARING:
        job = Job.objects.create(kind="x", title="Prepare", who=requester)
        Release.objects.update(job=reverse("jobs:job", args=[job.pk]))
    check_page(visit(reverse("releases:release", args=[release.pk]), requester))
