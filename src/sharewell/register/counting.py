"""Files that left beside uses in a safe setting, each count with its reason and its rows.

Nobody is told "0" where nothing is known. The official register lists a file for every release
through the application service, and nothing else: that it lists none for an agreement does not
say that none left. Sharewell's own ledger records every release and every use, so there, and
only there, none means none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sharewell.register.model import AccessMethod, DatasetRow, Edition, FileRow, UseRow
from sharewell.register.names import Aliases, known_aliases


@dataclass(frozen=True)
class Count:
    """A number, or None when it is not known; why; and the rows that were counted."""

    value: int | None
    explanation: str
    rows: tuple[FileRow, ...] | tuple[UseRow, ...] = ()

    @property
    def words(self) -> str:
        """As a page prints it."""
        return "not known" if self.value is None else f"{self.value:,}"


@dataclass(frozen=True)
class Tally:
    """The two counts, side by side."""

    files_left: Count
    safe_uses: Count


@dataclass(frozen=True)
class OrganisationTally:
    """The counts of an organisation, under the name that its latest agreement gives it."""

    organisation: str
    key: str
    agreements: tuple[str, ...]
    tally: Tally


@dataclass(frozen=True)
class MethodCount:
    """The dataset rows that are had in one way; None: the register says it in other words."""

    method: AccessMethod | None
    datasets: tuple[str, ...]
    agreements: tuple[str, ...]
    rows: tuple[DatasetRow, ...]


def tally_agreement(edition: Edition, name: str, until: date | None = None) -> Tally:
    """The counts of one version (reference and version) or of all versions (reference)."""
    versions = edition.versions.get(name, ())
    return _tally(edition, [version.name for version in versions] or [name], until)


def tally_organisation(
    edition: Edition,
    organisation: str,
    until: date | None = None,
    aliases: Aliases | None = None,
) -> Tally:
    """The counts of an applicant, under any of its names; up to and with a day if given."""
    names = aliases or known_aliases()
    wanted = names.canonical("organisation", organisation)
    return _tally(
        edition,
        [
            each.name
            for each in edition.agreements
            if names.canonical("organisation", each.organisation) == wanted
        ],
        until,
    )


def tally_organisations(
    edition: Edition, aliases: Aliases | None = None
) -> tuple[OrganisationTally, ...]:
    """The counts of every applicant, in alphabetical order; aliases of one are taken together."""
    names = aliases or known_aliases()
    groups: dict[str, list[str]] = {}
    called: dict[str, str] = {}
    for each in edition.agreements:
        key = names.canonical("organisation", each.organisation)
        groups.setdefault(key, []).append(each.name)
        called[key] = each.organisation
    return tuple(
        OrganisationTally(called[key], key, tuple(groups[key]), _tally(edition, groups[key], None))
        for key in sorted(groups)
    )


def by_access_method(
    edition: Edition, agreements: Iterable[str] | None = None
) -> tuple[MethodCount, ...]:
    """The dataset rows (of these versions, or all) by how the data are had."""
    chosen = None if agreements is None else frozenset(agreements)
    groups: dict[AccessMethod | None, list[DatasetRow]] = {}
    for row in edition.datasets:
        if chosen is None or row.agreement in chosen:
            groups.setdefault(row.access_method, []).append(row)
    return tuple(
        MethodCount(
            method,
            tuple(sorted({row.dataset for row in rows})),
            tuple(sorted({row.agreement for row in rows})),
            tuple(rows),
        )
        for method, rows in sorted(groups.items(), key=lambda item: item[0] or "~")
    )


def _tally(edition: Edition, names: Sequence[str], until: date | None) -> Tally:
    files = tuple(
        row
        for name in names
        for row in edition.files_of.get(name, ())
        if until is None or (row.month and row.month <= until)
    )
    uses = tuple(
        row
        for name in names
        for row in edition.uses_of.get(name, ())
        if until is None or row.month <= until
    )
    return Tally(_files_left(edition, names, files), _safe_uses(edition, names, uses))


def _files_left(edition: Edition, names: Sequence[str], files: tuple[FileRow, ...]) -> Count:
    if edition.source == "ledger":
        return Count(
            len(files),
            "Every file with small numbers that was handed over is in the ledger.",
            files,
        )
    if files:
        return Count(
            len(files), "The register has a row for each file that left. They are these.", files
        )
    if edition.source == "page":
        return Count(None, "The page gives a total for the organisation, and lists no files.")
    if names and all(_only_system_access(edition, name) for name in names):
        return Count(
            None,
            "No file is listed. The register says that the data are had by system access, so "
            "that none should leave; it does not say that none did.",
        )
    return Count(
        None,
        "No file is listed. The register lists releases through the application service only, so "
        "this does not say that none left.",
    )


def _safe_uses(edition: Edition, names: Sequence[str], uses: tuple[UseRow, ...]) -> Count:
    if edition.source == "ledger":
        return Count(len(uses), "Every analysis in the safe setting is in the ledger.", uses)
    if uses:
        return Count(len(uses), "These uses in a safe setting are recorded.", uses)
    datasets = sorted(
        {
            row.dataset
            for name in names
            for row in edition.datasets_of.get(name, ())
            if row.access_method == "system access"
        }
    )
    if datasets:
        return Count(
            None,
            f"{'; '.join(datasets)} may be used in a safe setting. The register does not record "
            "how often that was done.",
        )
    return Count(None, "The register does not record uses in a safe setting.")


def _only_system_access(edition: Edition, name: str) -> bool:
    rows = edition.datasets_of.get(name, ())
    return bool(rows) and all(row.access_method == "system access" for row in rows)
