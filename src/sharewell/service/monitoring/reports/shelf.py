"""Which reports there are, and where the ledger has their figures."""

from __future__ import annotations

from sharewell.ledger import Entry
from sharewell.service.home import home
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.models import Report
from sharewell.service.monitoring.reports.periods import Period, period_of


def periods() -> list[Period]:
    """The periods of which a report is shared, the latest first, a year before its quarters."""
    days = reach.reports().filter(state=Report.State.SHARED).order_by("-last", "first")
    return list(dict.fromkeys(period_of(*pair) for pair in days.values_list("first", "last")))


def shared(period: Period) -> Report | None:
    """The report of a period that is shown: the last one that was shared."""
    found = reach.reports().filter(state=Report.State.SHARED, first=period.first, last=period.last)
    return found.order_by("-shared").first()


def entry_of(report: Report) -> Entry:
    """The release by which the report was shared."""
    assert report.shared is not None  # noqa: S101 - what is shared is in the ledger
    return next(home().ledger.entries(after=report.shared - 1))


def is_published(report: Report, entry: Entry) -> bool:
    """Whether everybody may see the same figures, because they were published since."""
    same = {"reference": entry.body["reference"]}
    return any(
        report.counted in each.body["inputs"]
        for each in home().ledger.entries(kind="publish", where=same)
    )
