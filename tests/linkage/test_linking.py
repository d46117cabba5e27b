"""Who is who: recovery of invented truth, what never matters, and people's decisions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sharewell.linkage import (
    Attributor,
    Decision,
    DecisionError,
    Policy,
    Records,
    Truth,
    decide,
    history,
    impossible,
    invent,
    link,
    make_records,
    recovery,
    standing,
)
from sharewell.linkage.decisions import Verdict
from sharewell.linkage.records import pack
from sharewell.linkage.steps import STEPS, make_nodes, pairs


@pytest.fixture(scope="module")
def truth() -> Truth:
    return invent(20_000, 10_000)


def as_sets(label: np.ndarray) -> set[frozenset[int]]:
    """A labelling as the sets of rows that it makes; nobody's rows apart."""
    groups: dict[int, set[int]] = {}
    for row, value in enumerate(label.tolist()):
        groups.setdefault(value, set()).add(row)
    groups.pop(-1, None)
    return {frozenset(rows) for rows in groups.values()}


def test_people_are_found_again_better_than_by_the_exact_attributor(truth: Truth) -> None:
    linked = link(truth.records)
    exact, stepwise = (recovery(truth.person, label) for label in (linked.exact, linked.person))
    assert stepwise.f1 > 0.975 > 0.95 > exact.f1
    assert abs(stepwise.count_error) < 0.023 < exact.count_error


def test_probabilities_mean_what_they_say(truth: Truth) -> None:
    """Of pairs said to be one person with probability p, about p are."""
    linked = link(truth.records)
    links = linked.links
    people: dict[int, set[int]] = {}
    for packed, person in zip(pack(truth.records).tolist(), truth.person.tolist(), strict=True):
        people.setdefault(packed, set()).add(person)
    right = np.array([
        bool(people[a] & people[b])
        for a, b in zip(links.rarer.tolist(), links.other.tolist(), strict=True)
    ])  # fmt: skip
    for low, high in ((0.05, 0.3), (0.3, 0.7), (0.7, 0.95), (0.95, 1.01)):
        within = (links.probability >= low) & (links.probability < high)
        said, is_so = links.probability[within].mean(), right[within].mean()
        slack = 4 * np.sqrt(said * (1 - said) / within.sum()) + 0.1
        assert abs(said - is_so) < slack, (low, high, said, is_so, within.sum())


def test_candidates_are_all_pairs_with_that_one_part_different() -> None:
    """An independent oracle: every pair of a small, crowded set, compared part by part."""
    chance = np.random.default_rng(3)
    size = 400
    records = Records(
        chance.integers(0, 3, size),
        chance.integers(0, 3, size),
        chance.choice(np.arange(-6000, -5000), size) // 7 * 7,
        chance.integers(0, 3, size),
    )
    nodes = make_nodes(np.unique(pack(records)))
    everyone = [
        (f, la, s, y, m, d)
        for f, la, s, y, m, d in zip(
            *(getattr(nodes, n).tolist() for n in ("first", "last", "sex", "year", "month", "day")),
            strict=True,
        )
    ]
    names = ("first initial", "last initial", "sex", "year of birth", "month of birth",
             "day of birth")  # fmt: skip
    expected: dict[str, set[frozenset[int]]] = {step.name: set() for step in STEPS}
    for i, a in enumerate(everyone):
        for j, b in enumerate(everyone[:i]):
            differ = [name for name, x, y in zip(names, a, b, strict=True) if x != y]
            if len(differ) == 1:
                expected[differ[0]].add(frozenset((i, j)))
            if (a[0], a[1]) == (b[1], b[0]) != (b[0], b[1]) and a[2:] == b[2:]:
                expected["swapped initials"].add(frozenset((i, j)))
            if (*a[:4], a[5], a[4]) == b != a:
                expected["swapped day and month"].add(frozenset((i, j)))
    for step in STEPS:
        found = [
            frozenset(pair)
            for block in pairs(step, nodes, most=50)
            for pair in zip(block[0].tolist(), block[1].tolist(), strict=True)
        ]
        assert len(found) == len(set(found)), step.name
        assert set(found) == expected[step.name], step.name


def test_chance_is_what_unrelated_people_make() -> None:
    """With one record for each person, pairs of every kind are as many as expected, and none
    is linked."""
    truth = invent(60_000, 60_000, errors=replace_errors())
    linked = link(truth.records)
    for step, found, expected in zip(
        STEPS, linked.evidence.found.sum((1, 2)), linked.evidence.expected.sum((1, 2)), strict=True
    ):
        assert abs(found - expected) < 5 * np.sqrt(expected) + 0.02 * expected, step.name
    assert len(as_sets(linked.exact)) - len(as_sets(linked.person)) < 10


