"""How an app has long work done.

In its ``work.py``::

    @work("import a register edition", attempts=2)
    def import_edition(job: Running, *, edition: int) -> str:
        job.progress(40, "Read the agreements.")
        return reverse("register:edition", args=[edition])     # where the result is

and in a view: ``return redirect(enqueue("import a register edition", request.user,
title="Edition of May", edition=7))``, which leads to the job's page.

``job_at(address)`` tells how far it has come; ``do_now(address)`` does it in this process, where
no worker runs yet. With ``once=True``, many who ask for the same make one job, as long as it waits.

Work runs outside any transaction and may be begun again after its worker was killed, as often as
``attempts`` says, so it does its writing in one transaction or finds what it wrote before.
Raise `WorkFailed` with a sentence that says what to do; any other exception is a bug, and the
page says only that it failed.
"""

from sharewell.service.jobs.queue import Running, WorkFailed, do_now, enqueue, job_at, work

__all__ = ["Running", "WorkFailed", "do_now", "enqueue", "job_at", "work"]
