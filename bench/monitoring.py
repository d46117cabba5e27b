"""How long checking a file of a million activity rows takes, and in how much memory.

Every measurement is a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError, create_model

from sharewell.monitoring import checking, data_set, write_findings, write_marked
from sharewell.monitoring import model as declared_model
from sharewell.monitoring.synthesis import MIX, Size, synthesise

DOCS = Path(__file__).resolve().parents[1] / "docs" / "benchmarks-monitoring.md"
START, END = "<!-- measured: start -->", "<!-- measured: end -->"
ROWS, MOST_SECONDS, MOST_MIB = 1_000_000, 60.0, 1024.0
YEAR, AS_OF = 2025, date(2026, 6, 30)

Result = dict[str, Any]


def check(data: Path) -> str:
    """Every check over the activity and the clients, records compared."""
    with checking([data / "needle.csv", data / "client.csv"], data_set(YEAR), as_of=AS_OF) as done:
        report = done.report
    rows = sum(table.rows for table in report.tables)
    return f"{rows:,} rows, {report.errors:,} errors, {report.warnings:,} warnings"


def check_and_write(data: Path) -> str:
    """The same, with the findings and the marked files written."""
    with (
        tempfile.TemporaryDirectory() as out,
        checking([data / "needle.csv", data / "client.csv"], data_set(YEAR), as_of=AS_OF) as done,
    ):
        count = write_findings(done, Path(out) / "findings.csv")
        write_marked(done, Path(out))
    return f"{count:,} findings written"


def row_models(data: Path) -> str:
    """Pydantic, row by row: required values, forms, ranges and code lists of one record only."""
    model = _row_model(data_set(YEAR).module("needle"))
    wrong = 0
    with (data / "needle.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            try:
                model(**{name: value or None for name, value in row.items()})
            except ValidationError:
                wrong += 1
    return f"{wrong:,} rows refused"


def read_only(data: Path) -> str:
    """Python's own reader of CSV, and nothing else."""
    with (data / "needle.csv").open(encoding="utf-8", newline="") as file:
        return f"{sum(1 for _ in csv.reader(file)):,} lines"


WAYS: dict[str, tuple[str, Callable[[Path], str]]] = {
    "check": ("Sharewell: every check of the activity and its clients", check),
    "write": ("Sharewell: the same, findings and marked files written", check_and_write),
    "pydantic": ("Pydantic models row by row, single values of the activity only", row_models),
    "read": ("Only reading the activity with Python's csv", read_only),
}


def main(arguments: list[str]) -> int:
    """Measure, print, and write the figures into the docs; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench monitoring", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--no-docs", action="store_true")
    parser.add_argument("--worker", nargs=2, metavar=("WAY", "DATA"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.worker:
        _work(options.worker[0], Path(options.worker[1]))
        return 0
    with tempfile.TemporaryDirectory(prefix="sharewell-bench-") as folder:
        data = Path(folder)
        size = Size(activities=round(options.rows / MIX["needle"]), first_year=YEAR, years=1)
        synthesise(data, size, form="csv")
        bytes_read = sum((data / name).stat().st_size for name in ("needle.csv", "client.csv"))
        results = {way: _measure(way, data) for way in WAYS}
    report, passed = _report(results, options.rows, bytes_read)
    print(f"\n{report}")
    if not options.no_docs:
        before, _, rest = DOCS.read_text("utf-8").partition(START)
        _, _, after = rest.partition(END)
        DOCS.write_text(f"{before}{START}\n{report}\n{END}{after}", "utf-8")
        print(f"Written to {DOCS.name}.")
    return 0 if passed else 1


def _work(way: str, data: Path) -> None:
    start, cpu = time.perf_counter(), time.process_time()
    said = WAYS[way][1](data)
    # Not ru_maxrss: that begins with what the process that started this one held.
    status = Path("/proc/self/status").read_text("ascii")
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    print(json.dumps({"seconds": seconds, "cpu": cpu, "peak_mib": peak, "said": said}))


def _measure(way: str, data: Path) -> Result:
    command = [sys.executable, "-m", "bench", "monitoring", "--worker", way, str(data)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: Result = json.loads(done.stdout)
    print(f"{way}: {result}", flush=True)
    return result


def _report(results: dict[str, Result], rows: int, size: int) -> tuple[str, bool]:
    lines = [
        f"Measured on {datetime.now(UTC):%-d %B %Y}: {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, DuckDB {version('duckdb')}, Pydantic {version('pydantic')}; "
        f"{rows:,} rows of activity and their clients, {size / 2**20:.0f} MiB of CSV.",
        "",
        "| Way | Seconds | Processor seconds | Peak MiB | What it found |",
        "|---|---:|---:|---:|---|",
    ]
    for way, (title, _) in WAYS.items():
        r = results[way]
        lines.append(
            f"| {title} | {r['seconds']:.1f} | {r['cpu']:.1f} | {r['peak_mib']:.0f} | {r['said']} |"
        )
    ours = results["check"]
    bars = [
        (f"under {MOST_SECONDS:.0f} s", f"{ours['seconds']:.1f} s", ours["seconds"] < MOST_SECONDS),
        (f"under {MOST_MIB:.0f} MiB", f"{ours['peak_mib']:.0f} MiB", ours["peak_mib"] < MOST_MIB),
    ]
    lines += ["", "| Bar | Measured | Verdict |", "|---|---:|---|"]
    lines += [f"| {bar} | {got} | {'met' if met else '**missed**'} |" for bar, got, met in bars]
    return "\n".join(lines), all(met for *_, met in bars)


def _row_model(module: declared_model.Module) -> type[BaseModel]:
    """A Pydantic model with the same requirements on single values."""
    fields: dict[str, Any] = {}
    for field in module.fields:
        kind: Any = {"date": date, "integer": int, "decimal": float}.get(field.kind, str)
        if field.code_list is not None:
            codes = "|".join(re.escape(code.code) for code in field.code_list.of_year(YEAR))
            kind = Annotated[str, Field(pattern=f"^({codes})$")]
        elif field.pattern:
            kind = Annotated[str, Field(pattern=f"^{field.pattern}$", max_length=field.longest)]
        elif field.kind == "initial":
            kind = Annotated[str, Field(pattern="^[A-Z]$")]
        elif field.least is not None:
            kind = Annotated[kind, Field(ge=field.least, le=field.most)]
        fields[field.name] = (kind, ...) if field.required else (kind | None, None)
    model: type[BaseModel] = create_model("Row", **fields)
    return model
