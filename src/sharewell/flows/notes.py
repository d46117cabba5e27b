"""What accompanies the figures of a release: from the agreement, the catalogue and the vault."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from sharewell.agreements import Agreement
from sharewell.agreements.model import Clause
from sharewell.catalogue.breakdowns import breakdown
from sharewell.catalogue.measures import MEASURES
from sharewell.publication import ClauseNote, Definition, ReleaseNotes, RuleNote
from sharewell.synthesis import SYNTHETIC_NOTICE
from sharewell.tabulation import TableSpec

POSITIONS = {
    "cause": "as the first external cause",
    "primary": "as the primary diagnosis",
    "any": "as any of the diagnoses",
}
LABELS = {
    "police_force": {
        "E92000001": "England",
        "W92000004": "Wales",
        "K04000001": "England and Wales",
    }
}
"""Names of the nations in combined tables, beside the catalogue's own."""

AUDIENCES = {"public": "The public", "police": "The police"}
"""How the names of audiences read at the head of a page."""

CAVEATS = (
    "Admissions and episodes are counted, not people: a person admitted twice counts twice.",
    "An admission counts in the month in which its first episode ends, and where the patient "
    "lives, not where the hospital is.",
    "Transfers between hospitals that are coded as new admissions count twice.",
)


def notes_for(
    agreement: Agreement,
    flow: Clause,
    release_id: str,
    specs: Sequence[TableSpec],
    on: date,
    *,
    released_by: str,
    released_to: str,
    source: str,
    summary: str,
    title: str = "",
    provisional_from: date | None = None,
    rules: Sequence[RuleNote] = (),
    clauses: Iterable[Clause] = (),
    caveats: Sequence[str] = (),
    synthetic: bool,
) -> ReleaseNotes:
    """The notes of a release under a clause of an agreement."""
    first, last = min(spec.first for spec in specs), max(spec.last for spec in specs)
    cited = {clause.id: clause for clause in (flow, *clauses)}
    return ReleaseNotes(
        release_id=release_id,
        title=title or agreement.title,
        agreement=agreement.reference,
        agreement_version=agreement.version,
        agreement_title=agreement.title,
        released_by=released_by,
        released_to=released_to,
        source=source,
        first=first,
        last=last,
        period=f"{first.day} {first:%B %Y} to {last.day} {last:%B %Y}",
        made=on,
        contact=f"{released_by}, under {agreement.name}",
        summary=summary,
        definitions=definitions(specs),
        notes=(*CAVEATS, *caveats),
        rules=tuple(rules),
        clauses=tuple(ClauseNote(clause.id, clause.words) for clause in cited.values()),
        provisional=_provisional(provisional_from, last),
        synthetic=SYNTHETIC_NOTICE if synthetic else "",
    )


def definitions(specs: Sequence[TableSpec]) -> tuple[Definition, ...]:
    """The measures, cohorts and breakdowns of the tables, each defined once."""
    found: dict[str, str] = {}
    for spec in specs:
        codes = ", ".join(spec.cohort.codes)
        found[spec.cohort.title] = f"ICD-10 {codes} {POSITIONS[spec.cohort.position]}."
        for measure in spec.measures:
            found[MEASURES[measure].title] = f"Episodes where {MEASURES[measure].condition}."
        for name in sorted({name for crossing in spec.crossings for name in crossing}):
            found.setdefault(breakdown(name).title, f"The breakdown '{name}'.")
    return tuple(Definition(term, meaning) for term, meaning in found.items())


def _provisional(provisional_from: date | None, last: date) -> str:
    if provisional_from is None or provisional_from > last:
        return ""
    final = provisional_from - timedelta(days=1)
    return (
        f"Figures after {final.day} {final:%B %Y} are provisional: they come from monthly "
        "extracts, which the annual refresh replaces, and the latest month is under-coded."
    )
