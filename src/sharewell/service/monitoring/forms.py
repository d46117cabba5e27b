"""Forms made from the declared data set: each field becomes a box as its declaration says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from sharewell.linkage import AttributorError, parse_attributor
from sharewell.monitoring import DataSet, Field, Module
from sharewell.service.forms import DateField
from sharewell.service.monitoring.checks import Found, data_set_of, found_in
from sharewell.service.monitoring.clients import ATTRIBUTOR
from sharewell.service.monitoring.opening import REASONS
from sharewell.service.monitoring.records import fields_of, new_id
from sharewell.service.monitoring.versions import Row

_NUMBER = {"inputmode": "numeric", "class": "govuk-input--width-4", "autocomplete": "off"}
_TEXT = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
_NOT_ASKED = frozenset({"record_id", "service", "consent_date"})
_FIRST = (*ATTRIBUTOR, "consent", "postcode")
_AT_THE_END = frozenset({"closed_on", "closed_reason"})
_RIGHT = "right"
ITEM = "item_"
"""Begins the names of boxes that ask how many of an item were given out."""


class DeclaredForm(forms.Form):
    """A form of fields of the data set. ``row`` is what was typed, as text by field.

    `check` asks the declared checks. Errors stand at their boxes; warnings are shown once, and
    ticking that all is right saves in spite of them.
    """

    def __init__(
        self,
        data: Any = None,
        *,
        declared: DataSet,
        fields: Sequence[Field],
        row: Row | None = None,
        reason: bool = False,
    ) -> None:
        super().__init__(data, initial=_initial(fields, row or {}))
        self.declared, self.asked = declared, tuple(fields)
        self.warnings: list[str] = []
        self.accepts = ""
        for field in fields:
            self.fields[field.name] = _box(field, declared.year)
        if reason:
            self.fields["reason"] = forms.CharField(
                label="Why do you change it?", max_length=300, help_text="Such as: typed wrongly."
            )

    def row(self) -> dict[str, str]:
        """What was typed, as text by the name of the field, '' for nothing."""
        return {field.name: _text(self.cleaned_data.get(field.name)) for field in self.asked}

    def check(self, module: Module, service: str, rows: Sequence[Row]) -> bool:
        """Whether the rows may be saved: no error, and no warning that was not seen."""
        declared = self.declared
        if module.day == "date":  # activity is checked by its own year
            declared = data_set_of(date.fromisoformat(rows[0][module.day]))
        found = [
            each
            for each in found_in(declared, declared.module(module.id), service, rows)
            if each.is_error or each.field not in ATTRIBUTOR or each.field in self.fields
        ]
        for each in found:
            if each.is_error and each.field in {field.name for field in module.fields}:
                place = each.field if each.field in self.fields else None
                if each.sentence not in self.errors.get(place or "__all__", []):
                    self.add_error(place, each.sentence)
        return self.is_valid() and self._seen(found)

    def warn(self, code: str, sentence: str) -> bool:
        """Whether a warning of the page's own was seen; it is shown with the others."""
        return self._seen([Found("", code, False, sentence)])

    def _seen(self, found: Sequence[Found]) -> bool:
        seen = set(str(self.data.get(_RIGHT, "")).split())
        told = {each.code: each.sentence for each in found if not each.is_error}
        if set(told) <= seen:
            return True
        self.warnings += [sentence for sentence in told.values() if sentence not in self.warnings]
        self.accepts = " ".join(sorted({*told, *self.accepts.split(), *seen}))
        return False


class ClientForm(DeclaredForm):
    """A client: who they are, whether they consent, and what statistics ask."""

    def __init__(self, data: Any = None, *, declared: DataSet, **options: Any) -> None:
        module = declared.module("client")
        skipped = _NOT_ASKED if options.get("reason") else _NOT_ASKED | _AT_THE_END
        asked = [field for field in module.fields if field.name not in skipped]
        asked.sort(key=lambda field: field.name not in _FIRST)
        asked[: len(_FIRST)] = sorted(asked[: len(_FIRST)], key=lambda f: _FIRST.index(f.name))
        super().__init__(data, declared=declared, fields=asked, **options)

    def at_once(self) -> list[Any]:
        """The boxes that are asked at a busy hatch."""
        return [self[name] for name in _FIRST]

    def in_time(self) -> list[Any]:
        """The other boxes."""
        return [bound for bound in self.visible_fields() if bound.name not in _FIRST]

    def clean(self) -> dict[str, Any]:
        """The attributor as the machine writes it."""
        given = super().clean() or {}
        if all(given.get(name) for name in ATTRIBUTOR):
            try:
                found = parse_attributor(*(given[name] for name in ATTRIBUTOR))
            except AttributorError as error:
                part = {"first initial": "first_initial", "last initial": "last_initial"}
                self.add_error(part.get(error.part, "birth_date"), str(error))
                return given
            given |= {"first_initial": found.first, "last_initial": found.last}
            if found.is_dummy:
                raise ValidationError(
                    "X X, 5 May 1955, stands for somebody who objects, and is no client. Record "
                    "what you did without a client."
                )
        given["postcode"] = " ".join(str(given.get("postcode", "")).upper().split())
        return given


class RecordForm(DeclaredForm):
    """One record of a module."""

    def __init__(
        self, data: Any = None, *, declared: DataSet, module: Module, row: Row | None = None,
        reason: bool = False,
    ) -> None:  # fmt: skip
        row = {module.day: timezone.localdate().isoformat()} | dict(row or {})
        fields = fields_of(module)
        super().__init__(data, declared=declared, fields=fields, row=row, reason=reason)

    def rows(self) -> list[dict[str, str]]:
        """The rows that are saved."""
        return [self.row()]


