"""Spells, moves and referrals, against a plain-Python oracle; and what never matters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from journey_oracle import after, seen_after, spells_of, strange_people

from sharewell.journeys import (
    AFTER,
    IMPOSSIBLE,
    SAID,
    SEEN,
    Contacts,
    Journeys,
    Leavings,
    Referrals,
    Terms,
    follow,
    follow_up,
    read_terms,
)

UNTIL = 60
people, services, days = st.integers(-1, 3), st.integers(0, 3), st.integers(0, UNTIL + 5)
contact_rows = st.lists(
    st.tuples(people, services, days, st.sampled_from([-1, -1, -1, 600, 601])), max_size=40
)
leaving_rows = st.lists(st.tuples(people, services, days, st.integers(0, 1)), max_size=4)
referral_rows = st.lists(
    st.tuples(people, services, days, st.integers(-1, 3), st.just(0), st.integers(-1, 1)),
    max_size=12,
)
some_terms = st.builds(Terms, st.integers(1, 25), st.integers(1, 25), st.integers(1, 25))


def columns(rows: list[Any], width: int) -> list[np.ndarray]:
    return list(np.array(rows, np.int64).reshape(-1, width).T)


def followed(rows: list[Any], leavings: list[Any], terms: Terms) -> Journeys:
    return follow(Contacts(*columns(rows, 4)), UNTIL, terms, Leavings(*columns(leavings, 4)))


@settings(max_examples=120, deadline=None)
@given(contact_rows, leaving_rows, some_terms)
@example([(0, 0, 1, -1), (0, 1, 1, -1)], [], Terms(5, 5, 5))
@example([(0, 0, 1, -1), (0, 1, 3, -1), (0, 0, 3, -1), (0, 2, 3, -1)], [], Terms(5, 5, 5))
def test_spells_are_those_of_the_oracle(rows: Any, leavings: Any, terms: Terms) -> None:
    journeys = followed(rows, leavings, terms)
    strange = strange_people(rows, leavings, UNTIL)
    found = journeys.impossible
    whys = [IMPOSSIBLE[why] for why in found.why.tolist()]
    assert dict(zip(found.person.tolist(), whys, strict=True)) == strange
    kept = [r for r in rows if r[0] >= 0 and r[2] <= UNTIL and r[0] not in strange]
    expected = spells_of(kept, terms)
    spells = journeys.spells
    assert len(spells) == len(expected)
    number = {id(spell): at for at, spell in enumerate(expected)}
    for at, spell in enumerate(expected):
        mine = [int(c[at]) for c in (spells.person, spells.service, spells.first, spells.last)]
        assert mine == [spell.person, spell.service, spell.first, spell.last]
        assert spells.days[at] == len(spell.days)
        origin = -1 if spell.origin is None else number[id(spell.origin)]
        assert (spells.origin[at], spells.wait[at]) == (origin, spell.wait)
        assert spells.beside[at] == (spell.origin is not None and spell.origin.last > spell.first)
        follows = [s for s in expected if s.origin is spell]
        next_one = min(follows, key=lambda s: (s.first, s.service), default=None)
        assert spells.onward[at] == (-1 if next_one is None else number[id(next_one)])
        assert AFTER[spells.after[at]] == after(spell, expected, leavings, UNTIL, terms)
        assert (spells.where[at] >= 0) == (AFTER[spells.after[at]] in AFTER[1:3])


@settings(max_examples=120, deadline=None)
@given(contact_rows, referral_rows, some_terms)
def test_referrals_are_followed_as_the_oracle_does(rows: Any, referrals: Any, terms: Terms) -> None:
    journeys = followed(rows, [], terms)
    strange = strange_people(rows, [], UNTIL)
    result = follow_up(Referrals(*columns(referrals, 6)), journeys)
    kept = [r for r in rows if r[0] >= 0 and r[2] <= UNTIL and r[0] not in strange]
    wanted = [r for r in referrals if r[0] >= 0 and r[2] <= UNTIL and r[0] not in strange]
    assert len(result) == len(wanted)
    for at, referral in enumerate(wanted):
        seen, wait = seen_after(referral, kept, UNTIL, terms)
        assert (SEEN[result.seen[at]], result.wait[at]) == (seen, wait)
        assert SAID[result.said[at]] == {1: SAID[0], 0: SAID[1], -1: SAID[2]}[referral[5]]


@settings(max_examples=50, deadline=None)
@given(contact_rows, st.randoms())
def test_neither_order_nor_repetition_matters(rows: Any, chance: Any) -> None:
    again = [*rows, *rows[:10]]
    chance.shuffle(again)
    one, other = (followed(each, [], Terms(10, 10, 10)).spells for each in (rows, again))
    for name, column in vars(one).items():
        assert np.array_equal(column, getattr(other, name)), name


def test_from_a_to_b_to_c() -> None:
    """A person at A, then B, then C, with the days between; and one who stays at A beside B."""
    rows = [(7, 0, 0, -1), (7, 0, 10, -1), (7, 1, 24, -1), (7, 2, 25, -1)]
    rows += [(8, 0, 0, -1), (8, 1, 5, -1), (8, 0, 9, -1)]
    spells = followed(rows, [], Terms(20, 20, 20)).spells
    a, b, c, stays, beside = range(5)
    assert spells.origin.tolist() == [-1, a, b, -1, stays]
    assert spells.wait.tolist() == [-1, 14, 1, -1, 5]
    assert spells.beside.tolist() == [False, False, False, False, True]
    assert spells.onward.tolist() == [b, c, -1, beside, -1]


def test_who_objects_is_nobody() -> None:
    assert len(followed([(-1, 0, 1, -1), (-1, 1, 3, -1)], [], Terms()).spells) == 0


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([(2**31, 0, 0, -1)], "person is 2147483648"),
        ([(0, 2**14, 0, -1)], "service is 16384"),
        ([(0, 0, -99_999, -1)], "day is -99999"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(rows: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Contacts(*columns(rows, 4))


def test_terms_must_be_days() -> None:
    with pytest.raises(ValueError, match="gap is 0 days"):
        Terms(gap=0)


@pytest.mark.parametrize("text", ["gap", "gap=x", "gaps=3", "gap=1,gap=2", "gap=-3", "gap=0"])
def test_terms_that_cannot_be_read_say_what_to_give(text: str) -> None:
    with pytest.raises(ValueError, match=r"[Gg]ive"):
        read_terms(text)
