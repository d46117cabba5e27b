"""Editions out of the tables, whole or in part, as the room's records.

The room's counting and comparing work on a part as on the whole, so that a page reads only the
rows it shows.
"""

from __future__ import annotations

from collections.abc import Sequence

from sharewell import register as room
from sharewell.service.register import keeping
from sharewell.service.register.models import AgreementRow, Applicant, Edition, Series


def latest(series: str = Series.OFFICIAL) -> Edition | None:
    """The edition of the newest day."""
    return Edition.objects.filter(series=series).order_by("-as_of", "-number").first()


def before(edition: Edition) -> Edition | None:
    """The edition before it by day."""
    in_order = list(Edition.objects.filter(series=edition.series).order_by("as_of", "number"))
    place = in_order.index(edition)
    return in_order[place - 1] if place else None


def whole(edition: Edition) -> room.Edition:
    """All of it."""
    return _edition(edition, "", "", ())


def of_reference(edition: Edition, reference: str) -> room.Edition:
    """One agreement, in all its versions."""
    return _part(
        edition, keeping.read(keeping.AGREEMENTS, edition, "AND reference = %s", [reference])
    )


def of_applicant(edition: Edition, applicant: Applicant) -> room.Edition:
    """The agreements of one organisation."""
    chosen = keeping.read(keeping.AGREEMENTS, edition, "AND applicant_id = %s", [applicant.pk])
    return _part(edition, chosen)


def of_references(edition: Edition, references: Sequence[str]) -> room.Edition:
    """Several agreements, in all their versions."""
    where = "AND reference = ANY(%s)"
    return _part(edition, keeping.read(keeping.AGREEMENTS, edition, where, [list(references)]))


def last_with(reference: str) -> Edition | None:
    """The latest edition that has the agreement, of the official register first."""
    for series in Series.values:
        if held := editions_with(reference, series):
            return held[0]
    return None


def editions_with(reference: str, series: str) -> list[Edition]:
    """The editions of a series that have the agreement, the latest first."""
    rows = AgreementRow.objects.filter(series=series, reference=reference)
    spans = list(rows.values_list("first", "until"))
    return [
        edition
        for edition in (Edition.objects.filter(series=series) if spans else ())
        if any(
            first <= edition.number and (until is None or edition.number < until)
            for first, until in spans
        )
    ]


def _part(edition: Edition, agreements: list[keeping.Row]) -> room.Edition:
    names = [room.RegisterAgreement(*row).name for row in agreements]
    return _edition(edition, "AND name = ANY(%s)", "AND agreement = ANY(%s)", [names])


def _edition(edition: Edition, which: str, whose: str, given: Sequence[list[str]]) -> room.Edition:
    def rows(table: keeping.Table) -> list[keeping.Row]:
        return keeping.read(table, edition, whose, given)

    agreements = keeping.read(keeping.AGREEMENTS, edition, which, given)
    return room.Edition(
        name=edition.name,
        source=edition.source,
        digest=edition.digest,
        published=edition.as_of,
        agreements=tuple(room.RegisterAgreement(*row) for row in agreements),
        datasets=tuple(room.DatasetRow(*row) for row in rows(keeping.DATASETS)),
        files=tuple(room.FileRow(*row) for row in rows(keeping.FILES)),
        uses=tuple(room.UseRow(*row) for row in rows(keeping.USES)),
        remarks=tuple(edition.remarks),
    )
