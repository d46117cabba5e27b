"""What is recorded of a person's jobs, for them to download."""

from __future__ import annotations

from typing import Any

from sharewell.service.accounts.interface import also_recorded
from sharewell.service.jobs.models import Job


@also_recorded("jobs")
def jobs(person: Any) -> list[dict[str, Any]]:
    """What they asked for, and what became of it."""
    return [
        {
            "title": job.title,
            "asked": job.asked.isoformat(),
            "state": job.state,
            "ended": job.finished.isoformat() if job.finished else None,
        }
        for job in Job.objects.filter(who=person)
    ]
