"""Forms that set services up."""

from __future__ import annotations

from typing import Any

from django import forms

from sharewell.catalogue.areas import districts
from sharewell.service.accounts.interface import organisations_of_kind, people_who_hold
from sharewell.service.monitoring.checks import data_set_of
from sharewell.service.monitoring.models import Service
from sharewell.service.monitoring.reach import WORKER, services, staff
from sharewell.service.monitoring.running import PROVIDER


def _modules() -> list[tuple[str, str]]:
    return [(m.id, m.title) for m in data_set_of().modules if m.id != "client"]


class ModulesForm(forms.Form):
    """What a service records."""

    modules = forms.MultipleChoiceField(
        label="What does the service record?",
        choices=_modules,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


class ServiceForm(ModulesForm):
    """A new service."""

    name = forms.CharField(label="Name", max_length=150)
    code = forms.RegexField(
        r"[A-Z][A-Z0-9]{2,11}",
        label="Code",
        help_text="3 to 12 capital letters and digits, a letter first, such as HATCH01.",
        error_messages={"invalid": "Enter 3 to 12 capital letters and digits, a letter first."},
    )
    organisation = forms.ModelChoiceField(None, label="Organisation")
    area = forms.ChoiceField(label="Local authority", choices=[])
    field_order = ("name", "code", "organisation", "area", "modules")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations_of_kind(PROVIDER)
        now = [(d.code, d.name) for d in districts().values() if d.last_year is None]
        self.fields["area"].choices = [("", ""), *sorted(now, key=lambda pair: pair[1])]

    def clean_code(self) -> str:
        """Nobody else's code."""
        code = str(self.cleaned_data["code"])
        if services().filter(code=code).exists():
            raise forms.ValidationError(f"Another service has the code {code}.")
        return code


class StaffForm(forms.Form):
    """Who works at a service, of those who hold the role in its organisation."""

    people = forms.MultipleChoiceField(
        label="Who works here?", widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, *args: Any, service: Service, **kwargs: Any) -> None:
        now = [str(each.person_id) for each in staff().filter(service=service)]
        super().__init__(*args, initial={"people": now}, **kwargs)
        held = people_who_hold(WORKER, organisation=service.organisation.short)
        self.known = {str(person.pk): person for person in held}
        self.fields["people"].choices = [(key, who.name) for key, who in self.known.items()]

    def clean_people(self) -> list[Any]:
        """The people themselves."""
        return [self.known[key] for key in self.cleaned_data["people"]]
