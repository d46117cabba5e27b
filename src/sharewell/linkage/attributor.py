"""The attributor: first and last initial, date of birth and sex, however it is typed.

It is how a service knows a person without a name. Dates are read day first, as they are written
in Britain; a month may be a word. The dummy attributor, initials X X and 5 May 1955, stands for
people who object to being processed: it is activity, never a person, and is never linked.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

Sex = Literal["F", "M", "U"]
SEXES: tuple[Sex, ...] = ("F", "M", "U")
"""Female, male, and not known or not stated."""

EARLIEST = date(1900, 1, 1)
"""Nobody now in contact with a service was born before this day."""

DUMMY_BORN = date(1955, 5, 5)

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_SEX_WORDS: dict[str, Sex] = {
    **dict.fromkeys(("f", "female", "woman", "w", "2"), "F"),
    **dict.fromkeys(("m", "male", "man", "1"), "M"),
    **dict.fromkeys(
        ("u", "unknown", "notknown", "notstated", "notspecified", "indeterminate", "x", "9", "0"),
        "U",
    ),
}
_NO_ACCENT = str.maketrans(
    {"Ø": "O", "Ł": "L", "Đ": "D", "Ð": "D", "Æ": "A", "Œ": "O", "Þ": "T", "ẞ": "S"}
)
_MIDNIGHT = re.compile(r"[ T]+00:00(:00(\.0+)?)?Z?$", re.IGNORECASE)
_NUMBERS = re.compile(r"(\d{1,4})\s*[-/.\s]\s*(\d{1,2})\s*[-/.\s]\s*(\d{1,4})")
_DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[\s./-]*([a-z]{3,9})[\s.,/-]*(\d{2}|\d{4})")
_MONTH_DAY = re.compile(r"([a-z]{3,9})[\s./-]*(\d{1,2})(?:st|nd|rd|th)?[\s.,/-]+(\d{2}|\d{4})")
_WHOLE = re.compile(r"([^\W\d_])[\s.\-]*([^\W\d_])[\s.,;|:]*(\d.*?\d)[\s.,;|:]*([^\W\d_]+|[0129])?")


class AttributorError(ValueError):
    """A part that cannot be read.

    ``part`` is 'first initial', 'last initial', 'initials', 'date of birth', 'sex' or
    'attributor'. The message says what to do.
    """

    def __init__(self, part: str, message: str) -> None:
        super().__init__(message)
        self.part = part


@dataclass(frozen=True, order=True)
class Attributor:
    """Initials are capital letters A to Z."""

    first: str
    last: str
    born: date
    sex: Sex

    @property
    def is_dummy(self) -> bool:
        """Whether it stands for somebody who objected, and not for a person."""
        return is_dummy(self.first, self.last, self.born)

    def __str__(self) -> str:
        """The one way in which it is written: ``JS 1980-02-01 M``."""
        return f"{self.first}{self.last} {self.born} {self.sex}"


def is_dummy(first: str, last: str, born: date) -> bool:
    """Whether these are the dummy attributor's parts; its sex does not matter."""
    return first == last == "X" and born == DUMMY_BORN


def parse_attributor(
    first: str, last: str, born: str | date, sex: str, *, on: date | None = None
) -> Attributor:
    """The attributor with these parts.

    ``on`` is the day on which it is read (default: today); nobody is born after it. Raises
    `AttributorError` for the first part that cannot be read.
    """
    return Attributor(
        parse_initial(first, "first initial"),
        parse_initial(last, "last initial"),
        parse_born(born, on=on),
        parse_sex(sex),
    )


def parse_whole(text: str, *, on: date | None = None) -> Attributor:
    """An attributor typed in one line: ``JS 01/02/1980 M``, ``j.s. 1 feb 1980 male``.

    Raises `AttributorError`.
    """
    match = _WHOLE.fullmatch(unicodedata.normalize("NFC", text).strip())
    if match is None:
        raise AttributorError(
            "attributor",
            f"'{text}' is not two initials, a date of birth and a sex. Write it as "
            "JS 01/02/1980 M.",
        )
    first, last, born, sex = match.groups()
    return parse_attributor(first, last, born, sex or "", on=on)


def parse_initials(text: str) -> tuple[str, str]:
    """Two initials typed together: ``JS``, ``j s``, ``J.S.``. Raises `AttributorError`."""
    letters = [c for c in unicodedata.normalize("NFC", text) if c.isalpha()]
    if len(letters) != 2:
        raise AttributorError(
            "initials", f"'{text}' is not two initials. Write the first and the last, as JS."
        )
    return parse_initial(letters[0], "first initial"), parse_initial(letters[1], "last initial")


