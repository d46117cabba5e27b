"""The canonical form: one value, one spelling; what cannot be spelt is refused."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharewell.ledger.entries import (
    GENESIS,
    GREATEST_INTEGER,
    FileRef,
    canonical,
    canonical_entry,
    chain,
    parse,
    parse_entry,
)
from sharewell.ledger.errors import EntryError

# Every character that UTF-8 and PostgreSQL can hold, the hostile ones often.
HOSTILE = (
    "\"\\/\b\f\n\r\t\x01\x1f\x7f\u0085\u00a0\u2028\u2029\ufeff\ufffe\U0001f600e\u0301\u00e9'%$;--"
)
TEXT = st.text(
    st.one_of(
        st.sampled_from(HOSTILE),
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    ),
    max_size=20,
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-GREATEST_INTEGER, GREATEST_INTEGER) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
BODIES = st.dictionaries(TEXT, VALUES, max_size=4)


def alike(one: Any, other: Any) -> bool:
    """Equality that tells True from 1."""
    return repr(_ordered(one)) == repr(_ordered(other))


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return sorted((key, _ordered(held)) for key, held in value.items())
    if isinstance(value, list):
        return ["list", *map(_ordered, value)]
    return value


@given(VALUES)
def test_what_is_written_reads_back_the_same(value: Any) -> None:
    assert alike(parse(canonical(value).decode("utf-8")), value)
    assert alike(json.loads(canonical(value)), value)


@given(VALUES, VALUES)
def test_different_values_have_different_bytes(one: Any, other: Any) -> None:
    assert (canonical(one) == canonical(other)) == alike(one, other)


@given(BODIES, st.randoms())
def test_the_order_of_keys_does_not_matter(body: dict[str, Any], chance: Any) -> None:
    keys = list(body)
    chance.shuffle(keys)
    assert canonical({key: body[key] for key in keys}) == canonical(body)


def test_the_form_is_the_documented_one() -> None:
    value = {"b": [1, True, None], "a": 'é\n\u2028"', "À": {}}
    assert canonical(value) == '{"a":"é\\n\u2028\\"","b":[1,true,null],"À":{}}'.encode()


def test_strings_are_kept_as_they_are_and_not_normalised() -> None:
    assert canonical("e\u0301") != canonical("\u00e9")


def test_days_and_moments_are_written_in_iso_8601() -> None:
    summer = timezone(timedelta(hours=1))
    assert canonical(date(2021, 3, 31)) == b'"2021-03-31"'
    assert canonical(datetime(2021, 7, 1, 9, 30, tzinfo=summer)) == b'"2021-07-01T08:30:00.000000Z"'


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.5, r"body\.rate holds the float 0\.5.*whole number or a string"),
        (float("nan"), r"body\.rate holds the float nan"),
        (2**53, r"body\.rate holds 9\.007e\+15.*Write it as a string"),
        ("a\0b", r"body\.rate holds the character NUL"),
        ("\ud800", r"body\.rate holds half of a surrogate pair"),
        (datetime(2021, 1, 1), r"body\.rate holds 2021-01-01.*no time zone"),  # noqa: DTZ001
        ({1: "x"}, r"body\.rate has the key 1; keys are strings"),
        ({"\0": 1}, r"A key of body\.rate holds the character NUL"),
        ([1, [b"x"]], r"body\.rate\[1\]\[0\] holds a bytes"),
        ({"x"}, r"body\.rate holds a set"),
    ],
)
def test_what_has_no_one_spelling_is_refused_and_its_place_named(value: Any, words: str) -> None:
    with pytest.raises(EntryError, match=words):
        canonical({"body": {"rate": value}})


def test_a_value_that_holds_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(EntryError, match="nested deeper than 50"):
        canonical(endless)


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":2}',
        "1.0",
        "1e3",
        "NaN",
        "Infinity",
        '"\\u0000"',
        '"\\ud800"',
        "{",
        "",
        "[" * 9999,
    ],
)
def test_json_outside_the_canonical_form_is_not_read(text: str) -> None:
    with pytest.raises(EntryError):
        parse(text)


FIELDS: dict[str, Any] = {
    "seq": 1,
    "at": datetime(2021, 4, 1, 12, 0, 0, 5, tzinfo=UTC),
    "kind": "publish",
    "actor": {"name": "Ada"},
    "body": {"table": "file-b"},
    "files": (FileRef("b.csv", "ab" * 32, 10),),
}


def test_an_entry_is_hashed_over_every_other_field() -> None:
    """The oracle is the form written out by hand."""
    form = (
        '{"actor":{"name":"Ada"},"at":"2021-04-01T12:00:00.000005Z","body":{"table":"file-b"},'
        '"files":[{"bytes":10,"name":"b.csv","sha256":"' + "ab" * 32 + '"}],"kind":"publish",'
        '"previous":"' + GENESIS + '","seq":1}'
    )
    assert chain(GENESIS, **FIELDS) == sha256(form.encode()).hexdigest()
    assert sha256(b"sharewell ledger").hexdigest() == GENESIS


@pytest.mark.parametrize(
    "change",
    [
        {"seq": 2},
        {"at": FIELDS["at"] + timedelta(microseconds=1)},
        {"kind": "extract"},
        {"actor": {"name": "Bob"}},
        {"body": {"table": "file-c"}},
        {"files": ()},
        {"files": (FileRef("b.csv", "ab" * 32, 11),)},
    ],
)
def test_any_change_changes_the_hash(change: dict[str, Any]) -> None:
    assert chain(GENESIS, **(FIELDS | change)) != chain(GENESIS, **FIELDS)
    assert chain("0" * 64, **FIELDS) != chain(GENESIS, **FIELDS)


@given(BODIES, BODIES, st.datetimes(timezones=st.just(UTC)))
def test_an_entry_reads_back_from_its_canonical_form(
    body: dict[str, Any], actor: dict[str, Any], at: datetime
) -> None:
    fields = FIELDS | {"body": body, "actor": actor, "at": at}
    entry = parse_entry(canonical_entry(previous=GENESIS, **fields).decode("utf-8"))
    assert (entry.at, entry.files, entry.kind) == (at, FIELDS["files"], "publish")
    assert alike(entry.body, body)
    assert alike(entry.actor, actor)
    assert entry.hash == chain(GENESIS, **fields)


def test_an_entry_that_is_no_longer_canonical_is_not_read() -> None:
    text = canonical_entry(previous=GENESIS, **FIELDS).decode("utf-8")
    for spoilt in (text.replace(":", ": ", 1), text.replace('"seq":1', '"seq":"1"'), text[:-1]):
        with pytest.raises(EntryError):
            parse_entry(spoilt)


def test_an_entry_is_not_a_place_for_data() -> None:
    with pytest.raises(EntryError, match="Keep the long part in the file store"):
        chain(GENESIS, **(FIELDS | {"body": {"rows": "x" * 2**20}}))
