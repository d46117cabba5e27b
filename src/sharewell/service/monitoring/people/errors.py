"""What an analyst can mend."""

from __future__ import annotations

from sharewell.service.monitoring.errors import MonitoringFault


class NotFoundYet(MonitoringFault):
    """Who is who was never found, or must be found again."""

    def __init__(self) -> None:
        super().__init__("Who is who was not found yet. Have it found now, and come back.")
