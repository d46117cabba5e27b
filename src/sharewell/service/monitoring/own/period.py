"""Which months a report is about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms

_MONTHS = 12


@dataclass(frozen=True)
class Period:
    """Whole months, from the first day of one to the last day of another."""

    first: date
    last: date

    @property
    def months(self) -> tuple[date, ...]:
        """The first day of each month."""
        return tuple(_months(self.first, self.last))

    @property
    def label(self) -> str:
        """'December 2025 to November 2026'."""
        if len(self.months) == 1:
            return f"{self.first:%B %Y}"
        return f"{self.first:%B %Y} to {self.last:%B %Y}"

    @property
    def query(self) -> str:
        """As an address keeps it."""
        return f"first={self.first:%Y-%m}&last={self.last:%Y-%m}"


def last_months(today: date, many: int = _MONTHS) -> Period:
    """The month of ``today`` and those before it."""
    number = today.year * 12 + today.month - many
    return Period(date(number // 12, number % 12 + 1, 1), end_of(today))


def end_of(day: date) -> date:
    """The last day of its month."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def usual(today: date, earliest: date | None) -> list[tuple[str, Period]]:
    """Periods that are often wanted, with what they are called."""
    april = date(today.year - (today.month < 4), 4, 1)
    found = [
        ("Last 12 months", last_months(today)),
        ("This financial year", Period(april, end_of(today))),
        ("Last financial year", Period(april.replace(year=april.year - 1), _before(april))),
    ]
    if earliest is not None:
        found.append(("Everything", Period(earliest.replace(day=1), end_of(today))))
    return found


class PeriodForm(forms.Form):
    """From which month to which. ``period`` is the last 12 months until something else is
    chosen, and where what was chosen cannot be."""

    first = forms.ChoiceField(label="From")
    last = forms.ChoiceField(label="To")

    def __init__(self, data: Any, today: date, earliest: date | None) -> None:
        self.period = last_months(today)
        begin = min((earliest or today).replace(day=1), self.period.first)
        months = [(f"{m:%Y-%m}", f"{m:%B %Y}") for m in _months(begin, today)][::-1]
        start = {"first": f"{self.period.first:%Y-%m}", "last": f"{self.period.last:%Y-%m}"}
        given = {name: data.get(name, start[name]) for name in start}
        super().__init__(given)
        for name, field in self.fields.items():
            field.choices = months
            field.initial = start[name]
            field.error_messages["invalid_choice"] = "Choose a month of the list."
        if self.is_valid():
            self.period = Period(_day(given["first"]), end_of(_day(given["last"])))

    def clean(self) -> dict[str, Any]:
        """The first month comes first."""
        given = super().clean() or {}
        if not self.errors and given["first"] > given["last"]:
            self.add_error("last", "The last month is before the first. Choose a later one.")
        return given


def _months(first: date, last: date) -> Iterator[date]:
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = end_of(month) + timedelta(days=1)


def _before(day: date) -> date:
    return day - timedelta(days=1)


def _day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def month_labels(months: Sequence[date]) -> dict[date, str]:
    """'Nov 2026' for each."""
    return {month: f"{month:%b %Y}" for month in months}
