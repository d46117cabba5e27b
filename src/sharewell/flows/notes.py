"""What accompanies the figures of a release: from the agreement, the catalogue and the vault."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from sharewell.agreements import Agreement
from sharewell.agreements.model import Clause
from sharewell.catalogue.forms import Form, form_for
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

AUDIENCES = {"public": "The public", "police": "The police", "commissioners": "Commissioners"}
"""How the names of audiences read at the head of a page."""


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
        notes=(*_caveats(specs), *caveats),
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
        where = f"ICD-10 {codes} {POSITIONS[spec.cohort.position]}." if codes else spec.cohort.note
        found[spec.cohort.title] = where
        form = form_of(spec)
        for measure in spec.measures:
            found[form.measures[measure].title] = form.measures[measure].defined()
        for name in sorted({name for crossing in spec.crossings for name in crossing}):
            each = form.breakdowns[name]
            found.setdefault(each.title, each.defined())
    return tuple(Definition(term, meaning) for term, meaning in found.items())


def form_of(spec: TableSpec) -> Form:
    """The form in which a table was counted."""
    used = [name for crossing in spec.crossings for name in crossing]
    form = form_for(spec.dataset, spec.measures, used)
    assert form is not None  # noqa: S101 - what no form has is never counted
    return form


def _caveats(specs: Sequence[TableSpec]) -> tuple[str, ...]:
    said = [caveat for spec in specs for caveat in form_of(spec).caveats]
    return tuple(dict.fromkeys(said))


def _provisional(provisional_from: date | None, last: date) -> str:
    if provisional_from is None or provisional_from > last:
        return ""
    final = provisional_from - timedelta(days=1)
    return (
        f"Figures after {final.day} {final:%B %Y} are provisional: they come from monthly "
        "extracts, which the annual refresh replaces, and the latest month is under-coded."
    )
