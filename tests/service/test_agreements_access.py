"""The access list and its review in the browser."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from sharewell.flows.access import Access, record_access
from sharewell.flows.people import Person
from sharewell.ledger import Entry
from sharewell.service.accounts.holdings import HOLDINGS
from sharewell.service.accounts.interface import acting_person
from sharewell.service.accounts.models import User
from sharewell.service.home import home

VIOLENCE = "DARS-NIC-612092-Q0Y6F"
ANALYST = "serious violence analyst"
MakePerson = Callable[..., User]
SignIn = Callable[[User], Client]


def _form(person: User) -> dict[str, str]:
    today = timezone.localdate()
    return {
        "person": f"{person.pk} {ANALYST}",
        "approved_by": "The team",
        **{f"approved_{n}": str(v) for n, v in enumerate((today.day, today.month, today.year))},
        **{f"trained_{n}": str(v) for n, v in enumerate((today.day, today.month, today.year))},
    }


def test_a_manager_keeps_the_list_and_the_review_compares(
    make_person: MakePerson, sign_in: SignIn, recorded: Callable[..., list[Entry]]
) -> None:
    ann, ben = make_person(ANALYST, name="Ann A"), make_person(ANALYST, name="Ben B")
    client = sign_in(make_person("agreement manager"))
    where = reverse("agreements:name", args=[VIOLENCE])
    assert "Ann A, serious violence analyst, Home Office" in client.get(where).content.decode()
    answer = client.post(where, _form(ann))
    assert answer["Location"] == reverse("agreements:access", args=[VIOLENCE])
    for person in (ann, ben):
        acting = acting_person(person)
        record_access(home(), acting, "read", Access("Counts.", VIOLENCE))
    auditor = sign_in(make_person("auditor"))
    review = auditor.get(answer["Location"]).content.decode()
    assert "Ben B" in review
    assert "Not on the list of names that day." in review
    assert "Put somebody on the list" not in review, "an auditor does not keep it"
    assert "Ann A" in auditor.get(reverse("agreements:agreement", args=[VIOLENCE])).content.decode()
    assert recorded("read")[-1].body["what"] == f"Who is on the access list of {VIOLENCE}."
    client.post(reverse("agreements:remove", args=[VIOLENCE, str(ann.pk)]))
    assert [entry.body["step"] for entry in recorded("access list")] == ["name", "remove"]


def test_the_review_says_whom_the_agreement_lets_in_and_whether_by_name(
    make_person: MakePerson, sign_in: SignIn
) -> None:
    auditor = sign_in(make_person("auditor"))

    def page(reference: str) -> str:
        return auditor.get(reverse("agreements:access", args=[reference])).content.decode()

    assert "if they are on a list of names" in page(VIOLENCE)
    drugs = page("DARS-NIC-698171-K4M0B")
    assert "asks for no list of names" in drugs
    assert "LSE: employee, agent, authorised by the lead analyst" in drugs


def test_nobody_puts_themselves_on_the_list(make_person: MakePerson, sign_in: SignIn) -> None:
    both = make_person("agreement manager", ANALYST)
    page = sign_in(both).post(reverse("agreements:name", args=[VIOLENCE]), _form(both))
    assert "Select a valid choice" in page.content.decode()


def test_lapsed_training_shows(make_person: MakePerson, sign_in: SignIn) -> None:
    ann = make_person(ANALYST, name="Ann Untrained")
    client = sign_in(make_person("agreement manager"))
    form = {k: v for k, v in _form(ann).items() if not k.startswith("trained")}
    client.post(reverse("agreements:name", args=[VIOLENCE]), form)
    page = client.get(reverse("agreements:access", args=[VIOLENCE])).content.decode()
    assert "No training is noted." in page


def test_the_suppliers_own_people_are_not_this_lists_business(
    make_person: MakePerson, sign_in: SignIn
) -> None:
    sam = Person("sam-1", "Sam Own", "NHS England", "data supplier")
    record_access(home(), sam, "read", Access("Counts.", VIOLENCE))
    page = sign_in(make_person("auditor")).get(reverse("agreements:access", args=[VIOLENCE]))
    breaches = page.context["breaches"]
    assert "Sam Own" not in [row[0] for row in breaches]


def test_a_leaver_is_known_to_be_on_a_list(make_person: MakePerson, sign_in: SignIn) -> None:
    ann = make_person(ANALYST)
    client = sign_in(make_person("agreement manager"))
    client.post(reverse("agreements:name", args=[VIOLENCE]), _form(ann))
    held = [sentence for holding in HOLDINGS for sentence in holding(ann)]
    assert f"A place on the access list of {VIOLENCE}: take them off it." in held
    client.post(reverse("agreements:remove", args=[VIOLENCE, str(ann.pk)]))
    assert [s for holding in HOLDINGS for s in holding(ann) if "access list" in s] == []