class BasketForm(DeclaredForm):
    """A visit to a needle exchange: how many of each item, returns, and what all rows share."""

    def __init__(
        self, data: Any = None, *, declared: DataSet, module: Module, row: Row | None = None,
        reason: bool = False,
    ) -> None:  # fmt: skip
        today = {module.day: timezone.localdate().isoformat(), "place": "SERVICE"}
        row = today | dict(row or {})
        fields = [f for f in fields_of(module) if f.name not in ("item", "items_out")]
        super().__init__(data, declared=declared, fields=fields, row=row, reason=reason)
        number, codes = module.field("items_out"), module.field("item").code_list
        self.items = codes.of_year(declared.year) if codes else ()
        for code in self.items:
            box = _box(number, declared.year)
            box.label, box.help_text, box.required = code.label, "", False
            self.fields[ITEM + code.code] = box
            self.initial[ITEM + code.code] = row.get(ITEM + code.code)
        self.order_fields([ITEM + code.code for code in self.items])

    def counts(self) -> list[Any]:
        """The boxes that ask how many of an item."""
        return [self[ITEM + code.code] for code in self.items]

    def others(self) -> list[Any]:
        """The other boxes."""
        return [bound for bound in self.visible_fields() if not bound.name.startswith(ITEM)]

    def rows(self) -> list[dict[str, str]]:
        """A row for each item and one for returns, of one transaction."""
        shared = self.row() | {"transaction_id": new_id()}
        back = {name: shared.pop(name) for name in ("returned", "returned_how")}
        rows = [
            shared | {"item": code.code, "items_out": str(self.cleaned_data[ITEM + code.code])}
            for code in self.items
            if self.cleaned_data.get(ITEM + code.code)
        ]
        if back["returned"]:
            rows.append(back | _where(shared))
        return rows

    def clean(self) -> dict[str, Any]:
        """Something must have been given out or come back."""
        given = super().clean() or {}
        boxes = ("returned", *(ITEM + code.code for code in self.items))
        if not self.errors and not any(given.get(name) for name in boxes):
            raise ValidationError("Enter how many of an item were given out, or came back.")
        return given


class SearchForm(forms.Form):
    """Who is at the hatch?"""

    sought = forms.CharField(
        label="Initials, date of birth and sex",
        max_length=60,
        help_text="Such as JS 1/2/80 M. Or the client's code.",
        error_messages={"required": "Enter initials, date of birth and sex."},
        widget=forms.TextInput(_TEXT | {"class": "govuk-input--width-20"}),
    )


class WhyForm(forms.Form):
    """Why is the record opened?"""

    reason = forms.ChoiceField(
        label="Why do you open this record?",
        choices=list(REASONS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": "Say why you open it."},
    )
    words = forms.CharField(label="In a few words", max_length=300, required=False)

    def clean(self) -> dict[str, Any]:
        """Another reason takes words."""
        given = super().clean() or {}
        if given.get("reason") == "other" and not given.get("words"):
            self.add_error("words", "Say in a few words what the reason is.")
        return given


class ReasonForm(forms.Form):
    """Why is it deleted?"""

    reason = forms.CharField(
        label="Why do you delete it?",
        max_length=300,
        help_text="Such as: entered twice.",
        error_messages={"required": "Say why you delete it."},
    )


def record_form(module: Module) -> type[RecordForm | BasketForm]:
    """The form that suits a module."""
    return BasketForm if {"item", "transaction_id"} <= set(module.names) else RecordForm


def labels(module: Module) -> Mapping[str, Field]:
    """The fields of a module by name."""
    return {field.name: field for field in module.fields}


def in_words(field: Field | None, value: str) -> str:
    """A value as people read it: the label of a code, a day."""
    if field is None or not value:
        return value
    if field.code_list is not None:
        return next((c.label for c in field.code_list.codes if c.code == value), value)
    if field.kind == "date":
        day = date.fromisoformat(value)
        return f"{day.day} {day:%B %Y}"
    return value


def _box(field: Field, year: int) -> forms.Field:
    common: dict[str, Any] = {
        "label": field.label,
        "help_text": field.hint,
        "required": field.required,
        "error_messages": {"required": f"{field.label}: this must be answered."},
    }
    if field.code_list is not None:
        choices = [(code.code, code.label) for code in field.code_list.of_year(year)]
        if field.widget == "radios":
            return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **common)
        return forms.ChoiceField(choices=[("", ""), *choices], **common)
    least, most = field.least, field.most
    match field.kind:
        case "date":
            return DateField(**common)
        case "time":
            return forms.TimeField(widget=forms.TextInput(_NUMBER), **common)
        case "integer":
            limits = {"min_value": int(least or 0), "max_value": int(most or 0)}
            return forms.IntegerField(widget=forms.TextInput(_NUMBER), **limits, **common)
        case "decimal":
            decimal = _NUMBER | {"inputmode": "decimal"}
            return forms.FloatField(
                widget=forms.TextInput(decimal), min_value=least, max_value=most, **common
            )
        case "initial":
            narrow = forms.TextInput(_TEXT | {"class": "govuk-input--width-2"})
            return forms.CharField(max_length=1, widget=narrow, **common)
        case _:
            text = forms.TextInput(_TEXT | {"class": "govuk-input--width-20"})
            return forms.CharField(max_length=field.longest, widget=text, **common)


def _initial(fields: Sequence[Field], row: Row) -> dict[str, Any]:
    return {
        field.name: date.fromisoformat(value) if field.kind == "date" else value
        for field in fields
        if (value := row.get(field.name, ""))
    }


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case float():
            return f"{value:g}"
        case time():
            return value.strftime("%H:%M")
        case _:
            return str(value)


def _where(row: Row) -> dict[str, str]:
    """What the row of returns shares with those of items."""
    return {name: row[name] for name in ("date", "place", "transaction_id")}
