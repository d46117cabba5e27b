"""Handing a release over to the people it is for: links that work once."""

from __future__ import annotations

from uuid import UUID

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from sharewell.flows.preparing import sent_sealed
from sharewell.service.accounts.interface import person_with_email
from sharewell.service.gate import role, seen_by, signed_in
from sharewell.service.releases import links
from sharewell.service.releases.errors import ReleaseError
from sharewell.service.releases.forms import LinkForm
from sharewell.service.releases.permissions import ASKERS
from sharewell.service.releases.sending import attachment
from sharewell.service.releases.states import State
from sharewell.service.releases.views import own_release


@seen_by(role(*ASKERS), fresh=True)
def hand_over(request: HttpRequest, release_id: UUID) -> HttpResponse:
    """Gives somebody a link, and lists who was given one."""
    release = own_release(request, release_id)
    if release.state != State.RELEASED:
        messages.warning(
            request, f"This release is {release.state}: there is nothing to fetch yet."
        )
        return redirect("releases:release", release.pk)
    form = LinkForm(request.POST or None, audience=release.audience)
    address = ""
    if form.is_valid():
        person = person_with_email(form.cleaned_data["email"])
        if person is None:
            form.add_error("email", "Nobody here has this address. An administrator invites them.")
        else:
            try:
                secret = links.give_link(request, release, person)
            except ReleaseError as error:
                form.add_error(None, str(error))
            else:
                address = request.build_absolute_uri(reverse("releases:fetch", args=[secret]))
                links.tell(person, release, address)
                form = LinkForm(audience=release.audience)
    context = {
        "release": release,
        "form": form,
        "address": address,
        "links": release.links.select_related("person"),
        "days": links.LASTS.days,
    }
    return render(request, "releases/hand_over.html", context)


@seen_by(signed_in)
def fetch(request: HttpRequest, secret: str) -> HttpResponseBase:
    """A release that somebody gave me: the button fetches it, once."""
    link = links.find_link(request.user, secret)
    if link is None:
        raise Http404
    if not is_mfa_enabled(request.user):
        messages.warning(request, "Set up a second factor first: this is not for everybody.")
        return redirect("mfa_index")
    problem = ""
    if request.method == "POST":
        try:
            parcel = links.fetch(request, link)
        except ReleaseError as error:
            problem = str(error)
        else:
            return attachment(parcel.name, parcel.size, parcel.content)
    entry, agreement = links.released(link.release)
    context = {
        "link": link,
        "release": link.release,
        "works": links.works(link) and not problem,
        "problem": problem,
        "sealed": sent_sealed(entry, agreement),
    }
    return render(request, "releases/fetch.html", context, status=200 if context["works"] else 410)
