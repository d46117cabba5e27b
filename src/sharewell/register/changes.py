"""How two editions differ, field by field, with what only looks different told apart.

The register is edited in place and keeps no log of it. Most edits are typography or a new label
for the same organisation, and would drown those that matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, TypeVar

from sharewell.register.model import (
    DatasetRow,
    Edition,
    FileRow,
    RegisterAgreement,
    agreement_reference,
)
from sharewell.register.names import Aliases, AliasKind, fold, known_aliases
from sharewell.register.redline import Run, redline

ChangeKind = Literal["cosmetic", "alias", "real"]
"""``cosmetic``: case, Unicode form, typography or white space; ``alias``: another name known to
mean the same; ``real``: everything else."""

AGREEMENT_FIELDS: Mapping[str, tuple[str, AliasKind]] = {
    "title": ("Application Title", "value"),
    "organisation": ("Applicant Organisation", "organisation"),
    "organisation_type": ("Applicant Organisation Type", "value"),
    "controllers": ("Data Controller(s)", "organisation"),
    "controller_arrangement": ("Sole/Joint Data Controller", "value"),
    "start": ("DSA Start Date", "value"),
    "end": ("DSA End Date", "value"),
    "sublicensing": ("Does Sublicensing Apply", "value"),
    "commercial": ("For Commercial Purposes", "value"),
    "objective": ("Objective for Processing", "value"),
    "processing": ("Processing Activities", "value"),
    "outputs": ("Expected Output", "value"),
    "benefits": ("Expected Measurable Benefits", "value"),
    "yielded_benefits": ("Yielded Benefits", "value"),
}
"""The fields of an agreement, with the official header and the kind of its aliases."""

DATASET_FIELDS: Mapping[str, tuple[str, AliasKind]] = {
    "dataset": ("Dataset", "dataset"),
    "type_of_data": ("Type of Data", "value"),
    "sensitivity": ("Sensitive or Non-Sensitive", "value"),
    "frequency": ("Frequency", "value"),
    "legal_basis": ("Legal Basis for Provision of Data", "value"),
    "confidentiality": ("Common Law Duty of Confidentiality", "value"),
}
FILE_FIELDS: Mapping[str, tuple[str, AliasKind]] = {
    "agreement": ("Reference Number", "value"),
    "dataset": ("Dataset", "dataset"),
    "type_of_data": ("Type of Data", "value"),
    "sensitivity": ("Sensitive or Non-Sensitive", "value"),
    "opt_outs": ("Patient Opt-Outs Applied", "value"),
    "legal_basis": ("Legal Basis for Provision of Data", "value"),
    "frequency": ("Frequency", "value"),
    "month": ("Month File Released", "value"),
    "recipient": ("Recipient", "organisation"),
}
_Row = TypeVar("_Row", RegisterAgreement, DatasetRow, FileRow)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of one row that reads differently.

    ``sheet`` is Agreements, Datasets or DataReleases; ``row`` is the dataset or the file within
    the agreement (empty for the agreement itself); ``label`` is the official header.
    """

    agreement: str
    sheet: str
    row: str
    field: str
    label: str
    before: str
    after: str
    kind: ChangeKind

    @property
    def runs(self) -> tuple[Run, ...]:
        """The difference word by word."""
        return redline(self.before, self.after)


@dataclass(frozen=True)
class EditionChanges:
    """What is different in the later of two editions.

    ``new`` are references that were not there at all; ``new_versions`` are names of versions
    whose agreement was there; ``gone`` are names no longer listed; ``ended`` are names whose
    term ended after the day of the earlier edition and before that of the later. Dataset rows
    are compared within versions that both editions list.
    """

    before: str
    after: str
    new: tuple[str, ...]
    new_versions: tuple[str, ...]
    gone: tuple[str, ...]
    ended: tuple[str, ...]
    fields: tuple[FieldChange, ...]
    datasets_added: tuple[DatasetRow, ...]
    datasets_gone: tuple[DatasetRow, ...]
    files_added: tuple[FileRow, ...]
    files_gone: tuple[FileRow, ...]

    def of_kind(self, kind: ChangeKind) -> tuple[FieldChange, ...]:
        """The changed fields of one kind."""
        return tuple(change for change in self.fields if change.kind == kind)

    @property
    def nothing(self) -> bool:
        """Whether the editions say the same in the same words."""
        return not (
            self.new or self.new_versions or self.gone or self.ended or self.fields
            or self.datasets_added or self.datasets_gone or self.files_added or self.files_gone
        )  # fmt: skip


