"""Rules for passwords beyond length and the list of common ones.

NCSC and ASVS 5.0 (6.2.5, 6.2.10) want neither composition rules nor regular change; the IMS
contract wants both. `SHAREWELL_PASSWORDS` chooses; docs/security.md explains the conflict.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone

IMS = "IMS"
IMS_LIFETIME = timedelta(days=60)
_KINDS = (
    ("a small letter", str.islower),
    ("a capital letter", str.isupper),
    ("a digit", str.isdigit),
    ("a sign such as ! or ?", lambda letter: not letter.isalnum()),
)
_CONTEXT = ("sharewell",)
SOON_GUESSED = 10**8
_LOOKED_AT = 64  # characters; the estimate takes ever longer for more of them


class NotAboutYou:
    """Refuses passwords made of the person's own name, email or organisation, or the service's."""

    def validate(self, password: str, user: Any = None) -> None:
        """ValidationError names what the password contains."""
        words = list(_CONTEXT)
        if user is not None:
            words += getattr(user, "name", "").lower().split()
            words.append(getattr(user, "email", "").lower().split("@")[0])
        for word in words:
            if len(word) >= 4 and word in password.lower():
                raise ValidationError(f"The password contains '{word}', which others can guess.")

    def get_help_text(self) -> str:
        """The rule."""
        return "It must not contain your name or email address."


class NotSoonGuessed:
    """Refuses what somebody would guess who begins with breached passwords: one of them, or one
    with digits behind it, letters turned into signs, repeated or run along the keyboard.

    The list of common passwords alone would do little here: hardly any has twelve characters.
    """

    def validate(self, password: str, user: Any = None) -> None:
        """ValidationError where fewer than `SOON_GUESSED` guesses find it, by zxcvbn's estimate
        (Wheeler, USENIX Security 2016)."""
        from zxcvbn import zxcvbn  # its lists take a while to load, and few requests need them

        about = [getattr(user, "name", ""), getattr(user, "email", "")] if user else []
        found = zxcvbn(password[:_LOOKED_AT], user_inputs=[each for each in about if each])
        if found["guesses"] < SOON_GUESSED:
            raise ValidationError(
                "The password is too much like those that people often choose, so it would soon be "
                "guessed. Three random words make a better one."
            )

    def get_help_text(self) -> str:
        """The rule."""
        return "It must not be like one that is often chosen, such as password-1234."


class ProfileComplexity:
    """Where the IMS profile is on: letters of both sizes, a digit and a sign."""

    def validate(self, password: str, user: Any = None) -> None:  # noqa: ARG002 - Django's form
        """ValidationError lists the kinds of letter that are missing."""
        if settings.PASSWORD_PROFILE != IMS:
            return
        missing = [name for name, is_kind in _KINDS if not any(map(is_kind, password))]
        if missing:
            raise ValidationError(f"The password needs {' and '.join(missing)}.")

    def get_help_text(self) -> str:
        """The rule."""
        if settings.PASSWORD_PROFILE != IMS:
            return "Three random words are a good one."
        return "It needs small and capital letters, a digit and a sign."


def expired(user: Any) -> bool:
    """Whether the profile wants a new password now."""
    return settings.PASSWORD_PROFILE == IMS and timezone.now() - user.password_set > IMS_LIFETIME
