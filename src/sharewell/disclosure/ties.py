"""Which coordinates are sums of which, for the tables at hand.

The frame gives what it declares. Spans of days, populations and the codes that a table lists are
worked out from the coordinates that occur.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import permutations

from sharewell.disclosure.conditions import Condition, condition_of
from sharewell.disclosure.coordinates import (
    MEASURE,
    POPULATION,
    TIME,
    Axis,
    Read,
    Shown,
    owned,
)
from sharewell.disclosure.frame import Frame, joined_sums
from sharewell.disclosure.spans import pieces

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Tie:
    """On one coordinate, value ``whole`` is the sum of values ``parts`` when all else is equal.

    Values are numbers on the axis. ``complete``: the parts make up the whole, otherwise it may
    hold more. ``table`` limits the tie to wholes that stand in one table.
    """

    axis: str
    whole: int
    parts: tuple[int, ...]
    complete: bool = True
    table: int | None = None


def ties(
    frame: Frame, axes: Mapping[str, Axis], shown: Sequence[Shown], reads: Sequence[Read]
) -> list[Tie]:
    """Every tie among the values on ``axes``; values that only a tie names join them."""
    found = [
        *_declared(frame, axes, shown),
        *_times(axes[TIME]),
        *_listed(frame, axes[POPULATION], shown, reads),
        *_populations(axes[POPULATION]),
        *_measures(frame, axes[MEASURE]),
    ]
    seen: set[tuple[str, int, frozenset[int]]] = set()
    distinct = []
    # A tie that holds everywhere goes before the same one of a single table.
    for tie in sorted(found, key=lambda tie: (tie.table is not None, not tie.complete)):
        what = (tie.axis, tie.whole, frozenset(tie.parts))
        if what not in seen:
            seen.add(what)
            distinct.append(tie)
    return distinct


def _declared(frame: Frame, axes: Mapping[str, Axis], shown: Sequence[Shown]) -> Iterator[Tie]:
    for dimension in frame.dimensions:
        axis = axes[dimension.id]
        if frame.datasets and dimension.id == "area":
            sources = dict.fromkeys(each.source for each in shown)
            datasets = dict.fromkeys(name for source in sources for name in source.split("+"))
            for dataset in datasets:
                for s in dimension.sums:
                    whole, *parts = (f"{dataset}:{code}" for code in (s.whole, *s.parts))
                    yield _tie(axis, whole, parts, s.complete)
            for source in sources:
                if "+" in source:
                    names = source.split("+")
                    for code, places in joined_sums():
                        areas = [f"{names[number]}:{place}" for number, place in places]
                        yield _tie(axis, owned(code, source), areas)
        else:
            for s in dimension.sums:
                yield _tie(axis, s.whole, s.parts, s.complete)


def _tie(axis: Axis, whole: object, parts: Iterable[object], complete: bool = True) -> Tie:
    numbers = tuple(axis.number(part) for part in parts)
    return Tie(axis.id, axis.number(whole), numbers, complete)


def _times(axis: Axis) -> Iterator[Tie]:
    """A span from its months, from its financial years, and from a shorter span and the rest."""
    spans = sorted(value for value in axis.values if isinstance(value, tuple))
    long = []
    for span in spans:
        months, years = pieces(span, "month"), pieces(span, "year")
        if len(months) > 1:
            yield _tie(axis, span, months)
            long.append(span)
        if len(years) > 1:
            yield _tie(axis, span, years)
    for whole, part in permutations(long, 2):
        if whole[0] <= part[0] and part[1] <= whole[1] and part not in pieces(whole, "year"):
            yield _tie(axis, whole, _around(whole, part))


def _around(whole: tuple[date, date], part: tuple[date, date]) -> list[tuple[date, date]]:
    cut = [(whole[0], part[0] - _DAY), part, (part[1] + _DAY, whole[1])]
    return [span for span in cut if span[0] <= span[1]]


def _listed(
    frame: Frame, axis: Axis, shown: Sequence[Shown], reads: Sequence[Read]
) -> Iterator[Tie]:
    """A table lists every code that occurs in it, so its codes add to its totals."""
    for number, (table, read) in enumerate(zip(shown, reads, strict=True)):
        for place, column in enumerate(read.clinical_columns):
            groups: dict[tuple[str | None, ...], list[str]] = {}
            for values in read.clinical:
                rest = (*values[:place], None, *values[place + 1 :])
                code = values[place]
                if code not in (None, "total"):
                    groups.setdefault(rest, []).append(str(code))
            for rest, codes in groups.items():
                whole = condition_of(table.population)
                for other, value in zip(read.clinical_columns, rest, strict=True):
                    if value not in (None, "total"):
                        whole = whole.narrowed(frame.clinical[other], str(value))
                parts = [whole.narrowed(frame.clinical[column], code) for code in sorted(codes)]
                numbers = tuple(axis.number(part) for part in parts)
                yield Tie(axis.id, axis.number(whole), numbers, True, number)


def _populations(axis: Axis) -> Iterator[Tie]:
    """A population from others inside it: the largest first, in sets that do not overlap."""
    conditions = [value for value in axis.values if isinstance(value, Condition)]
    for whole in conditions:
        inside = [each for each in conditions if each != whole and each.inside(whole)]
        largest = [
            each
            for each in inside
            if not any(other != each and each.inside(other) for other in inside)
        ]
        while largest:
            family: list[Condition] = []
            for each in largest:
                if all(each.apart(other) for other in family):
                    family.append(each)
            largest = [each for each in largest if each not in family]
            yield _tie(axis, whole, family, whole.made_of(family))


def _measures(frame: Frame, axis: Axis) -> Iterator[Tie]:
    used = set(axis.values)
    for part, whole in frame.within:
        between = any(
            (part, other) in frame.within and (other, whole) in frame.within for other in used
        )
        if part in used and whole in used and not between:
            yield _tie(axis, whole, [part], False)
