"""Agreements made here: what is signed executes, two at once do not both win, nothing is lost."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from shutil import rmtree

import pytest

from sharewell.agreements import AgreementError, Request, decide
from sharewell.agreements.lifecycle import LifecycleError, State
from sharewell.flows.agreeing import change, draft, end, find_recorded, move, text_of
from sharewell.flows.asking import agreements_in, find_agreement
from sharewell.flows.errors import FlowError, NotPermitted
from sharewell.flows.home import Home, open_home
from sharewell.flows.people import Person

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "agreements"
DRUGS = "DARS-NIC-698171-K4M0B"
RENEWED = f"{DRUGS}-v1.0"
TODAY = date(2026, 11, 24)
MAX = Person("max", "Max", "Home Office", "agreement manager")
HOME_OFFICE = Person("hope", "Hope", "Home Office", "signatory")
NHS = Person("nell", "Nell", "NHS England", "signatory")
YIELDED = "Two briefings led to more treatment places."


def text(version: str = "1.0", first: str = "2027-03-01", last: str = "2029-03-27") -> bytes:
    raw = (EXAMPLES / f"{DRUGS}-v0.3.yaml").read_text("utf-8")
    raw = raw.replace('version: "0.3"', f'version: "{version}"', 1)
    raw = re.sub(r"first: 2024-03-28\n  last: 2027-03-27", f"first: {first}\n  last: {last}", raw)
    return raw.encode()


@pytest.fixture
def places(empty: Home) -> tuple[Path, ...]:
    return EXAMPLES, empty.agreements


def _draft(home: Home, raw: bytes | None = None, yielded: str = YIELDED) -> str:
    draft(home, MAX, agreements_in(EXAMPLES), raw or text(), on=TODAY, yielded=yielded)
    return _seen(home)


def _seen(home: Home) -> str:
    terms = find_recorded(home, RENEWED).life.terms
    assert terms
    return terms.digest


def _move(home: Home, person: Person, verb: str, seen: str, on: date = TODAY) -> State:
    at_hand = agreements_in((EXAMPLES, home.agreements))
    life = move(home, person, at_hand, RENEWED, verb, seen=seen, on=on)  # type: ignore[arg-type]
    return life.state


def _sign_all(home: Home, on: date = TODAY) -> None:
    seen = _draft(home)
    _move(home, MAX, "issue", seen)
    _move(home, HOME_OFFICE, "sign", seen)
    _move(home, NHS, "sign", seen, on)


def test_what_all_signed_executes_from_the_day_of_the_last_signature(
    empty: Home, places: tuple[Path, ...]
) -> None:
    seen = _draft(empty)
    assert _move(empty, MAX, "issue", seen) is State.ISSUED
    assert _move(empty, HOME_OFFICE, "sign", seen) is State.PARTLY_SIGNED
    assert find_agreement(places, DRUGS, date(2027, 3, 5)).version == "0.3"
    assert _move(empty, NHS, "sign", seen, date(2027, 3, 10)) is State.SIGNED
    assert find_agreement(places, DRUGS, date(2027, 3, 9)).version == "0.3"
    governing = find_agreement(places, DRUGS, date(2027, 3, 10))
    assert governing.name == RENEWED
    asked = Request(act="supply", on=date(2028, 1, 1), by="NHS England", to="Home Office")
    assert decide(governing, asked).allowed
    assert text_of(places, RENEWED) == text()


def test_what_was_signed_is_made_again_from_the_ledger(
    empty: Home, places: tuple[Path, ...]
) -> None:
    _sign_all(empty, date(2027, 3, 10))
    before = {path.name: path.read_bytes() for path in empty.agreements.iterdir()}
    assert set(before) == {f"{RENEWED}.yaml", f"{RENEWED}.effect.json"}
    rmtree(empty.agreements)
    with open_home(empty.path) as again:
        assert {path.name: path.read_bytes() for path in again.agreements.iterdir()} == before


def test_every_step_is_in_the_ledger_with_its_text(empty: Home) -> None:
    _sign_all(empty)
    entries = list(empty.ledger.entries(kind="agreement"))
    assert [entry.body["step"] for entry in entries] == ["draft", "issue", "sign", "sign"]
    assert entries[0].files[0].sha256 == entries[3].body["seen"]
    assert entries[0].body["kind"] == "renewal"
    assert entries[0].body["yielded"] == YIELDED
    assert entries[3].actor["organisation"] == "NHS England"
    assert empty.ledger.verify(empty.files).ok


def test_of_two_at_once_one_wins_and_the_other_is_told(empty: Home) -> None:
    seen = _draft(empty)
    _move(empty, MAX, "issue", seen)

    def attempt(taken: tuple[Person, str]) -> str:
        try:
            return _move(empty, *taken, seen)
        except LifecycleError as error:
            return str(error)

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(attempt, [(HOME_OFFICE, "sign"), (MAX, "withdraw")]))
    won = [outcome for outcome in outcomes if outcome in set(State)]
    lost = [outcome for outcome in outcomes if outcome not in set(State)]
    assert len(won) == len(lost) == 1
    assert "Hope signed for Home Office" in lost[0] or "Max withdrew it" in lost[0]


def test_nobody_signs_a_text_that_was_changed_meanwhile(empty: Home) -> None:
    seen = _draft(empty)
    other = text(last="2030-03-27")
    at_hand = agreements_in(EXAMPLES)
    change(empty, MAX, at_hand, other, seen=seen, name=RENEWED, on=TODAY, yielded=YIELDED)
    _move(empty, MAX, "issue", _seen(empty))
    with pytest.raises(LifecycleError, match="another one now than you saw"):
        _move(empty, HOME_OFFICE, "sign", seen)
    with pytest.raises(FlowError, match="Keep its reference and version"):
        change(empty, MAX, at_hand, text("1.1"), seen=seen, name=RENEWED, on=TODAY, yielded=YIELDED)


def test_a_renewal_says_what_was_yielded_and_an_amendment_need_not(empty: Home) -> None:
    with pytest.raises(FlowError, match="Say which benefits"):
        _draft(empty, yielded=" ")
    _draft(empty, text(last="2027-03-27"), yielded="")
    (entry,) = empty.ledger.entries(kind="agreement")
    assert entry.body["kind"] == "amendment"


def test_an_amendment_of_what_was_ended_meanwhile_is_a_renewal(
    empty: Home, places: tuple[Path, ...]
) -> None:
    seen = _draft(empty, text(last="2027-03-27"), yielded="")
    end(empty, MAX, places, DRUGS, until=TODAY, reason="The work is done.", on=TODAY)
    with pytest.raises(FlowError, match="that renews it"):
        _move(empty, MAX, "issue", seen)


def test_an_end_stops_every_version_and_names_the_duties_that_begin(
    empty: Home, places: tuple[Path, ...]
) -> None:
    _sign_all(empty)
    until = date(2027, 1, 31)
    with pytest.raises(LifecycleError, match="needs a reason"):
        end(empty, MAX, places, DRUGS, until=until, reason=" ", on=TODAY)
    entries = end(empty, MAX, places, DRUGS, until=until, reason="The work is done.", on=TODAY)
    assert [entry.body["agreement"] for entry in entries] == [f"{DRUGS}-v0.3", RENEWED]
    assert entries[0].body["duties"] == ["certificate-of-destruction"]
    for day, allowed in ((until, True), (date(2027, 2, 1), False), (date(2028, 2, 1), False)):
        asked = Request(act="supply", on=day, by="NHS England", to="Home Office")
        assert decide(find_agreement(places, DRUGS, day), asked).allowed is allowed
    with pytest.raises(FlowError, match="No version of"):
        end(empty, MAX, places, DRUGS, until=until, reason="Again.", on=TODAY)


def test_who_may(empty: Home, places: tuple[Path, ...]) -> None:
    at_hand = agreements_in(EXAMPLES)
    with pytest.raises(NotPermitted, match="agreement manager"):
        draft(empty, NHS, at_hand, text(), on=TODAY, yielded=YIELDED)
    stranger = Person("x", "X", "Elsewhere", "agreement manager")
    with pytest.raises(FlowError, match="Elsewhere is no party"):
        draft(empty, stranger, at_hand, text(), on=TODAY, yielded=YIELDED)
    others = text().replace(DRUGS.encode(), b"DARS-NIC-687582-X2P3K")
    with pytest.raises(FlowError, match="Use another reference"):
        draft(empty, MAX, at_hand, others, on=TODAY, yielded=YIELDED)
    seen = _draft(empty)
    _move(empty, MAX, "issue", seen)
    with pytest.raises(NotPermitted):
        _move(empty, MAX, "sign", seen)
    lse = Person("l", "L", "LSE", "signatory")
    with pytest.raises(LifecycleError, match="LSE does not sign it"):
        _move(empty, lse, "sign", seen)
    with pytest.raises(NotPermitted):
        end(empty, NHS, places, DRUGS, until=TODAY, reason="No.", on=TODAY)


def test_a_text_with_problems_is_not_kept(empty: Home) -> None:
    with pytest.raises(AgreementError, match=r"mine\.yaml, line \d+"):
        draft(
            empty,
            MAX,
            agreements_in(EXAMPLES),
            text().replace(b"role: supplier", b"role: giver"),
            on=TODAY,
            file="mine.yaml",
        )
    with pytest.raises(AgreementError, match=r"mine\.yaml, clause poisonings"):
        draft(
            empty,
            MAX,
            agreements_in(EXAMPLES),
            text().replace(b"drug-poisoning", b"drug-potions"),
            on=TODAY,
            file="mine.yaml",
        )
    with pytest.raises(FlowError, match="does not follow"):
        _draft(empty, text("0.2"))
    assert list(empty.ledger.entries(kind="agreement")) == []
