"""Public pages may be kept by caches for a while, and asked for again by their tag."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import conditional_page, require_safe

FRESH = 300  # seconds


def kept_by_caches(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For whoever is not signed in: a tag of the content, and five minutes to keep it."""
    tagged = conditional_page(view)

    @require_safe
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **given: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **given)
        response = tagged(request, *args, **given)
        patch_cache_control(response, public=True, max_age=FRESH)
        return response

    return answer
