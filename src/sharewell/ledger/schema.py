"""The ledger's own schema in PostgreSQL, its roles, and the numbered steps that make them."""

from __future__ import annotations

import random
import time

import psycopg
from psycopg import errors
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composed, Identifier

from sharewell.ledger.entries import GENESIS
from sharewell.ledger.errors import PostgresError

OWNER = "sharewell_ledger_owner"
"""Owns the schema; nobody can log in as it."""

WRITER = "sharewell_ledger_writer"
"""What the application works as: it may read and append, and nothing else."""

APPEND_LOCK = 0x5348_4152_4557_4C01
"""The advisory lock that whoever appends holds until the end of the transaction."""

_SETUP_LOCK = 0x5348_4152_4557_4C02

Connection = psycopg.Connection[TupleRow]

_MIGRATIONS = (
    f"""
CREATE TABLE ledger.migration (
    number integer PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now()
);

-- "entry" is the exact text that was hashed; "content" is the same, for searching.
CREATE TABLE ledger.entry (
    seq bigint PRIMARY KEY CHECK (seq > 0),
    entry text NOT NULL,
    hash text NOT NULL,
    content jsonb NOT NULL GENERATED ALWAYS AS (entry::jsonb) STORED,
    CONSTRAINT hash_is_of_entry
        CHECK (hash = encode(sha256(convert_to(entry, 'UTF8')), 'hex'))
);
CREATE INDEX entry_content ON ledger.entry USING gin (content jsonb_path_ops);

CREATE FUNCTION ledger.refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'The ledger is append-only: % is refused.', TG_OP
        USING ERRCODE = 'insufficient_privilege',
              HINT = 'To put something right, append an entry that says what was wrong.';
END $$;

CREATE FUNCTION ledger.link() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    last record;
BEGIN
    PERFORM pg_advisory_xact_lock({APPEND_LOCK});
    SELECT seq, hash INTO last FROM ledger.entry ORDER BY seq DESC LIMIT 1;
    IF NEW.seq <> coalesce(last.seq, 0) + 1
        OR NEW.entry::jsonb -> 'seq' IS DISTINCT FROM to_jsonb(NEW.seq)
        OR NEW.entry::jsonb ->> 'previous' IS DISTINCT FROM coalesce(last.hash, '{GENESIS}')
    THEN
        RAISE EXCEPTION 'Entry % does not follow the last entry of the ledger.', NEW.seq
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger.entry
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON ledger.entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse();
CREATE TRIGGER linked BEFORE INSERT ON ledger.entry
    FOR EACH ROW EXECUTE FUNCTION ledger.link();
-- Also in sessions that say they are replicas, where ordinary triggers sleep.
ALTER TABLE ledger.entry ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE ledger.entry ENABLE ALWAYS TRIGGER never_truncated;
ALTER TABLE ledger.entry ENABLE ALWAYS TRIGGER linked;
""",
)

_RIGHTS = (
    "GRANT USAGE ON SCHEMA ledger TO {}",
    "GRANT SELECT ON ledger.migration, ledger.entry TO {}",
    "GRANT INSERT (seq, entry, hash) ON ledger.entry TO {}",
)


def prepare(connection: Connection) -> bool:
    """Make the schema if it is not there, and work as `WRITER` from now on.

    Safe when several processes do it at once. Returns whether the connection works as `WRITER`:
    False where its role may neither create roles nor take that one on; then the triggers alone
    protect the ledger. Raises PostgresError when the server is too old or refuses.
    """
    _suitable(connection)
    for _attempt in range(20):
        try:
            if _take_on_writer(connection):
                if _current(connection):
                    return True
                connection.execute("RESET ROLE")
            elif _current(connection):
                return False
            with connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(%s)", [_SETUP_LOCK])
                _migrate(connection, guarded=_make_roles(connection))
        except errors.InsufficientPrivilege as trouble:
            raise PostgresError(
                f"This login may neither use the ledger's schema nor make it: {trouble} "
                "Let an administrator open the ledger once, and then run 'GRANT "
                f"{WRITER} TO' this login."
            ) from trouble
        except (errors.DuplicateObject, errors.UniqueViolation, errors.InternalError_):
            # Roles belong to all databases of a server: another one was making them just now.
            time.sleep(random.uniform(0.01, 0.1))  # noqa: S311
    raise PostgresError(
        "The ledger's schema could not be prepared: another process keeps changing the same roles. "
        "Try again when it has ended."
    )


