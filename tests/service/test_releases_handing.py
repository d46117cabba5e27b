"""Links that work once, for one person, and what they give."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from release_rows import ANALYST, CSV, FILES, Asking, a_release, linked

from sharewell.flows import preparing
from sharewell.flows.people import Directory, Recipient
from sharewell.ledger import Entry
from sharewell.publication import generate_identity
from sharewell.publication.encrypt import decrypt
from sharewell.service.accounts.models import User
from sharewell.service.home import home
from sharewell.service.releases import links
from sharewell.service.releases.errors import ReleaseError
from sharewell.service.releases.models import Link, Release
from sharewell.service.releases.states import State

MakePerson = Callable[..., User]
SignIn = Callable[[User], Client]
SECRET = "a-secret"


def _where(secret: str = SECRET) -> str:
    return reverse("releases:fetch", args=[secret])


def _content(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_a_link_is_given_shown_once_sent_and_kept_as_a_digest(
    make_person: MakePerson,
    sign_in: SignIn,
    mailoutbox: list[Any],
    recorded: Callable[..., list[Entry]],
) -> None:
    requester, pat = make_person(ANALYST), make_person()
    release = a_release(requester, State.RELEASED, audience="police")
    client = sign_in(requester)
    where = reverse("releases:hand_over", args=[release.pk])
    page = client.post(where, {"email": pat.email.upper(), "belongs": "on"}).content.decode()
    link = Link.objects.get()
    sent = mailoutbox[-1].body.split()[-1]
    assert mailoutbox[-1].to == [pat.email]
    assert sent in page
    secret = sent.rstrip("/").rsplit("/", 1)[-1]
    assert link.digest == sha256(secret.encode()).hexdigest()
    assert secret not in client.get(where).content.decode()
    (gave,) = recorded("decide")
    assert pat.name in gave.body["what"]
    assert secret not in str(gave.body)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"email": "nobody@example.org", "belongs": "on"}, "Nobody here has this address."),
        ({"email": "person1@example.org"}, "Check that they may have it"),
        ({"belongs": "on"}, "Enter their email address."),
    ],
)
def test_it_is_given_to_people_who_may_have_it(
    given: dict[str, str], said: str, make_person: MakePerson, sign_in: SignIn
) -> None:
    requester = make_person(ANALYST)
    release = a_release(requester, State.RELEASED, audience="police")
    where = reverse("releases:hand_over", args=[release.pk])
    assert said in sign_in(requester).post(where, given).content.decode()
    assert not Link.objects.exists()


def test_nothing_is_handed_over_before_it_is_out(make_person: MakePerson, sign_in: SignIn) -> None:
    requester = make_person(ANALYST)
    release = a_release(requester, State.APPROVED, audience="police")
    where = reverse("releases:hand_over", args=[release.pk])
    assert "nothing to fetch yet" in sign_in(requester).get(where, follow=True).content.decode()
    with pytest.raises(ReleaseError, match="nothing to fetch"):
        links.give_link(Asking(requester), release, requester)


def test_it_is_fetched_once_whole_and_recorded(
    make_person: MakePerson, sign_in: SignIn, recorded: Callable[..., list[Entry]]
) -> None:
    pat = make_person()
    link = linked(pat, SECRET, make_person(ANALYST))
    client = sign_in(pat)
    for _ in range(2):
        assert "It is a ZIP file." in client.get(_where()).content.decode(), "looking uses nothing"
    answer = client.post(_where())
    content = _content(answer)
    assert int(answer["Content-Length"]) == len(content)
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        names = {name for name in packed.namelist() if not name.endswith("/")}
        assert names == {name for name in FILES if not name.startswith("inside/")}
        assert packed.read(CSV) == FILES[CSV]
    (fetched,) = recorded("download")
    assert fetched.actor["id"] == str(pat.pk)
    assert link.release.name in fetched.body["what"]
    assert fetched.body["clause"]
    again = client.post(_where())
    assert again.status_code == 410
    assert "no longer works" in again.content.decode()
    assert client.get(_where()).status_code == 410
    with pytest.raises(ReleaseError, match="has fetched it"):
        links.give_link(Asking(link.release.requester), link.release, pat)
    assert len(recorded("download")) == 1


def test_a_download_that_broke_off_can_be_given_anew(
    make_person: MakePerson, sign_in: SignIn
) -> None:
    pat = make_person()
    link = linked(pat, SECRET, make_person(ANALYST))
    client = sign_in(pat)
    parcel = links.fetch(Asking(pat), link)
    next(parcel.content)
    parcel.content.close()
    link.refresh_from_db()
    assert link.used
    assert link.whole is None
    assert client.post(_where()).status_code == 410
    secret = links.give_link(Asking(link.release.requester), link.release, pat)
    assert client.get(_where()).status_code == 404, "the old link is nobody's"
    assert _content(client.post(_where(secret)))


def test_it_is_nobody_elses_and_expires(make_person: MakePerson, sign_in: SignIn) -> None:
    pat, mal = make_person(), make_person("auditor")
    link = linked(pat, SECRET, make_person(ANALYST))
    for client in (sign_in(mal), sign_in(link.release.requester)):
        assert client.get(_where()).status_code == 404
        assert client.post(_where()).status_code == 404
    assert Client().get(_where()).status_code == 302
    assert sign_in(pat).get(_where("another-secret")).status_code == 404
    Link.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert sign_in(pat).post(_where()).status_code == 410
    link.refresh_from_db()
    assert link.used is None


def test_it_takes_a_second_factor(make_person: MakePerson, sign_in: SignIn) -> None:
    pat = make_person(second_factor=False)
    linked(pat, SECRET, make_person(ANALYST))
    answer = sign_in(pat).post(_where())
    assert answer["Location"] == reverse("mfa_index")
    assert Link.objects.get().used is None


@pytest.mark.django_db(transaction=True)
def test_fetched_by_five_at_once_it_is_sent_once(make_person: MakePerson) -> None:
    pat = make_person()
    link = linked(pat, SECRET, make_person(ANALYST))

    def fetch(_number: int) -> bool:
        try:
            parcel = links.fetch(Asking(pat), Link.objects.get(pk=link.pk))
            return bool(b"".join(parcel.content))
        except ReleaseError:
            return False
        finally:
            connections.close_all()

    with ThreadPoolExecutor(5) as pool:
        assert sum(pool.map(fetch, range(5))) == 1
    assert not list((home().path / "staging").iterdir()), "nothing is left behind"


@pytest.fixture
def key() -> Iterator[str]:
    """The police have a key, as far as this test goes."""
    identity = generate_identity()
    recipients = {"police": Recipient("police", identity.recipient, "England", "Their servers")}
    before = home().directory
    object.__setattr__(home(), "directory", Directory(before.people, recipients))
    yield identity.secret
    object.__setattr__(home(), "directory", before)


def test_it_is_encrypted_where_the_agreement_says_so(
    make_person: MakePerson,
    sign_in: SignIn,
    key: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    flow = preparing._flow
    monkeypatch.setattr(
        preparing, "_flow", lambda *given: flow(*given).model_copy(update={"encrypted": True})
    )
    pat = make_person()
    linked(pat, SECRET, make_person(ANALYST))
    client = sign_in(pat)
    assert "you need that key to open it" in client.get(_where()).content.decode()
    answer = client.post(_where())
    assert answer["Content-Disposition"].endswith('.tar.age"')
    (tmp_path / "x.tar.age").write_bytes(_content(answer))
    opened = decrypt(tmp_path / "x.tar.age", key, tmp_path / "opened")
    assert {path.name for path in opened} == {n for n in FILES if not n.startswith("inside/")}


def test_without_a_key_nothing_is_sent_and_the_link_still_works(
    make_person: MakePerson, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = preparing._flow
    monkeypatch.setattr(
        preparing, "_flow", lambda *given: flow(*given).model_copy(update={"encrypted": True})
    )
    pat = make_person()
    linked(pat, SECRET, make_person(ANALYST))
    page = sign_in(pat).post(_where()).content.decode()
    assert "No key is known for police" in page
    assert Link.objects.get().used is None
    assert Release.objects.get().state == State.RELEASED
