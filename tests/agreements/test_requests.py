"""What can be asked, how the answer reads, and that nothing said slips through unjudged."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from agreement_examples import DRUGS, PRODUCTS, VIOLENCE, example
from decision_cases import DAYS

from sharewell.agreements import AgreementError, Decision, Request, RequestError, decide
from sharewell.agreements.model import Agreement, Comparison, Prohibition


def ask(agreement: str | Agreement, act: str, **said: Any) -> Decision:
    if isinstance(agreement, str):
        agreement = example(agreement)
    return decide(agreement, Request(act=act, on=agreement.term.first, **said))


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"act": "sell"}, "'sell' cannot be asked. Ask one of: supply, extract"),
        ({"act": "extract", "to": ""}, "'to' is empty. Leave it out, or say what it is."),
        ({"act": "extract", "breakdowns": ("sex", " ")}, "'breakdowns' is empty."),
        (
            {"act": "supply", "first": date(2020, 1, 2), "last": date(2020, 1, 1)},
            "end on 2020-01-01, before they start on 2020-01-02. Swap",
        ),
    ],
)
def test_what_cannot_be_asked(said: dict[str, Any], message: str) -> None:
    with pytest.raises(RequestError) as caught:
        Request(on=DAYS[DRUGS], **said)
    assert message in str(caught.value)
    assert isinstance(caught.value, AgreementError)


def test_an_answer_as_plain_values() -> None:
    plain = ask(DRUGS, "extract", to="LSE", breakdowns=("ethnicity",), unsuppressed=False).as_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["request"] == {
        "act": "extract",
        "on": "2024-03-28",
        "to": "LSE",
        "breakdowns": ["ethnicity"],
        "unsuppressed": False,
    }
    assert plain["clauses"][0]["words"] == "No ethnicity or gender data will be shared."
    assert plain["would_allow"] == ["Ask without ethnicity."]


def test_no_condition_met_is_not_the_same_as_not_remote() -> None:
    remote = ask(DRUGS, "access", by="Home Office", met=())
    assert not remote.allowed
    assert remote.as_dict()["request"]["met"] == []
    assert ask(DRUGS, "access", by="Home Office").allowed


def test_an_answer_as_a_sentence() -> None:
    assert ask(DRUGS, "extract", to="LSE", breakdowns=("sex",)).sentence() == (
        f'Refused under {DRUGS}. Clause extract-lse-withheld says "No ethnicity or gender data '
        'will be shared." It keeps back sex. Ask without sex.'
    )


# Each was once allowed, or would be if a check looked away.
SLIPS: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "a cloud of another name": (
        DRUGS, "store", {"by": "Home Office", "cloud": "Google"}, "storage-home-office"),
    "a measure without a table": (DRUGS, "supply", {"measures": ("PEOPLE",)}, "drug-disorders-any"),
    "columns without a dataset": (PRODUCTS, "supply", {"columns": ("NHS_NUMBER",)},
                                  "no-direct-identifiers"),
    "columns in another case": (PRODUCTS, "supply", {"columns": (" nhs_number",)},
                                "no-direct-identifiers"),
    "a withheld breakdown in another case": (
        DRUGS, "extract", {"to": "LSE", "table": "firearm", "breakdowns": ("Sex",)}, "firearm"),
    "columns that nobody listed": (PRODUCTS, "supply", {"columns": ("NHS_NO",)}, "ecds"),
    "an unknown table, and nothing else": (DRUGS, "extract", {"table": "secrets"}, "extract-lse"),
    "an unknown table, in access": (
        DRUGS, "access", {"by": "LSE", "table": "secrets"}, "scope"),
    "a dataset that is not the table's": (
        DRUGS, "supply", {"table": "poisonings", "dataset": "ecds"}, "scope"),
    "data that end before they may begin": (
        DRUGS, "extract", {"to": "LSE", "last": date(2016, 1, 1)}, "extract-lse"),
    "data that begin after the last day": (
        DRUGS, "supply", {"first": date(2031, 1, 1)}, "hes-apc"),
    "an audience beside the recipient": (
        DRUGS, "share", {"to": "police", "audience": "public"}, "share-government"),
    "an audience of an extract": (
        DRUGS, "extract", {"to": "LSE", "audience": "public"}, "outputs"),
    "an audience of access": (DRUGS, "access", {"audience": "public"}, "outputs"),
    "a stranger who compares": (
        PRODUCTS, "compare", {"by": "Acme", "with_data": "Fire services data"}, "scope"),
    "a host who compares": (
        PRODUCTS, "compare", {"by": "AWS", "with_data": "Fire services data"}, "aws"),
    "a recipient of a combination": (
        VIOLENCE, "combine", {"by": "Home Office", "to": "Acme"}, "scope"),
    "a split kept in a combination": (
        VIOLENCE, "combine", {"table": "assault-monthly", "breakdowns": ("local_authority",)},
        "wales"),
    "other data in a publication": (
        DRUGS, "publish", {"audience": "public", "with_data": "pedw"}, "no-linkage"),
    "a role of another party": (
        DRUGS, "access", {"by": "LSE", "role": "drugs analyst"}, "access-lse"),
    "a role in an extract": (
        DRUGS, "extract", {"by": "Home Office", "to": "LSE", "role": "press officer"},
        "access-home-office"),
    "a purpose of another party": (
        DRUGS, "access", {"by": "LSE", "purpose": "question-1"}, "question-1"),
    "a purpose of nobody": (DRUGS, "store", {"by": "LSE", "purpose": "sale"}, "scope"),
    "remote access that only another party has": (
        VIOLENCE, "access", {"by": "Home Office",
                             "met": ("secure-connection", "multifactor-authentication")},
        "remote-access"),
    "storage of an extract at the sender's": (
        DRUGS, "extract", {"by": "Home Office", "to": "RAND", "storage": "Home Office servers"},
        "storage-rand"),
    "a hand that only manages": (VIOLENCE, "access", {"by": "AIMES"}, "aimes"),
    "a supplier who looks back": (DRUGS, "access", {"by": "NHS England"}, "access-lse"),
}  # fmt: skip


@pytest.mark.parametrize("slip", SLIPS)
def test_nothing_said_slips_through(slip: str) -> None:
    agreement, act, said, clause = SLIPS[slip]
    decision = ask(agreement, act, **said)
    assert not decision.allowed
    assert clause in {cited.id for cited in decision.clauses}, decision.sentence()


def test_remote_access_needs_a_clause() -> None:
    agreement = example(DRUGS).model_copy(update={"remote_access": None})
    decision = ask(agreement, "access", by="Home Office", met=("secure-connection",))
    assert [cited.id for cited in decision.clauses] == ["scope"]


def test_one_clause_that_allows_a_comparison_is_enough() -> None:
    open_list = example(PRODUCTS).comparisons[0]
    closed = Comparison(
        id="closed", words="Only this.", source="register / X", with_data=("A",), only_these=True
    )
    for clauses in ((open_list, closed), (closed, open_list)):
        agreement = example(PRODUCTS).model_copy(update={"comparisons": clauses})
        assert ask(agreement, "compare", with_data="B").allowed
    only = example(PRODUCTS).model_copy(update={"comparisons": (closed,)})
    assert not ask(only, "compare", with_data="B").allowed
    assert ask(only, "compare", with_data="a").allowed


def test_a_prohibition_for_one_party_binds_that_party() -> None:
    no_storing = Prohibition(
        id="no-storing", words="LSE stores nothing.", source="register / X", act="store",
        limited_to=("LSE",),
    )  # fmt: skip
    agreement = example(DRUGS).model_copy(update={"prohibitions": (no_storing,)})
    assert not ask(agreement, "store", by="LSE").allowed
    assert ask(agreement, "store", by="RAND").allowed


def test_parties_go_by_either_name_in_any_case() -> None:
    for name in ("LSE", "lse", "London School of Economics and Political Science"):
        assert ask(DRUGS, "extract", to=name).allowed


def test_who_hosts_may_store_for_whom_it_serves() -> None:
    assert ask(DRUGS, "store", by="Microsoft").allowed
    assert not ask(DRUGS, "store", by="Ipsos").allowed
