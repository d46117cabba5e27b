"""Taking turns: what must not be done twice at once for one service, until the transaction ends."""

from __future__ import annotations

from hashlib import sha256
from typing import Literal

from django.db import connection

from sharewell.service.monitoring.models import Service


def take_turn(service: Service, what: Literal["applying", "numbering"]) -> None:
    """Waits until nobody else does this for the service."""
    digest = sha256(f"{what} {service.pk}".encode()).digest()
    with connection.cursor() as cursor:
        number = int.from_bytes(digest[:8], "big", signed=True)
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
