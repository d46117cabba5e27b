"""What is recorded of a person's tokens, for them to download. Their secrets are kept by nobody."""

from __future__ import annotations

from typing import Any

from sharewell.service.accounts.interface import also_recorded
from sharewell.service.api.models import Token


@also_recorded("API tokens")
def tokens(person: Any) -> list[dict[str, Any]]:
    """Each token, and each request that came with it."""
    return [
        {
            "name": token.name,
            "scopes": token.scopes,
            "made": token.made.isoformat(),
            "expires": token.expires.isoformat(),
            "revoked": token.revoked.isoformat() if token.revoked else None,
            "uses": [
                {
                    "at": use.at.isoformat(),
                    "request": f"{use.method} {use.path}",
                    "refused": use.refused or None,
                }
                for use in token.uses.all()
            ],
        }
        for token in Token.objects.filter(person=person).prefetch_related("uses")
    ]
