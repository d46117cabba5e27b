"""The form that asks an agreement."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from sharewell.agreements import ACTS, Agreement, Request
from sharewell.catalogue.breakdowns import BREAKDOWNS
from sharewell.catalogue.measures import MEASURES
from sharewell.flows.people import Person
from sharewell.flows.reviewing import Named
from sharewell.service.forms import DateField

_ACTS = {
    "supply": "Supply tables to the controller",
    "extract": "Pass a part on to a processor",
    "share": "Share protected figures with an audience",
    "publish": "Publish protected figures",
    "combine": "Combine with another dataset",
    "compare": "Compare results with other data",
    "access": "See unpublished data",
    "store": "Store the data",
    "link": "Link with other data",
    "reidentify": "Find out who somebody is",
    "download": "Download the data",
    "sublicense": "Give a sub-licence",
}
_YES_NO = [("", "Not said"), ("yes", "Yes, as they are"), ("no", "No, protected")]


class NamesField(forms.CharField):
    """Names, separated by commas; a tuple."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=500, **kwargs)

    def clean(self, value: Any) -> tuple[str, ...]:
        """The names without the spaces around them."""
        return tuple(
            filter(None, (name.strip() for name in re.split("[,\n]", super().clean(value))))
        )


def _text(label: str, help_text: str = "") -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=200, help_text=help_text)


class AskForm(forms.Form):
    """One question. What is left empty is not part of it. What few questions need stands apart."""

    _APART = (
        "measures",
        "first",
        "last",
        "role",
        "rule",
        "with_data",
        "keys",
        "columns",
        "territory",
        "storage",
        "cloud",
    )

    act = forms.ChoiceField(
        label="What is to be done",
        choices=[(act, _ACTS[act]) for act in ACTS],
        error_messages={"required": "Choose what is to be done."},
    )
    on = DateField(label="On which day")
    by = forms.ChoiceField(label="Who does it", required=False)
    to = _text("To whom", "An organisation or an audience, such as LSE or police.")
    table = forms.ChoiceField(label="Table", required=False)
    breakdowns = forms.MultipleChoiceField(
        label="Split by", required=False, widget=forms.CheckboxSelectMultiple
    )
    unsuppressed = forms.ChoiceField(label="With small numbers", choices=_YES_NO, required=False)
    purpose = forms.ChoiceField(label="For which purpose", required=False)
    measures = forms.MultipleChoiceField(
        label="Counted as", required=False, widget=forms.CheckboxSelectMultiple
    )
    first = DateField(label="Data from", required=False)
    last = DateField(label="Data until", required=False)
    role = _text("In which role", "For access, such as researcher.")
    rule = _text("Protected by which rule", "To share or publish, such as hes-2018.")
    with_data = _text("With which other data", "To combine, compare or link: such as pedw.")
    keys = NamesField(label="On which keys", help_text="Separated by commas.")
    columns = NamesField(label="Columns of records", help_text="Separated by commas.")
    territory = _text("Where the data will be")
    storage = _text("What they will be stored on")
    cloud = _text("In whose cloud")

    def __init__(self, *args: Any, agreement: Agreement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["by"].choices = _either(
            (party.short, party.name) for party in agreement.organisations
        )
        self.fields["table"].choices = _either((t.id, t.title) for t in agreement.tables)
        self.fields["purpose"].choices = _either((p.id, p.title) for p in agreement.purposes)
        self.fields["breakdowns"].choices = [(b.id, b.title) for b in BREAKDOWNS.values()]
        counted = {name for table in agreement.tables for name in table.measures}
        self.fields["measures"].choices = [
            (m.id, m.title) for m in MEASURES.values() if m.id in counted
        ]

    @property
    def main(self) -> list[BoundField]:
        """What most questions need."""
        return [field for field in self if field.name not in self._APART]

    @property
    def apart(self) -> list[BoundField]:
        """The rest."""
        return [field for field in self if field.name in self._APART]

    @property
    def apart_said(self) -> bool:
        """Whether any of the rest was filled in, rightly or wrongly."""
        return self.is_bound and any(
            field.errors or any(field.data if isinstance(field.data, list) else [field.data])
            for field in self.apart
        )

    def asked(self) -> Request:
        """The question; RequestError when it cannot be asked."""
        given = self.cleaned_data
        act = given["act"]
        small = {"yes": True, "no": False}.get(given["unsuppressed"])
        return Request(
            act=act,
            on=given["on"],
            by=given["by"] or None,
            role=given["role"] or None,
            to=given["to"] or None,
            table=given["table"] or None,
            measures=tuple(given["measures"]),
            breakdowns=tuple(given["breakdowns"]),
            columns=given["columns"],
            first=given["first"],
            last=given["last"],
            with_data=given["with_data"] or None,
            keys=given["keys"],
            territory=given["territory"] or None,
            storage=given["storage"] or None,
            cloud=given["cloud"] or None,
            rule=given["rule"] or None,
            unsuppressed=small,
            purpose=given["purpose"] or None,
        )


class NameForm(forms.Form):
    """Somebody on the list of who may see unpublished data."""

    person = forms.ChoiceField(error_messages={"required": "Choose somebody."})
    approved_by = forms.CharField(
        label="Who authorised them",
        max_length=150,
        help_text="As the agreement asks: see its access clause.",
        error_messages={"required": "Say who authorised them."},
    )
    approved = DateField(label="Authorised from")
    approval_ends = DateField(label="Authorised until", required=False)
    trained = DateField(
        label="Last trained in data protection",
        required=False,
        help_text="Training holds for a year.",
    )

    def __init__(self, *args: Any, people: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [("", "Choose"), *people]

    def named(self, person: Person) -> Named:
        """What the list will say of the person."""
        given = self.cleaned_data
        return Named(
            person.id,
            person.name,
            person.organisation,
            person.role,
            given["approved_by"],
            given["approved"],
            given["approval_ends"],
            given["trained"],
        )


def _either(choices: Any) -> list[tuple[str, str]]:
    return [("", "Not said"), *choices]
