"""Forms of the register: what is looked for, what is taken in, and a page to compare."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField

from sharewell.register import Criteria, Page, RegisterError, read_page
from sharewell.register.guard import check_workbook
from sharewell.service.forms import DateField
from sharewell.service.register.finding import choices
from sharewell.service.register.models import Edition

ANY = ("", "Any")
_YES_NO = (ANY, ("yes", "Yes"), ("no", "No"))
_PAGE = 500_000


class SearchForm(forms.Form):
    """Every criterion that is given must hold. The words stand first, the filters apart."""

    all_optional = True

    text = forms.CharField(
        label="Search",
        required=False,
        max_length=200,
        help_text="Words of an agreement, a reference, an organisation or a dataset.",
    )
    organisation = forms.CharField(label="Organisation", required=False, max_length=200)
    dataset = forms.CharField(label="Dataset", required=False, max_length=200)
    legal_basis = forms.ChoiceField(label="Legal basis", required=False)
    type_of_data = forms.ChoiceField(label="Type of data", required=False)
    access_method = forms.ChoiceField(
        label="Access method",
        required=False,
        choices=(
            ANY,
            ("ongoing", "Ongoing"),
            ("one-off", "One-off"),
            ("system access", "System access"),
        ),
    )
    sensitive = forms.ChoiceField(label="Sensitive", required=False, choices=_YES_NO)
    commercial = forms.ChoiceField(label="Commercial", required=False, choices=_YES_NO)
    sublicensing = forms.ChoiceField(label="Sub-licensing", required=False, choices=_YES_NO)
    active = forms.ChoiceField(
        label="Term", required=False, choices=(ANY, ("yes", "Active"), ("no", "Not active"))
    )
    year = forms.IntegerField(
        label="In force in the year", required=False, min_value=1900, max_value=2200
    )

    def __init__(self, data: Any, edition: Edition | None) -> None:
        super().__init__(data)
        for field in ("legal_basis", "type_of_data"):
            known = choices(edition.pk, field) if edition else ()
            self.fields[field].choices = (ANY, *((text, text) for text in known))
        for field in self.fields.values():
            field.widget.attrs["class"] = "govuk-!-width-full"

    @property
    def filters(self) -> list[BoundField]:
        """All but the words."""
        return [field for field in self if field.name != "text"]

    @property
    def said(self) -> list[tuple[str, str]]:
        """The filters that are set: label and value."""
        given = getattr(self, "cleaned_data", {})
        return [
            (f.label, _shown(f.field, given[f.name])) for f in self.filters if given.get(f.name)
        ]

    def criteria(self) -> Criteria:
        """What is looked for; what cannot be understood is left out, and the page says so."""
        given = {name: value for name, value in getattr(self, "cleaned_data", {}).items() if value}
        for flag in ("sensitive", "commercial", "sublicensing", "active"):
            if flag in given:
                given[flag] = given[flag] == "yes"
        return Criteria(**given)


class TakeInForm(forms.Form):
    """An official workbook."""

    workbook = forms.FileField(
        label="The workbook (.xlsx)",
        error_messages={"required": "Choose a workbook.", "empty": "The file is empty."},
    )
    published = DateField(
        label="Day of the edition",
        required=False,
        help_text="Where the file's name does not say it. Otherwise the month of the newest file "
        "stands for it.",
    )

    def clean_workbook(self) -> Any:
        """The file, if it is safe to open."""
        file = self.cleaned_data["workbook"]
        try:
            check_workbook(file.file, file.name)
        except RegisterError as error:
            raise ValidationError(str(error)) from None
        return file


class PageForm(forms.Form):
    """A reformatted page, and maybe a later snapshot of it."""

    page = forms.CharField(
        label="Text of the page",
        widget=forms.Textarea({"rows": 12}),
        max_length=_PAGE,
        error_messages={"required": "Paste the text of the page."},
    )
    later = forms.CharField(
        label="Text of a later snapshot",
        required=False,
        widget=forms.Textarea({"rows": 6}),
        max_length=_PAGE,
        help_text="Without one, the page is compared with the latest edition.",
    )

    def clean_page(self) -> Page:
        """The page, read."""
        return _read(self.cleaned_data["page"], "The page")

    def clean_later(self) -> Page | None:
        """The later page, read."""
        text = self.cleaned_data["later"]
        return _read(text, "The later snapshot") if text else None


def _shown(field: forms.Field, value: Any) -> str:
    return str(dict(getattr(field, "choices", ())).get(value, value))


def _read(text: str, name: str) -> Page:
    try:
        return read_page(text.replace("\r\n", "\n"), name=name)
    except RegisterError as error:
        raise ValidationError(str(error)) from None
