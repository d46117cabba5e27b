"""Long work: done by a worker, shown on its page, found again when its worker is killed."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, connections, transaction
from django.test import Client
from django.urls import resolve, reverse

from sharewell.service.accounts.models import User
from sharewell.service.jobs.interface import Running, WorkFailed, enqueue, work
from sharewell.service.jobs.models import Job
from sharewell.service.jobs.queue import KINDS, _lock, rescue, run_job


@pytest.fixture(autouse=True)
def _kinds() -> Iterator[None]:
    before = dict(KINDS)
    yield
    KINDS.clear()
    KINDS.update(before)


def _job_at(address: str) -> Job:
    return Job.objects.get(pk=resolve(address).kwargs["job_id"])


def _run(job: Job) -> Job:
    run_job.func(str(job.pk))
    job.refresh_from_db()
    return job


def test_a_job_runs_and_leads_to_its_result(
    make_person: Callable[..., User], sign_in: Callable[[User], Client]
) -> None:
    seen: list[tuple[int, str]] = []

    @work("count")
    def count(job: Running, *, to: int) -> str:
        for step in range(to):
            job.progress(100 * step // to, f"Counted {step}.")
            found = Job.objects.get(pk=job.job.pk)
            seen.append((found.progress, found.message))
        return reverse("home")

    ann = make_person()
    address = enqueue("count", ann, title="Count to two", to=2)
    client = sign_in(ann)
    page = client.get(address).content.decode()
    assert "Waiting" in page
    assert "Look again" in page, "which works without JavaScript"
    job = _run(_job_at(address))
    assert seen == [(0, "Counted 0."), (50, "Counted 1.")]
    assert (job.state, job.progress, job.result) == ("done", 100, "/")
    page = client.get(address).content.decode()
    assert "See the result" in page
    assert "data-live" not in page
    assert "Count to two" in client.get(reverse("jobs:list")).content.decode()


def test_a_failure_says_what_to_do_and_a_bug_says_only_that_it_is_one() -> None:
    @work("fail")
    def fail(_job: Running, *, how: str) -> str:
        if how == "known":
            raise WorkFailed("The file has no sheets. Export it again.")
        raise ZeroDivisionError("secret detail")

    known = _run(_job_at(enqueue("fail", None, title="Fail", how="known")))
    assert (known.state, known.message) == ("failed", "The file has no sheets. Export it again.")
    bug = _run(_job_at(enqueue("fail", None, title="Fail", how="bug")))
    assert bug.state == "failed"
    assert str(bug.pk) in bug.message
    assert "secret" not in bug.message


def test_work_that_is_not_known_is_refused_at_once() -> None:
    with pytest.raises(KeyError, match="No work is called"):
        enqueue("dance", None, title="Dance")


def test_a_job_runs_once_however_often_it_is_handed_over() -> None:
    done = []

    @work("once")
    def once(_job: Running) -> None:
        done.append(1)

    job = _job_at(enqueue("once", None, title="Once"))
    _run(job)
    _run(job)
    assert done == [1]


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_leaves_its_job_to_the_next(
    tmp_path: Path,
) -> None:
    """A real worker in a real process, ended by kill -9 while it works."""

    @work("sleep", attempts=2)
    def sleep(_job: Running) -> None:
        """Only the worker below runs it."""

    job = _job_at(enqueue("sleep", None, title="Sleep"))
    worker = _worker(tmp_path, "time.sleep(60)")
    _until(lambda: Job.objects.get(pk=job.pk).state == "running")
    assert rescue() == 0, "its worker lives"
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    _until(lambda: rescue() == 1)
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("waiting", 1)
    again = _worker(tmp_path, "return '/'")
    _until(lambda: Job.objects.get(pk=job.pk).state == "done")
    again.terminate()
    again.wait()
    assert Job.objects.get(pk=job.pk).attempts == 2


def test_a_job_that_may_not_begin_again_fails_and_says_so(
    make_person: Callable[..., User], sign_in: Callable[[User], Client]
) -> None:
    @work("fragile")
    def fragile(_job: Running) -> None:
        """Never runs here."""

    ann = make_person()
    address = enqueue("fragile", ann, title="Fragile")
    job = _job_at(address)
    Job.objects.filter(pk=job.pk).update(state="running", attempts=1)
    page = sign_in(ann).get(address).content.decode()  # its page finds that nobody works on it
    assert "Failed" in page
    assert "Ask for it again" in page


def test_the_lock_is_held_by_one_connection_alone() -> None:
    with _lock("a") as ours, _lock("b") as other:
        assert ours
        assert other
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
            assert cursor.fetchone()[0] >= 2


_WORKER = """
import os, sys, time
sys.path.insert(0, {tests!r})
os.environ["DJANGO_SETTINGS_MODULE"] = "service_settings"
import django
django.setup()
from django.db import connections
from sharewell.service import database
connections["default"].settings_dict.update(database.settings_of(os.environ["DATABASE_URL"]))
from sharewell.service.jobs.queue import work
@work("sleep", attempts=2)
def sleep(job):
    {body}
