"""`manage find_who_is_who`: finds who is who now, as it is done every night."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from sharewell.service.monitoring.people.linking import find_who_is_who


class Command(BaseCommand):
    """Finds which clients of all services are one person; nothing is done where nothing changed."""

    help = "Finds who is who among clients who consent. Have it run every night."

    def handle(self, *_: Any, **given: Any) -> None:
        """Says how many people there are of how many client records."""
        loud = given["verbosity"] > 1
        made = find_who_is_who(lambda _percent, words: self.stdout.write(words) if loud else None)
        self.stdout.write(
            f"{made.people:,} people of {made.clients:,} client records; by attributor alone "
            f"{made.exact:,}."
        )
