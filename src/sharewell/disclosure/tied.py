"""What a derivation in words asks of published tables that are tied to each other.

Tables linked by their columns (`filelinks`) and by what they count (`relations`) both have it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from sharewell.disclosure.system import System


class Tied(Protocol):
    """Published tables as one system of counts, with a name for each count."""

    @property
    def system(self) -> System:
        """What the tables print as bounds, and which counts are sums of which."""

    @property
    def named(self) -> int:
        """How many counts have coordinates of their own; what follows are rests."""

    def name(self, cell: int, labels: Mapping[str, Mapping[str, str]] | None = None) -> str:
        """A count in words."""

    def printed_as(self, cell: int) -> list[tuple[str, str]]:
        """What each table prints for a count: (table's name, printed)."""
