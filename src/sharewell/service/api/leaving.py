"""Tokens of those who leave. They stop working when the account closes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from sharewell.service.accounts.interface import also_held
from sharewell.service.api.models import Token


@also_held
def tokens(person: Any) -> Iterator[str]:
    """Those that still work."""
    for token in Token.objects.filter(
        person=person, revoked__isnull=True, expires__gt=timezone.now()
    ):
        yield f"The API token '{token.name}'."
