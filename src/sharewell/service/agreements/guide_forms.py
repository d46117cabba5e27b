"""The questions of the guided form, step by step. Their answers make a file: see `guide`."""

from __future__ import annotations

import re
from typing import Any, get_args

from django import forms
from django.core.exceptions import ValidationError

from sharewell.agreements.model import Act, Duty, Organisation, Question, Table
from sharewell.catalogue.breakdowns import BREAKDOWNS
from sharewell.catalogue.codelists import CODE_LISTS
from sharewell.catalogue.datasets import DATASETS
from sharewell.catalogue.measures import MEASURES
from sharewell.disclosure.rules import RULES
from sharewell.service.agreements.forms import NamesField
from sharewell.service.forms import DateField

Choices = list[tuple[str, str]]


def _plain(values: Any) -> Choices:
    return [("", "Choose"), *((str(v), str(v).replace("-", " ").capitalize()) for v in values)]


def _literal(model: Any, field: str) -> Choices:
    return _plain(get_args(model.model_fields[field].annotation))


def _text(label: str, help_text: str = "", *, needed: bool = True, length: int = 200) -> Any:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=needed,
        max_length=length,
        error_messages={"required": f"Enter: {label.lower()}."},
    )


def _words(label: str = "The words of the document", *, needed: bool = True) -> Any:
    return forms.CharField(
        label=label,
        help_text="As they stand there: decisions quote them.",
        required=needed,
        max_length=4000,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "Enter the words that this rests on."},
    )


def _choice(label: str, choices: Choices, *, needed: bool = True, help_text: str = "") -> Any:
    return forms.ChoiceField(
        label=label,
        choices=choices,
        required=needed,
        help_text=help_text,
        error_messages={"required": f"Choose: {label.lower()}."},
    )


def _several(label: str, choices: Choices, *, needed: bool = True) -> Any:
    return forms.MultipleChoiceField(
        label=label,
        choices=choices,
        required=needed,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": f"Choose one or more: {label.lower()}."},
    )


def _tick(label: str, help_text: str = "") -> Any:
    return forms.BooleanField(label=label, required=False, help_text=help_text)


class _NeededNames(NamesField):
    """At least one name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.required = True
        self.error_messages["required"] = f"Enter: {str(self.label).lower()}."


class AboutForm(forms.Form):
    """What the agreement is called, and from when to when it runs."""

    reference = _text("Reference", "Such as DARS-NIC-612092-Q0Y6F.")
    version = _text("Version", "Two numbers with a point, such as 1.0.")
    title = _text("Title")
    document = _text("Title of the document that it puts into effect")
    published = _text("By whom the document is published, and when")
    first = DateField(label="First day")
    last = DateField(label="Last day")
    term_words = _words("The words of the term")
    scope_words = _words("The words that limit the data to this agreement")


class PartyForm(forms.Form):
    """An organisation."""

    name = _text("Name of the organisation")
    short = _text("Short name", "As people call it, such as LSE.", length=60)
    role = _choice("What it is to the data", _literal(Organisation, "role"))
    engaged_by = _text(
        "Engaged by",
        "Short name of the party that it works for. Such a party does not sign.",
        needed=False,
    )
    sees = _tick("May see the data")
    words = _words()


class LawForm(forms.Form):
    """The legal bases, and what the register says of the data."""

    dissemination = _text("Legal basis for passing the data on", length=400)
    dissemination_words = _words()
    article_6 = _text("Basis under article 6 of the UK GDPR", needed=False, length=400)
    article_9 = _text("Basis under article 9 of the UK GDPR", needed=False, length=400)
    opt_outs = _tick("Patient opt-outs are applied")
    opt_outs_words = _words("The words on opt-outs")
    sensitive = _tick("The data are registered as sensitive")
    sensitive_words = _words("The words on sensitivity")
    sublicensing = _tick("Sub-licences are permitted")
    sublicensing_words = _words("The words on sub-licensing")


class PurposeForm(forms.Form):
    """A purpose."""

    title = _text("Purpose")
    limited_to = NamesField(
        label="Of these parties alone", help_text="Short names. Empty: of every party."
    )
    words = _words()


class DatasetForm(forms.Form):
    """A dataset, and the period of data that may be held."""

    dataset = _choice("Dataset", [("", "Choose"), *((d.id, d.title) for d in DATASETS.values())])
    classification = _text("How it is classified", "In the document's terms.")
    level = _choice("Level", _plain(("aggregated", "record")))
    columns = NamesField(label="Columns", help_text="Of records; none where it is aggregated.")
    first = DateField(label="Data from")
    last = DateField(label="Data until", required=False)
    words = _words()


class CohortForm(forms.Form):
    """Whose records the tables count."""

    cohort_words = _words("The words that say whose records are counted", needed=False)


class TableForm(forms.Form):
    """A table."""

    title = _text("Title of the table")
    dataset = _choice("Dataset", [])
    code_list = _choice(
        "What is counted", [("", "Choose"), *((c.id, c.title) for c in CODE_LISTS.values())]
    )
    measures = _several("Measures", [(m.id, m.title) for m in MEASURES.values()])
    crossings = forms.CharField(
        label="Split by",
        help_text="Names of breakdowns separated by commas, a line for each crossing: "
        f"{', '.join(BREAKDOWNS)}.",
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "Enter by what it is split."},
    )
    first = DateField(label="Data from")
    last = DateField(label="Data until", required=False)
    cadence = _choice("How often it is made", _literal(Table, "cadence"))
    words = _words()

    def __init__(self, *args: Any, datasets: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["dataset"].choices = [("", "Choose"), *datasets]

    def clean_crossings(self) -> tuple[tuple[str, ...], ...]:
        """Each line's breakdowns."""
        lines = [
            re.findall(r"[^\s,]+", line) for line in self.cleaned_data["crossings"].split("\n")
        ]
        if unknown := sorted({name for line in lines for name in line} - set(BREAKDOWNS)):
            raise ValidationError(
                f"There is no breakdown called {', '.join(unknown)}. Use: {', '.join(BREAKDOWNS)}."
            )
        return tuple(tuple(line) for line in lines if line)


