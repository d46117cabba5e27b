"""Groups of what is joined; and with some kept apart, the strongest evidence first."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from sharewell.linkage.records import Ints


def components(size: int, left: Ints, right: Ints) -> Ints:
    if not size:
        return np.empty(0, np.int64)
    graph = coo_array((np.ones(len(left), np.int8), (left, right)), shape=(size, size))
    label: Ints = connected_components(graph, directed=False)[1].astype(np.int64)
    return label


def grouped_apart(
    members: Iterable[int],
    joins: Iterable[tuple[int, int]],
    different: Iterable[tuple[int, int]],
) -> dict[int, int]:
    """The group of each member, named by its lowest member.

    ``joins`` come strongest first; one that would bring two ``different`` members into a group
    is left out.
    """
    parent = {member: member for member in members}
    enemies: dict[int, set[int]] = {member: set() for member in parent}
    for left, right in different:
        enemies[left].add(right)
        enemies[right].add(left)

    def root(member: int) -> int:
        while parent[member] != member:
            parent[member] = parent[parent[member]]
            member = parent[member]
        return member

    for left, right in joins:
        one, two = sorted((root(left), root(right)))
        if one == two or any(root(enemy) == two for enemy in enemies[one]):
            continue
        parent[two] = one
        enemies[one] |= enemies.pop(two)
    return {member: root(member) for member in parent}
