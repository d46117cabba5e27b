"""The service with a register of national size: taking it in, and people who read at once."""

from __future__ import annotations

import argparse
import http.client
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.register import AGREEMENTS, EDITIONS, FILE_ROWS, enlarge, write_workbook
from bench.serving import Answers, get, served, session, together
from sharewell.ledger import connect_info
from sharewell.register import read_workbook

DOCS = Path(__file__).parent.parent / "docs" / "benchmarks-service.md"
START, END = "<!-- measured: start -->", "<!-- measured: end -->"
SAMPLE = Path(__file__).parent.parent / "examples" / "register" / "register_2026-09.xlsx"
VIOLENCE = "DARS-NIC-612092-Q0Y6F"

IMPORT_BAR, PAGE_BAR = 300.0, 0.200
"""Bars: seconds to take in every edition, and seconds of a page at the 95th percentile."""
CLIENTS, READERS, INSIDERS = 8, 50, 20
_PAUSE = (0.5, 1.5)  # seconds in which a person reads before the next page


@dataclass(frozen=True)
class Asking:
    """Where one person goes: addresses by kind of page, and the cookie of a session if any."""

    addresses: dict[str, list[str]]
    cookie: str = ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark; 1 where a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench service", description=__doc__)
    parser.add_argument("--sample", type=Path, default=SAMPLE, help="a workbook to enlarge")
    parser.add_argument("--agreements", type=int, default=AGREEMENTS)
    parser.add_argument("--file-rows", type=int, default=FILE_ROWS)
    parser.add_argument("--editions", type=int, default=EDITIONS)
    parser.add_argument("--requests", type=int, default=30, help="of each client, of each page")
    parser.add_argument("--seconds", type=int, default=60, help="that the crowd reads")
    parser.add_argument("--no-docs", action="store_true", help="leave the docs page alone")
    parser.add_argument("--shared", action="store_true", help="say that the machine was shared")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="sharewell-bench-") as folder:
        home = Path(folder) / "out" / "home"
        _demo(Path(folder))
        _set_up(home)
        lines, importing = _take_in(given, Path(folder))
        public, inside = _where()
        with served(home) as port:
            pages, slowest = _each_page(port, public, inside, given.requests)
            crowd, errors = _crowd(port, public, inside, given.seconds)
    verdicts = [
        (f"all editions taken in within {IMPORT_BAR:.0f} s", f"{importing:.0f} s",
         importing <= IMPORT_BAR),
        (f"every page within {PAGE_BAR * 1000:.0f} ms at the 95th percentile, {CLIENTS} clients",
         f"{slowest * 1000:.0f} ms", slowest <= PAGE_BAR),
        (f"{READERS} people on the register and {INSIDERS} on agreements: no error",
         f"{errors} errors", errors == 0),
    ]  # fmt: skip
    lines = [_machine(shared=given.shared), "", *lines, "", *pages, "", *crowd, "",
             "| Bar | Measured | Verdict |", "|---|---:|---|"]  # fmt: skip
    lines += [f"| {bar} | {got} | {'met' if met else '**missed**'} |" for bar, got, met in verdicts]
    report = "\n".join(lines)
    print(report)
    if not given.no_docs:
        before, _, rest = DOCS.read_text("utf-8").partition(START)
        _, _, after = rest.partition(END)
        DOCS.write_text(f"{before}{START}\n{report}\n{END}{after}", "utf-8")
    return int(not all(met for *_, met in verdicts))


def _demo(folder: Path) -> None:
    """A home with agreements, releases and invented people, as `sharewell demo` makes it."""
    (folder / "none").mkdir()
    command = ["demo", "--no-serve", "--background", "0", "--first-year", "2026"]
    where = ["--out", str(folder / "out"), "--register", str(folder / "none")]
    subprocess.run(
        [sys.executable, "-m", "sharewell", *command, *where], check=True, capture_output=True
    )


def _set_up(home: Path) -> None:
    os.environ |= {
        "SHAREWELL_HOME": str(home),
        "DATABASE_URL": connect_info(home),
        "DJANGO_SETTINGS_MODULE": "sharewell.service.settings",
        "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
    }
    import django

    django.setup()