def replace_errors():  # type: ignore[no-untyped-def]
    from sharewell.linkage import NO_ERRORS

    return replace(NO_ERRORS, no_postcode=0.08)


JOHN = Attributor("J", "S", date(1980, 2, 1), "M")


def test_few_records_are_linked_by_the_usual_rates() -> None:
    records = make_records(
        [JOHN, JOHN, replace(JOHN, sex="F"), replace(JOHN, born=date(1991, 7, 9))],
        ["L8", "L8", "L8", "L8"],
    )
    linked = link(records)
    assert as_sets(linked.person) == {frozenset({0, 1, 2}), frozenset({3})}
    assert as_sets(linked.exact) == {frozenset({0, 1}), frozenset({2}), frozenset({3})}
    words = linked.explain(0)
    assert "sex differs" in words
    assert "district agrees" in words
    assert "taken as one person" in words
    assert linked.attributors(int(linked.person[0]), records) == (replace(JOHN, sex="F"), JOHN)


def test_all_past_attributors_of_a_client_count() -> None:
    """A client whose attributor changed joins those who know the old one and the new one."""
    changed = Attributor("K", "T", date(1981, 3, 2), "F")
    records = make_records([JOHN, changed, JOHN, changed], clients=["a", "a", "b", "c"])
    assert as_sets(link(records).person) == {frozenset({0, 1, 2, 3})}


def test_visits_of_one_client_are_no_more_evidence_than_one() -> None:
    truth = invent(2_000, 1_000)
    once = replace(truth.records, client=np.arange(2_000))
    thrice = once.take(np.repeat(np.arange(2_000), 3))
    assert np.array_equal(link(once).person, link(thrice).person[::3])


def test_the_dummy_is_never_linked() -> None:
    dummy = Attributor("X", "X", date(1955, 5, 5), "M")
    near = replace(dummy, last="Y")
    records = make_records(
        [dummy, replace(dummy, sex="F"), near, near], ["L8"] * 4, clients=["a", "b", "a", "c"]
    )
    linked = link(records)
    assert linked.person.tolist() == [-1, -1, 0, 0]
    assert len(linked.links) == 0


def test_no_records() -> None:
    for records in (make_records([]), make_records([Attributor("X", "X", date(1955, 5, 5), "U")])):
        linked = link(records)
        assert (linked.person == -1).all()
        assert len(linked.queue) == 0


def test_where_the_district_must_agree_it_does(truth: Truth) -> None:
    strict = link(truth.records, policy=Policy(district_must_agree=True))
    assert (strict.links.relation[strict.links.linked] <= 1).all()
    assert (strict.links.relation[~strict.links.linked] > 1).any()
    assert len(as_sets(strict.person)) > len(as_sets(link(truth.records).person))


def test_the_queue_is_what_is_doubtful(truth: Truth) -> None:
    linked = link(truth.records)
    queue = linked.queue
    assert len(queue) > 0
    assert ((queue.probability >= 0.05) & (queue.probability < 0.8)).all()
    assert (np.diff(np.abs(queue.probability - 0.5)) >= 0).all()
    assert "not linked" in linked.explain(int(np.argmin(queue.probability)), queue)


small_records = st.lists(
    st.tuples(
        st.sampled_from("JK"), st.sampled_from("ST"),
        st.sampled_from([date(1980, 2, 1), date(1980, 1, 2), date(1980, 2, 3), date(1955, 5, 5)]),
        st.sampled_from("FM"), st.sampled_from(["L8", "L7", None]),
        st.sampled_from([str(n) for n in range(8)]),
    ),
    min_size=1, max_size=14,
)  # fmt: skip
client_pairs = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda p: p[0] != p[1]), max_size=4
)


def made(rows: list[tuple]) -> Records:  # type: ignore[type-arg]
    names = sorted({r[5] for r in rows})
    made = make_records([Attributor(*r[:4]) for r in rows], [r[4] for r in rows])
    return replace(made, client=np.array([int(r[5]) for r in rows])) if names else made


@given(small_records, client_pairs, client_pairs, st.randoms())
@settings(max_examples=60)
def test_the_order_of_rows_never_matters(rows, same, different, random) -> None:  # type: ignore[no-untyped-def]
    different = [p for p in different if not joined(same, *p)]
    order = list(range(len(rows)))
    random.shuffle(order)
    one = link(made(rows), same=same, different=different)
    two = link(made([rows[i] for i in order]), same=same, different=different)
    moved = {frozenset(order[i] for i in group) for group in as_sets(two.person)}
    assert as_sets(one.person) == moved


def joined(pairs_: list[tuple[int, int]], a: int, b: int) -> bool:
    group = {a}
    for _ in range(8):
        group |= {y for p in pairs_ for x, y in (p, p[::-1]) if x in group}
    return b in group


