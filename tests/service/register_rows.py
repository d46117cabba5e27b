"""The small registers and samples of the room's own tests."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "register"))

from register_samples import (
    AGREEMENT,
    DATASET,
    EDITION_A,
    EDITION_B,
    FILE,
    edition,
    needs_samples,
    needs_seeds,
    rows_of,
    seed,
    workbook,
)

__all__ = [
    "AGREEMENT",
    "DATASET",
    "EDITION_A",
    "EDITION_B",
    "FILE",
    "edition",
    "needs_samples",
    "needs_seeds",
    "rows_of",
    "seed",
    "workbook",
]
