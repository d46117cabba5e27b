"""The ledger: entries appended to PostgreSQL, each chained to the one before."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus

from sharewell.ledger import exports, schema
from sharewell.ledger.anchor import Anchor
from sharewell.ledger.entries import (
    START,
    Entry,
    FileRef,
    Head,
    canonical,
    canonical_entry,
    parse_entry,
)
from sharewell.ledger.errors import AnchorError, EntryError, LedgerError, PostgresError
from sharewell.ledger.files import FileStore
from sharewell.ledger.schema import APPEND_LOCK, Connection
from sharewell.ledger.verification import Problem, Record, Verification, verify_records

_log = logging.getLogger(__name__)

_LAST = "SELECT seq, hash FROM ledger.entry ORDER BY seq DESC LIMIT 1"
_READERS = 4  # connections kept for reading
_WAIT = "60s"  # how long an append waits for another writer to finish

UNANCHORED = (
    "No anchor was found outside the database, so a missing tail would not show. "
    "Compare the head with a printed register."
)
UNGUARDED = (
    "The database role that the ledger works as owns its schema, so only triggers protect it. "
    "docs/reference/ledger.md says how to give it a role of its own."
)


class Ledger:
    """The ledger in one PostgreSQL database, with its anchor under ``home/ledger``.

    Threads may share one; each process opens its own.
    """

    def __init__(self, conninfo: str, home: Path) -> None:
        self._conninfo = conninfo
        self._anchor = Anchor(home / "ledger")
        self._writer: Connection | None = None
        self._readers: list[Connection] = []  # of which nobody reads from any
        self._turn = threading.Lock()
        self._writing: int | None = None  # the thread whose turn it is

    @classmethod
    def open(cls, conninfo: str, home: Path) -> Self:
        """Open the ledger, making its schema and roles if they are not there.

        ``conninfo`` is a libpq connection string or URL (see `postgres.connect_info`); ``home``
        holds the anchor. Raises PostgresError, which says what to do.
        """
        ledger = cls(conninfo, home)
        with _explained(conninfo):
            ledger._writer = ledger._connect()
        return ledger

    def close(self) -> None:
        """Let go of the database."""
        if self._writer is not None:
            self._writer.close()
        while self._readers:
            self._readers.pop().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Append several entries together: all are recorded at the end of the block, or none.

        From the first append to the end of the block no other process can append, so do slow
        work before it. An exception in the block takes back every entry of it.
        """
        if self._writing == threading.get_ident():
            raise LedgerError(
                "This thread is in a ledger transaction already. Append within that one."
            )
        with self._turn:
            self._writing = threading.get_ident()
            try:
                with _explained(self._conninfo):
                    connection = self._live_writer()
                    with connection.transaction():
                        transaction = Transaction(connection, self._anchor)
                        try:
                            yield transaction
                        finally:
                            transaction.ended = True
                self._note(transaction.heads)
            finally:
                self._writing = None

    def append(
        self,
        kind: str,
        *,
        actor: Mapping[str, Any],
        body: Mapping[str, Any],
        files: Iterable[FileRef] = (),
    ) -> Entry:
        """Append one entry (see `Transaction.append`) in a transaction of its own."""
        with self.transaction() as transaction:
            return transaction.append(kind, actor=actor, body=body, files=files)

    def entries(
        self,
        kind: str | None = None,
        where: Mapping[str, Any] | None = None,
        after: int = 0,
        actor: str | None = None,
    ) -> Iterator[Entry]:
        """Entries in order, streamed: of one kind, those whose body contains ``where`` (as
        jsonb ``@>`` does: every key and value given, at any depth), those after a seq, those
        of the actor with the id ``actor``.

        Raises LedgerError at an entry that no longer matches its hash.
        """
        wanted: dict[str, Any] = {} if kind is None else {"kind": kind}
        if where:
            wanted["body"] = where
        if actor is not None:
            wanted["actor"] = {"id": actor}
        query = "SELECT seq, entry, hash FROM ledger.entry WHERE seq > %s AND content @> %s::jsonb"
        parameters = [after, canonical(wanted).decode("utf-8")]
        with self._snapshot() as connection, connection.cursor("entries") as cursor:
            cursor.execute(query + " ORDER BY seq", parameters)
            for seq, text, kept in cursor:
                yield _read(seq, text, kept)

    def head(self) -> Head:
        """Where the ledger ends; (0, GENESIS) when it is empty."""
        with self._snapshot() as connection:
            return _last(connection)

    def verify(
        self,
        files: FileStore | None = None,
        progress: Callable[[int, int], None] | None = None,
        expected_head: Iterable[tuple[int, str]] = (),
    ) -> Verification:
        """Read every entry, compute every hash afresh, and compare with the anchor.

        With ``files``, every file that an entry names is read too. ``expected_head`` holds
        (seq, hash) pairs from outside, such as those printed in register pages. ``progress`` is
        called with how many entries were read, of how many.
        """
        # The anchor first: then what is committed meanwhile can only put the database ahead.
        heads = [Head(*pair) for pair in expected_head]
        others: list[Problem] = []
        cautions: list[str] = []
        try:
            anchored = self._anchor.read()
            heads += [anchored] if anchored else []
        except AnchorError as trouble:
            others.append(Problem(None, "changed", str(trouble)))
        noted = self._anchor.noted()
        heads += [Head(max(noted), noted[max(noted)])] if noted else []
        if not heads:
            cautions.append(UNANCHORED)
        with self._snapshot() as connection, connection.cursor("verify") as cursor:
            if not _works_as_writer(connection):
                cautions.append(UNGUARDED)
            total = _count(connection)
            cursor.execute(
                "SELECT seq, entry, hash, CASE WHEN entry IS JSON THEN content = entry::jsonb END "
                "FROM ledger.entry ORDER BY seq"
            )
            outcome = verify_records(
                _records(cursor, others),
                heads,
                noted=noted.get,
                check_file=files.check if files else None,
                progress=(lambda read: progress(read, total)) if progress else None,
            )
        problems = outcome.problems + tuple(others)
        return replace(outcome, ok=not problems, problems=problems, cautions=tuple(cautions))

    def export(self, path: Path) -> Head:
        """Write every entry to ``path`` as JSON lines that verify without the database; the head.

        The file appears whole or not at all. See `exports` for its form.
        """
        with self._snapshot() as connection, connection.cursor("export") as cursor:
            head = _last(connection)
            cursor.execute("SELECT entry, hash FROM ledger.entry ORDER BY seq")
            exports.write(path, (Record(text, kept) for text, kept in cursor), head)
        return head

    def _connect(self) -> Connection:
        connection = psycopg.connect(
            self._conninfo,
            autocommit=True,
            client_encoding="UTF8",
            application_name="sharewell ledger",
        )
        try:
            schema.prepare(connection)
            # What the anchor notes must be on the disk, whatever the server's habit.
            connection.execute("SET synchronous_commit = on")
            connection.execute(f"SET lock_timeout = '{_WAIT}'")
        except BaseException:
            connection.close()
            raise
        return connection

    def _live_writer(self) -> Connection:
        """The connection that appends; a new one where the server has dropped the old one."""
        if self._writer is not None and not self._writer.closed:
            try:
                self._writer.execute("SELECT 1")
                return self._writer
            except psycopg.OperationalError:
                self._writer.close()
        self._writer = self._connect()
        return self._writer

    @contextmanager
    def _snapshot(self) -> Iterator[Connection]:
        """A connection of its own that sees one moment of the ledger and cannot write.

        To connect takes longer than most readings, so a few are kept for the next.
        """
        with _explained(self._conninfo):
            connection = self._live_reader()
            try:
                with connection.transaction():
                    yield connection
            finally:
                idle = connection.info.transaction_status == TransactionStatus.IDLE
                if idle and len(self._readers) < _READERS:
                    self._readers.append(connection)
                else:
                    connection.close()

    def _live_reader(self) -> Connection:
        """A connection that nobody reads from; a new one where the server has dropped it."""
        while self._readers:
            try:
                connection = self._readers.pop()
                connection.execute("SELECT 1")
                return connection
            except IndexError:  # another thread took the last one
                break
            except psycopg.OperationalError:
                connection.close()
        connection = self._connect()
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        return connection

    def _note(self, heads: list[Head]) -> None:
        """Advance the anchor. The entries are recorded already, so trouble here is no failure."""
        if not heads:
            return
        try:
            self._anchor.advance(heads)
        except (OSError, AnchorError) as trouble:
            _log.warning(
                "Entries up to %d are recorded, but the anchor %s was not moved: %s "
                "The next append will move it.",
                heads[-1].seq,
                self._anchor.path,
                trouble,
            )


