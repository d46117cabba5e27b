"""Where people live, as evidence: which postcode districts and sectors a person has ever had."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sharewell.linkage.records import Ints

Floats = npt.NDArray[np.float64]

SECTOR, DISTRICT, UNKNOWN, ELSEWHERE = range(4)
RELATIONS = (
    "the postcode sector agrees",
    "the postcode district agrees",
    "no postcode to compare",
    "the postcode district differs",
)
USUAL = np.array([0.55, 0.08, 0.12, 0.25])
"""How one person's records usually stand to each other: assumed until the data say more."""


@dataclass(frozen=True)
class Having:
    """Which codes each owner has: ``keys`` are owner x `BASE` + code, sorted and distinct."""

    keys: Ints
    owners: int

    @property
    def owner(self) -> Ints:
        """The owner of each key."""
        return self.keys // BASE

    @property
    def code(self) -> Ints:
        """The code of each key."""
        return self.keys % BASE


BASE = 1 << 20


def having(owner: Ints, code: Ints, owners: int) -> Having:
    """Who has which code; codes below 0 are not known. Raises ValueError for too many codes."""
    if len(code) and code.max() >= BASE:
        raise ValueError(f"There are more than {BASE:,} different places.")
    known = code >= 0
    return Having(np.unique(owner[known] * BASE + code[known]), owners)


def share_by_chance(having_: Having, weight: Floats) -> Floats:
    """For each owner, the chance that another has one of its codes.

    ``weight`` is how much each owner counts among the others.
    """
    codes, place = np.unique(having_.code, return_inverse=True)
    common = np.bincount(place, weights=weight[having_.owner], minlength=len(codes))
    share = common / max(float(weight.sum()), 1e-12)
    total = np.bincount(having_.owner, weights=share[place], minlength=having_.owners)
    return np.minimum(total, 1.0)


def shared(having_: Having, left: Ints, right: Ints) -> tuple[npt.NDArray[np.bool_], Ints]:
    """Whether each pair of owners has a code in common, and how many codes the poorer one has."""
    starts = np.searchsorted(having_.keys, np.arange(having_.owners + 1) * BASE)
    many = np.diff(starts)
    pair = np.repeat(np.arange(len(left)), many[left])
    within = np.arange(len(pair)) - np.repeat(np.cumsum(many[left]) - many[left], many[left])
    code = having_.keys[starts[left][pair] + within] % BASE
    wanted = right[pair] * BASE + code
    at = np.minimum(np.searchsorted(having_.keys, wanted), len(having_.keys) - 1)
    hit = having_.keys[at] == wanted if len(having_.keys) else np.zeros(0, np.bool_)
    found = np.bincount(pair[hit], minlength=len(left)) > 0
    return found, np.minimum(many[left], many[right])


@dataclass(frozen=True)
class Places:
    """The districts and sectors of every owner."""

    sectors: Having
    districts: Having

    def relation(self, left: Ints, right: Ints) -> Ints:
        """Which of the `RELATIONS` each pair of owners is in: the closest that holds."""
        near, _ = shared(self.sectors, left, right)
        same, known = shared(self.districts, left, right)
        return np.where(
            near, SECTOR, np.where(same, DISTRICT, np.where(known == 0, UNKNOWN, ELSEWHERE))
        )

    def by_chance(self, weight: Floats) -> Floats:
        """``[owner, relation]``: the chance of each of the `RELATIONS` with somebody else.

        ``weight`` is how much each owner counts among the others.
        """
        known = np.zeros(len(weight), np.bool_)
        known[self.districts.owner] = True
        unknown = weight[~known].sum() / max(float(weight.sum()), 1e-12)
        near = share_by_chance(self.sectors, weight)
        same = np.maximum(share_by_chance(self.districts, weight), near)
        rest = np.where(known, np.maximum(1 - unknown - same, 0), 0)
        return np.stack([near, same - near, np.where(known, unknown, 1.0), rest], axis=1)


def make_places(owner: Ints, district: Ints, sector: Ints, owners: int) -> Places:
    """The places of owners 0 to ``owners`` - 1."""
    return Places(having(owner, sector, owners), having(owner, district, owners))


def own_relations(owner: Ints, district: Ints, sector: Ints, owners: int) -> Floats:
    """How often each of the `RELATIONS` holds between a record and its person's other records.

    Counts, over the records of owners with at least two: what one person's records look like.
    """
    many = np.bincount(owner, minlength=owners)
    others_known = np.bincount(owner[district >= 0], minlength=owners)[owner] - (district >= 0)
    near = _repeated(owner, sector)
    same = _repeated(owner, district)
    unknown = (district < 0) | (others_known == 0)
    relation = np.where(
        near, SECTOR, np.where(same, DISTRICT, np.where(unknown, UNKNOWN, ELSEWHERE))
    )
    return np.bincount(relation[many[owner] > 1], minlength=4).astype(float)


def _repeated(owner: Ints, code: Ints) -> npt.NDArray[np.bool_]:
    _, place, many = np.unique(owner * BASE + code, return_inverse=True, return_counts=True)
    found: npt.NDArray[np.bool_] = (code >= 0) & (many[place] > 1)
    return found
