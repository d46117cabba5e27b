"""The table of who sees what, in the docs, made from what each role finds in each query."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from monitoring_rows import LIVERPOOL, SEFTON, a_client, a_service, at, client_row
from test_monitoring_reach import REACHES, TABLES, World, _without_row_security, furnish

from made_documents import check_block
from sharewell.service.accounts.models import Organisation, User
from sharewell.service.monitoring import clients, reach
from sharewell.service.monitoring.models import Client, Membership, Service
from sharewell.service.monitoring.people.linking import find_who_is_who
from sharewell.service.monitoring.reach import Reach, within

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "who-sees-what.md"
QUERIES = {
    "services": "which services there are",
    "managed": "which services they manage",
    "staff": "who works there",
    "clients": "clients",
    "identities": "who they are, sealed",
    "traces": "what a client is found by",
    "people": "clients under a pseudonym",
    "records": "activity",
    "answers": "answers about consent",
    "versions": "what a client or a record was before",
    "drafts": "what was typed and not saved",
    "openings": "who opened which client",
    "memberships": "which pseudonyms are one person",
}
MODELS = TABLES | {"managed": Service, "people": Client, "memberships": Membership}
COLUMNS = {who: who for who in REACHES} | {
    "monitoring analyst": "monitoring analyst of all areas",
    "monitoring analyst of the other area": "monitoring analyst of one area",
    "auditor": "everybody else",
}
CONSENT = {True: "of who consent", False: "of who do not", None: "of nobody"}
MINE, OTHERS = "what is theirs", "what is others'"
ORDER = [*CONSENT.values(), MINE, OTHERS, ""]

Row = tuple[Any, str]
"""A row found: the key of its service, and whose it is, in the words of `ORDER`."""


@pytest.fixture
def square(make_person: Callable[..., User]) -> tuple[World, dict[str, Service]]:
    """Two organisations, each with a service in each of two areas, so that what is found shows
    whether a role reaches a service, an organisation, or an area."""
    harbour, quay = (
        Organisation.objects.create(name=name, short=name, kind=Organisation.Kind.PROVIDER)
        for name in ("Harbour", "Quay")
    )
    worker, mate = (make_person("service worker", organisation=harbour) for _ in range(2))
    manager = make_person("service manager", organisation=harbour)
    stranger = make_person("service worker", organisation=quay)
    here = a_service(harbour, worker, mate, area=LIVERPOOL)
    sister = a_service(harbour, mate, area=SEFTON)
    beside = a_service(quay, stranger, area=LIVERPOOL)
    there = a_service(quay, stranger, area=SEFTON)
    furnish(here, worker, mate, manager)
    furnish(sister, mate, manager)
    furnish(beside, stranger)
    furnish(there, stranger)
    services = {"here": here, "sister": sister, "beside": beside, "there": there}
    since = [a_client(service, client_id="P2") for service in services.values()]
    find_who_is_who()
    for client in since:
        with at(client.service):
            clients.change(client, 1, client_row(consent="N"), "Said so")
    return World(here, there, worker, manager, stranger, make_person), services


def test_the_table_of_who_sees_what_is_what_they_find(square: Any) -> None:
    world, services = square
    reaches = {who: make(world) for who, make in REACHES.items()}
    found: dict[tuple[str, str], list[Any]] = {}
    for who, acting in reaches.items():
        with within(acting):
            for query in QUERIES:
                found[query, who] = list(getattr(reach, query)())
    _without_row_security()
    consents = dict(Client.objects.values_list("pk", "consent"))
    service_of = dict(Client.objects.values_list("pk", "service_id"))

    def row(each: Any, acting: Reach) -> Row:
        given = each if isinstance(each, dict) else vars(each)
        if isinstance(each, Service):
            return each.pk, ""
        client = given["id"] if isinstance(each, (Client, dict)) else given.get("client_id")
        place = given.get("service_id") or service_of[client]
        if "person_id" in given:
            return place, MINE if given["person_id"] == acting.person else OTHERS
        return place, CONSENT[consents.get(client)]

    def cell(query: str, who: str) -> str:
        acting = reaches[who]
        whole = {row(each, acting) for each in MODELS[query]._default_manager.all()}
        seen = {row(each, acting) for each in found[query, who]}
        assert seen <= whole
        return _words(seen, whole, _places(services, acting))

    check_block(PAGE, "who sees what", "\n".join(_table(cell)) + "\n")


def _table(cell: Callable[[str, str], str]) -> Iterator[str]:
    yield f"| What | {' | '.join(COLUMNS.values())} |"
    yield "|---" * (len(COLUMNS) + 1) + "|"
    for query, words in QUERIES.items():
        yield f"| {words} | {' | '.join(cell(query, who) for who in COLUMNS)} |"


def _places(services: dict[str, Service], acting: Reach) -> dict[frozenset[Any], str]:
    """What sets of services are to somebody, in words. No set is two of them: it is a square."""
    areas = {
        frozenset(s.pk for s in services.values() if s.area == area): area
        for area in (LIVERPOOL, SEFTON)
    }
    own = {where: "own area" for where, area in areas.items() if area == acting.area}
    here, sister = services["here"].pk, services["sister"].pk
    return {
        frozenset({here}): "own service",
        frozenset({here, sister}): "own organisation",
        frozenset(s.pk for s in services.values()): "every service",
        **own,
    }


def _words(seen: set[Row], whole: set[Row], places: dict[frozenset[Any], str]) -> str:
    """What is seen, of what there is: where, and which of the rows there."""
    if not seen:
        return "nothing"
    at = frozenset(place for place, _ in seen)
    which = {what for _, what in seen}
    there = {what for place, what in whole if place in at}
    assert seen == {each for each in whole if each[0] in at and each[1] in which}
    told = " and ".join(sorted(which, key=ORDER.index))
    return places[at] if which == there else f"{places[at]}: {told}"
