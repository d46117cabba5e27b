"""The one gate: who may see which clients and activity. Every query of monitoring starts here.

    with within(staff_reach(user)):
        clients().filter(...)

A reach says for which purpose somebody works, for whom, and which services are within it. While it
holds, each function below gives only the rows in reach; and PostgreSQL, which was told the same
for this transaction (see `security`), gives no other rows to anybody who forgets to ask here.
Outside of a reach there is nothing to be had.

staff          own services: their clients and activity, and who they are
administrator  services and what they record, and no client
commissioner   which services an area has; counts come only through tabulation and disclosure
analyst        consented clients without any identity, under a pseudonym, and activity
counting       for the machine alone, which links and counts: consented clients with attributors
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from sharewell.service.accounts.interface import grants_of
from sharewell.service.monitoring.models import (
    Bundle,
    Client,
    Consent,
    Decision,
    Draft,
    Identity,
    JourneyTable,
    Linking,
    Mapping,
    Membership,
    Oddity,
    Opening,
    Pair,
    Record,
    Report,
    Reported,
    Service,
    Staff,
    Supplier,
    Tally,
    Trace,
    Upload,
    UploadFinding,
    Version,
    Withdrawal,
    Workings,
)

WORKER, MANAGER = "service worker", "service manager"
COMMISSIONER, ANALYST, ADMINISTRATOR = "commissioner", "monitoring analyst", "administrator"

Purpose = Literal["staff", "administrator", "commissioner", "analyst", "counting"]

DERIVED = (
    "service_id", "birth_year", "sex", "gender_identity", "ethnicity", "nationality",
    "accommodation", "employment", "main_substance", "second_substance", "injecting",
    "registered_on", "closed_on", "closed_reason", "district", "local_authority",
    "police_force", "region",
)  # fmt: skip
"""What statistics use of a client, and all that an analyst sees of one."""


class OutOfReach(Exception):
    """A query without a reach, or a database that would not hold to it."""


@dataclass(frozen=True)
class Reach:
    """For which purpose somebody works, for whom, and how far that goes.

    ``services`` are those where they work (of 'staff'), ``managed`` those of them that they
    manage; ``areas`` limits the purposes that see areas, by ONS code, None where nothing does.
    """

    purpose: Purpose
    person: UUID | None = None
    services: frozenset[UUID] = frozenset()
    managed: frozenset[UUID] = frozenset()
    area: str | None = None


_now: ContextVar[Reach | None] = ContextVar("reach", default=None)


@contextmanager
def within(reach: Reach) -> Iterator[Reach]:
    """Works within a reach, in one transaction. OutOfReach where PostgreSQL does not hold to it."""
    before = _now.get()
    with transaction.atomic():
        if not _tell(reach):
            raise OutOfReach(
                "PostgreSQL does not hold this login to row-level security: it is a superuser, or "
                "has BYPASSRLS. Connect as a role that is neither (docs/explanation/"
                "who-sees-what.md)."
            )
        token = _now.set(reach)
        try:
            yield reach
        finally:
            _now.reset(token)
        # What was said holds until the transaction ends, which may be somebody else's; when it
        # fails it is rolled back with the rest.
        _tell(before)


def staff_reach(user: Any) -> Reach:
    """The services where the person works, and those whose organisation they manage."""
    grants = [g for g in grants_of(user) if g.role in (WORKER, MANAGER)]
    with within(Reach("staff", user.pk)):
        lists = Q(pk__in=Staff.objects.filter(person=user).values("service"))
        managed = _services_of(g for g in grants if g.role == MANAGER)
        worked = _services_of((g for g in grants if g.role == WORKER), lists)
    return Reach("staff", user.pk, managed | worked, managed)


def reach_of_service(service: UUID) -> Reach:
    """One service without a person: for what the machine writes on a service's behalf."""
    return Reach("staff", None, frozenset({service}))


def administrator_reach(user: Any) -> Reach:
    """Services, and no client."""
    return Reach("administrator", user.pk)


def commissioner_reach(user: Any, area: str) -> Reach:
    """An area that the person commissions; PermissionDenied for another."""
    return Reach("commissioner", user.pk, area=_area(user, COMMISSIONER, area))


def analyst_reach(user: Any, area: str = "") -> Reach:
    """An area ('' for all) that the person analyses; PermissionDenied for another."""
    return Reach("analyst", user.pk, area=_area(user, ANALYST, area) or None)


def counting_reach(area: str = "") -> Reach:
    """What the machine links and counts; nobody looks at it."""
    return Reach("counting", area=area or None)


def areas_of(user: Any, role: str) -> frozenset[str] | None:
    """The areas that the person holds the role for; None for all."""
    areas = {
        g.area or (g.organisation.area if g.organisation else "")
        for g in grants_of(user)
        if g.role == role
    }
    return None if "" in areas else frozenset(areas)


