"""What is an edit and what only looks like one."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from register_samples import AGREEMENT, DATASET, FILE, edition

from sharewell.register import (
    Aliases,
    Edition,
    Run,
    change_kind,
    compare,
    compare_agreements,
    fold,
    known_aliases,
    mixed_opt_outs,
    overlapping_versions,
    read_aliases,
    redline,
)
from sharewell.register.errors import RegisterError

letters = st.characters(codec="utf-8", exclude_categories=("Cs", "Cn", "Co"))
texts = st.text(letters, max_size=60)
_WORDS = [
    "the", "data,", "(HES)", "was", "é", "naïve", "ﬁne;", "not.", "10", "“quoted”", "Straße", "-",
    "–", "won’t",
]  # fmt: skip
sentences = st.lists(
    st.sampled_from(_WORDS),
    max_size=25,
).map(" ".join)
NONE = Aliases({})


def looks(text: str, choices: st.DataObject) -> str:
    """The text with its looks changed: case, Unicode form, white space, quotes and dashes."""
    form = choices.draw(st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
    changed = []
    for letter in unicodedata.normalize(form, text):
        swapped = letter.swapcase()
        # Some letters do not come back: ß becomes SS, which folds the same; ı becomes I.
        same = fold(swapped) == fold(letter)
        changed.append(swapped if same and choices.draw(st.booleans()) else letter)
    text = "".join(changed)
    for one, other in (("“", '"'), ("’", "'"), ("–", "-"), (" ", "\u00a0 "), (" ", "\n")):
        if choices.draw(st.booleans()):
            text = text.replace(one, other)
    for mark in ".,;)":
        if choices.draw(st.booleans()):
            text = text.replace(mark, f" {mark}")
    return choices.draw(st.sampled_from(["", " ", "\t"])) + text


@given(sentences, st.data())
def test_looks_are_never_a_real_change(text: str, choices: st.DataObject) -> None:
    assert change_kind(text, looks(text, choices), aliases=NONE) in (None, "cosmetic")


@settings(max_examples=30)
@given(sentences, st.data())
def test_an_edition_in_other_looks_has_no_real_change(text: str, choices: st.DataObject) -> None:
    before = edition([replace(AGREEMENT, title=text, objective=text, controllers=(text, "A"))])
    after = edition(
        [
            replace(
                AGREEMENT,
                title=looks(text, choices),
                objective=looks(text, choices),
                controllers=("a", looks(text, choices)),
            )
        ],
        [replace(DATASET, dataset=looks(DATASET.dataset, choices))],
        [replace(FILE, dataset=looks(DATASET.dataset, choices))],
    )
    changes = compare(before, after)
    assert {change.kind for change in changes.fields} <= {"cosmetic"}
    assert changes.datasets_added == changes.datasets_gone == ()


@given(texts)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.one_of(texts, sentences), st.one_of(texts, sentences))
def test_the_runs_are_both_texts(before: str, after: str) -> None:
    runs = redline(before, after)
    assert "".join(run.text for run in runs if run.kind != "insert") == before
    assert "".join(run.text for run in runs if run.kind != "delete") == after
    assert all(run.text for run in runs)
    assert all(one.kind != other.kind for one, other in pairwise(runs))


@given(sentences)
def test_the_same_text_is_one_run(text: str) -> None:
    assert redline(text, text) == ((Run("equal", text),) if text else ())


@given(st.data())
def test_an_edition_against_itself(choices: st.DataObject) -> None:
    versions = [
        replace(AGREEMENT, version=f"{n}.0", title=choices.draw(sentences)) for n in range(3)
    ]
    rows = [replace(DATASET, agreement=v.name, dataset=choices.draw(texts)) for v in versions]
    made = edition(versions, rows * 2)
    assert compare(made, made).nothing


def test_a_redline_reads_word_by_word() -> None:
    assert redline("Data stays in England.", "Data stays in the United Kingdom.") == (
        Run("equal", "Data stays in "),
        Run("delete", "England"),
        Run("insert", "the United Kingdom"),
        Run("equal", "."),
    )


def test_within_a_real_change_looks_are_marked() -> None:
    runs = redline("The Data is held by LSE ;", "The data is held by Hull;")
    assert Run("delete", "Data", True) in runs
    assert any(run.kind == "insert" and "Hull" in run.text and not run.cosmetic for run in runs)


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("Act 2007; s251", "Act 2007 ; s251", "cosmetic"),
        ("HOME OFFICE", "Home Office", "cosmetic"),
        ("s261 – ‘Other’", "s261 - 'Other'", "cosmetic"),
        ("(HES APC)", "( HES APC )", "cosmetic"),
        ("no one", "noone", "real"),
        ("data from 2010", "data from 2017", "real"),
        ("v0.3", "v0.30", "real"),
        ("may not", "may", "real"),
        ("INSTITUTE OF CANCER RESEARCH", "The Institute of Cancer Research", "alias"),
        ("NHS ENGLAND (QUARRY HOUSE)", "NHS ENGLAND - X26", "alias"),
        ("NHS ENGLAND", "NHS DIGITAL", "real"),
    ],
)
def test_kinds_of_change(before: str, after: str, kind: str) -> None:
    assert change_kind(before, after, "organisation") == kind


def test_an_alias_holds_for_its_kind_only() -> None:
    one, other = "INSTITUTE OF CANCER RESEARCH", "THE INSTITUTE OF CANCER RESEARCH"
    assert change_kind(one, other, "dataset") == "real"


def test_new_versions_gone_and_ended() -> None:
    renewed = replace(AGREEMENT, version="1.10", start=date(2024, 11, 4), end=date(2028, 1, 27))
    other = replace(AGREEMENT, reference="DARS-NIC-100002-A1B2C")
    before = edition([AGREEMENT, replace(other, version="0.1")])
    after = edition([AGREEMENT, renewed, replace(AGREEMENT, reference="DARS-NIC-1-ABCDE")])
    changes = compare(before, replace(after, published=date(2025, 6, 1)))
    assert changes.new == ("DARS-NIC-1-ABCDE",)
    assert changes.new_versions == (renewed.name,)
    assert changes.gone == ("DARS-NIC-100002-A1B2C-v0.1",)
    assert AGREEMENT.name in changes.ended
    assert renewed.name not in changes.ended


def test_datasets_that_come_and_go() -> None:
    more = replace(DATASET, dataset="Civil Registrations of Death")
    added = compare(edition(), edition(datasets=[DATASET, more]))
    assert added.datasets_added == (more,)
    assert compare(edition(datasets=[DATASET, more]), edition()).datasets_gone == (more,)


def test_what_a_source_does_not_say_is_no_change() -> None:
    silent = replace(AGREEMENT, benefits=None, commercial=None)
    assert compare_agreements(AGREEMENT, silent) == ()
    assert [c.kind for c in compare_agreements(AGREEMENT, replace(AGREEMENT, benefits=""))] == [
        "real"
    ]


def test_versions_overlap_by_the_days_they_share() -> None:
    def run(version: str, first: date, last: date) -> object:
        return replace(AGREEMENT, version=version, start=first, end=last)

    one = run("0.9", date(2022, 1, 1), date(2022, 12, 31))
    two = run("0.10", date(2022, 12, 31), date(2023, 12, 31))
    three = run("1.0", date(2024, 1, 1), date(2024, 12, 31))
    (found,) = overlapping_versions(edition([two, one, three]))  # type: ignore[list-item]
    assert (found.earlier[-4:], found.later[-5:], found.days) == ("v0.9", "v0.10", 1)


def test_opt_outs_mixed_across_versions_and_aliases() -> None:
    later = replace(AGREEMENT, version="0.3")
    apc = "Hospital Episode Statistics Admitted Patient Care"
    files = [
        replace(FILE, dataset=apc),
        replace(FILE, file="F2", dataset=f"{apc} (HES APC)", agreement=later.name, opt_outs="Yes"),
        replace(FILE, file="F3", month=date(2022, 4, 1), opt_outs="Yes"),
    ]
    (found,) = mixed_opt_outs(edition([AGREEMENT, later], files=files))
    assert ([r.file for r in found.with_opt_outs], [r.file for r in found.without]) == (
        ["F2"],
        ["FILE0000001"],
    )


def test_aliases_lead_to_one_name_also_in_circles(tmp_path) -> None:
    file = tmp_path / "aliases.csv"
    file.write_text("kind,name,also\norganisation,B,A\norganisation,C,B\norganisation,A,C\n")
    aliases = read_aliases(file)
    assert len({aliases.canonical("organisation", name) for name in "ABC"}) == 1
    both = known_aliases() | aliases
    assert both.canonical("organisation", "NHS England (Quarry House)") == "nhs england - x26"
    file.write_text("kind,name,also\nperson,A,B\n")
    with pytest.raises(RegisterError, match=r"aliases\.csv, row 2: This is not an alias"):
        read_aliases(file)


def test_an_edition_knows_its_rows() -> None:
    made: Edition = edition()
    assert made.files_of[AGREEMENT.name] == (FILE,)
    assert made.recipient(FILE) == AGREEMENT.organisation
