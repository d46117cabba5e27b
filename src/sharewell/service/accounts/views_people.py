"""The people of an organisation, for those who look after them.

An administrator finds the people of the organisations that they administer, and no others.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from sharewell.service.accounts import granting, invitations, leaving
from sharewell.service.accounts.errors import AccountError
from sharewell.service.accounts.forms import (
    ConfirmForm,
    GiveForm,
    InviteForm,
    OrganisationForm,
    PlaceFields,
    refuse,
)
from sharewell.service.accounts.interface import organisations_of
from sharewell.service.accounts.models import Grant, Invitation, Organisation, User
from sharewell.service.gate import role, seen_by
from sharewell.service.recording import record_access, record_account

administrator = role("administrator")


def _organisations(request: HttpRequest) -> QuerySet[Organisation]:
    mine = organisations_of(request.user, "administrator")
    found = Organisation.objects.all()
    return found if mine is None else found.filter(short__in=mine)


def _people(request: HttpRequest) -> QuerySet[User]:
    found = User.objects.select_related("organisation", "team")
    if organisations_of(request.user, "administrator") is None:
        return found
    return found.filter(organisation__in=_organisations(request))


@seen_by(administrator)
def people(request: HttpRequest) -> HttpResponse:
    """Everybody in the organisations that I look after, and who was invited."""
    found = _people(request)
    if asked := request.GET.get("q", "").strip():
        found = found.filter(Q(name__icontains=asked) | Q(email__icontains=asked))
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    waiting = Invitation.objects.filter(
        organisation__in=_organisations(request),
        used__isnull=True,
        withdrawn__isnull=True,
        expires__gt=timezone.now(),
    ).select_related("organisation", "invited_by")
    everywhere = organisations_of(request.user, "administrator") is None
    shown = f"The list of people, page {page.number}: {len(page)} of {page.paginator.count}."
    record_access(request, shown, role="administrator")
    return render(
        request,
        "accounts/people.html",
        {"people": page, "asked": asked, "waiting": waiting, "everywhere": everywhere},
    )


@seen_by(administrator)
def person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """One person: who they are, what they were given and by whom."""
    found = get_object_or_404(_people(request), pk=person_id)
    record_access(request, f"The account of {found.name} ({found.pk}).", role="administrator")
    grants = [
        {"grant": grant, "may_revoke": granting.may_revoke(request.user, grant)}
        for grant in found.grants.unended().select_related("organisation", "given_by")
    ]
    ended = found.grants.exclude(pk__in=[row["grant"].pk for row in grants])
    context = {
        "person": found,
        "grants": grants,
        "ended": ended.select_related("given_by"),
        "today": timezone.localdate(),
    }
    return render(request, "accounts/person.html", context)


@seen_by(administrator, fresh=True)
def invite(request: HttpRequest) -> HttpResponse:
    """Invites somebody, perhaps with a role."""
    form = InviteForm(request.POST or None, organisations=_organisations(request))
    if form.is_valid():
        organisation, team = form.place()
        given = form.cleaned_data
        try:
            invitations.invite(
                request.user,
                email=given["email"],
                name=given["name"],
                organisation=organisation,
                team=team,
                wanted=form.wanted(organisation),
            )
        except AccountError as error:
            refuse(form, error)
        else:
            messages.success(request, f"{given['name']} is invited, by an email to them.")
            return redirect("people:list")
    return _form(request, form, "Invite somebody", "Send the invitation")


@seen_by(administrator)
@require_POST
def withdraw(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Makes an invitation useless."""
    mine = Invitation.objects.filter(organisation__in=_organisations(request))
    invitation = get_object_or_404(mine, pk=invitation_id)
    invitations.withdraw(request.user, invitation)
    messages.success(request, f"The invitation of {invitation.name} is withdrawn.")
    return redirect("people:list")


