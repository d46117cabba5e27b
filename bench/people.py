"""Who is who through the service, measured: `python -m bench people`.

Invented clients of all services are sealed and entered; then who is who is found as the nightly
job finds it: unsealed, linked twice, written. The truth is known, so recovery is measured on what
the service wrote. Splink links the same unsealed records in the same run.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import os
import platform
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from bench.linking import by_splink, exact
from sharewell.ledger import connect_info
from sharewell.linkage import recovery
from sharewell.monitoring.synthesis import Size, synthesise

DOCS = Path(__file__).parent.parent / "docs" / "benchmarks-people.md"
START, END = "<!-- measured: start -->", "<!-- measured: end -->"
BAR = 60.0
"""Seconds within which who is who is found, from sealed records to memberships."""

_PARTS = ("first_initial", "last_initial", "birth_date", "sex")
_AT_ONCE = 10_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark; 1 where the bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench people", description=__doc__)
    parser.add_argument("--people", type=int, default=50_000)
    parser.add_argument("--no-docs", action="store_true", help="leave the docs page alone")
    parser.add_argument("--shared", action="store_true", help="say that the machine was shared")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="sharewell-bench-") as folder:
        _set_up(Path(folder) / "home")
        truth = _enter(Path(folder) / "invented", given.people)
        report, taken = _measured(truth, given.people, shared=given.shared)
    print(report)
    if not given.no_docs:
        before, _, rest = DOCS.read_text("utf-8").partition(START)
        _, _, after = rest.partition(END)
        DOCS.write_text(f"{before}{START}\n{report}\n{END}{after}", "utf-8")
    return int(taken > BAR)


def _set_up(home: Path) -> None:
    home.mkdir()
    os.environ |= {
        "SHAREWELL_HOME": str(home),
        "DATABASE_URL": connect_info(home),
        "DJANGO_SETTINGS_MODULE": "sharewell.service.settings",
    }
    import django

    django.setup()
    from sharewell.service import running

    running.prepare()
    logging.disable(logging.WARNING)  # Splink tells each step


def _enter(invented: Path, people: int) -> dict[Any, int]:
    """Enters invented clients who consent, each with one visit; the true person of each.

    Only what linking and counting read is entered: no traces and no versions.
    """
    from sharewell.service.accounts.models import Organisation
    from sharewell.service.monitoring.models import Service
    from sharewell.service.monitoring.reach import Reach, reach_of_service, within

    synthesise(invented, Size(people=people, activities=1_000))
    rows = pq.read_table(invented / "client.parquet").to_pylist()
    provider = Organisation.objects.create(
        name="Harbour (invented)", short="Harbour", kind=Organisation.Kind.PROVIDER
    )
    codes = sorted({row["service"] for row in rows})
    with within(Reach("administrator")):
        services = {
            code: Service.objects.create(
                organisation=provider, code=code, name=code, area=f"E{n % 9:08}", modules=["needle"]
            )
            for n, code in enumerate(codes)
        }
    truth: dict[Any, int] = {}
    for code, service in services.items():
        mine = [row for row in rows if row["service"] == code and row["consent"] == "Y"]
        for begin in range(0, len(mine), _AT_ONCE):
            with within(reach_of_service(service.pk)):
                truth |= _enter_some(service, mine[begin : begin + _AT_ONCE])
    return truth


def _enter_some(service: Any, rows: list[dict[str, Any]]) -> dict[Any, int]:
    from uuid import uuid4

    from sharewell.linkage import parse_attributor, parse_postcode
    from sharewell.service.monitoring.keys import key_store
    from sharewell.service.monitoring.models import Client, Identity, Record
    from sharewell.service.monitoring.sealing import plain, seal

    made, identities, records, truth = [], [], [], {}
    keys = [uuid4() for _ in rows]
    key_store().make(keys)
    for key, row in zip(keys, rows, strict=True):
        attributor = parse_attributor(*(row[name] for name in _PARTS))
        if attributor.is_dummy:
            continue
        day = date.fromisoformat(row["registered_on"])
        made.append(
            Client(
                pk=key, service=service, reference=key.hex[:12], consent=True, consent_date=day,
                registered_on=day, birth_year=attributor.born.year, sex=attributor.sex,
                district=parse_postcode(row["postcode"]).district or "",
                local_authority=service.area,
            )
        )  # fmt: skip
        given = {"attributor": plain(attributor), "postcode": row["postcode"]}
        identities += [
            Identity(client_id=key, service=service, kind=kind, sealed=seal(key, kind, value))
            for kind, value in given.items()
            if value
        ]
        records.append(
            Record(service=service, client_id=key, module="needle", day=day, record_id=key.hex)
        )
        truth[key] = int(row["truth"])
    Client.objects.bulk_create(made, batch_size=2_000)
    Identity.objects.bulk_create(identities, batch_size=2_000)
    Record.objects.bulk_create(records, batch_size=2_000)
    return truth


def _measured(truth: dict[Any, int], people: int, *, shared: bool) -> tuple[str, float]:
    from sharewell.service.monitoring import reach
    from sharewell.service.monitoring.people import workings
    from sharewell.service.monitoring.people.counting import Question, count
    from sharewell.service.monitoring.people.linking import find_who_is_who
    from sharewell.service.monitoring.reach import counting_reach, within

    def gather() -> Any:
        with within(counting_reach()):
            return workings.gather(workings.consented()[0])

    material, unsealing = _timed(gather)
    linking, whole = _timed(find_who_is_who)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    _, again = _timed(find_who_is_who)
    ever = Question(date(2000, 1, 1), date(2030, 1, 1))
    answer, counting = _timed(lambda: count(ever))
    _, one_area = _timed(lambda: count(replace(ever, area="E00000001")))
    with within(counting_reach()):
        found = dict(reach.memberships().values_list("client_id", "person"))
    true = np.array([truth[client] for client in found], np.int64)
    ours = recovery(true, np.array(list(found.values()), np.int64))
    of_rows = np.array([truth[c] for c in material.clients], np.int64)[material.records.client]
    with contextlib.redirect_stdout(io.StringIO()):
        other, by_other = _timed(lambda: by_splink(material.records))
    theirs = recovery(of_rows, other)
    plain = recovery(of_rows, exact(material.records))
    actual = len(set(true.tolist()))
    corrected = answer.people.corrected / actual - 1
    note = " Other work ran on the same machine at the same time." if shared else ""
    lines = [
        f"Measured on {datetime.now(UTC).date()} with Python {platform.python_version()} on "
        f"{os.cpu_count()} cores.{note} {linking.clients:,} client records of {actual:,} people "
        f"who consent, of {people:,} at 60 services.",
        "",
        "| Step | Seconds |",
        "|---|---:|",
        f"| unseal every attributor and postcode | {unsealing:.1f} |",
        f"| find who is who: unseal, link twice, write | {whole:.1f} |",
        f"| find it again where nothing changed | {again:.1f} |",
        f"| count everybody, three figures | {counting:.2f} |",
        f"| count one of nine areas | {one_area:.2f} |",
        f"| Splink, linking alone, the same records unsealed | {by_other:.1f} |",
        "",
        f"The process had {peak:,.0f} MiB at most when who is who was written, with Django and "
        "the invented records that it had entered.",
        "",
        "| Way | Precision | Recall | F1 | Count |",
        "|---|---:|---:|---:|---:|",
        *(
            f"| {way} | {r.precision:.3f} | {r.recall:.3f} | {r.f1:.3f} | {r.count_error:+.1%} |"
            for way, r in (
                ("exact attributor", plain),
                ("the service, stepwise", ours),
                ("Splink", theirs),
            )
        ),
        f"| the service, corrected | | | | {corrected:+.1%} |",
        "",
        f"The bar, who is who within {BAR:.0f} s, is {'met' if whole <= BAR else '**missed**'}.",
    ]
    return "\n".join(lines), whole


def _timed(do: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    result = do()
    return result, time.perf_counter() - start