# --- what is in reach -----------------------------------------------------------------------------


def services() -> QuerySet[Service]:
    """Services: of an area for who commissions it, one's own for staff, else all."""
    found = Service.objects.select_related("organisation")
    match _reach():
        case Reach("staff", services=own):
            return found.filter(pk__in=own)
        case Reach("commissioner", area=area):
            return found.filter(area=area)
        case Reach(area=area):
            return found.filter(area=area) if area else found


def managed() -> QuerySet[Service]:
    """The services that the person manages."""
    return services().filter(pk__in=_reach().managed)


def staff() -> QuerySet[Staff]:
    """Who works at the services that one manages."""
    return Staff.objects.filter(service__in=_reach().managed).select_related("person", "service")


def clients() -> QuerySet[Client]:
    """Clients: of own services for staff; to count, those who consent."""
    reach = _reach()
    if reach.purpose == "staff":
        return Client.objects.filter(service__in=reach.services).select_related("service")
    if reach.purpose != "counting":
        return Client.objects.none()
    return _counted(reach)


def people() -> QuerySet[Client, dict[str, Any]]:
    """What an analyst sees of consented clients: the columns `DERIVED`, and the key from which
    `sealing.pseudonym` makes what they are called."""
    reach = _reach()
    if reach.purpose not in ("analyst", "counting"):
        return Client.objects.none().values("id", *DERIVED)
    return _counted(reach).values("id", *DERIVED)


def identities() -> QuerySet[Identity]:
    """Sealed identities: of own clients, and of those who are counted."""
    reach = _reach()
    if reach.purpose == "counting":
        return Identity.objects.filter(client__in=_counted(reach))
    return _own(Identity)


def traces() -> QuerySet[Trace]:
    """Digests to find own clients by."""
    return _own(Trace)


def answers() -> QuerySet[Consent]:
    """The answers about consent of own clients; to count, of those who consent now."""
    reach = _reach()
    if reach.purpose == "counting":
        return Consent.objects.filter(client__in=_counted(reach))
    return _own(Consent)


def records() -> QuerySet[Record]:
    """Activity: of own services; to count and analyse, of who consents, and what is nobody's."""
    reach = _reach()
    if reach.purpose not in ("analyst", "counting"):
        return _own(Record).select_related("client", "service")
    nobodys = Q(client__isnull=True)
    if reach.area:
        nobodys &= Q(service__area=reach.area)
    return Record.objects.filter(Q(client__in=_counted(reach)) | nobodys)


def versions() -> QuerySet[Version]:
    """What own clients and records were before."""
    return _own(Version).select_related("by")


def reports() -> QuerySet[Report]:
    """Reports, which hold no figures: commissioners find those that are shared."""
    found = Report.objects.select_related("asked_by")
    match _reach().purpose:
        case "analyst" | "counting":
            return found
        case "commissioner":
            return found.filter(state=Report.State.SHARED)
        case _:
            return found.none()


def reported() -> QuerySet[Reported]:
    """Whose records are in reports: to count alone."""
    found = Reported.objects.all()
    return found if _reach().purpose == "counting" else found.none()


def drafts() -> QuerySet[Draft]:
    """What the person typed and did not save."""
    return _own(Draft).filter(person=_reach().person)


def openings() -> QuerySet[Opening]:
    """Who opened clients: all at services that one manages, and one's own."""
    reach = _reach()
    mine = Q(service__in=reach.services, person=reach.person)
    found = _own(Opening).filter(Q(service__in=reach.managed) | mine)
    return found.select_related("person", "service")


# --- who is who -----------------------------------------------------------------------------------


def memberships() -> QuerySet[Membership]:
    """Whose record each client is: of those who consent now, to count and analyse."""
    reach = _reach()
    return _who_is_who(Membership).filter(client__in=_counted(reach))


def pairs() -> QuerySet[Pair]:
    """Pairs of clients that are alike, both in reach."""
    return _who_is_who(Pair).filter(**_both(_counted(_reach())))


def oddities() -> QuerySet[Oddity]:
    """What no one person can have done, of clients in reach."""
    return _who_is_who(Oddity).filter(**_both(_counted(_reach())))


def decisions() -> QuerySet[Decision]:
    """What was decided about pairs of clients that are both in reach, in order."""
    found = _who_is_who(Decision).select_related("by").order_by("pk")
    return found.filter(**_both(_counted(_reach()).values("pk")))


def linkings() -> QuerySet[Linking]:
    """When who is who was found, the last first."""
    return _who_is_who(Linking)


def workings() -> QuerySet[Workings]:
    """What counting needs of the last linking: for the machine alone."""
    return _who_is_who(Workings) if _reach().purpose == "counting" else Workings.objects.none()


