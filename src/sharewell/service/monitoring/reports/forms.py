"""The forms of reports."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from sharewell.service.monitoring.reports.periods import Period, period_called
from sharewell.service.monitoring.reports.reading import Area


class PeriodForm(forms.Form):
    """Which quarter or year?"""

    period = forms.ChoiceField(
        label="Which period?",
        help_text="A quarter or a financial year that has ended.",
        error_messages={"required": "Choose a quarter or a year."},
    )

    def __init__(self, *args: Any, periods: Iterable[Period], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["period"].choices = [("", ""), *((p.slug, p.title) for p in periods)]

    def clean_period(self) -> Period:
        """The period itself."""
        found = period_called(str(self.cleaned_data["period"]))
        if found is None:
            raise forms.ValidationError("Choose a quarter or a year.")
        return found


class ExtractForm(PeriodForm):
    """Which records, and what for?"""

    area = forms.ChoiceField(label="Which area?", error_messages={"required": "Choose an area."})
    purpose = forms.CharField(
        label="What do you study?",
        help_text="A sentence. It is kept in the ledger beside what you saw.",
        max_length=300,
        min_length=10,
        error_messages={"required": "Say what you study."},
    )
    field_order = ("area", "period", "purpose")

    def __init__(self, *args: Any, areas: Iterable[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area"].choices = [("", ""), *((a.code, a.name) for a in areas)]
