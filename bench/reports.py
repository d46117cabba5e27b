"""How long the monitoring report takes on three million records: counted, protected, attacked.

Every measurement is a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sharewell.agreements import load_agreement
from sharewell.catalogue.activity import ACTIVITY_SCHEMA
from sharewell.catalogue.activity_counts import CHESHIRE_AND_MERSEYSIDE
from sharewell.catalogue.monitoring_codes import labels
from sharewell.disclosure.defend import defend
from sharewell.disclosure.frame import frame_of
from sharewell.engine import DuckDBEngine
from sharewell.flows.known import new_shown
from sharewell.flows.publishing import protect_table
from sharewell.flows.tables import specify
from sharewell.tabulation import CountedTable, TableSpec, tabulate

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs" / "benchmarks-reports.md"
AGREEMENT = ROOT / "examples" / "agreements" / "CM-IMS-000001-INVNT-v1.0.yaml"
START, END = "<!-- measured: start -->", "<!-- measured: end -->"
ROWS, PEOPLE, SERVICES, YEARS = 3_000_000, 50_000, 60, 10
FIRST = date(2016, 4, 1)
PERIODS = {
    "quarter": (date(2026, 1, 1), date(2026, 3, 31)),
    "year": (date(2025, 4, 1), date(2026, 3, 31)),
}
MOST_COUNT, MOST_DEFEND = 30.0, 120.0  # processor seconds

Result = dict[str, Any]


def write_records(path: Path, rows: int) -> None:
    """Invented records of ten years: few people come often, most now and then. Nobody is real."""
    rng = np.random.default_rng(2026)
    day = np.datetime64(FIRST) + rng.integers(0, YEARS * 365, rows)
    person = (PEOPLE * rng.random(rows) ** 2).astype(np.int64)
    service = rng.integers(0, SERVICES, rows)
    module = rng.choice(9, rows, p=(0.62, 0.14, 0.05, 0.04, 0.03, 0.03, 0.05, 0.02, 0.02))
    names = np.array(
        [
            *("needle", "brief_intervention", "naloxone", "outreach", "assessment"),
            *("referral", "wellbeing", "steroid", "alcohol"),
        ],
        dtype=object,
    )

    def of_person(values: list[str | None], salt: int, chances: list[float] | None = None) -> Any:
        mine = np.random.default_rng(salt).choice(len(values), PEOPLE, p=chances)
        return np.array(values, dtype=object)[mine][person]

    def where(condition: Any, values: Any) -> Any:
        kept = values.astype(object)
        kept[~condition] = None
        return kept

    def of_module(number: int, values: list[Any]) -> Any:
        drawn = np.array(values, dtype=object)[rng.integers(0, len(values), rows)]
        return where(module == number, drawn)

    nine = list(CHESHIRE_AND_MERSEYSIDE)
    substances = ["HEROIN", "HEROIN", "CRACK", "STEROID", "ALCOHOL", "CANNABIS", None]
    birth = np.random.default_rng(1).integers(1945, 2007, PEOPLE)[person]
    columns = {
        "record": np.arange(rows),
        "person": where(rng.random(rows) >= 0.03, person),
        "service": np.char.add("S", service.astype(str)).astype(object),
        "service_area": np.array(nine, dtype=object)[service % 9],
        "module": names[module],
        "day": day,
        "visit": where(module == 0, np.char.add("V", (np.arange(rows) // 2).astype(str))),
        "age": day.astype("datetime64[Y]").astype(int) + 1970 - birth,
        "sex": of_person(["M", "F", "U"], 2, [0.71, 0.28, 0.01]),
        "ethnicity": of_person([*labels("ethnicity"), None], 3),
        "local_authority": of_person([*nine, "E08000003", None], 4),
        "client_main": of_person(substances, 5),
        "client_second": of_person(substances, 6),
        "client_injecting": of_person(["C", "P", "N", "Z", None], 7),
        "item": of_module(0, [*labels("item")]),
        "items_out": of_module(0, [1, 5, 10, 20, 50]),
        "returned": of_module(0, [None, None, 10]),
        "on_behalf_of": of_module(0, [None, 0, 0, 0, 1]),
        "injections_per_week": of_module(0, [None, 7, 14, 21]),
        "main_substance": of_module(0, substances),
        "intervention": of_module(1, [*labels("intervention")]),
        "intervention_outcome": of_module(1, [*labels("intervention_outcome")]),
        "naloxone_action": of_module(2, [*labels("naloxone_action")]),
        "kits": of_module(2, [1, 1, 2]),
        "direction": of_module(5, [*labels("direction")]),
        "agency": of_module(5, [*labels("agency")]),
        "arrived": of_module(5, ["Y", "N", "U"]),
        "stage": of_module(6, [*labels("stage")]),
        "exit_reason": of_module(6, [None, *labels("exit_reason")]),
        "psychological": of_module(6, [None, *range(21)]),
    }
    table = pa.table(
        [
            pa.array(columns[f.name], f.type, from_pandas=True)
            if f.name in columns
            else pa.nulls(rows, f.type)
            for f in ACTIVITY_SCHEMA
        ],
        schema=ACTIVITY_SCHEMA,
    )
    pq.write_table(table, path, compression="zstd")


def specs_of(period: str) -> list[TableSpec]:
    """Every table of the example agreement for a period."""
    first, last = PERIODS[period]
    agreement = load_agreement(AGREEMENT)
    return [replace(specify(t, last), first=first, last=last) for t in agreement.tables]


def counted_in(data: Path, period: str) -> tuple[CountedTable, ...]:
    """All tables at once."""
    with DuckDBEngine(temp_directory=data.parent) as engine:
        return tabulate(engine, specs_of(period), {"monitoring": [data]})


def count(data: Path, period: str) -> str:
    """The whole report from one reading of the records for people and one for activity."""
    tables = counted_in(data, period)
    return f"{len(tables)} tables, {sum(t.cells.num_rows for t in tables):,} cells"


def one_by_one(data: Path, period: str) -> str:
    """The same SQL, but a reading and a derivation of people for every crossing."""
    cells = 0
    for spec in specs_of(period):
        for crossing in spec.crossings:
            with DuckDBEngine(temp_directory=data.parent) as engine:
                only = replace(spec, crossings=(crossing,))
                cells += tabulate(engine, [only], {"monitoring": [data]})[0].cells.num_rows
    return f"{cells:,} cells"


def protect(data: Path, period: str) -> str:
    """Protected, attacked together and repaired: without the counting."""
    tables = list(counted_in(data, period))
    start, cpu = time.perf_counter(), time.process_time()
    (output,) = load_agreement(AGREEMENT).outputs
    years = {t.spec.first.year - (t.spec.first.month < 4) for t in tables}
    editions = {("monitoring", year): "bench" for year in years}
    new = [new_shown(protect_table(t, output), t, editions) for t in tables]
    done = defend(new, [], frame_of("monitoring"), small=4)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    withheld = sum(int(rows.sum()) for rows in done.withheld)
    said = (
        f"{len(done.linked):,} linked counts, {int(done.looked.sum()):,} small ones attacked, "
        f"{len(done.exposed):,} exposed before repair, {withheld:,} cells withheld, "
        f"{len(done.left)} left"
    )
    return json.dumps({"seconds": seconds, "cpu": cpu, "said": said})


WAYS: dict[str, tuple[str, Callable[[Path, str], str]]] = {
    "count": ("Sharewell: count every table", count),
    "one": ("The same, a reading for every crossing", one_by_one),
    "protect": ("Sharewell: protect, attack and repair every table", protect),
}


def main(arguments: list[str]) -> int:
    """Measure, print, and write the figures into the docs; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench reports", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--no-docs", action="store_true")
    parser.add_argument("--shared", action="store_true", help="say that the machine was shared")
    parser.add_argument("--without", nargs="*", choices=WAYS, default=[], help="leave ways out")
    parser.add_argument("--worker", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.worker:
        way, period, data = options.worker
        _work(way, period, Path(data))
        return 0
    with tempfile.TemporaryDirectory(prefix="sharewell-bench-") as folder:
        data = Path(folder) / "records.parquet"
        write_records(data, options.rows)
        size = data.stat().st_size
        ways = [way for way in WAYS if way not in options.without]
        results = {(w, p): _measure(w, p, data) for p in PERIODS for w in ways}
    report, passed = _report(results, options.rows, size, shared=options.shared)
    print(f"\n{report}")
    if not options.no_docs:
        before, _, rest = DOCS.read_text("utf-8").partition(START)
        _, _, after = rest.partition(END)
        DOCS.write_text(f"{before}{START}\n{report}\n{END}{after}", "utf-8")
        print(f"Written to {DOCS.name}.")
    return 0 if passed else 1


def _work(way: str, period: str, data: Path) -> None:
    start, cpu = time.perf_counter(), time.process_time()
    said = WAYS[way][1](data, period)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    # Not ru_maxrss: that begins with what the process that started this one held.
    status = Path("/proc/self/status").read_text("ascii")
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
    result: Result = {"seconds": seconds, "cpu": cpu, "said": said}
    if way == "protect":
        result = json.loads(said)
    print(json.dumps(result | {"peak_mib": peak}))


def _measure(way: str, period: str, data: Path) -> Result:
    command = [sys.executable, "-m", "bench", "reports", "--worker", way, period, str(data)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: Result = json.loads(done.stdout)
    print(f"{way}, {period}: {result}", flush=True)
    return result


def _report(
    results: dict[tuple[str, str], Result], rows: int, size: int, *, shared: bool
) -> tuple[str, bool]:
    note = " Other work ran on the same machine at the same time." if shared else ""
    lines = [
        f"Measured on {datetime.now(UTC):%-d %B %Y}: {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, DuckDB {version('duckdb')}; {rows:,} records of {PEOPLE:,} "
        f"people and {SERVICES} services in {YEARS} years, {size / 2**20:.0f} MiB of Parquet."
        f"{note}",
        "",
        "| Period | Way | Seconds | Processor seconds | Peak MiB | What came of it |",
        "|---|---|---:|---:|---:|---|",
    ]
    for (way, period), r in results.items():
        lines.append(
            f"| {period} | {WAYS[way][0]} | {r['seconds']:.1f} | {r['cpu']:.1f} | "
            f"{r['peak_mib']:.0f} | {r['said']} |"
        )
    lines += ["", "| Bar, in processor seconds | Measured | Verdict |", "|---|---:|---|"]
    passed = True
    bars = {"count": MOST_COUNT, "protect": MOST_DEFEND}
    for (way, period), r in results.items():
        if most := bars.get(way):
            passed &= r["cpu"] < most
            verdict = "met" if r["cpu"] < most else "**missed**"
            lines.append(f"| {way} a {period}: under {most:.0f} | {r['cpu']:.1f} | {verdict} |")
    for way, (title, _) in WAYS.items():
        if not any(way == measured for measured, _ in results):
            lines += ["", f"Not measured this time: {title[0].lower()}{title[1:]}."]
    for period in PERIODS:
        if {("one", period), ("count", period)} <= set(results):
            ratio = results["one", period]["cpu"] / results["count", period]["cpu"]
            lines += [
                "",
                f"A reading for every crossing of a {period} takes {ratio:.1f} times as much.",
            ]
    return "\n".join(lines), passed
