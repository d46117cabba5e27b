"""Ends a session that was idle too long, or that lasted too long whatever happened in it."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

_STARTED, _SEEN = "started", "seen"
_NOTES = 60  # in the idle time; each writes to the database


def note_activity(request: HttpRequest) -> None:
    """The person is there: the idle time begins anew."""
    request.session[_SEEN] = int(time.time())


class SessionTimeouts:
    """See `SESSION_IDLE` and `SESSION_ABSOLUTE` in the settings."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Ends the session first where its time is up: the gate then sends to sign in again."""
        if request.user.is_authenticated:
            now = int(time.time())
            started = request.session.get(_STARTED, now)
            seen = request.session.get(_SEEN, now)
            idle = settings.SESSION_IDLE.total_seconds()
            if now - seen > idle:
                self._end(request, "You were signed out because you were not active for a while.")
            elif now - started > settings.SESSION_ABSOLUTE.total_seconds():
                self._end(request, "You were signed out because your session was long. Sign in.")
            elif _STARTED not in request.session or now - seen >= idle / _NOTES:
                request.session[_STARTED] = started
                note_activity(request)
        return self.get_response(request)

    @staticmethod
    def _end(request: HttpRequest, why: str) -> None:
        logout(request)
        messages.info(request, why)
