"""Forms of journeys."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from sharewell.service.monitoring.journeys.areas import year_name, year_of

YEARS = 10
"""How many financial years back journeys can be counted."""


class YearForm(forms.Form):
    """Which financial year?"""

    year = forms.TypedChoiceField(label="Financial year", coerce=int)

    def __init__(self, data: Any = None, **given: Any) -> None:
        super().__init__(data, **given)
        this = year_of(timezone.localdate())
        self.fields["year"].choices = [(y, year_name(y)) for y in range(this, this - YEARS, -1)]

    @property
    def chosen(self) -> int:
        """The year that was asked for, or the one that is on."""
        if self.is_bound and self.is_valid():
            return int(self.cleaned_data["year"])
        return year_of(timezone.localdate())


class LookForm(forms.Form):
    """Why does an analyst look at one person?"""

    words = forms.CharField(
        label="Why do you look at one person?",
        max_length=300,
        help_text="Such as: a journey that the tables cannot explain. It is in the ledger.",
        error_messages={"required": "Say why, in a few words."},
    )
