"""Prepared and kept back; then let out whole, or returned; once, and under what readers know."""

from __future__ import annotations

import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sharewell.agreements import Agreement
from sharewell.flows import preparing
from sharewell.flows.errors import FlowError, Refused
from sharewell.flows.home import Home, leaving, open_home
from sharewell.flows.people import Person
from sharewell.flows.preparing import (
    Declared,
    Verdict,
    ask_to_prepare,
    check_prepared,
    package,
    prepare,
    release_prepared,
    return_prepared,
)
from sharewell.flows.publishing import publish
from sharewell.flows.registering import ledger_edition
from sharewell.flows.supplying import supply
from sharewell.ledger import Entry
from sharewell.publication import Identity
from sharewell.publication.encrypt import decrypt

TODAY = date(2026, 11, 24)
TABLE = "sharp-object-monthly"
SAID = Declared("Figures for the yearly report on serious violence.", "They continue it.", False)
TWO = (Verdict("r1", "Rea", True, ""), Verdict("r2", "Rob", True, "Fine."))


@pytest.fixture(scope="module")
def when_waiting(further: Any, prepared: Any, violence: Agreement) -> Any:
    def change(home: Home) -> None:
        supplier, analyst = (home.directory.person(p) for p in ("s.supplier", "v.violence"))
        supply(home, supplier, violence, on=TODAY, tables=[TABLE], first=date(2025, 4, 1))
        prepare(home, analyst, violence, on=TODAY, request="one", tables=[TABLE])

    return further(prepared, change)


@pytest.fixture
def start(request: pytest.FixtureRequest) -> Any:
    waiting = "waiting" in request.fixturenames
    return request.getfixturevalue("when_waiting" if waiting else "prepared")


@pytest.fixture
def waiting(nation: Home) -> Entry:
    (entry,) = nation.ledger.entries(kind="prepared")
    return entry


def test_what_is_prepared_is_kept_back(nation: Home, waiting: Entry) -> None:
    assert waiting.kind == "prepared"
    assert waiting.body["act"] == "publish"
    assert not (nation.releases / waiting.body["release"]).exists()
    assert list(nation.ledger.entries(kind="publish")) == []
    with open_home(nation.path) as again:
        assert not (again.releases / waiting.body["release"]).exists()


def test_a_release_has_the_very_files_that_were_reviewed(
    nation: Home, violence: Agreement, waiting: Entry
) -> None:
    assert all(c.ok for c in check_prepared(nation, waiting, violence, SAID, TODAY))
    released = release_prepared(nation, waiting, violence, SAID, TWO, TODAY)
    assert released.kind == "publish"
    assert released.files == waiting.files
    assert released.actor == waiting.actor
    assert [review["name"] for review in released.body["reviews"]] == ["Rea", "Rob"]
    shown = nation.releases / released.body["release"]
    assert {p.relative_to(shown).as_posix() for p in shown.rglob("*") if p.is_file()} == {
        ref.name for ref in leaving(waiting)
    }
    again = release_prepared(nation, waiting, violence, SAID, TWO, TODAY)
    assert again == released, "released once"


@pytest.mark.parametrize(
    "verdicts",
    [
        (),
        TWO[:1],
        (TWO[0], TWO[0]),
        (TWO[0], Verdict("r2", "Rob", False, "No.")),
        (TWO[0], Verdict("v.violence", "Viv", True, "")),
        (TWO[0], Verdict("s.supplier", "Sam", True, "")),
    ],
)
def test_it_takes_two_others_who_approve(
    nation: Home, violence: Agreement, waiting: Entry, verdicts: tuple[Verdict, ...]
) -> None:
    with pytest.raises(FlowError):
        release_prepared(nation, waiting, violence, SAID, verdicts, TODAY)
    assert list(nation.ledger.entries(kind="publish")) == []


def test_what_came_out_since_makes_it_stale(
    nation: Home, violence: Agreement, violence_analyst: Person, waiting: Entry
) -> None:
    publish(nation, violence_analyst, violence, on=TODAY, tables=[TABLE])
    with pytest.raises(FlowError, match="Ask for it again"):
        release_prepared(nation, waiting, violence, SAID, TWO, TODAY)


def test_two_at_once_release_once(nation: Home, violence: Agreement, waiting: Entry) -> None:
    def release(_number: int) -> int:
        with open_home(nation.path) as own:
            return release_prepared(own, waiting, violence, SAID, TWO, TODAY).seq

    with ThreadPoolExecutor(2) as pool:
        assert len(set(pool.map(release, range(2)))) == 1
    assert len(list(nation.ledger.entries(kind="publish"))) == 1


