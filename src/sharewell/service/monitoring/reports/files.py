"""The figures of one area as files: what the page shows, to keep."""

from __future__ import annotations

from pathlib import Path

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from sharewell.ledger import Entry
from sharewell.publication.csvw import write_csv
from sharewell.publication.workbook import sheets, write_workbook
from sharewell.service.home import home
from sharewell.service.monitoring.reports import words
from sharewell.service.monitoring.reports.figures import tables_of
from sharewell.service.monitoring.reports.reading import Area

WORKBOOK = "workbook.xlsx"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def made(entry: Entry, area: Area, name: str) -> HttpResponse | None:
    """The file of this name, or None: a workbook of all tables, or one table as CSV."""
    tables = tables_of(entry, area.code)
    chosen = [table for table in tables if name == f"{table.id}.csv"]
    if not tables or (name != WORKBOOK and not chosen):
        return None
    with home().staging() as staging:
        path = staging / name
        if chosen:
            write_csv(path, chosen[0])
        else:
            fitting, too_long = sheets(tables)
            write_workbook(path, fitting, too_long, words.notes(entry, area))
        return _to_keep(path, f"{entry.body['release']}-{area.code}-{name}")


def _to_keep(path: Path, name: str) -> HttpResponse:
    kind = _XLSX if path.suffix == ".xlsx" else "text/csv; charset=utf-8"
    response = HttpResponse(path.read_bytes(), content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
