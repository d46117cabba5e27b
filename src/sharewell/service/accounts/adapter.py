"""How sign-in fits this service: nobody signs up, people are invited."""

from __future__ import annotations

import logging
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.http import HttpRequest

from sharewell.service.accounts.letters import FAILURES

_log = logging.getLogger(__name__)
_SEALED = "sealed:"


class AccountAdapter(DefaultAccountAdapter):
    """People come by invitation."""

    error_messages: ClassVar = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "This email address and this password do not belong together. "
        "Check both, or set a new password.",
        "rate_limited": "Too many attempts. Wait a few minutes, then try again.",
    }

    def send_notification_mail(self, *what: Any, **more: Any) -> None:
        """Tells of a change that is made already: a mail server that is away undoes nothing."""
        try:
            super().send_notification_mail(*what, **more)
        except FAILURES:
            _log.exception("A notice of a change could not be sent.")

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's form
        """Never: see `invitations`."""
        return False


class SecondFactorAdapter(DefaultMFAAdapter):
    """What authenticator apps show, and how their secrets and the recovery codes are kept: under
    a key made from the installation's secret, so that reading the database gives nobody one."""

    def encrypt(self, text: str) -> str:
        """The text as the database keeps it."""
        return _SEALED + _seal().encrypt(text.encode()).decode("ascii")

    def decrypt(self, encrypted_text: str) -> str:
        """The text again. What was kept before there was a seal stands as it is."""
        sealed = encrypted_text.removeprefix(_SEALED)
        if sealed == encrypted_text:
            return encrypted_text
        return _seal().decrypt(sealed.encode("ascii")).decode()

    def get_totp_label(self, user: Any) -> str:
        """The email address."""
        return str(user.email)

    def get_totp_issuer(self) -> str:
        """The service."""
        return "Sharewell"


def _seal() -> MultiFernet:
    """Seals with the secret; opens with it and with those before it."""
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    keys = (sha256(b"second factors:" + secret.encode()).digest() for secret in secrets)
    return MultiFernet([Fernet(urlsafe_b64encode(key)) for key in keys])
