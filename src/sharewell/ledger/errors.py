"""What can go wrong in the ledger, each with a sentence that says what to do next."""

from __future__ import annotations


class LedgerError(Exception):
    """Any trouble with the ledger, its files or its database."""


class EntryError(LedgerError, ValueError):
    """An entry holds something that the ledger cannot record; the sentence names where."""


class StoredFileError(LedgerError):
    """A file of the store is missing, or cannot be kept."""


class PostgresError(LedgerError):
    """PostgreSQL cannot be reached, started or prepared."""


class AnchorError(LedgerError):
    """The database does not agree with the anchor outside it, so nothing may be added."""
