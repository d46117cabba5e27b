"""The attributor, read however it is typed."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharewell.linkage import (
    Attributor,
    AttributorError,
    parse_attributor,
    parse_born,
    parse_initial,
    parse_initials,
    parse_postcode,
    parse_sex,
    parse_whole,
)

ON = date(2026, 11, 24)
DAYS = st.dates(date(1900, 1, 1), ON)
FORMS = (
    "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d %m %Y", "%Y-%m-%d", "%Y/%m/%d", "%d%m%Y", "%Y%m%d",
    "%d %B %Y", "%d %b %Y", "%d-%b-%Y", "%B %d, %Y", "%Y-%m-%d 00:00:00", "%d/%m/%YT00:00",
)  # fmt: skip


@given(DAYS, st.sampled_from(FORMS), st.booleans(), st.sampled_from(["", " ", "  "]))
def test_every_form_of_a_day_is_that_day(day: date, form: str, loud: bool, space: str) -> None:
    text = space + day.strftime(form) + space
    assert parse_born(text.upper() if loud else text, on=ON) == day
    assert parse_born(day, on=ON) == day


@given(DAYS)
def test_two_digits_of_a_year_are_the_latest_that_is_past(day: date) -> None:
    read = parse_born(day.strftime("%d/%m/%y"), on=ON) if (day.month, day.day) != (2, 29) else day
    assert (read.day, read.month, read.year % 100) == (day.day, day.month, day.year % 100)
    assert (ON.year - 100, ON.month, ON.day) <= (read.year, read.month, read.day) or read == day
    assert read <= ON


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("30/02/1980", "does not exist"),
        ("29/02/1981", "does not exist"),
        ("00/01/1980", "does not exist"),
        ("05/25/1955", "no month 25"),
        ("25/11/2026", "in the future"),
        ("31/12/1899", "before 1900"),
        ("", "empty"),
        ("  ", "empty"),
        ("1980", "not a date"),
        ("yesterday", "not a date"),
        ("1 Foo 1980", "no month"),
        ("1/2/198", "not a date"),
        ("12345678901", "not a date"),
        ("00000000", "no month"),
        ("01/01/0000", "does not exist"),
    ],
)
def test_impossible_days_are_refused_with_the_reason(text: str, says: str) -> None:
    with pytest.raises(AttributorError, match=says) as caught:
        parse_born(text, on=ON)
    assert caught.value.part == "date of birth"


@pytest.mark.parametrize(
    "parts",
    [
        ("X", "X", "05/05/1955", "M"),
        ("x", "x", "5.5.55", "female"),
        (" X.", "xx", "1955-05-05", "U"),
        ("X", "x", "5 May 1955", "1"),
        ("x", "X", "05051955", "x"),
    ],
)
def test_the_dummy_is_known_however_it_is_typed(parts: tuple[str, str, str, str]) -> None:
    assert parse_attributor(*parts, on=ON).is_dummy


@pytest.mark.parametrize("text", ["XX 05/05/1955", "x x 1955-05-05 m", "X.X. 5th May 1955 F"])
def test_the_dummy_in_one_line(text: str) -> None:
    if not text.rstrip()[-1].isalpha():
        text += " U"
    assert parse_whole(text, on=ON).is_dummy


def test_near_the_dummy_is_a_person() -> None:
    for parts in (("X", "Y", "05/05/1955"), ("X", "X", "06/05/1955"), ("Y", "X", "05/05/1955")):
        assert not parse_attributor(*parts, "M", on=ON).is_dummy


@pytest.mark.parametrize(
    ("text", "letter"),
    [("j", "J"), (" É", "E"), ("O'Neill", "O"), ("’Øystein", "O"), ("Łukasz", "L"), ("ß", "S"),
     ("É", "E"), ("van der Berg", "V"), ("-k", "K"), ("ñ", "N"), ("Ångström", "A")],
)  # fmt: skip
def test_initials(text: str, letter: str) -> None:
    assert parse_initial(text) == letter


@pytest.mark.parametrize("text", ["", " ", "1", "?", "Ж", "李"])
def test_no_initial(text: str) -> None:
    with pytest.raises(AttributorError, match="A to Z"):
        parse_initial(text, "first initial")


def test_two_initials_in_one_field() -> None:
    assert {parse_initials(t) for t in ("JS", "j s", " J.S. ", "j-s")} == {("J", "S")}
    for text in ("J", "JAS", ""):
        with pytest.raises(AttributorError, match="two initials"):
            parse_initials(text)


def test_sexes() -> None:
    assert [parse_sex(t) for t in ("m", " Male ", "1", "F", "female", "2")] == [*"MMMFFF"]
    assert {parse_sex(t) for t in ("u", "Not known", "9", "x", "not-stated")} == {"U"}
    for text in ("", "3", "yes"):
        with pytest.raises(AttributorError, match="Write F, M, or U"):
            parse_sex(text)


ATTRIBUTORS = st.builds(
    Attributor,
    st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    DAYS,
    st.sampled_from(["F", "M", "U"]),
)


@given(ATTRIBUTORS)
def test_what_is_written_is_read_again(attributor: Attributor) -> None:
    assert parse_whole(str(attributor), on=ON) == attributor


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse in (parse_whole, lambda t, on: parse_attributor("A", "B", t, "M", on=on)):
        found = None
        with suppress(AttributorError):
            found = parse(text, on=ON)
        assert found is None or date(1900, 1, 1) <= found.born <= ON


def test_postcodes() -> None:
    for text in ("L8 7XY", "l87xy", " L8  7xy "):
        assert parse_postcode(text).district == "L8"
        assert parse_postcode(text).sector == "L8 7"
    assert parse_postcode("CH41 1AA").district == "CH41"
    assert parse_postcode("EC1A 1BB").sector == "EC1A 1"
    assert (parse_postcode("L8").district, parse_postcode("L8").sector) == ("L8", None)
    assert parse_postcode("L8 7").sector == "L8 7"
    for text in ("", "ZZ99 3VZ", "no fixed abode", "12345", "L"):
        assert parse_postcode(text).district is None
