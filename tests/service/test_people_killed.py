"""Killed while who is who is found: nothing is lost, and nothing is there twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from monitoring_rows import a_client, a_service
from test_people_linking import who_is_who

from sharewell.service.jobs.models import Job
from sharewell.service.jobs.queue import rescue, run_job
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.keys import KeyGone, key_store
from sharewell.service.monitoring.people import work
from sharewell.service.monitoring.people.linking import find_who_is_who
from sharewell.service.monitoring.reach import counting_reach, within

_WORKER = """
import os, sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
os.environ["DJANGO_SETTINGS_MODULE"] = "service_settings"
import django
django.setup()
from django.conf import settings
from django.db import connections
from sharewell.service import database
settings.SHAREWELL_KEYS = Path({keys!r})
connections["default"].settings_dict.update(database.settings_of(os.environ["DATABASE_URL"]))
from sharewell.service.monitoring.people import linking
def stop(*_):
    print("there", flush=True)
    time.sleep(60)
{patch}
from sharewell.service.jobs.queue import run_job
run_job.func({job!r})
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("patch", "written"),
    [
        ("linking._write_oddities = stop", 2),  # all is written, and nothing committed
        ("linking.workings.retire = stop", 3),  # all is committed, and the old key still there
    ],
)
def test_kill_leaves_what_was_or_the_whole_of_what_is(
    patch: str, written: int, tmp_path: Path
) -> None:
    service = a_service()
    a_client(service), a_client(a_service())
    find_who_is_who()
    before = who_is_who()
    with within(counting_reach()):
        old = reach.workings().get()
    a_client(service, birth_date="1991-01-19")
    work.ask()
    job = Job.objects.get(kind=work.FIND)
    script = tmp_path / "worker.py"
    script.write_text(
        _WORKER.format(
            tests=str(Path(__file__).parent),
            keys=str(settings.SHAREWELL_KEYS),
            patch=patch,
            job=str(job.pk),
        )
    )
    worker = subprocess.Popen(
        [sys.executable, str(script)], env=dict(os.environ), stdout=subprocess.PIPE
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == b"there\n"
    during = who_is_who()
    assert len(during) == written
    assert len(before) == 2
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    worker.stdout.close()
    assert len(who_is_who()) == written
    assert rescue(str(job.pk)) == 1
    run_job.func(str(job.pk))
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("done", 2)
    after = who_is_who()
    assert len(after) == 3
    assert len({person for _, person in after.values()}) == 2
    with within(counting_reach()):
        assert reach.workings().count() == 1
        assert reach.linkings().count() == 2
    with pytest.raises(KeyGone):
        key_store().get(old.pk)
