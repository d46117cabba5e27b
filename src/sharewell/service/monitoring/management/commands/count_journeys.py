"""`manage count_journeys`: counts the journeys of every area, as it may be done every night."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from sharewell.service.monitoring.journeys.areas import area_name, served, year_name, year_of
from sharewell.service.monitoring.journeys.counting import count_areas
from sharewell.service.monitoring.journeys.protecting import GivenAway


class Command(BaseCommand):
    """Counts, protects and stores journeys, so that no page has to wait for it."""

    help = "Counts the journeys of every area. Have it run every night, after find_who_is_who."

    def add_arguments(self, parser: Any) -> None:
        """Which financial years: this one and the last, where none is said."""
        parser.add_argument(
            "--year",
            type=int,
            action="append",
            help="a financial year by its first; may be given again",
        )

    def handle(self, *_: Any, **given: Any) -> None:
        """Says what was counted."""
        this = year_of(timezone.localdate())
        years = given["year"] or [this, this - 1]
        if any(not 1990 <= year <= this for year in years):
            raise CommandError(f"Give financial years by their first, from 1990 to {this}.")
        wanted = [(area, year) for area in sorted(served()) for year in years]
        for (area, year), found in zip(wanted, count_areas(wanted), strict=True):
            said = str(found) if isinstance(found, GivenAway) else "counted."
            self.stdout.write(f"{area_name(area)}, {year_name(year)}: {said}")
