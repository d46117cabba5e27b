"""Writes to the ledger what people saw, what was decided for them, and what they may do."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from sharewell.flows.access import Access
from sharewell.flows.access import record_access as _record
from sharewell.flows.people import Person
from sharewell.ledger import Entry
from sharewell.service.accounts.interface import acting_person
from sharewell.service.home import home

INSTALLATION = Person("installation", "Installation", "", "whoever runs the service")
"""Who acts when nobody has an account yet."""


def record_access(
    request: HttpRequest,
    what: str,
    *,
    act: str = "read",
    agreement: str = "",
    clause: str = "",
    allowed: bool = True,
    role: str = "",
) -> Entry:
    """Appends that the signed-in person read ``what``, or that it was decided for them.

    ``act`` is 'read' for unpublished or personal data, 'decide' for a decision; ``agreement`` and
    ``clause`` name what it rests on; ``role`` the role in which they act, where they hold several.
    """
    person = acting_person(request.user, role=role, agreement=agreement)
    return _record(home(), person, act, Access(what, agreement, clause, allowed, request.id))


def record_refused_page(request: HttpRequest, audience: str) -> None:
    """Appends that somebody who is signed in asked for a page that is not for them."""
    record_access(
        request, f"{request.method} {request.path}: for {audience}", act="decide", allowed=False
    )


def record_account(by: Any, what: str, *, role: str = "") -> Entry:
    """Appends a change to accounts and to what people may do; ``by`` None is the installation."""
    person = INSTALLATION if by is None else acting_person(by, role=role)
    return _record(home(), person, "account", Access(what))


def record_work(by: Any, what: str, *, role: str = "") -> Entry:
    """Appends what long work did that somebody asked for; ``by`` None is the installation."""
    person = INSTALLATION if by is None else acting_person(by, role=role)
    return _record(home(), person, "decide", Access(what))