def parse_initial(text: str, part: str = "initial") -> str:
    """The capital A to Z that a letter or a name begins with; accents do not count.

    ``É`` is E, ``o'neill`` is O, `` ø`` is O. Raises `AttributorError`.
    """
    for character in unicodedata.normalize("NFC", text).upper():
        if character.isalpha():
            plain = unicodedata.normalize("NFKD", character.translate(_NO_ACCENT))[0]
            if "A" <= plain <= "Z":
                return plain
            raise AttributorError(
                part, f"The {part} '{text}' is not a Latin letter. Write the letter A to Z."
            )
        if character.isdigit():
            break
    given = f"'{text}' has" if text.strip() else "An empty field has"
    raise AttributorError(part, f"{given} no {part}. Write one letter, A to Z.")


def parse_sex(text: str) -> Sex:
    """F, M, or U for not known or not stated, from a letter, a word or the national code.

    The codes are those of the NHS data dictionary: 1 male, 2 female, 9 indeterminate, X not
    known (0 in older sets). Raises `AttributorError`.
    """
    found = _SEX_WORDS.get(re.sub(r"[\W_]", "", text).casefold())
    if found is None:
        given = f"'{text}' is not a sex" if text.strip() else "The sex is empty"
        raise AttributorError("sex", f"{given}. Write F, M, or U for not known.")
    return found


def parse_born(text: str | date, *, on: date | None = None) -> date:
    """A date of birth in any usual form, day first.

    ``1/2/80``, ``01.02.1980``, ``1980-02-01``, ``01021980``, ``19800201``, ``1 Feb 1980`` and
    ``February 1st, 1980`` are the same day. A year of two digits is the latest that is not in
    the future. A time of midnight, as spreadsheets write it, is left off. Raises
    `AttributorError` for a day that does not exist, is after ``on``, or is before `EARLIEST`.
    """
    latest = on or datetime.now(UTC).date()
    if isinstance(text, date):
        return _within(text.date() if isinstance(text, datetime) else text, latest)
    day, month, year = _day_month_year(text)
    if isinstance(year, str) and len(year) == 2:
        century = latest.year // 100 * 100
        full = century + int(year)
        if (full, month, day) > (latest.year, latest.month, latest.day):
            full -= 100
        year = full
    year = int(year)
    if not 1 <= month <= 12:
        raise _bad(f"'{text}' has no month {month}. Write the day first, as 31/12/1980")
    if not 1 <= year <= 9999 or not 1 <= day <= monthrange(year, month)[1]:
        raise _bad(f"'{text}' is a day that does not exist. Look at the record again")
    return _within(date(year, month, day), latest)


def _day_month_year(text: str) -> tuple[int, int, str | int]:
    plain = _MIDNIGHT.sub("", unicodedata.normalize("NFKC", text).strip()).casefold()
    if not plain:
        raise _bad("The date of birth is empty. Write it as 31/12/1980")
    if re.fullmatch(r"\d{8}", plain):
        # Never both: read year first, the middle of a year 19xx or 20xx would be month 19 or 20.
        if plain[4:6] in ("19", "20"):
            return int(plain[:2]), int(plain[2:4]), plain[4:]
        return int(plain[6:]), int(plain[4:6]), plain[:4]
    if re.fullmatch(r"\d{6}", plain):
        return int(plain[:2]), int(plain[2:4]), plain[4:]
    if match := _NUMBERS.fullmatch(plain):
        one, month, three = match.groups()
        if len(one) == 4 and len(three) <= 2:
            return int(three), int(month), one
        if len(one) <= 2 and len(three) in (2, 4):
            return int(one), int(month), three
    elif match := _DAY_MONTH.fullmatch(plain):
        return int(match[1]), _month(match[2], text), match[3]
    elif match := _MONTH_DAY.fullmatch(plain):
        return int(match[2]), _month(match[1], text), match[3]
    raise _bad(f"'{text}' is not a date. Write the day first, as 31/12/1980")


def _month(word: str, text: str) -> int:
    for number, name in enumerate(_MONTHS, 1):
        if name.startswith(word) or (word == "sept" and number == 9):
            return number
    raise _bad(f"'{text}' has no month that is known. Write it as 31/12/1980")


def _within(day: date, latest: date) -> date:
    if day > latest:
        raise _bad(f"{day:%d/%m/%Y} is in the future. Look at the record again")
    if day < EARLIEST:
        raise _bad(f"{day.day:02}/{day.month:02}/{day.year} is before 1900. Look at it again")
    return day


def _bad(message: str) -> AttributorError:
    return AttributorError("date of birth", f"{message}.")
