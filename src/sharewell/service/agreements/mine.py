"""What access lists say of a person, for them to download."""

from __future__ import annotations

from typing import Any

from sharewell.flows.reviewing import access_list
from sharewell.service.accounts.interface import also_recorded
from sharewell.service.agreements.interface import at_hand
from sharewell.service.home import home


@also_recorded("access lists")
def lists(person: Any) -> list[dict[str, Any]]:
    """Each list that they are on: in which role, by whom, until when, and their training."""
    return [
        {
            "agreement": reference,
            "role": named.role,
            "authorised by": named.approved_by,
            "authorised": named.approved.isoformat(),
            "until": named.approval_ends.isoformat() if named.approval_ends else None,
            "trained": named.trained.isoformat() if named.trained else None,
        }
        for reference in dict.fromkeys(agreement.reference for agreement in at_hand())
        for named in access_list(home(), reference)
        if named.person == str(person.pk)
    ]
