"""Lines of the log: nothing secret in them, and nothing that forges another line."""

from __future__ import annotations

import logging
import re
import secrets
import sys
from uuid import uuid4

import pytest
from django.test import Client

from sharewell.service.logs import Line
from sharewell.service.settings import LOGGING


def _line(message: str, **more: object) -> str:
    record = logging.LogRecord("django.request", logging.WARNING, "x", 1, message, (), None)
    record.__dict__.update(more)
    return Line().format(record)


def test_the_shipped_settings_write_such_lines() -> None:
    assert LOGGING["formatters"] == {"line": {"()": "sharewell.service.logs.Line"}}


@pytest.mark.parametrize("where", ["/join/{}/", "/releases/fetch/{}/", "/reset/key/1w-{}/"])
def test_the_secret_of_a_link_is_not_in_the_log(where: str) -> None:
    secret = secrets.token_urlsafe(32)
    line = _line(f"Not Found: {where.format(secret)}")
    assert secret not in line
    assert "(secret)" in line


def test_the_number_of_a_record_stays() -> None:
    number = str(uuid4())
    assert number in _line(f"Not Found: /releases/{number}/")
    assert "DARS-NIC-612092-Q0Y6F" in _line("Not Found: /agreements/DARS-NIC-612092-Q0Y6F/")


def test_a_line_break_in_a_message_begins_no_line() -> None:
    assert "\n" not in _line("Not Found: /x\r\n2026-11-28T09:00:00Z INFO all is well")


def test_times_are_utc_and_a_traceback_is_kept() -> None:
    assert re.match(r"1970-01-01T00:00:00Z WARNING django.request Gone", _line("Gone", created=0))
    try:
        raise ValueError("what went wrong")
    except ValueError:
        line = _line("It failed.", exc_info=sys.exc_info())
    assert "ValueError: what went wrong" in line.splitlines()[-1]


def test_a_link_that_is_gone_is_logged_without_it(caplog: pytest.LogCaptureFixture) -> None:
    secret = secrets.token_urlsafe(32)
    caplog.handler.setFormatter(Line())
    assert Client().get(f"/join/{secret}/").status_code == 410
    assert secret not in caplog.text
