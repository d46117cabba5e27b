"""Links in words that disclose nobody: what kind a pair is of, never whose it is."""

from __future__ import annotations

from sharewell.linkage.evidence import CLASSES
from sharewell.linkage.places import RELATIONS
from sharewell.linkage.steps import STEPS


def explain_kind(
    kind: tuple[int, int, int], *, found: float, expected: float, probability: float, linked: bool
) -> str:
    """Why a pair was linked, or was not, without the attributors of it.

    ``kind``: places in `STEPS`, `RELATIONS` and `CLASSES`; ``found`` and ``expected``: pairs of
    that kind, and by chance alone.
    """
    step, relation, times = STEPS[kind[0]], RELATIONS[kind[1]], CLASSES[kind[2]]
    verdict = "taken as one person" if linked else "not linked"
    return (
        f"{step.words[0].upper()}{step.words[1:]}, all else agrees, and {relation}. The rarer of "
        f"the two was recorded {times}. Such pairs in these data: {found:,.0f}; by chance alone "
        f"{_number(expected)} would be. One person with a probability of "
        f"{_percent(probability)}: {verdict}."
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}" if value >= 0.1 else "fewer than 0.1"


def _percent(value: float) -> str:
    return "over 99 %" if value > 0.99 else f"{value:.0%}".replace("%", " %")
