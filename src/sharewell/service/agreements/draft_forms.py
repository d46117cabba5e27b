"""Forms of drafts: a text, a renewal, a signature, an end."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from sharewell.agreements import Agreement
from sharewell.service.forms import DateField

LONGEST = 200_000
"""Bytes of a text given on a page; the longest agreement at hand has under 40,000."""

_YIELDED = "Benefits yielded so far"


def _yielded(*, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=_YIELDED,
        required=required,
        max_length=10_000,
        widget=forms.Textarea({"rows": 4}),
        help_text="A version that runs longer than the last one renews it, and must say this.",
        error_messages={"required": "Say which benefits the agreement has yielded so far."},
    )


class UploadForm(forms.Form):
    """The file of an agreement."""

    file = forms.FileField(
        label="The agreement's file (.yaml)",
        error_messages={"required": "Choose a file.", "empty": "The file is empty."},
    )
    yielded = _yielded()

    def clean_file(self) -> Any:
        """The file, unless it is too long to be an agreement."""
        file = self.cleaned_data["file"]
        if file.size > LONGEST:
            raise ValidationError(
                f"{file.name} has {file.size:,} bytes, and an agreement at most {LONGEST:,}. "
                "Check that it is the right file."
            )
        return file


class TextForm(forms.Form):
    """The text of an agreement, in a box; ``seen`` is the digest of the text it replaces."""

    text = forms.CharField(
        label="The text",
        max_length=LONGEST,
        strip=False,
        widget=forms.Textarea({"rows": 30, "spellcheck": "false"}),
        error_messages={"required": "Enter the text."},
    )
    yielded = _yielded()
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def raw(self) -> bytes:
        """The text as a file has it."""
        return self.cleaned_data["text"].replace("\r\n", "\n").encode("utf-8")


class RenewForm(forms.Form):
    """The term of the next version, and what the agreement has yielded."""

    version = forms.CharField(max_length=20, error_messages={"required": "Enter a version."})
    first = DateField(label="First day")
    last = DateField(label="Last day")
    words = forms.CharField(
        label="The words of the new term",
        max_length=4000,
        widget=forms.Textarea({"rows": 2}),
        error_messages={"required": "Enter the words of the new term."},
    )
    yielded = _yielded(required=True)

    def __init__(self, *args: Any, before: Agreement, **kwargs: Any) -> None:
        self.before = before
        super().__init__(*args, **kwargs)

    def clean_last(self) -> date:
        """Later than the term that it renews, or it would renew nothing."""
        last: date = self.cleaned_data["last"]
        if last <= self.before.term.last:
            raise ValidationError(
                f"{self.before.name} runs to {self.before.term.last}. Enter a later day."
            )
        return last


class StepForm(forms.Form):
    """A step with the text that was seen; ``sure`` is ticked."""

    sure = forms.BooleanField(error_messages={"required": "Tick the box to go on."})
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, sure: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sure"].label = sure


class EndForm(forms.Form):
    """The last day, and why."""

    until = DateField(label="Last day")
    reason = forms.CharField(
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "Say why it ends."},
    )
    sure = forms.BooleanField(
        label="I understand that this cannot be undone",
        error_messages={"required": "Tick the box to go on."},
    )
