"""Setting services up: one function per change, each recorded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sharewell.service.monitoring.errors import MonitoringFault
from sharewell.service.monitoring.models import Service, Staff
from sharewell.service.monitoring.reach import ADMINISTRATOR, MANAGER, staff
from sharewell.service.recording import record_account

PROVIDER = "provider of a service"


def open_service(
    by: Any, organisation: Any, code: str, name: str, area: str, modules: Iterable[str]
) -> Service:
    """A new service; MonitoringFault where the organisation is no provider of services."""
    if organisation.kind != PROVIDER:
        raise MonitoringFault(f"{organisation} is no provider of services. Choose one that is.")
    made = Service.objects.create(
        organisation=organisation, code=code, name=name, area=area, modules=list(modules)
    )
    record_account(by, f"Opened the service {name} ({code}).", role=ADMINISTRATOR)
    return made


def switch(by: Any, service: Service, modules: Iterable[str]) -> None:
    """Says which modules a service records. What it recorded before stays."""
    service.modules = list(modules)
    service.save(update_fields=["modules"])
    what = ", ".join(service.modules) or "nothing"
    record_account(by, f"{service.code} records: {what}.", role=MANAGER)


def set_staff(by: Any, service: Service, people: Iterable[Any]) -> None:
    """Says who works at a service."""
    wanted = {person.pk: person for person in people}
    now = {each.person_id for each in staff().filter(service=service)}
    staff().filter(service=service).exclude(person__in=wanted).delete()
    Staff.objects.bulk_create(
        Staff(service=service, person=person, added_by=by)
        for key, person in wanted.items()
        if key not in now
    )
    names = ", ".join(sorted(f"{person.name} ({person.pk})" for person in wanted.values()))
    record_account(by, f"The staff of {service.code}: {names or 'nobody'}.", role=MANAGER)
