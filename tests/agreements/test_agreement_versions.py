"""Which version governs, where versions overlap, and what an amendment changed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from agreement_examples import DRUGS, NAMES, VIOLENCE, VIOLENCE_NOW, example, example_path
from hypothesis import given, settings
from hypothesis import strategies as st

from sharewell.agreements import (
    Agreement,
    AgreementError,
    amendment,
    in_force,
    load_agreement,
    overlaps,
)
from sharewell.agreements.versions import permissions

PATIENT = settings(deadline=None)  # the machine may be busy
OLD, NEW = example(VIOLENCE), example(VIOLENCE_NOW)
DAYS = st.dates(date(2021, 1, 1), date(2029, 1, 1))
SUBSETS = st.sampled_from(NAMES).flatmap(
    lambda name: st.tuples(st.just(name), st.sets(st.sampled_from(sections(example(name)))))
)


def sections(agreement: Agreement) -> list[tuple[str, int]]:
    """Everything that permits something and can be taken out of the file."""
    permitting = ("flows", "combinations", "comparisons", "storage", "access", "datasets")
    return [(each, i) for each in permitting for i in range(len(getattr(agreement, each)))]


def test_the_versions_of_serious_violence_overlap_by_85_days() -> None:
    (overlap,) = overlaps([OLD, NEW])
    assert (overlap.earlier, overlap.later) == (VIOLENCE, VIOLENCE_NOW)
    assert (overlap.first, overlap.last) == (date(2024, 11, 4), date(2025, 1, 27))
    assert overlap.days == 85


def test_different_agreements_do_not_overlap() -> None:
    assert overlaps([example(name) for name in NAMES]) == overlaps([NEW, OLD])


@pytest.mark.parametrize(
    ("day", "governs"),
    [
        (date(2022, 1, 28), VIOLENCE),
        (date(2024, 11, 3), VIOLENCE),
        (date(2024, 11, 4), VIOLENCE_NOW),
        (date(2025, 1, 27), VIOLENCE_NOW),
        (date(2028, 1, 27), VIOLENCE_NOW),
    ],
)
def test_the_later_version_alone_governs_from_its_first_day(day: date, governs: str) -> None:
    assert in_force([OLD, NEW], day).name == governs
    assert in_force([NEW, OLD], day).name == governs


@PATIENT
@given(DAYS)
def test_a_version_governs_on_exactly_the_days_of_some_term(day: date) -> None:
    running = [a for a in (OLD, NEW) if a.term.first <= day <= a.term.last]
    if running:
        assert in_force([OLD, NEW], day) == running[-1]
    else:
        with pytest.raises(AgreementError, match="No version of the agreement is in force"):
            in_force([OLD, NEW], day)


def test_an_earlier_version_governs_again_when_the_later_has_ended_first() -> None:
    short = NEW.model_copy(update={"term": NEW.term.model_copy(update={"last": date(2024, 12, 1)})})
    assert in_force([OLD, short], date(2024, 12, 1)) == short
    assert in_force([OLD, short], date(2024, 12, 2)) == OLD


def test_versions_are_numbers() -> None:
    tenth = OLD.model_copy(update={"version": "0.10"})
    assert in_force([tenth, OLD], OLD.term.first) == tenth


def test_in_force_is_asked_of_one_agreement() -> None:
    with pytest.raises(AgreementError, match="are different agreements"):
        in_force([OLD, example(DRUGS)], date(2024, 6, 1))


def test_no_versions_at_all() -> None:
    with pytest.raises(AgreementError, match="none"):
        in_force([], date(2024, 6, 1))


def test_the_amendment_from_0_2_to_1_3_reads_well() -> None:
    change = amendment(OLD, NEW)
    assert (change.old, change.new) == (VIOLENCE, VIOLENCE_NOW)
    assert "Act from 2024-11-04 to 2028-01-27." in change.became_allowed
    assert "Act from 2022-01-28 to 2025-01-27." in change.stopped_being_allowed
    others = {*change.became_allowed, *change.stopped_being_allowed}
    assert all(s.startswith(("Act from", "NHS England may", "NHS Digital may")) for s in others)
    changed = {sentence.split(":")[0]: sentence for sentence in change.words_changed}
    assert changed.keys() == {
        "basis-dissemination",
        "hes-apc",
        "nhs-digital",
        "nhs-england",
        "sublicensing",
        "supply",
        "term",
    }
    assert "one-off set of data back to 2012/13" in changed["hes-apc"]
    assert "s261(2)(a)" in changed["basis-dissemination"]


def test_a_wider_reading_shows_as_an_amendment() -> None:
    wider = load_agreement(example_path(VIOLENCE), {"file-c-codes": "whole-block"})
    change = amendment(OLD, wider)
    assert change.became_allowed
    assert all("assault-all" in sentence for sentence in change.became_allowed)
    assert all("assault-x92-y09" in sentence for sentence in change.stopped_being_allowed)
    assert not change.words_changed


@pytest.mark.parametrize("name", NAMES)
def test_nothing_changes_between_a_version_and_itself(name: str) -> None:
    change = amendment(example(name), example(name))
    assert change.became_allowed == change.stopped_being_allowed == change.words_changed == ()


@PATIENT
@given(st.sampled_from(NAMES), st.sampled_from(NAMES))
def test_an_amendment_backwards_swaps_its_sides(one: str, other: str) -> None:
    forth, back = amendment(example(one), example(other)), amendment(example(other), example(one))
    assert forth.became_allowed == back.stopped_being_allowed
    assert forth.stopped_being_allowed == back.became_allowed
    assert len(forth.words_changed) == len(back.words_changed)


@PATIENT
@given(SUBSETS)
def test_to_remove_a_permitting_clause_never_permits_more(
    chosen: tuple[str, set[tuple[str, int]]],
) -> None:
    name, removed = chosen
    whole = example(name)
    kept = {
        each: tuple(c for i, c in enumerate(getattr(whole, each)) if (each, i) not in removed)
        for each, _ in sections(whole)
    }
    assert permissions(whole.model_copy(update=kept)) <= permissions(whole)


@pytest.mark.parametrize("name", NAMES)
def test_every_flow_shows_among_the_permissions(name: str) -> None:
    sentences = permissions(example(name))
    for flow in example(name).flows:
        for to in flow.to:
            start, end = f"{flow.by} may {flow.act} ", f"to {to}."
            assert any(s.startswith(start) and s.endswith(end) for s in sentences)


def test_days_of_an_overlap_are_counted_by_hand() -> None:
    days = [date(2024, 11, 4) + timedelta(days=n) for n in range(200)]
    assert sum(all(a.term.first <= day <= a.term.last for a in (OLD, NEW)) for day in days) == 85
