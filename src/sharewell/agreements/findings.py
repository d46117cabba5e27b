"""What clauses say of a request, and how the one that serves it best is found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeVar, get_args

from sharewell.agreements.model import Act, Agreement, Clause
from sharewell.agreements.request import Request

FLOW_ACTS: tuple[str, ...] = get_args(Act)
AnyClause = TypeVar("AnyClause", bound=Clause)


@dataclass(frozen=True)
class Finding:
    """What one clause says of a request: it grants it, or it refuses it."""

    clause: Clause
    verdict: Literal["grants", "refuses"]
    because: str
    remedy: str = ""


def grant(clause: Clause, because: str) -> Finding:
    """The clause allows it."""
    return Finding(clause, "grants", because)


def refuse(clause: Clause, because: str, remedy: str) -> Finding:
    """The clause does not allow it; the remedy says what would help."""
    return Finding(clause, "refuses", because, remedy)


def listed(names: Iterable[object]) -> str:
    """Names in one line, in an order that does not depend on the file's."""
    return ", ".join(sorted({str(name) for name in names})) or "none"


def same(one: str, other: str) -> bool:
    """Whether two names are the same but for case and outer spaces."""
    return one.strip().casefold() == other.strip().casefold()


def among(wanted: str, names: Iterable[str]) -> bool:
    """Whether one of the names is the `same`."""
    return any(same(wanted, name) for name in names)


def outside(request: Request, first: date, last: date | None = None) -> bool:
    """Whether the data asked for begin or end outside a period."""
    said = [day for day in (request.first, request.last) if day]
    return any(day < first or (last is not None and day > last) for day in said)


def least_refused(
    clauses: Iterable[AnyClause], judge: Callable[[AnyClause], Iterable[Finding]]
) -> tuple[tuple[Finding, ...], AnyClause]:
    """Of several clauses that could grant, the one with the least against it; ids break ties."""
    judged = ((tuple(judge(clause)), clause) for clause in clauses)
    return min(judged, key=lambda pair: (len(pair[0]), pair[1].id))


def short_name(agreement: Agreement, name: str) -> str:
    """A party's short name, or the name as asked when it is no party."""
    party = agreement.organisation(name)
    return party.short if party else name


def actors(agreement: Agreement, request: Request) -> tuple[str, ...]:
    """Who is said to do it: in a flow the sender, in any other act everyone named."""
    named = (request.by,) if request.act in FLOW_ACTS else (request.by, request.to)
    return tuple(dict.fromkeys(short_name(agreement, name) for name in named if name))
