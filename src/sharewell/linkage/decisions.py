"""What people decided about pairs of clients: a log that only grows, and what stands by it.

A merge says that two client records are one person, a split that they are not, and either is
undone by leaving the pair open again. Nothing is overwritten: what stands is worked out from the
whole log, and so are people, each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Verdict = Literal["same", "different", "open"]
Pair = tuple[str, str]
Codes = tuple[int, int]


class DecisionError(ValueError):
    """A decision that contradicts what stands, or is not about two clients."""


@dataclass(frozen=True)
class Decision:
    """One person's decision about two clients, at a moment, with the reason."""

    verdict: Verdict
    left: str
    right: str
    by: str
    at: datetime
    why: str

    @property
    def pair(self) -> Pair:
        """The two clients, in order."""
        return (self.left, self.right) if self.left < self.right else (self.right, self.left)


@dataclass(frozen=True)
class Standing:
    """Pairs of clients that are one person, and pairs that are not, by decision."""

    same: frozenset[Pair] = frozenset()
    different: frozenset[Pair] = frozenset()

    def coded(self, names: Sequence[str]) -> tuple[list[Codes], list[Codes]]:
        """The pairs as `link` takes them, with the place of each client in ``names`` as its code;
        pairs of which one client is not there are left out."""
        place = {name: code for code, name in enumerate(names)}

        def known(pairs: frozenset[Pair]) -> list[Codes]:
            return sorted((place[a], place[b]) for a, b in pairs if a in place and b in place)

        return known(self.same), known(self.different)


def standing(log: Iterable[Decision]) -> Standing:
    """What stands: the latest decision about each pair, in the order of the log."""
    latest = {decision.pair: decision.verdict for decision in log}
    return Standing(
        frozenset(pair for pair, verdict in latest.items() if verdict == "same"),
        frozenset(pair for pair, verdict in latest.items() if verdict == "different"),
    )


def history(log: Iterable[Decision], *clients: str) -> tuple[Decision, ...]:
    """Every decision about any of these clients, in the order of the log."""
    wanted = set(clients)
    return tuple(decision for decision in log if wanted & {decision.left, decision.right})


def decide(log: Sequence[Decision], decision: Decision) -> tuple[Decision, ...]:
    """The log with one decision more.

    Raises `DecisionError` when it is about one client alone, gives no reason, or would make two
    clients one person that a standing decision keeps apart; the message names those decisions.
    """
    if decision.left == decision.right:
        raise DecisionError(f"{decision.left} is one client. Name two to merge or split.")
    if not decision.why.strip():
        raise DecisionError("Give the reason: whoever looks at it next needs it.")
    grown = (*log, decision)
    now = standing(grown)
    group = _groups(now.same)
    for left, right in sorted(now.different):
        if left in group and group.get(left) == group.get(right):
            chain = sorted(pair for pair in now.same if group[pair[0]] == group[left])
            joined = ", ".join(f"{a} and {b}" for a, b in chain)
            raise DecisionError(
                f"{left} and {right} cannot be kept apart and be one person. By decision, one "
                f"person: {joined}. Leave one of these pairs open, or {left} and {right}."
            )
    return grown


def _groups(pairs: Iterable[Pair]) -> dict[str, str]:
    """The representative of each client in the groups that the pairs join."""
    parent: dict[str, str] = {}

    def root(client: str) -> str:
        parent.setdefault(client, client)
        while parent[client] != client:
            client = parent[client] = parent[parent[client]]
        return client

    for left, right in pairs:
        parent[root(left)] = root(right)
    return {client: root(client) for client in list(parent)}
