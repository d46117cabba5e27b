"""New agreements: a file is uploaded, or a few steps of questions make the same file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from sharewell.agreements import Agreement, AgreementError, read_agreement
from sharewell.agreements.lifecycle import MANAGER
from sharewell.flows.agreeing import draft
from sharewell.flows.errors import FlowError
from sharewell.service.accounts.interface import acting_person
from sharewell.service.agreements.draft_forms import LONGEST, UploadForm
from sharewell.service.agreements.guide import MORE, STEPS, Guide, as_file
from sharewell.service.agreements.interface import at_hand
from sharewell.service.gate import role, seen_by
from sharewell.service.home import home

manager = role(MANAGER)
_GUIDE = "new agreement"
_MOST_PROBLEMS = 50


@seen_by(manager)
def new(request: HttpRequest) -> HttpResponse:
    """Uploads a file, or begins the guided form."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        file, yielded = form.cleaned_data["file"], form.cleaned_data["yielded"]
        done = keep(request, form, file.read(), file.name, yielded)
        if done:
            return done
    return render(
        request, "agreements/new.html", {"form": form, "begun": _GUIDE in request.session}
    )


@seen_by(manager)
def step(request: HttpRequest, number: int) -> HttpResponse:
    """One step of the guided form, counted from 1."""
    if not 1 <= number <= len(STEPS):
        raise Http404
    if int(request.META.get("CONTENT_LENGTH") or 0) > LONGEST:
        raise RequestDataTooBig(f"A step may have {LONGEST:,} bytes.")
    guide = Guide(request.session.get(_GUIDE, {}))
    sent = request.POST if request.method == "POST" else None
    if sent is not None:
        guide.keep(number - 1, sent)
        request.session[_GUIDE] = guide.kept
        if MORE in sent:
            return redirect("agreements:step", number)
    forms = guide.forms(number - 1)
    if sent is not None and all(form.is_valid() for form in forms):
        return (
            redirect("agreements:step", number + 1)
            if number < len(STEPS)
            else redirect("agreements:check")
        )
    context = {
        "form": forms,
        "parts": list(zip(STEPS[number - 1].parts, forms, strict=True)),
        "number": number,
        "step": STEPS[number - 1],
        "steps": STEPS,
    }
    return render(request, "agreements/step.html", context)


@seen_by(manager)
def check(request: HttpRequest) -> HttpResponse:
    """What the answers make, to download or to keep as a draft."""
    guide = Guide(request.session.get(_GUIDE, {}))
    if (missing := guide.unfinished()) is not None:
        messages.warning(request, f"Step {missing + 1} is not finished.")
        return redirect("agreements:step", missing + 1)
    raw = as_file(guide.answers())
    if "download" in request.GET:
        return download(raw, "agreement.yaml")
    form = UploadForm(request.POST or None)
    del form.fields["file"]
    problems: tuple[Any, ...] = ()
    if form.is_valid():
        done = keep(request, form, raw, "The form", form.cleaned_data["yielded"])
        if done:
            del request.session[_GUIDE]
            return done
    else:
        try:
            read_agreement(raw, "The form")
        except AgreementError as error:
            problems = error.problems
    context = {"form": form, "text": raw.decode("utf-8"), "problems": problems, "steps": STEPS}
    return render(request, "agreements/check.html", context)


def keep(
    request: HttpRequest, form: Any, raw: bytes, file: str, yielded: str, reference: str = ""
) -> HttpResponse | None:
    """Keeps a text as a draft and goes to its page; or says on the form what is wrong."""

    def made() -> Agreement:
        person = acting_person(request.user, role=MANAGER, agreement=reference)
        today = timezone.localdate()
        return draft(home(), person, at_hand(), raw, on=today, yielded=yielded, file=file)

    agreement = attempt(form, made)
    if agreement is None:
        return None
    messages.success(request, f"{agreement.name} is a draft.")
    return redirect("agreements:draft", agreement.name)


def attempt(form: Any, act: Callable[[], Any]) -> Any:
    """What ``act`` gives; None when it cannot be done, and the form says why."""
    try:
        return act()
    except AgreementError as error:
        found = [str(problem) for problem in error.problems]
        more = len(found) - _MOST_PROBLEMS
        form.add_error(None, found[:_MOST_PROBLEMS] + ([f"And {more} more."] if more > 0 else []))
    except FlowError as error:
        form.add_error(None, str(error))
    return None


def download(raw: bytes, name: str) -> HttpResponse:
    """A file to keep."""
    response = HttpResponse(raw, content_type="application/yaml")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
