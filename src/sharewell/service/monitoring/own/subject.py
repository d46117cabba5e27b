"""All that a service holds about one client, in plain words: for the client's right of access.

It is for the client, whatever they answered about consent. Names of staff are not in it: who they
are is not about the client. What was recorded, changed and deleted is, as far as it can be opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from sharewell.catalogue.areas import labels as area_names
from sharewell.monitoring import Field
from sharewell.service.monitoring import clients, opening, reach, versions
from sharewell.service.monitoring.checks import data_set_of
from sharewell.service.monitoring.forms import in_words, labels
from sharewell.service.monitoring.models import Client, Identity
from sharewell.service.monitoring.sealing import attributor_of, unseal
from sharewell.service.monitoring.views_clients import told

NOTHING = "Not recorded"

ABOUT = (
    "This is what the service holds about you in its monitoring system. It is used to run the "
    "service, and, if you agree, for statistics in which nobody can be told apart.",
    "You may ask the service to correct it, to stop using it for anything else (then only this "
    "service sees it), or to erase it. You may object altogether; then what is done for you is "
    "recorded as nobody's.",
    "If you think that your data are handled wrongly, tell the service, or the Information "
    "Commissioner's Office.",
)


@dataclass(frozen=True)
class Section:
    """A part of the record: sentences, pairs of a label and a value, or a table."""

    title: str
    words: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Everything:
    """The whole record of one client, as of a day."""

    service: str
    provider: str
    reference: str
    made: date
    sections: tuple[Section, ...]


def everything(client: Client, *, with_openings: bool) -> Everything:
    """What is held about the client. KeyGone after erasure.

    ``with_openings`` lists when the record was opened: a manager sees all of that, others not.
    """
    service = client.service
    return Everything(
        service.name,
        service.organisation.name,
        client.reference,
        timezone.localdate(),
        tuple(_sections(client, with_openings=with_openings)),
    )


def _sections(client: Client, *, with_openings: bool) -> Iterator[Section]:
    module = data_set_of().module("client")
    row, fields = clients.row_of(client), labels(module)
    yield Section("About this record", words=ABOUT)
    own = [
        (field.label, in_words(field, row.get(name, "")) or NOTHING)
        for name, field in fields.items()
        if name not in ("record_id", "service")
    ]
    yield Section("Who you are", pairs=(("Code", client.reference), *own))
    yield Section("Worked out from your date of birth and postcode", pairs=_derived(client))
    yield Section("What it was before", head=("Until", "What", "It was"), rows=_former(client))
    yield Section(
        "What you answered about consent",
        head=("Day", "May your data be processed beyond this service?"),
        rows=tuple((_day(each.on), str(each)) for each in reach.answers().filter(client=client)),
    )
    yield Section(
        "What was recorded of you",
        head=("Day", "What", "Details"),
        rows=tuple(
            (_day(record.day), said["module"].title, ". ".join(said["words"]))
            for record in reach.records().filter(client=client).order_by("day", "module", "pk")
            for said in (told(record),)
        ),
    )
    yield Section(
        "What was changed or deleted",
        head=("When", "What", "Why", "Before and after"),
        rows=_changes(client),
    )
    if with_openings:
        yield Section(
            "When your record was opened",
            head=("When", "Why"),
            rows=tuple(
                (_moment(each.at), each.words or opening.REASONS.get(each.reason, each.reason))
                for each in reach.openings().filter(client=client.pk).order_by("at")
            ),
        )
    else:
        yield Section(
            "When your record was opened",
            words=("The manager of the service can tell when your record was opened, and why.",),
        )


def _derived(client: Client) -> tuple[tuple[str, str], ...]:
    levels = ("local_authority", "police_force", "region")
    names = ("Local authority", "Police force area", "Region")
    areas = []
    for level, name in zip(levels, names, strict=True):
        code = getattr(client, level)
        areas.append((name, area_names(level).get(code, code) or NOTHING))
    return (
        ("Year of birth", str(client.birth_year)),
        ("Postcode district", client.district or NOTHING),
        *areas,
    )


def _former(client: Client) -> tuple[tuple[str, ...], ...]:
    """Initials with date of birth and sex, postcodes and references that are no longer so."""
    names = {
        Identity.Kind.ATTRIBUTOR: "Initials, date of birth and sex",
        Identity.Kind.POSTCODE: "Postcode",
        Identity.Kind.REFERENCE: "The service's own reference",
    }
    made = []
    found = list(reach.identities().filter(client=client).order_by("kind", "pk"))
    for each, after in zip(found, [*found[1:], None], strict=True):
        if each.current:
            continue
        value = unseal(client.pk, each.kind, each.sealed)
        said = str(attributor_of(value)) if each.kind == Identity.Kind.ATTRIBUTOR else str(value)
        until = _moment(after.at) if after is not None and after.kind == each.kind else NOTHING
        made.append((until, names[Identity.Kind(each.kind)], said))
    return tuple(made)


def _changes(client: Client) -> tuple[tuple[str, ...], ...]:
    """Every change after the first entry; of what was deleted, all that it was."""
    declared = data_set_of()
    fields: dict[str, Field] = {}
    for module in reversed(declared.modules):
        fields |= labels(module)
    made = []
    for change in versions.history(client.pk)[::-1]:
        if change.version.what == "added":
            continue
        words = [
            f"{fields[name].label}: {in_words(fields[name], was) or 'nothing'}, now "
            f"{in_words(fields[name], now) or 'nothing'}"
            for name, (was, now) in change.fields.items()
            if name in fields
        ]
        what = f"{change.version.kind} {change.version.what}"
        if change.version.what == "deleted":
            words = [
                f"{fields[name].label}: {in_words(fields[name], value)}"
                for name, value in change.row.items()
                if value and name in fields
            ]
        made.append((_moment(change.version.at), what, change.version.reason, ". ".join(words)))
    return tuple(made)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _moment(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{local.day} {local:%B %Y, %H:%M}"
