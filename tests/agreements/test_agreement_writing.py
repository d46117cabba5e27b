"""What is written reads back the same."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from agreement_examples import DRUGS, NAMES, example, example_path
from hypothesis import given, settings
from hypothesis import strategies as st

from sharewell.agreements import AgreementError, read_agreement
from sharewell.agreements.loader import read_tree
from sharewell.agreements.writing import with_values, write_tree

_TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40
)
_VALUES: st.SearchStrategy[Any] = st.recursive(
    _TEXT | st.booleans() | st.dates(date(1900, 1, 1)) | st.sampled_from(["no", "0.10", "*a", "~"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("name", NAMES)
def test_an_example_written_anew_is_the_same_agreement(name: str) -> None:
    tree = read_tree(example_path(name).read_bytes(), name)
    assert read_agreement(write_tree(tree), name) == example(name)


@settings(deadline=None)
@given(tree=st.dictionaries(_TEXT, _VALUES, min_size=1, max_size=4), twice=st.booleans())
def test_whatever_is_written_reads_back(tree: dict[str, Any], twice: bool) -> None:
    if twice:
        shared = ["the same list"]
        tree = {**tree, "one": shared, "other": shared}
    assert read_tree(write_tree(tree), "x") == tree


def test_a_value_changes_in_its_place_and_nothing_else() -> None:
    raw = example_path(DRUGS).read_bytes()
    changed = with_values(
        raw,
        DRUGS,
        {
            ("version",): "0.10",
            ("term", "last"): date(2029, 3, 27),
            ("term", "words"): 'From "now" on: until\tthen # not a comment',
        },
    )
    agreement = read_agreement(changed, DRUGS)
    assert (agreement.version, agreement.term.last) == ("0.10", date(2029, 3, 27))
    assert agreement.term.words == 'From "now" on: until\tthen # not a comment'
    before, after = raw.decode().splitlines(), changed.decode().splitlines()
    assert len(before) == len(after)
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 3


def test_folded_words_change_with_the_rest_of_the_file_untouched() -> None:
    raw = example_path(DRUGS).read_bytes()
    changed = with_values(raw, DRUGS, {("sublicensing", "words"): "None.", ("title",): "T"})
    agreement = read_agreement(changed, DRUGS)
    assert (agreement.sublicensing.words, agreement.title) == ("None.", "T")
    assert agreement.flows == example(DRUGS).flows


def test_a_place_that_is_not_there_is_said() -> None:
    with pytest.raises(AgreementError, match=r"no 'term\.middle'"):
        with_values(example_path(DRUGS).read_bytes(), DRUGS, {("term", "middle"): "x"})
