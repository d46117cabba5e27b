"""Defended tables: an attacker who has them and everything before finds nothing, and no count
that was out is taken back."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from linked_examples import BOTH, ENGLAND, EXACT, FORCE, HES, WALES, cell, counted

from sharewell.catalogue.breakdowns import categories
from sharewell.disclosure.attacker import bounds
from sharewell.disclosure.coordinates import Shown
from sharewell.disclosure.defend import Defended, defend
from sharewell.disclosure.frame import catalogue_frame
from sharewell.disclosure.proof import fits
from sharewell.disclosure.relations import link

AGES = tuple(categories("age_band") or ())
MONTHS = ("2024-04", "2024-05", "2024-06")
APRIL_TO_JUNE = (date(2024, 4, 1), date(2024, 6, 30))
WIDTH = 3


def released(tables: Sequence[Shown], done: Defended) -> list[Shown]:
    """The defended tables, as they are out afterwards."""
    return [
        replace(each, table=printed, released=True)
        for each, printed in zip(tables, done.tables, strict=True)
    ]


def narrow(tables: Sequence[Shown], **options: Any) -> list[str]:
    """By the exact attacker, the protected counts of which fewer than three are possible."""
    linked = link(tables, catalogue_frame(), differences=True, **options)
    known = bounds(linked.system)
    found = linked.system.protected & (known.high - known.low < WIDTH - 1)
    return [linked.name(int(each)) for each in np.flatnonzero(found)]


def by_sex(men: int, women: int, **options: Any) -> Shown:
    return counted(
        [
            cell(men + women, police_force=FORCE, sex="total"),
            cell(men, police_force=FORCE, sex="1"),
            cell(women, police_force=FORCE, sex="2"),
            cell(0, police_force=FORCE, sex="unknown"),
        ],
        **options,
    )


def by_age(counts: Sequence[int], **options: Any) -> Shown:
    total = cell(sum(counts), police_force=FORCE, age_band="total")
    parts = [
        cell(count, police_force=FORCE, age_band=age)
        for age, count in zip(AGES, [*counts, *[0] * len(AGES)], strict=False)
    ]
    return counted([total, *parts], **options)


def test_a_safe_table_is_left_as_it_is() -> None:
    new = by_sex(4, 30)
    done = defend([new], [], catalogue_frame())
    assert done.tables == (new.table,)
    assert not done.left.size
    assert not done.exposed.size


def test_what_follows_from_an_earlier_release_is_withheld() -> None:
    """A first table's total is exact by its own rule; a second splits it."""
    first = counted([cell(30, police_force=FORCE)], by=EXACT, name="total")
    first = replace(first, released=True)
    new = by_sex(2, 28, name="by sex")
    assert narrow([first, new]) != []
    done = defend([new], [first], catalogue_frame())
    assert done.exposed.size
    assert not done.left.size
    assert narrow([first, *released([new], done)]) == []


def test_what_is_out_is_not_taken_back() -> None:
    """Earlier releases alone give a count away: it is named, and nothing else is withheld."""
    out = [
        replace(counted([cell(31, police_force=FORCE)], by=EXACT, name="total"), released=True),
        replace(by_sex(1, 30, name="sex"), released=True),
        replace(
            counted([cell(30, police_force=FORCE, sex="2")], by=EXACT, name="women"), released=True
        ),
    ]
    new = counted(
        [cell(1, police_force=FORCE, sex="1", age_band=AGES[0])], name="men by age, one row"
    )
    done = defend([new], out, catalogue_frame())
    names = [done.linked.name(int(each)) for each in done.already]
    assert any("men" in name for name in names)
    assert set(done.left) == set(done.already)


def test_what_was_withheld_stays_withheld() -> None:
    """The same table again, alone, would be safe in another way: it is printed the same."""
    first = counted([cell(30, police_force=FORCE)], by=EXACT, name="total")
    new = by_age([2, 28], name="age")
    done = defend([first, new], [], catalogue_frame())
    assert any(rows.any() for rows in done.withheld)
    again = defend([first, new], released([first, new], done), catalogue_frame())
    assert [t.cells for t in again.tables] == [t.cells for t in done.tables]
    assert not again.looked.any(), "nothing new is said, so nothing is attacked again"


