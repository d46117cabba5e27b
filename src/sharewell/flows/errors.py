"""What can stop a flow, each with a sentence that says what to do next."""

from __future__ import annotations

from sharewell.agreements import Decision


class FlowError(Exception):
    """Something a user can mend: a missing file, an unknown name, data not yet imported."""


class NotPermitted(FlowError):
    """The person's role does not include this verb (asked before the agreement is)."""


class Refused(FlowError):
    """The agreement does not allow it. The refusal is already in the ledger."""

    def __init__(self, decision: Decision, entry: int) -> None:
        self.decision = decision
        self.entry = entry
        super().__init__(f"{decision.sentence()} (Recorded as ledger entry {entry}.)")
