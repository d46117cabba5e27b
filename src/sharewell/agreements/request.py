"""What is asked of an agreement, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Any, get_args

from sharewell.agreements.errors import Problem, RequestError
from sharewell.agreements.model import Act, Question

ACTS: tuple[str, ...] = (*get_args(Act), *get_args(Question))


@dataclass(frozen=True, kw_only=True)
class Request:
    """One thing that somebody wants to do.

    Only what is said is judged, and all of it: a field left as None or () is not part of the
    question. Flows say all they know; a person who asks "may LSE have ethnicity?" says just that.
    """

    act: str
    on: date
    by: str | None = None
    role: str | None = None
    to: str | None = None
    dataset: str | None = None
    table: str | None = None
    measures: tuple[str, ...] = ()
    breakdowns: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None
    with_data: str | None = None
    keys: tuple[str, ...] = ()
    territory: str | None = None
    storage: str | None = None
    cloud: str | None = None
    audience: str | None = None
    rule: str | None = None
    unsuppressed: bool | None = None
    purpose: str | None = None
    met: tuple[str, ...] | None = None
    """The remote access conditions that are met, where the access is remote."""

    def __post_init__(self) -> None:
        """Raises RequestError for an unknown verb, an empty name, and a period that runs back."""
        if self.act not in ACTS:
            raise _wrong(f"'{self.act}' cannot be asked.", f"Ask one of: {', '.join(ACTS)}.")
        for field in fields(self):
            value = getattr(self, field.name)
            names = value if isinstance(value, tuple) else (value,)
            if any(isinstance(name, str) and not name.strip() for name in names):
                raise _wrong(f"'{field.name}' is empty.", "Leave it out, or say what it is.")
        if self.first and self.last and self.first > self.last:
            raise _wrong(
                f"The data asked for end on {self.last}, before they start on {self.first}.",
                "Swap the dates.",
            )


def _wrong(message: str, remedy: str) -> RequestError:
    return RequestError((Problem(message, remedy),))


@dataclass(frozen=True)
class Cited:
    """A clause that decided, its words, and why it decided so."""

    id: str
    words: str
    because: str
    remedy: str = ""


@dataclass(frozen=True)
class Decision:
    """Allowed or refused, by which clauses, and what would make it allowed."""

    allowed: bool
    agreement: str
    request: Request
    clauses: tuple[Cited, ...]

    @property
    def would_allow(self) -> tuple[str, ...]:
        """What would have to change, one sentence for each refusing clause."""
        return tuple(dict.fromkeys(cited.remedy for cited in self.clauses if cited.remedy))

    def as_dict(self) -> dict[str, Any]:
        """The decision as plain values, dates as ISO text, unsaid fields left out."""
        said = (
            (field.name, getattr(self.request, field.name))
            for field in fields(self.request)
            if getattr(self.request, field.name) != field.default
        )
        asked = {
            key: value.isoformat() if isinstance(value, date) else value for key, value in said
        }
        return {
            "allowed": self.allowed,
            "agreement": self.agreement,
            "request": {k: list(v) if isinstance(v, tuple) else v for k, v in asked.items()},
            "clauses": [
                {"id": cited.id, "words": cited.words, "because": cited.because}
                for cited in self.clauses
            ],
            "would_allow": list(self.would_allow),
        }

    def sentence(self) -> str:
        """The decision in one readable paragraph."""
        verdict = "Allowed" if self.allowed else "Refused"
        reasons = " ".join(
            f'Clause {cited.id} says "{cited.words}" {cited.because}' for cited in self.clauses
        )
        remedy = "" if self.allowed else " " + " ".join(self.would_allow)
        return f"{verdict} under {self.agreement}. {reasons}{remedy}".strip()
