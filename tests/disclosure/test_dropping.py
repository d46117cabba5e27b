"""Where repair cannot make new tables safe: the smallest set of crossings to leave out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from linked_examples import EXACT, FORCE, cell, counted

from sharewell.catalogue.breakdowns import categories
from sharewell.disclosure import defend as defending
from sharewell.disclosure.coordinates import Shown
from sharewell.disclosure.defend import Defended, defend
from sharewell.disclosure.dropping import to_drop
from sharewell.disclosure.frame import catalogue_frame
from sharewell.disclosure.repair import Repair

AGES = tuple(categories("age_band") or ())


@pytest.fixture
def no_repair(monkeypatch: pytest.MonkeyPatch) -> None:
    """A repair that finds nothing to withhold."""

    def nothing(system: Any, truth: Any, narrow: Any, *_: Any, **__: Any) -> Repair:
        return Repair(np.zeros_like(narrow), truth[None, :][:0], np.flatnonzero(narrow), 0.0)

    monkeypatch.setattr(defending, "repair", nothing)


def by_age(counts: Sequence[int]) -> list[dict[str, Any]]:
    filled = [*counts, *[0] * (len(AGES) - len(counts))]
    parts = [cell(n, police_force=FORCE, age_band=a) for a, n in zip(AGES, filled, strict=True)]
    return [cell(sum(counts), police_force=FORCE, age_band="total"), *parts]


def by_sex(men: int, women: int) -> list[dict[str, Any]]:
    counts = {"total": men + women, "1": men, "2": women, "unknown": 0}
    return [cell(count, police_force=FORCE, sex=sex) for sex, count in counts.items()]


def total(count: int) -> Shown:
    return replace(
        counted([cell(count, police_force=FORCE)], by=EXACT, name="total"), released=True
    )


def dropped(done: Defended) -> list[tuple[str, str, bool]]:
    return [(each.title, each.crossing, each.whole) for each in to_drop(done)]


def test_only_what_gives_something_away_is_left_out(no_repair: None) -> None:
    """Two women are the total less the 28 men; ages (12 and 18) give nothing away."""
    new = counted([*by_sex(28, 2), *by_age([12, 18])], name="new")
    done = defend([new], [total(30)], catalogue_frame())
    assert done.left.size
    assert dropped(done) == [("new", "police_force x sex", False)]


def test_a_table_of_which_nothing_stays_is_named_whole(no_repair: None) -> None:
    tables = [counted(by_sex(28, 2), name="sexes"), counted(by_age([12, 18]), name="ages")]
    done = defend(tables, [total(30)], catalogue_frame())
    assert dropped(done) == [("sexes", "police_force x sex", True)]


def test_each_of_several_is_needed(no_repair: None) -> None:
    """Both sexes and ages have a small number that the total gives away."""
    tables = [counted(by_sex(28, 2), name="sexes"), counted(by_age([28, 2]), name="ages")]
    done = defend(tables, [total(30)], catalogue_frame())
    assert sorted(title for title, *_ in dropped(done)) == ["ages", "sexes"]


def test_nothing_is_left_out_of_what_repair_mends() -> None:
    new = counted(by_sex(28, 2), name="new")
    done = defend([new], [total(30)], catalogue_frame())
    assert done.exposed.size
    assert to_drop(done) == ()


def test_what_earlier_releases_alone_give_away_is_no_reason(no_repair: None) -> None:
    out = replace(counted(by_sex(28, 2), by=EXACT, name="out"), released=True)
    done = defend([counted(by_sex(28, 2), name="new")], [out], catalogue_frame())
    assert to_drop(done) == ()