def test_the_witnesses_fit_and_tell_apart() -> None:
    new = [by_age([1, 2, 9, 9, 3], name="a"), by_sex(3, 21, name="b")]
    done = defend(new, [], catalogue_frame())
    assert all(fits(done.linked.system, table) for table in done.witnesses)
    spread = np.ptp(done.witnesses, axis=0)
    assert (spread[done.looked] >= WIDTH - 1).all()
    assert done.min_width is not None
    assert done.min_width >= WIDTH


def test_the_same_tables_are_defended_the_same() -> None:
    new = [by_age([1, 2, 9, 9, 3], name="a"), by_sex(1, 23, name="b")]
    first, second = (defend(new, [], catalogue_frame()) for _ in range(2))
    assert np.array_equal(first.witnesses, second.witnesses)
    assert [t.cells for t in first.tables] == [t.cells for t in second.tables]


def test_england_and_wales_minus_england() -> None:
    """England is out exactly; a combined table would give Wales by subtraction."""
    england = counted([cell(812, police_force=ENGLAND)], by=EXACT, name="England", source="hes_apc")
    both = counted(
        [
            cell(815, police_force=BOTH),
            cell(812, police_force=ENGLAND),
            cell(3, police_force=WALES),
        ],
        name="England and Wales",
        source="hes_apc+pedw",
    )
    out = replace(england, released=True)
    assert any("Wales" in name for name in narrow([out, both]))
    done = defend([both], [out], catalogue_frame())
    assert not done.left.size
    assert narrow([out, *released([both], done)]) == []


def test_two_overlapping_versions_and_a_narrower_table() -> None:
    """The months came out by one version; the next prints the quarter for a part of them."""
    months = counted(
        [
            cell(count, police_force=FORCE, month=month, financial_year="2024")
            for month, count in zip(MONTHS, (9, 4, 12), strict=True)
        ],
        period=APRIL_TO_JUNE,
        by=EXACT,
        name="months, with small numbers hidden below",
    )
    out = replace(months, released=True)
    again = counted(
        [
            cell(count, police_force=FORCE, month=month, financial_year="2024", sex=sex)
            for month, pair in zip(MONTHS, ((8, 1), (1, 3), (11, 1)), strict=True)
            for sex, count in zip(("1", "2"), pair, strict=True)
        ],
        period=APRIL_TO_JUNE,
        name="by sex",
    )
    done = defend([again], [out], catalogue_frame())
    assert not np.setdiff1d(done.left, done.already).size
    linked = narrow([out, *released([again], done)])
    assert len(linked) == len(done.already)


counts_of_a_table = st.lists(
    st.one_of(st.integers(0, 9), st.integers(8, 60)), min_size=len(AGES), max_size=len(AGES)
)


@given(
    st.lists(counts_of_a_table, min_size=2, max_size=3),
    st.booleans(),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_released_one_after_another_nothing_is_known_at_the_end(
    groups: list[list[int]], exact_first: bool
) -> None:
    """Ages of forces, then all forces together, then the forces' totals: whatever the order."""
    forces = ("E23000007", "E23000013", "E23000009")[: len(groups)]
    fine = counted(
        [
            cell(count, police_force=force, age_band=age)
            for force, group in zip(forces, groups, strict=True)
            for age, count in zip(AGES, group, strict=True)
        ],
        name="fine",
    )
    totals = counted(
        [cell(sum(group), police_force=force) for force, group in zip(forces, groups, strict=True)],
        name="totals",
        by=EXACT if exact_first else HES,
    )
    for order in itertools.permutations([fine, totals]):
        out: list[Shown] = []
        already = 0
        for each in order:
            done = defend([each], out, catalogue_frame())
            assert not np.setdiff1d(done.left, done.already).size
            already += len(done.already)
            out += released([each], done)
        assert len(narrow(out)) <= already


def test_counts_that_cannot_both_be_true_are_refused() -> None:
    out = replace(by_sex(20, 30, by=EXACT, name="out"), released=True)
    new = by_sex(21, 30, by=EXACT, name="new")
    with pytest.raises(ValueError, match="Northumbria"):
        defend([new], [out], catalogue_frame())
