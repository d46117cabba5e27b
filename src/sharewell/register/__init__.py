"""What a public data uses register says, and how two editions of it differ.

>>> from sharewell.register import read_workbook, compare, tally_organisations
"""

from sharewell.register.changes import (
    ChangeKind,
    EditionChanges,
    FieldChange,
    change_kind,
    compare,
    compare_agreements,
)
from sharewell.register.counting import (
    Count,
    MethodCount,
    OrganisationTally,
    Tally,
    by_access_method,
    tally_agreement,
    tally_organisation,
    tally_organisations,
)
from sharewell.register.errors import Problem, RegisterError
from sharewell.register.flags import (
    MixedOptOuts,
    VersionOverlap,
    commercial,
    mixed_opt_outs,
    overlapping_versions,
    sublicensing,
)
from sharewell.register.model import (
    AccessMethod,
    DatasetRow,
    Edition,
    FileRow,
    RegisterAgreement,
    UseRow,
)
from sharewell.register.names import Aliases, fold, known_aliases, read_aliases, split_names
from sharewell.register.page import Page, Project, read_page, restore_headings
from sharewell.register.pages import Confirmation, PageChanges, compare_pages, confirm
from sharewell.register.redline import Run, redline
from sharewell.register.search import Criteria, search
from sharewell.register.workbook import read_workbook

__all__ = [
    "AccessMethod",
    "Aliases",
    "ChangeKind",
    "Confirmation",
    "Count",
    "Criteria",
    "DatasetRow",
    "Edition",
    "EditionChanges",
    "FieldChange",
    "FileRow",
    "MethodCount",
    "MixedOptOuts",
    "OrganisationTally",
    "Page",
    "PageChanges",
    "Problem",
    "Project",
    "RegisterAgreement",
    "RegisterError",
    "Run",
    "Tally",
    "UseRow",
    "VersionOverlap",
    "by_access_method",
    "change_kind",
    "commercial",
    "compare",
    "compare_agreements",
    "compare_pages",
    "confirm",
    "fold",
    "known_aliases",
    "mixed_opt_outs",
    "overlapping_versions",
    "read_aliases",
    "read_page",
    "read_workbook",
    "redline",
    "restore_headings",
    "search",
    "split_names",
    "sublicensing",
    "tally_agreement",
    "tally_organisation",
    "tally_organisations",
]
