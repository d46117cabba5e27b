"""The addresses of the API, and of one's own tokens. Without a token: 401."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from address_table import EVERYBODY, SIGNED_IN, Address, Asked
from addresses_register import taken_in
from register_rows import AGREEMENT

from sharewell.service.accounts.models import User
from sharewell.service.api.tokens import make


def _slug(_asked: Asked) -> dict[str, Any]:
    return {"slug": taken_in().slug}


def _table(_asked: Asked) -> dict[str, Any]:
    return {"slug": taken_in().slug, "table": "files"}


def _reference(_asked: Asked) -> dict[str, Any]:
    taken_in()
    return {"reference": AGREEMENT.reference}


def _nothing(_asked: Asked) -> dict[str, Any]:
    taken_in()
    return {}


def _service(_asked: Asked) -> dict[str, Any]:
    return {"code": "HATCH01"}


def _upload(_asked: Asked) -> dict[str, Any]:
    return {"code": "HATCH01", "upload_id": uuid4()}


def _token(person: User | None) -> dict[str, Any]:
    return {"token_id": make(person, "A script", ["ledger:read"], 1)[0].pk}


ADDRESSES = {
    "api:documentation": Address(EVERYBODY),
    "api:v1:openapi-json": Address(EVERYBODY),
    "api:v1:api-root": Address(EVERYBODY, answers=(404,)),
    "api:v1:register_editions": Address(EVERYBODY, _nothing),
    "api:v1:register_edition": Address(EVERYBODY, _slug, lambda _: {"slug": "2001-01"}),
    "api:v1:register_table": Address(
        EVERYBODY, _table, lambda _: {"slug": "2001-01", "table": "files"}
    ),
    "api:v1:register_agreements": Address(EVERYBODY, _nothing),
    "api:v1:register_agreement": Address(EVERYBODY, _reference, lambda _: {"reference": "none"}),
    "api:v1:ledger_head": Address(EVERYBODY, answers=(401,)),
    "api:v1:agreements_agreements": Address(EVERYBODY, answers=(401,)),
    "api:v1:agreements_agreement": Address(
        EVERYBODY, lambda _: {"reference": "none"}, answers=(401,)
    ),
    "api:v1:agreements_decide": Address(
        EVERYBODY, lambda _: {"reference": "none"}, answers=(401,), method="post"
    ),
    "api:v1:releases_releases": Address(EVERYBODY, answers=(401,)),
    "api:v1:releases_ask": Address(EVERYBODY, answers=(401,), method="post"),
    "api:v1:releases_release": Address(
        EVERYBODY, lambda _: {"release_id": uuid4()}, answers=(401,)
    ),
    "api:v1:releases_withdraw": Address(
        EVERYBODY, lambda _: {"release_id": uuid4()}, answers=(401,), method="post"
    ),
    "api:v1:monitoring_uploads": Address(EVERYBODY, _service, answers=(401,)),
    "api:v1:monitoring_send": Address(EVERYBODY, _service, answers=(401,), method="post"),
    "api:v1:monitoring_upload": Address(EVERYBODY, _upload, answers=(401,)),
    "api:v1:monitoring_findings": Address(EVERYBODY, _upload, answers=(401,)),
    "api:v1:monitoring_apply": Address(EVERYBODY, _upload, answers=(401,), method="post"),
    "api:v1:monitoring_undo": Address(EVERYBODY, _upload, answers=(401,), method="post"),
    "tokens:list": Address(SIGNED_IN),
    "tokens:make": Address(SIGNED_IN),
    "tokens:revoke": Address(
        SIGNED_IN,
        lambda asked: _token(asked.person or asked.make_person()),
        lambda asked: _token(asked.make_person()),
        answers=(302,),
        method="post",
    ),
}
