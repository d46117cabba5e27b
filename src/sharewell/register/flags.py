"""What stands out in an edition: versions that overlap, and opt-outs both applied and not."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from sharewell.register.model import Edition, FileRow, RegisterAgreement, agreement_reference
from sharewell.register.names import Aliases, known_aliases


@dataclass(frozen=True)
class VersionOverlap:
    """Two versions of one agreement whose terms share days (both ends included)."""

    reference: str
    earlier: str
    later: str
    first: date
    last: date
    days: int


@dataclass(frozen=True)
class MixedOptOuts:
    """One dataset that left under one agreement in one month with and without opt-outs."""

    reference: str
    organisation: str
    dataset: str
    month: date
    with_opt_outs: tuple[FileRow, ...]
    without: tuple[FileRow, ...]


def overlapping_versions(edition: Edition) -> tuple[VersionOverlap, ...]:
    """Every pair of versions of the same agreement that run at the same time."""
    found = []
    for reference, versions in edition.versions.items():
        for index, earlier in enumerate(versions):
            for later in versions[index + 1 :]:
                if days := _shared(earlier, later):
                    first, last = days
                    length = (last - first) // timedelta(days=1) + 1
                    found.append(
                        VersionOverlap(reference, earlier.name, later.name, first, last, length)
                    )
    return tuple(found)


def mixed_opt_outs(edition: Edition, aliases: Aliases | None = None) -> tuple[MixedOptOuts, ...]:
    """Where the same dataset left in the same month both with and without opt-outs applied.

    All versions of an agreement are taken together, and a dataset's aliases as one.
    """
    names = aliases or known_aliases()
    groups: dict[tuple[str, str, date], list[FileRow]] = defaultdict(list)
    for row in edition.files:
        if row.month:
            dataset = names.canonical("dataset", row.dataset)
            groups[agreement_reference(row.agreement), dataset, row.month].append(row)
    found = []
    for (reference, _, month), rows in groups.items():
        applied = tuple(row for row in rows if row.opt_outs_applied is True)
        without = tuple(row for row in rows if row.opt_outs_applied is False)
        if applied and without:
            found.append(
                MixedOptOuts(
                    reference,
                    edition.recipient(rows[0]),
                    rows[-1].dataset,
                    month,
                    applied,
                    without,
                )
            )
    return tuple(sorted(found, key=lambda each: (each.month, each.reference, each.dataset)))


def sublicensing(edition: Edition) -> tuple[RegisterAgreement, ...]:
    """The versions under which data may be sub-licensed."""
    return tuple(each for each in edition.agreements if each.permits_sublicensing)


def commercial(edition: Edition) -> tuple[RegisterAgreement, ...]:
    """The versions whose purpose is commercial."""
    return tuple(each for each in edition.agreements if each.is_commercial)


def _shared(earlier: RegisterAgreement, later: RegisterAgreement) -> tuple[date, date] | None:
    if not (earlier.start and earlier.end and later.start and later.end):
        return None
    first, last = max(earlier.start, later.start), min(earlier.end, later.end)
    return (first, last) if first <= last else None