def test_killed_before_its_view_a_release_is_whole_at_the_next_start(
    nation: Home, violence: Agreement, waiting: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise SystemExit

    monkeypatch.setattr(preparing, "make_view", die)
    with pytest.raises(SystemExit):
        release_prepared(nation, waiting, violence, SAID, TWO, TODAY)
    with open_home(nation.path) as again:
        shown = again.releases / waiting.body["release"]
        assert len([p for p in shown.rglob("*") if p.is_file()]) == len(leaving(waiting))


def test_what_ended_or_lacks_context_is_not_released(
    nation: Home, violence: Agreement, waiting: Entry
) -> None:
    late = date(2040, 1, 1)
    checks = {c.name: c for c in check_prepared(nation, waiting, violence, SAID, late)}
    assert not checks["Decision"].ok
    assert "The agreement runs from" in checks["Decision"].said
    bare = replace(SAID, context="?")
    with pytest.raises(FlowError, match="Context: Say in a sentence"):
        release_prepared(nation, waiting, violence, bare, TWO, TODAY)
    newer = violence.model_copy(update={"version": "2.0"})
    with pytest.raises(FlowError, match="governs now"):
        release_prepared(nation, waiting, newer, SAID, TWO, TODAY)


def test_earlier_releases_must_be_spoken_of(
    nation: Home, violence: Agreement, violence_analyst: Person, waiting: Entry
) -> None:
    release_prepared(nation, waiting, violence, SAID, TWO, TODAY)
    second = prepare(nation, violence_analyst, violence, on=TODAY, request="two", tables=[TABLE])
    silent = replace(SAID, earlier="")
    checks = {c.name: c for c in check_prepared(nation, second, violence, silent, TODAY)}
    assert "1 earlier releases" in checks["Context"].said


def test_returning_is_recorded_once(nation: Home, violence: Agreement, waiting: Entry) -> None:
    verdicts = (TWO[0], Verdict("r2", "Rob", False, "Too fine."))
    first = return_prepared(nation, waiting, verdicts, "Too fine.")
    assert return_prepared(nation, waiting, verdicts, "Too fine.") == first
    with pytest.raises(FlowError, match="was returned"):
        release_prepared(nation, waiting, violence, SAID, TWO, TODAY)


def test_what_is_released_is_not_returned(
    nation: Home, violence: Agreement, waiting: Entry
) -> None:
    release_prepared(nation, waiting, violence, SAID, TWO, TODAY)
    with pytest.raises(FlowError, match="cannot be returned"):
        return_prepared(nation, waiting, (), "Too late.")


def test_preparing_for_the_same_request_prepares_once(
    nation: Home, violence_analyst: Person, violence: Agreement, waiting: Entry
) -> None:
    again = prepare(nation, violence_analyst, violence, on=TODAY, request="one", tables=[TABLE])
    assert again == waiting


def test_asking_beforehand_is_refused_as_preparing_would_be(
    nation: Home, violence_analyst: Person, violence: Agreement
) -> None:
    allowed = {"on": TODAY, "audience": "public", "tables": [TABLE]}
    assert ask_to_prepare(nation, violence_analyst, violence, **allowed)
    with pytest.raises(Refused, match="newspapers"):
        ask_to_prepare(
            nation, violence_analyst, violence, on=TODAY, audience="newspapers", tables=[TABLE]
        )


def test_what_is_kept_inside_does_not_leave(waiting: Entry) -> None:
    kept = {ref.name for ref in waiting.files} - {ref.name for ref in leaving(waiting)}
    published = f"inside/published/{TABLE}.parquet"
    assert kept == {"inside/review.html", "inside/proof.npz.age", published}


def test_use_in_a_safe_setting_is_counted_when_released(
    nation: Home, violence: Agreement, waiting: Entry
) -> None:
    assert ledger_edition(nation.ledger, [violence], TODAY).uses == ()
    here = replace(SAID, safe_setting=True)
    release_prepared(nation, waiting, violence, here, TWO, TODAY)
    (use,) = ledger_edition(nation.ledger, [violence], TODAY).uses
    assert use.use == waiting.body["release"]


def test_a_refusal_prepares_nothing(
    nation: Home, violence_analyst: Person, violence: Agreement
) -> None:
    with pytest.raises(Refused):
        prepare(nation, violence_analyst, violence, on=TODAY, request="one", audience="newspapers")
    assert list(nation.ledger.entries(kind="prepared")) == []


def test_a_package_is_sealed_where_the_agreement_says_so(
    nation: Home, violence: Agreement, waiting: Entry, identity: Identity, tmp_path: Path
) -> None:
    released = release_prepared(nation, waiting, violence, SAID, TWO, TODAY)
    names = {ref.name for ref in leaving(waiting)}
    (tmp_path / "one").mkdir()
    packed = package(nation, released, violence, tmp_path / "one")
    with zipfile.ZipFile(packed) as opened:
        assert {name for name in opened.namelist() if not name.endswith("/")} == names
    flows = tuple(
        flow.model_copy(update={"encrypted": flow.act == "publish"}) for flow in violence.flows
    )
    sealed = violence.model_copy(update={"flows": flows})
    (tmp_path / "two").mkdir()
    with pytest.raises(FlowError, match="No key is known for public"):
        package(nation, released, sealed, tmp_path / "two")
    checks = {c.name: c for c in check_prepared(nation, waiting, sealed, SAID, TODAY)}
    assert not checks["Encryption"].ok
    hull = replace(released, body={**released.body, "to": "Hull"})
    (tmp_path / "three").mkdir()
    packed = package(nation, hull, sealed, tmp_path / "three")
    assert packed.name.endswith(".tar.age")
    assert not tarfile.is_tarfile(packed)
    opened_files = decrypt(packed, identity.secret, tmp_path / "opened")
    assert {p.relative_to(tmp_path / "opened").as_posix() for p in opened_files} == names