@seen_by(administrator, fresh=True)
def give(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Gives somebody a role."""
    found = get_object_or_404(_people(request), pk=person_id)
    form = GiveForm(request.POST or None)
    if form.is_valid():
        where = None if form.cleaned_data["everywhere"] else found.organisation
        wanted = form.wanted(where)
        try:
            granting.give(request.user, found, wanted)
        except AccountError as error:
            refuse(form, error)
        else:
            messages.success(request, f"{found.name} has the role '{wanted.role}'.")
            return redirect("people:person", found.pk)
    return _form(request, form, f"Give {found.name} a role", "Give the role", found)


@seen_by(administrator, fresh=True)
def revoke(request: HttpRequest, grant_id: int) -> HttpResponse:
    """Ends a role of somebody."""
    grants = Grant.objects.filter(person__in=_people(request), revoked__isnull=True)
    grant = get_object_or_404(grants.select_related("person", "organisation"), pk=grant_id)
    form = ConfirmForm(request.POST or None)
    if form.is_valid():
        try:
            granting.revoke(request.user, grant)
        except AccountError as error:
            refuse(form, error)
        else:
            messages.success(request, f"{grant.person.name} no longer has '{grant.role}'.")
            return redirect("people:person", grant.person_id)
    heading = f"End the role '{grant.role}' of {grant.person.name}"
    return _form(request, form, heading, "End the role", grant.person, warning=True)


@seen_by(administrator, fresh=True)
def move(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Moves somebody to another organisation or team."""
    found = get_object_or_404(_people(request), pk=person_id)
    now = {"organisation": found.organisation, "team": found.team or ""}
    form = PlaceFields(request.POST or None, initial=now, organisations=_organisations(request))
    if form.is_valid():
        try:
            held = leaving.move(request.user, found, *form.place())
        except AccountError as error:
            refuse(form, error)
        else:
            lost = f" Roles that ended: {' '.join(held)}" if held else ""
            messages.success(request, f"{found.name} is moved.{lost}")
            return redirect("people:person", found.pk)
    return _form(
        request,
        form,
        f"Move {found.name}",
        "Move",
        found,
        note="In another organisation every role ends; give those that are needed there anew.",
    )


@seen_by(administrator, fresh=True)
def close(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Closes somebody's account, and lists what they still held."""
    found = get_object_or_404(_people(request), pk=person_id, is_active=True)
    form = ConfirmForm(request.POST or None)
    if form.is_valid():
        try:
            held = leaving.close(request.user, found)
        except AccountError as error:
            refuse(form, error)
        else:
            return render(request, "accounts/closed.html", {"person": found, "held": held})
    return _form(
        request,
        form,
        f"Close the account of {found.name}",
        "Close the account",
        found,
        note="Their sessions end at once, and so do their roles.",
        held=leaving.still_held(found),
        warning=True,
    )


@seen_by(administrator)
@require_POST
def end_sessions(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Signs somebody out everywhere."""
    found = get_object_or_404(_people(request), pk=person_id)
    leaving.end_sessions(found)
    record_account(
        request.user, f"Ended the sessions of {found.name} ({found.pk}).", role="administrator"
    )
    messages.success(request, f"{found.name} is signed out everywhere.")
    return redirect("people:person", found.pk)


@seen_by(administrator)
def organisations(request: HttpRequest) -> HttpResponse:
    """The organisations that I look after."""
    found = _organisations(request)
    everywhere = organisations_of(request.user, "administrator") is None
    rows = [(house.name, house.short, house.get_kind_display(), house.area) for house in found]
    head = ("Name", "Short name", "Kind", "Area")
    context = {"head": head, "rows": rows, "everywhere": everywhere}
    return render(request, "accounts/organisations.html", context)


@seen_by(administrator)
def add_organisation(request: HttpRequest) -> HttpResponse:
    """Adds an organisation; for administrators of all of them."""
    if organisations_of(request.user, "administrator") is not None:
        raise Http404
    form = OrganisationForm(request.POST or None)
    if form.is_valid():
        house = form.save()
        record_account(request.user, f"Added the organisation {house.name}.", role="administrator")
        messages.success(request, f"{house.name} is added.")
        return redirect("people:organisations")
    return _form(request, form, "Add an organisation", "Add the organisation")


def _form(
    request: HttpRequest,
    form: Any,
    heading: str,
    action: str,
    about: User | None = None,
    **context: Any,
) -> HttpResponse:
    context |= {"form": form, "heading": heading, "action": action, "about": about}
    return render(request, "accounts/form.html", context)
