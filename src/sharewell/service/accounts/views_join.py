"""The page that an invitation leads to."""

from __future__ import annotations

from allauth.account.internal.flows.login import record_authentication
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from sharewell.service.accounts import invitations
from sharewell.service.accounts.errors import AccountError
from sharewell.service.accounts.forms import JoinForm, refuse
from sharewell.service.accounts.interface import needs_second_factor
from sharewell.service.gate import public, seen_by

_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@seen_by(public)
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Makes the account, signs in, and goes on to the second factor where one is needed."""
    if request.user.is_authenticated:
        messages.info(request, "You are signed in. Sign out first to use an invitation.")
        return redirect("home")
    invitation = invitations.find(token)
    if invitation is None:
        return render(request, "accounts/join_gone.html", status=410)
    form = JoinForm(request.POST or None, email=invitation.email, initial={"name": invitation.name})
    if form.is_valid():
        try:
            person = invitations.accept(token, **form.cleaned_data)
        except AccountError as error:
            refuse(form, error)
        else:
            login(request, person, _BACKEND)
            # The password was given just now: the second factor may be set up without it.
            record_authentication(request, person, "password", reauthenticated=True)
            return redirect("mfa_activate_totp" if needs_second_factor(person) else "home")
    return render(request, "accounts/join.html", {"form": form, "invitation": invitation})
