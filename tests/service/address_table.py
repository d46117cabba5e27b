"""The form of the address table: one `Address` for each name, in ``addresses_<app>.py``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sharewell.service.accounts.models import User
from sharewell.service.accounts.roles import ROLES

ANONYMOUS, NO_ROLE = "anonymous", "no role"
EVERYBODY = (ANONYMOUS, NO_ROLE, *ROLES)
SIGNED_IN = (NO_ROLE, *ROLES)


@dataclass(frozen=True)
class Asked:
    """What a row may use to make its records: who asks (None when not signed in)."""

    person: User | None
    role: str
    make_person: Callable[..., User]


@dataclass(frozen=True)
class Address:
    """One address. ``seen_by``: which of `EVERYBODY` may see it; the rest get 403, and who is
    not signed in goes to sign in. ``own`` makes a record of the asker's, ``other`` one of
    somebody else's, and each gives the address's arguments. ``answers``: what those who may see
    it get, when it is not a page (200). ``other_answers``: what somebody else's record gets."""

    seen_by: tuple[str, ...]
    own: Callable[[Asked], dict[str, Any]] = field(default=lambda _asked: {})
    other: Callable[[Asked], dict[str, Any]] | None = None
    answers: tuple[int, ...] = (200,)
    other_answers: tuple[int, ...] = (404,)
    method: str = "get"
