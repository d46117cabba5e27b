"""What a person holds, and what is held about them, in each app, which says its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sharewell.service.accounts.models import User

HOLDINGS: list[Callable[[User], Iterable[str]]] = []
"""What others must take over when the person leaves: each gives sentences."""

RECORDS: dict[str, Callable[[User], object]] = {}
"""What is recorded of the person as a user, by a heading: each gives what JSON can keep."""
