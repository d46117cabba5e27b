"""What stops somebody, with a sentence that says what to do."""

from __future__ import annotations

from sharewell.flows.errors import FlowError


class ReleaseError(FlowError):
    """It cannot be done with this release, or not by this person, or not now."""
