"""The forms of releases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from sharewell.agreements import Agreement
from sharewell.flows.preparing import SHORTEST_CONTEXT, SHOWN, Declared
from sharewell.service.releases.actions import Wanted

_AUDIENCES = {"public": "Everybody (it is published)"}
_LONGEST = 4_000


def audiences(agreement: Agreement) -> list[str]:
    """Who may be shown protected figures: for each, a clause sends them and one shows them."""
    shown = {name for output in agreement.outputs for name in output.audiences}
    sent = dict.fromkeys(name for flow in agreement.flows if flow.act in SHOWN for name in flow.to)
    return [name for name in sent if name in shown]


def tables(agreement: Agreement) -> list[tuple[str, str]]:
    """The tables that may be shown to somebody."""
    named = dict.fromkeys(name for f in agreement.flows if f.act in SHOWN for name in f.tables)
    return [(table.id, table.title) for table in agreement.tables if table.id in named]


class AskForm(forms.Form):
    """What is to be released, to whom, and why."""

    audience = forms.ChoiceField(
        label="Who is it for?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose who it is for."},
    )
    tables = forms.MultipleChoiceField(
        label="Which tables?",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one table."},
    )
    combined = forms.BooleanField(
        label="Take the combined tables, for England and Wales",
        required=False,
        help_text="They must have been combined before.",
    )
    context = forms.CharField(
        label="What are the figures for, and who will use them?",
        help_text="A sentence or two. Reviewers decide by this.",
        max_length=_LONGEST,
        min_length=SHORTEST_CONTEXT,
        widget=forms.Textarea({"rows": 4}),
        error_messages={
            "required": "Say what the figures are for and who will use them.",
            "min_length": "Say in a sentence or two what the figures are for and who will use "
            "them.",
        },
    )
    earlier = forms.CharField(
        label="How do they relate to what was released before?",
        required=False,
        help_text="Such as: the same table, six months longer. Two releases together can show "
        "what neither shows alone.",
        max_length=_LONGEST,
        widget=forms.Textarea({"rows": 3}),
    )
    safe_setting = forms.BooleanField(
        label="The analysis was done here, and only these results leave",
        required=False,
        help_text="The register then counts a use in a safe setting, and no file that left.",
    )

    def __init__(self, *args: Any, agreement: Agreement, before: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.before = before
        self.fields["audience"].choices = [
            (name, _AUDIENCES.get(name, name.replace("-", " ").capitalize()))
            for name in audiences(agreement)
        ]
        self.fields["tables"].choices = tables(agreement)
        if not agreement.combinations:
            del self.fields["combined"]

    def clean_earlier(self) -> str:
        """Where something was released before, the requester says how this relates to it."""
        said = self.cleaned_data["earlier"].strip()
        if self.before and not said:
            raise forms.ValidationError(
                f"{self.before} earlier release{'s' if self.before > 1 else ''} under this "
                "agreement: say how this relates, even if it does not."
            )
        return said

    def wanted(self, source: int | None = None) -> Wanted:
        """What is asked for, from the counts at ``source``."""
        given = self.cleaned_data
        return Wanted(
            given["audience"],
            tuple(given["tables"]),
            given.get("combined", False),
            Declared(given["context"].strip(), given["earlier"], given["safe_setting"]),
            source,
        )


class VerdictForm(forms.Form):
    """One reviewer's verdict."""

    approve = forms.TypedChoiceField(
        label="Your verdict",
        choices=[("yes", "Approve: it is safe to leave"), ("no", "Return it to the requester")],
        coerce=lambda given: given == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a verdict."},
    )
    comment = forms.CharField(
        label="Why",
        required=False,
        help_text="The requester and the other reviewer see it when both reviews are in. To "
        "return it, say what must change.",
        max_length=_LONGEST,
        widget=forms.Textarea({"rows": 4}),
    )

    def clean(self) -> dict[str, Any]:
        """What goes back has reasons."""
        given = super().clean() or {}
        if given.get("approve") is False and not given.get("comment", "").strip():
            self.add_error("comment", "Say what must change, so that the requester can mend it.")
        return given


class NoteForm(forms.Form):
    """A note on one file."""

    text = forms.CharField(
        label="Note on this file",
        help_text="Shown to the requester and the other reviewer when both reviews are in.",
        max_length=_LONGEST,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "Write the note first."},
    )


class WithdrawForm(forms.Form):
    """Why a release is withdrawn for somebody who has left."""

    reason = forms.CharField(
        label="Why is it withdrawn?",
        help_text="It stands on its page and in the ledger, with your name.",
        max_length=_LONGEST,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "Say why it is withdrawn: whoever asked for it cannot."},
    )


class LinkForm(forms.Form):
    """Who is to fetch a release."""

    email = forms.EmailField(
        label="Their email address",
        help_text="They need an account here with a second factor.",
        error_messages={"required": "Enter their email address."},
    )
    belongs = forms.BooleanField(
        error_messages={"required": "Check that they may have it, and tick the box."}
    )

    def __init__(self, *args: Any, audience: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[
            "belongs"
        ].label = f"I have checked that they belong to the audience '{audience.replace('-', ' ')}'"


def agreement_words(agreement: Agreement) -> Sequence[tuple[str, str]]:
    """The clauses that let figures be shown, by id, with their words."""
    clauses = [flow for flow in agreement.flows if flow.act in SHOWN]
    return [(clause.id, clause.words) for clause in (*clauses, *agreement.outputs)]
