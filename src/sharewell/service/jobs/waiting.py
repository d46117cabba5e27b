"""Work that a person asked for and that has not ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse

from sharewell.service.jobs.models import Job
from sharewell.service.waiting import Waiting, also_waits


@also_waits
def unfinished(user: Any) -> Iterator[Waiting]:
    """My jobs that wait or run."""
    for job in Job.objects.filter(who=user, finished=None):
        words = job.message or "It begins as soon as a worker is free."
        where = reverse("jobs:job", args=[job.pk])
        yield Waiting(job.title, words, where, job.get_state_display().capitalize())