class Transaction:
    """Entries that will be recorded together; made by `Ledger.transaction`."""

    def __init__(self, connection: Connection, anchor: Anchor) -> None:
        self.heads: list[Head] = []
        self.ended = False
        self._connection = connection
        self._anchor = anchor
        self._head: Head | None = None

    def append(
        self,
        kind: str,
        *,
        actor: Mapping[str, Any],
        body: Mapping[str, Any],
        files: Iterable[FileRef] = (),
    ) -> Entry:
        """Append an entry; the entry as it will be recorded when the transaction ends.

        ``actor`` and ``body`` hold what `entries.canonical` takes; ``files`` are kept already
        (see `files.FileStore`). Raises EntryError when they cannot be recorded, AnchorError when
        the database has lost entries that the anchor knows.
        """
        head = self.wait_turn()
        row = self._connection.execute("SELECT clock_timestamp()").fetchone()
        if row is None:
            raise LedgerError("The database does not tell the time.")
        form = canonical_entry(
            seq=head.seq + 1,
            at=row[0],
            kind=kind,
            actor=actor,
            body=body,
            files=files,
            previous=head.hash,
        )
        entry = parse_entry(form.decode("utf-8"))
        self._connection.execute(
            "INSERT INTO ledger.entry (seq, entry, hash) VALUES (%s, %s, %s)",
            [entry.seq, form.decode("utf-8"), entry.hash],
        )
        self._head = entry.head
        self.heads.append(entry.head)
        return entry

    def wait_turn(self) -> Head:
        """Wait until no one else is appending; what is read then holds to the end of the block.

        `append` does so by itself. Call it where an entry depends on what was recorded before.
        """
        if self.ended:
            raise LedgerError("This ledger transaction has ended. Begin another one.")
        if self._head is None:
            self._head = self._take_turn()
        return self._head

    def _take_turn(self) -> Head:
        """Wait until no one else is appending; then where the ledger ends.

        Nothing may follow a tail that was cut: the next entries would grow over the cut, and
        then no anchor could show it.
        """
        self._connection.execute("SELECT pg_advisory_xact_lock(%s)", [APPEND_LOCK])
        head = _last(self._connection)
        anchored = self._anchor.read()
        if anchored and anchored.seq:
            kept = self._connection.execute(
                "SELECT hash FROM ledger.entry WHERE seq = %s", [anchored.seq]
            ).fetchone()
            if kept is None or kept[0] != anchored.hash:
                raise AnchorError(
                    f"The ledger ends at entry {head.seq} and does not hold entry {anchored.seq} "
                    f"as the anchor {self._anchor.path} noted it: entries were lost or changed. "
                    "Nothing is appended until this is explained. If this is not the database that "
                    "this SHAREWELL_HOME was used with, choose another; else run 'sharewell "
                    "ledger verify', and restore the database from its latest backup."
                )
        return head


