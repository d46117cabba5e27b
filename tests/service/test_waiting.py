"""The first page of who is signed in: what waits for them, from each app."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from agreement_texts import new_reference, text
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from release_rows import ANALYST, TABLE, a_release, approved, review_by

from sharewell.flows.agreeing import find_recorded
from sharewell.service.accounts.interface import acting_person
from sharewell.service.accounts.models import Grant, Invitation, Organisation, User
from sharewell.service.agreements.interface import at_hand
from sharewell.service.home import home
from sharewell.service.jobs.models import Job
from sharewell.service.releases.states import State
from sharewell.service.waiting import Waiting, waiting_for

MakePerson = Callable[..., User]
SignIn = Callable[[User], Client]


def _titles(person: User, status: str) -> list[str]:
    fresh = User.objects.get(pk=person.pk)  # roles are asked for once in each request
    return [each.title for each in waiting_for(fresh) if each.status == status]


def _drafted(manager: Client) -> str:
    reference = new_reference()
    manager.post(
        reverse("agreements:new"), {"file": SimpleUploadedFile("mine.yaml", text(reference))}
    )
    return f"{reference}-v1.0"


def _step(client: Client, name: str, verb: str) -> None:
    terms = find_recorded(home(), name).life.terms
    assert terms
    given = {"sure": "on", "seen": terms.digest}
    assert client.post(reverse(f"agreements:{verb}", args=[name]), given).status_code == 302


def _about(person: User, name: str) -> Iterator[Waiting]:
    fresh = User.objects.get(pk=person.pk)
    return (each for each in waiting_for(fresh) if name in each.words)


def test_nothing_waits_for_who_has_nothing_to_do(make_person: MakePerson, sign_in: SignIn) -> None:
    page = sign_in(make_person("auditor")).get("/").content.decode()
    assert "Your work" in page
    assert "Nothing. What needs you stands here" in page
    assert "what may be done with data, and by whom." in page, "where to go, in words"
    assert "clients and activity of services." not in page, "nor where the gate would stop them"


def test_nothing_is_told_before_the_second_factor(make_person: MakePerson, sign_in: SignIn) -> None:
    release = a_release(make_person(ANALYST))
    rae = make_person("output reviewer", second_factor=False)
    page = sign_in(rae).get("/").content.decode()
    assert "Set up a second factor" in page
    assert release.title not in page
    TOTP.activate(rae, generate_totp_secret())
    assert release.title in sign_in(rae).get("/").content.decode()


def test_a_draft_waits_for_its_manager_then_for_each_signatory(
    make_person: MakePerson, sign_in: SignIn
) -> None:
    manager, hope = make_person("agreement manager"), make_person("signatory")
    client = sign_in(manager)
    name = _drafted(client)
    assert [each.status for each in _about(manager, name)] == ["Draft"]
    assert not list(_about(hope, name)), "nothing to sign yet"
    _step(client, name, "issue")
    assert not list(_about(manager, name))
    assert [each.status for each in _about(hope, name)] == ["To sign"]
    page = sign_in(hope).get("/").content.decode()
    assert f"{name} lacks the signature of Home Office." in page
    _step(sign_in(hope), name, "sign")
    assert not list(_about(hope, name)), "the other party still signs"


def test_an_agreement_that_ends_soon_waits_for_who_manages_it(
    make_person: MakePerson, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager, auditor = make_person("agreement manager"), make_person("auditor")
    nhs = Organisation.objects.get_or_create(
        short="NHS England", defaults={"name": "NHS England", "kind": "supplier"}
    )[0]
    client = sign_in(manager)
    name = _drafted(client)
    _step(client, name, "issue")
    for party in (None, nhs):
        signatory = make_person("signatory", **({"organisation": party} if party else {}))
        _step(sign_in(signatory), name, "sign")
    agreement = next(each for each in at_hand() if each.name == name)
    left = agreement.term.last - timezone.localdate()
    monkeypatch.setattr("sharewell.service.agreements.waiting._SOON", left - timedelta(days=1))
    assert not list(_about(manager, name))
    monkeypatch.setattr("sharewell.service.agreements.waiting._SOON", left)
    (told,) = _about(manager, name)
    assert (told.title, told.status) == (agreement.title, "Ends soon")
    assert f"ends on {agreement.term.last:%-d %B %Y}. Renew it" in told.words
    assert not list(_about(auditor, name))
    amend = reverse("agreements:amend", args=[agreement.reference])
    client.post(amend, {"text": client.get(amend).context["form"].initial["text"]})
    assert not list(_about(manager, name)), "what comes after it is drafted"
    _step(client, f"{agreement.reference}-v1.1", "withdraw")
    assert len(list(_about(manager, name))) == 1, "nothing comes after it any more"


def test_a_release_waits_for_two_reviews_then_for_who_asked(
    make_person: MakePerson, organisation: Organisation
) -> None:
    ann, first = make_person(ANALYST), make_person("output reviewer")
    release = a_release(ann)
    assert _titles(first, "To review") == [release.title]
    assert not _titles(ann, "To review")
    review_by(first, release)
    assert not _titles(first, "To review"), "a verdict is given once"
    review_by(make_person("output reviewer"), release)
    assert _titles(ann, "To release") == [release.title]
    Grant.objects.filter(person=ann).update(revoked=timezone.now())
    Grant.objects.create(person=ann, role="auditor", organisation=organisation)
    assert not _titles(ann, "To release"), "who lost the role has nothing to release"


def test_what_came_back_waits_until_it_is_asked_anew(make_person: MakePerson) -> None:
    ann = make_person(ANALYST)
    release = a_release(ann)
    review_by(make_person("output reviewer"), release, approve=False)
    review_by(make_person("output reviewer"), release)
    assert _titles(ann, "Returned") == [release.title]
    again = a_release(ann, State.PREPARING)
    again.follows = release
    again.save()
    assert not _titles(ann, "Returned")
    assert TABLE in release.tables


def test_who_moved_on_finds_none_of_their_old_releases(
    make_person: MakePerson, sign_in: SignIn
) -> None:
    ann = make_person(ANALYST)
    release = approved(ann, make_person)
    where = reverse("releases:release", args=[release.pk])
    client = sign_in(ann)
    assert client.get(where).status_code == 200
    lse = Organisation.objects.create(name="London School", short="LSE-2", kind="processor")
    ann.grants.update(organisation=lse)
    assert client.get(where).status_code == 404
    assert client.get(reverse("releases:let_out", args=[release.pk])).status_code == 404


def test_jobs_roles_and_invitations_wait_too(
    make_person: MakePerson, organisation: Organisation
) -> None:
    ann = make_person("administrator")
    Job.objects.create(kind="x", title="Import", who=ann)
    ann.grants.update(ends=timezone.localdate() + timedelta(days=7))
    Invitation.objects.create(
        email="n@example.org",
        name="Nora (invented)",
        organisation=organisation,
        invited_by=ann,
        digest="0",
        expires=timezone.now() - timedelta(days=1),
    )
    assert _titles(ann, "Waiting") == ["Import"]
    assert len(_titles(ann, "Ends soon")) == 1
    assert _titles(ann, "Expired") == ["Nora (invented) did not use your invitation"]
    assert not waiting_for(make_person("administrator"))


def test_the_register_waits_for_what_left_since(make_person: MakePerson) -> None:
    keeper, other = make_person("data protection officer"), make_person("auditor")
    body = {
        "release": "of-nothing",
        "agreement": "DARS-NIC-000000-NONE0-v1.0",  # so that it is in no other test's register
        "reference": "DARS-NIC-000000-NONE0",
        "to": "LSE",
        "on": timezone.localdate().isoformat(),
        "tables": [],
    }
    home().ledger.append("extract", actor=acting_person(other).as_actor(), body=body, files=())
    assert "Bring Sharewell's own register up to date" in _titles(keeper, "To do")
    assert not _titles(other, "To do")
