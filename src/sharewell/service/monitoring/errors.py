"""What a person can mend."""

from __future__ import annotations

from collections.abc import Mapping


class MonitoringFault(Exception):
    """Something that cannot be done as asked; the message says what to do."""


class Conflict(MonitoringFault):
    """Somebody else changed the same fields meanwhile. Nothing was saved, and nothing is lost.

    ``theirs`` is what they put, by field; ``merged`` everything as it would be with both changes
    and, where they clash, one's own; ``version`` what to begin from to save that.
    """

    def __init__(self, theirs: Mapping[str, str], merged: Mapping[str, str], version: int) -> None:
        super().__init__("Somebody else changed the same fields while you did.")
        self.theirs, self.merged, self.version = theirs, merged, version
