"""Derived figures against fractions in plain Python, and what they tell against enumeration."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from derived_examples import MEANS, PERCENTAGES, PUBLISHED, RATES
from hypothesis import given
from hypothesis import strategies as st

from sharewell.disclosure import (
    Known,
    mean_reading,
    means,
    percentage_reading,
    percentages,
    protect,
    rate_reading,
    rates,
    rule,
    rule_by_parameters,
)
from sharewell.disclosure.rules import Rule
from sharewell.disclosure.system import UNBOUNDED

HES = rule("hes-2018")
RULES = (
    HES,
    rule("under-10"),
    rule("ndtms"),
    rule_by_parameters(high=9, base=10),
    rule_by_parameters(high=7, base=5, zero_shown=False),
    rule_by_parameters(high=0, base=1),
)


# --- the oracle: one figure at a time, from the words of the guide (facts/hes.md 1.5) ---------


def shown(count: int, by: Rule) -> str:
    """A count as printed: a star, a true 0, or the nearest multiple, a half upwards."""
    if by.low <= count <= by.high:
        return "*"
    return str(floor(Fraction(count, by.base) + Fraction(1, 2)) * by.base)


def half_up(value: Fraction, decimals: int) -> str:
    units = floor(value * 10**decimals + Fraction(1, 2))
    digits = str(units).rjust(decimals + 1, "0")
    return f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits


def percentage(numerator: str, denominator: str) -> str:
    if "[c]" in (numerator, denominator):
        return "[c]"
    if "*" in (numerator, denominator):
        return "*"
    if denominator == "0":
        return "[z]"
    value = Fraction(100 * int(numerator), int(denominator))
    return half_up(value, 1 if int(denominator) >= 4_000 else 0)


def spans(figures: dict[int, str]) -> dict[str, tuple[int, int]]:
    """The least and greatest count of those that give the same figure."""
    of: dict[str, list[int]] = defaultdict(list)
    for count, figure in figures.items():
        of[figure].append(count)
    return {figure: (min(counts), max(counts)) for figure, counts in of.items()}


def pairs(known: Known) -> list[tuple[int, int]]:
    return list(zip(known.low.tolist(), known.high.tolist(), strict=True))


# --- percentages -----------------------------------------------------------------------------


@pytest.mark.parametrize("example", PERCENTAGES)
def test_the_documented_percentages(example: tuple[int, int, str, str, str]) -> None:
    above, below, top, bottom, figure = example
    assert (shown(above, HES), shown(below, HES)) == (top, bottom)
    assert percentages([top], [bottom]).to_pylist() == [figure]


@pytest.mark.parametrize("figures", PUBLISHED)
def test_figures_published_under_the_rule_come_out_as_they_were_printed(
    figures: tuple[str, str, str, str],
) -> None:
    _, nine_years, last_year, share = figures
    for count in (nine_years, last_year):
        assert shown(int(count), HES) == count
    ((low, high),) = pairs(percentage_reading([share], [nine_years], rule=HES))
    told = {
        c: percentages([shown(c, HES)], [nine_years])[0].as_py() for c in range(low - 1, high + 2)
    }
    assert set(told.values()) > {share}
    assert {count for count, text in told.items() if text == share} == set(range(low, high + 1))


@given(
    st.lists(
        st.tuples(
            st.one_of(st.integers(0, 60), st.integers(0, 10**7)),
            st.one_of(st.integers(0, 60), st.integers(3_900, 4_100), st.integers(0, 10**7)),
        ),
        max_size=30,
    ),
    st.sampled_from(RULES),
)
def test_percentages_are_those_of_the_oracle(cells: list[tuple[int, int]], by: Rule) -> None:
    above = [shown(min(n, d), by) for n, d in cells]
    below = [shown(d, by) for _, d in cells]
    expected = [percentage(n, d) for n, d in zip(above, below, strict=True)]
    assert percentages(pa.array(above, pa.string()), pa.array(below, pa.string())).to_pylist() == (
        expected
    )


@pytest.mark.parametrize("by", RULES, ids=lambda by: by.id)
@pytest.mark.parametrize("denominator", ["10", "35", "40", "995", "4000", "4015"])
def test_a_percentage_tells_exactly_what_enumeration_finds(by: Rule, denominator: str) -> None:
    end = int(denominator) + 100
    figures = {n: percentage(shown(n, by), denominator) for n in range(end + 100)}
    # Counts at the end of the enumeration share their figure with greater ones.
    expected = {figure: span for figure, span in spans(figures).items() if span[1] < end}
    known = percentage_reading(list(expected), [denominator] * len(expected), rule=by)
    assert dict(zip(expected, pairs(known), strict=True)) == expected


def test_a_percentage_of_an_exempt_count_tells_more() -> None:
    exact = np.array([True, False])
    known = percentage_reading(["25", "25"], ["4", "40"], rule=HES, exact=exact)
    assert pairs(known) == [(1, 1), (8, 12)]


def test_a_hidden_percentage_tells_of_its_numerator_only_if_the_denominator_is_printed() -> None:
    known = percentage_reading(["*", "*", "[c]", "[z]"], ["40", "*", "40", "0"], rule=HES)
    assert pairs(known) == [(1, 7), (0, UNBOUNDED), (0, UNBOUNDED), (0, UNBOUNDED)]


def test_beside_its_printed_counts_a_percentage_says_nothing_new() -> None:
    for count in range(200):
        printed = shown(count, HES)
        figure = percentages([printed], ["200"])
        known = percentage_reading(figure, ["200"], rule=HES)
        low, high = (
            (1, 7)
            if printed == "*"
            else (0, 0)
            if printed == "0"
            else (
                int(printed) - 2,
                int(printed) + 2,
            )
        )
        assert known.low[0] <= low
        assert known.high[0] >= high


def test_a_percentage_that_no_printed_count_gives_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"No count that rule 'hes-2018' prints .* in row 2"):
        percentage_reading(["25", "3"], ["40", "40"], rule=HES)


def test_percentages_of_a_protected_table(kinds: dict[str, str]) -> None:
    """Share of under-18s by area, as in a published table: the nation exact, the rest by rule."""
    ages = {"total": (4_646, 13, 4_001, 9), "0-17": (466, 8, 1_001, 1)}
    areas = ("total", "E23000001", "E23000002", "E23000034")
    rows = [
        {"police_force": area, "age_band": age, "count": counts[place]}
        for age, counts in ages.items()
        for place, area in enumerate(areas)
    ]
    cells = pa.Table.from_pylist(
        [{"crossing": "police_force x age_band", "measure": "FAE"} | row for row in rows]
    )
    table = protect(cells, id="t", title="T", breakdown_kinds=kinds, rule=HES).cells
    printed = {(c["police_force"], c["age_band"]): c["printed"] for c in table.to_pylist()}
    share = percentages(
        [printed[area, "0-17"] for area in areas], [printed[area, "total"] for area in areas]
    )
    # 466/4646 exact; 10/15; 1000/4000; a star.
    assert share.to_pylist() == ["10.0", "67", "25.0", "*"]


# --- rates ------------------------------------------------------------------------------------


@pytest.mark.parametrize("example", RATES)
def test_the_documented_rates(example: tuple[str, int, str, int, str]) -> None:
    name, count, printed, population, figure = example
    assert shown(count, rule(name)) == printed
    assert rates([printed], [population], rule=rule(name)).to_pylist() == [figure]


def rate(count: int, population: int, by: Rule, per: int, decimals: int) -> str:
    printed = shown(count, by)
    fitting = [n for n in range(count + by.base + 1) if shown(n, by) == printed]
    if printed == "*" or min(fitting) < by.rate_from:
        return "*"
    return half_up(Fraction(per * int(printed), population), decimals)


@pytest.mark.parametrize("by", RULES, ids=lambda by: by.id)
@pytest.mark.parametrize(
    ("population", "per", "decimals"),
    [(250_000, 100_000, 1), (7_123, 100_000, 2), (554_648, 100_000, 0), (900_001, 1_000, 1)],
)
def test_a_rate_and_what_it_tells_are_those_of_enumeration(
    by: Rule, population: int, per: int, decimals: int
) -> None:
    figures = {n: rate(n, population, by, per, decimals) for n in range(260)}
    printed = [shown(n, by) for n in figures]
    got = rates(printed, [population] * len(figures), rule=by, per=per, decimals=decimals)
    assert got.to_pylist() == list(figures.values())
    # Counts near the end of the enumeration may share their figure with greater ones.
    expected = {f: span for f, span in spans(figures).items() if span[1] < 200}
    known = rate_reading(list(expected), [population] * len(expected), rule=by, per=per)
    assert dict(zip(expected, pairs(known), strict=True)) == expected


def test_a_rate_from_the_true_count_gives_it_away() -> None:
    """Why rates come from printed counts: 69 admissions among 554,648 people are 12.4."""
    known = rate_reading(["12.4"], [554_648], rule=HES, exact=np.array([True]))
    assert pairs(known) == [(69, 69)]


def test_a_rate_of_nobody_and_a_withheld_one() -> None:
    assert rates(["0", "[c]"], [0, 10], rule=HES).to_pylist() == ["[z]", "[c]"]
    under_10 = rule("under-10")
    exact = np.array([True, True])
    assert rates(["9", "10"], [100, 100], rule=under_10, exact=exact, per=100).to_pylist() == [
        "*",
        "10.0",
    ]
    known = rate_reading(["*", "[c]"], [100, 100], rule=under_10, exact=exact, per=100)
    assert pairs(known) == [(0, 9), (0, UNBOUNDED)]


# --- means and medians ------------------------------------------------------------------------


@pytest.mark.parametrize("example", MEANS)
def test_the_documented_means(example: tuple[int, str, float | None, str]) -> None:
    people, printed, mean, figure = example
    assert shown(people, HES) == printed
    value = [float("nan") if mean is None else mean]
    assert means(value, [printed]).to_pylist() == [figure]


def test_national_means_of_few_people_are_shown_and_withheld_ones_are_not() -> None:
    """A national count is printed as it is, so its mean is, too: no control applies to either."""
    assert means([2.5, 2.5, -0.01], ["3", "[c]", "10"]).to_pylist() == ["2.5", "[c]", "0.0"]


@pytest.mark.parametrize("by", RULES, ids=lambda by: by.id)
def test_what_a_mean_tells_of_the_number_of_people(by: Rule) -> None:
    people = list(range(40))
    printed = [shown(n, by) for n in people]
    figures = means([3.0] * len(people), printed)
    known = mean_reading(figures, rule=by)
    hidden = [n for n, figure in zip(people, figures.to_pylist(), strict=True) if figure == "*"]
    for n, figure, (low, high) in zip(people, figures.to_pylist(), pairs(known), strict=True):
        assert low <= n <= high
        if figure == "*":
            assert (low, high) == (min(hidden), max(hidden))


# --- bad input --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: percentages(["1,000"], ["4000"]), "Numerator 1 is '1,000'"),
        (lambda: percentages(["10"], [""]), "Denominator 1 is ''"),
        (lambda: percentages(["10"], ["20", "30"]), "1 values stand beside 2"),
        (lambda: percentages(["999999999999999"], ["999999999999999"]), None),
        (lambda: rates(["10"], [-1], rule=HES), "population is negative"),
        (lambda: rates(["10"], [1.5], rule=HES), "Give whole numbers"),  # type: ignore[list-item]
        (lambda: rates(["10"], [1], rule=HES, per=10**15, decimals=3), "too large"),
        (lambda: means([float("nan")], ["10"]), "Mean 1 is missing"),
        (lambda: percentage_reading(["25 %"], ["40"], rule=HES), "Figure 1 is '25 %'"),
        (lambda: rate_reading(["*"], [5], rule=rule_by_parameters(high=0)), "hides no rate"),
    ],
)
def test_bad_input_is_named(call: Any, message: str | None) -> None:
    if message is None:
        assert call().to_pylist() == ["100.0"]
    else:
        with pytest.raises(ValueError, match=message):
            call()


def test_nothing_in_nothing_out() -> None:
    assert percentages([], []).to_pylist() == []
    assert rates([], [], rule=HES).to_pylist() == []
    assert means([], []).to_pylist() == []
    assert pairs(percentage_reading([], [], rule=HES)) == []
    assert pairs(rate_reading([], [], rule=HES)) == []
    assert pairs(mean_reading([], rule=HES)) == []
