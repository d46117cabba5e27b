"""Releases for tests: small invented files under an entry, as preparing them leaves it."""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.utils import timezone
from openpyxl import Workbook

from sharewell.agreements import Request, decide
from sharewell.flows.preparing import Declared, as_rows, check_prepared
from sharewell.ledger import Entry
from sharewell.service.accounts.interface import acting_person
from sharewell.service.accounts.models import User
from sharewell.service.agreements.interface import at_hand, governing
from sharewell.service.home import home
from sharewell.service.releases import actions
from sharewell.service.releases.models import Link, Release
from sharewell.service.releases.states import State

HERS, OTHERS = "DARS-NIC-612092-Q0Y6F", "DARS-NIC-687582-X2P3K"
TABLE = "assault-monthly"
ANALYST = "serious violence analyst"
SAID = Declared("Figures for the yearly report on serious violence.", "They continue it.", False)
CSV = f"{TABLE}.csv"
FILES = {
    CSV: b"area,month,count\nNorth,2025-04,120\nSouth,2025-04,*\n",
    "index.html": b"<!DOCTYPE html><title>x</title><style>p{}</style><h1>Assaults</h1>"
    b"<p>South is <b>withheld</b>.</p><table><tr><th>Area</th></tr><tr><td>North</td></tr></table>",
    "disclosure.json": b'{"rule": {"id": "hes-2018", "title": "HES analysis guide"}, "width": 8, '
    b'"tables": [{"id": "assault-monthly", "withheld_by_repair": 3}], "attack": {"linked_cells": '
    b'40, "attacked_cells": 9, "exact": 0, "narrow": 0, "known_from_earlier_releases_alone": 0}, '
    b'"compared_with": [], "not_compared_with": ["an older one"], "proof": {"sha256": "ab12"}}',
    "inside/review.html": b"<h1>What was found</h1><p>South could be known.</p>",
}

TOLD = {
    "id": TABLE,
    "title": "Assaults by month",
    "dataset": "hes_apc",
    "first": "1999-04-01",  # before any table that the tests make of records
    "last": "1999-06-30",
}


@dataclass(frozen=True)
class Asking:
    """A request, as far as actions need one."""

    user: User
    id: str = "a-request"


def workbook() -> bytes:
    """A workbook of two sheets."""
    book = Workbook()
    book.active.title = "Notes"
    book.active.append(["Figures of invented people"])
    book.create_sheet("Table 1").append(["North", 120])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def prepare_entry(
    requester: User,
    *,
    audience: str = "public",
    files: dict[str, bytes] | None = None,
    inputs: tuple[int, ...] = (),
    kind: str = "prepared",
) -> Entry:
    """What the ledger holds once a release is prepared (or, by its kind, out)."""
    today = timezone.localdate()
    agreement = governing(tuple(a for a in at_hand() if a.reference == HERS), today)
    act = "publish" if audience == "public" else "share"
    asked = Request(act=act, on=today, by="Home Office", to=audience, audience=audience)
    flow = next(f for f in agreement.flows if f.act == act and audience in f.to)
    return home().ledger.append(
        kind,
        actor=acting_person(requester, role=ANALYST).as_actor(),
        body={
            "act": act,
            "request": secrets.token_hex(4),
            "release": f"20261124-{act}-612092-{audience}-{secrets.token_hex(3)}",
            "agreement": agreement.name,
            "reference": HERS,
            "to": audience,
            "on": today.isoformat(),
            "decisions": [decide(agreement, asked).as_dict()],
            "clause": flow.id,
            "unsuppressed": False,
            "synthetic": True,
            "inputs": list(inputs),
            "tables": [TOLD],
            "protection": [{"table": TABLE, "rules": ["hes-2018"], "cells": {"exact": 1}}],
        },
        files=[home().files.put_bytes(n, data) for n, data in (files or FILES).items()],
    )


def a_release(
    requester: User, state: State = State.REVIEW, *, reference: str = HERS, **options: Any
) -> Release:
    """A release in a state, as if everything before had happened."""
    facts: dict[str, Any] = {}
    audience = options.get("audience", "public")
    if state not in (State.PREPARING, State.STOPPED):
        entry = prepare_entry(requester, **options)
        agreement = next(a for a in at_hand() if a.name == entry.body["agreement"])
        checks = check_prepared(home(), entry, agreement, SAID, timezone.localdate())
        facts = {
            "name": entry.body["release"],
            "prepared": entry.seq,
            "checks": as_rows(checks),
            "checked": timezone.now(),
        }
    if state == State.RELEASED:
        kind = "publish" if audience == "public" else "share"
        facts["released"] = prepare_entry(requester, **options, kind=kind).seq
    return Release.objects.create(
        requester=requester,
        role=ANALYST,
        reference=reference,
        agreement=f"{reference}-v1.3",
        audience=audience,
        tables=[TABLE],
        context=SAID.context,
        earlier=SAID.earlier,
        state=state,
        **facts,
    )


def review_by(reviewer: User, release: Release, *, approve: bool = True, comment: str = "") -> None:
    """One verdict."""
    said = comment or ("" if approve else "Too fine.")
    actions.give_verdict(Asking(reviewer), release, approve=approve, comment=said)


def approved(requester: User, make_person: Callable[..., User], **options: Any) -> Release:
    """A release that two people approved."""
    release = a_release(requester, **options)
    for _ in range(2):
        review_by(make_person("output reviewer"), release)
    release.refresh_from_db()
    return release


def linked(person: User, secret: str, requester: User) -> Link:
    """A link of a person to a release for the police."""
    return Link.objects.create(
        release=a_release(requester, State.RELEASED, audience="police"),
        person=person,
        digest=sha256(secret.encode()).hexdigest(),
        expires=timezone.now() + timedelta(days=1),
    )
