"""What the other apps may ask about releases. They import nothing else of this app."""

from sharewell.service.releases.actions import (
    Wanted,
    ask_for,
    both_in,
    give_verdict,
    let_out,
    withdraw,
)
from sharewell.service.releases.checks import also_checked
from sharewell.service.releases.errors import ReleaseError
from sharewell.service.releases.permissions import (
    ASKERS,
    READERS,
    REVIEWER,
    may_review,
    visible_releases,
)
from sharewell.service.releases.states import State

__all__ = [
    "ASKERS",
    "READERS",
    "REVIEWER",
    "ReleaseError",
    "State",
    "Wanted",
    "also_checked",
    "ask_for",
    "both_in",
    "give_verdict",
    "let_out",
    "may_review",
    "visible_releases",
    "withdraw",
]
