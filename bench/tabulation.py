"""All tables of an agreement, measured: `python -m bench.tabulation` (or `make bench`).

Every measurement is a process of its own, so that its peak memory is its own; ways take turns,
so that a busy moment of the machine hits all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.agreements import AGREEMENTS
from bench.episodes import write_episodes, write_nothing
from bench.ways import WAYS, digest

BASE_ROWS = 20_000_000
DOCS = Path(__file__).parent.parent / "docs" / "benchmarks.md"
START, END = "<!-- measured: start -->", "<!-- measured: end -->"

READ_BAR, QUERY_BAR, MEMORY_BAR = 1.5, 0.5, 1024
"""Bars: times mere reading, times one query each, and MiB at the peak."""


@dataclass(frozen=True)
class Result:
    """One way over one agreement: median seconds by the clock and of
    processors, peak MiB, and the digest of its counts."""

    seconds: float
    cpu: float
    peak_mib: float
    digest: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; 1 where a bar is missed or two ways differ."""
    parser = argparse.ArgumentParser(prog="python -m bench.tabulation", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("var/bench"), help="where files go")
    parser.add_argument("--copies", type=int, nargs="+", default=[1, 8], help="times 20 million")
    parser.add_argument("--rows", type=int, default=BASE_ROWS, help="rows of one copy")
    parser.add_argument("--rounds", type=int, default=3, help="rounds to take the median of")
    parser.add_argument("--no-docs", action="store_true", help="leave docs/benchmarks.md alone")
    parser.add_argument("--worker", nargs=3, metavar=("WAY", "AGREEMENT", "COPIES"))
    options = parser.parse_args(arguments)
    if options.worker:
        _work(*options.worker, data=options.data, rows=options.rows)
        return 0
    print(f"Writing {options.rows:,} made-up episodes, unless they are there already ...")
    paths = _paths(options.data, options.rows)
    write_nothing(options.data)
    size = sum(path.stat().st_size for path in paths)
    results: dict[tuple[str, int, str], Result] = {}
    for copies in options.copies:
        for agreement in AGREEMENTS:
            results |= _measure(options, agreement, copies)
    report, passed = _report(results, options.rows, size)
    print(f"\n{report}")
    if not options.no_docs:
        _write_docs(report)
        print(f"Written to {DOCS.name}.")
    return 0 if passed else 1


def _paths(data: Path, rows: int) -> tuple[Path, ...]:
    return write_episodes(data / f"{rows // 1_000_000}m", rows)


def _work(way: str, agreement: str, copies: str, *, data: Path, rows: int) -> None:
    """Measure once, in this process, and print the result as JSON."""
    paths = _paths(data, rows) * int(copies)
    WAYS[way](AGREEMENTS[agreement], [data / "nobody.parquet"])  # load libraries and catalogue
    start, cpu_start = time.perf_counter(), time.process_time()
    counts = WAYS[way](AGREEMENTS[agreement], paths)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu_start
    # Not ru_maxrss: that begins with what the process that started this one held.
    status = Path("/proc/self/status").read_text("ascii")
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
    said = {"seconds": seconds, "cpu": cpu, "peak_mib": peak, "digest": digest(counts())}
    print(json.dumps(said))


