"""Derived figures: percentages, means and rates, and what they tell a reader about their counts.

They are worked out from what is printed and never from the true counts, so that beside the printed
counts they say nothing new. Where the counts are not printed, they do say something: the readings
give, for each figure, the least and the greatest count that it allows.

Source: NHS Digital, Change to disclosure control methodology for HES and ECDS from September 2018.

- Percentages come from the printed numerator and denominator and are hidden where either is. They
  are whole, with one decimal only where the printed denominator is 4,000 or more. (The guide calls
  the decimals a way of presenting, and no part of the protection. It names no rule for halves: a
  half goes up here, as it does for counts.)
- Means and medians of 1 to 7 people are hidden. Others are shown as they are.
- Rates follow their counts; a rule may hide more of them (``Rule.rate_from``). A rate on a public
  population gives its count away, so it must come from the printed count.
- Standardised rates, confidence intervals and regression estimates are exempt: no function here
  treats them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sharewell.disclosure.arrow import text_column
from sharewell.disclosure.cells import Bools, Ints
from sharewell.disclosure.check import UNREADABLE, read_printed
from sharewell.disclosure.protect import (
    SILENT,
    STAR,
    STARRED,
    WITHHELD,
    Treatments,
    print_counts,
    reading,
)
from sharewell.disclosure.rules import Rule
from sharewell.disclosure.system import UNBOUNDED

DECIMAL_FROM = 4_000
"""The least printed denominator on which a percentage has a decimal."""

NOT_APPLICABLE = "[z]"
"""Printed where there is nothing to divide by, or nobody to average."""

_GREATEST = 2**62


@dataclass(frozen=True)
class Known:
    """What a reader knows of n counts: each is from ``low`` to ``high`` (n,), both included.

    ``high`` is `UNBOUNDED` where there is no limit, so that readings meet by ``np.maximum`` of the
    lows and ``np.minimum`` of the highs.
    """

    low: Ints
    high: Ints


def percentages(numerator: Any, denominator: Any, *, decimal_from: int = DECIMAL_FROM) -> pa.Array:
    """(n,) percentages as text, from (n,) printed numerators and denominators.

    Both are columns of text as `protect` prints them. ``*`` where either is starred, ``[c]`` where
    either is withheld, ``[z]`` where the denominator is 0. Where one is rounded and the other not,
    a percentage may pass 100. Raises ValueError for a value that is no printed count.
    """
    above, below = _counts(numerator, "Numerator"), _counts(denominator, "Denominator")
    _same_length(above, below)
    decimals = (below >= decimal_from).astype(np.int64)
    units = _ratio(np.maximum(above, 0), np.maximum(below, 1), 100 * 10**decimals)
    silent = (above == SILENT) | (below == SILENT)
    starred = (above == STAR) | (below == STAR)
    return _text(units, decimals, silent, starred, below == 0)


def percentage_reading(
    printed: Any, denominator: Any, *, rule: Rule, exact: Bools | None = None
) -> Known:
    """What (n,) printed percentages of (n,) printed denominators tell about their numerators.

    ``rule`` printed the numerators; ``exact`` (n,) marks those that it exempts. A starred
    percentage tells only where the denominator is printed, for then the numerator is starred.
    Raises ValueError where no printed numerator gives the percentage.
    """
    figure, below = _figures(printed), _counts(denominator, "Denominator")
    _same_length(figure.units, below)
    how = _treatments(rule, len(below), exact)
    known = _inverted(figure, np.maximum(below, 1), 100, how, "percentage")
    starred = (figure.units == STAR) & (below > 0)
    known.low[starred], known.high[starred] = rule.low, rule.high
    return known


def rates(
    count: Any,
    population: Sequence[int] | Ints,
    *,
    rule: Rule,
    exact: Bools | None = None,
    per: int = 100_000,
    decimals: int = 1,
) -> pa.Array:
    """(n,) crude rates as text, from (n,) printed counts and (n,) public populations.

    ``rule`` printed the counts, but for those in ``exact`` (n,). A rate is hidden where its count
    is, and where the count may be less than ``rule.rate_from``. ``[z]`` where nobody lives.
    Raises ValueError for a value that is no printed count and for a negative population.
    """
    above, below = _counts(count, "Count"), _population(population)
    _same_length(above, below)
    _, low, _ = reading(above, _treatments(rule, len(above), exact))
    starred = (above == STAR) | ((above >= 0) & (low < rule.rate_from))
    scale = np.full(len(above), per * 10**decimals)
    units = _ratio(np.maximum(above, 0), np.maximum(below, 1), scale)
    return _text(units, np.full(len(above), decimals), above == SILENT, starred, below == 0)


def rate_reading(
    printed: Any,
    population: Sequence[int] | Ints,
    *,
    rule: Rule,
    exact: Bools | None = None,
    per: int = 100_000,
) -> Known:
    """What (n,) printed rates tell about their counts. The other keywords are those of `rates`.

    For rates that somebody worked out from true counts, mark all of them as ``exact``. Raises
    ValueError where no printed count gives the rate.
    """
    figure, below = _figures(printed), _population(population)
    _same_length(figure.units, below)
    how = _treatments(rule, len(below), exact)
    known = _inverted(figure, np.maximum(below, 1), per, how, "rate")
    shown = figure.units >= 0
    known.low[shown] = np.maximum(known.low[shown], rule.rate_from)
    for open_ in (False, True):
        starred = (figure.units == STAR) & (how.open_ == open_)
        if starred.any():
            known.low[starred], known.high[starred] = _hidden_rates(rule, open_)
    return known


def means(value: Any, people: Any, *, decimals: int = 1) -> pa.Array:
    """(n,) means or medians as text: ``value`` (n,) numbers over ``people`` (n,) printed counts.

    Hidden where the number of people is, ``[z]`` where it is 0. Raises ValueError for a value that
    is no printed count, and for a mean that is missing though it should be shown.
    """
    number = _counts(people, "People")
    values = np.asarray(value, dtype=float)
    _same_length(values, number)
    missing = np.flatnonzero((number > 0) & ~np.isfinite(values))
    if len(missing):
        raise ValueError(f"Mean {missing[0] + 1} is missing, though people are counted. Give it.")
    words = {STAR: STARRED, SILENT: WITHHELD, 0: NOT_APPLICABLE}
    text = [words.get(int(n), f"{v:z.{decimals}f}") for n, v in zip(number, values, strict=True)]
    return pa.array(text, pa.string())


def mean_reading(printed: Any, *, rule: Rule, exact: Bools | None = None) -> Known:
    """What (n,) printed means or medians tell about how many people they are of.

    It says nothing of the sum: a mean times a known number of people gives that.
    """
    text = text_column(printed).combine_chunks()
    how = _treatments(rule, len(text), exact)
    known = Known(np.zeros(len(text), dtype=np.int64), np.full(len(text), UNBOUNDED))
    starred, nobody, silent = (
        pc.fill_null(pc.equal(text, word), word == WITHHELD).to_numpy(zero_copy_only=False)
        for word in (STARRED, NOT_APPLICABLE, WITHHELD)
    )
    known.low[starred], known.high[starred] = rule.low, rule.high
    _, _, zero_high = reading(np.zeros(len(text), dtype=np.int64), how)
    known.high[nobody] = zero_high[nobody]
    shown = ~(starred | nobody | silent)
    known.low[shown] = np.where(how.open_[shown] | ~rule.stars, 1, rule.first_rounded)
    return known


@dataclass(frozen=True)
class _Figures:
    """Printed figures: ``units`` (n,) of their last decimal, or STAR or SILENT (nothing said)."""

    units: Ints
    decimals: Ints


def _figures(printed: Any) -> _Figures:
    text = pc.fill_null(text_column(printed).combine_chunks(), WITHHELD)
    number = pc.match_substring_regex(text, r"^[0-9]{1,12}(\.[0-9]{1,6})?$")
    word = pc.is_in(text, pa.array([STARRED, WITHHELD, NOT_APPLICABLE]))
    wrong = pc.invert(pc.or_(number, word)).to_numpy(zero_copy_only=False)
    if wrong.any():
        place = int(np.flatnonzero(wrong)[0])
        raise ValueError(
            f"Figure {place + 1} is '{text[place]}'. Give a plain number, {STARRED}, {WITHHELD} "
            f"or {NOT_APPLICABLE}."
        )
    digits = pc.if_else(number, pc.replace_substring(text, ".", ""), str(SILENT))
    units = pc.cast(pc.if_else(pc.equal(text, STARRED), str(STAR), digits), pa.int64())
    point = pc.find_substring(text, ".")
    after = pc.subtract(pc.subtract(pc.utf8_length(text), point), 1)
    decimals = pc.cast(pc.if_else(pc.greater_equal(point, 0), after, 0), pa.int64())
    return _Figures(
        units.to_numpy(zero_copy_only=False).copy(), decimals.to_numpy(zero_copy_only=False)
    )


def _inverted(figure: _Figures, below: Ints, scale: int, how: Treatments, what: str) -> Known:
    """The counts whose printed form gives each figure; no limits where no number is printed."""
    known = Known(np.zeros(len(below), dtype=np.int64), np.full(len(below), UNBOUNDED))
    shown = figure.units >= 0
    units, per = figure.units, scale * 10**figure.decimals
    _refuse_large(below * (2.0 * np.maximum(units, 0) + 1))
    # A half goes up, so unit u stands for all n with u - 1/2 <= per n / below < u + 1/2.
    first = np.maximum(-((-below * (2 * units - 1)) // (2 * per)), 0)
    last = -((-below * (2 * units + 1)) // (2 * per)) - 1
    rule = how.rules[0]
    base = np.where(how.open_, 1, rule.base)
    least = np.where(how.open_, 0, rule.rounded(rule.first_rounded))
    zero = how.open_ | rule.zero_shown | (least == 0)
    first, last = -(-first // base) * base, last // base * base
    first = np.where((first < least) & ~((first == 0) & zero), least, first)
    last = np.where((last < least) & (last >= 0), np.where(zero, 0, -1), last)
    wrong = np.flatnonzero(shown & (first > last))
    if len(wrong):
        raise ValueError(
            f"No count that rule '{rule.id}' prints gives the {what} in row {wrong[0] + 1}. "
            "Check the figure, what it is divided by, and the rule."
        )
    known.low[shown] = reading(first, how)[1][shown]
    known.high[shown] = reading(last, how)[2][shown]
    return known


def _hidden_rates(rule: Rule, open_: bool) -> tuple[int, int]:
    """The least and greatest count whose rate ``rule`` hides, found by trying them all."""
    counts = np.arange(max(rule.high, rule.rate_from) + rule.base + 1)
    how = _treatments(rule, len(counts), np.full(len(counts), open_))
    printed = print_counts(counts, how)
    hidden = counts[(printed == STAR) | (reading(printed, how)[1] < rule.rate_from)]
    if not len(hidden):
        raise ValueError(f"Rule '{rule.id}' hides no rate, yet one is starred. Check the rule.")
    return int(hidden[0]), int(hidden[-1])


def _treatments(rule: Rule, size: int, exact: Bools | None) -> Treatments:
    """Every cell under ``rule``, but for those that are printed as they are."""
    nothing = np.zeros(size, dtype=bool)
    open_ = nothing if exact is None else np.asarray(exact, dtype=bool)
    _same_length(open_, nothing)
    return Treatments((rule,), np.zeros(size, dtype=np.int64), open_, nothing, (rule.id,))


def _counts(printed: Any, what: str) -> Ints:
    column = text_column(printed)
    numbers = read_printed(column)
    wrong = np.flatnonzero(numbers == UNREADABLE)
    if len(wrong):
        raise ValueError(
            f"{what} {wrong[0] + 1} is '{column[int(wrong[0])]}'. Give a count as it is printed: "
            f"a whole number without commas, {STARRED} or {WITHHELD}."
        )
    return numbers


def _population(population: Sequence[int] | Ints) -> Ints:
    numbers = np.asarray(population)
    if not np.issubdtype(numbers.dtype, np.integer) and len(numbers):
        raise ValueError(f"Populations are of type {numbers.dtype}. Give whole numbers.")
    if (numbers < 0).any():
        raise ValueError("A population is negative. Give 0 or more.")
    whole: Ints = numbers.astype(np.int64)
    return whole


def _same_length(one: Any, other: Any) -> None:
    if len(one) != len(other):
        raise ValueError(f"{len(one)} values stand beside {len(other)}. Give one for each cell.")


def _ratio(above: Ints, below: Ints, scale: Ints) -> Ints:
    """``scale * above / below`` to the nearest whole number, a half upwards."""
    _refuse_large(2.0 * scale * above + below)
    units: Ints = (2 * scale * above + below) // (2 * below)
    return units


def _refuse_large(product: Any) -> None:
    if np.max(product, initial=0) > _GREATEST:
        raise ValueError("A count is too large for any population. Check the figures.")


def _text(units: Ints, decimals: Ints, silent: Bools, starred: Bools, nothing: Bools) -> pa.Array:
    """Units of the last decimal as text, with the symbols in their places."""
    power = 10**decimals
    whole = pc.cast(pa.array(units // power), pa.string())
    parts: Callable[[int], str] = lambda place: (  # noqa: E731
        f".{units[place] % power[place]:0{decimals[place]}d}" if decimals[place] else ""
    )
    rest = pa.array([parts(place) for place in range(len(units))], pa.string())
    text = pc.binary_join_element_wise(whole, rest, "")
    for flag, word in ((nothing, NOT_APPLICABLE), (starred, STARRED), (silent, WITHHELD)):
        text = pc.if_else(pa.array(flag), word, text)
    return text
