"""The register for programs: open to all, the same rows as the pages and downloads."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Path, Query, Router, Schema
from pydantic import Field

from sharewell import register as room
from sharewell.register.report import plain
from sharewell.service.api.interface import Refusal
from sharewell.service.register import reading, tables
from sharewell.service.register.finding import find
from sharewell.service.register.models import AgreementRow, Edition

router = Router(tags=["Register"], auth=None)

_MOST = 1000
Slug = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,40}$", description="Such as 2026-09.")]
# No character that a database cannot keep.
Words = Annotated[str, Query(max_length=200, pattern=r"^[^\x00-\x1f]*$")]
Table = Literal[
    "agreements", "datasets", "files", "uses", "organisations", "overlaps", "mixed-opt-outs",
    "changes",
]  # fmt: skip


class EditionOut(Schema):
    """A register as it stood. Uses in a safe setting are not known (null) but in our own."""

    slug: str
    series: str
    name: str
    digest: str
    as_of: date
    published: date | None
    agreements: int
    versions: int
    dataset_rows: int
    file_rows: int
    safe_setting_uses: int | None
    remarks: list[str]
    taken_in: datetime

    @staticmethod
    def resolve_safe_setting_uses(found: Edition) -> int | None:
        """What is not known is no number."""
        return found.use_rows if found.own else None


class AgreementFound(Schema):
    """A version of an agreement, in short."""

    name: str
    reference: str
    version: str
    title: str
    organisation: str
    start: date | None
    end: date | None
    sublicensing: str | None
    commercial: str | None


class Found(Schema):
    """What a search found: how many, and these."""

    edition: str
    count: int
    items: list[AgreementFound]


class CountOut(Schema):
    """A number, or null where it is not known, and why."""

    value: int | None
    explanation: str


class AgreementOut(Schema):
    """All versions of an agreement, with the two counts."""

    edition: str
    reference: str
    files_left: CountOut
    safe_setting_uses: CountOut
    versions: list[dict[str, Any]]


class Rows(Schema):
    """Rows of a table, from an offset."""

    edition: str
    table: str
    count: int
    items: list[dict[str, Any]]


class Wanted(Schema):
    """Every criterion that is given must hold."""

    text: Words = ""
    organisation: Words = ""
    dataset: Words = ""
    legal_basis: Words = ""
    type_of_data: Words = ""
    sensitive: bool | None = None
    commercial: bool | None = None
    sublicensing: bool | None = None
    access_method: Literal["ongoing", "one-off", "system access"] | None = None
    active: bool | None = None
    year: Annotated[int, Field(ge=1900, le=2200)] | None = None


Limit = Annotated[int, Query(ge=1, le=_MOST)]
Offset = Annotated[int, Query(ge=0, le=10_000_000)]


@router.get("/editions", response=list[EditionOut])
def editions(request: HttpRequest) -> Any:
    """Every edition, the newest first."""
    return Edition.objects.all()


@router.get("/editions/{slug}", response=EditionOut)
def edition(request: HttpRequest, slug: Slug) -> Any:
    """One edition."""
    return get_object_or_404(Edition, slug=slug)


@router.get("/editions/{slug}/tables/{table}", response=Rows)
def table(
    request: HttpRequest, slug: Slug, table: Table, limit: Limit = 100, offset: Offset = 0
) -> Any:
    """Rows of a table of an edition. Whole tables are at /register/editions/ as CSV and JSON."""
    found = get_object_or_404(Edition, slug=slug)
    rows = tables.query(found, table)
    items = [plain(row) for row in rows[offset : offset + limit]]
    return {"edition": slug, "table": table, "count": rows.count(), "items": items}


@router.get("/agreements", response=Found)
def agreements(
    request: HttpRequest,
    wanted: Query[Wanted],
    edition: Annotated[str, Query(pattern=r"^[a-z0-9-]{0,40}$")] = "",
    limit: Limit = 100,
    offset: Offset = 0,
) -> Any:
    """Agreement versions that meet the criteria, in the latest edition or the one named."""
    chosen = get_object_or_404(Edition, slug=edition) if edition else reading.latest()
    if chosen is None:
        raise Refusal(404, "No edition has been taken in yet.", "Try again later.")
    found = find(chosen, room.Criteria(**wanted.dict()))
    items: list[AgreementRow] = list(found[offset : offset + limit])
    return {"edition": chosen.slug, "count": found.count(), "items": items}


@router.get("/agreements/{reference}", response=AgreementOut)
def agreement(
    request: HttpRequest,
    reference: Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,80}$")],
) -> Any:
    """An agreement in the latest edition that has it, with its datasets and counts."""
    chosen = reading.last_with(reference)
    if chosen is None:
        raise Refusal(
            404, f"No edition has {reference}.", "Look for it at /api/v1/register/agreements."
        )
    part = reading.of_reference(chosen, reference)
    tally = room.tally_agreement(part, reference)
    return {
        "edition": chosen.slug,
        "reference": reference,
        "files_left": _count(tally.files_left),
        "safe_setting_uses": _count(tally.safe_uses),
        "versions": [
            {
                "name": each.name,
                **{name: plain(getattr(each, name)) for name in each.__slots__},
                "datasets": [
                    {name: getattr(row, name) for name in row.__slots__ if name != "agreement"}
                    for row in part.datasets_of.get(each.name, ())
                ],
            }
            for each in part.versions[reference]
        ],
    }


def _count(count: room.Count) -> dict[str, Any]:
    return {"value": count.value, "explanation": count.explanation}
