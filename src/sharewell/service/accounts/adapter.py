"""How sign-in fits this service: nobody signs up, people are invited."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """People come by invitation."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's form
        """Never: see `invitations`."""
        return False


class SecondFactorAdapter(DefaultMFAAdapter):
    """What authenticator apps show."""

    def get_totp_label(self, user: Any) -> str:
        """The email address."""
        return str(user.email)

    def get_totp_issuer(self) -> str:
        """The service."""
        return "Sharewell"