def forget_who_is_who() -> None:
    """Takes away who is who, all of it, before the machine writes it anew. What was decided stays,
    and when who is who was found."""
    if _reach().purpose != "counting":
        raise OutOfReach("Only the machine that links takes away who is who.")
    # Without conditions, so that rows go too of who does not consent any more.
    for model in (Membership, Pair, Oddity):
        model.objects.all().delete()


# --- journeys -------------------------------------------------------------------------------------


def journey_tables() -> QuerySet[JourneyTable]:
    """Protected tables of journeys, the last counted first: of the area that one commissions or
    analyses, and all to count the next."""
    reach = _reach()
    found = JourneyTable.objects.all()
    match reach.purpose:
        case "commissioner":
            return found.filter(area=reach.area)
        case "analyst" | "counting":
            return found.filter(area=reach.area) if reach.area else found
        case _:
            return found.none()


def withdrawals() -> QuerySet[Withdrawal]:
    """That somebody withdrew, each time: for whoever sees or counts what was counted before."""
    sees = _reach().purpose in ("commissioner", "analyst", "counting")
    return Withdrawal.objects.all() if sees else Withdrawal.objects.none()


def suppliers() -> QuerySet[Supplier]:
    """Who sends own services files in headings of their own."""
    return _own(Supplier)


def mappings() -> QuerySet[Mapping]:
    """How the files of those suppliers become the data set's, in every version."""
    return _own(Mapping).select_related("supplier", "by")


def uploads() -> QuerySet[Upload]:
    """Files that were sent to own services."""
    people = ("by", "applied_by", "undone_by")
    return _own(Upload).select_related("service", "mapping__supplier", *people)


def tallies() -> QuerySet[Tally]:
    """What was found in those files, in numbers."""
    return _own(Tally)


def findings() -> QuerySet[UploadFinding]:
    """The first findings of each kind in those files, by row and column."""
    return _own(UploadFinding).select_related("tally")


def bundles() -> QuerySet[Bundle]:
    """What those files made of own clients' records."""
    return _own(Bundle).select_related("upload", "by")


def in_reach(make_reach: Callable[[Any], Reach]) -> Callable[[Callable[..., Any]], Any]:
    """A view whose whole request works within the reach of the person (a decorator, under
    ``@seen_by``)."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def reached(request: Any, *args: Any, **kwargs: Any) -> Any:
            with within(make_reach(request.user)):
                return view(request, *args, **kwargs)

        return reached

    return decorate


def acting() -> UUID | None:
    """Who works within the reach that holds now."""
    return _reach().person


def _own(model: type[Any]) -> QuerySet[Any]:
    reach = _reach()
    found = model._default_manager
    return found.filter(service__in=reach.services) if reach.purpose == "staff" else found.none()


def _who_is_who(model: type[Any]) -> QuerySet[Any]:
    found = model._default_manager
    return found.all() if _reach().purpose in ("analyst", "counting") else found.none()


def _both(among: QuerySet[Any, Any]) -> dict[str, Any]:
    return {"one__in": among, "other__in": among}


def _counted(reach: Reach) -> QuerySet[Client]:
    found = Client.objects.filter(consent=True)
    if reach.area:
        found = found.filter(Q(local_authority=reach.area) | Q(service__area=reach.area))
    return found


def _reach() -> Reach:
    reach = _now.get()
    if reach is None:
        raise OutOfReach("Nothing is in reach. Ask within(...) of `monitoring.reach`.")
    return reach


def _tell(reach: Reach | None) -> bool:
    """Tells PostgreSQL, for this transaction; whether it holds to it."""
    said = {
        "purpose": reach.purpose if reach else "",
        "person": str(reach.person or "") if reach else "",
        "services": ",".join(map(str, sorted(reach.services))) if reach else "",
        "managed": ",".join(map(str, sorted(reach.managed))) if reach else "",
        "area": (reach.area or "") if reach else "",
    }
    settings = ", ".join("set_config(%s, %s, true)" for _ in said)
    values = [value for name, text in said.items() for value in (f"sharewell.{name}", text)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT row_security_active('monitoring_client'), {settings}", values)
        return bool(cursor.fetchone()[0])


def _services_of(grants: Iterable[Any], among: Q | None = None) -> frozenset[UUID]:
    """The services that fall under any of the grants."""
    found: set[UUID] = set()
    for grant in grants:
        wanted = Service.objects.filter(among) if among is not None else Service.objects.all()
        if grant.organisation is not None:
            wanted = wanted.filter(organisation=grant.organisation)
        if grant.area:
            wanted = wanted.filter(area=grant.area)
        found |= set(wanted.values_list("pk", flat=True))
    return frozenset(found)


def _area(user: Any, role: str, area: str) -> str:
    areas = areas_of(user, role)
    if areas is not None and area not in areas:
        raise PermissionDenied(f"{role} of {area}")
    return area
