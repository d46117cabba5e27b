"""Files that are sent, tested and applied in tests. Nobody in them exists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from django.urls import resolve
from monitoring_rows import at, client_row, needle_row

from sharewell.monitoring import data_set
from sharewell.service.accounts.models import User
from sharewell.service.jobs.models import Job
from sharewell.service.jobs.queue import run_job
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.models import Service, Upload
from sharewell.service.monitoring.reach import staff_reach, within
from sharewell.service.monitoring.uploads import mappings, sending
from sharewell.service.monitoring.uploads.sending import Sent

EXAMPLES = Path(__file__).parents[2] / "examples" / "monitoring"


def csv_of(module: str, service: Service, rows: Iterable[Mapping[str, str]]) -> bytes:
    """A file of a module, in the headings of the data set."""
    names = data_set().module(module).names
    lines = [",".join(names)]
    lines += [",".join(({"service": service.code} | dict(row)).get(n, "") for n in names)
              for row in rows]  # fmt: skip
    return ("\n".join(lines) + "\n").encode()


def client(number: int = 1, **given: str) -> dict[str, str]:
    """A client's row: the first, second, ... of them, each somebody else."""
    return (
        client_row(
            record_id=f"C{number}", client_id=f"P{number}", birth_date=f"19{60 + number % 40}-03-14"
        )
        | given
    )


def needle(number: int = 1, of: int = 1, **given: str) -> dict[str, str]:
    """A row of a needle exchange, for the client of that number."""
    person = {n: client(of)[n] for n in
              ("client_id", "first_initial", "last_initial", "birth_date", "sex")}  # fmt: skip
    own = {"record_id": f"N{number}", "transaction_id": f"T{number}"}
    return needle_row() | person | own | given


def send(
    service: Service, by: User | None, *files: tuple[str, bytes], mapping: str = "", **given: Any
) -> Upload:
    """Sends files and has them tested."""
    with within(staff_reach(by)) if by else at(service):
        kept = mappings.keep(service, mapping) if mapping else None
        sent = [Sent(name, [content]) for name, content in files]
        made = sending.receive(by, service, sent, year=2026, mapping=kept, **given)
    run(made)
    return again(made)


def apply(upload: Upload, by: User | None, *, only_good: bool = False) -> Upload:
    """Applies what was tested."""
    with within(staff_reach(by)) if by else at(upload.service):
        sending.ask_to_apply(by, upload, only_good=only_good)
    now = again(upload)
    run(now)
    return again(now)


def undo(upload: Upload, by: User | None) -> Upload:
    """Undoes what was applied."""
    with within(staff_reach(by)) if by else at(upload.service):
        sending.ask_to_undo(by, upload)
    now = again(upload)
    run(now)
    return again(now)


def run(upload: Upload) -> Job:
    """Does the upload's job, as the worker would; it must not be a bug."""
    job_id = resolve(upload.job).kwargs["job_id"]
    run_job.func(str(job_id))
    job = Job.objects.get(pk=job_id)
    assert job.state in ("done", "failed")
    assert "error in Sharewell" not in job.message
    return job


def again(upload: Upload) -> Upload:
    """The upload as it is now."""
    with at(upload.service):
        return reach.uploads().get(pk=upload.pk)


def everything(service: Service) -> dict[str, Any]:
    """All that a service keeps of clients and activity, opened, without versions and times."""
    from sharewell.service.monitoring import clients, records

    with at(service):
        kept = list(reach.clients().filter(service=service))
        names = {each.pk: row["client_id"] or str(clients.attributor_in(row))
                 for each, row in ((c, clients.row_of(c)) for c in kept)}  # fmt: skip
        return {
            "clients": {names[c.pk]: clients.row_of(c) for c in kept},
            "records": {
                (r.module, r.record_id): (
                    records.row_of(r),
                    names.get(r.client_id) if r.client_id else None,
                    r.objected,
                )
                for r in reach.records().filter(service=service)
            },
        }


def found(upload: Upload) -> dict[str, int]:
    """Findings by code."""
    with at(upload.service):
        counts: dict[str, int] = {}
        for tally in reach.tallies().filter(upload=upload):
            counts[tally.code] = counts.get(tally.code, 0) + tally.rows
        return counts


def ids(service: Service) -> list[UUID]:
    """The clients of a service."""
    with at(service):
        return list(reach.clients().filter(service=service).values_list("pk", flat=True))