class FlowForm(forms.Form):
    """What one party passes on, and to whom."""

    act = _choice("What is done", _plain(get_args(Act)))
    by = _choice("By", [])
    to = _NeededNames(
        label="To", help_text="Short names of parties, or audiences such as ministers or public."
    )
    tables = _several("Tables", [], needed=False)
    purposes = _several("For", [], needed=False)
    since = DateField(label="Data from", required=False)
    unsuppressed = _tick("With small numbers as they are")
    encrypted = _tick("Encrypted to the recipient")
    withheld = _several("Without", [(n, n.replace("_", " ")) for n in BREAKDOWNS], needed=False)
    withheld_words = _words("The words that keep these back", needed=False)
    words = _words()

    def __init__(
        self, *args: Any, parties: Choices, tables: Choices, purposes: Choices, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["by"].choices = [("", "Choose"), *parties]
        for name, choices in (("tables", tables), ("purposes", purposes)):
            self.fields[name].choices = choices
            if not choices:
                del self.fields[name]

    def clean(self) -> None:
        """What is kept back rests on words."""
        given = self.cleaned_data
        if given.get("withheld") and not given.get("withheld_words"):
            self.add_error("withheld_words", "Enter the words that keep these back.")


class PlaceForm(forms.Form):
    """Where the data may be, and how figures are shown."""

    places = _NeededNames(label="Where the data may be", help_text="Such as England, Wales.")
    places_words = _words("The words on the territory")
    audiences = _NeededNames(
        label="Who may be shown figures", help_text="Such as public, ministers, police."
    )
    rule = _choice("Disclosure rule", [("", "Choose"), *((name, name) for name in RULES)])
    outputs_words = _words("The words on outputs")

    def clean_audiences(self) -> tuple[str, ...]:
        """Names of audiences are in small letters."""
        names: tuple[str, ...] = self.cleaned_data["audiences"]
        return tuple(re.sub(r"\s+", "-", name.lower()) for name in names)


class AccessForm(forms.Form):
    """Who of a party may see unpublished data."""

    organisation = _choice("Party", [])
    roles = _NeededNames(label="Which of its people", help_text="Their roles, by commas.")
    authorised_by = _text("Who lets them")
    list_kept = _tick("A list of named people is kept")
    words = _words()

    def __init__(self, *args: Any, parties: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = [("", "Choose"), *parties]


class StorageForm(forms.Form):
    """Where a party keeps the data."""

    organisation = _choice("Party", [])
    places = _NeededNames(label="What it keeps them on", help_text="Such as Home Office servers.")
    words = _words()

    def __init__(self, *args: Any, parties: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = [("", "Choose"), *parties]


class ProhibitionForm(forms.Form):
    """Something that may not be done."""

    act = _choice("What is forbidden", _plain(get_args(Question)))
    words = _words()


class DutyForm(forms.Form):
    """Something that must be done."""

    kind = _choice("Kind of duty", _literal(Duty, "kind"))
    party = _choice("Of which party", [])
    due = _text("When", "As the document says. Empty where it does not.", needed=False)
    words = _words()

    def __init__(self, *args: Any, parties: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["party"].choices = [("", "Choose"), *parties]
