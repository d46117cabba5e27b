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

__all__ = [
    "ClauseNote",
    "Definition",
    "Identity",
    "ReleaseNotes",
    "RuleNote",
    "UnsuppressedTable",
    "WrittenFile",
    "decrypt",
    "encrypt_directory",
    "generate_identity",
    "write_release",
    "write_unsuppressed",
]