@given(small_records, client_pairs, client_pairs)
@settings(max_examples=60)
def test_decisions_stand_above_every_rule(rows, same, different) -> None:  # type: ignore[no-untyped-def]
    different = [p for p in different if not joined(same, *p)]
    records = made(rows)
    linked = link(records, same=same, different=different)
    person = {int(c): int(p) for c, p in zip(records.client, linked.person, strict=True)}
    for a, b in same:
        if a in person and b in person:
            assert person[a] == person[b]
    for a, b in different:
        if a in person and b in person:
            assert person[a] != person[b]
    assert len(as_sets(linked.exact)) >= len(as_sets(link(records).person))


@given(small_records, st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda p: p[0] < p[1]))
@settings(max_examples=60)
def test_merge_then_split_is_the_identity(rows, pair) -> None:  # type: ignore[no-untyped-def]
    """Of people whom no rule had linked; leaving the pair open is the identity always."""
    records = made(rows)
    before = link(records)
    log = decide((), said("same", *pair))
    merged = standing(log)
    assert merged.same == {tuple(map(str, pair))}
    for verdict in ("different", "open"):
        now = standing(decide(log, said(verdict, *pair)))  # type: ignore[arg-type]
        same, different = now.coded([str(n) for n in range(8)])
        after = link(records, same=same, different=different)
        person = {int(c): int(p) for c, p in zip(records.client, before.person, strict=True)}
        linked_before = person.get(pair[0], -2) == person.get(pair[1], -3)
        if verdict == "open" or not linked_before:
            assert as_sets(after.person) == as_sets(before.person)


def said(verdict: Verdict, left: int | str, right: int | str, why: str = "seen") -> Decision:
    return Decision(
        verdict, str(left), str(right), "a clerk", datetime(2026, 1, 1, tzinfo=UTC), why
    )


def test_twins_are_split_and_the_rest_follows_the_better_evidence() -> None:
    records = make_records([JOHN, JOHN, JOHN, JOHN], ["L8", "L7", "L8", "L7"], ["a", "b", "c", "d"])
    assert as_sets(link(records).person) == {frozenset({0, 1, 2, 3})}
    assert as_sets(link(records, different=[(0, 1)]).person) == {
        frozenset({0, 2}), frozenset({1, 3}),
    }  # fmt: skip


def test_the_log_keeps_everything_and_refuses_contradictions() -> None:
    log = decide((), said("same", "a", "b"))
    log = decide(log, said("same", "b", "c"))
    with pytest.raises(DecisionError, match="a and b, b and c"):
        decide(log, said("different", "c", "a"))
    log = decide(log, said("open", "b", "a"))
    log = decide(log, said("different", "c", "a"))
    now = standing(log)
    assert (now.same, now.different) == ({("b", "c")}, {("a", "c")})
    assert now.coded(["c", "b"]) == ([(1, 0)], [])
    assert len(history(log, "a")) == 3
    with pytest.raises(DecisionError, match="one client"):
        decide(log, said("same", "a", "a"))
    with pytest.raises(DecisionError, match="reason"):
        decide(log, said("same", "a", "d", why=" "))


def test_what_a_clerk_decided_leaves_the_queue() -> None:
    truth = invent(4_000, 2_000)
    records = truth.records
    queue = link(records).queue
    pair = int(queue.rarer[0]), int(queue.other[0])
    left, right = ([int(r) for r in np.flatnonzero(pack(records) == p)] for p in pair)
    decided = [(a, b) for a in left for b in right]
    after = link(records, different=decided).queue
    assert pair not in set(zip(after.rarer.tolist(), after.other.tolist(), strict=True))
    assert len(after) == len(queue) - 1


def test_impossible_combinations() -> None:
    at = np.array(
        ["2026-01-01T10:00", "2026-01-01T10:00", "2026-02-01", "2026-02-01", "1979-01-01", "NaT"],
        "datetime64[m]",
    )
    died = np.array(["NaT", "2026-01-15", "NaT", "2026-01-16", "NaT", "NaT"], "datetime64[D]")
    person = np.array([0, 0, 0, 0, 0, -1])
    born = np.full(6, (date(1980, 2, 1) - date(1970, 1, 1)).days)
    found = impossible(person, born, at, np.array([1, 2, 1, 2, 1, 1]), died)
    assert {(f.kind, f.row, f.other) for f in found} == {
        ("two-services-at-once", 0, 1),
        ("two-deaths", 1, 3),
        ("after-death", 1, 2),
        ("after-death", 1, 3),
        ("before-birth", 4, 4),
    }
    assert all(f.person == 0 and f.words for f in found)
