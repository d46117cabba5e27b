"""What of a service's data its reports may use. Every report and extract begins here.

A client who says No is in none of it, and neither is what was recorded of them: from the moment of
the answer and for all time, as the answer is asked of the client as they are now. Activity that is
nobody's is in it, as activity.
"""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet

from sharewell.service.monitoring import reach
from sharewell.service.monitoring.models import Client, Record, Service
from sharewell.service.monitoring.own.period import Period

_MAY = Q(client__consent=True) | Q(client__isnull=True)


def clients(service: Service) -> QuerySet[Client]:
    """The clients of the service who consent, in no order."""
    return reach.clients().filter(service=service, consent=True).order_by()


def records(service: Service, period: Period | None = None) -> QuerySet[Record]:
    """What was recorded of them and of nobody, in no order."""
    found = reach.records().filter(_MAY, service=service).order_by()
    if period is not None:
        found = found.filter(day__range=(period.first, period.last))
    return found


def earliest(service: Service) -> date | None:
    """The day of the first record; None where there is none."""
    return records(service).order_by("day").values_list("day", flat=True).first()