def _suitable(connection: Connection) -> None:
    if connection.info.server_version < 160_000:
        raise PostgresError(
            f"The database is PostgreSQL {connection.info.server_version // 10_000}; the ledger "
            "needs 16 or later. Upgrade it, or unset DATABASE_URL to use the embedded one."
        )
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise PostgresError(
            f"The database is encoded in {encoding}; the ledger needs UTF8. Make one with "
            "CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0, and name it in DATABASE_URL."
        )


def _take_on_writer(connection: Connection) -> bool:
    if not _has_role(connection, WRITER, "SET"):
        return False
    connection.execute(SQL("SET ROLE {}").format(Identifier(WRITER)))
    return True


def _has_role(connection: Connection, role: str, how: str) -> bool:
    """Whether the session may use a role in some way ('SET', 'MEMBER WITH ADMIN OPTION')."""
    row = connection.execute(
        "SELECT pg_has_role(session_user, oid, %s) FROM pg_roles WHERE rolname = %s", [how, role]
    ).fetchone()
    return bool(row and row[0])


def _current(connection: Connection) -> bool:
    return _steps_taken(connection) >= len(_MIGRATIONS)


def _steps_taken(connection: Connection) -> int:
    """How many steps were taken; 0 also where the schema is not ours to use."""
    row = connection.execute(
        "SELECT has_schema_privilege(n.oid, 'USAGE') FROM pg_namespace n JOIN pg_class c "
        "ON c.relnamespace = n.oid WHERE n.nspname = 'ledger' AND c.relname = 'migration'"
    ).fetchone()
    if not (row and row[0]):
        return 0
    done = connection.execute("SELECT max(number) FROM ledger.migration").fetchone()
    return int(done[0] or 0) if done else 0


def _make_roles(connection: Connection) -> bool:
    """Make the two roles where this connection may; whether both can be used."""
    row = connection.execute(
        "SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    if not (row and row[0]):
        return False
    for role in (OWNER, WRITER):
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        if known is None:
            connection.execute(SQL("CREATE ROLE {} NOLOGIN").format(Identifier(role)))
        elif not _has_role(connection, role, "MEMBER WITH ADMIN OPTION"):
            return False
    if not _has_role(connection, WRITER, "SET"):
        connection.execute(_grant(WRITER))
    return True


def _grant(role: str) -> Composed:
    grant = SQL("GRANT {} TO CURRENT_USER WITH SET TRUE, INHERIT FALSE")
    return grant.format(Identifier(role))


def _migrate(connection: Connection, *, guarded: bool) -> None:
    """Take the steps not yet taken, as the owner where there is one."""
    lent = guarded and not _has_role(connection, OWNER, "SET")
    if lent:
        connection.execute(_grant(OWNER))
    if guarded:
        owner = Identifier(OWNER)
        connection.execute(SQL("CREATE SCHEMA IF NOT EXISTS ledger AUTHORIZATION {}").format(owner))
        connection.execute(SQL("SET LOCAL ROLE {}").format(owner))
    else:
        connection.execute("CREATE SCHEMA IF NOT EXISTS ledger")
    done = _steps_taken(connection)  # all of them, when someone else was first
    for number, step in enumerate(_MIGRATIONS[done:], start=done + 1):
        connection.execute(step)
        connection.execute("INSERT INTO ledger.migration (number) VALUES (%s)", [number])
    if guarded:
        for right in _RIGHTS:
            connection.execute(SQL(right).format(Identifier(WRITER)))
        connection.execute("RESET ROLE")
    if lent:
        connection.execute(SQL("REVOKE {} FROM CURRENT_USER").format(Identifier(OWNER)))
