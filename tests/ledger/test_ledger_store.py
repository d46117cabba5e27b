"""Appending and reading; and that nothing but appending is possible."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import errors
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from sharewell.ledger.entries import GENESIS, START, FileRef, Head, chain
from sharewell.ledger.errors import AnchorError, EntryError, LedgerError, PostgresError
from sharewell.ledger.schema import OWNER, WRITER
from sharewell.ledger.store import UNANCHORED, UNGUARDED, Ledger

ACTOR = {"name": "Ada Synthetic", "role": "analyst"}
REF = FileRef("file-b.csv", "ab" * 32, 10)


def test_an_entry_reads_back_as_it_was_appended(ledger: Ledger) -> None:
    body = {"table": "file-b", "rows": 43, "final": True, "notes": ["“small” numbers", None]}
    entry = ledger.append("supply", actor=ACTOR, body=body, files=[REF])
    assert (entry.seq, entry.kind, entry.actor, entry.body) == (1, "supply", ACTOR, body)
    assert (entry.files, entry.previous) == ((REF,), GENESIS)
    assert abs(datetime.now(UTC) - entry.at) < timedelta(minutes=5)
    assert list(ledger.entries()) == [entry]
    assert ledger.head() == Head(1, entry.hash)
    assert entry.hash == chain(
        GENESIS, seq=1, at=entry.at, kind="supply", actor=ACTOR, body=body, files=[REF]
    )


def test_each_entry_holds_the_hash_of_the_one_before(ten: Ledger) -> None:
    entries = list(ten.entries())
    assert [one.seq for one in entries] == list(range(1, 11))
    assert [one.previous for one in entries[1:]] == [one.hash for one in entries[:-1]]


def test_an_empty_ledger_verifies(ledger: Ledger) -> None:
    assert ledger.head() == START
    outcome = ledger.verify()
    assert (outcome.ok, outcome.checked, outcome.head) == (True, 0, START)


def test_entries_are_chosen_by_kind_by_what_the_body_contains_and_by_place(ledger: Ledger) -> None:
    for n in range(6):
        kind = "refusal" if n % 2 else "publish"
        ledger.append(kind, actor=ACTOR, body={"n": n, "table": {"id": "b", "areas": ["W", "E"]}})
    assert [one.body["n"] for one in ledger.entries(kind="refusal")] == [1, 3, 5]
    assert [one.body["n"] for one in ledger.entries(where={"n": 4})] == [4]
    assert len(list(ledger.entries(where={"table": {"areas": ["E"]}}))) == 6
    assert [one.body["n"] for one in ledger.entries("publish", {"table": {"id": "b"}}, 3)] == [4]
    assert list(ledger.entries(where={"table": {"id": "c"}})) == []
    ledger.append("read", actor=ACTOR | {"id": "b"}, body={})
    assert [one.seq for one in ledger.entries(actor="b")] == [7]


def test_a_transaction_records_all_or_nothing(ledger: Ledger) -> None:
    with ledger.transaction() as transaction:
        first = transaction.append("decision", actor=ACTOR, body={})
        second = transaction.append("publish", actor=ACTOR, body={})
        assert ledger.head() == START  # not before the end
    assert second.previous == first.hash
    assert ledger.head() == second.head

    class TheWorkFailedError(Exception):
        pass

    with pytest.raises(TheWorkFailedError), ledger.transaction() as transaction:  # noqa: PT012
        transaction.append("publish", actor=ACTOR, body={})
        raise TheWorkFailedError
    assert ledger.head() == second.head
    assert ledger.append("publish", actor=ACTOR, body={}).seq == 3
    assert ledger.verify().ok


def test_a_transaction_without_entries_records_nothing(ledger: Ledger) -> None:
    with ledger.transaction():
        pass
    assert ledger.head() == START


def test_a_transaction_cannot_be_used_after_its_end_or_within_another(ledger: Ledger) -> None:
    with ledger.transaction() as transaction:
        with pytest.raises(LedgerError, match="Append within that one"), ledger.transaction():
            pass
        transaction.append("note", actor=ACTOR, body={})
    with pytest.raises(LedgerError, match="has ended"):
        transaction.append("note", actor=ACTOR, body={})
    assert ledger.head().seq == 1


def test_what_cannot_be_recorded_is_refused_and_takes_its_transaction_with_it(
    ledger: Ledger,
) -> None:
    refused = pytest.raises(EntryError, match=r"body\.rate")
    with refused, ledger.transaction() as transaction:
        transaction.append("note", actor=ACTOR, body={})
        transaction.append("note", actor=ACTOR, body={"rate": 0.5})
    with pytest.raises(EntryError, match="NUL"):
        ledger.append("note", actor={"name": "a\0"}, body={})
    with pytest.raises(EntryError, match="kind"):
        ledger.append("", actor=ACTOR, body={})
    assert ledger.head() == START


def test_hostile_text_is_kept_exactly(ledger: Ledger) -> None:
    body = {
        "'); DROP TABLE ledger.entry; --": '%s {} \\u0000 \\ " \u2028 \ufeff e\u0301 \U0001f600'
    }
    ledger.append("note", actor=ACTOR, body=body)
    assert next(ledger.entries(where=body)).body == body
    assert ledger.verify().ok


def test_threads_share_a_ledger(ledger: Ledger) -> None:
    def work() -> None:
        for _ in range(10):
            ledger.append("note", actor=ACTOR, body={})

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledger.head().seq == 40
    assert ledger.verify().ok


def test_a_ledger_goes_on_after_its_connection_was_cut(ten: Ledger, superuser: str) -> None:
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert ten.append("note", actor=ACTOR, body={}).seq == 11


FORBIDDEN = [
    "UPDATE ledger.entry SET hash = hash",
    "DELETE FROM ledger.entry",
    "TRUNCATE ledger.entry",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_application_may_not_alter_the_ledger(
    ten: Ledger, database: str, statement: str
) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(SQL("SET ROLE {}").format(Identifier(WRITER)))
        with pytest.raises(errors.InsufficientPrivilege, match="permission denied"):
            connection.execute(statement)
    assert ten.verify().ok


@pytest.mark.parametrize("statement", FORBIDDEN)
@pytest.mark.parametrize("replica", [False, True])
def test_triggers_refuse_even_the_owner_and_a_superuser(
    ten: Ledger, superuser: str, statement: str, replica: bool
) -> None:
    for role in (OWNER, "postgres"):
        with psycopg.connect(superuser) as connection:
            if replica:  # where ordinary triggers sleep
                connection.execute("SET session_replication_role = replica")
            connection.execute(SQL("SET ROLE {}").format(Identifier(role)))
            with pytest.raises(errors.InsufficientPrivilege, match="append-only"):
                connection.execute(statement)
    assert ten.verify().ok


@pytest.mark.parametrize(
    ("seq", "text", "error"),
    [
        ("12", "entry", errors.IntegrityConstraintViolation),  # a gap
        ("11", "entry", errors.IntegrityConstraintViolation),  # a copy: its text says 10
        ("11", "replace(entry, 'publish', 'x')", errors.IntegrityConstraintViolation),
        ("10", "entry", errors.IntegrityConstraintViolation),
        ("11", "'{}'", errors.IntegrityConstraintViolation),
        ("11", "'nonsense'", errors.InvalidTextRepresentation),
    ],
)
def test_the_database_itself_refuses_an_entry_that_does_not_follow(
    ten: Ledger, database: str, seq: str, text: str, error: type[Exception]
) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(SQL("SET ROLE {}").format(Identifier(WRITER)))
        with pytest.raises(error):
            connection.execute(
                f"INSERT INTO ledger.entry (seq, entry, hash) SELECT {seq}, {text}, hash "
                "FROM ledger.entry WHERE seq = 10"
            )


def test_the_owner_cannot_log_in_and_the_login_is_not_left_with_its_powers(
    ten: Ledger, database: str
) -> None:
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT rolname, rolcanlogin, rolsuper, pg_has_role(session_user, oid, 'SET') "
            "FROM pg_roles WHERE rolname = ANY(%s) ORDER BY rolname",
            [[OWNER, WRITER]],
        ).fetchall()
        owner = connection.execute(
            "SELECT tableowner FROM pg_tables WHERE schemaname = 'ledger' AND tablename = 'entry'"
        ).fetchone()
    assert rows == [(OWNER, False, False, False), (WRITER, False, False, True)]
    assert owner == (OWNER,)


@pytest.fixture
def plain_login(database: str, superuser: str) -> str:
    """The test's database without the schema, for a login that may create no roles."""
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("DROP SCHEMA ledger CASCADE")
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'plain'").fetchone():
            connection.execute("CREATE ROLE plain LOGIN")
        connection.execute("REVOKE sharewell_ledger_writer FROM plain")
        name = connection.info.dbname
        connection.execute(SQL("GRANT CREATE ON DATABASE {} TO plain").format(Identifier(name)))
    return make_conninfo(database, user="plain")


