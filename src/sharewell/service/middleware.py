"""What happens to every request, whoever asks."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

Next = Callable[[HttpRequest], HttpResponseBase]


def name_request(get_response: Next) -> Next:
    """Gives each request a number, by which the ledger and the logs speak of it."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        request.id = str(uuid.uuid4())
        response = get_response(request)
        response["X-Request-ID"] = request.id
        return response

    return middleware


def private_pages(get_response: Next) -> Next:
    """Keeps what signed-in people see out of every cache, and asks the browser for nothing."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            response["Cache-Control"] = "no-store"
        return response

    return middleware
