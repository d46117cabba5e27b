"""The addresses of agreements. The Home Office is a party of HERS and not of OTHERS."""

from __future__ import annotations

from address_table import Address, Asked
from agreement_texts import standing_draft

READERS = (
    "agreement manager",
    "signatory",
    "data supplier",
    "serious violence analyst",
    "drugs analyst",
    "monitoring analyst",
    "output reviewer",
    "auditor",
)
MANAGER = ("agreement manager",)
SIGNATORY = ("signatory",)
DRAFT_READERS = (*MANAGER, *SIGNATORY, "auditor")
REVIEWERS = (*MANAGER, "auditor")
HERS, OTHERS = "DARS-NIC-612092-Q0Y6F", "DARS-NIC-687582-X2P3K"


def _own(_asked: Asked) -> dict[str, str]:
    return {"reference": HERS}


def _other(_asked: Asked) -> dict[str, str]:
    return {"reference": OTHERS}


def _pair(reference: str, old: str, new: str) -> dict[str, str]:
    return {"reference": reference, "old": old, "new": new}


def _draft(_asked: Asked) -> dict[str, str]:
    return {"name": standing_draft(HERS, "90.0", "Home Office")}


def _other_draft(_asked: Asked) -> dict[str, str]:
    return {"name": standing_draft(OTHERS, "90.0", "DBT")}


ADDRESSES = {
    "agreements:new": Address(MANAGER),
    "agreements:step": Address(MANAGER, lambda _: {"number": 1}, lambda _: {"number": 99}),
    "agreements:check": Address(MANAGER, answers=(302,)),
    "agreements:draft": Address(DRAFT_READERS, _draft, _other_draft),
    "agreements:draft_file": Address(DRAFT_READERS, _draft, _other_draft),
    "agreements:change": Address(MANAGER, _draft, _other_draft),
    "agreements:issue": Address(MANAGER, _draft, _other_draft),
    "agreements:withdraw": Address(MANAGER, _draft, _other_draft),
    "agreements:sign": Address(SIGNATORY, _draft, _other_draft),
    "agreements:unsign": Address(SIGNATORY, _draft, _other_draft),
    "agreements:amend": Address(MANAGER, _own, _other),
    "agreements:renew": Address(MANAGER, _own, _other),
    "agreements:end": Address(MANAGER, _own, _other),
    "agreements:file": Address(
        READERS,
        lambda _: {"reference": HERS, "version": "1.3"},
        lambda _: {"reference": OTHERS, "version": "0.10"},
    ),
    "agreements:list": Address(READERS),
    "agreements:agreement": Address(READERS, _own, _other),
    "agreements:access": Address(REVIEWERS, _own, _other),
    "agreements:name": Address(MANAGER, _own, _other),
    "agreements:remove": Address(
        MANAGER,
        lambda _: {"reference": HERS, "person": "somebody"},
        lambda _: {"reference": OTHERS, "person": "somebody"},
    ),
    "agreements:ask": Address(READERS, _own, _other),
    "agreements:changes": Address(
        READERS,
        lambda _: _pair(HERS, "0.2", "1.3"),
        lambda _: _pair(OTHERS, "0.10", "0.10"),
    ),
    "agreements:version": Address(
        READERS,
        lambda _: {"reference": HERS, "version": "0.2"},
        lambda _: {"reference": OTHERS, "version": "0.10"},
    ),
}
