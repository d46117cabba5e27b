"""Forms: what the rows of a dataset are when they are counted, and how.

HES APC and PEDW have the form of episodes. Monitoring data have two: people of a period, one row
each, and records of activity. A table is counted in the first form of its dataset that has all
its measures and breakdowns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from sharewell.catalogue.activity import ACTIVITY_SCHEMA
from sharewell.catalogue.activity_counts import (
    ACTIVITY_BREAKDOWNS,
    ACTIVITY_MEASURES,
    PERSON_CONDITIONS,
)
from sharewell.catalogue.counting import Breakdown, Measure
from sharewell.catalogue.episode_counts import EPISODE_BREAKDOWNS, EPISODE_MEASURES
from sharewell.catalogue.episodes import EPISODE_SCHEMA
from sharewell.catalogue.people_counts import PEOPLE_BREAKDOWNS, PEOPLE_MEASURES
from sharewell.catalogue.people_of_period import people_sql

MONITORING = "monitoring"


@dataclass(frozen=True)
class Form:
    """One form of the rows of a dataset.

    ``schema`` is that of its Parquet files. ``measures`` and ``breakdowns`` are what it can be
    counted by. ``day`` is the column by which a row is in a period, ``place`` the one that joins
    it to an area. ``made`` writes the SQL that makes the rows of a period from those of the files;
    such a form has no day, for all its rows are of the period. ``coded``: its rows hold ICD-10
    codes, of which a cohort is made; other rows are counted whole. ``kept``: its records are kept
    in the vault; others are counted when they are brought and only the counts are kept.
    ``caveats`` are what readers of its figures should know.
    """

    id: str
    schema: pa.Schema
    measures: Mapping[str, Measure]
    breakdowns: Mapping[str, Breakdown]
    day: str | None = None
    place: str | None = None
    made: Callable[[str, date, date], str] | None = None
    coded: bool = False
    kept: bool = False
    caveats: tuple[str, ...] = ()

    def lacks(self, measures: Iterable[str], breakdowns: Iterable[str]) -> list[str]:
        """Those of the measures and breakdowns that it does not have."""
        return [m for m in measures if m not in self.measures] + [
            b for b in breakdowns if b not in self.breakdowns
        ]


EPISODES = Form(
    "episodes",
    EPISODE_SCHEMA,
    EPISODE_MEASURES,
    EPISODE_BREAKDOWNS,
    "EPIEND",
    "RESLADST_ONS",
    coded=True,
    kept=True,
    caveats=(
        "Admissions and episodes are counted, not people: a person admitted twice counts twice.",
        "An admission counts in the month in which its first episode ends, and where the patient "
        "lives, not where the hospital is.",
        "Transfers between hospitals that are coded as new admissions count twice.",
    ),
)
_CONSENT = (
    "Clients who do not consent to processing are in no figure, whenever they were seen. Who "
    "objects is nobody: what was done for them counts as activity and never as a person."
)
PEOPLE = Form(
    "people",
    ACTIVITY_SCHEMA,
    PEOPLE_MEASURES,
    PEOPLE_BREAKDOWNS,
    made=lambda rows, first, last: people_sql(rows, first, last, PERSON_CONDITIONS),
    caveats=(
        _CONSENT,
        "People are counted once in the period, with what was last known of them in it. So "
        "quarters do not add to a year: somebody seen in two counts in both, and may have moved or "
        "grown older meanwhile.",
        "Who is the same person is judged by initials, date of birth and sex, with errors of both "
        "kinds: two people may count as one, and one who is recorded differently as two.",
    ),
)
ACTIVITY = Form(
    "activity",
    ACTIVITY_SCHEMA,
    ACTIVITY_MEASURES,
    ACTIVITY_BREAKDOWNS,
    "day",
    caveats=(
        _CONSENT,
        "What was done is counted where the service is, not where the client lives.",
        "People by month, area of the service or kind of activity do not add to their total: "
        "somebody may be in several.",
    ),
)

_FORMS: Mapping[str, tuple[Form, ...]] = {MONITORING: (PEOPLE, ACTIVITY)}


def forms_of(dataset: str) -> tuple[Form, ...]:
    """The forms of a dataset, the first one first. Any that is not known has that of episodes."""
    return _FORMS.get(dataset, (EPISODES,))


def form_for(dataset: str, measures: Iterable[str], breakdowns: Iterable[str]) -> Form | None:
    """The form in which a table of these measures and breakdowns is counted; None if none has
    them all."""
    wanted = list(measures), list(breakdowns)
    return next((form for form in forms_of(dataset) if not form.lacks(*wanted)), None)
