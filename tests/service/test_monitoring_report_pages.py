"""What commissioners and analysts see of reports: what was released, of what is theirs."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from monitoring_rows import LIVERPOOL, SEFTON, a_client, a_record, a_service, at, client_row
from openpyxl import load_workbook
from report_rows import (
    PRINTED,
    SPRING,
    SUMMER,
    TABLES,
    a_commissioner,
    a_shared_report,
    an_entry,
    cells_of,
)

from sharewell.ledger import Entry
from sharewell.publication.labels import catalogue_label
from sharewell.service.accounts.models import User
from sharewell.service.monitoring import clients
from sharewell.service.monitoring.models import Report
from sharewell.service.monitoring.reach import counting_reach, within
from sharewell.service.monitoring.reports.extract import COLUMNS
from sharewell.service.monitoring.sealing import pseudonym

MakePerson = Callable[..., User]
SignIn = Callable[[User], Browser]
ANALYST = "monitoring analyst"
MEASURE_TITLES = {
    catalogue_label("measure", each) for _, measures, _ in TABLES.values() for each in measures
}
TITLES = MEASURE_TITLES | {"Count"}


@pytest.fixture(autouse=True)
def _services(db: None) -> None:
    """A service in each of two areas."""
    a_service(area=LIVERPOOL)
    a_service(area=SEFTON)


class _Tables(HTMLParser):
    """The cells of every table of a page, and the names of its pictures' values."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._in = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag == "tr":
            self.rows.append([])
        self._in = tag in ("td", "th") or (self._in and tag == "span")
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._in = False

    def handle_data(self, data: str) -> None:
        if self._in:
            self.rows[-1][-1] += data


def rows_of(page: str) -> list[list[str]]:
    """The rows of all tables of a page."""
    parser = _Tables()
    parser.feed(page)
    return parser.rows


def cells_in(page: str) -> Counter[tuple[str, ...]]:
    """The cells of a page with words and figures: the labels of the row, the measure, and what
    stands there. Tables whose rows are measures have them so."""
    found: Counter[tuple[str, ...]] = Counter()
    head: list[str] = []
    for row in rows_of(page):
        if row and row[-1] in MEASURE_TITLES | {"Count"}:
            head = row
            continue
        labels = [each for each, title in zip(row, head, strict=True) if title not in TITLES]
        for title, text in zip(head, row, strict=True):
            if title in TITLES:
                named = (*labels, title) if title != "Count" else tuple(labels)
                found[(*sorted(named), text.replace(",", ""))] += 1
    return found


def cells_to_show(area: str | None) -> Counter[tuple[str, ...]]:
    """The same of the published tables: all of one area, or all (None), with their labels. A
    column that says the same in every row of a crossing tells nothing apart and is left out."""
    found: Counter[tuple[str, ...]] = Counter()
    for name in TABLES:
        rows = cells_of(name, SUMMER).to_pylist()
        for crossing in dict.fromkeys(row["crossing"] for row in rows):
            names = crossing.split(" x ")
            mine = [row for row in rows if row["crossing"] == crossing]
            if area is not None:
                mine = [r for r in mine if area in (r.get("residence"), r.get("service_area"))]
            splits = [each for each in names if len({row[each] for row in mine}) > 1]
            for row in mine:
                labels = [catalogue_label(each, row[each]) for each in splits]
                labels = labels or ([] if name in ("helped", "attributors") else ["Sefton"])
                measure = catalogue_label("measure", row["measure"])
                found[(*sorted((*labels, measure)), row["printed"])] += 1
    return found


def where(area: str, period: Any = SUMMER, name: str = "") -> str:
    """The address of a report, or of a file of it."""
    if name:
        return reverse("monitoring:report_file", args=[area, period.slug, name])
    return reverse("monitoring:report", args=[area, period.slug])


def figures_in(page: str) -> dict[str, tuple[str, str]]:
    """Method: what it gives, and about it."""
    part = page.partition('class="people-figures"')[2].partition("</dl>")[0]
    found = re.findall(r"<dt[^>]*>(.*?)</dt><dd[^>]*>(.*?)</dd><dd[^>]*>(.*?)</dd>", part)
    return {method: (figure, about) for method, figure, about in found}


