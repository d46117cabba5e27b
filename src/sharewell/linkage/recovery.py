"""How well people were found, where the truth is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sharewell.linkage.records import Ints


@dataclass(frozen=True)
class Recovery:
    """Of all pairs of records: the share of linked ones that are right (precision), the share of
    right ones that are linked (recall), their harmonic mean, and how far the count is off."""

    precision: float
    recall: float
    count_error: float

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def recovery(true: Ints, found: Ints) -> Recovery:
    """Compares two labellings of the same records. Raises ValueError for different lengths."""
    if len(true) != len(found):
        raise ValueError(f"{len(true)} records against {len(found)}.")
    _, one = np.unique(true, return_inverse=True)
    persons, two = np.unique(found, return_inverse=True)
    both = _pairs(one.astype(np.int64) * max(len(persons), 1) + two)
    linked, right = _pairs(two), _pairs(one)
    return Recovery(
        both / linked if linked else 1.0,
        both / right if right else 1.0,
        len(persons) / max(len(np.unique(one)), 1) - 1,
    )


def _pairs(label: npt.NDArray[np.int64]) -> float:
    many = np.unique(label, return_counts=True)[1].astype(float)
    return float((many * (many - 1) / 2).sum())
