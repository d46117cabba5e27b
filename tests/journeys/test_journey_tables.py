"""Counts of people for an area, against counting by hand; and margins that hold."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from journey_oracle import after, seen_after, spells_of, strange_people
from test_following import UNTIL, columns, contact_rows, followed, referral_rows, some_terms

from sharewell.journeys import Area, Counted, Referrals, Terms, count_tables, follow_up
from sharewell.journeys.tables import NOWHERE_YET, OUTSIDE, STAYS, bands

AREA = Area({0: "A", 2: "C"}, {0: "Structured treatment"})
PLACE = AREA.services


def as_counts(table: Counted) -> Counter[tuple[str, ...]]:
    """What is counted, without zeros."""
    rows = zip(*(table.cells[name].to_pylist() for name in table.breakdowns), strict=True)
    counts = table.cells["count"].to_pylist()
    return +Counter(dict(zip(rows, counts, strict=True)))


def first_of_each(units: list[tuple[Any, ...]]) -> Counter[tuple[str, ...]]:
    """Counts units of (key, order, cell): of each key, the first in order."""
    best: dict[Any, tuple[Any, Any]] = {}
    for key, order, cell in units:
        if key not in best or order < best[key][0]:
            best[key] = (order, cell)
    return Counter(cell for _, cell in best.values())


@settings(max_examples=80, deadline=None)
@given(contact_rows, referral_rows, some_terms, st.integers(0, 30), st.integers(20, UNTIL))
def test_tables_are_those_counted_by_hand(
    rows: Any, referrals: Any, terms: Terms, first: int, last: int
) -> None:
    journeys = followed(rows, [], terms)
    result = follow_up(Referrals(*columns(referrals, 6)), journeys)
    tables = {t.name: t for t in count_tables(journeys, result, AREA, first, last)}
    strange = strange_people(rows, [], UNTIL)
    kept = [r for r in rows if r[0] >= 0 and r[2] <= UNTIL and r[0] not in strange]
    spells = spells_of(kept, terms)
    moves, onward, ends = [], [], []
    for spell in spells:
        came = spell.origin
        inside = came and spell.service in PLACE and came.service in PLACE
        if inside and first <= spell.first <= last:
            ends_of = (spell.person, PLACE[came.service], PLACE[spell.service])
            follows = [s for s in spells if s.origin is spell]
            then = min(follows, key=lambda s: (s.first, s.service), default=None)
            says = NOWHERE_YET if then is None else PLACE.get(then.service, OUTSIDE)
            moves.append((ends_of, spell.first, (*ends_of[1:], band(spell, terms))))
            onward.append((ends_of, spell.first, (*ends_of[1:], says)))
        if spell.service in PLACE and first <= spell.last <= last:
            says = after(spell, spells, [], UNTIL, terms)
            if says == "seen at another service":
                then_day = min(
                    (d, d in s.days and s.first == d, s.service)
                    for s in spells
                    for d in s.days
                    if s.person == spell.person and d > spell.last
                )
                inside = then_day[2] in PLACE
                says = "seen at another service here" if inside else "seen at a service elsewhere"
            ends.append(((spell.person, spell.service), -spell.last, (PLACE[spell.service], says)))
    assert as_counts(tables["moves"]) == first_of_each(moves)
    assert as_counts(tables["onward"]) == first_of_each(onward)
    assert as_counts(tables["ends"]) == first_of_each(ends)
    said, seen = [], []
    for at, each in enumerate(referrals):
        person, service, day, other, _, says = each
        if person < 0 or person in strange or service not in PLACE or not first <= day <= last:
            continue
        to = PLACE.get(other, OUTSIDE if other >= 0 else "Structured treatment")
        key = (person, service, to)
        word = {1: "arrived", 0: "did not arrive", -1: "not known"}[says]
        said.append((key, (day, at), (PLACE[service], to, word)))
        found, _ = seen_after(each, kept, UNTIL, terms)
        seen.append((key, (day, at), (PLACE[service], to, found)))
    assert as_counts(tables["referrals-said"]) == first_of_each(said)
    assert as_counts(tables["referrals-seen"]) == first_of_each(seen)
    apart = {p for p, s, d, _ in rows if p in strange and s in PLACE and first <= d <= last}
    assert as_counts(tables["apart"]) == Counter((strange[person],) for person in apart)


def band(spell: Any, terms: Terms) -> str:
    """The days between two services, in words."""
    if spell.origin.last > spell.first:
        return STAYS
    low = 0
    for edge in [edge for edge in (0, 7, 28, 91) if edge < terms.gap] + [terms.gap]:
        if spell.wait <= edge:
            return (
                "the same day"
                if edge == 0
                else f"{low + 1} to {edge} days".replace(f"{edge} to {edge} ", f"{edge} ")
            )
        low = edge
    raise AssertionError(spell)


@settings(max_examples=50, deadline=None)
@given(contact_rows, some_terms)
def test_moves_and_what_came_then_have_the_same_margins(rows: Any, terms: Terms) -> None:
    journeys = followed(rows, [], terms)
    nothing = follow_up(Referrals(*columns([], 6)), journeys)
    moves, onward, *_ = count_tables(journeys, nothing, AREA, 0, UNTIL)

    def of(table: Counted) -> Counter[tuple[str, str]]:
        found: Counter[tuple[str, str]] = Counter()
        for (came, to, _), count in as_counts(table).items():
            found[came, to] += count
        return found

    assert of(moves) == of(onward)


def test_bands_reach_to_the_longest_gap() -> None:
    assert bands(182)[1:] == (
        "the same day",
        "1 to 7 days",
        "8 to 28 days",
        "29 to 91 days",
        "92 to 182 days",
    )
    assert bands(5)[1:] == ("the same day", "1 to 5 days")