def test_how_many_people_by_three_methods_stands_at_its_head(
    make_person: MakePerson, sign_in: SignIn
) -> None:
    a_shared_report(make_person(ANALYST))
    page = sign_in(a_commissioner(make_person, SEFTON)).get(where(SEFTON)).content.decode()
    found = figures_in(page)
    assert (found["Exact"][0], found["Stepwise"][0]) == ("345", "335")
    # 335 x 1.01 = 338.35; 335 x 0.01 and 2.5 for rounding, so 332.5 to 344.2, and outwards.
    assert found["Corrected"][0] == "340"
    assert found["Corrected"][1].startswith("330 to 345 with 95% confidence.")


def test_the_page_shows_what_the_release_prints_cell_by_cell(
    make_person: MakePerson, sign_in: SignIn
) -> None:
    a_shared_report(make_person(ANALYST))
    commissioner = sign_in(a_commissioner(make_person, SEFTON))
    page = commissioner.get(where(SEFTON)).content.decode()
    assert cells_in(page) == cells_to_show(SEFTON)
    for other in ("1,205", ">870<", "1,540", "1,130", "Liverpool"):
        assert other not in page, "another area's, or all areas' together"
    page = sign_in(make_person(ANALYST)).get(where("all")).content.decode()
    assert cells_in(page) == cells_to_show(None)


def test_files_hold_what_the_page_shows(make_person: MakePerson, sign_in: SignIn) -> None:
    a_shared_report(make_person(ANALYST))
    browser = sign_in(a_commissioner(make_person, SEFTON))
    answer = browser.get(where(SEFTON, name="people.csv"))
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {row["residence"] for row in rows} == {SEFTON}
    assert {row["sex"]: row["count"] for row in rows if row["sex"]} == PRINTED[SEFTON]
    answer = browser.get(where(SEFTON, name="workbook.xlsx"))
    book = load_workbook(io.BytesIO(answer.content))
    text = {str(c.value) for sheet in book for row in sheet.rows for c in row if c.value}
    assert {"335", "[c]", "[1 to 7]"} <= text
    assert not {"1205", "870", "1540", "Liverpool"} & text
    assert browser.get(where(SEFTON, name="other.csv")).status_code == 404


def test_a_commissioner_finds_no_other_area(make_person: MakePerson, sign_in: SignIn) -> None:
    a_shared_report(make_person(ANALYST))
    browser = sign_in(a_commissioner(make_person, SEFTON))
    assert "Liverpool" not in browser.get(reverse("monitoring:reports")).content.decode()
    for area in (LIVERPOOL, "all", "E08000011", "nowhere"):
        assert browser.get(where(area)).status_code == 404, area
        assert browser.get(where(area, name="people.csv")).status_code == 404, area
    assert browser.get(where(SEFTON, SPRING)).status_code == 404, "no report of it"


@pytest.mark.parametrize("slug", ["2026-27-q5", "2026-28", "summer", "0000-01"])
def test_what_is_no_period_is_not_found(
    slug: str, make_person: MakePerson, sign_in: SignIn
) -> None:
    browser = sign_in(make_person(ANALYST))
    assert browser.get(reverse("monitoring:report", args=[SEFTON, slug])).status_code == 404


def test_a_report_that_is_not_shared_is_shown_to_nobody(
    make_person: MakePerson, sign_in: SignIn
) -> None:
    report = a_shared_report(make_person(ANALYST))
    with within(counting_reach()):
        Report.objects.filter(pk=report.pk).update(state=Report.State.FAILED)
    for person in (a_commissioner(make_person, SEFTON), make_person(ANALYST)):
        assert sign_in(person).get(where(SEFTON)).status_code == 404


def test_two_periods_stand_beside_each_other_as_they_were_printed(
    make_person: MakePerson, sign_in: SignIn
) -> None:
    analyst = make_person(ANALYST)
    a_shared_report(analyst)
    browser = sign_in(a_commissioner(make_person, SEFTON))
    assert "Beside the period before" not in browser.get(where(SEFTON)).content.decode()
    a_shared_report(analyst, SPRING)
    page = browser.get(where(SEFTON) + "?beside=before").content.decode()
    shown = {row[0]: row[1:] for row in rows_of(page) if len(row) == 3}
    assert shown["Male"] == ["[c]", "[c]"]
    assert "Period before" in page


