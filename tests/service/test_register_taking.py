"""Editions in the tables: kept once, read back whole, and what changed between them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from register_rows import AGREEMENT, DATASET, EDITION_A, EDITION_B, FILE, edition, needs_samples

from sharewell import register as room
from sharewell.service.register import reading
from sharewell.service.register.models import (
    AgreementRow,
    Change,
    DatasetRow,
    Edition,
    FileRow,
    MixedRow,
    OverlapRow,
    Series,
    TallyRow,
)
from sharewell.service.register.taking import Intake, NotTakenIn

NEXT = replace(
    AGREEMENT, version="1.0", start=date(2024, 6, 1), end=date(2027, 5, 31), commercial="Yes"
)


def take(*editions: room.Edition) -> list[Edition]:
    intake = Intake(Series.OFFICIAL, "a test")
    return [intake.take_in(each).edition for each in editions]


def same(one: room.Edition, other: room.Edition) -> bool:
    return all(
        set(getattr(one, part)) == set(getattr(other, part))
        for part in ("agreements", "datasets", "files", "uses")
    )


@needs_samples
def test_the_samples_come_back_as_they_were_read() -> None:
    a, b = room.read_workbook(EDITION_A), room.read_workbook(EDITION_B)
    for record, read in zip(take(a, b), (a, b), strict=True):
        assert same(reading.whole(record), read)
        assert (record.agreements, record.versions) == (len(read.versions), len(read.agreements))
    assert [e.slug for e in Edition.objects.all()] == ["2026-09", "2022-08"]


@needs_samples
def test_what_stands_out_and_what_changed_is_what_the_room_says() -> None:
    a, b = room.read_workbook(EDITION_A), room.read_workbook(EDITION_B)
    first, second = take(a, b)
    assert OverlapRow.objects.of(second).count() == 5
    assert MixedRow.objects.of(first).count() == MixedRow.objects.of(second).count() == 4
    kinds = [second.changes.filter(kind=kind).count() for kind in ("cosmetic", "alias", "real")]
    assert kinds == [4, 16, 0]
    assert not first.changes.exists()
    added = second.changes.filter(kind="files").values_list("files", flat=True)
    assert sum(map(len, added)) == len(room.compare(a, b).files_added)
    office = TallyRow.objects.of(second).get(applicant__key="home office")
    assert (office.files, office.uses) == (90, None)


@needs_samples
def test_the_order_of_taking_in_does_not_matter_to_what_changed() -> None:
    a, b = room.read_workbook(EDITION_A), room.read_workbook(EDITION_B)
    _, second = take(a, b)
    expected = list(second.changes.values_list("kind", "agreement", "label", "after"))
    Edition.objects.all().delete()
    for model in (AgreementRow, DatasetRow, FileRow, OverlapRow, MixedRow, TallyRow):
        model.objects.all().delete()
    later, earlier = take(b, a)
    assert list(later.changes.values_list("kind", "agreement", "label", "after")) == expected
    assert not earlier.changes.exists()
    assert same(reading.whole(earlier), a)
    assert same(reading.whole(later), b)


def test_the_same_edition_twice_changes_nothing() -> None:
    small = edition(digest="1" * 64)
    (once,) = take(small)
    again = Intake(Series.OFFICIAL, "another").take_in(small)
    assert again.edition == once
    assert not again.new
    assert FileRow.objects.count() == 1


def test_a_row_that_does_not_change_is_stored_once() -> None:
    numbers = range(12)
    take(*(edition(digest=f"{n:064}", published=date(2024, 1, 1 + n)) for n in numbers))
    assert Edition.objects.count() == 12
    assert [m.objects.count() for m in (AgreementRow, DatasetRow, FileRow)] == [1, 1, 1]


def test_an_edition_in_between_changes_what_the_next_one_changed() -> None:
    old = edition(digest="1" * 64, published=date(2024, 1, 1))
    new = edition(
        agreements=[replace(AGREEMENT, title="Falls in summer")],
        digest="2" * 64,
        published=date(2024, 3, 1),
    )
    between = edition(
        agreements=[replace(AGREEMENT, title="Falls in spring")],
        digest="3" * 64,
        published=date(2024, 2, 1),
    )
    _, third = take(old, new)
    assert third.changes.get().before == "Falls in winter"
    (second,) = take(between)
    assert third.changes.get().before == "Falls in spring"
    assert second.changes.get().after == "Falls in spring"


def test_an_edition_without_any_day_is_refused_and_leaves_nothing() -> None:
    with pytest.raises(NotTakenIn, match="Give its day"):
        take(edition(files=[], published=None, digest="1" * 64))
    assert not Edition.objects.exists()


def test_new_versions_and_ends_are_noted() -> None:
    old = edition(digest="1" * 64)
    new = edition(agreements=[AGREEMENT, NEXT], digest="2" * 64, published=date(2025, 6, 1))
    take(old, new)
    assert dict(Change.objects.values_list("kind", "agreement")) == {
        "version": NEXT.name,
        "ended": AGREEMENT.name,
    }


titles = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=20)
files = st.sets(st.integers(0, 12), max_size=8)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(titles, files, st.none() | titles), min_size=1, max_size=4))
def test_any_editions_come_back_as_they_were(made: list[tuple[str, set[int], str | None]]) -> None:
    Edition.objects.all().delete()
    for model in (AgreementRow, DatasetRow, FileRow, OverlapRow, MixedRow, TallyRow):
        model.objects.all().delete()
    editions = [
        edition(
            agreements=[replace(AGREEMENT, title=title, objective=words)],
            datasets=[replace(DATASET, legal_basis=words)],
            files=[replace(FILE, file=f"FILE{n:07}") for n in sorted(chosen)],
            digest=f"{place:064}",
            published=date(2020, 1, 1 + place),
        )
        for place, (title, chosen, words) in enumerate(made)
    ]
    for record, given_ in zip(take(*editions), editions, strict=True):
        assert same(reading.whole(record), given_)


@needs_samples
def test_the_command_takes_in_files_and_says_what_was_there(capsys: pytest.CaptureFixture) -> None:
    call_command("take_in_register", EDITION_A, EDITION_B)
    call_command("take_in_register", EDITION_A)
    said = capsys.readouterr().out.splitlines()
    assert said[0].endswith("taken in")
    assert said[2] == "2022-08: register_edition_A.xlsx, was there already"


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    bad = tmp_path / "register.xlsx"
    bad.write_text("no workbook")
    with pytest.raises(CommandError, match="not an Excel workbook"):
        call_command("take_in_register", bad)
    with pytest.raises(CommandError, match="There is no file"):
        call_command("take_in_register", tmp_path / "none.xlsx")


def test_sharewells_own_is_an_edition_of_its_own_series() -> None:
    call_command("take_in_register", own=True)
    own = reading.latest(Series.OWN)
    assert own is not None
    assert own.slug.startswith("sharewell-")
    assert own.versions > 0
    uses = TallyRow.objects.of(own).values_list("uses", flat=True)
    assert None not in uses, "of its own uses in a safe setting Sharewell knows"
    assert reading.latest() is None
