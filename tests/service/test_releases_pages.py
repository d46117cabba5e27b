"""The pages of releases: asking, looking, two blind reviews, and what nobody may see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from release_rows import (
    ANALYST,
    CSV,
    FILES,
    HERS,
    SAID,
    TABLE,
    a_release,
    approved,
    prepare_entry,
    review_by,
    workbook,
)

from sharewell.ledger import Entry
from sharewell.service.accounts.models import User
from sharewell.service.jobs.models import Job
from sharewell.service.releases.models import Release
from sharewell.service.releases.states import State

MakePerson = Callable[..., User]
SignIn = Callable[[User], Client]
REVIEWER = "output reviewer"
FORM = {"audience": "public", "tables": [TABLE], "context": SAID.context, "earlier": SAID.earlier}


def _page(client: Client, name: str, *arguments: Any, **query: str) -> str:
    answer = client.get(reverse(f"releases:{name}", args=arguments), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_asking_leads_to_the_job_that_prepares(make_person: MakePerson, sign_in: SignIn) -> None:
    client = sign_in(make_person(ANALYST))
    assert HERS in _page(client, "choose")
    assert "analysis of government funded programmes" in _page(client, "ask", HERS)
    answer = client.post(reverse("releases:ask", args=[HERS]), FORM | {"safe_setting": "on"})
    release = Release.objects.get()
    assert answer["Location"] == release.job
    assert Job.objects.get().arguments == {"release": str(release.pk)}
    assert (release.audience, release.tables, release.safe_setting) == ("public", [TABLE], True)
    assert "Its files are being made" in _page(client, "release", release.pk)


def test_one_can_ask_for_counts_that_are_not_the_latest(
    make_person: MakePerson, sign_in: SignIn
) -> None:
    person = make_person(ANALYST)
    client = sign_in(person)
    counts = prepare_entry(person, kind="count")
    assert "Of 1 April 1999 to 30 June 1999, counted on" in _page(
        client, "ask", HERS, source=str(counts.seq)
    )
    where = reverse("releases:ask", args=[HERS])
    client.post(f"{where}?source={counts.seq}", FORM)
    release = Release.objects.get()
    assert release.source == counts.seq
    assert "Of 1 April 1999 to 30 June 1999" in _page(client, "release", release.pk)
    other = prepare_entry(person)
    for wrong in (other.seq, 10**30, "x", -1):
        assert client.get(where, {"source": str(wrong)}).status_code == 404, wrong


def test_a_refusal_quotes_its_clause(
    make_person: MakePerson, sign_in: SignIn, recorded: Callable[..., list[Entry]]
) -> None:
    """The role may ask, but the agreement on serious violence lets other roles see its data."""
    client = sign_in(make_person("drugs analyst"))
    page = client.post(reverse("releases:ask", args=[HERS]), FORM).content.decode()
    assert "The agreement does not allow it" in page
    (refused,) = recorded("refused")
    clause = refused.body["decision"]["clauses"][0]
    assert clause["id"] in page
    assert clause["words"].split(".")[0][:40] in page
    assert f"entry {refused.seq} of the ledger" in page
    assert not Release.objects.exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"tables": []}, "Choose at least one table."),
        ({"context": "Short"}, "Say in a sentence or two"),
        ({"audience": "newspapers"}, "Select a valid choice"),
    ],
)
def test_what_is_not_said_is_asked_for(
    change: dict[str, Any], said: str, make_person: MakePerson, sign_in: SignIn
) -> None:
    client = sign_in(make_person(ANALYST))
    page = client.post(reverse("releases:ask", args=[HERS]), FORM | change).content.decode()
    assert said in page
    assert not Release.objects.exists()


def test_how_it_relates_to_earlier_releases_must_be_said(
    make_person: MakePerson, sign_in: SignIn
) -> None:
    person = make_person(ANALYST)
    prepare_entry(person, kind="publish")
    client = sign_in(person)
    page = client.post(
        reverse("releases:ask", args=[HERS]), FORM | {"earlier": " "}
    ).content.decode()
    assert "say how this relates" in page


def test_asking_anew_begins_with_what_was_asked(make_person: MakePerson, sign_in: SignIn) -> None:
    person = make_person(ANALYST)
    old = a_release(person, State.RETURNED)
    client = sign_in(person)
    assert SAID.context in _page(client, "ask", HERS, anew=str(old.pk))
    where = reverse("releases:ask", args=[HERS])
    client.post(f"{where}?anew={old.pk}", FORM)
    assert Release.objects.exclude(pk=old.pk).get().follows == old
    stranger = sign_in(make_person(ANALYST))
    for anew in (str(old.pk), "no-uuid"):
        assert stranger.get(where, {"anew": anew}).status_code == 404


def test_a_reviewer_sees_what_to_decide_by(make_person: MakePerson, sign_in: SignIn) -> None:
    release = a_release(make_person(ANALYST))
    client = sign_in(make_person(REVIEWER))
    assert "Not reviewed" in _page(client, "list")
    page = _page(client, "release", release.pk)
    for said in (
        SAID.context,
        "allows it on",
        "All 3 files are what they say they are.",
        "Sent as the agreement says.",
        "0 of the 9 that were attacked",
        "an older one",
        "What the attack found before repair",
        "Clause publish",
        "0 of 2 reviews are in",
        "Review it",
    ):
        assert said in page, said
    assert "South could be known." in _page(client, "file", release.pk, "inside/review.html")


def test_without_a_record_of_disclosure_control_it_says_so(
    make_person: MakePerson, sign_in: SignIn
) -> None:
    release = a_release(make_person(ANALYST), files={CSV: FILES[CSV]})
    page = _page(sign_in(make_person(REVIEWER)), "release", release.pk)
    assert "No record of an attack on these tables" in page


def test_neither_reviewer_nor_requester_sees_a_verdict_before_both_are_in(
    make_person: MakePerson, sign_in: SignIn
) -> None:
    requester, one, two = make_person(ANALYST), make_person(REVIEWER), make_person(REVIEWER)
    auditor = make_person("auditor")
    release = a_release(requester)
    first, second = sign_in(one), sign_in(two)
    first.post(
        reverse("releases:file", args=[release.pk, CSV]), {"text": "South is alone in its row."}
    )
    given = {"approve": "no", "comment": "South can be found."}
    first.post(reverse("releases:review", args=[release.pk]), given)
    everybody = [sign_in(requester), second, sign_in(auditor)]
    for client in everybody:
        page = _page(client, "release", release.pk)
        assert "1 of 2 reviews is in" in page
        assert "South can be found." not in page
        assert "South is alone in its row." not in page
        assert one.name not in page
    assert "Yours is in: you return it" in _page(first, "release", release.pk)
    second.post(reverse("releases:review", args=[release.pk]), {"approve": "yes"})
    for client in everybody:
        page = _page(client, "release", release.pk)
        assert "South can be found." in page
        assert "South is alone in its row." in page
        assert "Without a comment." in page
    assert "Ask anew" in _page(everybody[0], "release", release.pk)


def test_a_return_without_reasons_and_a_second_verdict_are_not_taken(
    make_person: MakePerson, sign_in: SignIn
) -> None:
    release = a_release(make_person(ANALYST))
    reviewer = make_person(REVIEWER)
    client = sign_in(reviewer)
    where = reverse("releases:review", args=[release.pk])
    assert "Say what must change" in client.post(where, {"approve": "no"}).content.decode()
    review_by(reviewer, release)
    page = client.post(where, {"approve": "yes"}, follow=True).content.decode()
    assert "You have reviewed this already." in page
    assert "nothing for you to review" in _page(client, "review", release.pk)
    assert release.reviews.count() == 1


def test_who_asked_is_told_that_others_review(make_person: MakePerson, sign_in: SignIn) -> None:
    both = make_person(ANALYST, REVIEWER)
    release = a_release(both)
    client = sign_in(both)
    assert "two others review it" in _page(client, "review", release.pk)
    page = _page(client, "release", release.pk)
    assert "Only 0 people may review this." in page
    assert "before repair" not in page, "that page is for reviewers"
    inside = reverse("releases:file", args=[release.pk, "inside/review.html"])
    assert client.get(inside).status_code == 404


def test_each_look_at_a_file_is_in_the_ledger(
    make_person: MakePerson, sign_in: SignIn, recorded: Callable[..., list[Entry]]
) -> None:
    release = a_release(make_person(ANALYST))
    reviewer = make_person(REVIEWER)
    client = sign_in(reviewer)
    _page(client, "file", release.pk, CSV)
    (look,) = recorded("preview")
    assert look.actor["id"] == str(reviewer.pk)
    assert look.actor["role"] == REVIEWER
    assert look.body["what"] == f"{release.name}: {CSV}"
    assert (look.body["agreement"], look.body["clause"]) == (HERS, "publish")
    assert look.body["request"]


def test_files_are_shown_as_tables_words_and_text(make_person: MakePerson, sign_in: SignIn) -> None:
    rows = "area,count\n" + "".join(f"Place {n},{n}\n" for n in range(250))
    coded = b"area,area_label,n\nE1,North,1\nE2,South,2\n"
    files = {
        "t.csv": rows.encode(),
        "coded.csv": coded,
        "workbook.xlsx": workbook(),
        "x.json": b'{"a": "<b>"}',
    }
    release = a_release(make_person(ANALYST), files={**FILES, **files})
    client = sign_in(make_person(REVIEWER))
    page = _page(client, "file", release.pk, "t.csv")
    assert "250 rows." in page
    assert "Place 49<" in page
    assert "Place 50<" not in page
    page = _page(client, "file", release.pk, "t.csv", page="5")
    assert "Place 249<" in page
    page = _page(client, "file", release.pk, "t.csv", q="place 24")
    assert "13 of 250 rows." in page
    page = _page(client, "file", release.pk, CSV)
    assert "In every row: month is 2025-04." in page
    assert ">2025-04<" not in page
    page = _page(client, "file", release.pk, "coded.csv")
    assert "Labels stand for codes: area are left out here" in page
    assert "E1" not in page
    assert "North" in page
    page = _page(client, "file", release.pk, "workbook.xlsx", sheet="1")
    assert '<td class="govuk-table__cell">120</td>' in page
    assert "Figures of invented people" in _page(
        client, "file", release.pk, "workbook.xlsx", sheet="-9"
    )
    page = _page(client, "file", release.pk, "index.html")
    assert "South is withheld." in page
    assert "p{}" not in page
    assert "&lt;b&gt;" in _page(client, "file", release.pk, "x.json")


@pytest.mark.parametrize(
    "name",
    ["../people.yaml", "..%2f..%2fetc/passwd", "/etc/passwd", "nothing.csv", "inside/review.html",
     "a\x00b", "con", "%2e%2e/x"],
)  # fmt: skip
def test_hostile_names_are_not_found(name: str, make_person: MakePerson, sign_in: SignIn) -> None:
    requester = make_person(ANALYST)
    release = a_release(requester)
    out = prepare_entry(requester, kind="publish").body["release"]
    client = sign_in(requester)
    for where in (
        reverse("releases:release", args=[release.pk]) + f"files/{name}",
        reverse("releases:published_release", args=[out]) + f"see/{name}",
        reverse("releases:published_release", args=[out]) + f"get/{name}",
    ):
        assert client.get(where).status_code in (301, 404), where


def test_a_releases_own_names_run_nothing(make_person: MakePerson, sign_in: SignIn) -> None:
    hostile = '<script>x</script>"; .csv'
    release = a_release(make_person(ANALYST), files={hostile: b"a,b\n<script>1</script>,2\n"})
    client = sign_in(make_person(REVIEWER))
    page = _page(client, "release", release.pk) + _page(client, "file", release.pk, hostile)
    assert "<script>x" not in page
    assert "<script>1" not in page


def test_releasing_asks_again_and_shows_what_no_longer_holds(
    make_person: MakePerson, sign_in: SignIn
) -> None:
    requester = make_person(ANALYST)
    release = approved(requester, make_person)
    client = sign_in(requester)
    where = reverse("releases:let_out", args=[release.pk])
    assert "cannot be called back" in _page(client, "let_out", release.pk)
    other = prepare_entry(requester, kind="publish")
    page = client.post(where, follow=True).content.decode()
    assert f"{other.body['release']} was released after this was prepared" in page
    release.refresh_from_db()
    assert release.state == State.APPROVED
    page = client.post(reverse("releases:withdraw", args=[release.pk]), follow=True)
    assert "Nothing left." in page.content.decode()


def test_what_is_released_for_everybody_is_there_for_everybody(
    make_person: MakePerson, sign_in: SignIn
) -> None:
    requester = make_person(ANALYST)
    release = approved(requester, make_person)
    sign_in(requester).post(reverse("releases:let_out", args=[release.pk]))
    anybody = Client()
    assert "Assaults by month" in _page(anybody, "published")
    page = _page(anybody, "published_release", release.name)
    assert "2 people reviewed it, each alone." in page
    assert "inside/" not in page
    assert "South" in _page(anybody, "published_see", release.name, CSV)
    answer = anybody.get(reverse("releases:published_get", args=[release.name, CSV]))
    assert b"".join(answer.streaming_content) == FILES[CSV]
    assert answer["Content-Disposition"] == f'attachment; filename="{CSV}"'
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_use_in_a_safe_setting_is_recorded_as_one(
    make_person: MakePerson, sign_in: SignIn, recorded: Callable[..., list[Entry]]
) -> None:
    requester = make_person(ANALYST)
    release = approved(requester, make_person)
    Release.objects.update(safe_setting=True)
    sign_in(requester).post(reverse("releases:let_out", args=[release.pk]))
    (out,) = recorded("publish")
    assert out.body["safe_setting"] is True
    assert out.body["declared"]["context"] == SAID.context
