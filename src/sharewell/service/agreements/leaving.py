"""What those who leave were on, by agreement."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sharewell.flows.reviewing import access_list
from sharewell.service.accounts.interface import also_held
from sharewell.service.agreements.interface import at_hand
from sharewell.service.home import home


@also_held
def lists(person: Any) -> Iterator[str]:
    """The access lists that they are still on."""
    for reference in dict.fromkeys(agreement.reference for agreement in at_hand()):
        if str(person.pk) in {named.person for named in access_list(home(), reference)}:
            yield f"A place on the access list of {reference}: take them off it."