def test_a_login_that_may_create_no_roles_has_the_triggers_and_is_told(
    plain_login: str, home: Path
) -> None:
    with Ledger.open(plain_login, home) as ledger:
        ledger.append("note", actor=ACTOR, body={})
        outcome = ledger.verify()
    assert outcome.ok
    assert UNGUARDED in outcome.cautions
    for statement in FORBIDDEN:
        with (
            psycopg.connect(plain_login) as connection,
            pytest.raises(errors.InsufficientPrivilege, match="append-only"),
        ):
            connection.execute(statement)


def test_a_login_that_was_granted_the_writer_role_works_as_it(
    plain_login: str, superuser: str, home: Path
) -> None:
    Ledger.open(superuser, home).close()  # as an administrator does, once
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("GRANT sharewell_ledger_writer TO plain")
    with Ledger.open(plain_login, home) as ledger:
        ledger.append("note", actor=ACTOR, body={})
        assert ledger.verify().cautions == ()


def test_two_that_open_a_new_ledger_at_once_both_succeed(
    plain_login: str, database: str, home: Path
) -> None:
    opened: list[Ledger] = []
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        opened.append(Ledger.open(database, home))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 4
    for ledger in opened:
        ledger.append("note", actor=ACTOR, body={})
        ledger.close()
    with Ledger.open(database, home) as ledger:
        assert ledger.verify().checked == 4


