"""What a data uses register says, as frozen records.

Every field holds the register's own words; properties give the value that they mean. ``None``
is "this source does not say", which is not the same as an empty cell ("").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Literal, TypeVar

from sharewell.register.names import fold

Source = Literal["workbook", "page", "ledger"]
"""Where an edition comes from: the official workbook, a page of a site that reformats it, or
Sharewell's own ledger."""

AccessMethod = Literal["ongoing", "one-off", "system access"]
"""How the data are had. "System access": the analysis comes to the data, in a safe setting."""

_METHODS: Mapping[str, AccessMethod] = {
    "ongoing": "ongoing",
    "one-off": "one-off",
    "one off": "one-off",
    "system access": "system access",
    "system access (system access exclusively means data was not disseminated, but was accessed "
    "under supervision on nhs digital's systems)": "system access",
}


@dataclass(frozen=True, slots=True)
class RegisterAgreement:
    """One version of an agreement, as the register describes it."""

    reference: str
    version: str
    title: str
    organisation: str
    organisation_type: str | None
    controllers: tuple[str, ...]
    controllers_written: str
    controller_arrangement: str | None
    start: date | None
    end: date | None
    sublicensing: str | None
    commercial: str | None
    objective: str | None
    processing: str | None
    outputs: str | None
    benefits: str | None
    yielded_benefits: str | None

    @property
    def name(self) -> str:
        """Reference and version: DARS-NIC-698171-K4M0B-v0.3 (a page gives no version)."""
        return f"{self.reference}-v{self.version}" if self.version else self.reference

    @property
    def number(self) -> tuple[int, ...]:
        """The version as numbers, so that 0.10 follows 0.3; empty where there is none."""
        return tuple(int(part) for part in self.version.split(".")) if self.version else ()

    @property
    def permits_sublicensing(self) -> bool | None:
        """Whether the data may be sub-licensed."""
        return yes_or_no(self.sublicensing)

    @property
    def is_commercial(self) -> bool | None:
        """Whether the purpose is commercial."""
        return yes_or_no(self.commercial)

    def active(self, on: date) -> bool | None:
        """Whether the term includes the day; None when the register gives no term."""
        if self.start is None or self.end is None:
            return None
        return self.start <= on <= self.end


@dataclass(frozen=True, slots=True)
class DatasetRow:
    """A dataset that a version of an agreement covers, and on which terms."""

    agreement: str
    dataset: str
    type_of_data: str | None
    sensitivity: str | None
    frequency: str | None
    legal_basis: str | None
    confidentiality: str | None

    @property
    def is_sensitive(self) -> bool | None:
        """Whether the register calls the data sensitive."""
        return sensitive(self.sensitivity)

    @property
    def access_method(self) -> AccessMethod | None:
        """How the data are had; None for other words."""
        return access_method(self.frequency)


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file that left ("unsafe" release): who had it, when, and with or without opt-outs.

    ``month`` is the first day of the month of release. ``recipient`` is empty where it is the
    applicant of the agreement, as it always is in the official workbook.
    """

    file: str
    agreement: str
    dataset: str
    type_of_data: str | None
    sensitivity: str | None
    opt_outs: str | None
    legal_basis: str | None
    frequency: str | None
    month: date | None
    recipient: str = ""

    @property
    def opt_outs_applied(self) -> bool | None:
        """Whether patients who opted out were left out."""
        return yes_or_no(self.opt_outs)

    @property
    def is_sensitive(self) -> bool | None:
        """Whether the register calls the data sensitive."""
        return sensitive(self.sensitivity)

    @property
    def access_method(self) -> AccessMethod | None:
        """How the data are had; None for other words."""
        return access_method(self.frequency)


@dataclass(frozen=True, slots=True)
class UseRow:
    """A use in a safe setting: the analysis came to the data, and only its outputs left."""

    use: str
    agreement: str
    dataset: str
    month: date
    recipient: str = ""


_Row = TypeVar("_Row", DatasetRow, FileRow, UseRow)


@dataclass(frozen=True)
class Edition:
    """A register as it stood: its agreements, their datasets, and the files that left.

    ``digest`` is the SHA-256 of the file that it was read from (64 hex digits; empty for one
    made from the ledger). ``published`` is the day of the edition, if anybody said. ``remarks``
    are sentences about what was passed over in reading.
    """

    name: str
    source: Source
    digest: str
    published: date | None
    agreements: tuple[RegisterAgreement, ...]
    datasets: tuple[DatasetRow, ...]
    files: tuple[FileRow, ...]
    uses: tuple[UseRow, ...] = ()
    remarks: tuple[str, ...] = ()

    @cached_property
    def by_name(self) -> Mapping[str, RegisterAgreement]:
        """Agreement versions by reference and version."""
        return {agreement.name: agreement for agreement in self.agreements}

    @cached_property
    def versions(self) -> Mapping[str, tuple[RegisterAgreement, ...]]:
        """The versions of each agreement, by reference, in the order of their numbers."""
        found: dict[str, list[RegisterAgreement]] = defaultdict(list)
        for agreement in self.agreements:
            found[agreement.reference].append(agreement)
        return {
            reference: tuple(sorted(versions, key=lambda version: version.number))
            for reference, versions in found.items()
        }

    @cached_property
    def datasets_of(self) -> Mapping[str, tuple[DatasetRow, ...]]:
        """Dataset rows by the name of the agreement version (those that have any)."""
        return _grouped(self.datasets)

    @cached_property
    def files_of(self) -> Mapping[str, tuple[FileRow, ...]]:
        """File rows by the name of the agreement version (those that have any)."""
        return _grouped(self.files)

    @cached_property
    def uses_of(self) -> Mapping[str, tuple[UseRow, ...]]:
        """Uses in a safe setting by the name of the agreement version (those that have any)."""
        return _grouped(self.uses)

    @property
    def as_of(self) -> date | None:
        """The day of the edition; if nobody said, the last day of the newest file's month."""
        if self.published:
            return self.published
        months = [row.month for row in self.files if row.month]
        return last_of_month(max(months)) if months else None

    def recipient(self, row: FileRow | UseRow) -> str:
        """Who had the file; the agreement's name where the register does not list it."""
        agreement = self.by_name.get(row.agreement)
        return row.recipient or (agreement.organisation if agreement else row.agreement)


def yes_or_no(words: str | None) -> bool | None:
    """What a yes-or-no cell means: its first word decides; None for anything else."""
    first = fold(words or "").split(" ")[0].strip(".,;:")
    return {"yes": True, "no": False}.get(first)


def sensitive(words: str | None) -> bool | None:
    """What "Sensitive" and "Non-Sensitive" mean; None for anything else."""
    return {"sensitive": True, "non-sensitive": False, "non sensitive": False}.get(
        fold(words or "")
    )


def access_method(words: str | None) -> AccessMethod | None:
    """What the register's frequency means; None for other words."""
    return _METHODS.get(fold(words or ""))


def last_of_month(day: date) -> date:
    """The last day of the month that holds the day."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def agreement_reference(name: str) -> str:
    """The reference within a name: without its version."""
    return name.rsplit("-v", 1)[0]


def _grouped(rows: Sequence[_Row]) -> Mapping[str, tuple[_Row, ...]]:
    found: dict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        found[row.agreement].append(row)
    return {name: tuple(group) for name, group in found.items()}
