"""What happens to every request, whoever asks."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed, JsonResponse

Next = Callable[[HttpRequest], HttpResponseBase]


def name_request(get_response: Next) -> Next:
    """Gives each request a number, by which the ledger and the logs speak of it."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        request.id = str(uuid.uuid4())
        response = get_response(request)
        response["X-Request-ID"] = request.id
        return response

    return middleware


def usual_requests(get_response: Next) -> Next:
    """Refuses methods that only tell of the server itself, and programs that speak in the clear:
    sent on to HTTPS, nobody would notice that their token had crossed the network unsealed."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.method in ("TRACE", "TRACK", "CONNECT"):
            return HttpResponseNotAllowed(["GET", "HEAD", "POST", "OPTIONS"])
        if (
            settings.SECURE_SSL_REDIRECT
            and request.path.startswith("/api/v")
            and not (request.is_secure())
        ):
            problem = {
                "type": "about:blank",
                "title": "This is answered under HTTPS alone.",
                "status": 403,
                "detail": "Change http to https. If you sent a token, revoke it: it may have been "
                "read on the way.",
            }
            return JsonResponse(problem, status=403, content_type="application/problem+json")
        return get_response(request)

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
