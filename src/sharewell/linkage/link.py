"""Which records are one person's: exact attributors, then one part relaxed at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sharewell.linkage.attributor import Attributor
from sharewell.linkage.candidates import candidates
from sharewell.linkage.evidence import Evidence
from sharewell.linkage.groups import components, grouped_apart
from sharewell.linkage.links import Links, Policy
from sharewell.linkage.records import Bools, Ints, Records, pack, unpack
from sharewell.linkage.steps import make_nodes
from sharewell.linkage.variants import Variants
from sharewell.linkage.words import explain_kind

Floats = npt.NDArray[np.float64]
Codes = Iterable[tuple[int, int]]


@dataclass(frozen=True)
class Linked:
    """Who is who.

    For each record, ``exact`` is the number of its person by attributor and client record alone,
    ``person`` that after the steps and all decisions; -1 for the dummy attributor. ``links``:
    what was linked by a step or left to a clerk. ``decided``: rows of it that somebody decided.
    """

    exact: Ints
    person: Ints
    links: Links
    decided: Bools
    evidence: Evidence
    variants: Variants
    policy: Policy

    @property
    def doubtful(self) -> Bools:
        """Which of the links a clerk should look at."""
        p = self.links.probability
        result: Bools = (~self.links.linked | (p < self.policy.certain)) & ~self.decided
        return result

    @property
    def queue(self) -> Links:
        """What a clerk should look at, the most even first."""
        p = self.links.probability
        rows = np.flatnonzero(self.doubtful)
        order = np.lexsort((self.links.other[rows], self.links.rarer[rows], np.abs(p[rows] - 0.5)))
        return self.links.take(rows[order])

    def explain(self, row: int, of: Links | None = None) -> str:
        """In words, why a pair of ``of`` (default: `links`) was linked, or was not."""
        links = self.links if of is None else of
        kind = int(links.step[row]), int(links.relation[row]), int(links.times[row])
        why = explain_kind(
            kind,
            found=float(self.evidence.found[kind]),
            expected=float(self.evidence.expected[kind]),
            probability=float(links.probability[row]),
            linked=bool(links.linked[row]),
        )
        pair = f"{unpack(int(links.rarer[row]))} and {unpack(int(links.other[row]))}"
        return f"{pair}: {why[0].lower()}{why[1:]}"

    def attributors(self, person: int, records: Records) -> tuple[Attributor, ...]:
        """Every attributor of a person, in order."""
        packed = np.unique(pack(records.take(self.person == person)))
        return tuple(unpack(int(each)) for each in packed)


def link(
    records: Records,
    *,
    same: Codes = (),
    different: Codes = (),
    policy: Policy | None = None,
) -> Linked:
    """Finds who is who.

    ``same`` and ``different`` are pairs of client codes that somebody decided on; they stand
    above every rule. The order of the records makes no difference to who is who.
    """
    policy = policy or Policy()
    counted = np.flatnonzero(~records.dummy)
    people = records.take(counted)
    packed, node = np.unique(pack(people), return_inverse=True)
    nodes, size = make_nodes(packed), len(packed)
    clients, client = np.unique(people.client, return_inverse=True)
    rows = _registrations(people, node, client)
    at_node, at_client = node[rows], client[rows]
    # Each client once for each attributor that it ever had.
    held = np.unique(at_node * max(len(clients), 1) + at_client)
    held_node, held_client = np.divmod(held, max(len(clients), 1))
    entity = components(size + len(clients), held_node, size + held_client)[:size]
    times = np.bincount(held_node, minlength=size)
    links, evidence, variants = candidates(people.take(rows), at_node, nodes, entity, times, policy)
    one, two = np.searchsorted(packed, links.rarer), np.searchsorted(packed, links.other)
    together, apart = _coded(same, clients), _coded(different, clients)
    of_client = components(
        size + len(clients),
        np.concatenate([held_node, size + together[:, 0], one[links.linked]]),
        np.concatenate([size + held_client, size + together[:, 1], two[links.linked]]),
    )[size:]
    if len(apart):
        joins = _Joins(people.take(rows), at_node, at_client, one, two, links)
        of_client = _kept_apart(of_client, joins, together, apart)
    return Linked(
        _spread(_by_first(entity[node]), counted, len(records)),
        _spread(_by_first(of_client[client]), counted, len(records)),
        links,
        _are_decided(one, two, np.concatenate([together, apart]), held_node, held_client),
        evidence,
        variants,
        policy,
    )


def _registrations(people: Records, node: Ints, client: Ints) -> Ints:
    """One row for each client, attributor and place: a client's many visits are no more
    evidence than one."""
    if len(np.unique(client)) == len(client):
        return np.arange(len(client))
    columns = (people.sector, people.district, node, client)
    order = np.lexsort(columns)
    new = np.zeros(len(order), np.bool_)
    new[:1] = True
    for column in columns:
        new[1:] |= np.diff(column[order]) != 0
    return np.sort(order[new])


def _are_decided(one: Ints, two: Ints, pairs_: Ints, node: Ints, client: Ints) -> Bools:
    """Which links join attributors of two clients about whom somebody decided."""
    nodes_of = {c: node[client == c].tolist() for c in np.unique(pairs_).tolist()}
    known = {
        frozenset((a, b))
        for left, right in pairs_.tolist()
        for a in nodes_of[left]
        for b in nodes_of[right]
    }
    return np.array(
        [frozenset(pair) in known for pair in zip(one.tolist(), two.tolist(), strict=True)]
        if known
        else np.zeros(len(one)),
        np.bool_,
    )


@dataclass(frozen=True)
class _Joins:
    """What evidence joins clients: registrations, and links between their attributors."""

    people: Records
    node: Ints
    client: Ints
    one: Ints
    two: Ints
    links: Links

    def among(self, members: Ints) -> list[tuple[int, int]]:
        """Pairs of these clients, the strongest first: one attributor with the same sector,
        with the same district, alone; then links by probability."""
        rows = np.flatnonzero(np.isin(self.client, members))
        by_node: dict[int, list[tuple[int, int, int]]] = {}
        for row in rows.tolist():
            place = int(self.people.district[row]), int(self.people.sector[row])
            by_node.setdefault(int(self.node[row]), []).append((int(self.client[row]), *place))
        strength: dict[tuple[int, int], float] = {}

        def join(left: int, right: int, much: float) -> None:
            if left != right:
                pair = (min(left, right), max(left, right))
                strength[pair] = max(strength.get(pair, 0.0), much)

        for held in by_node.values():
            for number, (c, d, s) in enumerate(held):
                for c2, d2, s2 in held[:number]:
                    join(c, c2, 4.0 if s == s2 >= 0 else 3.0 if d == d2 >= 0 else 2.0)
        near = np.isin(self.one, list(by_node)) & self.links.linked
        for row in np.flatnonzero(near).tolist():
            for c, _, _ in by_node[int(self.one[row])]:
                for c2, _, _ in by_node.get(int(self.two[row]), []):
                    join(c, c2, float(self.links.probability[row]))
        return sorted(strength, key=lambda pair: (-strength[pair], pair))


def _kept_apart(of_client: Ints, joins: _Joins, same: Ints, different: Ints) -> Ints:
    """The person of each client, with those taken apart in whom decided clients differ."""
    left, right = of_client[different[:, 0]], of_client[different[:, 1]]
    members = np.flatnonzero(np.isin(of_client, left[left == right]))
    decided = [(a, b) for a, b in same.tolist() if of_client[a] in left[left == right]]
    apart = [(a, b) for a, b in different[left == right].tolist()]
    group = grouped_apart(members.tolist(), [*decided, *joins.among(members)], apart)
    fresh = of_client.copy()
    fresh[members] = of_client.max() + 1 + np.array([group[m] for m in members.tolist()], np.int64)
    return fresh


def _coded(given: Codes, clients: Ints) -> Ints:
    """Pairs of client codes as places in ``clients``; pairs with a client not here are left out."""
    array = np.array([tuple(pair) for pair in given], np.int64).reshape(-1, 2)
    if not len(array) or not len(clients):
        return array[:0]
    place = np.minimum(np.searchsorted(clients, array), len(clients) - 1)
    known: Ints = place[(clients[place] == array).all(1)]
    return known


def _by_first(given: Ints) -> Ints:
    """Labels 0, 1, 2 ... in order of first appearance."""
    _, first, place = np.unique(given, return_index=True, return_inverse=True)
    label: Ints = np.argsort(np.argsort(first))[place]
    return label


def _spread(values: Ints, rows: Ints, size: int) -> Ints:
    full = np.full(size, -1, np.int64)
    full[rows] = values
    return full
