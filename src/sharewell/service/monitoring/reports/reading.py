"""Who reads reports of which areas: commissioners their own, analysts theirs; others find none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404

from sharewell.catalogue.areas import labels
from sharewell.service.accounts.interface import roles_of
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.reach import (
    ANALYST,
    COMMISSIONER,
    Reach,
    analyst_reach,
    areas_of,
    commissioner_reach,
    counting_reach,
    within,
)
from sharewell.service.monitoring.reports.figures import ALL

READERS = (COMMISSIONER, ANALYST)


@dataclass(frozen=True)
class Area:
    """A local authority by its ONS code; or `ALL`, for those who read all of them."""

    code: str
    name: str


@dataclass(frozen=True)
class Reading:
    """Somebody who reads the report of an area, in which role and how far."""

    area: Area
    role: str
    reach: Reach


def areas_for(user: Any) -> list[Area]:
    """The areas with services of which the person reads reports, by name; first all of them."""
    found = {
        area
        for role in READERS
        if role in roles_of(user)
        for area in _areas_with_services()
        if (held := areas_of(user, role)) is None or area in held
    }
    every = [_area(ALL)] if reads_all(user) else []
    return every + sorted(map(_area, found), key=lambda area: area.name)


def reading(user: Any, code: str) -> Reading:
    """The person as a reader of one area's reports; Http404 where it is not theirs."""
    if code != ALL and code not in _areas_with_services():
        raise Http404
    if ANALYST in roles_of(user):
        try:
            found = analyst_reach(user, "" if code == ALL else code)
            return Reading(_area(code), ANALYST, found)
        except PermissionDenied:
            pass
    if COMMISSIONER in roles_of(user) and code != ALL:
        try:
            return Reading(_area(code), COMMISSIONER, commissioner_reach(user, code))
        except PermissionDenied:
            pass
    raise Http404


def reads_all(user: Any) -> bool:
    """Whether the person analyses all areas, so that they make reports too."""
    return ANALYST in roles_of(user) and areas_of(user, ANALYST) is None


def _area(code: str) -> Area:
    return Area(code, "All areas" if code == ALL else labels("local_authority").get(code, code))


def _areas_with_services() -> frozenset[str]:
    """Which areas have services, which is no secret."""
    with within(counting_reach()):
        return frozenset(reach.services().values_list("area", flat=True))
