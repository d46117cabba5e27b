"""Pairs of attributors that may be one person's, and how sure is sure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sharewell.linkage.records import Bools, Ints

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Policy:
    """How sure is sure.

    A pair is linked from ``sure`` up, and looked at by a clerk from ``doubtful`` up until
    ``certain``. With ``district_must_agree``, pairs whose districts do not agree are for the
    clerk alone, however probable.
    """

    sure: float = 0.5
    doubtful: float = 0.05
    certain: float = 0.8
    district_must_agree: bool = False


@dataclass(frozen=True)
class Links:
    """Pairs of attributors that may be one person's; arrays of one length.

    ``rarer`` and ``other`` are packed attributors; ``step``, ``relation`` and ``times`` index
    `STEPS`, `RELATIONS` and `CLASSES`; ``probability`` is that of one person, all candidates of
    the rarer one considered; ``linked`` is whether the policy links them.
    """

    rarer: Ints
    other: Ints
    step: Ints
    relation: Ints
    times: Ints
    probability: Floats
    linked: Bools

    def __len__(self) -> int:
        return len(self.rarer)

    def take(self, rows: Bools | Ints) -> Links:
        """These rows alone."""
        return Links(**{name: column[rows] for name, column in vars(self).items()})
