"""Jobs of those who leave."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sharewell.service.accounts.interface import also_held
from sharewell.service.jobs.models import Job


@also_held
def unfinished(person: Any) -> Iterator[str]:
    """Jobs that they asked for and that have not ended."""
    for job in Job.objects.filter(who=person, finished__isnull=True):
        yield f"The unfinished job '{job.title}'."