def compare(before: Edition, after: Edition, aliases: Aliases | None = None) -> EditionChanges:
    """What changed from one edition to a later one.

    Versions are matched by name, datasets within a version by their name or its alias, files by
    their reference. A field that one source does not give (None) is not compared.
    """
    aliases = aliases or known_aliases()
    both = [name for name in before.by_name if name in after.by_name]
    fields: list[FieldChange] = []
    added: list[DatasetRow] = []
    gone: list[DatasetRow] = []
    for name in both:
        one, other = before.by_name[name], after.by_name[name]
        fields += compare_agreements(one, other, aliases)
        pairs = _paired(
            before.datasets_of.get(name, ()),
            after.datasets_of.get(name, ()),
            lambda row: aliases.canonical("dataset", row.dataset),
        )
        for old, new in pairs:
            if old and new:
                fields += _compare(
                    old, new, DATASET_FIELDS, aliases, (name, "Datasets", new.dataset)
                )
            elif new:
                added.append(new)
            elif old:
                gone.append(old)
    old_files = {row.file: row for row in before.files}
    new_files = {row.file: row for row in after.files}
    for file, row in new_files.items():
        if file in old_files and row != old_files[file]:
            where = (row.agreement, "DataReleases", file)
            fields += _compare(old_files[file], row, FILE_FIELDS, aliases, where)
    fresh = [name for name in after.by_name if name not in before.by_name]
    return EditionChanges(
        before=before.name,
        after=after.name,
        new=_distinct(r for n in fresh if (r := _reference(after, n)) not in before.versions),
        new_versions=tuple(n for n in fresh if _reference(after, n) in before.versions),
        gone=tuple(name for name in before.by_name if name not in after.by_name),
        ended=tuple(_ended(before, after)),
        fields=tuple(fields),
        datasets_added=tuple(added),
        datasets_gone=tuple(gone),
        files_added=tuple(row for file, row in new_files.items() if file not in old_files),
        files_gone=tuple(row for file, row in old_files.items() if file not in new_files),
    )


def compare_agreements(
    before: RegisterAgreement, after: RegisterAgreement, aliases: Aliases | None = None
) -> tuple[FieldChange, ...]:
    """The fields that differ between two rows: of two editions, or two versions of one."""
    where = (after.name, "Agreements", "")
    return tuple(_compare(before, after, AGREEMENT_FIELDS, aliases or known_aliases(), where))


def change_kind(
    before: str, after: str, kind: AliasKind = "value", aliases: Aliases | None = None
) -> ChangeKind | None:
    """How two texts differ; None when they are the same to the letter."""
    if before == after:
        return None
    if fold(before) == fold(after):
        return "cosmetic"
    names = aliases or known_aliases()
    return "alias" if names.canonical(kind, before) == names.canonical(kind, after) else "real"


def _compare(
    before: _Row,
    after: _Row,
    fields: Mapping[str, tuple[str, AliasKind]],
    aliases: Aliases,
    where: tuple[str, str, str],
) -> Iterator[FieldChange]:
    if before == after:
        return
    for field, (label, alias_kind) in fields.items():
        old, new = getattr(before, field), getattr(after, field)
        if old == new or old is None or new is None:
            continue
        kind: ChangeKind | None
        if field == "controllers":
            kind = _kind_of_names(old, new, aliases)
        else:
            kind = change_kind(written(old), written(new), alias_kind, aliases)
        if kind:
            agreement, sheet, row = where
            yield FieldChange(agreement, sheet, row, field, label, written(old), written(new), kind)


def _kind_of_names(before: tuple[str, ...], after: tuple[str, ...], aliases: Aliases) -> ChangeKind:
    """Several names: their order says nothing."""
    if sorted(map(fold, before)) == sorted(map(fold, after)):
        return "cosmetic"
    old, new = (
        sorted(aliases.canonical("organisation", name) for name in names)
        for names in (before, after)
    )
    return "alias" if old == new else "real"


def written(value: Any) -> str:
    """A value as readers see it: days as 2022-01-28, several names with semicolons."""
    if isinstance(value, tuple):
        return "; ".join(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _paired(
    before: Iterable[DatasetRow], after: Iterable[DatasetRow], key: Callable[[DatasetRow], str]
) -> Iterator[tuple[DatasetRow | None, DatasetRow | None]]:
    """Rows that stand for the same thing, by key and, where a key repeats, by their order."""
    old, new = _numbered(before, key), _numbered(after, key)
    for which in [*old, *(which for which in new if which not in old)]:
        yield old.get(which), new.get(which)


def _numbered(
    rows: Iterable[DatasetRow], key: Callable[[DatasetRow], str]
) -> dict[tuple[str, int], DatasetRow]:
    seen: Counter[str] = Counter()
    found = {}
    for row in rows:
        name = key(row)
        found[name, seen[name]] = row
        seen[name] += 1
    return found


def _ended(before: Edition, after: Edition) -> Iterator[str]:
    first, last = before.as_of, after.as_of
    if first is None or last is None:
        return
    for agreement in after.agreements:
        if agreement.end and first <= agreement.end < last:
            yield agreement.name


def _reference(edition: Edition, name: str) -> str:
    agreement = edition.by_name.get(name)
    return agreement.reference if agreement else agreement_reference(name)


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