def _measure(
    options: argparse.Namespace, agreement: str, copies: int
) -> dict[tuple[str, int, str], Result]:
    taken: dict[str, list[Result]] = {way: [] for way in WAYS}
    for number in range(options.rounds + 1):
        for way in WAYS:
            if number == 0 and way != "read only":
                continue  # the round before the first brings the files into the page cache
            if number > 1 and copies > 1 and way == "one query each":
                continue  # it takes minutes, and is far from its bar
            command = [sys.executable, "-m", "bench.tabulation", "--data", str(options.data)]
            command += ["--rows", str(options.rows), "--worker", way, agreement, str(copies)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            result = Result(**json.loads(done.stdout))
            print(
                f"{agreement}, {copies * options.rows / 1e6:.0f} million rows, {way}: "
                f"{result.seconds:.2f} s, {result.peak_mib:.0f} MiB, {result.digest}",
                flush=True,
            )
            if number:
                taken[way].append(result)
    return {
        (agreement, copies, way): Result(
            statistics.median(r.seconds for r in runs),
            statistics.median(r.cpu for r in runs),
            max(r.peak_mib for r in runs),
            runs[0].digest,
        )
        for way, runs in taken.items()
    }


_TITLES = {
    "together": "Sharewell: all tables together",
    "one query each": "(a) one DuckDB query for each crossing",
    "polars": "(b) Polars, cohort once, then groups",
    "read only": "(c) only reading the same columns",
}


def _report(results: dict[tuple[str, int, str], Result], rows: int, size: int) -> tuple[str, bool]:
    """The tables in Markdown, and whether every bar was met."""
    agreements = list(dict.fromkeys(key[0] for key in results))
    copies = list(dict.fromkeys(key[1] for key in results))
    lines = [
        f"Measured on {datetime.now(UTC):%-d %B %Y}: {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, DuckDB {version('duckdb')}, "
        f"Polars {version('polars')}; {rows:,} rows in {size / 2**20:,.0f} MiB of Parquet.",
        "",
        "| Agreement | Million rows | Way | Seconds | CPU seconds | Peak MiB | Times (c) |",
        "|---|---:|---|---:|---:|---:|---:|",
    ]
    for agreement in agreements:
        for n in copies:
            read = results[agreement, n, "read only"].seconds
            for way, title in _TITLES.items():
                each = results[agreement, n, way]
                lines.append(
                    f"| {agreement} | {n * rows / 1e6:.0f} | {title} | {each.seconds:.2f} | "
                    f"{each.cpu:.2f} | {each.peak_mib:.0f} | {each.seconds / read:.2f} |"
                )
    lines += ["", "| Bar | Agreement | Measured | Verdict |", "|---|---|---:|---|"]
    passed = True
    for bar, agreement, measured, met in _bars(results, agreements, copies, rows):
        lines.append(f"| {bar} | {agreement} | {measured} | {'met' if met else '**missed**'} |")
        passed = passed and met
    return "\n".join(lines), passed


def _bars(
    results: dict[tuple[str, int, str], Result],
    agreements: Sequence[str],
    copies: Sequence[int],
    rows: int,
) -> list[tuple[str, str, str, bool]]:
    bars: list[tuple[str, str, str, bool]] = []
    for agreement in agreements:
        for n in copies:
            of = {way: results[agreement, n, way] for way in WAYS}
            ours = of["together"]
            scale = f"{agreement}, {n * rows / 1e6:.0f} million"
            reading = ours.seconds / of["read only"].seconds
            queries = ours.seconds / of["one query each"].seconds
            same = {of[way].digest for way in ("together", "one query each", "polars")}
            bars += [
                (f"at most {READ_BAR} × (c)", scale, f"{reading:.2f}", reading <= READ_BAR),
                (f"at most {QUERY_BAR} × (a)", scale, f"{queries:.2f}", queries <= QUERY_BAR),
                (
                    f"at most {MEMORY_BAR} MiB",
                    scale,
                    f"{ours.peak_mib:.0f}",
                    ours.peak_mib <= MEMORY_BAR,
                ),
                (
                    "the same numbers from all three",
                    scale,
                    ours.digest.split(":")[0] + " cells above 0",
                    len(same) == 1,
                ),
            ]
        if len(copies) > 1:
            small, large = min(copies), max(copies)
            growth = (
                results[agreement, large, "together"].seconds
                / results[agreement, small, "together"].seconds
            )
            limit = large / small
            bars.append(
                (
                    f"time × {limit:.0f} at most, as the rows",
                    agreement,
                    f"× {growth:.2f}",
                    growth <= limit,
                )
            )
    return bars


def _write_docs(report: str) -> None:
    """Put ``report`` between the markers of the page."""
    text = DOCS.read_text("utf-8")
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    DOCS.write_text(f"{before}{START}\n{report}\n{END}{after}", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