def test_nothing_is_appended_where_a_tail_was_cut(ten: Ledger, tamper: object) -> None:
    assert callable(tamper)
    tamper("DELETE FROM ledger.entry WHERE seq > 7")
    with pytest.raises(AnchorError, match=r"ends at entry 7.*Nothing is appended"):
        ten.append("note", actor=ACTOR, body={})


def test_an_anchor_left_behind_is_brought_forward(ten: Ledger, home: Path) -> None:
    """As when a process was killed between the commit and the note."""
    anchor = home / "ledger" / "head.json"
    third = list(ten.entries())[2]
    anchor.write_text(f'{{"hash":"{third.hash}","seq":3}}\n')
    assert ten.verify().ok
    last = ten.append("note", actor=ACTOR, body={})
    assert anchor.read_text() == f'{{"hash":"{last.hash}","seq":11}}\n'


def test_without_an_anchor_verify_says_what_it_cannot_show(
    ten: Ledger, database: str, tmp_path: Path
) -> None:
    assert ten.verify().cautions == ()
    with Ledger.open(database, tmp_path / "another-home") as elsewhere:
        outcome = elsewhere.verify()
    assert outcome.ok
    assert outcome.cautions == (UNANCHORED,)


def test_an_anchor_that_cannot_be_written_does_not_undo_what_is_recorded(
    ten: Ledger, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (home / "ledger" / "hashes").unlink()
    (home / "ledger" / "hashes").mkdir()
    assert ten.append("note", actor=ACTOR, body={}).seq == 11
    assert "are recorded, but the anchor" in caplog.text


def test_a_spoilt_anchor_stops_appending_and_is_reported(ten: Ledger, home: Path) -> None:
    (home / "ledger" / "head.json").write_text("{")
    with pytest.raises(AnchorError, match=r"head\.json cannot be read"):
        ten.append("note", actor=ACTOR, body={})
    outcome = ten.verify()
    assert not outcome.ok
    assert "cannot be read" in outcome.problems[0].words


def test_a_database_that_is_not_there_is_an_error_with_a_remedy(database: str, home: Path) -> None:
    with pytest.raises(PostgresError, match="DATABASE_URL"):
        Ledger.open(make_conninfo(database, dbname="nowhere"), home)
    with pytest.raises(PostgresError, match=r"'sharewell'.*cannot be used"):
        Ledger.open("postgresql://ada@127.0.0.1:1/sharewell", home)


def test_progress_is_told(ten: Ledger) -> None:
    told: list[tuple[int, int]] = []
    ten.verify(progress=lambda *state: told.append(state))
    assert told == [(n, 10) for n in range(1, 11)]
