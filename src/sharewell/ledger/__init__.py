"""The ledger: what happened, chained and append-only, and the files that it names."""

from sharewell.ledger.entries import Entry, FileRef, Head
from sharewell.ledger.errors import LedgerError
from sharewell.ledger.exports import verify_export
from sharewell.ledger.files import FileStore
from sharewell.ledger.postgres import connect_info
from sharewell.ledger.store import Ledger, Transaction
from sharewell.ledger.verification import Problem, Verification

__all__ = [
    "Entry",
    "FileRef",
    "FileStore",
    "Head",
    "Ledger",
    "LedgerError",
    "Problem",
    "Transaction",
    "Verification",
    "connect_info",
    "verify_export",
]
