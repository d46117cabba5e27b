"""Who sees what: every query by every role, asked of the gate and of PostgreSQL apart."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from monitoring_rows import (
    LIVERPOOL,
    SEFTON,
    a_client,
    a_record,
    a_service,
    at,
    client_row,
)

from sharewell.service import monitoring
from sharewell.service.accounts.models import Organisation, User
from sharewell.service.monitoring import clients, drafts, opening, reach, security
from sharewell.service.monitoring.models import (
    Client,
    Consent,
    Draft,
    Identity,
    Opening,
    Record,
    Service,
    Staff,
    Trace,
    Version,
)
from sharewell.service.monitoring.reach import OutOfReach, Reach, within

NAMES = (
    "services", "managed", "staff", "clients", "people", "identities", "traces", "answers",
    "records", "versions", "drafts", "openings",
)  # fmt: skip
TABLES = {
    "services": Service, "staff": Staff, "clients": Client, "identities": Identity,
    "traces": Trace, "answers": Consent, "records": Record, "versions": Version,
    "drafts": Draft, "openings": Opening,
}  # fmt: skip


@dataclass(frozen=True)
class World:
    """Two services of two organisations and areas: at each a client who consents, one who does
    not, a session that nobody named, and a draft and an opening by the worker."""

    here: Service
    there: Service
    worker: User
    manager: User
    stranger: User
    makes: Callable[..., User]


@pytest.fixture
def world(make_person: Callable[..., User]) -> World:
    houses = [
        Organisation.objects.create(name=name, short=name, kind=Organisation.Kind.PROVIDER)
        for name in ("Harbour", "Quay")
    ]
    worker = make_person("service worker", organisation=houses[0])
    manager = make_person("service manager", organisation=houses[0])
    stranger = make_person("service worker", organisation=houses[1])
    here = a_service(houses[0], worker, area=LIVERPOOL)
    there = a_service(houses[1], stranger, area=SEFTON)
    furnish(here, worker)
    furnish(there, stranger)
    return World(here, there, worker, manager, stranger, make_person)


def furnish(service: Service, *people: User) -> None:
    """A client who consents, one who does not, activity of each and of nobody; of each of the
    people who work there a draft, and that they opened the client who consents."""
    yes, no = a_client(service, client_id="P1"), a_client(service, consent="N")
    for client in (yes, no, None):
        a_record(service, client)
    for person in people:
        with within(reach.staff_reach(person)):
            drafts.keep(service, "hatch", {"sought": "JS"})
            opening.note(yes, "here", "")


def _commissioner(world: World) -> Reach:
    person = world.makes("commissioner", organisation=_authority("Liverpool", LIVERPOOL))
    return reach.commissioner_reach(person, LIVERPOOL)


def _analyst(world: World) -> Reach:
    return reach.analyst_reach(world.makes("monitoring analyst"))


def _area_analyst(world: World) -> Reach:
    authority = _authority("Sefton", SEFTON)
    return reach.analyst_reach(world.makes("monitoring analyst", organisation=authority), SEFTON)


def _authority(name: str, area: str) -> Organisation:
    return Organisation.objects.create(
        name=name, short=name, kind=Organisation.Kind.LOCAL_AUTHORITY, area=area
    )


REACHES: dict[str, Callable[[World], Reach]] = {
    "service worker": lambda w: reach.staff_reach(w.worker),
    "service manager": lambda w: reach.staff_reach(w.manager),
    "commissioner": _commissioner,
    "monitoring analyst": _analyst,
    "monitoring analyst of the other area": _area_analyst,
    "administrator": lambda w: reach.administrator_reach(w.makes("administrator")),
    "the machine that counts": lambda _w: reach.counting_reach(),
    "auditor": lambda w: reach.staff_reach(w.makes("auditor")),
}

# How many rows of (here, there) each may see, query by query. A client has one identity (and one
# more where the service gave a reference), 7 traces of an attributor, 1 of a reference; three
# clients or records and their versions make five.
ALL = {
    "services": (1, 1), "managed": (0, 0), "staff": (0, 0), "clients": (0, 0), "people": (0, 0),
    "identities": (0, 0), "traces": (0, 0), "answers": (0, 0), "records": (0, 0),
    "versions": (0, 0), "drafts": (0, 0), "openings": (0, 0),
}  # fmt: skip
STAFF = ALL | {
    "services": (1, 0), "clients": (2, 0), "identities": (3, 0), "traces": (15, 0),
    "answers": (2, 0), "records": (3, 0), "versions": (5, 0),
}  # fmt: skip
EXPECTED: dict[str, dict[str, tuple[int, int]]] = {
    "service worker": STAFF | {"drafts": (1, 0), "openings": (1, 0)},
    "service manager": STAFF | {"managed": (1, 0), "staff": (1, 0), "openings": (1, 0)},
    "commissioner": ALL | {"services": (1, 0)},
    "monitoring analyst": ALL | {"people": (1, 1), "records": (2, 2)},
    "monitoring analyst of the other area": ALL
    | {"services": (0, 1), "people": (0, 1), "records": (0, 2)},
    "administrator": ALL,
    "the machine that counts": ALL
    | {
        "clients": (1, 1),
        "people": (1, 1),
        "identities": (2, 2),
        "answers": (1, 1),
        "records": (2, 2),
    },
    "auditor": ALL | {"services": (0, 0)},
}


@pytest.mark.parametrize("who", REACHES)
@pytest.mark.parametrize("held_by", ["both", "the gate alone", "PostgreSQL alone"])
def test_each_role_sees_what_is_theirs_and_nothing_else(
    who: str, held_by: str, world: World
) -> None:
    expected = EXPECTED[who]
    with within(REACHES[who](world)):
        if held_by == "the gate alone":
            _without_row_security()
        for name in NAMES:
            seen = {world.here.pk: 0, world.there.pk: 0}
            for service in _services(name, through_gate=held_by != "PostgreSQL alone"):
                seen[service] += 1
            want = expected[name]
            if held_by == "PostgreSQL alone":
                want = _by_rows_alone(who, name, expected)
            assert tuple(seen.values()) == want, f"{name} for {who}, {held_by}"


def test_outside_of_a_reach_there_is_nothing(world: World) -> None:
    for name in NAMES:
        with pytest.raises(OutOfReach):
            getattr(reach, name)()
    for model in TABLES.values():
        assert model._default_manager.count() == 0
    with within(reach.staff_reach(world.worker)):
        assert reach.clients().count() == 2
    assert Client.objects.count() == 0, "nor after one"


def test_a_reach_within_another_gives_back_the_first(world: World) -> None:
    with within(reach.staff_reach(world.worker)):
        with within(reach.staff_reach(world.stranger)):
            assert {c.service_id for c in Client.objects.all()} == {world.there.pk}
        with pytest.raises(ZeroDivisionError), within(reach.counting_reach()):
            _ = 1 / 0
        assert {c.service_id for c in Client.objects.all()} == {world.here.pk}


def test_nobody_writes_into_another_service(world: World) -> None:
    with within(reach.staff_reach(world.worker)):
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            clients.add(world.there, client_row())
        theirs = Client.objects.filter(service=world.there)
        assert theirs.update(consent=True) == 0
        assert theirs.delete()[0] == 0
    for who in ("monitoring analyst", "the machine that counts", "commissioner", "administrator"):
        with within(REACHES[who](world)):
            with pytest.raises(DatabaseError), transaction.atomic():
                clients.add(world.here, client_row())
            assert Client.objects.update(consent=True) == 0
            assert Record.objects.update(module="needle") == 0


def test_what_is_kept_is_only_added_to(world: World) -> None:
    with within(reach.staff_reach(world.worker)):
        for statement in (
            "UPDATE monitoring_version SET reason = 'x'",
            "DELETE FROM monitoring_version",
            "UPDATE monitoring_opening SET reason = 'here'",
            "DELETE FROM monitoring_opening",
            "ALTER TABLE monitoring_client DISABLE ROW LEVEL SECURITY",
            "DROP POLICY reading ON monitoring_client",
        ):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)


def test_the_application_is_not_the_owner_and_cannot_pass_by() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename, tableowner <> current_user, relforcerowsecurity "
            "FROM pg_tables JOIN pg_class ON relname = tablename "
            "WHERE tablename LIKE 'monitoring_%' AND schemaname = current_schema()"
        )
        tables = {name: (other, forced) for name, other, forced in cursor.fetchall()}
        assert tables.pop("monitoring_postcode") == (False, False)
        assert set(tables) == {f"monitoring_{name}" for name in security.READING}
        assert set(tables.values()) == {(True, True)}
        cursor.execute(
            "SELECT rolsuper, rolbypassrls FROM pg_roles "
            f"WHERE rolname IN (current_user, '{security.OWNER}')"
        )
        assert cursor.fetchall() == [(False, False)] * 2


def test_a_login_that_passes_by_is_refused(world: World) -> None:
    with within(reach.staff_reach(world.worker)):
        _without_row_security()
        with pytest.raises(OutOfReach, match="BYPASSRLS"), within(reach.counting_reach()):
            pass


# --- consent --------------------------------------------------------------------------------------


def _counted() -> tuple[int, int, int, int]:
    with within(reach.counting_reach()):
        return (
            reach.clients().count(),
            reach.people().count(),
            reach.identities().count(),
            reach.records().count(),
        )


def test_no_takes_everything_back_at_once_and_yes_gives_it_again() -> None:
    service = a_service()
    client = a_client(service)
    a_record(service, client, date="2025-06-08")
    a_record(service, client)
    assert _counted() == (1, 1, 1, 2)
    with at(service):
        clients.change(client, 1, client_row(consent="N"), "Said so")
    assert _counted() == (0, 0, 0, 0), "also what was recorded before"
    with at(service):
        assert reach.clients().count() == 1
        assert reach.records().count() == 2
        clients.change(client, 2, client_row(consent="Y"), "Said so again")
        assert [each.answer for each in reach.answers()] == [True, False, True]
    assert _counted() == (1, 1, 1, 2)


def test_who_objects_is_activity_and_nobody() -> None:
    service = a_service()
    a_record(service, None, objected=True)
    assert _counted() == (0, 0, 0, 1)


# --- who reaches how far --------------------------------------------------------------------------


def test_a_worker_reaches_only_the_services_where_they_work(world: World) -> None:
    other = a_service(world.here.organisation)
    assert reach.staff_reach(world.worker).services == {world.here.pk}
    both = reach.staff_reach(world.manager)
    assert both.services == both.managed == {world.here.pk, other.pk}


def test_nobody_is_staff_without_the_role_in_that_organisation(world: World) -> None:
    a_service(world.there.organisation, world.worker)
    assert reach.staff_reach(world.worker).services == {world.here.pk}


@pytest.mark.parametrize("change", [{"area": SEFTON}, {"role": "auditor"}])
def test_a_grant_limits_the_reach(change: dict[str, Any], world: World) -> None:
    world.worker.grants.update(**change)
    worker = User.objects.get(pk=world.worker.pk)
    assert reach.staff_reach(worker).services == frozenset()


def test_a_commissioner_has_their_own_area_alone(world: World) -> None:
    person = world.makes("commissioner", organisation=_authority("Sefton", SEFTON))
    assert reach.areas_of(person, "commissioner") == {SEFTON}
    with pytest.raises(PermissionDenied):
        reach.commissioner_reach(person, LIVERPOOL)
    with pytest.raises(PermissionDenied):
        reach.analyst_reach(person, SEFTON)


def test_no_other_module_queries_by_itself() -> None:
    """The gate is one module: elsewhere managers may make rows, and look postcodes up."""
    folder = Path(monitoring.__file__).parent
    allowed = {"create", "bulk_create"}
    for path in folder.rglob("*.py"):
        if path.name != "reach.py" and path.parent.name != "migrations":
            assert not set(_managers(path)) - allowed, path.name


def _managers(path: Path) -> Iterator[str]:
    """What is called on ``Model.objects`` in a module, but for the lookup of postcodes."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Attribute)
            and node.value.attr in ("objects", "_default_manager", "_base_manager")
            and ast.unparse(node.value.value) != "Postcode"
        ):
            yield node.attr


