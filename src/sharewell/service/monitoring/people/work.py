"""Has who is who found: every night, after uploads, and when an analyst asks."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from sharewell.service.jobs.interface import Running, enqueue, work
from sharewell.service.monitoring.people.linking import find_who_is_who

FIND = "find who is who"
_TITLE = "Find who is who"


@work(FIND, attempts=3)
def find(job: Running) -> str:
    """Finds who is who, unless nothing changed."""
    find_who_is_who(job.progress)
    return ""


def ask() -> None:
    """Has who is who found soon, once what is being done now is committed.

    Asked often while it waits, it is found once: call it after every upload, deletion or change.
    """
    transaction.on_commit(lambda: enqueue(FIND, None, title=_TITLE, once=True))


def ask_for(person: Any) -> str:
    """The same for somebody who waits for it; the address of the job's page."""
    return enqueue(FIND, person, title=_TITLE, once=True)
