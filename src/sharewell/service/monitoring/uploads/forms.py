"""Forms of uploads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from sharewell.monitoring import data_set, years
from sharewell.service.monitoring.errors import MonitoringFault
from sharewell.service.monitoring.models import Mapping
from sharewell.service.monitoring.uploads.mappings import EXAMPLE, LONGEST, check


class _Files(forms.ClearableFileInput):
    allow_multiple_selected = True


class _FilesField(forms.FileField):
    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Each of the files."""
        given = data if isinstance(data, list | tuple) else [data]
        return [super(_FilesField, self).clean(each, initial) for each in given]


class SendForm(forms.Form):
    """Files to test, whose they are, and of which year."""

    files = _FilesField(
        label="Files",
        help_text="CSV or .xlsx, one or several. They are tested first: nothing is changed yet.",
        widget=_Files(attrs={"accept": ".csv,.xlsx,.txt"}),
        error_messages={
            "required": "Choose at least one file.",
            "empty": "A file is empty: it was not written or not sent. Export it again.",
        },
    )
    supplier = forms.ChoiceField(
        label="Headings and codes",
        help_text="Those of the template, or of a system whose mapping is kept here.",
        required=False,
    )
    year = forms.TypedChoiceField(label="Data set", coerce=int)

    def __init__(self, *args: Any, mappings: Sequence[Mapping], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {each.supplier.slug: each for each in mappings}
        names = [(slug, each.supplier.name) for slug, each in self.known.items()]
        self.fields["supplier"].choices = [("", "Those of the template"), *names]
        self.fields["year"].choices = [(y, data_set(y).label) for y in reversed(years())]

    @property
    def mapping(self) -> Mapping | None:
        """The mapping that was chosen."""
        return self.known.get(self.cleaned_data["supplier"])


class MappingForm(forms.Form):
    """A mapping, as YAML."""

    text = forms.CharField(
        label="Mapping",
        max_length=LONGEST,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 22, "spellcheck": "false", "class": "monitoring-yaml"}
        ),
        help_text="For each field: the supplier's heading, codes and form of dates.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"text": EXAMPLE})
        super().__init__(*args, **kwargs)

    def clean_text(self) -> str:
        """A mapping that works."""
        text = str(self.cleaned_data["text"]).replace("\r\n", "\n")
        try:
            self.supplier = check(text)
        except MonitoringFault as fault:
            raise forms.ValidationError(str(fault)) from None
        return text


class ApplyForm(forms.Form):
    """All of it, or only the good rows."""

    how = forms.ChoiceField(
        label="What is applied?",
        widget=forms.RadioSelect,
        choices=[("all", "All of it"), ("good", "Only the good rows")],
        error_messages={"required": "Say what is applied."},
    )
