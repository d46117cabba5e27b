"""Whatever is done to a chain is found, and the first bad entry named; pure, and for any chain."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharewell.ledger.entries import GENESIS, Entry, Head, canonical_entry, chain
from sharewell.ledger.verification import Record, Verification, verify, verify_records


def entry(seq: int, previous: str, words: str) -> Entry:
    at = datetime(2021, 4, 1, tzinfo=UTC)
    fields = {"seq": seq, "at": at, "kind": "note", "actor": {}, "body": {"words": words}}
    made = chain(previous, files=(), **fields)  # type: ignore[arg-type]
    return Entry(files=(), previous=previous, hash=made, **fields)  # type: ignore[arg-type]


def chain_of(size: int, words: str = "as it was") -> list[Entry]:
    entries: list[Entry] = []
    for seq in range(1, size + 1):
        entries.append(entry(seq, entries[-1].hash if entries else GENESIS, words))
    return entries


def filed(entries: list[Entry], renumbered: bool) -> list[Record]:
    """As records of a database: under their own numbers, or each under its place."""
    return [
        Record(
            canonical_entry(
                seq=one.seq,
                at=one.at,
                kind=one.kind,
                actor=one.actor,
                body=one.body,
                files=one.files,
                previous=one.previous,
            ).decode("utf-8"),
            one.hash,
            place if renumbered else None,
        )
        for place, one in enumerate(entries, start=1)
    ]


def first(outcome: Verification) -> tuple[str, int | None]:
    assert not outcome.ok
    return outcome.problems[0].kind, outcome.problems[0].seq


SIZES = st.integers(3, 9)


@given(st.integers(0, 9))
def test_an_untouched_chain_is_whole(size: int) -> None:
    entries = chain_of(size)
    heads = [one.head for one in entries]
    outcome = verify(entries, heads)
    assert outcome.ok
    assert outcome.problems == ()
    assert outcome.checked == size
    assert outcome.head == (entries[-1].head if entries else Head(0, GENESIS))


@given(SIZES, st.data(), st.booleans())
def test_a_changed_entry_is_named(size: int, data: st.DataObject, renumbered: bool) -> None:
    entries = chain_of(size)
    at = data.draw(st.integers(1, size))
    entries[at - 1] = replace(entries[at - 1], body={"words": "something else"})
    outcome = verify_records(filed(entries, renumbered))
    assert first(outcome) == ("changed", at)
    assert len(outcome.problems) == 1


@given(SIZES, st.data())
def test_an_altered_hash_is_named(size: int, data: st.DataObject) -> None:
    entries = chain_of(size)
    at = data.draw(st.integers(1, size))
    entries[at - 1] = replace(entries[at - 1], hash="0" * 64)
    outcome = verify(entries)
    assert first(outcome) == ("changed", at)
    assert len(outcome.problems) == 1


@given(SIZES, st.data())
def test_an_entry_changed_and_rehashed_is_named(size: int, data: st.DataObject) -> None:
    entries = chain_of(size)
    at = data.draw(st.integers(1, size - 1))
    entries[at - 1] = entry(at, entries[at - 1].previous, "something else")
    outcome = verify(entries)
    assert first(outcome) == ("changed", at)
    assert len(outcome.problems) == 1


@given(SIZES, st.data(), st.booleans())
def test_a_rewritten_history_is_found_by_a_head_noted_outside(
    size: int, data: st.DataObject, all_noted: bool
) -> None:
    entries = chain_of(size)
    at = data.draw(st.integers(1, size))
    forged = entries[: at - 1]
    for seq in range(at, size + 1):
        words = "something else" if seq == at else "as it was"
        forged.append(entry(seq, forged[-1].hash if forged else GENESIS, words))
    assert verify(forged).ok  # a chain alone cannot show it
    noted = {one.seq: one.hash for one in entries} if all_noted else {}
    outcome = verify_records(filed(forged, False), [entries[-1].head], noted=noted.get)
    assert first(outcome) == ("changed", at if all_noted else 1)
    assert "computed afresh" in outcome.problems[0].words


@given(SIZES, st.data(), st.booleans())
def test_removed_entries_are_named(size: int, data: st.DataObject, renumbered: bool) -> None:
    entries = chain_of(size)
    at = data.draw(st.integers(1, size - 1))
    to = data.draw(st.integers(at, size - 1))
    outcome = verify_records(filed(entries[: at - 1] + entries[to:], renumbered))
    assert first(outcome) == ("removed", at)
    assert len(outcome.problems) == 1
    assert f"entry {to + 1} comes next" in outcome.problems[0].words


@given(SIZES, st.data())
def test_a_missing_tail_is_found_by_a_head_noted_outside(size: int, data: st.DataObject) -> None:
    entries = chain_of(size)
    kept = data.draw(st.integers(0, size - 1))
    assert verify(entries[:kept]).ok  # a chain alone cannot show it
    outcome = verify(entries[:kept], [entries[-1].head])
    assert first(outcome) == ("truncated", kept + 1)


@given(SIZES, st.data(), st.booleans())
def test_swapped_entries_are_named(size: int, data: st.DataObject, renumbered: bool) -> None:
    entries = chain_of(size)
    one = data.draw(st.integers(1, size - 1))
    other = data.draw(st.integers(one + 1, size))
    entries[one - 1], entries[other - 1] = entries[other - 1], entries[one - 1]
    outcome = verify_records(filed(entries, renumbered))
    assert first(outcome) == ("reordered", one)
    assert len(outcome.problems) == 1


@given(SIZES, st.data())
def test_any_other_order_is_found(size: int, data: st.DataObject) -> None:
    entries = chain_of(size)
    shuffled = data.draw(st.permutations(entries))
    outcome = verify(shuffled)
    out_of_place = [place for place, one in enumerate(shuffled, 1) if one.seq != place]
    if out_of_place:
        assert first(outcome) == ("reordered", out_of_place[0])
    else:
        assert outcome.ok


@given(SIZES, st.data(), st.booleans(), st.sampled_from(["sound", "no hash", "nonsense"]))
def test_an_inserted_entry_is_named(
    size: int, data: st.DataObject, renumbered: bool, how: str
) -> None:
    entries = chain_of(size)
    at = data.draw(st.integers(1, size))
    forged = entry(at, entries[at - 1].previous, "forged")
    records = filed(entries, False)
    kept = "0" * 64 if how == "no hash" else forged.hash
    text = "nonsense" if how == "nonsense" else filed([forged], False)[0].text
    records.insert(at - 1, Record(text, kept))
    if renumbered:
        records = [replace(record, filed=place) for place, record in enumerate(records, 1)]
    outcome = verify_records(records)
    assert first(outcome) == ("inserted", at)
    assert len(outcome.problems) == 1


@given(SIZES, st.data())
def test_an_entry_from_elsewhere_is_found(size: int, data: st.DataObject) -> None:
    entries = chain_of(size)
    copied, at = data.draw(st.integers(1, size)), data.draw(st.integers(1, size))
    entries.insert(at, entries[copied - 1])
    place = at + 2 if copied == at + 1 else at + 1  # of two that are alike, the second
    kind, seq = first(verify(entries))
    assert kind in {"inserted", "reordered"}  # 1 3 2 3 reads either way
    assert seq == place or (seq == place - 1 and place > size)


def test_a_first_entry_that_is_not_a_beginning_is_named() -> None:
    outcome = verify([entry(1, "0" * 64, "as it was")])
    assert first(outcome) == ("changed", 1)


def test_every_change_is_listed_but_a_ruin_is_not_described_without_end() -> None:
    entries = [replace(one, body={}) for one in chain_of(300)]
    outcome = verify([*chain_of(2), *entries[2:5], *chain_of(6)[5:]])
    assert [(one.kind, one.seq) for one in outcome.problems] == [("changed", n) for n in (3, 4, 5)]
    assert len(verify(entries).problems) == 100


def test_two_notes_that_contradict_each_other_are_a_problem() -> None:
    entries = chain_of(3)
    outcome = verify(entries, [entries[1].head, Head(2, "0" * 64)])
    assert first(outcome)[0] == "changed"


@pytest.mark.parametrize("renumbered", [True, False])
def test_an_entry_filed_under_another_number_is_named(renumbered: bool) -> None:
    records = filed(chain_of(4), True)
    gap = [*records[:2], *(replace(one, filed=(one.filed or 0) + 1) for one in records[2:])]
    last = [*records[:3], replace(records[3], filed=9)]
    outcome = verify_records(gap if renumbered else last)
    assert first(outcome) == ("changed", 3 if renumbered else 4)
    assert len(outcome.problems) == 1