def test_each_look_at_what_is_not_published_is_in_the_ledger(
    make_person: MakePerson, sign_in: SignIn, recorded: Callable[..., list[Entry]]
) -> None:
    analyst = make_person(ANALYST)
    report = a_shared_report(analyst)
    person = a_commissioner(make_person, SEFTON)
    browser = sign_in(person)
    browser.get(where(SEFTON))
    browser.get(where(SEFTON, name="people.csv"))
    (looked,) = recorded("preview")
    assert looked.body["what"] == f"{report.name} of {SEFTON}: read"
    assert (looked.actor["id"], looked.actor["role"]) == (str(person.pk), "commissioner")
    (took,) = recorded("download")
    assert took.body["what"] == f"{report.name} of {SEFTON}: people.csv"
    an_entry(analyst, kind="publish", inputs=[report.counted])
    browser.get(where(SEFTON))
    assert len(recorded("preview")) == 1, "everybody may see it now"


def test_the_page_says_that_answers_changed_and_the_analyst_how_many(
    make_person: MakePerson, sign_in: SignIn
) -> None:
    service = a_service(area=SEFTON)
    client = a_client(service)
    a_record(service, client, date="2026-07-08")
    analyst = make_person(ANALYST)
    report = a_shared_report(analyst, clients=[client])
    commissioner = sign_in(a_commissioner(make_person, SEFTON))
    said = "some clients changed their answer"
    assert said not in commissioner.get(where(SEFTON)).content.decode()
    with at(service):
        clients.change(client, 1, client_row(consent="N"), "Asked again")
    page = commissioner.get(where(SEFTON)).content.decode()
    assert said in page
    assert "cannot be called back" in page
    made = reverse("monitoring:made_report", args=[report.pk])
    page = sign_in(analyst).get(made).content.decode()
    assert "1 answer changed" in page
    assert "Make it anew" in page


# --- records without names ------------------------------------------------------------------------


def _ask(browser: Browser, act: str, **given: str) -> Any:
    form = {"area": "all", "period": SUMMER.slug, "purpose": "Who comes back after a year"}
    return browser.post(reverse("monitoring:records_without_names"), form | given | {"act": act})


def test_an_analyst_sees_records_of_who_consents_under_pseudonyms(
    make_person: MakePerson, sign_in: SignIn, recorded: Callable[..., list[Entry]]
) -> None:
    here, there = a_service(), a_service(area=SEFTON)
    yes, no = a_client(here, ethnicity="A", postcode="ZX1 1AA"), a_client(here, consent="N")
    for client in (yes, no):
        a_record(here, client, date="2026-07-08")
    a_record(there, None, date="2026-07-09")
    browser = sign_in(make_person(ANALYST))
    text = b"".join(_ask(browser, "take").streaming_content).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["pseudonym"] for row in rows] == [pseudonym(yes.pk), ""]
    assert (rows[0]["client_ethnicity"], rows[0]["item"]) == ("A", "SET1ML")
    for who in (str(yes.pk), yes.reference, "ZX1 1AA", "1980-02-01", pseudonym(no.pk)):
        assert who not in text
    assert tuple(rows[0]) == COLUMNS
    page = _ask(browser, "look", area=SEFTON).content.decode()
    assert pseudonym(yes.pk) not in page
    assert there.code in page
    took, looked = recorded("read")
    assert took.body["what"].startswith("2 records without names of all")
    assert looked.body["what"].startswith(f"1 records without names of {SEFTON}")
    assert "Who comes back after a year" in took.body["what"]


def test_an_analyst_of_one_area_has_no_other_and_makes_no_report(
    make_person: MakePerson, sign_in: SignIn
) -> None:
    sefton = a_commissioner(make_person, SEFTON).organisation
    browser = sign_in(make_person(ANALYST, organisation=sefton))
    assert _ask(browser, "look", area=LIVERPOOL).status_code == 200
    assert "not one of the available choices" in _ask(browser, "look", area="all").content.decode()
    assert browser.get(reverse("monitoring:made_reports")).status_code == 404


def test_what_is_studied_must_be_said(make_person: MakePerson, sign_in: SignIn) -> None:
    browser = sign_in(make_person(ANALYST))
    answer = _ask(browser, "take", purpose="")
    assert "Say what you study." in answer.content.decode()
