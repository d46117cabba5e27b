"""What the disclosure benchmark measures: attacks, repairs and oracles, each as one function."""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from bench.violence import jointly
from sharewell.disclosure.attacker import bounds
from sharewell.disclosure.proof import fits
from sharewell.disclosure.repair import repair
from sharewell.disclosure.rules import RULES
from sharewell.disclosure.system import UNBOUNDED, Bools, Ints, System, make_system
from sharewell.synthesis.tables import DENSE, ENGLAND, SPARSE, CrossTable, assault_table

WIDTH = 3
_ROUNDS = 4
_SAMPLE = 20  # cells that SciPy settles, to be multiplied up

Result = dict[str, Any]


def published(table: CrossTable) -> System:
    """What a reader knows of ``table``, printed by the rule for HES since 2018."""
    rule, counts = RULES["hes-2018"], table.counts.ravel()
    national = table.at("area", ENGLAND)
    starred = ~national & (counts >= rule.low) & (counts <= rule.high)
    rounded = rule.base * ((counts + rule.base // 2) // rule.base)
    exact = national | (counts == 0)
    low = np.where(starred, rule.low, np.maximum(rule.first_rounded, rounded - rule.base // 2))
    high = np.where(starred, rule.high, rounded + (rule.base - 1) // 2)
    return make_system(
        np.where(exact, counts, low), np.where(exact, counts, high), starred, table.equations()
    )


def categories(table: CrossTable) -> Ints:
    """(n, d) the position of each cell on each axis."""
    return np.indices(table.counts.shape).reshape(len(table.axes), -1).T


def attack(events: int, *, years: int = 1, year_totals: bool = False) -> Result:
    """Exact intervals of every protected cell; with totals of years, as far as they matter."""
    table = assault_table(events, years=years, year_totals=year_totals)
    system = published(table)
    start = time.perf_counter()
    if year_totals:
        found = bounds(system, axes=categories(table), enough=WIDTH, care="quick")
    else:
        found = bounds(system)
    seconds = time.perf_counter() - start
    mine = system.protected
    counts = table.counts.ravel()
    if (counts < found.low).any() or (counts > found.high).any():
        raise AssertionError("The truth is excluded.")
    narrow = found.width[mine] < WIDTH
    return {
        "cells": len(system),
        "protected": int(mine.sum()),
        "exact": int((found.width[mine] == 1).sum()),
        "narrow": int(narrow.sum()),
        "undecided": int(((found.shown[mine] < WIDTH) & ~narrow).sum()),
        "seconds": seconds,
    }


def protect(events: int, *, years: int = 1, year_totals: bool = False) -> Result:
    """Print by the rule, attack, repair, and attack again until two tables tell each protected
    cell's counts apart: those tables are the proof."""
    table = assault_table(events, years=years, year_totals=year_totals)
    system, counts, axes = published(table), table.counts.ravel(), categories(table)
    cost = _costs(table, system)
    shared = np.isin(axes[:, 0], [total for total, _ in table.axes[0].sums])
    block = np.where(shared, -1, axes[:, 0])
    start = time.perf_counter()
    known, withheld, open_ = counts[None, :], np.zeros(len(counts), dtype=bool), system
    for _ in range(_ROUNDS):
        found = bounds(open_, axes=axes, known=known, enough=WIDTH, care="fair")
        narrow = system.protected & (found.shown < WIDTH)
        if not narrow.any():
            break
        step = repair(open_, counts, narrow, cost, fixed=withheld, width=WIDTH, block=block)
        withheld |= step.withheld
        # To withhold only widens, so what told cells apart still does.
        known = np.vstack([known, found.witnesses, step.seconds])
        open_ = replace(
            system,
            low=np.where(withheld, 0, system.low),
            high=np.where(withheld, UNBOUNDED, system.high),
        )
    tables = np.vstack([known, found.witnesses])
    apart = np.ptp(tables, axis=0)[system.protected] >= WIDTH - 1
    if not all(fits(open_, each) for each in tables):
        raise AssertionError("A witness does not fit.")
    seconds = time.perf_counter() - start
    return {
        "cells": len(system),
        "starred": int(system.protected.sum()),
        "withheld": int(withheld.sum()),
        "numbers": int((withheld & ~system.protected).sum()),
        "stars": int((withheld & system.protected).sum()),
        "share": float(counts[withheld & ~system.protected].sum() / counts.sum()),
        "narrow": int((~apart).sum()),
        "seconds": seconds,
        **_trends(table, system, withheld),
    }


def _costs(table: CrossTable, system: System) -> np.ndarray:
    """(n,) a star says little; totals and national figures are what readers come for."""
    cost = np.where(system.protected, 0.6, 1.0)
    for axis in table.axes:
        whole = [axis.codes[total] for total, _ in axis.sums]
        cost *= np.where(np.any([table.at(axis.name, code) for code in whole], axis=0), 1.6, 1.0)
    return np.asarray(cost * np.where(table.at("area", ENGLAND), 4.0, 1.0))


def _trends(table: CrossTable, system: System, withheld: Bools) -> Result:
    """The error in each force area's year, added from its published months: the mean over force
    areas, as a share. A star is read as 4, and a withheld month as the mean of the others."""
    keep = table.at("age_band", "total") & table.at("sex", "total")
    codes = table.axes[1].codes
    forces = [code for code in codes if code.startswith("E23")]
    middle = (system.low + np.minimum(system.high, 2**30)) / 2
    months = [c for c in table.axes[0].codes if "-" in c]
    in_month = np.any([table.at("time", month) for month in months], axis=0)
    errors, errors_rule, hidden = [], [], 0
    for force in forces:
        mine = keep & table.at("area", force) & in_month
        truth, gone = table.counts.ravel()[mine], withheld[mine]
        hidden += int(gone.sum())
        shown = middle[mine]
        errors_rule.append(abs(shown.sum() - truth.sum()) / truth.sum())
        fill = shown[~gone].mean() if (~gone).any() else 4.0
        errors.append(abs(np.where(gone, fill, shown).sum() - truth.sum()) / truth.sum())
    return {
        "force_totals": hidden,
        "force_cells": len(forces) * len(months),
        "trend_rule": float(np.mean(errors_rule)),
        "trend": float(np.mean(errors)),
    }


def by_scipy() -> Result:
    """SciPy's milp for a sample of one dense month's cells, and ours for all of it."""
    oracles = _oracles()
    table = assault_table(DENSE)
    size = table.counts.size // 12
    whole = published(table)
    inside = (whole.total < size) & (whole.parts[whole.start[:-1]] < size)
    sums = [(int(whole.total[e]), whole.members(int(e))) for e in np.flatnonzero(inside)]
    month = make_system(
        whole.low[:size],
        whole.high[:size],
        whole.protected[:size],
        [(np.array([total]), parts[None, :]) for total, parts in sums],
    )
    start = time.perf_counter()
    found = bounds(month)
    ours = time.perf_counter() - start
    member = _members(size, sums)
    counts = table.counts.ravel()[:size]
    case = oracles.Case(member, counts, month.low, month.high, month.protected, ())
    cells = np.flatnonzero(month.protected)
    sample = np.random.default_rng(1).choice(cells, _SAMPLE, replace=False)
    start = time.perf_counter()
    low, high = oracles.by_milp(case, sample)
    theirs = (time.perf_counter() - start) * len(cells) / _SAMPLE
    if not (np.array_equal(low, found.low[sample]) and np.array_equal(high, found.high[sample])):
        raise AssertionError("SciPy's bounds differ.")
    return {
        "seconds": theirs,
        "times": theirs / ours,
        "note": f"{_SAMPLE} of {len(cells)} cells timed, the rest reckoned from them",
    }


def _members(size: int, sums: list[tuple[int, Ints]]) -> np.ndarray:
    """(cells, atoms) which atoms make up each cell; an atom is no total."""
    totals = dict(reversed(sums))
    atoms = [cell for cell in range(size) if cell not in totals]
    member = np.zeros((size, len(atoms)), dtype=np.int64)
    member[atoms, np.arange(len(atoms))] = 1

    def fill(cell: int) -> np.ndarray:
        if cell in totals and not member[cell].any():
            member[cell] = np.sum([fill(int(part)) for part in totals[cell]], axis=0)
        return np.asarray(member[cell])

    for cell in range(size):
        fill(cell)
    return member


def against_the_oracle(tables: int = 200) -> Result:
    """Middle tables whose intervals differ from those of a plain integer programme."""
    oracles = _oracles()
    chance = np.random.default_rng(2018)
    shapes = [(4, 3, 2), (5, 4), (6, 3, 2), (4, 4, 3), (8, 3), (5, 3, 2)]
    different = 0
    for _ in range(tables):
        case = oracles.random_case(chance, shapes, mean=float(chance.choice([1.0, 3.0])))
        cells = np.flatnonzero(case.protected & (case.high < UNBOUNDED))
        found = bounds(case.system())
        low, high = oracles.by_milp(case, cells)
        same = np.array_equal(found.low[cells], low) and np.array_equal(found.high[cells], high)
        different += not same
    return {"tables": tables, "different": different}


def against_the_optimum(tables: int = 30) -> Result:
    """Small tables whose repair costs over 10 % more than the proved optimum (or, where that was
    not proved within 20 s, than the bound from below)."""
    oracles = _oracles()
    chance = np.random.default_rng(30)
    shapes = [(4, 3), (5, 3), (3, 2, 2), (8, 7), (5, 3, 2), (6, 5, 2)]
    ratios: list[float] = []
    proved = 0
    while len(ratios) < tables:
        shape = shapes[int(chance.integers(len(shapes)))]
        rates = chance.choice([1.0, 2.0, 4.0]) * chance.gamma(1.5, 1.0, shape)
        axes = [oracles.axis(n, 2 if n > 4 else 1) for n in shape]
        case = oracles.published(chance.poisson(rates), axes, oracles.HES)
        system = case.system()
        narrow = case.protected & (bounds(system).width < WIDTH)
        if not 1 <= narrow.sum() <= 25:
            continue
        total = case.member.sum(axis=1) > 1
        cost = np.where(case.protected, 0.6, 1.0) * np.where(total, 1.6, 1.0)
        best = oracles.best_repair(case, narrow, cost)
        proved += best.cost <= best.bound * 1.0001
        ratios.append(float(repair(system, case.truth, narrow, cost).cost / best.bound))
    over = sum(ratio > 1.1 for ratio in ratios)
    return {"over": over, "mean": float(np.mean(ratios)), "worst": max(ratios), "proved": proved}


def _oracles() -> ModuleType:
    """The tests' own oracles, which share nothing with what they judge."""
    path = Path(__file__).parent.parent / "tests" / "disclosure" / "oracles.py"
    spec = importlib.util.spec_from_file_location("oracles", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["oracles"] = module
    spec.loader.exec_module(module)
    return module


WORK: dict[str, Callable[[], Result]] = {
    "attack-sparse": partial(attack, SPARSE),
    "attack-dense": partial(attack, DENSE),
    "attack-sparse-year": partial(attack, SPARSE, year_totals=True),
    "attack-dense-year": partial(attack, DENSE, year_totals=True),
    "attack-14-years": partial(attack, SPARSE, years=14),
    "attack-14-years-totals": partial(attack, SPARSE, years=14, year_totals=True),
    "protect-sparse": partial(protect, SPARSE),
    "protect-dense": partial(protect, DENSE),
    "protect-sparse-year": partial(protect, SPARSE, year_totals=True),
    "protect-dense-year": partial(protect, DENSE, year_totals=True),
    "protect-14-years": partial(protect, SPARSE, years=14),
    "protect-14-years-totals": partial(protect, SPARSE, years=14, year_totals=True),
    "files-abc": jointly,
    "scipy": by_scipy,
    "oracle": against_the_oracle,
    "optimum": against_the_optimum,
}
