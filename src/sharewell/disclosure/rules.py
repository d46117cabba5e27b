"""Disclosure rules: which counts may be printed, declared with their source and dates.

A rule decides cell by cell and from the true count alone. That is why it is simple to check, and
why it leaks: see ``docs/explanation/disclosure.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

ENGLAND = "E92000001"
ENGLAND_AND_WALES = "K04000001"
WALES = "W92000004"


@dataclass(frozen=True)
class Rule:
    """What a rule does with a count ``n`` of people, or of what happened to them.

    - ``low <= n <= high``: starred, printed ``*``. ``low`` is 1, or 0 where zeros are hidden too;
      ``high`` is below ``low`` where the rule stars nothing.
    - any other ``n``: to the nearest multiple of ``base`` (1: as it is), a half upwards.
    - 0, where zeros are shown and small numbers are starred: printed as it is.
    - a national figure, where ``national_exempt``: printed as it is. A figure is national when
      every geography that its crossing uses is a total or one of ``national_areas``.

    ``secondary``: the source asks for secondary suppression as well (see `alternatives`, and
    `repair` for more than it asks). ``rate_from``: the least count on which a rate may be shown;
    0 where rates follow the counts (see `derived`).

    ``since`` and ``until`` are the first and last day on which the rule was in force; None where
    the source gives none. Raises ValueError when a rounded small number could be read as a true 0.
    """

    id: str
    title: str
    low: int
    high: int
    base: int
    national_exempt: bool
    source: str
    since: date | None = None
    until: date | None = None
    note: str = ""
    national_areas: tuple[str, ...] = (ENGLAND, ENGLAND_AND_WALES)
    secondary: bool = False
    rate_from: int = 0

    def __post_init__(self) -> None:
        if self.low not in (0, 1):
            raise ValueError(
                f"Rule '{self.id}': low is {self.low}. Give 1, or 0 to hide zeros as well."
            )
        if self.high < 0 or self.base < 1:
            raise ValueError(
                f"Rule '{self.id}': high is {self.high} and base {self.base}. "
                "Give high of 0 or more and base of 1 or more."
            )
        if self.rate_from < 0:
            raise ValueError(
                f"Rule '{self.id}': rate_from is {self.rate_from}. "
                "Give the least count on which a rate may be shown, or 0."
            )
        if self.high == self.low:
            raise ValueError(
                f"Rule '{self.id}': a star would always mean {self.low}, and hide nothing. "
                f"Give high of at least {self.low + 1}, or 0 with zeros shown to star nothing."
            )
        if self.stars and self.rounded(self.high + 1) == 0:
            raise ValueError(
                f"Rule '{self.id}': {self.high + 1} would be rounded to 0 and read as a true 0. "
                f"Give high of at least {self.base - self.base // 2 - 1}, or a smaller base."
            )

    @property
    def stars(self) -> bool:
        """Whether any count is starred."""
        return self.low <= self.high

    @property
    def zero_shown(self) -> bool:
        """Whether a printed 0 is a true 0."""
        return self.low > 0 and (self.stars or self.base == 1)

    @property
    def first_rounded(self) -> int:
        """The least count that is rounded: 8 for HES; 0 where nothing is starred."""
        return self.high + 1 if self.stars else 0

    def rounded(self, count: int) -> int:
        """``count`` to the nearest multiple of ``base``, a half upwards: 5*((n+2)//5) for HES."""
        return self.base * ((count + self.base // 2) // self.base)

    def words(self) -> tuple[str, ...]:
        """The rule as sentences for a reader of the figures."""
        sentences = []
        if self.national_exempt:
            sentences.append("National figures are shown as they are.")
        where = "Below national level, " if self.national_exempt else ""
        if self.stars and self.low == 0:
            sentences.append(_sentence(f"{where}counts of 0 to {self.high} are shown as *."))
        elif self.stars:
            sentences.append(_sentence(f"{where}a count of 0 is shown as 0."))
            sentences.append(_sentence(f"{where}counts of {self.low} to {self.high} appear as *."))
        if self.base > 1:
            which = f"counts of {self.first_rounded} and over" if self.stars else "all counts"
            sentences.append(_sentence(f"{where}{which} are rounded to the nearest {self.base}."))
            sentences.append("Totals are rounded from the true total, so they may not add up.")
        if self.secondary:
            sentences.append("Further counts are hidden so that no small one can be worked out.")
        if self.rate_from:
            sentences.append(f"A rate on a count of fewer than {self.rate_from} is hidden.")
        return tuple(sentences)


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def rule_by_parameters(
    *,
    high: int,
    base: int = 1,
    zero_shown: bool = True,
    national_exempt: bool = False,
    id: str = "",  # noqa: A002 - a rule's id, as in every declaration
    title: str = "",
    source: str = "Set by parameter",
) -> Rule:
    """A rule of your own: star 1 (or 0) to ``high``, round the rest to ``base``.

    ``high=4`` stars counts under 5; ``high=0, base=5`` rounds everything and stars nothing. The
    id says the parameters unless one is given. Raises ValueError as `Rule` does.
    """
    low = 1 if zero_shown else 0
    parts = [f"star-{low}-{high}" if low <= high else "star-none", f"nearest-{base}"]
    if national_exempt:
        parts.append("national-exact")
    return Rule(
        id=id or "-".join(parts),
        title=title or f"Star {low} to {high}, round to the nearest {base}",
        low=low,
        high=high,
        base=base,
        national_exempt=national_exempt,
        source=source,
    )


_HES_SOURCE = (
    "NHS Digital, Change to disclosure control methodology for HES and ECDS from September 2018"
)

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        declared.id: declared
        for declared in (
            Rule(
                id="hes-2018",
                title="HES and ECDS since September 2018",
                low=1,
                high=7,
                base=5,
                national_exempt=True,
                source=_HES_SOURCE,
                since=date(2018, 9, 1),
                note="Totals are computed from the true counts and then rounded, so the rule asks "
                "for no secondary suppression. Counts of things that are not people or what "
                "happened to them, such as providers, are exempt: name their measures when "
                "protecting. The source counts from September 2018, and for publications, "
                "tabulations and answers to questions from the 13th of that month.",
            ),
            Rule(
                id="hes-before-2018",
                title="HES and ECDS before September 2018",
                low=1,
                high=5,
                base=1,
                national_exempt=False,
                source=f"{_HES_SOURCE}, on the rules it replaced",
                until=date(2018, 8, 31),
                note="The source describes the older rule in a sentence: 1 to 5 becomes a star, "
                "then secondary suppression. It gives no first day and does not say how national "
                "figures were treated, so here they are treated as any other. Protecting a table "
                "stars the small counts only; the secondary suppression is a step of its own.",
                secondary=True,
            ),
            Rule(
                id="wales-strict",
                title="Welsh figures, by the stricter rule",
                low=1,
                high=7,
                base=5,
                national_exempt=False,
                source=f"{_HES_SOURCE}; without its national exemption",
                note="No official Welsh rule for small numbers was found. Fewer than 5 is common, "
                "so starring 1 to 7 is the stricter of the two. Wales has some 3 million people "
                "and England some 56 million: a figure for the whole of Wales can be as small as "
                "one for a single English force area, so it is treated too. This is a choice, not "
                "a published rule: name another rule for Welsh areas once the data's owner has "
                "one.",
                national_areas=(),
            ),
            Rule(
                id="ndtms",
                title="Drug and alcohol treatment (NDTMS)",
                low=1,
                high=0,
                base=5,
                national_exempt=False,
                source="NDTMS ViewIt, which rounds every count to the nearest 5",
                note="Nothing is starred, and 1 to 4 never show. A printed 0 may be 1 or 2.",
            ),
            Rule(
                id="under-5",
                title="Counts under 5",
                low=1,
                high=4,
                base=1,
                national_exempt=False,
                source="Common practice; no published standard of this form was found",
                note="Often used for Welsh figures, for which no official rule was found. Zeros "
                "are shown; make a rule by parameters to hide them.",
            ),
            Rule(
                id="under-5-nearest-5",
                title="Counts under 5, the rest to the nearest 5",
                low=1,
                high=4,
                base=5,
                national_exempt=False,
                source="NDTMS ViewIt, which rounds every count to the nearest 5, so that 1 to 4 "
                "never show",
                note="As there, 1 to 4 never show and the rest is rounded. The star, and zeros "
                "that are true zeros, are choices made here: a star says that somebody is there, "
                "and keeps four counts possible. Counts of things, such as needles, are exempt.",
            ),
            Rule(
                id="under-10",
                title="Counts and rates under 10",
                low=1,
                high=9,
                base=1,
                national_exempt=False,
                source="OHID Fingertips, which hides a rate on fewer than 10",
                note="The source speaks of rates. Starring the counts as well, and showing their "
                "zeros, are choices made here: a rate that is hidden beside its count is not "
                "hidden. A rate on a count of 0 is hidden too.",
                rate_from=10,
            ),
        )
    }
)

WELSH_AREAS: Mapping[str, Rule] = MappingProxyType({"W*": RULES["wales-strict"]})
"""The default for cells of Welsh areas: every code that begins with W."""


def rule(name: str) -> Rule:
    """The declared rule called ``name``; KeyError names the known ones and the way out."""
    try:
        return RULES[name]
    except KeyError:
        raise KeyError(
            f"No disclosure rule is called '{name}'. Known: {', '.join(sorted(RULES))}. "
            "Make one with rule_by_parameters()."
        ) from None


@dataclass(frozen=True)
class ExtraRule:
    """Figures that an agreement withholds beyond the disclosure rule, described by data.

    A cell is withheld when its area is one of ``geography`` and it is split by one of
    ``split_by``. ``geography`` holds area codes; 'total' stands for a cell that has no area, its
    geographies being totals or not used. ``split_by`` holds breakdowns ('age_band') or kinds of
    breakdown ('person'); a cell is split by one that it shows a category of, not the total.
    ``words`` are the agreement's own.
    """

    id: str
    words: str
    geography: tuple[str, ...]
    split_by: tuple[str, ...]
