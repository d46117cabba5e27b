"""What the reports share: the period that was asked for, and the links between them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from sharewell.service.monitoring import reach
from sharewell.service.monitoring.models import Service
from sharewell.service.monitoring.own import rows
from sharewell.service.monitoring.own.period import Period, PeriodForm, usual

SECTIONS = (
    ("monitoring:own_activity", "Activity"),
    ("monitoring:own_people", "People"),
    ("monitoring:own_given", "Needles, naloxone and referrals"),
)
FOR_MANAGERS = (
    ("monitoring:own_quality", "Quality of the data"),
    ("monitoring:own_extract", "Take an extract"),
)


def asked(request: HttpRequest, service: Service, here: str) -> tuple[Period, dict[str, Any]]:
    """The period that the page is about, and what its template needs besides the report."""
    today = timezone.localdate()
    first = rows.earliest(service)
    periods = PeriodForm(request.GET, today, first)
    manages = reach.managed().filter(pk=service.pk).exists()
    reports = SECTIONS + (FOR_MANAGERS if manages else ())
    period = periods.period
    return period, {
        "service": service,
        "form": periods,
        "periods": periods,
        "period": period,
        "usual": usual(today, first),
        "so_far": period.last >= today,
        "reports": reports,
        "here": here,
        "title": dict(reports)[here],
    }
