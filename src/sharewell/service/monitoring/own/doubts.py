"""What of a service's data somebody should look at, and which records those are.

A doubt names clients or records; the list of them (`found`) says no more than their codes and
days. Each is opened as any other client is: with a reason, and in the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db.models import Count, ExpressionWrapper, F, IntegerField, Q, QuerySet
from django.db.models.functions import ExtractYear, TruncMonth

from sharewell.monitoring import Field, Module, MonitoringError
from sharewell.service.monitoring.checks import data_set_of
from sharewell.service.monitoring.models import Client, Record, Service
from sharewell.service.monitoring.own import asking, quality, rows
from sharewell.service.monitoring.own.period import Period

Of = Callable[[Service, Period], QuerySet[Client] | QuerySet[Record]]

YOUNGEST, OLDEST = 10, 100
"""Ages in years, at which a service first sees a client, that are hardly possible beyond."""


@dataclass(frozen=True)
class Doubt:
    """Something to look at: what is wrong, what to do, and whose records they are."""

    name: str
    title: str
    do: str
    of: Of
    clients: bool = True


def _of_period(service: Service, period: Period) -> QuerySet[Client]:
    return rows.clients(service).filter(registered_on__range=(period.first, period.last))


def _alike(service: Service, _period: Period) -> QuerySet[Client]:
    groups = asking.duplicates(service)
    return rows.clients(service).filter(pk__in=[key for group in groups for key in group])


def _ages(service: Service, period: Period) -> QuerySet[Client]:
    age = ExpressionWrapper(ExtractYear("registered_on") - F("birth_year"), IntegerField())
    return (
        _of_period(service, period).alias(age=age).filter(Q(age__lt=YOUNGEST) | Q(age__gt=OLDEST))
    )


def _records(**wrong: F | str) -> Of:
    return lambda service, period: rows.records(service, period).filter(**wrong)


DOUBTS: Mapping[str, Doubt] = {
    doubt.name: doubt
    for doubt in (
        Doubt("alike", "Clients with the same initials, date of birth and sex",
              "Look whether they are one person. If so, keep one: correct what is wrong in the "
              "other, or delete it.", _alike),
        Doubt("no-postcode", "Clients without a postcode",
              "Ask for it. Somebody of no fixed abode has none: say so under accommodation.",
              lambda s, p: _of_period(s, p).filter(district="")),
        Doubt("unknown-postcode", "Clients whose postcode is in no area",
              "Look at the postcode: it may be typed wrongly, or lie in two areas as only its "
              "first half is given. A new one needs a new edition of the lookup.",
              lambda s, p: _of_period(s, p).exclude(district="").filter(local_authority="")),
        Doubt("age", f"Clients first seen under {YOUNGEST} or over {OLDEST} years old",
              "Check the date of birth.", _ages),
        Doubt("left-first", "Clients who left before they were first seen",
              "Correct one of the two days.",
              lambda s, p: _of_period(s, p).filter(closed_on__lt=F("registered_on"))),
        Doubt("before-first", "Records before the client was first seen",
              "Correct the day of the record, or the day on which the client was first seen.",
              _records(day__lt=F("client__registered_on")), clients=False),
        Doubt("after-death", "Records after the client died",
              "Correct the day, or whose record it is. If the client lives, correct why they left.",
              _records(client__closed_reason="DIED", day__gt=F("client__closed_on")),
              clients=False),
        Doubt("after-leaving", "Records after the client left",
              "Correct the day. If the client is back, empty the day on which they left.",
              lambda s, p: rows.records(s, p).filter(day__gt=F("client__closed_on"))
              .exclude(client__closed_reason="DIED"), clients=False),
    )
}  # fmt: skip
"""What can be impossible, doubtful or double, by name."""


_APPLIES: Mapping[tuple[str, str], Q] = {
    ("client", "closed_reason"): Q(closed_on__isnull=False),
    **{("needle", name): Q(fields__has_key="item")
       for name in ("item", "items_out", "main_substance", "injections_per_week")},
    ("needle", "returned_how"): Q(fields__returned__gt=0),
    **{("naloxone", name): Q(fields__action="ISSUED")
       for name in ("form", "kits", "reason", "recipient", "trained")},
    **{("naloxone", name): Q(fields__action="USED")
       for name in ("used_on", "doses", "ambulance", "outcome")},
    ("outreach", "contacts"): Q(client__isnull=True, objected=False),
    ("outreach", "new_contacts"): Q(client__isnull=True, objected=False),
    ("referral", "arrived_on"): Q(fields__arrived="Y"),
    ("wellbeing", "exit_reason"): Q(fields__stage="EXIT"),
    ("steroid", "injecting_site"): Q(fields__route="INJECT"),
}  # fmt: skip
"""Which rows a field is asked of, where that is not all of them."""


def lacking(module: Module, field: Field) -> Doubt:
    """The clients or records that a field is asked of, and that have no answer, or an open one."""
    applies, known = _applies(module, field), _known(module, field)
    what = "Clients" if module.id == "client" else f"{module.title}: records"

    def of(service: Service, period: Period) -> QuerySet[Client] | QuerySet[Record]:
        return _rows_of(service, period, module).filter(applies).exclude(known)

    do = f"Ask or look it up, and correct the record. {field.hint}".strip()
    title = f"{what} without: {field.label.lower()}"
    return Doubt(f"{module.id}.{field.name}", title, do, of, module.id == "client")


def doubt_called(name: str) -> Doubt | None:
    """The doubt with this name: one of `DOUBTS`, or a module and a field of it."""
    if name in DOUBTS:
        return DOUBTS[name]
    module_name, _, field_name = name.partition(".")
    try:
        module = data_set_of().module(module_name)
        field = module.field(field_name)
    except MonitoringError:
        return None
    return lacking(module, field) if field in quality.expected(module) else None


def completeness(service: Service, period: Period, module: Module) -> list[quality.Trend]:
    """How complete each field of a module was, month by month."""
    fields = quality.expected(module)
    day = "registered_on" if module.id == "client" else "day"
    sums = {}
    for field in fields:
        applies = _applies(module, field)
        sums[f"asked_{field.name}"] = Count("pk", filter=applies)
        sums[f"known_{field.name}"] = Count("pk", filter=applies & _known(module, field))
    found = _rows_of(service, period, module).annotate(month=TruncMonth(day)).values("month")
    counted = {
        row["month"]: {f.name: (row[f"known_{f.name}"], row[f"asked_{f.name}"]) for f in fields}
        for row in found.annotate(**sums)
    }
    return quality.trends(module, fields, period.months, counted)


def _rows_of(
    service: Service, period: Period, module: Module
) -> QuerySet[Client] | QuerySet[Record]:
    if module.id == "client":
        return _of_period(service, period)
    return rows.records(service, period).filter(module=module.id)


def _applies(module: Module, field: Field) -> Q:
    return _APPLIES.get((module.id, field.name), Q(pk__isnull=False))


def _known(module: Module, field: Field) -> Q:
    """Rows that answer a field, and do not leave it open."""
    if module.id == "client" or field.name == "place":
        column = "district" if field.name == "postcode" else field.name
        return ~Q(**{f"{column}__in": ("", *quality.open_codes(field))})
    known = Q(fields__has_key=field.name)
    if codes := quality.open_codes(field):
        known &= ~Q(**{f"fields__{field.name}__in": codes})
    return known
