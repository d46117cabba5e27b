"""Measures: what is counted, of every dataset, by id."""

from __future__ import annotations

from sharewell.catalogue.activity_counts import ACTIVITY_MEASURES
from sharewell.catalogue.counting import Measure
from sharewell.catalogue.episode_counts import EPISODE_MEASURES
from sharewell.catalogue.people_counts import PEOPLE_MEASURES

__all__ = ["MEASURES", "Measure"]

MEASURES: dict[str, Measure] = {**EPISODE_MEASURES, **ACTIVITY_MEASURES, **PEOPLE_MEASURES}
"""What a form counts in its own way (see `forms`) has one title and meaning here."""
