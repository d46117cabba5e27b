"""What somebody typed and has not saved: kept by the server with each pause, for them alone.

A draft is what the form sent, sealed under the service's key. It is dropped when the form is
saved, and after a week.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import QueryDict
from django.utils import timezone

from sharewell.service.monitoring.keys import key_store
from sharewell.service.monitoring.models import Draft, Service
from sharewell.service.monitoring.reach import acting, drafts
from sharewell.service.monitoring.sealing import seal, unseal

KEPT = timedelta(days=7)
_NOT_TYPED = ("csrfmiddlewaretoken", "form", "keep", "right")
_WHAT = "draft"


def keep(service: Service, form: str, typed: QueryDict | Mapping[str, str]) -> None:
    """Keeps what was typed into a form so far, in place of what was kept before."""
    key_store().make([service.pk])
    lists = typed.lists() if isinstance(typed, QueryDict) else ((n, [v]) for n, v in typed.items())
    given = {name: values for name, values in lists if name not in _NOT_TYPED}
    sealed = seal(service.pk, _WHAT, given)
    kept = drafts().filter(service=service, form=form).update(sealed=sealed, at=timezone.now())
    if not kept:
        Draft.objects.bulk_create(
            [Draft(person_id=acting(), service=service, form=form, sealed=sealed)],
            update_conflicts=True,
            unique_fields=["person", "service", "form"],
            update_fields=["sealed", "at"],
        )


def kept(service: Service, form: str) -> QueryDict | None:
    """What was typed, as the form would send it; None where nothing was."""
    found = drafts().filter(service=service, form=form, at__gt=timezone.now() - KEPT).first()
    if found is None:
        return None
    typed = QueryDict(mutable=True)
    given: Mapping[str, Sequence[str]] = unseal(service.pk, _WHAT, found.sealed)
    for name, values in given.items():
        typed.setlist(name, list(values))
    return typed


def drop(service: Service, form: str) -> None:
    """Forgets what was typed into a form, and whatever is older than a week."""
    drafts().filter(service=service, form=form).delete()
    drafts().filter(at__lt=timezone.now() - KEPT).delete()


@dataclass(frozen=True)
class Waiting:
    """A form that was begun and not saved: its address, what it is called, and since when."""

    address: str
    title: str
    at: datetime


def waiting(service: Service) -> list[Waiting]:
    """Forms of the person that were begun and not saved, the latest first. The draft of a page is
    called by the address of the page, and says what it is in ``title``."""
    found = drafts().filter(service=service, at__gt=timezone.now() - KEPT)
    return [
        Waiting(each.form, unseal(service.pk, _WHAT, each.sealed).get("title", [""])[0], each.at)
        for each in found.filter(form__startswith="/")
    ]
