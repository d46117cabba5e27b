"""Forms as GOV.UK pages have them: one renderer, for our forms and the libraries' alike."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.forms.formsets import BaseFormSet
from django.forms.renderers import TemplatesSetting

_CLASSES = {
    "select": "govuk-select",
    "textarea": "govuk-textarea",
    "file": "govuk-file-upload",
    "checkbox": "govuk-checkboxes__input",
    "radio": "govuk-radios__input",
}
_CHOICES = (forms.RadioSelect, forms.CheckboxSelectMultiple)


class GovukBoundField(BoundField):
    """A field that knows its GOV.UK classes, and how it is laid out."""

    def __init__(self, form: Any, field: forms.Field, name: str) -> None:
        super().__init__(form, field, name)
        field.widget.attrs.pop("placeholder", None)  # labels stay, placeholders vanish

    @property
    def layout(self) -> str:
        """'choices' and 'parts' are fieldsets with a legend; 'tick' is one box; else 'plain'."""
        widget = self.field.widget
        if isinstance(widget, _CHOICES):
            return "choices"
        if isinstance(widget, forms.MultiWidget):
            return "parts"
        if isinstance(widget, forms.CheckboxInput):
            return "tick"
        return "plain"

    def build_widget_attrs(self, attrs: dict[str, Any], widget: Any = None) -> dict[str, Any]:
        """Adds the classes; no ``required``: the page says what is missing, not a bubble."""
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        attrs.pop("required", None)
        attrs.pop("maxlength", None)
        widget.is_required = False
        if isinstance(widget, forms.HiddenInput):
            return attrs
        base = _CLASSES.get(_kind(widget), "govuk-input")
        classes = [base, widget.attrs.get("class", "")]
        if self.errors and base in ("govuk-input", "govuk-select", "govuk-textarea"):
            classes.append(f"{base}--error")
        attrs["class"] = " ".join(filter(None, classes))
        return attrs

    @property
    def first_id(self) -> str:
        """Where a link of the error summary leads."""
        if self.layout in ("choices", "parts"):
            return f"{self.auto_id}_0"
        return str(self.auto_id)


def _kind(widget: forms.Widget) -> str:
    """What a widget is in HTML; the parts of one are inputs."""
    part = widget.widgets[0] if isinstance(widget, forms.MultiWidget) else widget
    return str(getattr(part, "input_type", "textarea"))


class GovukRenderer(TemplatesSetting):
    """Renders every form of the project."""

    form_template_name = "govuk/form.html"
    field_template_name = "govuk/field.html"
    bound_field_class = GovukBoundField


class DateWidget(forms.MultiWidget):
    """Day, month and year, each in a box."""

    template_name = "govuk/date.html"
    names = ("day", "month", "year")

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        number = {"inputmode": "numeric", "autocomplete": "off"}
        super().__init__([forms.TextInput(number) for _ in self.names], attrs)

    def decompress(self, value: date | None) -> list[Any]:
        """The parts of a day."""
        return [value.day, value.month, value.year] if value else [None, None, None]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Each box with its label and width."""
        context = super().get_context(name, value, attrs)
        for part, label in zip(context["widget"]["subwidgets"], self.names, strict=True):
            part["label"] = label.capitalize()
            part["width"] = 4 if label == "year" else 2
        return context


class DateField(forms.MultiValueField):
    """A day, given as three numbers."""

    widget = DateWidget

    def __init__(self, **kwargs: Any) -> None:
        fields = [forms.IntegerField(required=False) for _ in range(3)]
        # A page may have several: each says which it is.
        self._which = f"{kwargs['label']}: enter" if kwargs.get("label") else "Enter"
        said = kwargs.setdefault("error_messages", {})
        said.setdefault("required", f"{self._which} a date.")
        said.setdefault("invalid", f"{self._which} a date in numbers, such as 27 3 2027.")
        super().__init__(fields, require_all_fields=False, **kwargs)

    def compress(self, data_list: list[int | None]) -> date | None:
        """The day; ValidationError says what a day looks like."""
        if not data_list or all(part is None for part in data_list):
            return None
        day, month, year = data_list
        try:
            return date(year or 0, month or 0, day or 0)
        except ValueError:
            raise ValidationError(f"{self._which} a real date, such as 27 3 2027.") from None


def error_links(form: Any) -> list[tuple[str, str]]:
    """For the error summary: each message and the id of the box that it is about ('' for none).

    ``form`` may be a list of forms, or rows of one."""
    if isinstance(form, list | BaseFormSet):
        own = form.non_form_errors() if isinstance(form, BaseFormSet) and form.is_bound else ()
        return [(str(each), "") for each in own] + [link for f in form for link in error_links(f)]
    if not isinstance(form, forms.BaseForm) or not form.is_bound or not form.errors:
        return []
    found = [(str(message), "") for message in form.non_field_errors()]
    for field in form.visible_fields():
        target = field.first_id if isinstance(field, GovukBoundField) else field.auto_id
        found += [(str(message), target) for message in field.errors]
    for field in form.hidden_fields():
        found += [(str(message), "") for message in field.errors]
    return found