def _services(name: str, *, through_gate: bool) -> list[Any]:
    """The services of the rows that a query gives."""
    if not through_gate:
        name_of = {"people": Client, "managed": Service} | TABLES
        model = name_of[name]
        if model is Service:
            return list(Service.objects.values_list("pk", flat=True))
        return list(model._default_manager.values_list("service_id", flat=True))
    found = getattr(reach, name)()
    return [
        row["service_id"] if isinstance(row, dict) else getattr(row, "service_id", row.pk)
        for row in found
    ]


def _by_rows_alone(who: str, name: str, expected: dict[str, tuple[int, int]]) -> tuple[int, int]:
    """PostgreSQL protects rows: it does not know which columns are derived, which services one
    manages; that there is a service is no secret; and one finds oneself on a staff list."""
    if name in ("services", "managed"):
        return (1, 1)
    if name in ("clients", "people"):
        return max(expected["clients"], expected["people"])
    if name == "staff" and who == "service worker":
        return (1, 0)
    return expected[name]


def _without_row_security() -> None:
    """Switches it off until the transaction of the test ends."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        security.lend(cursor)
        for table in security.READING:
            cursor.execute(f"ALTER TABLE monitoring_{table} NO FORCE ROW LEVEL SECURITY")
            cursor.execute(f"ALTER TABLE monitoring_{table} DISABLE ROW LEVEL SECURITY")
        security.take_back(cursor)
