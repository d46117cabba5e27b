"""Areas and financial years, as pages of journeys call them, and who sees which."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404

from sharewell.catalogue.areas import districts
from sharewell.catalogue.breakdowns import financial_year_label
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.reach import (
    ANALYST,
    COMMISSIONER,
    Reach,
    analyst_reach,
    areas_of,
    commissioner_reach,
    within,
)


def area_name(code: str) -> str:
    """A local authority by its ONS code; the code itself where it is not known."""
    found = districts().get(code)
    return found.name if found else code


def year_name(year: int) -> str:
    """A financial year by its first: '2026-27'."""
    return financial_year_label(year)


def year_of(day: date) -> int:
    """The financial year of a day."""
    return day.year - (day.month < 4)


_MAKES = {COMMISSIONER: commissioner_reach, ANALYST: analyst_reach}


def reach_here(user: Any, area: str, roles: Sequence[str]) -> tuple[Reach, str]:
    """How far the person reaches in an area, and in which of the roles; Http404 where in none."""
    for role in roles:
        try:
            return _MAKES[role](user, area), role
        except PermissionDenied:
            continue
    raise Http404


def served() -> frozenset[str]:
    """The areas that have services, which is no secret."""
    with within(Reach("administrator")):
        return frozenset(reach.services().values_list("area", flat=True))


def areas_seen(user: Any) -> list[tuple[str, str]]:
    """The areas with services whose journeys the person may see: code and name, by name."""
    seen: set[str] = set()
    for role in _MAKES:
        mine = areas_of(user, role)
        seen |= served() if mine is None else served() & mine
    return sorted(((code, area_name(code)) for code in seen), key=lambda each: each[1])
