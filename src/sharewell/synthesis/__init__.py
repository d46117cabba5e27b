"""Invented hospital episodes at national scale, calibrated to published totals. Never real."""

from sharewell.synthesis.dirt import DIRT_KINDS
from sharewell.synthesis.files import (
    SYNTHETIC_NOTICE,
    SyntheticFile,
    synthesise,
    synthesise_extract,
)
from sharewell.synthesis.published import Comparison, Figure, compare_with_published, figures

__all__ = [
    "DIRT_KINDS",
    "SYNTHETIC_NOTICE",
    "Comparison",
    "Figure",
    "SyntheticFile",
    "compare_with_published",
    "figures",
    "synthesise",
    "synthesise_extract",
]
