"""What checks found in the files that a service sent, month by month."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Max, Sum
from django.db.models.functions import TruncMonth

from sharewell.monitoring import Check
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.models import Service
from sharewell.service.monitoring.own.period import Period
from sharewell.service.monitoring.uploads.against import check_of


@dataclass(frozen=True)
class FoundInFiles:
    """A check, and in how many rows of the files of each month it found something."""

    check: Check
    months: tuple[int, ...]

    @property
    def rows(self) -> int:
        """Rows of all months."""
        return sum(self.months)

    @property
    def name(self) -> str:
        """As its picture is called on the page."""
        return f"spark-{self.check.code}"

    @property
    def shares(self) -> tuple[float, ...]:
        """Each month beside the one with most."""
        most = max(self.months, default=0) or 1
        return tuple(rows / most for rows in self.months)


def found_in_files(service: Service, period: Period) -> list[FoundInFiles]:
    """What was found in files sent in the period, errors first, then what was found most."""
    sent = (period.first, period.last)
    tallies = reach.tallies().filter(service=service, upload__at__date__range=sent).order_by()
    found: dict[str, dict[date, int]] = defaultdict(dict)
    years: dict[str, int] = {}
    for each in (
        tallies.annotate(month=TruncMonth("upload__at"))
        .values("code", "month")
        .annotate(found=Sum("rows"), year=Max("upload__year"))
    ):
        found[each["code"]][each["month"].date()] = each["found"]
        years[each["code"]] = max(each["year"], years.get(each["code"], 0))
    told = [
        FoundInFiles(
            check_of(years[code], code), tuple(by_month.get(month, 0) for month in period.months)
        )
        for code, by_month in found.items()
    ]
    return sorted(told, key=lambda each: (not each.check.is_error, -each.rows, each.check.code))
