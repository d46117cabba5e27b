"""How bounds follow from single equations, kept step by step so that a person can follow them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sharewell.disclosure.system import UNBOUNDED, Ints, System

_Why = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Trace:
    """Every round of propagation over a system of n counts.

    ``low[r]`` and ``high[r]`` (n,) are the bounds after round r; round 0 is what is printed.
    ``low_by[r]`` and ``high_by[r]`` (n,) number the equation that tightened the bound in round r
    from the bounds of round r - 1, or are -1.
    """

    system: System
    low: tuple[Ints, ...]
    high: tuple[Ints, ...]
    low_by: tuple[_Why, ...]
    high_by: tuple[_Why, ...]

    @property
    def broken(self) -> int:
        """A count that is left without a value, or -1."""
        found = np.flatnonzero(self.low[-1] > self.high[-1])
        return int(found[0]) if len(found) else -1

    def last_change(self, cell: int, upper: bool, by: int) -> int:
        """The last round, not after ``by``, that tightened a bound; 0 if it stands as printed."""
        source = self.high_by if upper else self.low_by
        return next((r for r in range(by, 0, -1) if source[r][cell] >= 0), 0)


@dataclass(frozen=True)
class Step:
    """One bound from one equation: ``cell`` is at most (``upper``) or at least ``value``, by the
    bounds that its other counts had after round ``after``."""

    cell: int
    upper: bool
    value: int
    equation: int
    after: int


def trace(system: System) -> Trace:
    """Propagate as `system.propagate` does, one round at a time, and keep what each round did.

    Every bound comes from the bounds of the round before, so the number of rounds is that of the
    longest shortest chain of steps. A contradiction ends the trace; see `Trace.broken`.
    """
    count = len(system)
    none = np.full(count, -1, dtype=np.int32)
    low, high = [system.low], [system.high]
    low_by, high_by = [none], [none]
    while len(system.total) and not (low[-1] > high[-1]).any():
        new_low, new_high, by_low, by_high = _round(system, low[-1], high[-1])
        if (by_low < 0).all() and (by_high < 0).all():
            break
        low.append(new_low)
        high.append(new_high)
        low_by.append(by_low)
        high_by.append(by_high)
    return Trace(system, tuple(low), tuple(high), tuple(low_by), tuple(high_by))


def _round(system: System, low: Ints, high: Ints) -> tuple[Ints, Ints, _Why, _Why]:
    total, parts, start = system.total, system.parts, system.start[:-1]
    every = np.arange(len(total))
    each = np.repeat(every, system.sizes)
    open_part = high[parts] >= UNBOUNDED
    least = np.add.reduceat(low[parts], start)
    most = np.add.reduceat(np.where(open_part, 0, high[parts]), start)
    open_parts = np.add.reduceat(open_part.astype(np.int64), start)
    others_open = open_parts[each] - open_part > 0
    own = np.where(open_part, 0, high[parts])
    number = np.concatenate([every, each])
    cell = np.concatenate([total, parts])
    ceiling = np.concatenate(
        [
            np.where(open_parts > 0, UNBOUNDED, most),
            np.minimum(high[total][each] - least[each] + low[parts], UNBOUNDED),
        ]
    )
    floor = np.concatenate([least, np.where(others_open, 0, low[total][each] - most[each] + own)])
    new_low, new_high = low.copy(), high.copy()
    np.maximum.at(new_low, cell, floor)
    np.minimum.at(new_high, cell, ceiling)
    return (
        new_low,
        new_high,
        _by(new_low, low, cell, floor, number),
        _by(new_high, high, cell, ceiling, number),
    )


def _by(new: Ints, old: Ints, cell: Ints, offered: Ints, number: Ints) -> _Why:
    """(n,) the first equation that offers each new bound, -1 where the bound is the old one."""
    by = np.full(len(new), -1, dtype=np.int32)
    gave = np.flatnonzero((new != old)[cell] & (offered == new[cell]))[::-1]
    by[cell[gave]] = number[gave]  # the last to write is the first in order
    return by


def steps_to(traced: Trace, cell: int, upper: bool) -> list[Step]:
    """The steps that prove a bound of ``cell``, each after those that it rests on."""
    found: dict[tuple[int, bool, int], Step] = {}
    _unwind(traced, cell, upper, len(traced.low) - 1, found)
    return list(found.values())


def _unwind(
    traced: Trace, cell: int, upper: bool, by: int, found: dict[tuple[int, bool, int], Step]
) -> None:
    """Add the steps that a bound after round ``by`` rests on. No deeper than there are rounds."""
    when = traced.last_change(cell, upper, by)
    if when == 0 or (cell, upper, when) in found:
        return
    source, values = (traced.high_by, traced.high) if upper else (traced.low_by, traced.low)
    equation = int(source[when][cell])
    for other, other_upper in inputs(traced.system, equation, cell, upper):
        _unwind(traced, other, other_upper, when - 1, found)
    value = int(values[when][cell])
    found[cell, upper, when] = Step(cell, upper, value, equation, when - 1)


def inputs(system: System, equation: int, cell: int, upper: bool) -> list[tuple[int, bool]]:
    """The bounds (count, whether the upper one) that give a bound of ``cell`` by an equation."""
    total = int(system.total[equation])
    parts = [int(part) for part in system.members(equation)]
    if cell == total:
        return [(part, upper) for part in parts]
    return [(total, upper), *((part, not upper) for part in parts if part != cell)]
