"""Forms of counting people."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from sharewell.catalogue.areas import labels
from sharewell.service.forms import DateField
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.checks import data_set_of
from sharewell.service.monitoring.models import Decision
from sharewell.service.monitoring.people.cohorts import COHORTS
from sharewell.service.monitoring.people.counting import Question

EVERYWHERE = "All areas"


def area_choices(allowed: frozenset[str] | None) -> list[tuple[str, str]]:
    """The areas with services, of those that somebody may ask about (None: of all, and all)."""
    names = labels("local_authority")
    there = set(reach.services().values_list("area", flat=True)) if allowed is None else allowed
    known = sorted(((code, names.get(code, code)) for code in there), key=lambda pair: pair[1])
    return [("", EVERYWHERE), *known] if allowed is None else known


class CountForm(forms.Form):
    """Whom to count."""

    all_optional = True

    area = forms.ChoiceField(label="Area", required=False)
    by = forms.ChoiceField(
        label="Count who",
        choices=[("home", "lives there"), ("service", "was at services there")],
        widget=forms.RadioSelect,
        initial="home",
    )
    first = DateField(label="From")
    last = DateField(label="To", help_text="Both days are included.")
    module = forms.ChoiceField(label="Activity", required=False)
    cohort = forms.ChoiceField(
        label="Cohort", required=False, choices=[("", "Everybody"), *COHORTS.items()]
    )

    def __init__(self, *args: Any, areas: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        modules = [(m.id, m.title) for m in data_set_of().modules if m.id != "client"]
        self.fields["area"].choices = areas
        self.fields["module"].choices = [("", "Any"), *modules]
        today = timezone.localdate()
        self.initial.setdefault("first", today.replace(day=1) - timedelta(days=365))
        self.initial.setdefault("last", today)

    def clean(self) -> dict[str, Any]:
        """A period that does not end before it begins."""
        found: dict[str, Any] = super().clean() or {}
        first, last = found.get("first"), found.get("last")
        if first and last and last < first:
            self.add_error("last", "The last day is before the first. Change one of them.")
        return found

    def question(self, area: str) -> Question:
        """What is asked, of an area that the person may ask about."""
        return Question(**{name: self.cleaned_data[name] for name in self.fields} | {"area": area})


class DecideForm(forms.Form):
    """What somebody decides about a pair, and why."""

    verdict = forms.ChoiceField(
        label="Are they one person?",
        choices=[
            (Decision.Verdict.SAME, "One person"),
            (Decision.Verdict.DIFFERENT, "Two people"),
            (Decision.Verdict.OPEN, "Leave it open"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether they are one person, or leave it open."},
    )
    why = forms.CharField(
        label="Why?",
        max_length=300,
        widget=forms.Textarea({"rows": 2}),
        help_text="For whoever looks at it next. Nothing that says who somebody is.",
        error_messages={"required": "Give the reason: whoever looks at it next needs it."},
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)


class FindRecordForm(forms.Form):
    """Another client record, by its pseudonym."""

    with_ = forms.RegexField(
        r"^\s*[0-9a-f]{32}\s*$",
        label="Compare with another record",
        help_text="Its pseudonym: 32 letters and digits.",
        error_messages={"invalid": "Enter a pseudonym: 32 letters and digits."},
    )
