"""Defend new tables, together with everything released before: attack, repair, prove.

The publisher has the true counts, and a table with a second one beside it proves a cell safe. So
such tables are sought first (`separate`); what they do not tell apart is repaired by withholding
further cells (`repair`), which brings its own tables. What then remains cannot be mended by
withholding anything new: it follows from what is out already.

Only those parts of the system are looked at in which the new tables say more than the earlier
ones did: the rest was proved when those were released.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from sharewell.disclosure.attacker import bounds
from sharewell.disclosure.coordinates import TIME, Shown
from sharewell.disclosure.frame import Frame
from sharewell.disclosure.protect import withhold
from sharewell.disclosure.published import PublishedTable
from sharewell.disclosure.relations import SMALL, Linked, link
from sharewell.disclosure.repair import Floats, repair
from sharewell.disclosure.separate import separate, told_apart
from sharewell.disclosure.system import UNBOUNDED, Bools, Ints, System, components, propagate

Progress = Callable[[str, float], None]

ROUNDS = 4
"""Rounds of repair and attack, after which what is left is given up."""


LARGE = (4_000, 40_000)
"""Parts of the system with more counts than this are repaired span by span: at first, and when
only what that left is still to be repaired."""


@dataclass(frozen=True, eq=False)
class Defended:
    """New tables that may go out, and what was found on the way.

    ``tables`` are the new ones as they are to be printed, ``withheld`` (n_rows,) for each of them
    the rows that repair withholds. ``linked`` holds all tables as they are printed in the end;
    ``witnesses`` (k, n) are whole tables that fit all of that, the truth first. ``looked`` (n,)
    marks the protected counts that were attacked. ``before`` are the tables as the rule alone
    prints them, and ``exposed`` the counts of which no ``width`` possible values were found then.
    ``left`` are those for which that stays so, and ``already`` those of them that earlier
    releases alone give away.
    """

    tables: tuple[PublishedTable, ...]
    withheld: tuple[Bools, ...]
    linked: Linked
    witnesses: Ints
    looked: Bools
    before: Linked
    exposed: Ints
    left: Ints
    already: Ints
    width: int

    @property
    def min_width(self) -> int | None:
        """The fewest counts that the witnesses show of a protected cell; None where none is."""
        shown = np.ptp(self.witnesses, axis=0)[self.looked] + 1
        return int(shown.min()) if len(shown) else None


def defend(
    new: Sequence[Shown],
    known: Sequence[Shown],
    frame: Frame,
    *,
    width: int = 3,
    small: int = SMALL,
    cost: Callable[[Shown], Floats] | None = None,
    progress: Progress = lambda _stage, _done: None,
) -> Defended:
    """The ``new`` tables, which bring their true counts, with what must be withheld beside
    ``known``, which are out.

    ``cost`` gives what withholding each row of a new table costs; by default 1, and twice as much
    for each breakdown of which a row is a total. Deterministic. Raises ContradictoryTablesError
    when the tables cannot all be true.
    """
    progress("Linking with earlier releases", 0.0)
    new = _withheld_before(tuple(new), tuple(known), frame, small)
    linked = link((*new, *known), frame, small=small, differences=True)
    truth = _complete(linked)
    looked = linked.system.protected & touched(linked, len(new))
    system = linked.system
    tables = truth[None, :]
    withheld = np.zeros(len(linked), dtype=bool)
    fixed = _fixed(linked, len(new))
    price = _price(linked, new, cost)
    left = looked
    exposed = np.zeros(0, dtype=np.int64)
    for round_ in range(ROUNDS):
        stage = "Attacking" if round_ == 0 else f"Attacking again ({round_})"
        more = separate(system, tables, left, width=width, progress=partial(progress, stage))
        tables = np.vstack([tables, more])
        left = looked & ~told_apart(tables, width)
        if round_ == 0:
            exposed = np.flatnonzero(left)
        if not left.any():
            break
        found = repair(
            system,
            truth,
            left,
            price,
            fixed=fixed | withheld,
            width=width,
            block=_blocks(linked, LARGE[min(round_, 1)]),
            progress=partial(progress, "Repairing"),
        )
        tables = np.vstack([tables, found.seconds])
        news = found.withheld & ~withheld
        withheld |= found.withheld
        system = replace(
            system,
            low=np.where(withheld, 0, system.low),
            high=np.where(withheld, UNBOUNDED, system.high),
        )
        before, left = left, looked & ~told_apart(tables, width)
        if not left.any() or (not news.any() and np.array_equal(before, left)):
            break
    rows = tuple(withheld[where] for where in linked.where[: len(new)])
    printed = tuple(
        withhold(each.table, mine) if mine.any() else each.table
        for each, mine in zip(new, rows, strict=True)
    )
    final = tuple(replace(s, table=table) for s, table in zip(new, printed, strict=True))
    return Defended(
        tables=printed,
        withheld=rows,
        linked=replace(linked, tables=(*final, *known), system=system),
        witnesses=_fewest(tables, looked, width),
        looked=looked,
        before=linked,
        exposed=exposed,
        left=np.flatnonzero(left),
        already=_known_before(linked, len(new), truth, left, width),
        width=width,
    )


def _withheld_before(
    new: tuple[Shown, ...], known: tuple[Shown, ...], frame: Frame, small: int
) -> tuple[Shown, ...]:
    """The new tables without what an earlier release of the same data withheld: to print it now
    would undo what it was withheld for."""
    if not known:
        return new
    linked = link((*new, *known), frame, small=small, check=False)
    silent = np.zeros(len(linked), dtype=bool)
    said = silent.copy()
    for shown, where in zip(known, linked.where[len(new) :], strict=True):
        quiet = np.array(shown.table.cells["treatment"].to_pylist()) == "withheld"
        silent[where[quiet]] = True
        said[where[~quiet]] = True
    silent &= ~said
    return tuple(
        replace(shown, table=withhold(shown.table, silent[where])) if silent[where].any() else shown
        for shown, where in zip(new, linked.where[: len(new)], strict=True)
    )


def _complete(linked: Linked) -> Ints:
    """(n,) the true counts, and where only tables from elsewhere speak, counts that fit them."""
    truth = linked.truth
    assert truth is not None  # noqa: S101 - new tables bring their counts
    open_ = truth < 0
    if not open_.any():
        return truth
    system = linked.system
    given = replace(
        system,
        low=np.where(open_, system.low, truth),
        high=np.where(open_, system.high, truth),
        protected=np.zeros(len(system), dtype=bool),
    )
    return np.asarray(bounds(given).witnesses[0])


def touched(linked: Linked, new: int) -> Bools:
    """(n,) whether a count may have become better known by the ``new`` tables.

    Counts whose bounds are as they were, and that stand in sums with such counts alone, are tied
    to the others as they were: what was proved of them still holds.
    """
    before, after = propagate(_without(linked, new)), propagate(linked.system)
    news = (after.low > before.low) | (after.high < before.high)
    news |= after.protected & ~_printed(linked, new)
    system = linked.system
    each = np.repeat(np.arange(len(system.total)), system.sizes)
    stirred = news[system.total]
    stirred[each[news[system.parts]]] = True
    news[system.total[stirred]] = True
    news[system.parts[stirred[each]]] = True
    tied = components(after)
    return np.asarray(news | np.isin(tied, tied[news & (tied >= 0)]))


def _printed(linked: Linked, new: int) -> Bools:
    """(n,) which counts the tables print that were out before."""
    printed = np.zeros(len(linked), dtype=bool)
    for where in linked.where[new:]:
        printed[where] = True
    return printed


def _without(linked: Linked, new: int) -> System:
    """What a reader knows who has not seen the first ``new`` tables."""
    seen = [
        np.full(len(where), number >= new, dtype=bool) for number, where in enumerate(linked.where)
    ]
    return said_by(linked, seen)


def said_by(linked: Linked, seen: Sequence[Bools]) -> System:
    """What a reader knows who has ``seen`` some rows (n_rows,) of each table."""
    low = np.zeros(len(linked), dtype=np.int64)
    high = np.full(len(linked), UNBOUNDED, dtype=np.int64)
    for shown, where, rows in zip(linked.tables, linked.where, seen, strict=True):
        cells = shown.table.cells
        np.maximum.at(low, where[rows], cells["low"].fill_null(0).to_numpy()[rows])
        np.minimum.at(high, where[rows], cells["high"].fill_null(UNBOUNDED).to_numpy()[rows])
    return replace(linked.system, low=low, high=high)


def _known_before(linked: Linked, new: int, truth: Ints, left: Bools, width: int) -> Ints:
    """Those of the counts ``left`` that no two tables tell apart even for a reader who has not
    seen the new ones."""
    if not left.any():
        return np.zeros(0, dtype=np.int64)
    tables = np.vstack([truth, separate(_without(linked, new), truth[None, :], left, width=width)])
    return np.flatnonzero(left & ~told_apart(tables, width))


def _blocks(linked: Linked, large_from: int) -> Ints:
    """(n,) the piece that each count is repaired in; -1: pieces share it.

    A part of the system that no equation ties to the others is one piece. A large one is cut into
    what is counted in the same span of time, with the longer spans over them shared.
    """
    part = tied_parts(linked.system)
    large = np.bincount(part)[part] > large_from
    if not large.any():
        return part
    time = np.concatenate(
        [
            linked.space.codes[:, linked.space.place(TIME)],
            np.full(len(linked) - len(linked.space.keys), -1, dtype=np.int64),
        ]
    )
    for rest in range(len(linked.space.keys), len(linked)):
        time[rest] = time[linked.rest_of[rest - len(linked.space.keys)]]
    longer = np.flatnonzero(linked.relation == linked.relations.index(TIME))
    shared = np.isin(time, np.unique(time[linked.system.total[longer]]))
    by_time = int(part.max()) + 1 + time
    return np.where(large, np.where(shared, -1, by_time), part)


def tied_parts(system: System) -> Ints:
    """(n,) the number of the part of the system that equations tie each count into."""
    nothing_known = replace(system, low=0 * system.low, high=0 * system.high + 1)
    return components(nothing_known)


def _fixed(linked: Linked, new: int) -> Bools:
    """(n,) whether a count is out already, so that withholding it now is no use."""
    fixed = np.zeros(len(linked), dtype=bool)
    for shown, where in zip(linked.tables[new:], linked.where[new:], strict=True):
        quiet = np.array(shown.table.cells["treatment"].to_pylist()) == "withheld"
        fixed[where[~quiet]] = True
    return fixed


def _price(linked: Linked, new: Sequence[Shown], cost: Callable[[Shown], Floats] | None) -> Floats:
    """(n,) what withholding a count costs, over all new rows that print it."""
    price = np.zeros(len(linked))
    for shown, where in zip(new, linked.where[: len(new)], strict=True):
        np.add.at(price, where, (cost or totals_dearer)(shown))
    return np.where(price > 0, price, 1e-3)


def totals_dearer(shown: Shown) -> Floats:
    """(n_rows,) 1 for a finest cell of a crossing, twice as much for each breakdown of it that
    the row is a total of."""
    cells = shown.table.cells
    used = np.zeros(cells.num_rows)
    for name in cells.column_names:
        if name not in ("crossing", "measure", "printed", "treatment", "low", "high"):
            values = np.array(cells[name].to_pylist(), dtype=object)
            used += values == "total"
    return np.asarray(2.0**used)


def _fewest(tables: Ints, looked: Bools, width: int) -> Ints:
    """(k, n) the truth and those tables that show something the ones before do not."""
    kept, least, most = [0], tables[0].copy(), tables[0].copy()
    for number in range(1, len(tables)):
        short = looked & (most - least < width - 1)
        table = tables[number]
        if ((table < least) | (table > most))[short].any():
            kept.append(number)
            least, most = np.minimum(least, table), np.maximum(most, table)
    return tables[kept]
