"""Who sees who is who: every role, asked of the gate and of PostgreSQL apart; and consent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from monitoring_rows import LIVERPOOL, SEFTON, a_client, a_service, at, client_row
from test_monitoring_reach import _authority, _without_row_security

from sharewell.service.accounts.models import User
from sharewell.service.monitoring import clients, reach
from sharewell.service.monitoring.models import (
    Client,
    Decision,
    Linking,
    Membership,
    Oddity,
    Pair,
    Workings,
)
from sharewell.service.monitoring.people.linking import find_who_is_who
from sharewell.service.monitoring.reach import OutOfReach, Reach, counting_reach, within

TABLES = {
    "memberships": Membership, "pairs": Pair, "oddities": Oddity, "decisions": Decision,
    "linkings": Linking, "workings": Workings,
}  # fmt: skip


@pytest.fixture
def world(make_person: Callable[..., User]) -> dict[str, Any]:
    """Two clients in Liverpool and two in Sefton who consent, and one in each who does not; of
    each place a pair, of both one, and of those who do not consent one."""
    here, there = a_service(area=LIVERPOOL), a_service(area=SEFTON)
    ours = [a_client(here), a_client(here, first_initial="K"), a_client(here, sex="F")]
    theirs = [a_client(there), a_client(there, first_initial="K"), a_client(there, sex="F")]
    analyst = make_person("monitoring analyst")
    find_who_is_who()
    couples = [ours[:2], theirs[:2], [ours[0], theirs[0]], [ours[0], ours[2]], theirs[1:]]
    with within(counting_reach()):
        reach.forget_who_is_who()
        for number, client in enumerate(ours + theirs):
            Membership.objects.create(
                client=client, pseudonym=str(number), exact=1, person=1, strict=1
            )
        for one, other in (sorted(each, key=lambda client: client.pk) for each in couples):
            Pair.objects.create(
                one=one, other=other, step=0, relation=0, times=0, found=1, expected=1,
                probability=0.5, linked=True, doubtful=True,
            )  # fmt: skip
            Oddity.objects.create(one=one, other=other, kind="after-death", day="2026-01-01")
    with within(reach.analyst_reach(analyst)):
        for one, other in couples:
            _decide(one.pk, other.pk, analyst)
    for client in (ours[2], theirs[2]):
        with at(client.service):
            clients.change(client, 1, client_row(sex="F", consent="N"), "Said so")
    return {"here": here, "there": there, "ours": ours, "analyst": analyst, "makes": make_person}


def _decide(one: UUID, other: UUID, by: User) -> None:
    one, other = sorted((one, other))
    Decision.objects.create(one=one, other=other, verdict="same", why="Alike", by=by)


ALL = {"memberships": 4, "pairs": 3, "oddities": 3, "decisions": 3, "linkings": 1, "workings": 0}
AREA = {"memberships": 2, "pairs": 1, "oddities": 1, "decisions": 1, "linkings": 1, "workings": 0}
NONE = dict.fromkeys(TABLES, 0)


def _staff(world: Any) -> Reach:
    both = frozenset((world["here"].pk, world["there"].pk))
    return Reach("staff", None, both, both)


def _commissioner(world: Any) -> Reach:
    person = world["makes"]("commissioner", organisation=_authority("Liverpool", LIVERPOOL))
    return reach.commissioner_reach(person, LIVERPOOL)


def _of_sefton(world: Any) -> Reach:
    person = world["makes"]("monitoring analyst", organisation=_authority("Sefton", SEFTON))
    return reach.analyst_reach(person, SEFTON)


ROLES: dict[str, tuple[Callable[[Any], Reach], dict[str, int]]] = {
    "service worker": (_staff, NONE),
    "commissioner": (_commissioner, NONE),
    "monitoring analyst": (lambda w: reach.analyst_reach(w["analyst"]), ALL),
    "monitoring analyst of Sefton": (_of_sefton, AREA),
    "administrator": (lambda w: reach.administrator_reach(w["makes"]("administrator")), NONE),
    "the machine that counts": (lambda _w: counting_reach(), ALL | {"workings": 1}),
    "nobody": (lambda _w: Reach("staff"), NONE),
}


@pytest.mark.parametrize("who", ROLES)
@pytest.mark.parametrize("held_by", ["both", "the gate alone", "PostgreSQL alone"])
def test_each_role_sees_what_is_theirs_and_nothing_else(
    who: str, held_by: str, world: dict[str, Any]
) -> None:
    make, expected = ROLES[who]
    with within(make(world)):
        if held_by == "the gate alone":
            _without_row_security()
        for name, model in TABLES.items():
            found = (
                model._default_manager.all()
                if held_by == "PostgreSQL alone"
                else getattr(reach, name)()
            )
            assert found.count() == expected[name], f"{name} for {who}, {held_by}"


def test_outside_of_a_reach_there_is_nothing(world: dict[str, Any]) -> None:
    for name, model in TABLES.items():
        with pytest.raises(OutOfReach):
            getattr(reach, name)()
        assert model._default_manager.count() == 0


def test_only_the_machine_writes_who_is_who(world: dict[str, Any]) -> None:
    one = world["ours"][0]
    for who in set(ROLES) - {"the machine that counts"}:
        with within(ROLES[who][0](world)):
            with pytest.raises(DatabaseError), transaction.atomic():
                Linking.objects.create(
                    began=timezone.now(), data="", clients=1, exact=1, people=1, decisions=0
                )
            with pytest.raises(DatabaseError), transaction.atomic():
                Oddity.objects.create(one=one, other=one, kind="after-death", day="2026-01-01")
            for model in (Membership, Pair, Oddity, Linking, Workings):
                assert model._default_manager.all().delete()[0] == 0, f"{model} by {who}"
            with pytest.raises(OutOfReach):
                reach.forget_who_is_who()


def test_an_analyst_decides_in_their_own_name_about_whom_they_see(world: dict[str, Any]) -> None:
    ours, other = world["ours"], world["makes"]("monitoring analyst")
    with within(reach.analyst_reach(world["analyst"])):
        _decide(ours[0].pk, ours[1].pk, world["analyst"])
        for about, by in ((ours[1], other), (ours[2], world["analyst"])):
            with pytest.raises(DatabaseError), transaction.atomic():
                _decide(ours[0].pk, about.pk, by)
        for change in (
            "UPDATE monitoring_decision SET why = ''",
            "DELETE FROM monitoring_decision",
        ):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(change)
    with within(_of_sefton(world)), pytest.raises(DatabaseError), transaction.atomic():
        _decide(ours[0].pk, ours[1].pk, world["analyst"])


def test_who_is_who_goes_with_the_client(world: dict[str, Any]) -> None:
    one = world["ours"][0]
    with at(one.service):
        clients.delete(clients.clients().get(pk=one.pk), 1, "Asked for it")
        assert not Client.objects.filter(pk=one.pk).exists()
    with within(counting_reach()):
        assert reach.memberships().count() == 3
        assert reach.pairs().count() == reach.oddities().count() == 1
