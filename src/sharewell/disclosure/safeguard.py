"""Protect a table file so that an attack finds nothing: print, attack, repair, prove.

Repair withholds cells, then prints as ranges what need not be withheld altogether, and, where
that is asked for, tries what merging categories would save.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sharewell.disclosure.attacker import bounds
from sharewell.disclosure.coarsening import Coarsen, Merge, merge, merges
from sharewell.disclosure.costs import Weights, check_weights, loss, row_costs
from sharewell.disclosure.filelinks import LinkedFiles, link_files
from sharewell.disclosure.proof import CellNames, Proof, prove
from sharewell.disclosure.repair import Floats, repair
from sharewell.disclosure.rules import Rule
from sharewell.disclosure.system import UNBOUNDED, Bools, Ints
from sharewell.disclosure.tableattack import Attack, Progress, attack_linked, completed
from sharewell.disclosure.tablefile import TableFile, print_table, shown
from sharewell.disclosure.widening import allows, bases, needed

_ROUNDS = 5
_LARGE = 4_000
"""Systems with more cells than this are repaired in pieces of one category of one dimension."""

_MOST_TRIED = 40
"""Of more cells to withdraw than this, none is tried whether it could stay."""


@dataclass(frozen=True)
class Option:
    """A way to repair a table. ``merge`` says in words what is merged in it, '' for nothing;
    ``loss`` how much less it says than the table as the rule alone prints it."""

    merge: str
    withheld: int
    widened: int
    loss: float
    safe: bool


@dataclass(frozen=True)
class Withdrawal:
    """A cell that would have to be taken back: who prints it, where it stands, and how."""

    tables: tuple[str, ...]
    cell: Mapping[str, str]
    printed: str


@dataclass(frozen=True)
class Safeguarded:
    """A table that may be published, and how it came to be.

    ``first`` is the table as its rule alone prints it, ``before`` the attack on that; ``table``
    and ``after`` the same after repair. ``withheld`` (n_rows,) are the rows that repair withholds,
    ``widened`` (n_rows,) the bases of those that it prints as ranges (0: it does not). ``proof``
    holds the truth. ``options`` are the ways that were compared, of which this is one; ``chosen``
    numbers it. ``withdraw`` (n,) is for a table that is not `safe`: the smallest set found of
    cells, released already, that would have to be taken back.
    """

    first: TableFile
    before: Attack
    table: TableFile
    after: Attack
    withheld: Bools
    widened: Ints
    proof: Proof
    withdraw: Bools
    options: tuple[Option, ...] = ()
    chosen: int = 0

    @property
    def safe(self) -> bool:
        """Whether the attack finds nothing."""
        return not self.after.open_.any()

    def changes(self) -> list[tuple[dict[str, str], str, str]]:
        """Each cell that repair changed: where it stands, as the rule alone prints it, and as it
        is printed."""
        linked = self.after.linked
        return [
            (
                linked.cell(int(linked.rows[0][row])),
                self.first.printed[row],
                self.table.printed[row],
            )
            for row in np.flatnonzero(self.withheld)
        ]

    def to_withdraw(self) -> list[Withdrawal]:
        """The cells of ``withdraw``."""
        linked = self.after.linked
        return [
            Withdrawal(
                tables=tuple(dict.fromkeys(name for name, _ in linked.printed_as(int(cell)))),
                cell=linked.cell(int(cell)),
                printed=linked.printed_as(int(cell))[0][1],
            )
            for cell in np.flatnonzero(self.withdraw)
        ]


@dataclass(frozen=True)
class _Task:
    """How tables are to be safeguarded."""

    rule: Rule
    known: tuple[TableFile, ...]
    width: int
    weights: Weights
    widen: bool
    tell: Progress


def protect_file(
    table: TableFile,
    rule: Rule,
    *,
    known: Sequence[TableFile] = (),
    width: int = 3,
    weights: Mapping[tuple[str, str], float] | None = None,
    widen: bool = True,
    coarsen: Coarsen | None = None,
    progress: Progress | None = None,
) -> Safeguarded:
    """``table``, which holds true counts, printed by ``rule`` and repaired until it is safe.

    ``known`` is what readers have already. ``weights`` multiply the cost of withholding the cells
    at a category of a column: ``{("area", "E92000001"): 10}``. With ``widen``, a number that need
    not be withheld altogether is printed as a range. ``coarsen`` names categories that may be
    merged, ``{"age": [["18-24", "25-34"]]}``, or only the column, ``{"age": []}``, for each
    category and the next; each merge is tried by itself where the table leaks, and what loses
    least is given.

    Deterministic. The result is not `safe` only where ``known`` alone gives cells away. Raises
    TableFileError when totals do not add, when ``known`` contradicts the counts, and for weights
    and merges that cannot be.
    """
    weights = dict(weights or {})
    check_weights(table, weights)
    tell = progress or (lambda _stage, _done: None)
    task = _Task(rule, tuple(known), width, weights, widen, tell)
    tried: list[tuple[Merge | None, TableFile]] = [(None, table)]
    tried += [(each, merge(table, each)) for each in merges(table, coarsen or {})]
    plain = _safeguard(table, task)
    if not plain.before.open_.any():
        tried = tried[:1]
    results = [plain, *(_safeguard(each, task) for _, each in tried[1:])]
    options = tuple(
        Option(
            merge=how.words if how else "",
            withheld=int((done.withheld & (done.widened == 0)).sum()),
            widened=int((done.widened > 0).sum()),
            loss=round(loss(plain.first, done.table, weights, how.renamed if how else {}), 3),
            safe=done.safe,
        )
        for (how, _), done in zip(tried, results, strict=True)
    )
    best = min(range(len(options)), key=lambda n: (not options[n].safe, options[n].loss, n))
    return replace(results[best], options=options, chosen=best)


def _safeguard(table: TableFile, task: _Task) -> Safeguarded:
    """One table, as fine as it is."""
    truth = completed(link_files([table, *task.known]), task.tell)
    counts = shown(table).low
    first = print_table(table, task.rule, counts)
    before = _attacked(first, task, truth[None, :])
    mine = before.linked.rows[0]
    cost = np.ones(len(truth))
    cost[mine] = row_costs(first, task.weights)
    fixed = _fixed(before.linked)
    withheld, seconds = np.zeros(len(truth), dtype=bool), truth[None, :]
    after, protected = before, first
    for round_ in range(1, _ROUNDS + 1):
        if not after.open_.any():
            break
        stage = "Repairing" if round_ == 1 else f"Repairing, round {round_}"
        found = repair(
            after.linked.system,
            truth,
            after.open_,
            cost,
            fixed=fixed | withheld,
            width=task.width,
            block=_blocks(after.linked),
            progress=lambda done, stage=stage: task.tell(stage, done),  # type: ignore[misc]
        )
        seconds = np.vstack([seconds, found.seconds])
        withheld |= found.withheld & ~fixed
        protected = print_table(table, task.rule, counts, withheld[mine])
        open_before = after.open_
        # To withhold only widens, so what told cells apart still does.
        after = _attacked(protected, task, np.vstack([seconds, before.bounds.witnesses]))
        if not found.withheld.any() and not (open_before & ~after.open_).any():
            finer = _finer(before.linked, first) & ~withheld[mine]
            if not finer.any():
                break
            withheld[mine[finer]] = True
            protected = print_table(table, task.rule, counts, withheld[mine])
            after = _attacked(protected, task, seconds)
    rows = withheld[mine]
    widened = np.zeros(len(table), dtype=np.int64)
    if rows.any():
        must_fit = needed(after, np.vstack([seconds, before.bounds.witnesses]))
        rows = rows & ~allows(first, must_fit[:, mine])
        if task.widen:
            widened = bases(first, rows, counts, must_fit[:, mine])
        if widened.any() or (rows != withheld[mine]).any():
            protected = print_table(table, task.rule, counts, rows, widened)
            after = _attacked(protected, task, must_fit)
    return Safeguarded(
        first=first,
        before=before,
        table=protected,
        after=after,
        withheld=rows,
        widened=widened,
        proof=_proof(after, truth, seconds, task.width),
        withdraw=_to_withdraw(after, truth, cost, task),
    )


def _attacked(table: TableFile, task: _Task, fitting: Ints) -> Attack:
    """The attack that the publisher needs: what it leaves undecided is repaired as well."""
    linked = link_files([table, *task.known])
    return attack_linked(linked, task.width, task.tell, care="fair", fitting=fitting)


def _proof(after: Attack, truth: Ints, seconds: Ints, width: int) -> Proof:
    linked = after.linked
    names = CellNames(linked.dimensions, linked.categories, linked.codes)
    return prove(linked.system, after.bounds, truth, seconds, names=names, width=width)


def _fixed(linked: LinkedFiles) -> Bools:
    """(n,) the cells that repair cannot withhold: all but the new table's, and those of it that
    are out already."""
    fixed = np.ones(len(linked), dtype=bool)
    fixed[linked.rows[0]] = False
    for file, rows in zip(linked.files[1:], linked.rows[1:], strict=True):
        fixed[rows[shown(file).high < UNBOUNDED]] = True
    return fixed


def _finer(linked: LinkedFiles, first: TableFile) -> Bools:
    """(n_rows,) the rows of the new table that say more of a cell than earlier releases do, which
    say something. Withheld, they say as much as those."""
    low, high = np.zeros(len(linked), dtype=np.int64), np.full(len(linked), UNBOUNDED)
    for file, rows in zip(linked.files[1:], linked.rows[1:], strict=True):
        says = shown(file)
        np.maximum.at(low, rows, says.low)
        np.minimum.at(high, rows, says.high)
    says, mine = shown(first), linked.rows[0]
    more = (says.low > low[mine]) | (says.high < high[mine])
    return np.asarray(more & (high[mine] < UNBOUNDED))


def _to_withdraw(after: Attack, truth: Ints, cost: Floats, task: _Task) -> Bools:
    """(n,) the cells to take back so that nothing is given away, none of which could stay; none
    where no such set was found, or none is needed."""
    system, narrow = after.linked.system, after.open_
    nothing = np.zeros(len(truth), dtype=bool)
    if not narrow.any():
        return nothing
    task.tell("Looking for what gives cells away", 0.0)
    found = repair(system, truth, narrow, cost, width=task.width)

    def enough(taken: Bools) -> bool:
        low, high = np.where(taken, 0, system.low), np.where(taken, UNBOUNDED, system.high)
        rest = replace(system, low=low, high=high, protected=narrow)
        shown = bounds(
            rest,
            axes=after.linked.codes,
            known=truth[None, :],
            enough=task.width,
            care="fair",
        ).shown
        return bool((shown[narrow] >= task.width).all())

    taken = found.withheld.copy()
    if not enough(taken):
        return nothing
    cells = np.flatnonzero(taken)
    for cell in cells if len(cells) <= _MOST_TRIED else ():
        taken[cell] = False
        if not enough(taken):
            taken[cell] = True
    return taken


def _blocks(linked: LinkedFiles) -> Ints:
    """(n,) the piece that each cell is repaired in; -1: a total that pieces share.

    A dimension without sums cuts the system into pieces that do not touch. Where the pieces are
    still large, so does the longest dimension whose totals are sums of categories only.
    """
    block = np.zeros(len(linked), dtype=np.int64)
    for at, values in enumerate(linked.categories):
        if not any(dimension == at for dimension, _, _ in linked.sums):
            block = block * len(values) + linked.codes[:, at]
    if len(linked) == 0 or np.bincount(block).max() <= _LARGE:
        return block
    flat = []
    for at, values in enumerate(linked.categories):
        mine = [(whole, parts) for dimension, whole, parts in linked.sums if dimension == at]
        wholes = {whole for whole, _ in mine}
        if mine and not any(part in wholes for _, parts in mine for part in parts):
            flat.append((len(values), at, wholes))
    if not flat:
        return block
    size, at, wholes = max(flat)
    shared = np.isin(linked.codes[:, at], sorted(wholes))
    return np.where(shared, -1, block * size + linked.codes[:, at])
