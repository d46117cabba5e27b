"""From people counted by steps to how many there are, for a whole and for each part of it.

A table counts people by steps, for only whole people can be put into its cells. How far that is
from the corrected count is known of everybody together. People are linked among all of them before
they are split by area, age or sex, so the same share is missing from each part, before chance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import ceil, floor, hypot, sqrt
from statistics import NormalDist

from sharewell.linkage.count import PeopleCount

_DIGITS, _THOUSAND = 3, 1000


@dataclass(frozen=True)
class Correction:
    """By how much people counted by steps are to be multiplied.

    ``low`` to ``high`` holds the factor of the whole with probability ``level``. ``chance`` is how
    many attributors were taken to be errors or shared, per person counted: what falls on a part by
    chance varies with it.
    """

    factor: float
    low: float
    high: float
    chance: float
    level: float

    @classmethod
    def of(cls, count: PeopleCount) -> Correction | None:
        """That of a count; None where nobody was counted. Three decimals, so that it says nothing
        of single people."""
        if not count.stepwise:
            return None

        def per_person(figure: float) -> float:
            return round(figure / count.stepwise, _DIGITS)

        return cls(
            factor=per_person(count.corrected),
            low=per_person(count.low),
            high=per_person(count.high),
            chance=per_person(count.spurious + count.sharing),
            level=count.level,
        )

    @classmethod
    def from_facts(cls, facts: Mapping[str, int]) -> Correction:
        """The one that was written as whole numbers."""
        return cls(**{name: value / _THOUSAND for name, value in facts.items()})

    def facts(self) -> dict[str, int]:
        """In thousandths, for the ledger keeps whole numbers."""
        return {name: round(value * _THOUSAND) for name, value in asdict(self).items()}

    def of_part(self, people: int, *, base: int = 5) -> tuple[int, int, int]:
        """How many people ``people`` counted by steps stand for: the number, and the interval of
        the same level, rounded to ``base`` and outwards.

        ``people`` may be rounded to ``base`` itself, which widens the interval. Variances of the
        factor and of a Poisson count of what fell on the part add.
        """
        wide = NormalDist().inv_cdf((1 + self.level) / 2)
        of_factor = people * (self.high - self.low) / 2
        off = hypot(of_factor, wide * sqrt(people * self.chance)) + base / 2
        number = people * self.factor
        return (
            base * round(number / base),
            max(base * floor((number - off) / base), 0),
            base * ceil((number + off) / base),
        )

    @property
    def words(self) -> str:
        """What readers are told, in two sentences."""
        return (
            f"Corrected for mistyped attributors and for people who share one, there are "
            f"{self.factor:.3f} times as many people as are counted here ({self.low:.3f} to "
            f"{self.high:.3f}, with {self.level:.0%} confidence, of all together). Smaller parts "
            "vary more."
        )
