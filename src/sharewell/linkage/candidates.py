"""Candidates: pairs of attributors with one part different, and how probably they are one's."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from sharewell.linkage.calendar import heaped_days
from sharewell.linkage.evidence import (
    CLASSES,
    SHAPE,
    Evidence,
    class_of,
    not_rarer,
    usual,
    weigh,
)
from sharewell.linkage.groups import components
from sharewell.linkage.links import Links, Policy
from sharewell.linkage.places import (
    DISTRICT,
    RELATIONS,
    USUAL,
    Places,
    make_places,
    own_relations,
)
from sharewell.linkage.records import Ints, Records
from sharewell.linkage.steps import STEPS, Nodes, marginals, pairs
from sharewell.linkage.variants import Variants

Floats = npt.NDArray[np.float64]


def candidates(
    people: Records, node: Ints, nodes: Nodes, entity: Ints, times: Ints, policy: Policy
) -> tuple[Links, Evidence, Variants]:
    """Every pair worth keeping, and the evidence for each kind."""
    entities = int(entity.max()) + 1 if len(entity) else 0
    owner = entity[node]
    places = make_places(owner, people.district, people.sector, entities)
    kind = class_of(times)
    sources = np.bincount(kind, minlength=len(CLASSES)).astype(float)
    chance, by_chance = _chances(nodes, entity, kind, places)
    found, expected = np.zeros(SHAPE), np.zeros(SHAPE)
    blocks: list[tuple[Ints, ...]] = []
    chances: list[Floats] = []
    for number, step in enumerate(STEPS):
        for c in range(len(CLASSES)):
            mine = kind == c
            expected[number, :, c] = chance[number, mine] @ by_chance[mine]
        for one, two in _oriented(pairs(step, nodes), entity, times):
            relation = places.relation(entity[one], entity[two])
            np.add.at(found[number], (relation, kind[one]), 1)
            by_luck = chance[number, one] * by_chance[one, relation]
            # Where chance alone makes several such pairs for this one attributor, none can be
            # told from the others: they are counted, and not kept.
            few = by_luck < 2.0
            which = np.full(int(few.sum()), number)
            blocks.append((one[few], two[few], which, relation[few], kind[one[few]]))
            chances.append(by_luck[few])
    own, repeats = _repeats(people, owner, nodes, entity, places)
    assumed = usual(repeats, (own + 20 * USUAL) / (own.sum() + 20))
    evidence = weigh(found, expected, assumed, sources)
    rate = evidence.same / np.maximum(sources, 1)
    one, two, which, relation, k = (
        (np.concatenate(column) for column in zip(*blocks, strict=True))
        if blocks
        else (np.empty(0, np.int64) for _ in range(5))
    )
    odds = rate[which, relation, k] / np.maximum(np.concatenate(chances), 1e-12)
    probability, errors, variance = _probabilities(one, two, relation, odds, len(nodes), policy)
    linked = probability >= policy.sure
    if policy.district_must_agree:
        linked &= relation <= DISTRICT
    kept = np.flatnonzero(linked | (probability >= policy.doubtful))
    kept = kept[np.lexsort((two[kept], one[kept]))]
    links = Links(
        nodes.packed[one], nodes.packed[two], which, relation, k, probability, linked
    ).take(kept)
    return links, evidence, Variants(errors, variance, len(people))


def _chances(nodes: Nodes, entity: Ints, kind: Ints, places: Places) -> tuple[Floats, Floats]:
    """``[step, node]``, how many others not rarer stand so to a node by chance; and
    ``[node, relation]``, the chances of the relations with them."""
    chance = np.zeros((len(STEPS), len(nodes)))
    heaped = heaped_days(nodes.born)
    by_chance = np.zeros((len(nodes), len(RELATIONS)))
    for c in range(len(CLASSES)):
        mine, weight = kind == c, not_rarer(kind, c)
        common = marginals(nodes, weight, 0.5, heaped)
        for number, step in enumerate(STEPS):
            chance[number, mine] = np.maximum(step.expected(nodes, common)[mine], 0)
        others = places.by_chance(
            np.bincount(entity, weight, places.districts.owners).astype(float)
        )
        by_chance[mine] = others[entity[mine]]
    return chance, by_chance


def _repeats(
    people: Records, owner: Ints, nodes: Nodes, entity: Ints, places: Places
) -> tuple[Floats, float]:
    """How the places of one person's records stand to each other, as counts of `RELATIONS`; and
    how many records there are beyond each person's first. People who share an attributor by
    chance, and twice the standard error of their number, are taken off."""
    every = np.ones(len(nodes))
    common = marginals(nodes, every, 1.0, heaped_days(nodes.born))
    twins = common.initials[nodes.first, nodes.last, nodes.sex] * common.on_day(nodes)
    owners = places.districts.owners
    others = places.by_chance(np.bincount(entity, every, owners).astype(float))
    by_luck = twins @ others[entity]
    own = own_relations(owner, people.district, people.sector, owners)
    alike = float(twins.sum()) / 2
    repeats = len(people) - owners - alike - 2 * alike**0.5
    return np.maximum(own - by_luck - 2 * np.sqrt(by_luck), 0), max(repeats, 0.0)


def _oriented(
    found: Iterator[tuple[Ints, Ints]], entity: Ints, times: Ints
) -> Iterator[tuple[Ints, Ints]]:
    """Pairs of different people, the rarer attributor first."""
    for left, right in found:
        apart = entity[left] != entity[right]
        left, right = left[apart], right[apart]
        turned = (times[left] > times[right]) | ((times[left] == times[right]) & (left < right))
        yield np.where(turned, right, left), np.where(turned, left, right)


def _probabilities(
    one: Ints, two: Ints, relation: Ints, odds: Floats, size: int, policy: Policy
) -> tuple[Floats, float, float]:
    """Each candidate's probability: an attributor is in error for one person at most.

    And how many attributors are in error, found by a district that agrees, with the variance.
    """
    if not len(one):
        return odds, 0.0, 0.0
    alone = odds / (1 + _with_rivals(one, two, odds, np.arange(len(one)), size)[0])
    # Candidates that are one person themselves are no rivals of each other.
    first = alone >= policy.sure
    group = components(size, one[first], two[first])[two]
    against, best = _with_rivals(one, two, odds, group, size)
    near = best[relation[best] <= DISTRICT]
    total = np.bincount(one[best], weights=odds[best], minlength=size)
    error = np.bincount(one[near], weights=odds[near], minlength=size) / (1 + total)
    return odds / (1 + against), float(error.sum()), float((error * (1 - error)).sum())


def _with_rivals(one: Ints, two: Ints, odds: Floats, group: Ints, size: int) -> tuple[Floats, Ints]:
    """For each candidate, its odds and those of the best of every other group of the same
    ``one``, together; and the rows that are their group's best."""
    key = one * max(size, len(one)) + group
    order = np.lexsort((two, -odds, key))
    start = np.concatenate([[True], np.diff(key[order]) != 0])
    best = order[start]
    total = np.bincount(one[best], weights=odds[best], minlength=size)
    mine = np.empty_like(odds)
    mine[order] = odds[best][np.cumsum(start) - 1]
    return total[one] - mine + odds, best
