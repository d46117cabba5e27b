"""What the vault holds of a dataset: which files, which years, up to which day."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sharewell.catalogue.breakdowns import financial_year, financial_year_label
from sharewell.flows.errors import FlowError
from sharewell.flows.home import Home, current_imports

ANNUAL_REFRESH = 13
"""The month number of a year's final extract (PARTYEAR ends in 13)."""


@dataclass(frozen=True)
class Holding:
    """The current extracts of a dataset: their files, entries, and how far each year reaches."""

    dataset: str
    paths: tuple[Path, ...]
    entries: tuple[int, ...]
    reaches: Mapping[int, date]
    last: date
    provisional_from: date | None
    """The first day of the first year that has no annual refresh yet."""
    synthetic: bool
    """Whether any of it is invented."""


def holding(home: Home, dataset: str) -> Holding:
    """What the vault holds of a dataset; FlowError when that is nothing."""
    current = [
        e for (name, _), e in sorted(current_imports(home.ledger).items()) if name == dataset
    ]
    if not current:
        raise FlowError(
            f"The vault holds no {dataset}. Import some with 'sharewell import {dataset} FILE', or "
            "make invented data with 'sharewell synthesise'."
        )
    extracts = [(int(e.body["partyear"][:4]), int(e.body["partyear"][4:])) for e in current]
    provisional = [year for year, month in extracts if month != ANNUAL_REFRESH]
    return Holding(
        dataset=dataset,
        paths=tuple(home.files.path(ref.sha256) for entry in current for ref in entry.files),
        entries=tuple(entry.seq for entry in current),
        reaches={year: last_day(year, month) for year, month in extracts},
        last=max(last_day(year, month) for year, month in extracts),
        provisional_from=date(min(provisional), 4, 1) if provisional else None,
        synthetic=any(entry.body["synthetic"] for entry in current),
    )


def last_day(year: int, month: int) -> date:
    """The last day of data in a year's monthly extract (1 is April, 13 the whole year)."""
    months = min(month, 12)
    calendar_year, calendar_month = (year, months + 3) if months <= 9 else (year + 1, months - 9)
    return date(
        calendar_year, calendar_month, calendar.monthrange(calendar_year, calendar_month)[1]
    )


def check_covers(held: Holding, first: date, last: date) -> None:
    """FlowError unless the vault holds every month of the period."""
    missing = []
    for year in range(financial_year(first), financial_year(last) + 1):
        wanted, reached = min(date(year + 1, 3, 31), last), held.reaches.get(year)
        if reached is None:
            missing.append(financial_year_label(year))
        elif reached < wanted:
            missing.append(f"{financial_year_label(year)} after {reached}")
    if missing:
        raise FlowError(
            f"The vault holds no {held.dataset} for {', '.join(missing)}, so a table would show "
            "zeros that are not true. Import later extracts of these years, or ask for a shorter "
            "period with --from and --until."
        )
