"""The addresses of the public register, and of those who keep it."""

from __future__ import annotations

from datetime import date
from typing import Any

from address_table import EVERYBODY, SIGNED_IN, Address, Asked
from register_rows import AGREEMENT, edition

from sharewell.service.register.models import Applicant, Edition, Series
from sharewell.service.register.taking import Intake

KEEPERS = ("administrator", "data protection officer")


def taken_in() -> Edition:
    """A small register of one agreement, with an edition before it."""
    intake = Intake(Series.OFFICIAL, "a test")
    intake.take_in(edition(digest="1" * 64, published=date(2023, 12, 1), files=[]))
    return intake.take_in(edition(digest="2" * 64)).edition


def _edition(_asked: Asked) -> dict[str, Any]:
    return {"slug": taken_in().slug}


def _table(_asked: Asked) -> dict[str, Any]:
    return {"slug": taken_in().slug, "table": "files"}


def _reference(_asked: Asked) -> dict[str, Any]:
    taken_in()
    return {"reference": AGREEMENT.reference}


def _organisation(_asked: Asked) -> dict[str, Any]:
    taken_in()
    return {"slug": Applicant.objects.get(name=AGREEMENT.organisation).slug}


def _nothing(_asked: Asked) -> dict[str, Any]:
    taken_in()
    return {}


ADDRESSES = {
    "register:search": Address(EVERYBODY, _nothing),
    "register:editions": Address(EVERYBODY, _nothing),
    "register:edition": Address(EVERYBODY, _edition, lambda _: {"slug": "2001-01"}),
    "register:changes": Address(EVERYBODY, _edition, lambda _: {"slug": "2001-01"}),
    "register:csv": Address(EVERYBODY, _table, lambda _: {"slug": "2001-01", "table": "files"}),
    "register:json": Address(EVERYBODY, _table, lambda _: {"slug": "2001-01", "table": "x"}),
    "register:organisations": Address(EVERYBODY, _nothing),
    "register:organisation": Address(EVERYBODY, _organisation, lambda _: {"slug": "nobody"}),
    "register:organisation-files": Address(EVERYBODY, _organisation, lambda _: {"slug": "nobody"}),
    "register:atom": Address(EVERYBODY, _organisation, lambda _: {"slug": "nobody"}),
    "register:agreement": Address(EVERYBODY, _reference, lambda _: {"reference": "none"}),
    "register:files": Address(EVERYBODY, _reference, lambda _: {"reference": "none"}),
    "register:versions": Address(EVERYBODY, _reference, lambda _: {"reference": "none"}),
    "register:import": Address(KEEPERS),
    "register:import-own": Address(KEEPERS, method="post", answers=(302,)),
    "register:page": Address(SIGNED_IN, _nothing),
}
