"""How many attributors are recording errors, also where they cannot be found one by one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sharewell.linkage.evidence import CHANCE_KNOWN_TO, Evidence, Floats
from sharewell.linkage.places import DISTRICT, USUAL

_ASSUMED = 20.0
"""So many records' weight has what is assumed of places, before the data say more."""


@dataclass(frozen=True)
class Variants:
    """Attributors that a recording error in one part made of others.

    ``found``: their number among those whose district agrees, as the sum of probabilities;
    ``variance``: of that sum. ``registrations``: records, or client records where those are
    known, of anybody.
    """

    found: float
    variance: float
    registrations: int


def spurious(variants: Variants, evidence: Evidence, entities: int) -> tuple[float, float]:
    """The number of attributors that are recording errors, and its standard error.

    Those found have a district in common with the right attributor. One person's registrations
    have one in common with the share c, so there are found / c (the reasoning of Petersen's
    capture and recapture); c is taken from steps in which chance is small enough, whatever the
    district. With two errors at once, an attributor is
    out of reach of the steps: if errors are independent, at rates e of the first R registrations
    that have none of the others, there are R x sum of e_i x e_j over pairs of steps.
    """
    share, share_variance = _share_agreeing(evidence)
    one = variants.found / share
    variance = (
        variants.variance + variants.found * (1 - share) + one**2 * share_variance
    ) / share**2
    by_step: Floats = one * evidence.same.sum((1, 2)) / max(float(evidence.same.sum()), 1e-12)
    right = max(variants.registrations - entities - one, one, 1.0)
    two = (by_step.sum() ** 2 - (by_step**2).sum()) / (2 * right)
    return one + float(two), float(np.sqrt(variance)) * (1 + float(two) / max(one, 1e-12))


def _share_agreeing(evidence: Evidence) -> tuple[float, float]:
    """The share of true pairs whose district agrees, and its variance.

    Each step gives a share; they and what is assumed are weighted by one over their variance,
    so that steps in which chance drowns the true pairs have no say.
    """
    found, expected = evidence.found.sum(2), evidence.expected.sum(2)
    true = np.maximum(found - expected, 0)
    width = found + (CHANCE_KNOWN_TO * expected) ** 2 + 1
    true, width = np.vstack([true, _ASSUMED * USUAL]), np.vstack([width, _ASSUMED * USUAL])
    near, far = true[:, : DISTRICT + 1].sum(1), true[:, DISTRICT + 1 :].sum(1)
    near_width, far_width = width[:, : DISTRICT + 1].sum(1), width[:, DISTRICT + 1 :].sum(1)
    whole = np.maximum(near + far, 1)
    weight = whole**4 / (far**2 * near_width + near**2 * far_width + 1)
    share = float((weight * near / whole).sum() / weight.sum())
    return max(share, 0.05), float(1 / weight.sum())
