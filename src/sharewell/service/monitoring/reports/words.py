"""What stands around the figures of a report: whose they are, and how to read them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format

from sharewell.catalogue.breakdowns import BREAKDOWNS
from sharewell.catalogue.measures import MEASURES
from sharewell.disclosure import REPAIR, rule
from sharewell.flows.releases import CORRECTION
from sharewell.ledger import Entry
from sharewell.linkage import Correction
from sharewell.publication import Definition, ReleaseNotes, RuleNote
from sharewell.publication.notes import SYMBOLS
from sharewell.service.agreements.interface import at_hand
from sharewell.service.monitoring.models import Report
from sharewell.service.monitoring.reports.figures import Shown
from sharewell.service.monitoring.reports.periods import period_of
from sharewell.service.monitoring.reports.reading import Area

METHODS = (
    "People are counted once, whatever services they went to, by their attributor: initials, "
    "date of birth and sex. The method is stepwise: two attributors of which one part differs "
    "are taken as one person where that is likelier than chance.",
    "Two other figures stand at the head of the page, and exact in a table of its own. Exact takes "
    "every different attributor as a person, and is too high where somebody mistyped one. "
    "Corrected also allows for people who share an attributor. It is an estimate, from the share "
    "of both among all areas, where people are linked before they are split. So the same share is "
    "missing from each figure by age, sex or substance, before chance.",
    "Who does not consent to processing is in no figure. Who objects altogether is counted as "
    "activity and never as a person.",
)


def facts(report: Report, entry: Entry | None) -> Iterator[tuple[str, str]]:
    """The report in a few rows."""
    if entry is not None:
        yield "Made", _day(date.fromisoformat(entry.body["on"]))
        yield "Release", entry.body["release"]
        yield "Under", f"{_title(entry)} ({entry.body['agreement']}, {entry.body['clause']})"
        if entry.body["synthetic"]:
            yield "About", "Invented data: nobody in it exists."
    else:
        yield "Asked for by", report.asked_by.name
    if report.counted_at is not None:
        when = timezone.localtime(report.counted_at)
        yield "Answers about consent as of", date_format(when, "j F Y, H:i")


def definitions(entry: Entry) -> list[Definition]:
    """The measures and breakdowns of the tables that need words, each once."""
    found: dict[str, str] = {}
    for table in entry.body["tables"]:
        for name in table["measures"]:
            found.setdefault(MEASURES[name].title, MEASURES[name].meaning)
        for name in (name for crossing in table["crossings"] for name in crossing):
            found.setdefault(BREAKDOWNS[name].title, BREAKDOWNS[name].meaning)
    return [Definition(term, meaning) for term, meaning in found.items() if meaning]


def corrected(entry: Entry) -> tuple[str, ...]:
    """How many people those that are counted stand for, in words; none where that is not known."""
    facts = entry.body.get(CORRECTION)
    return (Correction.from_facts(facts).words,) if facts else ()


def symbols(tables: Iterable[Shown]) -> list[tuple[str, str]]:
    """What stands for a count on the page, and what it says."""
    treated = {
        cell.treatment
        for table in tables
        for grid in table.grids
        for row in grid.rows
        for cell in row.cells
    }
    return [
        (each.printed if each.printed in ("*", "[c]", "0") else each.name, each.meaning)
        for each in SYMBOLS
        if each.treatment in treated
    ]


def rules(entry: Entry) -> list[RuleNote]:
    """How the figures are protected."""
    names = dict.fromkeys(name for part in entry.body["protection"] for name in part["rules"])
    found = []
    for name in names:
        if name == REPAIR:
            found.append(RuleNote(name, "Withheld so that nothing can be worked out", (_REPAIR,)))
        else:
            declared = rule(name)
            found.append(RuleNote(name, declared.title, declared.words(), declared.source))
    return found


_REPAIR = (
    "Further figures are withheld where a reader could have worked out a small number by adding "
    "and subtracting, within these tables or together with tables released before."
)


def notes(entry: Entry, area: Area) -> ReleaseNotes:
    """What a workbook of one area's figures says of itself."""
    body: Mapping[str, Any] = entry.body
    first = min(date.fromisoformat(table["first"]) for table in body["tables"])
    last = max(date.fromisoformat(table["last"]) for table in body["tables"])
    period = period_of(first, last)
    return ReleaseNotes(
        release_id=body["release"],
        title=f"{area.name}: {period.title}",
        agreement=body["reference"],
        agreement_version=body["agreement"].rsplit("-v", 1)[-1],
        agreement_title=_title(entry),
        released_by=entry.actor["organisation"],
        released_to=body["to"],
        source="Monitoring of clients who consent",
        period=f"{_day(first)} to {_day(last)}",
        made=date.fromisoformat(body["on"]),
        contact=f"{entry.actor['organisation']}, under {body['agreement']}",
        summary=f"The figures of {area.name} alone, as they were released.",
        definitions=tuple(definitions(entry)),
        notes=(*METHODS, *corrected(entry)),
        rules=tuple(rules(entry)),
        synthetic="Invented data: nobody in it exists." if body["synthetic"] else "",
        first=first,
        last=last,
    )


def _title(entry: Entry) -> str:
    titles = {agreement.name: agreement.title for agreement in at_hand()}
    return titles.get(entry.body["agreement"], entry.body["reference"])


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
