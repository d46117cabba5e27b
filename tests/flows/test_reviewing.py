"""The access list and its review: an invented week, told person by person."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from sharewell.agreements import Agreement, Request, load_agreements
from sharewell.cli import main
from sharewell.flows.access import Access, record_access
from sharewell.flows.asking import inquire
from sharewell.flows.errors import FlowError, NotPermitted
from sharewell.flows.home import Home
from sharewell.flows.people import Person
from sharewell.flows.reviewing import (
    Named,
    access_list,
    name_person,
    remove_person,
    review_access,
)

TODAY = datetime.now(UTC).date()
BEFORE = TODAY - timedelta(days=10)
EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "agreements"
REFERENCE = "DARS-NIC-612092-Q0Y6F"


@pytest.fixture(scope="module")
def versions() -> list[Agreement]:
    found = [a for a in load_agreements(EXAMPLES) if a.reference == REFERENCE]
    term = found[-1].term.model_copy(update={"last": date(2100, 1, 1)})
    return [*found[:-1], found[-1].model_copy(update={"term": term})]


@pytest.fixture
def manager(empty: Home) -> Person:
    return empty.directory.person("m.manager")


def analyst(
    name: str, role: str = "serious violence analyst", house: str = "Home Office"
) -> Person:
    return Person(name.lower(), f"{name} (invented)", house, role)


def listed(person: Person, **changes: object) -> Named:
    named = Named(
        person.id, person.name, person.organisation, person.role, "Team", BEFORE, None, BEFORE
    )
    return replace(named, **changes)  # type: ignore[arg-type]


def read(home: Home, person: Person, reference: str = REFERENCE) -> int:
    return record_access(home, person, "read", Access("Counts.", reference, request="r-1")).seq


def test_who_may_who_did_and_who_should_not_have(
    empty: Home, manager: Person, versions: list[Agreement]
) -> None:
    latest = versions[-1]
    ann, ben, cat, dan = map(analyst, ("Ann", "Ben", "Cat", "Dan"))
    name_person(empty, manager, latest, listed(ann))
    name_person(empty, manager, latest, listed(cat))
    read(empty, ann)
    read(empty, ann)
    unlisted = read(empty, ben)
    wrong_role = read(empty, analyst("Eve", "drugs analyst"))
    stranger = read(empty, analyst("Flo", "researcher", "LSE"))
    read(empty, analyst("Sam", "data supplier", "NHS England"))
    read(empty, analyst("Gil"), "DARS-NIC-698171-K4M0B")
    name_person(empty, manager, latest, listed(dan))
    removed_first = remove_person(empty, manager, latest, dan.id)
    after = read(empty, dan)
    inquire(empty, ben, latest, Request(act="link", on=TODAY))

    found = review_access(empty, versions, TODAY)
    assert removed_first.seq < after
    assert [named.person for named in found.may] == ["ann", "cat"]
    assert {did.person: did.times for did in found.did} == {
        "ann": 2,
        "ben": 1,
        "eve": 1,
        "flo": 1,
        "sam": 1,
        "dan": 1,
    }
    assert [breach.entry for breach in found.should_not] == [
        unlisted,
        wrong_role,
        stranger,
        after,
    ]
    assert found.should_not[0].why == "Not on the list of names that day."
    assert "does not admit the role 'drugs analyst'" in found.should_not[1].why
    assert "does not name LSE" in found.should_not[2].why
    assert found.should_not[0].request == "r-1"
    assert [named.person for named in found.never] == ["cat"]
    assert (found.allowed, found.refused) == (7, 1)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"approval_ends": TODAY - timedelta(days=1)}, "The approval ended on"),
        ({"approved": TODAY + timedelta(days=1), "approval_ends": None}, "The approval starts on"),
        ({"trained": None}, "No training is noted."),
        ({"trained": TODAY - timedelta(days=366)}, "lapsed after a year"),
        ({"trained": TODAY - timedelta(days=365)}, None),
    ],
)
def test_lapsed_papers_are_said_and_reading_with_them_is_a_breach(
    empty: Home,
    manager: Person,
    versions: list[Agreement],
    changes: dict[str, object],
    why: str | None,
) -> None:
    ann = analyst("Ann")
    name_person(empty, manager, versions[-1], listed(ann, **changes))
    read(empty, ann)
    found = review_access(empty, versions, TODAY)
    if why is None:
        assert found.lapsed == found.should_not == ()
    else:
        assert why in found.lapsed[0].why
        assert why in found.should_not[0].why


def test_seeing_protected_figures_before_their_release_is_no_reading(
    empty: Home, versions: list[Agreement]
) -> None:
    record_access(empty, analyst("Ben"), "preview", Access("A table.", REFERENCE))
    found = review_access(empty, versions, TODAY)
    assert found.did == found.should_not == ()
    assert found.allowed == 1


def test_the_list_is_kept_by_managers_and_for_parties(
    empty: Home, manager: Person, versions: list[Agreement]
) -> None:
    ann, latest = analyst("Ann"), versions[-1]
    with pytest.raises(NotPermitted, match="agreement manager"):
        name_person(empty, ann, latest, listed(analyst("Ben")))
    with pytest.raises(FlowError, match="Nobody puts themselves"):
        name_person(empty, manager, latest, listed(manager))
    with pytest.raises(FlowError, match="no party"):
        name_person(empty, manager, latest, listed(analyst("Flo", house="LSE")))
    with pytest.raises(FlowError, match="not on the list"):
        remove_person(empty, manager, latest, "ann")
    name_person(empty, manager, latest, listed(ann))
    name_person(empty, manager, latest, listed(ann, trained=TODAY))
    (named,) = access_list(empty, REFERENCE)
    assert named.trained == TODAY, "the later entry says how it is"


def test_the_command_line_keeps_the_list_and_reviews_it(
    empty: Home, manager: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*arguments: str, code: int = 0) -> str:
        done = CliRunner().invoke(
            main, ["--home", str(empty.path), "--as", "m.manager", *arguments]
        )
        assert done.exit_code == code, done.output
        return done.output

    day = ("--on", "2026-11-24")
    named = ("access", "name", "v.violence", "--agreement", REFERENCE, "--approved-by", "Team")
    assert "is on the list" in run(*named, "--trained", "2026-11-01", *day)
    record_access(empty, analyst("Ben"), "read", Access("Counts.", REFERENCE))
    later = ("--on", "2099-01-01")
    said = run("access", "review", "--agreement", REFERENCE, *later, code=1)
    assert "Ben (invented) on" in said
    as_json = run("access", "review", "--format", "json", *later, code=1)
    assert '"should_not"' in as_json
    assert "is off the list" in run(
        "access", "remove", "v.violence", "--agreement", REFERENCE, *day
    )
