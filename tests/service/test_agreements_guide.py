"""The guided form makes the same file as a person would write: form, YAML, loader, agreement."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from agreement_texts import new_reference
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from guide_answers import answers
from hypothesis import given, settings
from hypothesis import strategies as st

from sharewell.agreements import Agreement, Request, decide, read_agreement
from sharewell.agreements.loader import read_tree
from sharewell.service.accounts.models import User
from sharewell.service.agreements.guide import STEPS, Guide, as_file, as_tree

FIRST, LAST = date(2026, 12, 1), date(2028, 11, 30)
MakePerson = Callable[..., User]
SignIn = Callable[[User], Client]


def _query(values: dict[str, Any]) -> QueryDict:
    sent = QueryDict(mutable=True)
    for name, value in values.items():
        sent.setlist(name, value if isinstance(value, list) else [value])
    return sent


def _guide(**changed: str) -> Guide:
    guide = Guide({})
    for number, values in enumerate(answers("DARS-NIC-1-AAAAA", FIRST, LAST)):
        guide.keep(number, _query({k: changed.get(k, v) for k, v in values.items()}))
    return guide


def test_the_answers_make_a_file_that_reads_as_the_agreement_that_they_describe() -> None:
    guide = _guide()
    assert guide.unfinished() is None
    tree = as_tree(guide.answers())
    raw = as_file(guide.answers())
    agreement = read_agreement(raw, "form.yaml")
    assert agreement == Agreement.model_validate(tree)
    assert agreement.term.words == 'The term: from "now" on,\nuntil #it ends.'
    assert agreement.organisations[0].words == "no"
    lse = Request(act="extract", on=date(2027, 1, 1), by="Home Office", to="LSE")
    assert decide(agreement, lse).allowed
    asked = Request(
        act="extract", on=date(2027, 1, 1), by="Home Office", to="LSE", breakdowns=("sex",)
    )
    refused = decide(agreement, asked)
    assert not refused.allowed
    assert "No gender data." in refused.sentence()
    assert [duty.kind for duty in agreement.duties] == ["destruction"]
    assert agreement.tables[0].crossings == (("month", "police_force"), ("financial_year", "sex"))


def test_every_answer_of_a_clause_is_in_the_agreement() -> None:
    tree = read_tree(as_file(_guide().answers()), "x")
    parts = {part.key for step in STEPS for part in step.parts} - {
        "about",
        "law",
        "place",
        "cohort",
    }
    assert {key: bool(tree[key]) for key in parts} == dict.fromkeys(parts, True)


@settings(max_examples=25, deadline=None)
@given(
    words=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60).filter(
        str.strip
    ),
    title=st.text(min_size=1, max_size=60).filter(lambda text: text.strip() and "\0" not in text),
)
def test_whatever_is_typed_comes_back(words: str, title: str) -> None:
    guide = _guide(**{"about-scope_words": words, "about-title": title})
    assert guide.unfinished() is None
    agreement = read_agreement(as_file(guide.answers()), "form.yaml")
    assert agreement.scope.words == words.strip()
    assert agreement.title == title.replace("\r\n", "\n").strip()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("about-first_1", "13", "enter a real date"),
        ("tables-0-crossings", "month, weather", "There is no breakdown called weather."),
        ("flows-1-withheld_words", "", "Enter the words that keep these back."),
        ("flows-0-tables", "table-other", "Select a valid choice"),
        ("organisations-TOTAL_FORMS", "1", "Please submit at least 2 forms."),
    ],
)
def test_a_wrong_answer_is_said_at_its_step(field: str, value: str, said: str) -> None:
    guide = _guide(**{field: value})
    number = guide.unfinished()
    assert number is not None
    forms = guide.forms(number)
    errors = [
        str(f.errors) + (str(f.non_form_errors()) if hasattr(f, "forms") else "") for f in forms
    ]
    assert said in " ".join(errors)


def test_the_steps_in_the_browser_end_in_a_draft(make_person: MakePerson, sign_in: SignIn) -> None:
    client = sign_in(make_person("agreement manager"))
    reference, first = new_reference(), timezone.localdate() + timedelta(days=7)
    check = reverse("agreements:check")
    assert client.get(check)["Location"] == reverse("agreements:step", args=[1])
    for number, values in enumerate(answers(reference, first, first + timedelta(days=700)), 1):
        where = reverse("agreements:step", args=[number])
        assert client.get(where).status_code == 200
        answer = client.post(where, values)
        assert answer.status_code == 302, answer.content.decode()
    assert answer["Location"] == check
    file = client.get(f"{check}?download")
    assert file["Content-Disposition"] == 'attachment; filename="agreement.yaml"'
    assert read_agreement(file.content, "x").reference == reference
    draft = client.post(check, {"yielded": ""})
    assert draft["Location"] == reverse("agreements:draft", args=[f"{reference}-v1.0"])
    again = client.get(reverse("agreements:draft_file", args=[f"{reference}-v1.0"]))
    assert again.content == file.content
    assert client.get(check).status_code == 302, "the answers are gone once they are a draft"


def test_another_row_is_added_and_what_was_typed_stays(
    make_person: MakePerson, sign_in: SignIn
) -> None:
    client = sign_in(make_person("agreement manager"))
    where = reverse("agreements:step", args=[2])
    values = answers("DARS-NIC-1-AAAAA", FIRST, LAST)[1]
    assert client.post(where, {**values, "more": "organisations"})["Location"] == where
    page = client.get(where).content.decode()
    assert "Party 4" in page
    assert "London School of Economics" in page
    assert "There is a problem" not in page


def test_an_answer_without_end_is_refused(make_person: MakePerson, sign_in: SignIn) -> None:
    client = sign_in(make_person("agreement manager"))
    where = reverse("agreements:step", args=[1])
    assert client.post(where, {"about-title": "x" * 200_001}).status_code == 400
    assert client.get(where).status_code == 200
