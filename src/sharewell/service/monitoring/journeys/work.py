"""Counting journeys, by a worker."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from sharewell.disclosure import TableFileError
from sharewell.service.jobs.interface import Running, WorkFailed, enqueue, work
from sharewell.service.monitoring.journeys.areas import area_name, year_name
from sharewell.service.monitoring.journeys.counting import count_area
from sharewell.service.monitoring.journeys.protecting import GivenAway

COUNT = "count journeys"


@work(COUNT, attempts=2)
def count(job: Running, *, area: str, year: int) -> str:
    """Counts, protects and stores the journeys of an area and a year. Killed, it begins again:
    nothing is stored before all of it is."""
    try:
        count_area(area, year, job.job.who, job.progress)
    except (GivenAway, TableFileError) as error:
        raise WorkFailed(str(error)) from error
    return f"{reverse('monitoring:journeys_area', args=[area])}?year={year}"


def ask(person: Any, area: str, year: int) -> str:
    """Has it counted; the address of the job's page."""
    title = f"Count journeys in {area_name(area)}, {year_name(year)}"
    return enqueue(COUNT, person, title=title, once=True, area=area, year=year)
