"""What the pages share: whose they are, what is found in reach, and what the ledger hears."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from sharewell.monitoring import Module, MonitoringError
from sharewell.service.gate import role, seen_by
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.checks import data_set_of
from sharewell.service.monitoring.models import Client, Record, Service
from sharewell.service.monitoring.reach import MANAGER, WORKER, in_reach, staff_reach
from sharewell.service.recording import record_access

View = Callable[..., Any]


def for_staff(view: View) -> View:
    """A page for who works at a service or manages it, within their reach (a decorator)."""
    return seen_by(role(WORKER, MANAGER))(in_reach(staff_reach)(view))


def for_managers(view: View) -> View:
    """A page for who manages a service, within their reach (a decorator)."""
    return seen_by(role(MANAGER))(in_reach(staff_reach)(view))


def find_service(code: str) -> Service:
    """A service where the person works; Http404."""
    return get_object_or_404(reach.services(), code=code)


def find_managed(code: str) -> Service:
    """A service that the person manages; Http404."""
    return get_object_or_404(reach.managed(), code=code)


def find_client(code: str, client_id: UUID) -> Client:
    """A client of the service; Http404."""
    return get_object_or_404(reach.clients(), service__code=code, pk=client_id)


def find_record(code: str, record_id: UUID) -> Record:
    """A record of the service; Http404."""
    return get_object_or_404(reach.records(), service__code=code, pk=record_id)


def find_module(service: Service, name: str) -> Module | None:
    """A module that the service records; None for others and for clients."""
    try:
        module = data_set_of().module(name)
    except MonitoringError:
        return None
    return module if module.id in service.modules else None


def modules_of(service: Service) -> list[Module]:
    """The modules of activity that the service records, in the order of the data set."""
    return [module for module in data_set_of().modules if module.id in service.modules]


def tell(request: HttpRequest, service: Service, what: str) -> None:
    """Appends to the ledger what the person saw of a client. It names the client by code alone."""
    managers = reach.managed().filter(pk=service.pk).exists()
    record_access(request, f"{service.code}: {what}", role=MANAGER if managers else WORKER)
