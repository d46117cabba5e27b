"""Version 1. An app joins by a module ``api`` with a ``router`` (see `interface`)::

    add_scopes({"agreements:read": "Read agreements."})
    router = Router(tags=["Agreements"])

    @router.get("/", auth=Needs("agreements:read", "auditor"))
    def agreements(request): ...

Its addresses begin with the app's label. What declares no ``auth`` needs a token for nothing that
exists, so it is closed; what is open says ``auth=None``.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from django.apps import apps
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.module_loading import module_has_submodule
from ninja import NinjaAPI, Router, Schema

from sharewell.service.api.problems import Refusal, answer_with_problems
from sharewell.service.api.tokens import SCOPES, Needs
from sharewell.service.gate import public, seen_by, token
from sharewell.service.home import home
from sharewell.service.recording import record_access


def closed(_request: HttpRequest) -> None:
    """What declares nothing is closed to everybody."""
    raise Refusal(403, "This is closed.", "Nobody has said yet who may use it.")


api = NinjaAPI(
    title="Sharewell",
    version="1",
    description="The public register is open; everything else needs a token.",
    urls_namespace="api:v1",
    docs_url=None,
    auth=closed,
)
answer_with_problems(api)
ledger = Router(tags=["Ledger"])


class Head(Schema):
    """The ledger as it stands: its length, and the hash that fixes all of it."""

    seq: int
    hash: str


@ledger.get("/head", response=Head, auth=Needs("ledger:read", "auditor", "administrator"))
def head(request: HttpRequest) -> Any:
    """The head of the ledger, to be kept elsewhere and compared later."""
    now = home().ledger.head()
    record_access(request, "The head of the ledger.")
    return {"seq": now.seq, "hash": now.hash}


@seen_by(public)
def documentation(request: HttpRequest) -> HttpResponse:
    """What the API offers, from its own description."""
    schema = api.get_openapi_schema()
    operations = [
        {"method": method.upper(), "path": path, **operation}
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    context = {"operations": operations, "scopes": SCOPES.items(), "host": request.get_host()}
    return render(request, "api/documentation.html", context)


def _routers() -> Iterator[tuple[str, Router]]:
    yield "ledger", ledger
    for app in apps.get_app_configs():
        here = app.name.startswith("sharewell.service.")
        if here and module_has_submodule(app.module, "api"):
            yield app.label, import_module(f"{app.name}.api").router


def _addresses() -> list[Any]:
    """The addresses of all routers, each declared at the gate; names begin with the label."""
    is_open = {"openapi-json", "api-root"}
    for label, router in _routers():
        api.add_router(f"/{label}", router, url_name_prefix=label)
        if router.auth is None:
            is_open.add(label)
    patterns, _, _ = api.urls
    for pattern in patterns:
        label = pattern.name.split("_")[0]
        seen_by(public if label in is_open else token)(pattern.callback)
    return patterns


patterns = _addresses()
