"""The addresses of releases. The Home Office is a party of HERS and not of OTHERS."""

from __future__ import annotations

import secrets
from typing import Any

from address_table import EVERYBODY, SIGNED_IN, Address, Asked
from release_rows import CSV, HERS, OTHERS, a_release, linked, prepare_entry

from sharewell.service.releases.models import Release
from sharewell.service.releases.states import State

ASKERS = ("serious violence analyst", "drugs analyst", "monitoring analyst")
MANAGER = "agreement manager"
READERS = (*ASKERS, "output reviewer", "auditor", MANAGER)


def _mine(asked: Asked, state: State, **options: Any) -> Release:
    """One that the asker asked for: their own pages."""
    return a_release(asked.person or asked.make_person(), state, **options)


def _in_reach(asked: Asked) -> Release:
    """One that the asker may see: as its requester, reviewer or auditor, or because its requester
    left."""
    if asked.role in ASKERS:
        return _mine(asked, State.REVIEW)
    if asked.role == MANAGER:
        return a_release(asked.make_person())
    return a_release(asked.make_person("serious violence analyst"))


def _elsewhere(asked: Asked) -> dict[str, Any]:
    """Somebody else's, under an agreement that the asker's organisation is no party of."""
    return {"release_id": a_release(asked.make_person(), State.PREPARING, reference=OTHERS).pk}


def _published(_asked: Asked) -> str:
    return str(prepare_entry(_asked.make_person(), kind="publish").body["release"])


def _link(asked: Asked, *, own: bool) -> dict[str, str]:
    secret = secrets.token_urlsafe(8)
    person = asked.person if own and asked.person else asked.make_person()
    linked(person, secret, asked.make_person())
    return {"secret": secret}


ADDRESSES = {
    "releases:list": Address(READERS),
    "releases:choose": Address(ASKERS),
    "releases:ask": Address(ASKERS, lambda _: {"reference": HERS}, lambda _: {"reference": OTHERS}),
    "releases:release": Address(READERS, lambda a: {"release_id": _in_reach(a).pk}, _elsewhere),
    "releases:file": Address(
        (*ASKERS, "output reviewer"),
        lambda a: {"release_id": _in_reach(a).pk, "name": CSV},
        lambda a: _elsewhere(a) | {"name": CSV},
    ),
    "releases:review": Address(
        ("output reviewer",), lambda a: {"release_id": _in_reach(a).pk}, _elsewhere
    ),
    "releases:let_out": Address(
        ASKERS, lambda a: {"release_id": _mine(a, State.APPROVED).pk}, _elsewhere
    ),
    "releases:withdraw": Address(
        (*ASKERS, MANAGER), lambda a: {"release_id": _in_reach(a).pk}, _elsewhere
    ),
    "releases:hand_over": Address(
        ASKERS,
        lambda a: {"release_id": _mine(a, State.RELEASED, audience="police").pk},
        _elsewhere,
    ),
    "releases:fetch": Address(
        SIGNED_IN, lambda a: _link(a, own=True), lambda a: _link(a, own=False)
    ),
    "releases:published": Address(EVERYBODY),
    "releases:published_release": Address(
        EVERYBODY, lambda a: {"name": _published(a)}, lambda _: {"name": "of-nobody"}
    ),
    "releases:published_see": Address(
        EVERYBODY,
        lambda a: {"name": _published(a), "file": "index.html"},
        lambda a: {"name": _published(a), "file": "inside/review.html"},
    ),
    "releases:published_get": Address(
        EVERYBODY,
        lambda a: {"name": _published(a), "file": CSV},
        lambda a: {"name": _published(a), "file": "inside/review.html"},
    ),
}
