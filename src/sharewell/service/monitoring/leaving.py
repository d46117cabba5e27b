"""What those who leave worked at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sharewell.service.accounts.interface import also_held
from sharewell.service.monitoring.reach import services, staff_reach, within


@also_held
def worked_at(person: Any) -> Iterator[str]:
    """Services on whose staff they are."""
    reach = staff_reach(person)
    with within(reach):
        for service in services().exclude(pk__in=reach.managed):
            yield f"A place on the staff of {service}."
