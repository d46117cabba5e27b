"""The pages that anyone reads."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Case, Func, IntegerField, Sum, When
from django.db.models import Count as CountRows
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from sharewell import register as room
from sharewell.register.changes import AGREEMENT_FIELDS
from sharewell.service.gate import public, role, seen_by
from sharewell.service.register import reading
from sharewell.service.register.caching import kept_by_caches
from sharewell.service.register.finding import find
from sharewell.service.register.forms import SearchForm
from sharewell.service.register.keeping import key_of
from sharewell.service.register.models import (
    AgreementRow,
    Applicant,
    Change,
    DatasetRow,
    Edition,
    FileRow,
    MixedRow,
    OverlapRow,
    Series,
    TallyRow,
)
from sharewell.service.register.telling import FILE_KINDS, history, told

_PER_PAGE = 25
_FILES = 100
_CHANGES = 20
KEEPERS = role("administrator", "data protection officer")
TEXTS = ("objective", "benefits", "yielded_benefits", "outputs", "processing")


def chosen(request: HttpRequest, otherwise: Edition | None = None) -> Edition | None:
    """The edition that the address asks for; else ``otherwise``, else the latest."""
    slug = request.GET.get("edition")
    if slug:
        return get_object_or_404(Edition, slug=slug)
    return otherwise or reading.latest() or reading.latest(Series.OWN)


def _page(request: HttpRequest, rows: Any, size: int = _PER_PAGE) -> Any:
    return Paginator(rows, size).get_page(request.GET.get("page"))


@seen_by(public)
@kept_by_caches
def search(request: HttpRequest) -> HttpResponse:
    """Agreements that meet what is asked."""
    edition = chosen(request)
    form = SearchForm(request.GET, edition)
    context: dict[str, Any] = {
        "edition": edition,
        "form": form,
        "all": _newest_of_each(),
        "keeps": KEEPERS.admits(request),
    }
    if edition:
        form.is_valid()
        page = _page(request, find(edition, form.criteria()))
        names = [row.name for row in page]
        datasets: dict[str, list[str]] = {}
        for name, dataset in (
            DatasetRow.objects.of(edition).filter(agreement__in=names).order_by("pk")
        ).values_list("agreement", "dataset"):
            datasets.setdefault(name, []).append(dataset)
        left = _files_left(edition, names)
        context["page"] = page
        context["found"] = [
            (row, datasets.get(row.name, ()), _state(row, edition), left.get(row.name))
            for row in page
        ]
    return render(request, "register/search.html", context)


@seen_by(public)
@kept_by_caches
def editions(request: HttpRequest) -> HttpResponse:
    """Every edition, the newest first."""
    counts = dict(Change.objects.order_by().values_list("edition").annotate(number=CountRows("pk")))
    found = [(each, counts.get(each.pk, 0)) for each in Edition.objects.all()]
    return render(request, "register/editions.html", {"editions": found})


@seen_by(public)
@kept_by_caches
def edition(request: HttpRequest, slug: str) -> HttpResponse:
    """One edition: its counts, what stands out, what changed, and its tables to download."""
    found = get_object_or_404(Edition, slug=slug)
    agreements = AgreementRow.objects.of(found)
    mixed = MixedRow.objects.of(found).order_by("-month", "reference", "dataset")
    overlaps = OverlapRow.objects.of(found).order_by("reference", "earlier", "later")
    context = {
        "edition": found,
        "before": reading.before(found),
        "kinds": _kinds(found.changes),
        "overlaps": overlaps[:_PER_PAGE],
        "overlaps_count": overlaps.count(),
        "mixed": _page(request, mixed),
        "sublicensing": agreements.filter(is_sublicensing=True).count(),
        "commercial": agreements.filter(is_commercial=True).count(),
        "tables": ("agreements", "datasets", "files", "uses", "organisations", "overlaps",
                   "mixed-opt-outs", "changes"),
    }  # fmt: skip
    return render(request, "register/edition.html", context)


@seen_by(public)
@kept_by_caches
def changes(request: HttpRequest, slug: str) -> HttpResponse:
    """What is different from the edition before, one thing after the other."""
    found = get_object_or_404(Edition, slug=slug)
    rows = found.changes.select_related("applicant")
    of = Applicant.objects.filter(slug=request.GET.get("organisation", "")).first()
    if of:
        rows = rows.filter(applicant=of)
    kinds = _kinds(rows)
    kind = request.GET.get("kind", "")
    if kind:
        rows = rows.filter(kind=kind)
    page = _page(request, rows, _CHANGES)
    context = {
        "edition": found,
        "before": reading.before(found),
        "of": of,
        "kinds": kinds,
        "kind": kind,
        "everything": sum(count for *_, count in kinds),
        "page": page,
        "changes": told(page),
    }
    return render(request, "register/changes.html", context)


@seen_by(public)
@kept_by_caches
def organisations(request: HttpRequest) -> HttpResponse:
    """Every organisation with its two counts."""
    edition = chosen(request)
    tallies: Any = TallyRow.objects.none()
    if edition:
        tallies = TallyRow.objects.of(edition).select_related("applicant").order_by("name")
        if request.GET.get("sort") == "files":
            tallies = tallies.order_by("-files", "name").filter(files__isnull=False)
        if asked := request.GET.get("q", "").strip():
            tallies = tallies.filter(name__icontains=asked)
    page = _page(request, tallies)
    context = {"edition": edition, "page": page, "asked": request.GET.get("q", "")}
    return render(request, "register/organisations.html", context)


@seen_by(public)
@kept_by_caches
def organisation(request: HttpRequest, slug: str) -> HttpResponse:
    """One organisation: its counts, its agreements, its files by year, and what changed."""
    applicant = get_object_or_404(Applicant, slug=slug)
    edition = chosen(request, _last_with(applicant))
    if edition is None:
        raise Http404
    part = reading.of_applicant(edition, applicant)
    agreements = [
        (each, room.tally_agreement(part, each.name), part.datasets_of.get(each.name, ()),
         _state(each, edition))
        for versions in sorted(part.versions.values(), key=lambda each: each[-1].title.lower())
        for each in reversed(versions)
    ]  # fmt: skip
    noted = Change.objects.filter(applicant=applicant, edition__series=edition.series)
    context = {
        "edition": edition,
        "applicant": applicant,
        "tally": room.tally_organisation(part, applicant.key),
        "agreements": agreements,
        "years": files_by_year(part.files),
        "mixed": room.mixed_opt_outs(part),
        "overlaps": room.overlapping_versions(part),
        "history": history(noted),
    }
    return render(request, "register/organisation.html", context)


@seen_by(public)
@kept_by_caches
def agreement(request: HttpRequest, reference: str) -> HttpResponse:
    """One agreement in the shape of the reformatted register, with the counts that it lacks."""
    edition, part = _agreement_part(request, reference)
    versions = part.versions[reference]
    wanted = request.GET.get("version")
    shown = next((each for each in versions if each.version == wanted), None)
    if wanted and shown is None:
        raise Http404
    shown = shown or versions[-1]
    rows = part.datasets_of.get(shown.name, ())
    files = part.files_of.get(shown.name, ())
    context = {
        "edition": edition,
        "reference": reference,
        "shown": shown,
        "versions": versions[::-1],
        "state": _state(shown, edition),
        "applicant": Applicant.objects.filter(key=key_of(shown.organisation)).first(),
        "tally": room.tally_agreement(part, shown.name),
        "all_tally": room.tally_agreement(part, reference),
        "facts": _facts(shown, rows, files),
        "datasets": rows,
        "texts": [(AGREEMENT_FIELDS[field][0], getattr(shown, field)) for field in TEXTS],
        "years": files_by_year(files),
        "mixed": room.mixed_opt_outs(part),
        "overlaps": room.overlapping_versions(part),
        "history": history(
            Change.objects.filter(reference=reference, edition__series=edition.series)
        ),
        "others": _others(reference, edition),
    }
    return render(request, "register/agreement.html", context)


@seen_by(public)
@kept_by_caches
def files(request: HttpRequest, reference: str) -> HttpResponse:
    """The rows behind a count: the files that left under an agreement, and its safe uses."""
    edition, part = _agreement_part(request, reference)
    names = [each.name for each in part.versions[reference]]
    version = request.GET.get("version")
    if version is not None:
        names = [name for name in names if name == f"{reference}-v{version}"]
    rows = FileRow.objects.of(edition).filter(agreement__in=names).order_by("-month", "file")
    tally = room.tally_agreement(part, names[0] if version is not None and names else reference)
    context = {
        "edition": edition,
        "reference": reference,
        "version": version,
        "tally": tally,
        "uses": tally.safe_uses.rows,
        "page": _page(request, rows, _FILES),
    }
    return render(request, "register/files.html", context)


@seen_by(public)
@kept_by_caches
def organisation_files(request: HttpRequest, slug: str) -> HttpResponse:
    """The rows behind the counts of an organisation."""
    applicant = get_object_or_404(Applicant, slug=slug)
    edition = chosen(request, _last_with(applicant))
    if edition is None:
        raise Http404
    part = reading.of_applicant(edition, applicant)
    names = [each.name for each in part.agreements]
    rows = FileRow.objects.of(edition).filter(agreement__in=names).order_by("-month", "file")
    tally = room.tally_organisation(part, applicant.key)
    context = {
        "edition": edition,
        "applicant": applicant,
        "tally": tally,
        "uses": tally.safe_uses.rows,
        "page": _page(request, rows, _FILES),
    }
    return render(request, "register/files.html", context)


@seen_by(public)
@kept_by_caches
def versions(request: HttpRequest, reference: str) -> HttpResponse:
    """What each version of an agreement changed from the one before it."""
    edition, part = _agreement_part(request, reference)
    held = part.versions[reference]
    steps = [
        (before, after, room.compare_agreements(before, after)) for before, after in pairwise(held)
    ]
    context = {"edition": edition, "reference": reference, "steps": steps[::-1], "held": held}
    return render(request, "register/versions.html", context)


def files_by_year(rows: Any) -> list[tuple[str, int]]:
    """How many files left in each calendar year, with the years between."""
    years = [row.month.year for row in rows if row.month]
    if not years:
        return []
    return [(str(year), years.count(year)) for year in range(min(years), max(years) + 1)]


def _agreement_part(request: HttpRequest, reference: str) -> tuple[Edition, room.Edition]:
    """The edition that has the agreement, and the agreement in it; not found otherwise."""
    edition = chosen(request) if "edition" in request.GET else reading.latest()
    part = reading.of_reference(edition, reference) if edition else None
    if part is None or not part.agreements:
        edition = None if "edition" in request.GET else reading.last_with(reference)
        if edition is None:
            raise Http404
        part = reading.of_reference(edition, reference)
    return edition, part


def _last_with(applicant: Applicant) -> Edition | None:
    for series in Series.values:
        newest = reading.latest(series)
        if newest and TallyRow.objects.of(newest).filter(applicant=applicant).exists():
            return newest
    row = TallyRow.objects.filter(applicant=applicant).order_by("-first").first()
    return row and Edition.objects.get(series=row.series, number=row.first)


def _files_left(edition: Edition, names: list[str]) -> dict[str, int]:
    """How many files left under each; what is not known is left out."""
    known = dict.fromkeys(names, 0) if edition.own else {}
    rows = FileRow.objects.of(edition).filter(agreement__in=names).order_by()
    return known | dict(rows.values_list("agreement").annotate(CountRows("pk")))


def _others(reference: str, shown: Edition) -> list[Edition]:
    """The latest edition of another series that has the agreement."""
    held = (reading.editions_with(reference, s) for s in Series.values if s != shown.series)
    return [editions[0] for editions in held if editions]


def _newest_of_each() -> list[Edition]:
    return [found for series in Series.values if (found := reading.latest(series))]


def _kinds(changes: Any) -> list[tuple[str, str, int]]:
    """How many changes of each kind, in the order of what matters; of files, how many files."""
    number = Case(
        When(kind__in=FILE_KINDS, then=Func("files", function="cardinality")),
        default=1,
        output_field=IntegerField(),
    )
    counts = dict(changes.order_by().values_list("kind").annotate(number=Sum(number)))
    return [(k.value, k.label, counts[k.value]) for k in Change.Kind if k.value in counts]


def _state(row: Any, edition: Edition) -> tuple[str, str]:
    """Where its term stands on the day of the edition, and the colour of the tag."""
    if row.start is None or row.end is None:
        return ("Term not known", "grey")
    if row.end < edition.as_of:
        return ("Ended", "grey")
    return ("Not begun", "blue") if row.start > edition.as_of else ("Active", "green")


def _facts(shown: room.RegisterAgreement, rows: Any, files: Any) -> list[tuple[str, str]]:
    """The facts in their order on a reformatted page, under the register's own labels."""
    months = sorted(row.month for row in files if row.month)
    opt_outs = sorted({row.opt_outs for row in files if row.opt_outs})
    term = f"{_day(shown.start)} to {_day(shown.end)}"
    released = " to ".join(dict.fromkeys(f"{month:%B %Y}" for month in months[:1] + months[-1:]))
    return [
        ("Type of data", _joined(row.type_of_data for row in rows)),
        ("Opt-outs applied", "; ".join(opt_outs) or "Not known: no file is listed"),
        ("Common law duty of confidentiality", _joined(row.confidentiality for row in rows)),
        ("Legal basis", _joined(row.legal_basis for row in rows)),
        ("Commercial purposes", _said(shown.commercial)),
        ("Type of organisation", _said(shown.organisation_type)),
        ("Sensitive", _joined(row.sensitivity for row in rows)),
        ("Agreement runs", term),
        ("Files left", released or "None is listed"),
        ("Access method", _joined(row.frequency for row in rows)),
        ("Data controllers", "; ".join(shown.controllers) or "Not said"),
        ("Arrangement of controllers", _said(shown.controller_arrangement)),
        ("Sub-licensing", _said(shown.sublicensing)),
    ]


def _joined(values: Any) -> str:
    return "; ".join(dict.fromkeys(value for value in values if value)) or "Not said"


def _said(value: str | None) -> str:
    return value or "Not said"


def _day(day: Any) -> str:
    return f"{day:%-d %B %Y}" if day else "not said"


def agreement_address(name: str) -> str:
    """Where a version of an agreement is shown."""
    reference, _, version = name.partition("-v")
    address = reverse("register:agreement", args=[reference])
    return f"{address}?version={version}" if version else address
