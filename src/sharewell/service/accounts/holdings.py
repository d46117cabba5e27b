"""What a person may hold that others must take over: each app says its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sharewell.service.accounts.models import User

HOLDINGS: list[Callable[[User], Iterable[str]]] = []
"""Each gives sentences."""
