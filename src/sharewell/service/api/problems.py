"""Every error as a problem (RFC 9457): what is wrong, and in ``remedy`` what to do next."""

from __future__ import annotations

import json
import logging
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

_log = logging.getLogger(__name__)

_TITLES = {
    400: "The request cannot be understood",
    401: "A token is needed",
    403: "Not allowed",
    404: "Not found",
    409: "It cannot be done now",
    422: "A value is wrong",
    500: "Sharewell failed",
}


class Refusal(Exception):
    """The request is refused, with what to do next."""

    def __init__(self, status: int, detail: str, remedy: str) -> None:
        super().__init__(detail)
        self.status, self.detail, self.remedy = status, detail, remedy


def problem(
    request: HttpRequest, status: int, detail: str, remedy: str, **more: Any
) -> HttpResponse:
    """The answer; ``instance`` is the number of the request, by which logs speak of it."""
    body = {
        "type": "about:blank",
        "title": _TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "remedy": remedy,
        "instance": f"urn:uuid:{request.id}",
        **more,
    }
    response = HttpResponse(
        json.dumps(body), status=status, content_type="application/problem+json"
    )
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def answer_with_problems(api: NinjaAPI) -> None:
    """Has the API say every error in this form."""

    @api.exception_handler(Refusal)
    def refused(request: HttpRequest, error: Refusal) -> HttpResponse:
        return problem(request, error.status, error.detail, error.remedy)

    @api.exception_handler(AuthenticationError)
    def unknown(request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
        return problem(request, 401, "This needs a token.", "Make one in My account, API tokens.")

    @api.exception_handler(Http404)
    def missing(request: HttpRequest, _error: Http404) -> HttpResponse:
        remedy = "Check the address; /api/v1/ lists what there is."
        return problem(request, 404, "There is nothing here, or nothing that is yours.", remedy)

    @api.exception_handler(ValidationError)
    def wrong(request: HttpRequest, error: ValidationError) -> HttpResponse:
        errors = [
            {"where": ".".join(map(str, each["loc"])), "what": each["msg"]} for each in error.errors
        ]
        remedy = "Correct the values named in 'errors'."
        return problem(request, 422, "Values are missing or wrong.", remedy, errors=errors)

    @api.exception_handler(HttpError)
    def other(request: HttpRequest, error: HttpError) -> HttpResponse:
        remedy = "Compare the request with /api/v1/."
        return problem(request, error.status_code, str(error), remedy)

    @api.exception_handler(Exception)
    def failed(request: HttpRequest, error: Exception) -> HttpResponse:
        _log.exception("The API failed.", exc_info=error)
        remedy = "Try again later; tell an administrator the number in 'instance'."
        return problem(request, 500, "An error in Sharewell, which is noted in its log.", remedy)