from sharewell.service.running import worker
worker()
"""


def _worker(folder: Path, body: str) -> subprocess.Popen[bytes]:
    tests = str(Path(__file__).parent)
    script = folder / f"worker{len(list(folder.iterdir()))}.py"
    script.write_text(_WORKER.format(tests=tests, body=body))
    return subprocess.Popen([sys.executable, str(script)], env=dict(os.environ))


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


def test_the_jobs_of_others_are_not_found(
    make_person: Callable[..., User], sign_in: Callable[[User], Client]
) -> None:
    @work("mine")
    def mine(_job: Running) -> None:
        """Never runs here."""

    address = enqueue("mine", make_person(), title="Mine")
    assert isinstance(resolve(address).kwargs["job_id"], UUID)
    assert sign_in(make_person("administrator")).get(address).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_watcher_may_tell_progress_and_leaves_no_connection(
    make_person: Callable[..., User],
) -> None:
    """An engine tells from a thread of its own how far it is."""

    @work("watched")
    def watched(job: Running) -> None:
        watcher = Thread(target=job.progress, args=(40, "Counted."))
        watcher.start()
        watcher.join()
        found = Job.objects.get(pk=job.job.pk)
        assert (found.progress, found.message) == (40, "Counted.")

    job = _run(_job_at(enqueue("watched", make_person(), title="Watched")))
    gc.collect()  # an open connection would be noticed here
    assert (job.state, job.message) == ("done", ""), "what was told is not what came of it"


def _seen_elsewhere(job: Job) -> tuple[int, str]:
    """What another connection sees of the job."""
    aside = connections.create_connection(connection.alias)
    try:
        with aside.cursor() as cursor:
            cursor.execute(
                f'SELECT progress, message FROM "{Job._meta.db_table}" WHERE id = %s', [job.pk]
            )
            return cursor.fetchone()
    finally:
        aside.close()


@pytest.mark.django_db(transaction=True)
def test_progress_is_seen_at_once_from_within_a_transaction_by_one_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen, opened = [], []

    @work("whole")
    def whole(job: Running) -> None:
        make = connections.create_connection
        with transaction.atomic(), monkeypatch.context() as patched:
            patched.setattr(
                connections, "create_connection", lambda alias: opened.append(alias) or make(alias)
            )
            job.progress(10, "Begun.")
            job.progress(20, "Further.")
        with transaction.atomic():
            job.progress(30, "Nearly.")
            seen.append(_seen_elsewhere(job.job))

    job = _run(_job_at(enqueue("whole", None, title="Whole")))
    gc.collect()  # an open connection would be noticed here
    assert (job.state, seen, len(opened)) == ("done", [(30, "Nearly.")], 1)


@pytest.mark.django_db(transaction=True)
def test_work_that_holds_its_own_job_goes_on_without_saying_how_far() -> None:
    seen = []

    @work("holding")
    def holding(job: Running) -> None:
        with transaction.atomic():
            Job.objects.select_for_update().get(pk=job.job.pk)
            job.progress(50, "Half.")
            seen.append(Job.objects.get(pk=job.job.pk).progress)

    job = _run(_job_at(enqueue("holding", None, title="Holding")))
    assert (job.state, seen) == ("done", [0])


@pytest.mark.django_db(transaction=True)
def test_without_a_connection_aside_progress_is_said_in_the_transaction(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    seen = []

    def refuse(_alias: str) -> None:
        raise OperationalError("too many connections")

    @work("crowded")
    def crowded(job: Running) -> None:
        with transaction.atomic(), monkeypatch.context() as patched:
            patched.setattr(connections, "create_connection", refuse)
            job.progress(50, "Half.")
            seen.append(Job.objects.get(pk=job.job.pk).progress)

    job = _run(_job_at(enqueue("crowded", None, title="Crowded")))
    assert (job.state, seen) == ("done", [50])
    assert "too many connections" in caplog.text


def test_models_and_migrations_agree() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
