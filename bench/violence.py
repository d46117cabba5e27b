"""Files a, b and c of DARS-NIC-612092 together: the agreement's own tables, counted from made-up
admissions, protected, attacked and repaired as one system, and proved from what is printed alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sharewell.agreements.loader import load_agreement
from sharewell.catalogue import areas
from sharewell.catalogue.breakdowns import ETHNIC_GROUPS, UNKNOWN
from sharewell.catalogue.episodes import EPISODE_SCHEMA
from sharewell.disclosure.defend import defend
from sharewell.disclosure.frame import catalogue_frame
from sharewell.disclosure.proof import read_proof, write_proof
from sharewell.disclosure.relations import link
from sharewell.disclosure.rules import rule
from sharewell.disclosure.system import propagate
from sharewell.engine import DuckDBEngine
from sharewell.flows.defending import proof_of
from sharewell.flows.known import new_shown
from sharewell.flows.proving import check_linked
from sharewell.flows.publishing import PUBLIC, protect_table
from sharewell.flows.tables import specify
from sharewell.tabulation import tabulate

AGREEMENT = Path(__file__).parent.parent / "examples/agreements/DARS-NIC-612092-Q0Y6F-v1.3.yaml"
FIRST, LAST = date(2012, 4, 1), date(2026, 3, 31)
ASSAULTS, SHARP = 29_000, 5_000
"""First episodes a year: of all assault, and of those by sharp object."""

WIDTH = 3
_LATER = 0.05  # episodes that are not the first of their admission
_SPREAD = 0.35  # of a district's share about that of its population
_AGES = (
    (0, 18, 0.1),
    (18, 25, 0.27),
    (25, 35, 0.28),
    (35, 45, 0.18),
    (45, 65, 0.15),
    (65, 95, 0.02),
)

Result = dict[str, Any]
Progress = Callable[[str, float], None]


def jointly(
    first: date = FIRST,
    last: date = LAST,
    *,
    share: float = 1.0,
    progress: Progress = lambda _stage, _done: None,
) -> Result:
    """The three files from ``first`` to ``last``: what a reader would have found in them as the
    rule alone prints them, and what is left after repair. ``share`` of the events are made up.

    Raises AssertionError where the proof does not hold for what is printed.
    """
    agreement = load_agreement(AGREEMENT)
    output = next(each for each in agreement.outputs if PUBLIC in each.audiences)
    specs = [replace(specify(table, last), first=first, last=last) for table in agreement.tables]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "assaults.parquet"
        pq.write_table(made_up(first, last, share), path)
        with DuckDBEngine() as engine:
            counted = tabulate(engine, specs, {"hes_apc": [path]})
    years = range(first.year - (first.month < 4), last.year + 1)
    editions = {("hes_apc", year): "made up" for year in years}
    start = time.perf_counter()
    new = [new_shown(protect_table(table, output), table, editions) for table in counted]
    small = rule(output.disclosure_rule).high
    done = defend(new, (), catalogue_frame(), width=WIDTH, small=small, progress=progress)
    proof = write_proof(proof_of(done))
    seconds = time.perf_counter() - start
    # The prover links what is printed anew, and takes nothing from the repair but its tables.
    printed = [replace(each, table=t) for each, t in zip(new, done.tables, strict=True)]
    again = link(printed, catalogue_frame(), small=small, differences=True)
    checked = check_linked(read_proof(proof), again, len(new), WIDTH)
    if checked.problems:
        raise AssertionError(checked.problems[0])
    alone = propagate(done.before.system)
    width = (alone.high - alone.low)[done.exposed] + 1
    printed_cells = sum(table.cells.num_rows for table in done.tables)
    treatments = [t.cells["treatment"].to_pylist() for t in done.tables]
    withheld = sum(int(rows.sum()) for rows in done.withheld)
    return {
        "cells": printed_cells,
        "linked": len(done.linked),
        "protected": checked.protected,
        "starred": sum(each.count("starred") for each in treatments),
        "withheld": withheld,
        "exact_before": int((width == 1).sum()),
        "exposed_before": len(done.exposed),
        "narrow": len(done.left),
        "min_width": done.min_width,
        "witnesses": checked.witnesses,
        "seconds": seconds,
    }


def made_up(first: date, last: date, share: float = 1.0) -> pa.Table:
    """Invented admissions for assault in the vault's schema. Nothing resembles a person."""
    chance = np.random.default_rng(612_092)
    days = (last - first).days + 1
    rows = round(ASSAULTS * share * (1 + _LATER) * days / 365.25)
    districts = np.array([c for c in areas.valid_in(areas.TODAY) if c.startswith("E")])
    persons = areas.populations()
    weight = np.array([persons.get(code, 0) or 10_000 for code in districts], dtype=float)
    weight *= chance.lognormal(0, _SPREAD, len(districts))
    home = chance.choice(len(districts), rows, p=weight / weight.sum())
    band = chance.choice(len(_AGES), rows, p=[part for *_, part in _AGES])
    low, high = (np.array([each[n] for each in _AGES])[band] for n in (0, 1))
    age = (low + chance.random(rows) * (high - low)).astype(np.int16)
    groups = [code for code in ETHNIC_GROUPS if code != UNKNOWN]
    likely = np.where(np.array(groups) == "A", 0.66, 0.34 / (len(groups) - 1))
    sharp = chance.random(rows) < SHARP / ASSAULTS
    cause = np.where(sharp, "X990", chance.choice(["Y040", "Y001", "X950", "Y090"], rows))
    end = [first + timedelta(int(day)) for day in chance.integers(0, days, rows)]
    later = chance.random(rows) < _LATER / (1 + _LATER)
    number = np.arange(rows)
    values: dict[str, Any] = {
        "EPIKEY": [f"{10**11 + n}" for n in number],
        "FYEAR": [_year(day) for day in end],
        "PARTYEAR": ["202613"] * rows,
        "EPISTART": end,
        "EPIEND": end,
        "ADMIDATE": end,
        "EPISTAT": np.full(rows, 3),
        "EPIORDER": np.where(later, 2, 1),
        "EPITYPE": np.full(rows, 1),
        "CLASSPAT": np.full(rows, 1),
        "ADMIMETH": ["21"] * rows,
        "DISMETH": np.full(rows, 1),
        "CAUSE_4": cause,
        "DIAG_4_01": ["S010"] * rows,
        "DIAG_4_CONCAT": [f"S010,{code}" for code in cause],
        "SEX": chance.choice(["1", "2"], rows, p=[0.85, 0.15]),
        "STARTAGE": age,
        "ETHNOS": chance.choice(groups, rows, p=likely),
        "RESLADST_ONS": districts[home],
        "RESGOR_ONS": np.array([areas.region_of(code) for code in districts])[home],
        "TOKEN_PERSON_ID": [f"{10**15 + n}" for n in number],
    }
    return pa.table([pa.array(values[f.name], f.type) for f in EPISODE_SCHEMA], EPISODE_SCHEMA)


def _year(day: date) -> str:
    start = day.year - (day.month < 4)
    return f"{start % 100:02d}{(start + 1) % 100:02d}"
