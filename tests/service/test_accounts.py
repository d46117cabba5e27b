"""People: joining, being given roles, moving, leaving; and what they may do with their account."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import IntegrityError
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from sharewell.service.accounts import granting, invitations, leaving
from sharewell.service.accounts.errors import AccountError
from sharewell.service.accounts.granting import Wanted
from sharewell.service.accounts.interface import acting_person, holds, notify, people_who_hold
from sharewell.service.accounts.models import Grant, Invitation, Organisation, SignIn, User
from sharewell.service.accounts.roles import ROLES
from sharewell.service.api.tokens import make as make_token
from sharewell.service.jobs.models import Job

MakePerson = Callable[..., User]
SignIn_ = Callable[[User], Client]
PASSWORD = "four quiet words here"
NEW = "seven lamps over water"
GIVE = Grant.Purpose.GIVE


@pytest.fixture
def root(make_person: MakePerson) -> User:
    """The first administrator, who may give every role everywhere."""
    person = make_person(name="Root (invented)")
    granting.give_everything(person)
    return person


@pytest.fixture
def elsewhere(db: None) -> Organisation:
    return Organisation.objects.create(name="London School", short="LSE", kind="processor")


def _link(letter: Any) -> str:
    found = re.search(r"http://localhost:8000(/join/\S+)", letter.body)
    assert found
    return found[1]


# Joining


def test_who_is_invited_joins_with_the_role_and_goes_on_to_the_second_factor(
    root: User, organisation: Organisation, sign_in: SignIn_, recorded: Callable[..., list[Any]]
) -> None:
    response = sign_in(root).post(
        reverse("people:invite"),
        {
            "email": "Viv@Example.org",
            "name": "Viv (invented)",
            "organisation": organisation.pk,
            "team": "Analysis",
            "role": "serious violence analyst",
        },
    )
    assert response["Location"] == reverse("people:list")
    (letter,) = mail.outbox
    assert letter.to == ["viv@example.org"]
    client = Client()
    page = client.get(_link(letter))
    assert "viv@example.org" in page.content.decode()
    response = client.post(_link(letter), {"name": "Viv (invented)", "password": NEW})
    assert response["Location"] == reverse("mfa_activate_totp")
    assert client.get(response["Location"]).status_code == 200, "the password was just given"
    viv = User.objects.get(email="viv@example.org")
    assert str(viv.team) == "Analysis"
    assert holds(viv, "serious violence analyst", organisation="Home Office")
    assert viv.emailaddress_set.get().verified
    said = [entry.body["what"] for entry in recorded("account")]
    assert any(text.startswith("Invited Viv") for text in said)
    assert any("Joined Home Office" in text for text in said)
    assert any("the role 'serious violence analyst'" in text for text in said)


def test_an_invitation_works_once_and_not_when_old_or_withdrawn(
    root: User, organisation: Organisation
) -> None:
    for number, change in enumerate(
        (
            {"used": timezone.now()},
            {"withdrawn": timezone.now()},
            {"expires": timezone.now() - timedelta(seconds=1)},
        )
    ):
        invitations.invite(
            root, email=f"n{number}@example.org", name="New (invented)", organisation=organisation
        )
        Invitation.objects.filter(email=f"n{number}@example.org").update(**change)
        gone = Client().get(_link(mail.outbox[-1]))
        assert gone.status_code == 410
    invitations.invite(root, email="n@example.org", name="N (invented)", organisation=organisation)
    link = _link(mail.outbox[-1])
    assert Client().post(link, {"name": "N", "password": NEW}).status_code == 302
    assert Client().post(link, {"name": "N", "password": NEW}).status_code == 410
    assert Invitation.objects.get(email="n@example.org").digest not in link, "only a digest is kept"


def test_who_left_can_come_back_as_somebody_new(
    root: User, make_person: MakePerson, organisation: Organisation
) -> None:
    ann = make_person("auditor", email="ann@example.org")
    with pytest.raises(AccountError, match="has an account already"):
        invitations.invite(root, email=ann.email, name="Ann", organisation=organisation)
    leaving.close(root, ann)
    invitations.invite(root, email="Ann@example.org", name="Ann", organisation=organisation)
    assert (
        Client().post(_link(mail.outbox[-1]), {"name": "Ann", "password": NEW}).status_code == 302
    )
    back = User.objects.get(email="ann@example.org")
    assert back.pk != ann.pk, "the ledger takes one for the other never"
    assert not back.grants.exists()
    assert not Authenticator.objects.filter(user=back).exists()
    ann.refresh_from_db()
    assert (ann.is_active, ann.email) == (False, f"{ann.pk}@closed.invalid")


def test_a_mail_server_that_is_away_stops_no_work_and_leaves_no_invitation(
    root: User, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise ConnectionRefusedError("no mail server")

    monkeypatch.setattr("sharewell.service.accounts.letters.send_mail", away)
    notify(root, "Ready", "Your file is ready.")
    with pytest.raises(AccountError, match="could not be sent"):
        invitations.invite(root, email="n@example.org", name="N", organisation=organisation)
    assert Invitation.objects.get(email="n@example.org").withdrawn


def test_a_role_that_the_inviter_lost_meanwhile_is_not_given(
    root: User, make_person: MakePerson, organisation: Organisation
) -> None:
    ann = make_person("administrator")
    granting.give(root, ann, Wanted("auditor", organisation, purpose=GIVE))
    invitations.invite(
        ann,
        email="n@example.org",
        name="N",
        organisation=organisation,
        wanted=Wanted("auditor", organisation),
    )
    ann.grants.filter(purpose=GIVE).update(revoked=timezone.now())
    Client().post(_link(mail.outbox[-1]), {"name": "N", "password": NEW})
    assert not User.objects.get(email="n@example.org").grants.exists()


def test_the_first_administrator_is_invited_once(db: None) -> None:
    link = invitations.invite_first("root@example.org", "Root", "Home Office")
    second = invitations.invite_first("root2@example.org", "Root", "Home Office")
    Client().post(link.removeprefix("http://localhost:8000"), {"name": "R", "password": NEW})
    assert User.objects.get().grants.filter(purpose=GIVE).count() == len(ROLES)
    with pytest.raises(AccountError, match="administrator already"):
        invitations.invite_first("other@example.org", "Other", "Home Office")
    refused = Client().post(
        second.removeprefix("http://localhost:8000"), {"name": "R", "password": NEW}
    )
    assert "administrator already" in refused.content.decode()
    assert User.objects.count() == 1


# Giving


def test_nobody_gives_what_they_do_not_hold(
    root: User, make_person: MakePerson, organisation: Organisation, elsewhere: Organisation
) -> None:
    ann, bob = make_person(), make_person()
    until = timezone.localdate() + timedelta(days=30)
    held = Wanted("auditor", organisation, "DSA-1", ends=until, purpose=GIVE)
    granting.give(root, ann, held)
    short = until - timedelta(days=1)
    assert granting.may_give(ann, Wanted("auditor", organisation, "DSA-1", ends=until))
    assert granting.may_give(ann, Wanted("auditor", organisation, "DSA-1", "E12", ends=short))
    for wider in (
        Wanted("data supplier", organisation, "DSA-1", ends=until),
        Wanted("auditor", organisation, "DSA-2", ends=until),
        Wanted("auditor", organisation, ends=until),
        Wanted("auditor", elsewhere, "DSA-1", ends=until),
        Wanted("auditor", None, "DSA-1", ends=until),
        Wanted("auditor", organisation, "DSA-1"),
        Wanted("auditor", organisation, "DSA-1", ends=until + timedelta(days=1)),
    ):
        with pytest.raises(AccountError):
            granting.give(ann, bob, wider)
    assert not bob.grants.exists()


def test_to_act_in_a_role_is_not_to_give_it(make_person: MakePerson) -> None:
    ann = make_person("auditor")
    with pytest.raises(AccountError, match="do not hold the role 'auditor' to give"):
        granting.give(ann, make_person(), Wanted("auditor", ann.organisation))


def test_nobody_gives_a_role_to_themselves(root: User) -> None:
    with pytest.raises(AccountError, match="to themselves"):
        granting.give(root, root, Wanted("auditor"))
    with pytest.raises(IntegrityError, match="nobody_gives_to_themselves"):
        Grant.objects.create(person=root, role="auditor", given_by=root)


def test_a_grant_says_who_gave_it_and_can_be_ended_by_whoever_may_give_it(
    root: User,
    make_person: MakePerson,
    organisation: Organisation,
    recorded: Callable[..., list[Any]],
) -> None:
    bob = make_person(name="Bob (invented)")
    grant = granting.give(root, bob, Wanted("auditor", organisation))
    assert grant.given_by == root
    with pytest.raises(AccountError, match="neither gave it"):
        granting.revoke(make_person("administrator"), grant)
    granting.revoke(root, grant)
    assert not holds(User.objects.get(pk=bob.pk), "auditor", organisation="Home Office")
    assert "Ended the role 'auditor'" in recorded("account")[-1].body["what"]


def test_limits_of_a_grant_hold_where_they_are_not_named(
    make_person: MakePerson, organisation: Organisation
) -> None:
    ann = make_person()
    Grant.objects.create(person=ann, role="auditor", organisation=organisation, agreement="DSA-1")
    assert holds(ann, "auditor", organisation="home office", agreement="DSA-1")
    assert not holds(ann, "auditor", organisation="Home Office")
    assert not holds(ann, "auditor", organisation="Home Office", agreement="DSA-2")
    assert not holds(ann, "auditor", agreement="DSA-1")
    assert people_who_hold("auditor", organisation="Home Office", agreement="DSA-1") == (ann,)
    assert people_who_hold("auditor", organisation="Home Office") == ()
    assert acting_person(ann, agreement="DSA-1").role == "auditor"
    assert acting_person(ann, agreement="DSA-2").role == "no role"


def test_an_administrator_gives_a_role_in_the_browser(
    root: User, make_person: MakePerson, sign_in: SignIn_
) -> None:
    bob = make_person()
    client = sign_in(root)
    refused = client.post(
        reverse("people:give", args=[bob.pk]),
        {"role": "auditor", "purpose": "act", "ends_0": "31", "ends_1": "2", "ends_2": "2030"},
    )
    page = refused.content.decode()
    assert "There is a problem" in page
    assert '<a href="#id_ends_0">Last day: enter a real date' in page
    done = client.post(reverse("people:give", args=[bob.pk]), {"role": "auditor", "purpose": "act"})
    assert done["Location"] == reverse("people:person", args=[bob.pk])
    grant = bob.grants.get()
    assert "Auditor" in client.get(done["Location"]).content.decode()
    client.post(reverse("people:revoke", args=[grant.pk]), {"sure": "on"})
    assert not bob.grants.current().exists()


def test_a_role_is_chosen_and_its_agreement_is_one_that_is_here(
    root: User, make_person: MakePerson, sign_in: SignIn_
) -> None:
    bob = make_person()
    client, where = sign_in(root), reverse("people:give", args=[bob.pk])
    assert '<option value="" selected>Choose a role</option>' in client.get(where).content.decode()
    given = {"role": "auditor", "purpose": "act", "agreement": "DARS-NIC-612092-Q0Y6X"}
    page = client.post(where, given).content.decode()
    assert "No agreement or draft here is called DARS-NIC-612092-Q0Y6X" in page
    assert client.post(where, given | {"agreement": "DARS-NIC-612092-Q0Y6F"}).status_code == 302
    assert bob.grants.get().agreement == "DARS-NIC-612092-Q0Y6F"


# Moving and leaving


def test_closing_an_account_ends_its_sessions_and_lists_what_was_held(
    root: User, make_person: MakePerson, sign_in: SignIn_, recorded: Callable[..., list[Any]]
) -> None:
    bob = make_person("auditor", name="Bob (invented)")
    Job.objects.create(kind="x", title="Import", who=bob)
    bobs = sign_in(bob)
    assert bobs.get(reverse("me:account")).status_code == 200
    assert UserSession.objects.filter(user=bob).exists()
    client = sign_in(root)
    assert "unfinished job" in client.get(reverse("people:close", args=[bob.pk])).content.decode()
    page = client.post(reverse("people:close", args=[bob.pk]), {"sure": "on"}).content.decode()
    assert "The role &#x27;auditor&#x27; to act in it: Home Office." in page
    assert bobs.get(reverse("me:account")).status_code == 302
    assert not UserSession.objects.filter(user=bob).exists()
    assert Session.objects.count() == 1, "the administrator's own"
    assert not bob.grants.current().exists()
    again = Client().post(reverse("account_login"), {"login": bob.email, "password": PASSWORD})
    assert "_auth_user_id" not in again.wsgi_request.session
    assert "who still held: The role 'auditor'" in recorded("account")[-1].body["what"]


def test_roles_that_have_not_begun_end_with_the_others(
    root: User,
    make_person: MakePerson,
    sign_in: SignIn_,
    organisation: Organisation,
    elsewhere: Organisation,
) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    bob, cid = make_person(name="Bob (invented)"), make_person(name="Cid (invented)")
    for person in (bob, cid):
        granting.give(root, person, Wanted("auditor", organisation, starts=tomorrow))
    page = sign_in(root).get(reverse("people:person", args=[bob.pk])).content.decode()
    assert "Not begun" in page
    assert "End this role" in page
    (held,) = leaving.close(root, bob)
    assert held.startswith("The role 'auditor' to act in it: Home Office, from ")
    leaving.move(root, cid, elsewhere, None)
    assert not Grant.objects.filter(person__in=[bob, cid], revoked=None).exists()


def test_an_administrator_signs_somebody_out_everywhere(
    root: User, make_person: MakePerson, sign_in: SignIn_
) -> None:
    bob = make_person("auditor")
    bobs = sign_in(bob)
    bobs.get(reverse("me:account"))
    sign_in(root).post(reverse("people:end-sessions", args=[bob.pk]))
    assert bobs.get(reverse("me:account")).status_code == 302


def test_a_session_that_outlived_its_record_is_dead_too(
    root: User, make_person: MakePerson, sign_in: SignIn_
) -> None:
    bob = make_person("auditor")
    bobs = sign_in(bob)
    UserSession.objects.all().delete()
    leaving.close(root, bob)
    assert bobs.get(reverse("me:account")).status_code == 302


def test_the_last_administrator_cannot_leave(
    root: User, make_person: MakePerson, elsewhere: Organisation
) -> None:
    with pytest.raises(AccountError, match="the last who can make administrators"):
        leaving.close(root, root)
    with pytest.raises(AccountError, match="the last who can make administrators"):
        leaving.move(root, root, elsewhere, None)
    granting.give(root, make_person(), Wanted("administrator", purpose=GIVE))
    leaving.close(root, root)
    assert not User.objects.get(pk=root.pk).is_active


def test_who_moves_to_another_organisation_leaves_every_role_behind(
    root: User, make_person: MakePerson, sign_in: SignIn_, elsewhere: Organisation
) -> None:
    bob = make_person("auditor")
    client = sign_in(root)
    within = {"organisation": bob.organisation_id, "team": "Desk"}
    client.post(reverse("people:move", args=[bob.pk]), within)
    assert bob.grants.current().exists()
    away = {"organisation": elsewhere.pk, "team": ""}
    client.post(reverse("people:move", args=[bob.pk]), away)
    bob.refresh_from_db()
    assert (str(bob.organisation), bob.team) == ("London School", None)
    assert not bob.grants.current().exists()


# My account


def test_my_account_says_what_i_may_see_and_why(make_person: MakePerson, sign_in: SignIn_) -> None:
    page = sign_in(make_person("data supplier")).get(reverse("me:account")).content.decode()
    assert "import, supply, tabulate" in page
    assert "Given by the installation" in page
    assert "Signed in" in page


def test_i_download_what_is_held_about_me(make_person: MakePerson, sign_in: SignIn_) -> None:
    ann = make_person("auditor")
    Job.objects.create(kind="x", title="Import", who=ann)
    _token, secret = make_token(ann, "Nightly (invented)", ["ledger:read"], 1)
    client = sign_in(ann)
    client.get(reverse("people:list"))
    response = client.get(reverse("me:download"))
    assert response["Content-Disposition"] == 'attachment; filename="about-me.json"'
    held = json.loads(response.content)
    assert held["account"]["email"] == ann.email
    assert held["sign-ins"][0]["outcome"] == "signed in"
    assert {factor["kind"] for factor in held["second factors"]} == {
        "TOTP Authenticator",
        "Recovery codes",
    }
    assert held["in the ledger"][-1]["body"]["allowed"] is False
    assert held["API tokens"][0]["name"] == "Nightly (invented)"
    assert held["jobs"][0]["title"] == "Import"
    assert {"access lists", "releases asked for", "reviews", "links to releases"} <= held.keys()
    secrets = [str(factor.data) for factor in Authenticator.objects.filter(user=ann)]
    assert not any(each in response.content.decode() for each in (*secrets, secret))


def test_i_delete_my_account(make_person: MakePerson, sign_in: SignIn_) -> None:
    ann = make_person("auditor")
    address = ann.email
    client = sign_in(ann)
    assert client.post(reverse("me:delete"), {}).status_code == 200, "not without the tick"
    assert client.post(reverse("me:delete"), {"sure": "on"})["Location"] == "/"
    ann.refresh_from_db()
    assert (ann.name, ann.is_active) == ("Closed account", False)
    assert not SignIn.objects.filter(person=ann).exclude(outcome="signed out").exists()
    assert not Authenticator.objects.filter(user=ann).exists()
    assert not User.objects.filter(email=address).exists()
    assert ann.grants.get().revoked, "what I was given stays, ended"
    assert client.get(reverse("me:account")).status_code == 302


def test_i_change_my_name_and_stop_emails_about_work(
    make_person: MakePerson, sign_in: SignIn_
) -> None:
    ann = make_person()
    notify(ann, "Ready", "Your file is ready.")
    assert len(mail.outbox) == 1
    sign_in(ann).post(reverse("me:edit"), {"name": "Ann B (invented)"})
    ann.refresh_from_db()
    assert (ann.name, ann.wants_email) == ("Ann B (invented)", False)
    notify(ann, "Ready", "Your file is ready.")
    assert len(mail.outbox) == 1


def test_a_new_email_address_counts_once_it_is_confirmed_and_the_old_one_is_told(
    make_person: MakePerson, sign_in: SignIn_
) -> None:
    ann = make_person()
    old = ann.email
    client = sign_in(ann)
    client.post(reverse("account_email"), {"action_add": "", "email": "new@example.org"})
    ann.refresh_from_db()
    assert ann.email == old
    found = re.search(r"http://\S+(/account/confirm-email/\S+)", mail.outbox[0].body)
    assert found
    client.post(found[1])
    ann.refresh_from_db()
    assert ann.email == "new@example.org"
    assert [letter.to for letter in mail.outbox[1:]] == [[old]]


@override_settings(ROOT_URLCONF="sharewell.service.urls")
def test_an_organisations_administrator_finds_no_others_people(
    make_person: MakePerson, sign_in: SignIn_, elsewhere: Organisation
) -> None:
    make_person(name="Hidden (invented)", organisation=elsewhere)
    client = sign_in(make_person("administrator"))
    page = client.get(reverse("people:list")).content.decode()
    assert "Hidden" not in page
    offered = client.get(reverse("people:invite")).content.decode()
    assert "London School" not in offered
    refused = client.post(
        reverse("people:invite"),
        {"email": "x@example.org", "name": "X", "organisation": elsewhere.pk},
    )
    assert refused.status_code == 200
    assert not mail.outbox


def test_opening_a_persons_record_is_in_the_ledger(
    make_person: MakePerson, sign_in: SignIn_, recorded: Callable[..., list[Any]]
) -> None:
    bob = make_person(name="Bob (invented)")
    sign_in(make_person("administrator")).get(reverse("people:person", args=[bob.pk]))
    (entry,) = recorded("read")
    assert entry.body["what"] == f"The account of Bob (invented) ({bob.pk})."
    assert entry.actor["role"] == "administrator"


def test_the_list_of_people_is_in_the_ledger_without_what_was_looked_for(
    root: User, sign_in: SignIn_, recorded: Callable[..., list[Any]]
) -> None:
    sign_in(root).get(reverse("people:list"), {"q": "Root"})
    (entry,) = recorded("read")
    assert entry.body["what"] == "The list of people, page 1: 1 of 1."
    assert entry.actor["role"] == "administrator"


def test_administrators_of_all_add_organisations(root: User, sign_in: SignIn_) -> None:
    client = sign_in(root)
    client.post(
        reverse("people:add-organisation"),
        {"name": "Dyfed", "short": "Dyfed", "kind": "local authority", "area": "W06000008"},
    )
    assert "Dyfed" in client.get(reverse("people:organisations")).content.decode()
