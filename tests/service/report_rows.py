"""Reports for tests: small protected tables in the ledger, as sharing a report leaves them."""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import product
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
from django.utils import timezone
from monitoring_rows import LIVERPOOL, SEFTON

from sharewell.catalogue.breakdowns import TOTAL, categories, months
from sharewell.ledger import Entry
from sharewell.service.accounts.models import Organisation, User
from sharewell.service.home import home
from sharewell.service.monitoring.models import Client, Report
from sharewell.service.monitoring.reach import counting_reach, within
from sharewell.service.monitoring.reports.consent import keep_reported
from sharewell.service.monitoring.reports.periods import Period

SUMMER, SPRING = Period(2026, 2), Period(2026, 1)
AGREEMENT, REFERENCE = "CM-IMS-000001-INVNT-v1.0", "CM-IMS-000001-INVNT"
AREAS = (TOTAL, LIVERPOOL, SEFTON)
HELPED = ("PERSONS_NEEDLE", "PERSONS_KITS", "PERSONS_ADVISED", "PERSONS_REFERRED_OUT")
TABLES: Mapping[str, tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]] = {
    "people": ("People in contact, by where they live", ("PERSONS",),
               (("residence", "sex"), ("residence", "age_ndtms"))),
    "attributors": ("People in contact, by two methods of counting", ("PERSONS", "ATTRIBUTORS"),
                    (("residence",),)),
    "substances": ("People in contact, by what they use", ("PERSONS",),
                   (("residence", "substance_group"),)),
    "helped": ("People by what was done for them", HELPED, (("residence",),)),
    "needle": ("Needles and syringes given out and returned", ("ITEMS_OUT", "RETURNED"),
               (("month", "service_area"),)),
}  # fmt: skip
"""Title, measures and crossings of each table."""
CORRECTION = {"factor": 1010, "low": 1000, "high": 1020, "chance": 0, "level": 950}
PRINTED = {  # area: sex: what is printed of the people
    TOTAL: {TOTAL: "1540", "1": "1130", "2": "[c]", "unknown": "0"},
    LIVERPOOL: {TOTAL: "1205", "1": "870", "2": "335", "unknown": "0"},
    SEFTON: {TOTAL: "335", "1": "[c]", "2": "*", "unknown": "0"},
}
TREATED = {"*": "starred", "[c]": "withheld", "0": "zero"}


def a_commissioner(make_person: object, area: str, name: str = "") -> User:
    """Somebody who commissions for an area alone."""
    authority = Organisation.objects.get_or_create(
        short=area,
        defaults={"name": area, "kind": Organisation.Kind.LOCAL_AUTHORITY, "area": area},
    )[0]
    return make_person("commissioner", organisation=authority, name=name)  # type: ignore[operator]


def an_entry(
    person: User, period: Period = SUMMER, *, kind: str = "share", inputs: Iterable[int] = ()
) -> Entry:
    """A release of a few tables to commissioners (or, by its kind, of another sort)."""
    files: dict[str, bytes] = {}
    for name in TABLES:
        sink = io.BytesIO()
        pq.write_table(cells_of(name, period), sink)
        files[f"inside/published/{name}.parquet"] = sink.getvalue()
    return home().ledger.append(
        kind,
        actor={"id": str(person.pk), "name": person.name, "organisation": "PHI", "role": "x"},
        body={
            "release": f"20261128-share-000001-commissioners-{secrets.token_hex(3)}",
            "agreement": AGREEMENT,
            "reference": REFERENCE,
            "to": "commissioners",
            "on": date(2026, 11, 28).isoformat(),
            "decisions": [],
            "clause": "share-commissioners",
            "unsuppressed": False,
            "synthetic": True,
            "correction": CORRECTION,
            "inputs": list(inputs),
            "tables": [
                {
                    "id": name,
                    "title": title,
                    "dataset": "invented",
                    "codes": [],
                    "position": "every",
                    "measures": list(measures),
                    "crossings": [list(crossing) for crossing in crossings],
                    "first": period.first.isoformat(),
                    "last": period.last.isoformat(),
                }
                for name, (title, measures, crossings) in TABLES.items()
            ],
            "protection": [
                {"table": name, "rules": ["hes-2018"], "cells": {"exact": 1}} for name in TABLES
            ],
        },
        files=[home().files.put_bytes(name, data) for name, data in files.items()],
    )


def a_shared_report(
    person: User, period: Period = SUMMER, *, clients: Iterable[Client] = ()
) -> Report:
    """A report that was counted just now and that commissioners see."""
    entry = an_entry(person, period)
    with within(counting_reach()):
        report = Report.objects.create(
            first=period.first,
            last=period.last,
            asked_by=person,
            state=Report.State.SHARED,
            counted_at=timezone.now(),
            counted=entry.seq,
            shared=entry.seq,
            name=entry.body["release"],
        )
        keep_reported(report, [each.pk for each in clients])
    return report


def cells_of(name: str, period: Period) -> pa.Table:
    """A table in its published form, with every margin."""
    _, measures, crossings = TABLES[name]
    used = sorted({each for crossing in crossings for each in crossing})
    rows = []
    for crossing in crossings:
        for codes in product(*(_codes(each, period) for each in crossing)):
            place = dict(zip(crossing, codes, strict=True))
            for measure in measures:
                text = _text(place, measure, period)
                exact = int(text) if text.isdecimal() else None
                low, high = (1, 7) if text == "*" else (exact or 0, exact)
                rows.append(
                    {each: place.get(each) for each in used}
                    | {"crossing": " x ".join(crossing), "measure": measure, "printed": text}
                    | {"treatment": TREATED.get(text, "exact"), "low": low, "high": high}
                )
    return pa.Table.from_pylist(rows)


def _codes(name: str, period: Period) -> Iterable[str]:
    if name in ("residence", "service_area"):
        return AREAS
    if name == "month":
        return (TOTAL, *months(period.first, period.last))
    return (TOTAL, *(categories(name) or {}))


def _text(place: Mapping[str, str], measure: str, period: Period) -> str:
    if set(place) == {"residence", "sex"}:
        return PRINTED[place["residence"]][place["sex"]]
    if measure == "ATTRIBUTORS":
        return "345" if place["residence"] == SEFTON else "1580"
    if measure == "PERSONS" and set(place) == {"residence"}:
        return PRINTED[place["residence"]][TOTAL]
    number = Random(f"{sorted(place.items())} {measure} {period.slug}").randrange(0, 900)
    return "*" if number < 40 else "[c]" if number < 90 else str(number)
