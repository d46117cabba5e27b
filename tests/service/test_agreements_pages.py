"""Reading agreements and asking them in the browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from sharewell.ledger import Entry
from sharewell.service.accounts.models import Grant, Organisation, User
from sharewell.service.agreements.facts import duty_rows
from sharewell.service.agreements.interface import at_hand

VIOLENCE, DRUGS, BUSINESS = (
    "DARS-NIC-612092-Q0Y6F",
    "DARS-NIC-698171-K4M0B",
    "DARS-NIC-687582-X2P3K",
)
MakePerson = Callable[..., User]
SignIn = Callable[[User], Client]


def _get(client: Client, name: str, *arguments: str) -> str:
    answer = client.get(reverse(f"agreements:{name}", args=arguments))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_person_finds_the_agreements_of_their_organisation_and_no_others(
    make_person: MakePerson, sign_in: SignIn
) -> None:
    client = sign_in(make_person("drugs analyst"))
    page = _get(client, "list")
    assert VIOLENCE in page
    assert DRUGS in page
    assert BUSINESS not in page
    missing = client.get(reverse("agreements:agreement", args=["DARS-NIC-1-XXXXX"]))
    assert missing.status_code == 404


def test_a_role_for_one_agreement_reaches_that_one_alone(
    make_person: MakePerson, sign_in: SignIn
) -> None:
    person = make_person("auditor")
    Grant.objects.update(agreement=DRUGS)
    client = sign_in(person)
    assert VIOLENCE not in _get(client, "list")
    assert client.get(reverse("agreements:agreement", args=[VIOLENCE])).status_code == 404
    assert client.get(reverse("agreements:ask", args=[VIOLENCE])).status_code == 404


def test_a_role_everywhere_reaches_all(make_person: MakePerson, sign_in: SignIn) -> None:
    person = make_person("auditor")
    Grant.objects.update(organisation=None)
    assert BUSINESS in _get(sign_in(person), "list")


def test_the_page_says_who_what_why_until_when_and_quotes_every_clause(
    make_person: MakePerson, sign_in: SignIn
) -> None:
    client = sign_in(make_person("auditor"))
    page = _get(client, "agreement", DRUGS)
    for said in (
        "London School of Economics and Political Science (processor).",
        "Hospital Episode Statistics Admitted Patient Care",
        "Evaluation of the County Lines Programme.",
        "27 March 2027",
        "No ethnicity or gender data will be shared.",
        "A request with ethnicity and sex is refused.",
        "a certificate of destruction and an amendment to the DSA must be submitted",
        "The documents do not say",
        "Nothing was released here",
    ):
        assert said in page, said
    assert page.index("<dt") < page.index("Clauses, their words")


def test_versions_overlap_and_differ_readably(make_person: MakePerson, sign_in: SignIn) -> None:
    client = sign_in(make_person("auditor"))
    page = _get(client, "agreement", VIOLENCE)
    assert "overlap by 85 days" in page
    changes = _get(client, "changes", VIOLENCE, "0.2", "1.3")
    assert "Act from 2024-11-04 to 2028-01-27." in changes
    assert "Another version governs today" in _get(client, "version", VIOLENCE, "0.2")
    missing = client.get(reverse("agreements:version", args=[VIOLENCE, "9.9"]))
    assert missing.status_code == 404


def _ask(client: Client, reference: str, **fields: Any) -> str:
    asked = {"act": "extract", "on_0": "24", "on_1": "11", "on_2": "2026"} | fields
    answer = client.post(reverse("agreements:ask", args=[reference]), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def test_asking_answers_with_the_clause_and_is_in_the_ledger(
    make_person: MakePerson, sign_in: SignIn, recorded: Callable[..., list[Entry]]
) -> None:
    person = make_person("drugs analyst")
    client = sign_in(person)
    page = _ask(client, DRUGS, by="Home Office", to="LSE", table="firearm", breakdowns="ethnicity")
    assert "Refused" in page
    assert "No ethnicity or gender data will be shared." in page
    assert "Ask without ethnicity." in page
    page = _ask(client, DRUGS, by="Home Office", to="LSE", table="firearm")
    assert "Allowed" in page
    refused, allowed = recorded("decide")
    assert (refused.body["allowed"], allowed.body["allowed"]) == (False, True)
    assert refused.body["agreement"] == f"{DRUGS}-v0.3"
    assert refused.body["clause"] == "extract-lse-withheld"
    assert refused.body["request"]
    assert refused.body["decision"]["request"]["to"] == "LSE"
    assert refused.actor["id"] == str(person.pk)
    assert refused.actor["role"] == "drugs analyst"


def test_what_few_questions_need_stands_apart_until_it_is_used(
    make_person: MakePerson, sign_in: SignIn
) -> None:
    client = sign_in(make_person("auditor"))
    apart = '<details class="govuk-details"'
    assert f"{apart}>" in _ask(client, DRUGS, to="LSE")
    page = _ask(client, VIOLENCE, act="store", by="Home Office", cloud="Amazon Web Services")
    assert f"{apart} open>" in page
    assert "Refused" in page
    assert "no cloud" in page
    page = _ask(client, VIOLENCE, act="publish", to="public", rule="none-at-all")
    assert "not none-at-all" in page


@pytest.mark.parametrize(
    ("days", "said"), [(119, "in 119 days"), (1, "in 1 day"), (0, "today"), (-3, "3 days ago")]
)
def test_duties_say_when_and_how_far_away(days: int, said: str) -> None:
    (agreement,) = [a for a in at_hand() if a.name == f"{DRUGS}-v0.3"]
    rows = duty_rows(agreement, agreement.term.last - timedelta(days=days))
    assert rows[0][:3] == ("Expiry", "All parties", f"27 March 2027, {said}")
    when = {str(row[0]): row[2] for row in rows}
    assert when["Certificate"] == (
        "When the agreement ends, 27 March 2027. The documents give no day"
    )
    assert when["Destruction"] == "The documents do not say"


def test_a_question_is_put_to_the_version_of_its_day(
    make_person: MakePerson, sign_in: SignIn, recorded: Callable[..., list[Entry]]
) -> None:
    client = sign_in(make_person("auditor"))
    _ask(client, VIOLENCE, act="supply", on_2="2023")
    _ask(client, VIOLENCE, act="supply")
    assert [entry.body["agreement"] for entry in recorded("decide")] == [
        f"{VIOLENCE}-v0.2",
        f"{VIOLENCE}-v1.3",
    ]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"on_1": "13"}, "enter a real date"),
        ({"act": "steal"}, "Select a valid choice"),
        (
            {
                "first_0": "1",
                "first_1": "1",
                "first_2": "2026",
                "last_0": "1",
                "last_1": "1",
                "last_2": "2025",
            },
            "Swap the dates.",
        ),
    ],
)
def test_what_cannot_be_asked_is_said_and_not_recorded(
    fields: dict[str, str],
    said: str,
    make_person: MakePerson,
    sign_in: SignIn,
    recorded: Callable[..., list[Entry]],
) -> None:
    assert said in _ask(sign_in(make_person("auditor")), DRUGS, **fields)
    assert recorded("decide") == []


def test_a_person_of_no_party_finds_nothing(make_person: MakePerson, sign_in: SignIn) -> None:
    elsewhere = Organisation.objects.create(short="Elsewhere", name="Elsewhere", kind="auditor")
    client = sign_in(make_person("auditor", organisation=elsewhere))
    assert "There are none yet." in _get(client, "list")
    assert client.get(reverse("agreements:agreement", args=[DRUGS])).status_code == 404
