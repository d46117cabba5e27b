"""Disclosure control, measured: `python -m bench disclosure`.

Every measurement is a process of its own, so that its peak memory is its own. Bars and peers'
figures are explained in docs/benchmarks-disclosure.md, which this writes the figures into.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.protection import WORK

DOCS = Path(__file__).parent.parent / "docs" / "benchmarks-disclosure.md"
START, END = "<!-- measured: start -->", "<!-- measured: end -->"
LIMIT, LONG_LIMIT = 600, 3_600
"""Seconds after which a measurement is given up, and one of `LONG`."""

LONG = ("protect-14-years-totals", "files-abc")

Result = dict[str, Any]
Bar = tuple[str, str, str, bool]

_ATTACKS = {
    "attack-sparse": "one year, sparse",
    "attack-dense": "one year, dense",
    "attack-sparse-year": "with the year's totals, sparse",
    "attack-dense-year": "with the year's totals, dense",
    "attack-14-years": "14 years, sparse",
    "attack-14-years-totals": "14 years with totals, sparse",
}
_PROTECTS = {
    "protect-sparse": "one year, sparse",
    "protect-dense": "one year, dense",
    "protect-sparse-year": "with the year's totals, sparse",
    "protect-dense-year": "with the year's totals, dense",
    "protect-14-years": "14 years, sparse",
    "protect-14-years-totals": "14 years with totals, sparse",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; 1 where a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench disclosure", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=WORK, default=list(WORK))
    parser.add_argument("--no-docs", action="store_true", help=f"leave docs/{DOCS.name} alone")
    parser.add_argument("--worker", choices=WORK)
    options = parser.parse_args(arguments)
    if options.worker:
        _work(WORK[options.worker])
        return 0
    results = {name: _measure(name) for name in options.only}
    report, passed = _report(results)
    print(f"\n{report}")
    if not options.no_docs:
        text = DOCS.read_text("utf-8")
        before, _, rest = text.partition(START)
        _, _, after = rest.partition(END)
        DOCS.write_text(f"{before}{START}\n{report}\n{END}{after}", "utf-8")
        print(f"Written to {DOCS.name}.")
    return 0 if passed else 1


def _work(job: Callable[[], Result]) -> None:
    """Measure once, in this process, and print the result as JSON."""
    start, cpu = time.perf_counter(), time.process_time()
    said = job()
    said.setdefault("seconds", time.perf_counter() - start)
    said["cpu"] = time.process_time() - cpu
    said["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(said))


def _measure(name: str) -> Result:
    limit = LONG_LIMIT if name in LONG else LIMIT
    command = [sys.executable, "-m", "bench.disclosure", "--worker", name]
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        print(f"{name}: given up after {limit} s", flush=True)
        return {}
    result: Result = json.loads(done.stdout)
    print(f"{name}: {result}", flush=True)
    return result


def _report(results: dict[str, Result]) -> tuple[str, bool]:
    """The tables in Markdown, and whether every bar was met."""
    lines = [
        f"Measured on {datetime.now(UTC):%-d %B %Y}: {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, HiGHS {version('highspy')}, "
        f"SciPy {version('scipy')}.",
        f"The machine's load was {os.getloadavg()[2]:.0f} in the last quarter of an hour.",
        "",
        "| Attack | Cells | Protected | Exact | Narrow | Undecided | Seconds | Of processors | "
        "Peak MiB |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, title in _ATTACKS.items():
        r = results.get(name)
        if r is None:
            continue
        if not r:
            lines.append(f"| {title} | | | | | | over {LIMIT} | | |")
            continue
        lines.append(
            f"| {title} | {r['cells']:,} | {r['protected']:,} | {r['exact']:,} | {r['narrow']:,} | "
            f"{r['undecided']:,} | {r['seconds']:.1f} | {r['cpu']:.1f} | {r['peak_mib']:.0f} |"
        )
    lines += [
        "",
        "| Protect, repair, prove | Starred | Numbers withheld | Stars withheld | "
        "Share of counts | Force totals withheld | Trend error, rule → repaired | "
        "Narrow after | Seconds | Of processors | Peak MiB |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, title in _PROTECTS.items():
        r = results.get(name)
        if r is None:
            continue
        if not r:
            lines.append(f"| {title} | | | | | | | | given up | | |")
            continue
        lines.append(
            f"| {title} | {r['starred']:,} | {r['numbers']:,} | {r['stars']:,} | "
            f"{r['share']:.2%} | {r['force_totals']} of {r['force_cells']} | "
            f"{r['trend_rule']:.1%} → {r['trend']:.1%} | {r['narrow']} | {r['seconds']:.1f} | "
            f"{r['cpu']:.1f} | {r['peak_mib']:.0f} |"
        )
    if r := results.get("files-abc"):
        lines += [
            "",
            "| Files a, b and c of 612092, 14 years | Cells | Linked | Attacked | Exact before | "
            "Not shown safe before | Withheld | Narrow after | Proved by | Seconds | Peak MiB |",
            "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
            f"| jointly | {r['cells']:,} | {r['linked']:,} | {r['protected']:,} | "
            f"{r['exact_before']:,} | {r['exposed_before']:,} | {r['withheld']:,} | "
            f"{r['narrow']} | {r['witnesses']} tables | {r['seconds']:.0f} | {r['peak_mib']:.0f} |",
        ]
    lines += ["", "| Bar | Measured | Verdict |", "|---|---:|---|"]
    bars = _bars(results)
    lines += [
        f"| {bar} | {measured} | {'met' if met else '**missed**'} |" for bar, measured, met in bars
    ]
    return "\n".join(lines), all(met for *_, met in bars)


def _bars(results: dict[str, Result]) -> list[tuple[str, str, bool]]:
    bars: list[tuple[str, str, bool]] = []

    def bar(name: str, title: str, key: str, most: float, form: str) -> None:
        r = results.get(name)
        if r is not None:
            bars.append(
                (title, form.format(r[key]) if r else "not done", bool(r) and r[key] <= most)
            )

    for density in ("sparse", "dense"):
        bar(
            f"attack-{density}",
            f"attack of 14,112 {density} cells in 2 s",
            "seconds",
            2,
            "{:.1f} s",
        )
        name = f"protect-{density}"
        bar(name, f"protect, repair and prove them in 10 s ({density})", "seconds", 10, "{:.1f} s")
        bar(name, f"nothing narrower than 3 afterwards ({density})", "narrow", 0, "{}")
        peer = {"sparse": 526, "dense": 1640}[density]
        title = f"at most 15 % over the best peer's {peer:,} withheld ({density})"
        bar(name, f"{title}, numbers and stars", "withheld", 1.15 * peer, "{:,}")
    for density, peer in (("sparse", 913), ("dense", 1896)):
        name = f"protect-{density}-year"
        title = f"with the year's totals ({density})"
        bar(name, f"nothing narrower than 3 afterwards, {title}", "narrow", 0, "{}")
        bar(name, f"in 60 s, {title}", "seconds", 60, "{:.0f} s")
        over = f"at most 15 % over the best peer's {peer:,} withheld, {title}"
        bar(name, f"{over}, numbers and stars", "withheld", 1.15 * peer, "{:,}")
        bar(name, f"{over}, numbers", "numbers", 1.15 * peer, "{:,}")
    for kind, cells in (("14-years", "197,568"), ("14-years-totals", "214,032")):
        title = f"{cells} linked cells"
        name = f"attack-{kind}"
        bar(name, f"attack of {title} in 30 s", "seconds", 30, "{:.0f} s")
        bar(name, f"attack of {title} in 2 GiB", "peak_mib", 2048, "{:.0f} MiB")
        name = f"protect-{kind}"
        bar(name, f"nothing narrower than 3 afterwards, {title}", "narrow", 0, "{}")
        bar(name, f"protect, repair and prove {title} in 180 s", "seconds", 180, "{:.0f} s")
        bar(name, f"protect, repair and prove {title} in 2 GiB", "peak_mib", 2048, "{:.0f} MiB")
    title = "nothing narrower than 3 afterwards, files a, b and c of 612092 over 14 years"
    bar("files-abc", title, "narrow", 0, "{}")
    bar("files-abc", "files a, b and c in 2 GiB", "peak_mib", 2048, "{:.0f} MiB")
    bar("optimum", "30 small tables within 10 % of the proved optimum", "over", 0, "{} over")
    bar("oracle", "200 tables as a plain integer programme has them", "different", 0, "{} differ")
    r = results.get("scipy")
    if r:
        title = f"{r['times']:.0f} times as fast as SciPy's milp, cell by cell ({r['note']})"
        bars.append((title, f"{r['seconds']:.0f} s for one month", r["times"] > 1))
    return bars


if __name__ == "__main__":
    sys.exit(main())