def _take_in(given: argparse.Namespace, folder: Path) -> tuple[list[str], float]:
    """Takes in every edition; the table, and seconds with the reading of the workbooks.

    Writing a workbook takes far longer than reading it, so three are written and read: the
    first, the middle one and the last. The mean stands for all.
    """
    from sharewell.service.register.models import Series
    from sharewell.service.register.taking import Intake

    written = {0, given.editions // 2, given.editions - 1}
    intake = Intake(Series.OFFICIAL, "a benchmark")
    reading, storing = [], []
    sample = read_workbook(given.sample)
    for number, edition in enumerate(
        enlarge(sample, given.agreements, given.file_rows, given.editions)
    ):
        if number in written:
            path = folder / "edition.xlsx"
            write_workbook(edition, path)
            reading.append(_timed(lambda path=path: read_workbook(path)))  # type: ignore[misc]
        storing.append(_timed(lambda edition=edition: intake.take_in(edition)))  # type: ignore[misc]
        print(f"Edition {number + 1}: {storing[-1]:.1f} s", flush=True)
    read = statistics.mean(reading) * given.editions
    lines = [
        f"**Taking in** {given.editions} editions that grow to {given.agreements:,} agreement "
        f"versions and {given.file_rows:,} file rows:",
        "",
        "| | Seconds |",
        "|---|---:|",
        f"| Reading the workbooks ({len(reading)} read, {statistics.mean(reading):.2f} s each) | "
        f"{read:.0f} |",
        f"| Storing and comparing all of them (the slowest {max(storing):.1f} s) | "
        f"{sum(storing):.0f} |",
        f"| Together | {read + sum(storing):.0f} |",
    ]
    return lines, read + sum(storing)


def _where() -> tuple[Asking, list[Asking]]:
    """Where people go: pages drawn from the register, and those of signed-in people."""
    from sharewell.service.accounts import demo
    from sharewell.service.register.models import AgreementRow, Applicant, Edition, Series

    chance = random.Random(2026)
    latest = Edition.objects.filter(series=Series.OFFICIAL).first()
    slugs = list(Edition.objects.filter(series=Series.OFFICIAL).values_list("slug", flat=True))
    rows = AgreementRow.objects.of(latest)
    references = chance.sample(sorted(set(rows.values_list("reference", flat=True))), 100)
    organisations = chance.sample(sorted(Applicant.objects.values_list("slug", flat=True)), 100)
    words = ("falls", "hospital", "cycling winter", "invented", "nhs england", "zebra")
    base = "/register/"
    public = {
        "search": [base, *(f"{base}?text={word.replace(' ', '+')}" for word in words)],
        "search with filters": [
            f"{base}?commercial=yes&sublicensing=yes",
            f"{base}?dataset=emergency&active=yes",
            f"{base}?organisation=university&sensitive=no",
            f"{base}?text=pavements&access_method=ongoing&year=2024&page=3",
        ],
        "organisations": [f"{base}organisations/", f"{base}organisations/?sort=files"],
        "an organisation": [f"{base}organisations/{slug}/" for slug in organisations],
        "its files": [f"{base}organisations/{slug}/files/" for slug in organisations],
        "its Atom feed": [f"{base}organisations/{slug}/changes.atom" for slug in organisations],
        "an agreement": [f"{base}agreements/{name}/" for name in references],
        "an agreement long ago": [
            f"{base}agreements/{name}/?edition={slugs[-1]}"
            for name in sorted(
                AgreementRow.objects.filter(first=1, series=Series.OFFICIAL, until=None)
                .values_list("reference", flat=True)
            )[:100]
        ],
        "an agreement's files": [f"{base}agreements/{name}/files/" for name in references],
        "an agreement's versions": [f"{base}agreements/{name}/versions/" for name in references],
        "editions": [f"{base}editions/"],
        "an edition": [f"{base}editions/{slug}/" for slug in slugs],
        "changes": [f"{base}editions/{slug}/changes/" for slug in slugs],
        "the API: search": ["/api/v1/register/agreements?text=winter"],
        "the API: an agreement": [f"/api/v1/register/agreements/{name}" for name in references],
        "start": ["/", "/start/"],
    }  # fmt: skip
    agreements = {
        "agreements": ["/agreements/"],
        "an agreement of one's own": [f"/agreements/{VIOLENCE}/"],
        "asking it": [f"/agreements/{VIOLENCE}/ask/"],
    }
    auditor = demo.person("auditor")
    return Asking(public), [Asking(agreements, session(auditor)) for _ in range(INSIDERS)]


def _each_page(
    port: int, public: Asking, inside: list[Asking], requests: int
) -> tuple[list[str], float]:
    """Each kind of page by itself, asked by several clients one request after the other."""
    lines = [
        f"**Each page**, asked by {CLIENTS} clients without a pause:",
        "",
        "| Page | Requests | Median, ms | 95th percentile, ms | Each second |",
        "|---|---:|---:|---:|---:|",
    ]
    slowest = 0.0
    for asking in (public, inside[0]):
        for kind, addresses in asking.addresses.items():
            answers = Answers()
            one = Asking({kind: addresses}, asking.cookie)
            together([_reader(port, one, {kind: Answers()}, n, 3) for n in range(CLIENTS)])
            started = time.perf_counter()
            together([_reader(port, one, {kind: answers}, n, requests) for n in range(CLIENTS)])
            seconds = time.perf_counter() - started
            if answers.errors:
                raise SystemExit(f"{kind}: {answers.errors[0]}")
            slowest = max(slowest, answers.quantile(0.95))
            lines.append(
                f"| {kind} | {len(answers.seconds)} | {answers.quantile(0.5) * 1000:.0f} | "
                f"{answers.quantile(0.95) * 1000:.0f} | {len(answers.seconds) / seconds:.0f} |"
            )
            print(lines[-1], flush=True)
    return lines, slowest


def _crowd(port: int, public: Asking, inside: list[Asking], seconds: int) -> tuple[list[str], int]:
    """Everybody at once, each reading a page for about a second before the next."""
    end = time.perf_counter() + seconds
    of_readers, of_insiders = Answers(), Answers()
    work = [
        _reader(port, public, dict.fromkeys(public.addresses, of_readers), number, None, end)
        for number in range(READERS)
    ]
    work += [
        _reader(port, one, dict.fromkeys(one.addresses, of_insiders), 1000 + number, None, end)
        for number, one in enumerate(inside)
    ]
    together(work)
    lines = [
        f"**A crowd** for {seconds} s, each person with a pause of about a second between pages:",
        "",
        "| Who | People | Requests | Errors | Median, ms | 95th percentile, ms |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for who, count, answers in (
        ("on the public register", READERS, of_readers),
        ("on agreement pages, signed in", INSIDERS, of_insiders),
    ):
        lines.append(
            f"| {who} | {count} | {len(answers.seconds)} | {len(answers.errors)} | "
            f"{answers.quantile(0.5) * 1000:.0f} | {answers.quantile(0.95) * 1000:.0f} |"
        )
        print(lines[-1], *answers.errors[:3], flush=True)
    return lines, len(of_readers.errors) + len(of_insiders.errors)


def _reader(
    port: int,
    asking: Asking,
    answers: dict[str, Answers],
    number: int,
    requests: int | None,
    end: float = float("inf"),
) -> Callable[[], None]:
    """One person: so many requests, or pages with pauses until the end."""

    def read() -> None:
        chance = random.Random(number)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        done = 0
        if requests is None:
            time.sleep(chance.uniform(0, _PAUSE[1]))
        while (requests is None or done < requests) and time.perf_counter() < end:
            kind = chance.choice(list(asking.addresses))
            address = chance.choice(asking.addresses[kind])
            started = time.perf_counter()
            try:
                status = get(connection, address, asking.cookie)
            except (OSError, http.client.HTTPException) as error:
                answers[kind].errors.append(f"{address}: {error!r}")
                connection.close()
            else:
                answers[kind].seconds.append(time.perf_counter() - started)
                if status != 200:
                    answers[kind].errors.append(f"{address}: {status}")
            done += 1
            if requests is None:
                time.sleep(chance.uniform(*_PAUSE))
        connection.close()

    return read


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _machine(*, shared: bool) -> str:
    return (
        f"Measured on {datetime.now(UTC):%-d %B %Y} with Python {platform.python_version()}, "
        f"Django {version('django')}, granian {version('granian')} on {os.cpu_count()} cores, "
        "which the server, its worker, PostgreSQL and the clients share."
        + (" Other work ran on the same machine at the same time." if shared else "")
    )


if __name__ == "__main__":
    sys.exit(main())
