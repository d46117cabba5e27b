"""Taking in an edition: its rows, its counts, what stands out, and what changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from django.db import connection, transaction
from django.utils.text import slugify

from sharewell import register as room
from sharewell.register.model import agreement_reference
from sharewell.service.register import keeping
from sharewell.service.register.keeping import Row, Table, key_of, values
from sharewell.service.register.models import Applicant, Change, Edition, Series
from sharewell.service.register.reading import whole

Progress = Callable[[int, str], None]

_LOCK = 4_200_001
_BATCH = 2_000
_SLUG = 100


class NotTakenIn(Exception):
    """An edition cannot be taken in; the message says why and what to do."""


@dataclass(frozen=True)
class Taken:
    """An edition in the tables; ``new`` is False where it was there before."""

    edition: Edition
    new: bool


class Intake:
    """Takes in editions of one series, one after the other.

    It remembers the rows of the last one, so that taking in many reads nothing twice.
    """

    def __init__(self, series: Series, by: str) -> None:
        self._series = series
        self._by = by
        self._last: Edition | None = None
        self._held: dict[Table, dict[Row, int]] = {}

    def take_in(self, edition: room.Edition, progress: Progress = lambda *_: None) -> Taken:
        """Stores an edition and what changed from the one before it.

        One whose file (or rows, where it has no file) is there already changes nothing. Raises
        NotTakenIn for one without any day, or for rows that cannot be stored.
        """
        digest = edition.digest or _digest(edition)
        try:
            with transaction.atomic():
                _lock()
                there = Edition.objects.filter(series=self._series, digest=digest).first()
                if there:
                    return Taken(there, new=False)
                record = self._record(edition, digest)
                progress(30, "Stores the rows.")
                self._store(record, edition)
                progress(60, "Compares with the editions beside it.")
                _note_changes(record, edition)
        except Exception:
            self._last, self._held = None, {}
            raise
        return Taken(record, new=True)

    def _record(self, edition: room.Edition, digest: str) -> Edition:
        if edition.as_of is None:
            raise NotTakenIn(
                f"{edition.name}: nothing says of which day it is: no file has a month. Give its "
                "day."
            )
        last = Edition.objects.filter(series=self._series).order_by("-number").first()
        return Edition.objects.create(
            series=self._series,
            number=last.number + 1 if last else 1,
            slug=_slug(self._series, edition),
            name=edition.name[:200],
            source=edition.source,
            digest=digest,
            published=edition.published,
            as_of=edition.as_of,
            agreements=len(edition.versions),
            versions=len(edition.agreements),
            dataset_rows=len(edition.datasets),
            file_rows=len(edition.files),
            use_rows=len(edition.uses),
            remarks=list(edition.remarks),
            taken_in_by=self._by,
        )

    def _store(self, record: Edition, edition: room.Edition) -> None:
        tallies = room.tally_organisations(edition)
        applicants = _applicants({tally.key: tally.organisation for tally in tallies})
        latest = (
            Edition.objects.filter(series=record.series, number__lt=record.number)
            .order_by("-number")
            .first()
        )
        if latest != self._last:
            self._held = {}
        for table, rows in _rows(edition, tallies, applicants).items():
            before = self._held.get(table)
            if before is None:
                before = keeping.held(table, latest) if latest else {}
            self._held[table] = keeping.keep(table, record, rows, before, applicants)
        self._last = record


def _rows(
    edition: room.Edition, tallies: Iterable[room.OrganisationTally], applicants: Mapping[str, int]
) -> dict[Table, Iterator[Row]]:
    return {
        keeping.AGREEMENTS: map(values, edition.agreements),
        keeping.DATASETS: map(values, edition.datasets),
        keeping.FILES: map(values, edition.files),
        keeping.USES: map(values, edition.uses),
        keeping.OVERLAPS: (
            (each.reference, each.earlier, each.later, each.first, each.last, each.days)
            for each in room.overlapping_versions(edition)
        ),
        keeping.MIXED: (
            (
                each.reference,
                each.organisation,
                each.dataset,
                each.month,
                tuple(row.file for row in each.with_opt_outs),
                tuple(row.file for row in each.without),
            )
            for each in room.mixed_opt_outs(edition)
        ),
        keeping.TALLIES: (
            (
                applicants[each.key],
                each.organisation,
                len({agreement_reference(name) for name in each.agreements}),
                len(each.agreements),
                each.tally.files_left.value,
                each.tally.files_left.explanation,
                each.tally.safe_uses.value,
                each.tally.safe_uses.explanation,
            )
            for each in tallies
        ),
    }


def _note_changes(record: Edition, edition: room.Edition) -> None:
    """From the edition before it by day, and to the one after it, whose changes are made anew."""
    others = list(
        Edition.objects.filter(series=record.series)
        .exclude(pk=record.pk)
        .order_by("as_of", "number")
    )
    here = (record.as_of, record.number)
    before = [other for other in others if (other.as_of, other.number) < here]
    after = [other for other in others if (other.as_of, other.number) > here]
    if before:
        _store_changes(record, whole(before[-1]), edition)
    if after:
        after[0].changes.all().delete()
        _store_changes(after[0], edition, whole(after[0]))


def _store_changes(record: Edition, before: room.Edition, after: room.Edition) -> None:
    keys = dict(Applicant.objects.values_list("key", "pk"))
    called = {
        each.name: keys.get(key_of(each.organisation))
        for each in (*before.agreements, *after.agreements)
    }
    for reference, versions in (*before.versions.items(), *after.versions.items()):
        called.setdefault(reference, called[versions[-1].name])
    made = list(_changes(room.compare(before, after)))
    for position, change in enumerate(made):
        change.edition, change.position = record, position
        change.applicant_id = called.get(change.agreement)
    Change.objects.bulk_create(made, batch_size=_BATCH)


def _changes(found: room.EditionChanges) -> Iterator[Change]:
    """In the order of what matters to a reader."""
    kinds = Change.Kind
    for reference in found.new:
        yield _change(kinds.NEW, reference)
    for name in found.new_versions:
        yield _change(kinds.VERSION, name)
    for name in found.ended:
        yield _change(kinds.ENDED, name)
    for name in found.gone:
        yield _change(kinds.GONE, name)
    for each in sorted(
        found.fields, key=lambda each: ("real", "alias", "cosmetic").index(each.kind)
    ):
        yield _change(
            each.kind,
            each.agreement,
            sheet=each.sheet,
            row=each.row,
            label=each.label,
            before=each.before,
            after=each.after,
            difference=[asdict(run) for run in each.runs],
        )
    for kind, rows in (
        (kinds.DATASET, found.datasets_added),
        (kinds.DATASET_GONE, found.datasets_gone),
    ):
        for row in rows:
            yield _change(kind, row.agreement, sheet="Datasets", row=row.dataset)
    for kind, files in ((kinds.FILES, found.files_added), (kinds.FILES_GONE, found.files_gone)):
        by_agreement: dict[str, list[str]] = {}
        for file in files:
            by_agreement.setdefault(file.agreement, []).append(file.file)
        for name, references in by_agreement.items():
            yield _change(kind, name, sheet="DataReleases", files=references)


def _change(kind: str, agreement: str, **more: Any) -> Change:
    return Change(kind=kind, agreement=agreement, reference=agreement_reference(agreement), **more)


def _applicants(names: Mapping[str, str]) -> dict[str, int]:
    """The keys in the table of these organisations, which are added or renamed as needed."""
    there = {each.key: each for each in Applicant.objects.filter(key__in=names)}
    taken = set(Applicant.objects.values_list("slug", flat=True))
    for key, name in names.items():
        if (known := there.get(key)) is None:
            slug = _free(slugify(key)[:_SLUG] or "organisation", taken)
            taken.add(slug)
            there[key] = Applicant(key=key, slug=slug, name=name)
        elif known.name != name:
            Applicant.objects.filter(pk=known.pk).update(name=name)
    Applicant.objects.bulk_create([each for each in there.values() if each.pk is None])
    return {key: each.pk for key, each in there.items()}


def _slug(series: Series, edition: room.Edition) -> str:
    day = edition.as_of
    wanted = f"sharewell-{day}" if series == Series.OWN else f"{day:%Y-%m}"
    return _free(wanted, set(Edition.objects.values_list("slug", flat=True)))


def _free(wanted: str, taken: set[str]) -> str:
    """The word, or the word with the first number that makes it new."""
    number, free = 1, wanted
    while free in taken:
        number += 1
        free = f"{wanted}-{number}"
    return free


def _digest(edition: room.Edition) -> str:
    """Of an edition without a file: of its rows."""
    rows = (edition.agreements, edition.datasets, edition.files, edition.uses)
    return sha256(repr(rows).encode()).hexdigest()


def _lock() -> None:
    """One edition at a time, in all processes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
