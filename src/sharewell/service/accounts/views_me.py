"""My account: what the service holds about me, and what I may do about it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from sharewell.flows.people import VERBS
from sharewell.service.accounts.errors import AccountError
from sharewell.service.accounts.export import held_about
from sharewell.service.accounts.forms import AboutMeForm, ConfirmForm, refuse
from sharewell.service.accounts.interface import grants_of
from sharewell.service.accounts.leaving import erase, still_held
from sharewell.service.accounts.roles import ROLES
from sharewell.service.accounts.timeouts import note_activity
from sharewell.service.gate import seen_by, signed_in
from sharewell.service.recording import record_account

_SHOWN = 20  # sign-ins on the page; the download has all of them


@seen_by(signed_in, before_second_factor=True)
def account(request: HttpRequest) -> HttpResponse:
    """Who I am here, what I may see and why, and my latest sign-ins."""
    rights = [
        {"grant": grant, "for": ROLES[grant.role], "verbs": sorted(VERBS.get(grant.role, ()))}
        for grant in grants_of(request.user)
    ]
    sign_ins = [
        (
            f"{entry.at:%d %b %Y %H:%M} UTC",
            entry.outcome.capitalize(),
            entry.ip or "",
            entry.browser,
        )
        for entry in request.user.sign_ins.all()[:_SHOWN]
    ]
    head = ("When", "What", "Address", "Browser")
    context = {"rights": rights, "head": head, "sign_ins": sign_ins}
    return render(request, "accounts/me.html", context)


@seen_by(signed_in, before_second_factor=True)
def edit(request: HttpRequest) -> HttpResponse:
    """Changes my name, and whether I get emails about my work."""
    form = AboutMeForm(request.POST or None, instance=request.user)
    if form.is_valid():
        form.save()
        record_account(request.user, f"Is now called {request.user.name}.")
        messages.success(request, "Your details are saved.")
        return redirect("me:account")
    return render(request, "accounts/me_edit.html", {"form": form})


@seen_by(signed_in, before_second_factor=True, fresh=True)
def download(request: HttpRequest) -> HttpResponse:
    """Everything that the service holds about me as a user, in one file."""
    response = JsonResponse(held_about(request.user), json_dumps_params={"indent": 1})
    response["Content-Disposition"] = 'attachment; filename="about-me.json"'
    return response


@seen_by(signed_in, before_second_factor=True, fresh=True)
def delete(request: HttpRequest) -> HttpResponse:
    """Closes my account and deletes what the service holds about me as a user."""
    form = ConfirmForm(request.POST or None)
    if form.is_valid():
        try:
            erase(request.user)
        except AccountError as error:
            refuse(form, error)
        else:
            logout(request)
            messages.success(request, "Your account is closed and your details are deleted.")
            return redirect("home")
    held = still_held(request.user)
    return render(request, "accounts/me_delete.html", {"form": form, "held": held})


@seen_by(signed_in, before_second_factor=True)
@require_POST
def stay(request: HttpRequest) -> HttpResponse:
    """I am still here: the session's idle time begins anew."""
    note_activity(request)
    return HttpResponse(status=204)
