"""A page against another page, and against the official workbook."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sharewell.register.changes import (
    DATASET_FIELDS,
    EditionChanges,
    FieldChange,
    change_kind,
    compare,
    compare_agreements,
    written,
)
from sharewell.register.counting import tally_organisation
from sharewell.register.model import Edition, RegisterAgreement, last_of_month
from sharewell.register.names import Aliases, known_aliases
from sharewell.register.page import SECTIONS, Page, Project, restore_headings


@dataclass(frozen=True)
class PageChanges:
    """What differs between two snapshots of a page.

    ``lines`` are the facts that only a page has: the number of files, the months of releases,
    opt-outs. ``headings_restored`` are the texts whose headings one snapshot had lost and the
    other gave back, as (reference, field).
    """

    edition: EditionChanges
    lines: tuple[FieldChange, ...]
    headings_restored: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Confirmation:
    """A page against the workbook.

    ``versions`` are the versions that were found to stand on the page, by reference; ``unknown``
    the references that the workbook does not have; ``differences`` the fields that read
    differently (those that the page does not give are not compared); ``files_stated`` is the
    page's own count, ``files_listed`` what the workbook lists to the page's newest month.
    """

    versions: dict[str, str]
    unknown: tuple[str, ...]
    differences: tuple[FieldChange, ...]
    files_stated: int | None
    files_listed: int | None


def compare_pages(before: Page, after: Page, aliases: Aliases | None = None) -> PageChanges:
    """What changed from one snapshot of a page to a later one."""
    earlier, restored = _with_headings(before, after)
    later, also_restored = _with_headings(after, before)
    lines = list(_line("", "files", "Files disseminated", before.files_stated, after.files_stated))
    for project in later.projects:
        if old := earlier.project(project.agreement.reference):
            lines += _project_lines(old, project)
    return PageChanges(
        compare(earlier.edition(), later.edition(), aliases),
        tuple(lines),
        tuple(dict.fromkeys((*restored, *also_restored))),
    )


def confirm(page: Page, edition: Edition, aliases: Aliases | None = None) -> Confirmation:
    """How what a page says agrees with the workbook it was made from."""
    names = aliases or known_aliases()
    versions: dict[str, str] = {}
    unknown = []
    differences: list[FieldChange] = []
    for project in page.projects:
        version = _version(project.agreement, edition)
        if version is None:
            unknown.append(project.agreement.reference)
            continue
        versions[version.reference] = version.name
        whole = restore_headings(project, version)
        stated = replace(whole.agreement, version=version.version)
        differences += compare_agreements(version, stated, names)
        differences += _datasets(whole, version, edition, names)
    newest = page.as_of
    listed = tally_organisation(
        edition, page.organisation, last_of_month(newest) if newest else None, names
    )
    return Confirmation(
        versions, tuple(unknown), tuple(differences), page.files_stated, listed.files_left.value
    )


def _with_headings(page: Page, like: Page) -> tuple[Page, list[tuple[str, str]]]:
    projects, restored = [], []
    for project in page.projects:
        other = like.project(project.agreement.reference)
        whole = restore_headings(project, other.agreement) if other else project
        restored += [
            (project.agreement.reference, field)
            for field in SECTIONS.values()
            if getattr(whole.agreement, field) != getattr(project.agreement, field)
        ]
        projects.append(whole)
    return replace(page, projects=tuple(projects)), restored


def _project_lines(before: Project, after: Project) -> list[FieldChange]:
    reference = after.agreement.reference
    return [
        change
        for field, label in (
            ("first_release", "First month of release"),
            ("last_release", "Last month of release"),
            ("opt_outs", "Patient Opt-Outs Applied"),
        )
        for change in _line(reference, field, label, getattr(before, field), getattr(after, field))
    ]


def _line(agreement: str, field: str, label: str, old: object, new: object) -> list[FieldChange]:
    if old is None or new is None or old == new:
        return []
    before, after = written(old), written(new)
    kind = change_kind(before, after)
    return [FieldChange(agreement, "Page", "", field, label, before, after, kind)] if kind else []


def _version(agreement: RegisterAgreement, edition: Edition) -> RegisterAgreement | None:
    """The version that a page shows: the one with its term; else the latest."""
    versions = edition.versions.get(agreement.reference, ())
    same = [v for v in versions if (v.start, v.end) == (agreement.start, agreement.end)]
    return next(reversed(same or versions), None)


def _datasets(
    project: Project, version: RegisterAgreement, edition: Edition, aliases: Aliases
) -> list[FieldChange]:
    """Differences of the datasets, each against the row that goes under the same name."""
    rows = {
        aliases.canonical("dataset", row.dataset): row
        for row in edition.datasets_of.get(version.name, ())
    }
    found = []
    for stated in project.datasets:
        row = rows.get(aliases.canonical("dataset", stated.dataset))
        if row is None:
            found.append(
                FieldChange(
                    version.name, "Datasets", stated.dataset, "dataset", "Dataset", "",
                    stated.dataset, "real",
                )
            )  # fmt: skip
            continue
        for field, (label, kind) in DATASET_FIELDS.items():
            old, new = getattr(row, field), getattr(stated, field)
            if old is None or new is None:
                continue
            if change := change_kind(old, new, kind, aliases):
                where = (version.name, "Datasets", row.dataset, field, label)
                found.append(FieldChange(*where, old, new, change))
    return found
