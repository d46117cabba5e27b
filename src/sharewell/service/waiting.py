"""What waits for a person: each app says its own, and the first page shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Waiting:
    """One thing to do: what, why or until when, and where. ``status`` is a word for the tag."""

    title: str
    words: str
    address: str
    status: str = "To do"


Source = Callable[[Any], Iterable[Waiting]]
_SOURCES: list[Source] = []


def also_waits(source: Source) -> Source:
    """Adds what may wait for a person (a decorator). It asks for itself what they may do."""
    _SOURCES.append(source)
    return source


def waiting_for(user: Any) -> list[Waiting]:
    """Everything that waits for the person, app by app."""
    return [each for source in _SOURCES for each in source(user)]
