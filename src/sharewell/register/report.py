"""Reports as plain values, for JSON and for the command line."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import date
from typing import Any

from sharewell.register.changes import EditionChanges, FieldChange, compare, written
from sharewell.register.counting import OrganisationTally, by_access_method, tally_organisations
from sharewell.register.flags import (
    commercial,
    mixed_opt_outs,
    overlapping_versions,
    sublicensing,
)
from sharewell.register.model import Edition
from sharewell.register.names import Aliases, known_aliases
from sharewell.register.page import Page
from sharewell.register.pages import Confirmation, PageChanges


def editions_report(
    before: Edition, after: Edition, aliases: Aliases | None = None
) -> dict[str, Any]:
    """Two editions side by side, and what changed. A number that is not known is None."""
    names = aliases or known_aliases()
    changes = compare(before, after, names)
    sides = {"before": before, "after": after}
    return {
        "editions": {side: _edition(edition) for side, edition in sides.items()},
        "organisations": _organisations(
            tally_organisations(before, names), tally_organisations(after, names)
        ),
        "overlapping_versions": {
            side: [plain(asdict(each)) for each in overlapping_versions(edition)]
            for side, edition in sides.items()
        },
        "mixed_opt_out_months": {
            side: [
                {
                    "reference": each.reference,
                    "organisation": each.organisation,
                    "dataset": each.dataset,
                    "month": f"{each.month:%Y-%m}",
                    "with_opt_outs": [row.file for row in each.with_opt_outs],
                    "without": [row.file for row in each.without],
                }
                for each in mixed_opt_outs(edition, names)
            ]
            for side, edition in sides.items()
        },
        "sublicensing": {s: [a.name for a in sublicensing(e)] for s, e in sides.items()},
        "commercial": {s: [a.name for a in commercial(e)] for s, e in sides.items()},
        "access_methods": {side: _methods(edition) for side, edition in sides.items()},
        "changes": changes_report(changes),
    }


def changes_report(changes: EditionChanges) -> dict[str, Any]:
    """What changed, with the changed fields by kind, and how many on each sheet."""
    found = Counter((change.sheet, change.kind) for change in changes.fields)
    return {
        "new": list(changes.new),
        "new_versions": list(changes.new_versions),
        "gone": list(changes.gone),
        "ended": list(changes.ended),
        "files_added": len(changes.files_added),
        "files_gone": [row.file for row in changes.files_gone],
        "counts": {
            sheet: {kind: found[sheet, kind] for kind in ("cosmetic", "alias", "real")}
            for sheet in ("Agreements", "Datasets", "DataReleases")
        },
        "datasets_added": [plain(asdict(row)) for row in changes.datasets_added],
        "datasets_gone": [plain(asdict(row)) for row in changes.datasets_gone],
        "cosmetic": [field_report(change) for change in changes.of_kind("cosmetic")],
        "alias": [field_report(change) for change in changes.of_kind("alias")],
        "real": [field_report(change) for change in changes.of_kind("real")],
    }


def field_report(change: FieldChange) -> dict[str, Any]:
    """A changed field with its difference word by word."""
    return {
        "agreement": change.agreement,
        "sheet": change.sheet,
        "row": change.row,
        "field": change.label,
        "kind": change.kind,
        "before": change.before,
        "after": change.after,
        "runs": [asdict(run) for run in change.runs],
    }


def page_report(page: Page) -> dict[str, Any]:
    """What a page says, as records."""
    return {
        "page": page.name,
        "sha256": page.digest,
        "organisation": page.organisation,
        "files_stated": page.files_stated,
        "agreements": [
            {
                **plain(asdict(project.agreement)),
                "opt_outs": project.opt_outs,
                "first_release": _month(project.first_release),
                "last_release": _month(project.last_release),
                "datasets": [plain(asdict(row)) for row in project.datasets],
                "unheaded": list(project.unheaded),
                "lines": dict(project.lines),
            }
            for project in page.projects
        ],
    }


def confirmation_report(confirmation: Confirmation) -> dict[str, Any]:
    """How a page agrees with a workbook."""
    return {
        "versions": dict(confirmation.versions),
        "unknown": list(confirmation.unknown),
        "files_stated": confirmation.files_stated,
        "files_listed": confirmation.files_listed,
        "differences": [field_report(change) for change in confirmation.differences],
    }


def pages_report(before: Page, after: Page, changes: PageChanges) -> dict[str, Any]:
    """What changed between two snapshots of a page."""
    return {
        "before": before.name,
        "after": after.name,
        "lines": [field_report(change) for change in changes.lines],
        "headings_restored": [list(each) for each in changes.headings_restored],
        **changes_report(changes.edition),
    }


def plain(value: Any) -> Any:
    """Days as text, tuples as lists, all the way down."""
    if isinstance(value, dict):
        return {key: plain(held) for key, held in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(held) for held in value]
    return written(value) if isinstance(value, date) else value


def _edition(edition: Edition) -> dict[str, Any]:
    return {
        "name": edition.name,
        "sha256": edition.digest,
        "as_of": edition.as_of.isoformat() if edition.as_of else None,
        "day_given": edition.published is not None,
        "agreements": len(edition.versions),
        "versions": len(edition.agreements),
        "dataset_rows": len(edition.datasets),
        "file_rows": len(edition.files),
        "remarks": list(edition.remarks),
    }


def _organisations(
    before: tuple[OrganisationTally, ...], after: tuple[OrganisationTally, ...]
) -> list[dict[str, Any]]:
    """The counts of every organisation in either edition; None where it has no agreement."""
    old, new = ({each.key: each for each in tallies} for tallies in (before, after))
    return [
        {
            "organisation": (new.get(key) or old[key]).organisation,
            "before": _counts(old.get(key)),
            "after": _counts(new.get(key)),
        }
        for key in sorted(old.keys() | new.keys())
    ]


def _counts(tally: OrganisationTally | None) -> dict[str, Any] | None:
    if tally is None:
        return None
    files, uses = tally.tally.files_left, tally.tally.safe_uses
    return {
        "agreements": list(tally.agreements),
        "file_rows": files.value,
        "file_rows_explained": files.explanation,
        "safe_setting_uses": uses.value,
        "safe_setting_uses_explained": uses.explanation,
    }


def _methods(edition: Edition) -> list[dict[str, Any]]:
    return [
        {"method": each.method, "dataset_rows": len(each.rows), "datasets": list(each.datasets)}
        for each in by_access_method(edition)
    ]


def _month(day: date | None) -> str | None:
    return f"{day:%Y-%m}" if day else None
