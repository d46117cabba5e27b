"""Making a report, by a worker."""

from __future__ import annotations

from django.urls import reverse

from sharewell.flows.errors import FlowError
from sharewell.service.jobs.interface import Running, WorkFailed, work
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.errors import MonitoringFault
from sharewell.service.monitoring.models import Report
from sharewell.service.monitoring.reach import counting_reach, within
from sharewell.service.monitoring.reports.making import MAKE, fail, make


@work(MAKE, attempts=3)
def make_report(job: Running, *, report: str) -> str:
    """Makes it. Begun again after its worker was killed, it goes on from what was done."""
    with within(counting_reach()):
        asked = reach.reports().get(pk=report)
    if asked.state == Report.State.MAKING:
        try:
            make(asked, job.progress)
        except (MonitoringFault, FlowError) as failure:
            fail(asked, str(failure))
            raise WorkFailed(str(failure)) from failure
        except Exception:
            fail(asked, "Making it failed because of an error in Sharewell. Ask for it anew.")
            raise
    return reverse("monitoring:made_report", args=[asked.pk])
