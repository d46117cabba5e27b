"""The test of an upload: everything is checked, what would change is counted, nothing is changed.

The sound rows are kept, sealed: what is applied later is what was tested.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.utils import timezone

from sharewell.monitoring import (
    Check,
    Checked,
    checking,
    data_set,
    write_findings,
    write_marked,
)
from sharewell.service.monitoring import bulk, reach
from sharewell.service.monitoring.models import Tally, Upload, UploadedFile, UploadFinding
from sharewell.service.monitoring.reach import Reach, within
from sharewell.service.monitoring.uploads import activity, against, clientele, rows, vault, who
from sharewell.service.monitoring.uploads.mappings import read

Progress = Callable[[int, str], None]

SHOWN = 500
"""Findings of one kind that the page shows; the download has them all."""

_CHECKED, _COMPARED = 45, 85


def test(upload: Upload, acting: Reach, progress: Progress) -> None:
    """Tests the upload and keeps what was found. Nothing else is written."""
    with vault.workshop(upload.pk) as folder:
        with within(acting):
            files = list(upload.files.all())
        paths = [_original(upload, file, folder) for file in files]
        mapping = read(upload.mapping, data_set(upload.year))
        with checking(
            paths,
            data_set(upload.year),
            mapping=mapping,
            as_of=timezone.localdate(),
            progress=_slowly(lambda what, done: progress(round(_CHECKED * done), f"{what}.")),
        ) as checked:
            progress(_CHECKED, "Comparing with what the service keeps.")
            tables = rows.prepare(checked, folder)
            counts = _compare(upload, acting, checked, tables, folder, progress)
            progress(_COMPARED, "Writing down what was found.")
            _keep_files(upload, checked, files, folder)
            report = checked.report
            counts |= {
                "rows": sum(table.rows for table in report.tables),
                "sound": sum(table.sound for table in report.tables),
                "errors": report.errors,
                "warnings": report.warnings,
            }
            with within(acting):
                _keep_findings(upload, checked)
                upload.counts = counts
                upload.tested = timezone.now()
                upload.state = Upload.State.TESTED
                upload.save(update_fields=["counts", "tested", "state"])


def nowhere(opened: rows.Rows, found: who.Found) -> list[tuple[int, int]]:
    """Rows of activity whose client is neither known nor said."""
    if not found.nowhere:
        return []
    numbers = ", ".join(map(str, found.nowhere))
    same = " AND ".join(f"m.{name} IS NOT DISTINCT FROM w.{name}" for name in rows.PERSON)
    parts = [
        f"SELECT src, row FROM {module.id} m JOIN who w ON NOT m.dummy AND {same} "
        f"WHERE w.who IN ({numbers})"
        for module in opened.activity
    ]
    return opened.pairs(" UNION ALL ".join(parts))


def _original(upload: Upload, file: UploadedFile, folder: Path) -> Path:
    """A file as it came, opened under the name that findings give."""
    inside = folder / f"file{file.position}"
    inside.mkdir()
    return vault.unseal_to(upload.pk, vault.ORIGINAL.format(file.position), inside / file.name)


def _compare(
    upload: Upload,
    acting: Reach,
    checked: Checked,
    tables: Sequence[rows.Sound],
    folder: Path,
    progress: Progress,
) -> dict[str, Any]:
    """Adds what only the service can find, and counts what would change."""
    with rows.open_rows(tables, checked.declared, folder) as opened, within(acting):
        _refuse(checked, opened, against.OTHER_SERVICE, _other_services(upload, opened))
        _refuse(checked, opened, against.OTHER_MODULE, _other_modules(upload, opened))
        found = who.find(upload.service, opened, upload.pk)
        _refuse(checked, opened, against.NOBODY_KNOWN, nowhere(opened, found))
        told = clientele.Clientele()
        for done in clientele.settle(upload.service, opened, found, upload, told, write=False):
            progress(round(_CHECKED + (_COMPARED - _CHECKED) * done / 2), "Comparing clients.")
        counts = activity.compare(upload.service, opened, found)
        warnings = {
            against.RENAMED: [who.place(at) for at in told.renamed],
            against.UNANSWERED: [who.place(at) for at in told.unanswered],
            against.OLDER_CONSENT: [who.place(at) for at in told.older],
            against.CORRECTED_CLIENT: [who.place(at) for at in told.corrected_here],
            against.CORRECTED_RECORD: list(counts.corrected_here),
        }
        for check, places in warnings.items():
            _add(checked, check, places)
        rows.keep(upload.pk, opened, upload.year, folder)
    return counted(told, counts)


def counted(told: clientele.Clientele, counts: activity.Counts) -> dict[str, Any]:
    """What is, or would be, added, changed and left."""
    return {
        "clients": {"added": told.added, "changed": told.changed, "left": told.left},
        "records": {"added": counts.added, "changed": counts.changed, "left": counts.left},
    }


def _other_services(upload: Upload, opened: rows.Rows) -> list[tuple[int, int]]:
    parts = [
        f"SELECT src, row FROM {name} WHERE service <> '{upload.service.code}'"
        for name in dict.fromkeys(table.module for table in opened.tables)
    ]
    return opened.pairs(" UNION ALL ".join(parts)) if parts else []


def _other_modules(upload: Upload, opened: rows.Rows) -> list[tuple[int, int]]:
    parts = [
        f"SELECT src, row FROM {module.id}"
        for module in opened.activity
        if module.id not in upload.service.modules
    ]
    return opened.pairs(" UNION ALL ".join(parts)) if parts else []


def _refuse(
    checked: Checked, opened: rows.Rows, check: Check, places: Sequence[tuple[int, int]]
) -> None:
    opened.refuse(places)
    _add(checked, check, places)


def _add(checked: Checked, check: Check, places: Sequence[tuple[int, int]]) -> None:
    by_table: dict[int, list[int]] = defaultdict(list)
    for src, row in places:
        by_table[src].append(row)
    field = {against.OTHER_SERVICE: "service", against.NOBODY_KNOWN: "client_id"}
    for src, numbers in by_table.items():
        checked.add(check, src, field.get(check, "record_id"), numbers)


def _keep_findings(upload: Upload, checked: Checked) -> None:
    reach.tallies().filter(upload=upload).delete()
    made: dict[tuple[str, str, str, str], Tally] = {}
    for count in checked.report.counts:
        tally = Tally(
            upload=upload,
            service_id=upload.service_id,
            code=count.check.code,
            is_error=count.check.is_error,
            table=count.table[:200],
            column=count.column[:200],
            field=count.field,
            detail=count.detail[:300],
            rows=count.rows,
        )
        made[count.check.code, count.table, count.column, count.detail] = tally
    bulk.create_all(list(made.values()))
    left = dict.fromkeys(made, SHOWN)
    shown = []
    for each in checked.findings(SHOWN):
        key = (each.check.code, each.table, each.column, each.detail)
        if each.row is None or left.get(key, 0) == 0:
            continue
        left[key] -= 1
        shown.append(
            UploadFinding(
                tally=made[key], upload=upload, service_id=upload.service_id, row=each.row
            )
        )
    bulk.create_all(shown)


def _keep_files(
    upload: Upload, checked: Checked, files: Sequence[UploadedFile], folder: Path
) -> None:
    """Seals the list of findings, and the files with their findings marked, where there are any."""
    path = folder / "findings.csv"
    if not write_findings(checked, path):
        return
    _seal(upload, vault.FINDINGS, path)
    marked = folder / "marked"
    marked.mkdir()
    positions = {Path(file.name).stem: file.position for file in files}
    for written in write_marked(checked, marked):
        position = positions[written.name.removesuffix(f".marked{written.suffix}")]
        _seal(upload, vault.MARKED.format(position), written)


def _seal(upload: Upload, name: str, path: Path) -> None:
    with path.open("rb") as file:
        vault.seal_file(upload.pk, name, iter(lambda: file.read(2**20), b""))


def _slowly(tell: Callable[[str, float], None]) -> Callable[[str, float], None]:
    """Says how far it has come twice a second, and not for every piece."""
    last = 0.0

    def now_and_then(what: str, done: float) -> None:
        nonlocal last
        if time.monotonic() - last > 0.5 or done == 1:
            last = time.monotonic()
            tell(what, done)

    return now_and_then
