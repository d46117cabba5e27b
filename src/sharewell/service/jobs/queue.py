"""The queue: enqueues jobs, runs them, and finds those whose worker died.

While a job runs, its worker holds a PostgreSQL advisory lock. The server lets go of the lock the
moment the worker's connection is gone, so a running job whose lock is free has lost its worker.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from threading import get_ident
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import OperationalError, connection, connections, transaction
from django.urls import resolve, reverse
from django.utils import timezone
from django_tasks import task
from psycopg.errors import LockNotAvailable

from sharewell.flows.errors import FlowError
from sharewell.service.jobs.models import Job

_log = logging.getLogger(__name__)

_BUG = (
    "It failed because of an error in Sharewell, which is noted in its log. Tell an administrator"
)


class WorkFailed(Exception):
    """The work cannot be done; the message says why and what to do, to whoever asked for it."""


@dataclass(frozen=True)
class Kind:
    """One kind of work: what does it, and how often it is begun if workers keep dying."""

    do: Callable[..., str | None]
    attempts: int


KINDS: dict[str, Kind] = {}


def work(
    name: str, *, attempts: int = 1
) -> Callable[[Callable[..., str | None]], Callable[..., str | None]]:
    """Declares a kind of work. The function gets a `Running` and the job's arguments, and
    returns the address of its result, if it has a page."""

    def declare(do: Callable[..., str | None]) -> Callable[..., str | None]:
        KINDS[name] = Kind(do, attempts)
        return do

    return declare


class _Aside:
    """A connection beside the worker's own, opened when it is first needed: what is said over it
    is seen at once, while the work is within a transaction."""

    def __init__(self) -> None:
        self._connection: Any = None

    def say(self, job: Job, per_cent: int, message: str) -> bool:
        """Whether it was said, or need not be."""
        try:
            with self._cursor() as cursor:
                cursor.execute(
                    f'UPDATE "{Job._meta.db_table}" SET progress = %s, message = %s WHERE id = %s',
                    [per_cent, message, job.pk],
                )
                return bool(cursor.rowcount)
        except OperationalError as failure:
            if isinstance(failure.__cause__, LockNotAvailable):
                return True  # the work itself holds the job: to wait would be to wait for oneself
            _log.warning("Job %s cannot say aside how far it is: %s", job.pk, failure)
            self.close()
            return False

    def close(self) -> None:
        """Closes the connection, if it was opened."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _cursor(self) -> Any:
        if self._connection is None:
            self._connection = connections.create_connection(connection.alias)
            with self._connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '1s'")
        return self._connection.cursor()


@dataclass(frozen=True)
class Running:
    """A job in the hands of its worker, in the thread of which it was made."""

    job: Job
    aside: _Aside
    thread: int = field(default_factory=get_ident)

    def progress(self, per_cent: int, message: str = "") -> None:
        """Says how far it has come, on the job's page: at once, also from within a transaction."""
        percent = max(0, min(100, per_cent))
        if not (connection.in_atomic_block and self.aside.say(self.job, percent, message)):
            Job.objects.filter(pk=self.job.pk).update(progress=percent, message=message)
        if get_ident() != self.thread:  # a watcher of an engine: its connection is its own
            connection.close()


def enqueue(kind: str, who: Any, *, title: str, once: bool = False, **arguments: Any) -> str:
    """Has the work done soon; the address of the job's page.

    ``arguments`` are of JSON's types. ``who`` sees the page, and nobody else does. With ``once``,
    the same that waits already is not asked for again; ask so after what it is about is committed.
    """
    if kind not in KINDS:
        raise KeyError(f"No work is called '{kind}'. There are: {', '.join(sorted(KINDS))}.")
    owner = None if who is None or isinstance(who, AnonymousUser) else who
    with transaction.atomic():
        waiting = _waiting(kind, arguments, owner) if once else None
        job = waiting or Job.objects.create(kind=kind, who=owner, title=title, arguments=arguments)
        if waiting is None:
            transaction.on_commit(lambda: _hand_over(job))
    return reverse("jobs:job", args=[job.pk])


def job_at(address: str) -> Job:
    """The job whose page is there, as it stands: one whose worker died is found out first."""
    found = Job.objects.get(pk=resolve(address).kwargs["job_id"])
    if found.state == Job.State.RUNNING and rescue(str(found.pk)):
        found.refresh_from_db()
    return found


def do_now(address: str) -> Job:
    """Does the job whose page is there in this process, unless a worker has it; as it ended."""
    run_job.call(str(resolve(address).kwargs["job_id"]))
    return job_at(address)


@task()
def run_job(job_id: str) -> None:
    """Does one job, if it still waits; what the queue's worker calls."""
    with _lock(job_id) as ours:
        if not ours:
            return
        claimed = Job.objects.filter(pk=job_id, state=Job.State.WAITING).update(
            state=Job.State.RUNNING, started=timezone.now(), progress=0, message=""
        )
        if not claimed:
            return
        job = Job.objects.get(pk=job_id)
        job.attempts += 1
        job.save(update_fields=["attempts"])
        try:
            with closing(_Aside()) as aside:
                result = KINDS[job.kind].do(Running(job, aside), **job.arguments)
        except (WorkFailed, FlowError) as failure:
            _finish(job, Job.State.FAILED, message=str(failure))
        except Exception:  # noqa: BLE001 - whatever happens, the page must say that it ended
            _log.exception("Job %s (%s) failed.", job.pk, job.kind)
            _finish(job, Job.State.FAILED, message=f"{_BUG} and name job {job.pk}.")
        else:
            _finish(job, Job.State.DONE, progress=100, message="", result=result or "")


def rescue(job_id: str | None = None) -> int:
    """Begins again, or marks as failed, each running job whose worker died; how many."""
    lost = Job.objects.filter(state=Job.State.RUNNING)
    if job_id is not None:
        lost = lost.filter(pk=job_id)
    rescued = 0
    for job in lost:
        with _lock(str(job.pk)) as free:
            if not free:
                continue
            job.refresh_from_db()
            if job.state != Job.State.RUNNING:
                continue
            rescued += 1
            if job.attempts < KINDS[job.kind].attempts:
                job.state = Job.State.WAITING
                job.message = "Its worker was stopped; it begins again."
                job.save(update_fields=["state", "message"])
            else:
                stopped = "Its worker was stopped before it had ended. Ask for it again."
                _finish(job, Job.State.FAILED, message=stopped)
        if job.state == Job.State.WAITING:
            _hand_over(job)
    return rescued


def _waiting(kind: str, arguments: dict[str, Any], owner: Any) -> Job | None:
    """The same work, where it waits and whoever asks may see it; one asks at a time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_number(f"once {kind}")])
    found = Job.objects.filter(kind=kind, arguments=arguments, state=Job.State.WAITING)
    return (found if owner is None else found.filter(who=owner)).first()


def _hand_over(job: Job) -> None:
    run_job.enqueue(str(job.pk))


def _finish(job: Job, state: str, **changes: Any) -> None:
    Job.objects.filter(pk=job.pk).update(state=state, finished=timezone.now(), **changes)


@contextmanager
def _lock(job_id: str) -> Iterator[bool]:
    """Holds the job's lock in this connection; False where another connection holds it."""
    number = _number(f"job {job_id}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
        (ours,) = cursor.fetchone()
    try:
        yield ours
    finally:
        if ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [number])


def _number(lock: str) -> int:
    """The number by which PostgreSQL knows a lock."""
    return int.from_bytes(sha256(lock.encode()).digest()[:8], "big", signed=True)
