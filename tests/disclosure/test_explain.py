"""Derivations: that they say what a reader can check, and that every number in them is right."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linked_examples import FORCE, cell, number, shown

from sharewell.disclosure import rule_by_parameters
from sharewell.disclosure.attacker import bounds
from sharewell.disclosure.derivation import inputs, steps_to, trace
from sharewell.disclosure.explain import because
from sharewell.disclosure.frame import catalogue_frame, declared_frame
from sharewell.disclosure.relations import Linked, link
from sharewell.disclosure.system import Ints, System, make_system, propagate

AGES = ("0-9", "10-19", "20-29", "30-39", "40-49")
NONE = ("50-59", "60-69", "70-79", "80-89", "90+", "unknown")


@pytest.fixture
def worked() -> Linked:
    """The worked leak: five ages, of which one prints 10 and four print *, and all ages 10."""
    counts = {
        "total": 12,
        **dict(zip(AGES, (8, 1, 1, 1, 1), strict=True)),
        **dict.fromkeys(NONE, 0),
    }
    cells = [
        cell(n, month="2024-03", police_force=FORCE, age_band=age) for age, n in counts.items()
    ]
    return link([shown(cells)], catalogue_frame())


def test_the_worked_leak(worked: Linked) -> None:
    known = bounds(worked.system)
    for age in AGES[1:]:
        at = number(worked, f"Northumbria, March 2024, {age}")
        assert (known.low[at], known.high[at]) == (1, 1)
    words = because(worked, known, number(worked, "Northumbria, March 2024, 10-19"))
    assert words == (
        "Northumbria, March 2024, 10-19 = 1. It prints *, so 1 to 7. Northumbria, March 2024, "
        "10-19 is at most 1, because Northumbria, March 2024 (printed 10) is at most 12 and the "
        "other parts of it are together at least 8 (0-9) + 1 (20-29) + 1 (30-39) + 1 (40-49) = "
        "11: 12 − 11 = 1."
    )


def test_a_cell_of_which_nothing_follows_says_only_what_it_prints() -> None:
    linked = link([shown([cell(3, month="2024-03", police_force=FORCE)])], catalogue_frame())
    assert because(linked, bounds(linked.system), 0) == (
        "Northumbria, March 2024 is 1 to 7. It prints *, so 1 to 7."
    )


def test_a_chain_of_steps_comes_in_the_order_in_which_it_can_be_checked() -> None:
    # The year is at most 12 and ten months have at least 1: March all ages at most 2. So of its
    # two ages, at least 1 each, neither is more than 1.
    months = [*(f"2023-{m:02d}" for m in range(4, 13)), "2024-01", "2024-02", "2024-03"]
    cells = [cell(1, financial_year="2023", month=m, police_force=FORCE) for m in months[:-2]]
    cells += [
        cell(0, financial_year="2023", month=months[-2], police_force=FORCE),
        cell(2, financial_year="2023", month=months[-1], police_force=FORCE),
        cell(12, financial_year="2023", month="total", police_force=FORCE),
    ]
    ages = [
        cell(n, month="2024-03", police_force=FORCE, age_under_25=age)
        for age, n in (("0-24", 1), ("25+", 1), ("unknown", 0))
    ]
    linked = link([shown(cells, period=None), shown(ages, name="ages")], catalogue_frame())
    at = number(linked, "Northumbria, March 2024, 0-24")
    words = because(linked, bounds(linked.system), at)
    assert words.startswith("Northumbria, March 2024, 0-24 = 1.")
    first, second = re.findall(r"\((\d)\) Northumbria, March 2024(?:, 0-24)? is at most", words)
    assert (first, second) == ("1", "2")
    assert "12 − 10 = 2" in words
    assert "2 − 1 = 1" in words


def test_what_only_several_sums_force_says_so_and_lists_them() -> None:
    # x + y = y + z = z + x = 8: each is 4, though no single sum narrows 1 to 7.
    frame = declared_frame({"pair": ("xy", "yz", "zx", "x", "y", "z")})
    linked = link([_one_cell_each(("x", "y", "z"))], frame)
    linked = _tied(linked, [(3, (0, 1)), (4, (1, 2)), (5, (2, 0))], (8, 8, 8))
    known = bounds(linked.system)
    assert (known.low[0], known.high[0]) == (4, 4)
    words = because(linked, known, 0)
    assert "No sum shows alone that it is at most 4; 3 sums together do" in words
    assert words.count(" = ") >= 3


def test_what_only_whole_numbers_force_says_so() -> None:
    # s = 2a and t = 2d are even, and s = t + m with m 0 or 1: m is 0, though halves would allow 1.
    names = ("a", "b", "c", "d", "e", "f", "m")
    linked = link([_one_cell_each(names)], declared_frame({"pair": names}))
    s, t = 7, 8
    sums = [(s, (0, 1)), (s, (1, 2)), (s, (2, 0)), (t, (3, 4)), (t, (4, 5)), (t, (5, 3))]
    linked = _tied(linked, [*sums, (s, (t, 6))], ((4, 9), (4, 9)))
    m = linked.system
    linked = replace(linked, system=replace(m, low=m.low - (m.low == 1), high=m.high.clip(1)))
    linked.system.high[6] = 1
    known = bounds(linked.system)
    assert (known.low[6], known.high[6]) == (0, 0)
    words = because(linked, known, 6)
    assert "No sum shows alone that it is at most 0; 7 sums together do" in words
    assert "no whole numbers fit all of them otherwise" in words


def _one_cell_each(names: tuple[str, ...]):
    """A table of starred cells, one for each category."""
    made = shown([cell(3, month="2024-03", police_force=FORCE)], period=None)
    count = len(names)
    cells = pa.table(
        {
            "crossing": ["pair"] * count,
            "pair": list(names),
            "measure": ["FAE"] * count,
            "printed": ["*"] * count,
            "treatment": ["starred"] * count,
            "low": [1] * count,
            "high": [7] * count,
        }
    )
    return replace(made, table=replace(made.table, cells=cells))


def _tied(linked: Linked, sums, totals) -> Linked:
    """The counts of ``linked`` with further counts that are sums of them by hand."""
    size = max(total for total, _ in sums) + 1
    given = [each if isinstance(each, tuple) else (each, each) for each in totals]
    low = np.concatenate([linked.system.low, [pair[0] for pair in given]])
    high = np.concatenate([linked.system.high, [pair[1] for pair in given]])
    protected = np.arange(size) < len(linked)
    equations = [(np.array([total]), np.array([parts])) for total, parts in sums]
    return replace(
        linked,
        system=make_system(low, high, protected, equations),
        rest_of=np.zeros(size - len(linked), dtype=np.int64),
    )


@st.composite
def systems(draw: st.DrawFn) -> tuple[System, Ints]:
    """A random system of which one table is true."""
    parts = draw(st.integers(3, 6))
    truth = [draw(st.integers(0, 6)) for _ in range(parts)]
    equations = []
    for _ in range(draw(st.integers(1, 4))):
        mine = draw(st.lists(st.integers(0, len(truth) - 1), min_size=1, max_size=4, unique=True))
        truth.append(sum(truth[i] for i in mine))
        equations.append((np.array([len(truth) - 1]), np.array([mine])))
    values = np.array(truth, dtype=np.int64)
    slack = [draw(st.tuples(st.integers(0, 3), st.integers(0, 3))) for _ in truth]
    low = np.maximum(values - np.array([a for a, _ in slack]), 0)
    high = values + np.array([b for _, b in slack])
    return make_system(low, high, np.ones(len(values), dtype=bool), equations), values


@given(systems())
@settings(max_examples=150)
def test_every_step_is_right_and_the_last_gives_the_bound(made: tuple[System, Ints]) -> None:
    system, truth = made
    traced = trace(system)
    narrowed = propagate(system)
    np.testing.assert_array_equal(traced.low[-1], narrowed.low)
    np.testing.assert_array_equal(traced.high[-1], narrowed.high)
    for at in range(len(system)):
        for upper in (False, True):
            printed = system.high if upper else system.low
            proved = {
                (c, u): int((system.high if u else system.low)[c])
                for c in range(len(system))
                for u in (False, True)
            }
            for step in steps_to(traced, at, upper):
                total = int(system.total[step.equation])
                assert truth[total] == truth[system.members(step.equation)].sum()
                given_ = {
                    key: proved[key] for key in inputs(system, step.equation, step.cell, step.upper)
                }
                whole = given_.pop((total, step.upper), None)
                rest = sum(given_.values())
                assert step.value == (rest if whole is None else whole - rest)
                proved[step.cell, step.upper] = step.value
            final = (narrowed.high if upper else narrowed.low)[at]
            assert proved[at, upper] == final
            assert upper or final <= truth[at]
            assert printed[at] == final or steps_to(traced, at, upper)


def test_contradictory_releases_are_named_with_what_they_print() -> None:
    exact = rule_by_parameters(high=0)
    ages = [("total", 9), ("0-24", 2), ("25+", 3), ("unknown", 0)]
    cells = [cell(n, month="2024-03", police_force=FORCE, age_under_25=age) for age, n in ages]
    with pytest.raises(ValueError, match=r"Northumbria, March 2024 \('9' in 't'\) is the sum of"):
        link([shown(cells, by=exact)], catalogue_frame())
