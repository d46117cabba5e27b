"""The addresses of counting people: for monitoring analysts, each in their own area."""

from __future__ import annotations

from typing import Any

from address_table import Address, Asked
from monitoring_rows import a_client, a_service
from people_rows import called

from sharewell.service.monitoring.people.linking import find_who_is_who

ANALYST = ("monitoring analyst",)


def _record(asked: Asked) -> dict[str, Any]:
    if asked.role not in ANALYST:
        return {"pseudonym": "0" * 32}
    client = a_client(a_service())
    find_who_is_who()
    return {"pseudonym": called(client)}


def _pair(asked: Asked) -> dict[str, Any]:
    if asked.role not in ANALYST:
        return {"one": "0" * 32, "other": "1" * 32}
    one, other = a_client(a_service()), a_client(a_service())
    find_who_is_who()
    return {"one": called(one), "other": called(other)}


def _of_who_does_not_consent(_asked: Asked) -> dict[str, Any]:
    return {"pseudonym": called(a_client(a_service(), consent="N"))}


def _with_who_does_not_consent(asked: Asked) -> dict[str, Any]:
    consents = _record(asked)["pseudonym"]
    return {"one": consents, "other": called(a_client(a_service(), consent="N"))}


ADDRESSES = {
    "monitoring:count": Address(ANALYST),
    "monitoring:find_who_is_who": Address(ANALYST, answers=(302,), method="post"),
    "monitoring:doubts": Address(ANALYST),
    "monitoring:next_doubt": Address(ANALYST, answers=(302,)),
    "monitoring:oddities": Address(ANALYST),
    "monitoring:person": Address(ANALYST, _record, _of_who_does_not_consent),
    "monitoring:pair": Address(ANALYST, _pair, _with_who_does_not_consent),
}
