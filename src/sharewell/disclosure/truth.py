"""True counts that follow from others by the equations of a system."""

from __future__ import annotations

import numpy as np

from sharewell.disclosure.system import Ints, System


def completed(system: System, truth: Ints) -> tuple[Ints, int]:
    """``truth`` (n,), where -1 is not known, with every count that equations of known counts give.

    Also the number of an equation that these counts break, or -1.
    """
    if not len(system.total):
        return truth, -1
    truth = truth.copy()
    each = np.repeat(np.arange(len(system.total)), system.sizes)
    while True:
        gap_part, gap_total = truth[system.parts] < 0, truth[system.total] < 0
        gaps = np.bincount(each, gap_part, len(system.total)).astype(np.int64) + gap_total
        sums = np.add.reduceat(np.where(gap_part, 0, truth[system.parts]), system.start[:-1])
        left = truth[system.total] - sums
        wrong = ((gaps == 0) & (left != 0)) | ((gaps == 1) & ~gap_total & (left < 0))
        if wrong.any():
            return truth, int(np.flatnonzero(wrong)[0])
        totals, parts = (gaps == 1) & gap_total, (gaps[each] == 1) & gap_part
        if not (totals.any() or parts.any()):
            return truth, -1
        truth[system.total[totals]] = sums[totals]
        truth[system.parts[parts]] = left[each[parts]]
