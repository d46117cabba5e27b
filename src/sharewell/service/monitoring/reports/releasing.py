"""What monitoring says of a release that counts its clients: does everybody in it still consent?"""

from __future__ import annotations

from sharewell.flows.preparing import Checked
from sharewell.ledger import Entry
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.errors import MonitoringFault
from sharewell.service.monitoring.models import Report
from sharewell.service.monitoring.reach import counting_reach, within
from sharewell.service.monitoring.reports import shelf
from sharewell.service.monitoring.reports.consent import check_holds, hold_answers
from sharewell.service.monitoring.reports.periods import period_of
from sharewell.service.releases.interface import also_checked

NAME = "Consent"


@also_checked
def everybody_consents(prepared: Entry) -> Checked | None:
    """Nobody in the reports that a release comes from says No; None where it comes from none.

    In the transaction that lets it out, no answer can change from here on until it is out.
    """
    try:
        with within(counting_reach()):
            found = list(reach.reports().filter(counted__in=prepared.body["inputs"]))
            if not found:
                return None
            hold_answers()
            for report in found:
                _check_is_last(report)
                check_holds(report)
    except MonitoringFault as fault:
        return Checked(NAME, False, str(fault))
    return Checked(NAME, True, "Nobody who is counted said No since.")


def _check_is_last(report: Report) -> None:
    """MonitoringFault where another report took its place: whom it counts is not kept then."""
    if shelf.shared(period_of(report.first, report.last)) != report:
        raise MonitoringFault("A later report of the same period took the place of this one.")
