"""Sends emails. A mail server that fails stops nobody's work; it is noted in the log."""

from __future__ import annotations

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail

_log = logging.getLogger(__name__)

FAILURES = (OSError, SMTPException)
"""What a mail server that is away, full or unwilling raises."""


def send(subject: str, text: str, to: str) -> bool:
    """Sends one email; False when the mail server did not take it. A line break in what somebody
    is called would begin another header, so the subject has none."""
    line = " ".join(f"Sharewell: {subject}".split())
    try:
        send_mail(line, text, settings.DEFAULT_FROM_EMAIL, [to])
    except FAILURES:
        _log.exception("The email '%s' could not be sent.", line)
        return False
    return True
