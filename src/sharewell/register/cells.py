"""The value of a cell of the register: text, day, month, or reference; or why it has none."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import lru_cache

Cell = object
"""What the reader of workbooks gives: str, float, int, bool, date, datetime, time, timedelta."""

REFERENCE = re.compile(r"(DARS-NIC-\d+-[A-Za-z0-9]{4,8})(?:-v(\d+(?:\.\d+)*))?")
"""A reference and its version. The tail is five letters or digits, but for misprints."""

_FIRST_SERIAL, _LAST_SERIAL = 18_264, 73_050  # 1950 to 2099, as Excel counts days
_EXCEL_EPOCH = date(1899, 12, 30)
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january",
            "feb february",
            "mar march",
            "apr april",
            "may",
            "jun june",
            "jul july",
            "aug august",
            "sep sept september",
            "oct october",
            "nov november",
            "dec december",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH_WORDS = re.compile(r"([A-Za-z]+)[-\s./']*(\d{4}|\d{2})")
_MONTH_NUMBERS = re.compile(r"(\d{4})[-./](\d{1,2})")
_MONTH_FIRST = re.compile(r"(\d{1,2})[-./](\d{4})")
_DAY_NUMBERS = re.compile(r"(\d{1,2})[-./](\d{1,2})[-./](\d{4})")
_DAY_WORDS = re.compile(r"(\d{1,2})[-\s./]*([A-Za-z]+)[-\s./,]*(\d{4}|\d{2})")


class CellError(ValueError):
    """The cell has no value of its column: what is wrong, and the remedy."""

    def __init__(self, message: str, remedy: str) -> None:
        self.message, self.remedy = message, remedy
        super().__init__(message)


def text(cell: Cell) -> str:
    """The words of a cell, as they stand but for white space at the ends."""
    if isinstance(cell, str):
        return cell.strip()
    raise CellError(
        f"This is {_kind(cell)}, where text belongs.", "Format the column as text and write it so."
    )


def day(cell: Cell) -> date | None:
    """A day: a date cell, Excel's serial number, or text such as 28/01/2022 or 2022-01-28."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return _from_serial(cell)
    if isinstance(cell, str):
        return _day_in_words(cell.strip()) if cell.strip() else None
    raise CellError(f"This is {_kind(cell)}, where a day belongs.", _DAY_REMEDY)


def month(cell: Cell) -> date | None:
    """The first day of a month: text such as Jul-19 or 2019-07, or the date of its first day."""
    if isinstance(cell, str):
        return _month_in_words(cell.strip()) if cell.strip() else None
    found = day(cell)
    if found and found.day != 1:
        raise CellError(
            f"{found} is no first day of a month: a spreadsheet may have taken a month such as "
            "'Jul-19' for a day.",
            _MONTH_REMEDY,
        )
    return found


def reference(cell: Cell) -> tuple[str, str]:
    """Reference and version ("" if there is none)."""
    words = text(cell)
    found = REFERENCE.fullmatch(words)
    if not found:
        raise CellError(
            f"'{words}' is no reference." if words else "The reference is missing.",
            "References look like DARS-NIC-698171-K4M0B-v0.3.",
        )
    return found[1], found[2] or ""


def name(cell: Cell) -> str:
    """Reference and version as one: how rows name their agreement."""
    number, version = reference(cell)
    return f"{number}-v{version}" if version else number


_DAY_REMEDY = "Write it as a date, or as text like 2022-01-28."
_MONTH_REMEDY = "Write it as text like Jul-19 or 2019-07."


def _from_serial(number: float) -> date:
    if not _FIRST_SERIAL <= number <= _LAST_SERIAL:
        raise CellError(f"{number:.15g} is not a day.", _DAY_REMEDY)
    return _EXCEL_EPOCH + timedelta(days=int(number))


@lru_cache(maxsize=1 << 12)
def _day_in_words(words: str) -> date:
    if found := _DAY_NUMBERS.fullmatch(words):
        return _checked(date, int(found[3]), int(found[2]), int(found[1]), words, _DAY_REMEDY)
    if (found := _DAY_WORDS.fullmatch(words)) and found[2].lower() in _MONTHS:
        number = _MONTHS[found[2].lower()]
        return _checked(date, _year(found[3]), number, int(found[1]), words, _DAY_REMEDY)
    try:
        return datetime.fromisoformat(words).date()
    except ValueError:
        raise CellError(f"'{words}' is not a day.", _DAY_REMEDY) from None


@lru_cache(maxsize=1 << 12)
def _month_in_words(words: str) -> date:
    if (found := _MONTH_WORDS.fullmatch(words)) and found[1].lower() in _MONTHS:
        return date(_year(found[2]), _MONTHS[found[1].lower()], 1)
    if found := _MONTH_NUMBERS.fullmatch(words):
        return _checked(date, int(found[1]), int(found[2]), 1, words, _MONTH_REMEDY)
    if found := _MONTH_FIRST.fullmatch(words):
        return _checked(date, int(found[2]), int(found[1]), 1, words, _MONTH_REMEDY)
    try:
        return month(_day_in_words(words)) or date.min
    except CellError:
        raise CellError(f"'{words}' is not a month.", _MONTH_REMEDY) from None


def _checked(
    make: Callable[[int, int, int], date],
    year: int,
    number: int,
    of_month: int,
    words: str,
    remedy: str,
) -> date:
    try:
        return make(year, number, of_month)
    except ValueError:
        raise CellError(f"'{words}' is not in the calendar.", remedy) from None


def _year(digits: str) -> int:
    return int(digits) if len(digits) == 4 else 2000 + int(digits)


def _kind(cell: Cell) -> str:
    if isinstance(cell, bool):
        return f"the truth value {cell}"
    if isinstance(cell, (int, float)):
        return f"the number {cell:.15g}"
    return f"the {type(cell).__name__} {cell}"
