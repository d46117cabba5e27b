"""Files and pages: what leaves, written for its readers."""

from sharewell.publication.encrypt import Identity, decrypt, encrypt_directory, generate_identity
from sharewell.publication.notes import (
    ClauseNote,
    Definition,
    ReleaseNotes,
    RuleNote,
    UnsuppressedTable,
    WrittenFile,
)
from sharewell.publication.release import write_release, write_unsuppressed
from sharewell.publication.review import Exposure, Grid, Repaired, ReviewNotes, write_review

__all__ = [
    "ClauseNote",
    "Definition",
    "Exposure",
    "Grid",
    "Identity",
    "ReleaseNotes",
    "Repaired",
    "ReviewNotes",
    "RuleNote",
    "UnsuppressedTable",
    "WrittenFile",
    "decrypt",
    "encrypt_directory",
    "generate_identity",
    "write_release",
    "write_review",
    "write_unsuppressed",
]
