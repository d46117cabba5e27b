"""Whom a table counts, as sets of ICD-10 codes: which lies inside which, and what makes up what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sharewell.catalogue.codelists import CodeList


@dataclass(frozen=True)
class Population:
    """Whom a table counts: ICD-10 code prefixes in one position (see `codelists`)."""

    position: str
    codes: frozenset[str]

    @classmethod
    def of(cls, code_list: CodeList) -> Population:
        return cls(code_list.position, frozenset(code_list.codes))


@dataclass(frozen=True)
class Condition:
    """Whom a cell counts: a named population, narrowed to ICD-10 prefixes by position."""

    name: str
    limits: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def narrowed(self, position: str, code: str) -> Condition:
        """Only those with ``code`` in ``position``."""
        limits = dict(self.limits)
        before = limits.get(position)
        if before is None or any(code.startswith(each) for each in before):
            limits[position] = (code,)
        else:
            limits[position] = tuple(each for each in before if each.startswith(code)) or (code,)
        return Condition(self.name, tuple(sorted(limits.items())))

    def inside(self, other: Condition) -> bool:
        """Whether everyone counted here is counted in ``other`` too."""
        mine = dict(self.limits)
        for position, codes in other.limits:
            own = mine.get(position)
            if position == "any" and (own is None or not _covered(own, codes)):
                own = mine.get("primary")  # the primary diagnosis is one of all diagnoses
            if own is None or not _covered(own, codes):
                return False
        return self.name == other.name

    def apart(self, other: Condition) -> bool:
        """Whether nobody can be counted in both."""
        theirs = dict(other.limits)
        return any(
            position != "any"
            and position in theirs
            and not any(a.startswith(b) or b.startswith(a) for a in codes for b in theirs[position])
            for position, codes in self.limits
        )

    def made_of(self, parts: Sequence[Condition]) -> bool:
        """Whether ``parts``, which lie apart and inside, hold everyone counted here."""
        for position, codes in self.limits:
            rest = tuple(limit for limit in self.limits if limit[0] != position)
            union = [code for part in parts for code in dict(part.limits).get(position, ())]
            same = all(tuple(x for x in p.limits if x[0] != position) == rest for p in parts)
            if position != "any" and same and _covered(codes, union):
                return True
        return False


def _covered(codes: Sequence[str], by: Sequence[str]) -> bool:
    return all(any(code.startswith(prefix) for prefix in by) for code in codes)


def condition_of(population: Population | str) -> Condition:
    """The condition that a table's population sets on all its cells."""
    if isinstance(population, str):
        return Condition(population)
    return Condition("", ((population.position, tuple(sorted(population.codes))),))
