"""The register for programs and readers of feeds: CSV, JSON and Atom at addresses that stay."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.feedgenerator import Atom1Feed
from django.views.decorators.http import etag, require_safe

from sharewell.service.gate import public, seen_by
from sharewell.service.register import tables
from sharewell.service.register.caching import FRESH, kept_by_caches
from sharewell.service.register.models import Applicant, Change, Edition

_ENTRIES = 100
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_BATCH = 500


def _tag(_request: HttpRequest, slug: str, table: str) -> str | None:
    """An edition never changes, but what it changed may, when an earlier one is taken in."""
    found = Edition.objects.filter(slug=slug).first()
    if found is None:
        return None
    newest = Edition.objects.order_by("-pk").values_list("pk", flat=True).first()
    return f'"{found.digest[:32]}-{table}-{newest}"'


@seen_by(public)
@require_safe
@etag(_tag)
def as_csv(_request: HttpRequest, slug: str, table: str) -> HttpResponse:
    """A table of an edition as CSV; several values of a cell are divided by semicolons."""
    return _stream(slug, table, "csv", "text/csv; charset=utf-8", _csv)


@seen_by(public)
@require_safe
@etag(_tag)
def as_json(_request: HttpRequest, slug: str, table: str) -> HttpResponse:
    """A table of an edition as JSON: a list of objects; null is "not known"."""
    return _stream(slug, table, "json", "application/json", _json)


@seen_by(public)
@kept_by_caches
def atom(request: HttpRequest, slug: str) -> HttpResponse:
    """What changed for an organisation, the newest first."""
    applicant = get_object_or_404(Applicant, slug=slug)
    page = request.build_absolute_uri(reverse("register:organisation", args=[slug]))
    feed = Atom1Feed(
        title=f"Data uses register: {applicant.name}",
        link=page,
        description="What changed between editions.",
        language="en-GB",
        feed_url=request.build_absolute_uri(),
    )
    found = Change.objects.filter(applicant=applicant).select_related("edition")
    for change in found.order_by("-edition__as_of", "-edition__pk", "position")[:_ENTRIES]:
        day = datetime.combine(change.edition.as_of, time(), UTC)
        where = reverse("register:agreement", args=[change.reference])
        feed.add_item(
            title=f"{change.agreement}: {sentence(change)}",
            link=request.build_absolute_uri(where),
            description=f"{change.before} → {change.after}" if change.label else sentence(change),
            unique_id=request.build_absolute_uri(
                f"{reverse('register:changes', args=[change.edition.slug])}#c{change.position}"
            ),
            pubdate=day,
            updateddate=day,
        )
    return HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml")


def sentence(change: Change) -> str:
    """What happened, in a few words."""
    what = change.get_kind_display()
    if change.files:
        return f"{what}: {len(change.files)}"
    return f"{what}: {change.label or change.row}" if change.label or change.row else what


def _stream(
    slug: str, table: str, ending: str, kind: str, write: Callable[..., Iterator[str]]
) -> HttpResponse:
    found = get_object_or_404(Edition, slug=slug)
    if table not in tables.NAMES:
        raise Http404
    body = write(tables.columns(table), tables.rows(tables.query(found, table)))
    response = StreamingHttpResponse(body, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{slug}-{table}.{ending}"'
    patch_cache_control(response, public=True, max_age=FRESH)
    return response


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _csv(columns: tuple[str, ...], rows: tables.Dictionaries) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(columns)
    for batch in _batches(rows):
        yield "".join(writer.writerow([_cell(row[name]) for name in columns]) for row in batch)


def _json(_columns: tuple[str, ...], rows: tables.Dictionaries) -> Iterator[str]:
    between = "[\n"
    for batch in _batches(rows):
        for row in batch:
            yield between + json.dumps(row, ensure_ascii=False)
            between = ",\n"
    yield "[]" if between == "[\n" else "\n]"


def _batches(rows: tables.Dictionaries) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _cell(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: an apostrophe makes it text."""
    if value is None:
        return "not known"
    if isinstance(value, list):
        value = "; ".join(map(str, value))
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