@contextmanager
def _explained(conninfo: str) -> Iterator[None]:
    """Turn the database driver's errors into sentences that say what to do."""
    try:
        yield
    except errors.LockNotAvailable as trouble:
        raise LedgerError(
            f"Another process has been appending to the ledger for more than {_WAIT}. "
            "Nothing was recorded; try again when it has finished."
        ) from trouble
    except psycopg.OperationalError as trouble:
        where = conninfo_to_dict(conninfo)
        raise PostgresError(
            f"The database '{where.get('dbname', '')}' at {where.get('host', 'the local socket')} "
            f"cannot be used: {str(trouble).strip()} Check that it runs and that DATABASE_URL is "
            "right. When this happened at the end of an append, look at the ledger's head before "
            "appending again."
        ) from trouble
    except psycopg.Error as trouble:
        raise LedgerError(
            f"The database refused: {str(trouble).strip()} Nothing was recorded. Run "
            "'sharewell ledger verify' if the ledger's schema may have been altered."
        ) from trouble


def _last(connection: Connection) -> Head:
    row = connection.execute(_LAST).fetchone()
    return Head(*row) if row else START


def _count(connection: Connection) -> int:
    row = connection.execute("SELECT count(*) FROM ledger.entry").fetchone()
    return int(row[0]) if row else 0


def _works_as_writer(connection: Connection) -> bool:
    row = connection.execute("SELECT current_user").fetchone()
    return row == (schema.WRITER,)


def _read(seq: int, text: str, kept: str) -> Entry:
    """The entry of a row, if it still says what was hashed."""
    try:
        entry = parse_entry(text)
    except EntryError:
        entry = None
    if entry is None or entry.hash != kept or entry.seq != seq:
        raise LedgerError(
            f"Entry {seq} of the ledger no longer matches its hash: it was changed after it was "
            "recorded. Run 'sharewell ledger verify'."
        )
    return entry


def _records(rows: Iterable[tuple[Any, ...]], others: list[Problem]) -> Iterator[Record]:
    """Rows as records; adds to ``others`` where a search would see what was not recorded."""
    for seq, text, kept, alike in rows:
        if not alike:
            words = f"Entry {seq} was changed: its searchable copy differs from what was hashed."
            others.append(Problem(seq, "changed", words))
        yield Record(text or "", kept or "", seq)
