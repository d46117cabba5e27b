"""My tokens: made, shown once, revoked, and what each was used for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from sharewell.service.api.models import Token, TokenUse
from sharewell.service.api.tokens import LONGEST_DAYS, SCOPES, make
from sharewell.service.gate import seen_by, signed_in
from sharewell.service.recording import record_account

_SHOWN = 50


class TokenForm(forms.Form):
    """What a token is called, what it is for, and for how long."""

    name = forms.CharField(
        label="What it is for",
        max_length=100,
        error_messages={"required": "Say what the token is for."},
    )
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        widget=forms.CheckboxSelectMultiple,
        help_text="Never more than you may do yourself.",
        error_messages={"required": "Choose what the token may do."},
    )
    days = forms.IntegerField(
        label="Days that it works", min_value=1, max_value=LONGEST_DAYS, initial=90
    )

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.fields["scopes"].choices = list(SCOPES.items())


@seen_by(signed_in)
def tokens(request: HttpRequest) -> HttpResponse:
    """My tokens, and their latest uses."""
    mine = Token.objects.filter(person=request.user).select_related("person")
    uses = [
        (f"{use.at:%d %b %Y %H:%M} UTC", use.token.name, f"{use.method} {use.path}",
         use.refused or "answered")
        for use in TokenUse.objects.filter(token__in=mine).select_related("token")[:_SHOWN]
    ]  # fmt: skip
    context = {"tokens": mine, "uses": uses, "head": ("When", "Token", "Request", "Outcome")}
    return render(request, "api/tokens.html", context)


@seen_by(signed_in, fresh=True)
def make_one(request: HttpRequest) -> HttpResponse:
    """Makes a token and shows it, this once."""
    form = TokenForm(request.POST or None)
    if form.is_valid():
        given = form.cleaned_data
        token, secret = make(request.user, given["name"], given["scopes"], given["days"])
        record_account(
            request.user,
            f"Made the API token '{token.name}' ({token.pk}) for {', '.join(token.scopes)}.",
        )
        return render(request, "api/token.html", {"token": token, "secret": secret})
    return render(request, "api/make.html", {"form": form})


@seen_by(signed_in)
@require_POST
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """Stops a token at once."""
    token = get_object_or_404(Token, pk=token_id, person=request.user)
    if token.revoked is None:
        token.revoked = timezone.now()
        token.save(update_fields=["revoked"])
        record_account(request.user, f"Revoked the API token '{token.name}' ({token.pk}).")
    messages.success(request, f"The token '{token.name}' no longer works.")
    return redirect("tokens:list")
