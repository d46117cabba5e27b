"""Records in the form that is counted (`catalogue.activity`), straight from PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    QuerySet,
    Value,
    When,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, Concat, ExtractYear, NullIf

from sharewell.service.monitoring.models import Record

CLIENT = "client"
"""The column, beside those of the schema, that says whose a record is."""

OF_MODULE: Mapping[str, tuple[tuple[str, str], ...]] = {
    "main_substance": (
        ("needle", "main_substance"),
        ("assessment", "main_substance"),
        ("steroid", "substance"),
        ("brief_intervention", "substance"),
    ),
    "second_substance": (("assessment", "second_substance"),),
    "third_substance": (("assessment", "third_substance"),),
    "route": (("assessment", "main_route"), ("steroid", "route")),
    "injecting": (("assessment", "injecting"),),
    "item": (("needle", "item"),),
    "items_out": (("needle", "items_out"),),
    "returned": (("needle", "returned"),),
    "on_behalf_of": (("needle", "on_behalf_of"),),
    "injections_per_week": (("needle", "injections_per_week"),),
    "naloxone_action": (("naloxone", "action"),),
    "kits": (("naloxone", "kits"),),
    "recipient": (("naloxone", "recipient"),),
    "intervention": (("brief_intervention", "intervention"), ("alcohol", "intervention")),
    "intervention_outcome": (("brief_intervention", "outcome"),),
    "contacts": (("outreach", "contacts"),),
    "direction": (("referral", "direction"),),
    "agency": (("referral", "agency"),),
    "arrived": (("referral", "arrived"),),
    "stage": (("wellbeing", "stage"),),
    "exit_reason": (("wellbeing", "exit_reason"),),
    "psychological": (("wellbeing", "psychological"),),
    "physical": (("wellbeing", "physical"),),
    "quality_of_life": (("wellbeing", "quality_of_life"),),
}
"""Which field of which module fills a column of `ACTIVITY_SCHEMA`."""


def as_activity(records: QuerySet[Record], names: Sequence[str]) -> QuerySet[Record, Any]:
    """The records with these columns of the schema, in this order; nothing is null and never an
    empty text. A record has no number of its own."""
    every = _columns()
    # Named apart from the fields of a record.
    named = {f"x_{name}": every[name] for name in names}
    return records.annotate(**named).values_list(*named)


def _columns() -> Mapping[str, Any]:
    record = {
        column: Case(
            *(When(module=module, then=_text(KeyTextTransform(name, "fields")))
              for module, name in fields),
            output_field=CharField(),
        )
        for column, fields in OF_MODULE.items()
    }  # fmt: skip
    days = ExtractYear("day") - F("client__birth_year")
    columns: dict[str, Any] = {
        "person": Coalesce(
            ExpressionWrapper(F("client__membership__person"), BigIntegerField()), _alone()
        ),
        "attributor": Coalesce(
            ExpressionWrapper(F("client__membership__exact"), BigIntegerField()), _alone()
        ),
        "service": F("service__code"),
        "service_area": F("service__area"),
        "module": F("module"),
        "day": F("day"),
        "visit": Case(When(module="needle", then=_visit()), output_field=CharField()),
        "age": days - Case(When(day__month__lt=7, then=1), default=0, output_field=IntegerField()),
        "sex": _text("client__sex"),
        "ethnicity": _text("client__ethnicity"),
        "local_authority": _text("client__local_authority"),
        "client_main": _text("client__main_substance"),
        "client_second": _text("client__second_substance"),
        "client_injecting": _text("client__injecting"),
    }
    return columns | record | {CLIENT: F("client_id")}


def _text(expression: Any) -> Any:
    return NullIf(expression, Value(""), output_field=CharField())


def _visit() -> Any:
    """A visit is of one service; a row that names none is a visit by itself."""
    named = Coalesce(_text("transaction"), F("record_id"))
    return Concat("service__code", Value("/"), named, output_field=CharField())


def _alone() -> Any:
    """A number for a client who came after who is who was found: below zero, the same for the
    same client, and null where there is no client."""
    text = "-1 - (hashtextextended(%(expressions)s::text, 0) & 4611686018427387903)"
    return Func(F("client_id"), template=text, output_field=BigIntegerField())
