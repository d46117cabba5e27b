"""How long a file of a million activity rows takes from being sent to being applied, and undone.

Every measurement is a process of its own with a database of its own, so that its peak memory is
its own. The alternative is what one would write first: each row through the functions that the
pages use.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sharewell.ledger import connect_info
from sharewell.monitoring.synthesis import MIX, Size, synthesise

DOCS = Path(__file__).resolve().parents[1] / "docs" / "benchmarks-uploads.md"
START, END = "<!-- measured: start -->", "<!-- measured: end -->"
ROWS, MOST_SECONDS, MOST_MIB = 1_000_000, 120.0, 1024.0
YEAR, CODE = 2025, "HATCH01"
ROWS_EACH = 60
"""Rows of activity for each person: as many as 3 million of 50,000 people."""
SMALL = 2_000
"""Rows of the comparison with the functions of the pages, a row at a time."""

Result = dict[str, Any]


def main(arguments: list[str]) -> int:
    """Measure, print, and write the figures into the docs; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench uploads", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--no-docs", action="store_true")
    parser.add_argument("--shared", action="store_true", help="say that the machine was shared")
    parser.add_argument("--worker", nargs=2, metavar=("WAY", "DATA"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.worker:
        _work(options.worker[0], Path(options.worker[1]))
        return 0
    results: dict[int, Result] = {}
    for rows in (SMALL, options.rows // 4, options.rows):
        with tempfile.TemporaryDirectory(prefix="sharewell-bench-") as folder:
            _invent(Path(folder), rows)
            results[rows] = _measure("file", Path(folder))
            if rows == SMALL:
                by_row = _measure("rows", Path(folder))
    report, passed = _report(results, by_row, options.rows, shared=options.shared)
    print(f"\n{report}")
    if not options.no_docs:
        before, _, rest = DOCS.read_text("utf-8").partition(START)
        _, _, after = rest.partition(END)
        DOCS.write_text(f"{before}{START}\n{report}\n{END}{after}", "utf-8")
        print(f"Written to {DOCS.name}.")
    return 0 if passed else 1


def _invent(data: Path, rows: int) -> None:
    """Activity and clients of many services, all under the code of one."""
    people = max(500, rows // ROWS_EACH)
    size = Size(people=people, activities=round(rows / MIX["needle"]), first_year=YEAR, years=1)
    synthesise(data, size, form="csv")
    for name in ("needle", "client"):
        with (
            (data / f"{name}.csv").open(encoding="utf-8", newline="") as source,
            (data / f"{name}-sent.csv").open("w", encoding="utf-8", newline="") as target,
        ):
            reader = csv.DictReader(source)
            writer = csv.DictWriter(target, reader.fieldnames or ())
            writer.writeheader()
            for row in reader:
                if row.get("client_id"):  # one service's references are another's too
                    row["client_id"] = f"{row['service']}-{row['client_id']}"
                row["service"] = CODE
                writer.writerow(row)


def _work(way: str, data: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="sharewell-bench-") as folder:
        _set_up(Path(folder))
        service, person = _service()
        told = WAYS[way](service, person, data)
    # Not ru_maxrss: that begins with what the process that started this one held.
    status = Path("/proc/self/status").read_text("ascii")
    told["peak_mib"] = int(status.split("VmHWM:")[1].split()[0]) / 1024
    print(json.dumps(told))


def _file(service: Any, person: Any, data: Path) -> Result:
    """The clients' file sent, tested and applied; then that of activity, which is sent again and
    undone; all as the worker does it."""
    from sharewell.service.monitoring import reach
    from sharewell.service.monitoring.reach import staff_reach, within
    from sharewell.service.monitoring.uploads import sending
    from sharewell.service.monitoring.uploads.sending import Sent

    def pieces(path: Path) -> Iterator[bytes]:
        with path.open("rb") as file:
            yield from iter(lambda: file.read(2**16), b"")

    told: Result = {}

    def stage(name: str, do: Callable[[], Any]) -> Any:
        start, cpu = time.perf_counter(), _cpu()
        done = do()
        told[name] = {"seconds": time.perf_counter() - start, "cpu": _cpu() - cpu}
        return done

    def send(name: str = "needle") -> Any:
        path = data / f"{name}-sent.csv"
        with within(staff_reach(person)):
            sent = [Sent(path.name, pieces(path))]
            return sending.receive(person, service, sent, year=YEAR)

    def apply() -> None:
        with within(staff_reach(person)):
            sending.ask_to_apply(person, made, only_good=True)
        _do(made.pk, service)

    def undo() -> None:
        with within(staff_reach(person)):
            sending.ask_to_undo(person, made)
        _do(made.pk, service)

    made = send("client")
    stage("test_clients", lambda: _do(made.pk, service))
    stage("apply_clients", apply)
    with within(staff_reach(person)):
        told["clients"] = reach.uploads().get(pk=made.pk).counts["clients"]
    made = stage("send", send)
    stage("test", lambda: _do(made.pk, service))
    stage("apply", apply)
    with within(staff_reach(person)):
        counts = reach.uploads().get(pk=made.pk).counts
    first = made
    told["counts"] = counts
    made = send()
    stage("test_again", lambda: _do(made.pk, service))
    stage("apply_again", apply)
    made = first
    stage("undo", undo)
    return told


def _rows(service: Any, person: Any, data: Path) -> Result:
    """The same files without any check, a row at a time through the functions of the pages."""
    from sharewell.monitoring import checking, data_set
    from sharewell.service.monitoring import clients, records
    from sharewell.service.monitoring.reach import staff_reach, within

    declared = data_set(YEAR)
    needle = declared.module("needle")
    start, cpu = time.perf_counter(), _cpu()
    paths = [data / "client-sent.csv", data / "needle-sent.csv"]
    known: dict[str, Any] = {}
    count = 0
    with checking(paths, declared) as checked:
        for src, fitted in enumerate(checked.tables):
            for piece in checked.sound_rows(src):
                for values in piece.to_pylist():
                    row = {
                        name: "" if values[name] is None else str(values[name])
                        for name in fitted.module.names
                    }
                    if values["dummy"]:
                        continue
                    with within(staff_reach(person)):
                        if fitted.module.id == "client":
                            known[row["client_id"]] = clients.add(service, row)
                        elif row["client_id"] in known:
                            records.add(service, needle, [row], client=known[row["client_id"]])
                        count += 1
    return {"all": {"seconds": time.perf_counter() - start, "cpu": _cpu() - cpu}, "rows": count}


WAYS: dict[str, Callable[[Any, Any, Path], Result]] = {"file": _file, "rows": _rows}


def _do(upload: Any, service: Any) -> None:
    """The job of the upload, as the worker does it."""
    from django.urls import resolve

    from sharewell.service.jobs.models import Job
    from sharewell.service.jobs.queue import run_job
    from sharewell.service.monitoring import reach
    from sharewell.service.monitoring.reach import reach_of_service, within

    with within(reach_of_service(service.pk)):
        address = reach.uploads().get(pk=upload).job
    job_id = resolve(address).kwargs["job_id"]
    run_job.func(str(job_id))
    job = Job.objects.get(pk=job_id)
    if job.state != "done":
        raise SystemExit(job.message)


def _set_up(home: Path) -> None:
    os.environ |= {
        "SHAREWELL_HOME": str(home),
        "DATABASE_URL": connect_info(home),
        "DJANGO_SETTINGS_MODULE": "sharewell.service.settings",
    }
    import django

    django.setup()
    from sharewell.service import running

    running.prepare()


def _service() -> tuple[Any, Any]:
    """A service and who works there."""
    from django.utils import timezone

    from sharewell.service.accounts.models import Grant, Organisation, User
    from sharewell.service.monitoring.models import Service
    from sharewell.service.monitoring.postcodes import INVENTED, load
    from sharewell.service.monitoring.reach import MANAGER, Reach, within

    load(INVENTED)
    provider = Organisation.objects.create(
        name="Harbour (invented)", short="Harbour", kind=Organisation.Kind.PROVIDER
    )
    person = User.objects.create_user("mo@example.org", None, name="Mo Manager (invented)")
    Grant.objects.create(
        person=person, role=MANAGER, organisation=provider, starts=timezone.localdate()
    )
    with within(Reach("administrator")):
        service = Service.objects.create(
            organisation=provider, code=CODE, name="Hatch", area="E08000012", modules=["needle"]
        )
    return service, person


def _cpu() -> float:
    """Processor seconds of this process; PostgreSQL's are its own."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _measure(way: str, data: Path) -> Result:
    command = [sys.executable, "-m", "bench", "uploads", "--worker", way, str(data)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    result: Result = json.loads(done.stdout.splitlines()[-1])
    print(f"{way}: {result}", flush=True)
    return result


def _report(
    results: dict[int, Result], by_row: Result, rows: int, *, shared: bool
) -> tuple[str, bool]:
    ours, small = results[rows], results[SMALL]
    quarter = results[rows // 4]
    other = " Other work ran on the same machine at the same time." if shared else ""
    lines = [
        f"Measured on {datetime.now(UTC):%-d %B %Y}: {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, DuckDB {version('duckdb')}; {rows:,} rows of activity "
        f"of {ours['clients']['added']:,} clients.{other}",
        "",
        f"| Step | {rows // 4:,}: seconds | {rows:,}: seconds | Worker's processor seconds |",
        "|---|---:|---:|---:|",
    ]
    steps = {
        "test_clients": "The clients' file tested",
        "apply_clients": "and applied: a key and an identity for each",
        "send": "The file of activity sent and sealed",
        "test": "Tested: every check, compared with what is kept, findings and the marked file",
        "apply": "Applied",
        "test_again": "The same file tested again",
        "apply_again": "The same file applied again, which changes nothing",
        "undo": "Undone",
    }
    lines += [
        f"| {title} | {quarter[step]['seconds']:.1f} | {ours[step]['seconds']:.1f} | "
        f"{ours[step]['cpu']:.1f} |"
        for step, title in steps.items()
    ]
    both = ours["test"]["seconds"] + ours["apply"]["seconds"]
    growth = both / (quarter["test"]["seconds"] + quarter["apply"]["seconds"])
    steps_of_all = ("test_clients", "apply_clients", "test", "apply")
    here = sum(small[step]["seconds"] for step in steps_of_all)
    ratio = by_row["all"]["seconds"] / here
    added = ours["counts"]["records"]["added"]
    lines += [
        "",
        f"{added:,} records were added. Four times the rows took {growth:.1f} times as long.",
        "",
        f"A row at a time through the functions that the pages use, {SMALL:,} rows of activity and "
        f"their clients took {by_row['all']['seconds']:.0f} s, and as a file {here:.1f} s: "
        f"{ratio:.0f} times as long, without comparing or marking anything.",
        "",
        "| Bar | Measured | Verdict |",
        "|---|---:|---|",
    ]
    bars = [
        (
            f"{rows:,} rows of activity tested and applied in under {MOST_SECONDS:.0f} s",
            f"{both:.1f} s",
            both < MOST_SECONDS,
        ),
        (
            f"the worker in under {MOST_MIB:.0f} MiB",
            f"{ours['peak_mib']:.0f} MiB",
            ours["peak_mib"] < MOST_MIB,
        ),
    ]
    lines += [f"| {bar} | {got} | {'met' if met else '**missed**'} |" for bar, got, met in bars]
    return "\n".join(lines), all(met for *_, met in bars)
