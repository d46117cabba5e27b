"""Counting people, measured: `python -m bench counting`.

Every way on every set of records is a process of its own, so that its peak memory is its own.
The figures go into docs/benchmarks-counting.md, and the recovery table into
docs/explanation/counting-people.md.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from bench.linking import WAYS
from sharewell.linkage import NO_ERRORS, count_people, invent, link, recovery
from sharewell.linkage.records import pack

DOCS = Path(__file__).parent.parent / "docs"
START, END = "<!-- {}: start -->", "<!-- {}: end -->"

SETS = {
    "60k": (60_000, 30_000),
    "200k": (200_000, 30_000),
    "1m": (1_000_000, 500_000),
}
SEEDS = (2026, 2027, 2028)
ALONE = (20_000, 50_000, 100_000, 300_000, 1_000_000)
"""Sizes at which everybody has one record without errors."""

TIMED, ROUNDS = ("stepwise", "splink"), 2
"""Ways that are timed, and how often again, in turns: the quickest counts."""

BARS = {"60k": (0.966, 0.023), "200k": (0.954, None)}
SECONDS, CORRECTED = 60.0, 0.001

Result = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; 1 where a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench counting", description=__doc__)
    parser.add_argument("--no-docs", action="store_true", help="leave the docs alone")
    parser.add_argument("--worker", nargs="+")
    options = parser.parse_args(arguments)
    if options.worker:
        print(json.dumps(_work(*options.worker)))
        return 0
    linked = {(name, way): _measure("link", name, way) for name in SETS for way in WAYS}
    for _ in range(ROUNDS):
        for way in TIMED:
            again = _measure("link", "1m", way)
            linked["1m", way] = min(linked["1m", way], again, key=lambda r: float(r["seconds"]))
    counted = {(name, seed): _measure("count", name, str(seed)) for name in SETS for seed in SEEDS}
    alone = {people: _measure("alone", str(people)) for people in ALONE}
    bars = _bars(linked, alone)
    table, report = _recovery(linked, counted), _report(linked, alone, bars)
    print(f"\n{table}\n\n{report}")
    if not options.no_docs:
        _write(DOCS / "explanation" / "counting-people.md", "recovery", table)
        _write(DOCS / "benchmarks-counting.md", "measured", f"{table}\n\n{report}")
    return 0 if all(met for *_, met in bars) else 1


def _work(job: str, *given: str) -> Result:
    """One measurement, in this process."""
    if job == "alone":
        return _alone(int(given[0]))
    records, people = SETS[given[0]]
    if job == "count":
        truth = invent(records, people, seed=int(given[1]))
        count = count_people(truth.records)
        return {
            "off": count.corrected / people - 1,
            "low": count.low / people - 1,
            "high": count.high / people - 1,
        }
    truth = invent(records, people)
    start, busy = time.perf_counter(), time.process_time()
    with contextlib.redirect_stdout(io.StringIO()):
        person = WAYS[given[1]][1](truth.records)
    seconds, cpu = time.perf_counter() - start, time.process_time() - busy
    found = recovery(truth.person, person)
    return {
        "precision": found.precision,
        "recall": found.recall,
        "f1": found.f1,
        "off": found.count_error,
        "seconds": seconds,
        "cpu": cpu,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _alone(people: int) -> Result:
    truth = invent(people, people, errors=NO_ERRORS)
    _, place, many = np.unique(pack(truth.records), return_inverse=True, return_counts=True)
    linked = link(truth.records)
    count = count_people(truth.records, linked)
    return {
        "sharing": float((many[place] > 1).mean()),
        "exact": count.exact / people - 1,
        "stepwise": count.stepwise / people - 1,
        "corrected": count.corrected / people - 1,
        "low": count.low / people - 1,
        "high": count.high / people - 1,
    }


def _measure(*job: str) -> Result:
    command = [sys.executable, "-m", "bench.counting", "--worker", *job]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: Result = json.loads(done.stdout.splitlines()[-1])
    print(" ".join(job), result, flush=True)
    return result


def _recovery(linked: dict[tuple[str, str], Result], counted: dict[Any, Result]) -> str:
    lines = [
        "| Records of people | Way | Precision | Recall | F1 | Count |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for name, (records, people) in SETS.items():
        for way, (title, _) in WAYS.items():
            r = linked[name, way]
            lines.append(
                f"| {records:,} of {people:,} | {title} | {r['precision']:.3f} | "
                f"{r['recall']:.3f} | {r['f1']:.3f} | {r['off']:+.1%} |"
            )
        for seed in SEEDS:
            r = counted[name, seed]
            lines.append(
                f"| {records:,} of {people:,} | corrected, seed {seed} | | | | {r['off']:+.2%} "
                f"({r['low']:+.1%} to {r['high']:+.1%}) |"
            )
    return "\n".join(lines)


def _report(
    linked: dict[tuple[str, str], Result],
    alone: dict[int, Result],
    bars: list[tuple[str, str, bool]],
) -> str:
    ours, theirs = linked["1m", "stepwise"], linked["1m", "splink"]
    lines = [
        "Everybody once, without errors:",
        "",
        "| People | Share an attributor | Exact | Stepwise | Corrected | 95 % interval |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {people:,} | {r['sharing']:.2%} | {r['exact']:+.2%} | {r['stepwise']:+.2%} | "
        f"{r['corrected']:+.3%} | {r['low']:+.2%} to {r['high']:+.2%} |"
        for people, r in alone.items()
    ]
    lines += [
        "",
        f"| One million records, the best of {ROUNDS + 1} | Seconds | Of processors | Peak MiB |",
        "|---|---:|---:|---:|",
        *(
            f"| {WAYS[way][0]} | {linked['1m', way]['seconds']:.1f} | "
            f"{linked['1m', way]['cpu']:.1f} | {linked['1m', way]['peak_mib']:,.0f} |"
            for way in TIMED
        ),
        "",
        f"Splink takes {theirs['seconds'] / ours['seconds']:.1f} times as long as the steps, and "
        f"{theirs['cpu'] / ours['cpu']:.1f} times the work of processors.",
        "",
        "| Bar | Measured | Verdict |",
        "|---|---:|---|",
        *(f"| {bar} | {said} | {'met' if met else '**missed**'} |" for bar, said, met in bars),
        "",
        f"Measured on {datetime.now(UTC):%-d %B %Y}: {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, NumPy {version('numpy')}, "
        f"SciPy {version('scipy')}, Splink {version('splink')}, DuckDB {version('duckdb')}.",
    ]
    return "\n".join(lines)


def _bars(
    linked: dict[tuple[str, str], Result], alone: dict[int, Result]
) -> list[tuple[str, str, bool]]:
    bars = []
    for name, (f1, most) in BARS.items():
        r = linked[name, "stepwise"]
        bars.append((f"{name}: F1 over {f1}", f"{r['f1']:.3f}", r["f1"] > f1))
        if most:
            off = abs(r["off"])
            bars.append((f"{name}: count within {most:.1%}", f"{off:.1%}", off < most))
        other = linked[name, "splink"]["f1"]
        bars.append((f"{name}: F1 over Splink's", f"{r['f1']:.3f}, {other:.3f}", r["f1"] > other))
    off = abs(alone[300_000]["corrected"])
    bars.append(("300,000 without errors: corrected within 0.1 %", f"{off:.3%}", off < CORRECTED))
    took = linked["1m", "stepwise"]["seconds"]
    bars.append((f"a million records in {SECONDS:.0f} s", f"{took:.1f} s", took < SECONDS))
    return bars


def _write(page: Path, mark: str, text: str) -> None:
    old = page.read_text("utf-8")
    before, _, rest = old.partition(START.format(mark))
    _, _, after = rest.partition(END.format(mark))
    page.write_text(f"{before}{START.format(mark)}\n{text}\n{END.format(mark)}{after}", "utf-8")
    print(f"Written to {page.name}.")


if __name__ == "__main__":
    sys.exit(main())
