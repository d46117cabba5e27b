"""What invented people did: the records of each module of activity."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from sharewell.monitoring.synthetic_people import (
    Columns,
    Numbers,
    World,
    days,
    joined,
    one_of,
    who,
)

_CHUNK = 200_000


class _Visits(NamedTuple):
    """Visits to be recorded: registrations, days and numbers of the records, equally long."""

    chance: np.random.Generator
    world: World
    at: Numbers
    day: Numbers
    ids: Numbers


def activities(
    world: World, module: str, rows: int, seed: int, number: int
) -> Iterator[tuple[Columns, Numbers]]:
    """The rows of a module in pieces, each with the persons behind them."""
    cohorts = {"steroid": (1,), "alcohol": (2,), "needle": (0, 1), "naloxone": (0,)}
    able = np.flatnonzero(np.isin(world.cohort, cohorts.get(module, (0, 1, 2))))
    done = 0
    while done < rows and len(able):
        chance = np.random.default_rng([seed, number, done])
        n = min(_CHUNK, rows - done)
        # Few people come often: a geometric share of the registrations takes most visits.
        at = able[(len(able) * chance.random(n) ** 1.6).astype(int)]
        day = world.start[at] + (chance.random(n) * (world.end[at] - world.start[at] + 1)).astype(
            int
        )
        ids = np.arange(done, done + n)
        columns, at = _RECORDS[module](_Visits(chance, world, at, day, ids))
        yield {"record_id": joined(module[0].upper(), ids), **columns}, world.person[at]
        done += n


def _needle(v: _Visits) -> tuple[Columns, Numbers]:
    """Two rows for each visit: syringes with returns, then other equipment."""
    chance, world, at, day, ids = v
    n = len(ids)
    at, day = _pairs(at, n), _pairs(day, n)
    second = np.arange(n) % 2 == 1
    steroid = world.cohort[at] == 1
    syringes = np.where(
        steroid, "NEEDLEGREEN", one_of(chance, n, SET1ML=6, SET1MLDS=2, NEEDLESHORT=1)
    )
    others = np.where(steroid, "SYR2ML", one_of(chance, n, CITRIC=4, SPOON=2, SWAB=2, BIN=1))
    weekly = _pairs(chance.integers(2, 30, n), n)
    out = np.minimum(10 * chance.integers(1, 8, n), 20 * weekly)
    back = (out * chance.random(n)).astype(int)
    returns = ~second & (chance.random(n) < 0.6) & (back > 0)
    return {
        **who(world, at),
        "date": days(day),
        "transaction_id": joined("T", ids // 2),
        "place": _pairs(one_of(chance, n, SERVICE=6, PHARMACY=3, VAN=1), n),
        "item": np.where(second, others, syringes),
        "items_out": np.where(second, out // 2 + 1, out).astype(str),
        "returned": np.where(returns, back.astype(str), ""),
        "returned_how": np.where(returns, one_of(chance, n, CLIENT=3, BINS=5), ""),
        "on_behalf_of": one_of(chance, n, **{"0": 85, "1": 10, "2": 5}),
        "main_substance": np.where(steroid, "STEROID", "HEROIN"),
        "injections_per_week": weekly.astype(str),
    }, at


def _naloxone(v: _Visits) -> tuple[Columns, Numbers]:
    chance, world, at, day, ids = v
    n = len(ids)
    used = chance.random(n) < 0.12
    blank = np.full(n, "")
    return {
        **who(world, at),
        "date": days(day),
        "action": np.where(used, "USED", "ISSUED"),
        "form": one_of(chance, n, NASAL=7, INJECTION=3),
        "kits": np.where(used, blank, one_of(chance, n, **{"1": 8, "2": 2})),
        "reason": np.where(used, blank, one_of(chance, n, SPARE=4, LOST=3, EXPIRED=3)),
        "recipient": np.full(n, "CLIENT"),
        "trained": np.full(n, "Y"),
        "used_on": np.where(used, "OTHER", blank),
        "doses": np.where(used, one_of(chance, n, **{"1": 5, "2": 4, "3": 1}), blank),
        "ambulance": np.where(used, one_of(chance, n, Y=6, N=3, U=1), blank),
        "outcome": np.where(used, one_of(chance, n, SURVIVED=94, DIED=2, UNKNOWN=4), blank),
        "place": np.full(n, "SERVICE"),
    }, at


def _brief(v: _Visits) -> tuple[Columns, Numbers]:
    chance, world, at, day, ids = v
    n = len(ids)
    cohort = world.cohort[at]
    return {
        **who(world, at),
        "date": days(day),
        "intervention": np.choose(
            cohort,
            [
                one_of(chance, n, SAFERINJ=4, OVERDOSE=3, BBV=2, WOUND=1),
                one_of(chance, n, STEROID=1),
                one_of(chance, n, ALCOHOL=1),
            ],
        ),
        "substance": np.choose(
            cohort, [np.full(n, "HEROIN"), np.full(n, "STEROID"), np.full(n, "ALCOHOL")]
        ),
        "minutes": chance.integers(5, 40, n).astype(str),
        "outcome": np.full(n, "COMPLETED"),
        "place": np.full(n, "SERVICE"),
    }, at


def _outreach(v: _Visits) -> tuple[Columns, Numbers]:
    chance, world, at, day, ids = v
    n = len(ids)
    return {
        **who(world, at),
        "date": days(day),
        "place": one_of(chance, n, STREET=5, HOSTEL=3, VAN=2),
        "minutes": chance.integers(5, 60, n).astype(str),
    }, at


def _assessment(v: _Visits) -> tuple[Columns, Numbers]:
    chance, world, at, day, ids = v
    n = len(ids)
    cohort = world.cohort[at]
    return {
        **who(world, at),
        "date": days(day),
        "referred_on": days(day - chance.integers(0, 60, n)),
        "referral_source": one_of(chance, n, SELF=5, GP=2, HOSPITAL=1, PROBATION=1, NSP=1),
        "main_substance": np.choose(
            cohort, [np.full(n, "HEROIN"), np.full(n, "STEROID"), np.full(n, "ALCOHOL")]
        ),
        "main_route": np.where(cohort == 2, "ORAL", "INJECT"),
        "main_age": chance.integers(14, 18, n).astype(str),
        "injecting": np.where(cohort == 2, "N", "C"),
        "outcome": one_of(chance, n, HERE=6, REFERRED=2, ADVICE=2),
    }, at


def _referral(v: _Visits) -> tuple[Columns, Numbers]:
    chance, world, at, day, ids = v
    n = len(ids)
    arrived = chance.random(n) < 0.55
    return {
        **who(world, at),
        "date": days(day),
        "direction": np.full(n, "OUT"),
        "agency": one_of(chance, n, TREATMENT=5, BBVCLINIC=2, HOUSING=2, GP=1),
        "arrived": np.where(arrived, "Y", "N"),
        "arrived_on": np.where(arrived, days(day + chance.integers(0, 30, n)), ""),
    }, at


def _wellbeing(v: _Visits) -> tuple[Columns, Numbers]:
    """Three rows for one client after another: start, review, exit; scores rise a little."""
    chance, world, _, _, ids = v
    n = len(ids)
    at = ids // 3 % len(world.person)
    step = ids % 3
    begin = world.start[at] + (step * (world.end[at] - world.start[at])) // 2
    score = np.clip(chance.integers(4, 12, n) + 2 * step, 0, 20)
    exits = step == 2
    return {
        **who(world, at),
        "date": days(begin),
        "stage": np.array(["START", "REVIEW", "EXIT"])[step],
        "psychological": score.astype(str),
        "physical": np.clip(score + chance.integers(-2, 3, n), 1, 19).astype(str),
        "quality_of_life": np.clip(score + chance.integers(-3, 3, n), 1, 19).astype(str),
        "alcohol_days": chance.integers(1, 20, n).astype(str),
        "opiate_days": chance.integers(1, 28, n).astype(str),
        "injecting_days": chance.integers(1, 20, n).astype(str),
        "sharing": one_of(chance, n, N=9, Y=1),
        "accommodation": one_of(chance, n, RENTED=6, HOSTEL=2, NFA=2),
        "exit_reason": np.where(exits, one_of(chance, n, PLANNED=6, UNPLANNED=4), ""),
    }, at


def _steroid(v: _Visits) -> tuple[Columns, Numbers]:
    chance, world, at, day, ids = v
    n = len(ids)
    return {
        **who(world, at),
        "date": days(day),
        "substance": np.full(n, "STEROID"),
        "route": np.full(n, "INJECT"),
        "injecting_site": one_of(chance, n, BUTTOCK=5, THIGH=3, SHOULDER=2),
        "cycle_stage": np.full(n, "ON"),
        "weeks": chance.integers(1, 16, n).astype(str),
        "weekly_mg": (50 * chance.integers(4, 24, n)).astype(str),
        "systolic": chance.integers(110, 165, n).astype(str),
        "diastolic": chance.integers(60, 105, n).astype(str),
    }, at


def _alcohol(v: _Visits) -> tuple[Columns, Numbers]:
    chance, world, at, day, ids = v
    n = len(ids)
    return {
        **who(world, at),
        "date": days(day),
        "tool": np.full(n, "AUDITC"),
        "score": chance.integers(3, 13, n).astype(str),
        "drinking_days": chance.integers(4, 29, n).astype(str),
        "units_day": chance.integers(2, 30, n).astype(str),
        "intervention": np.full(n, "ALCOHOL"),
    }, at


_RECORDS = {
    "needle": _needle,
    "naloxone": _naloxone,
    "brief_intervention": _brief,
    "outreach": _outreach,
    "assessment": _assessment,
    "referral": _referral,
    "wellbeing": _wellbeing,
    "steroid": _steroid,
    "alcohol": _alcohol,
}


def _pairs(values: Numbers, n: int) -> Numbers:
    """The first half of the values, each twice."""
    return np.repeat(values[: (n + 1) // 2], 2)[:n]
